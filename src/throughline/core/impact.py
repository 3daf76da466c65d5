"""Which promises break: from one late, failed or changed source down to the people who were promised something."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from throughline.core.drift_facts import Drift, DriftState
from throughline.core.promises import DATES, PromiseKind
from throughline.core.stages import Stage, Standing
from throughline.core.tellings import Duty

# For so many days what happened can be told under the day on which it was looked at.
NEWS_HOLDS_DAYS = 7


class Happened(StrEnum):
    LATE = "late"
    FAILED = "failed"
    CHANGED = "changed"
    BREAKING = "breaking"


HAPPENED_TITLES: Mapping[str, str] = {
    Happened.LATE: "It is late",
    Happened.FAILED: "Its data is wrong",
    Happened.CHANGED: "Its content or meaning changed",
    Happened.BREAKING: "Its provider announced a breaking version of the contract",
}
HAPPENED_WORDS: Mapping[str, str] = {
    Happened.LATE: "is late",
    Happened.FAILED: "delivered wrong data",
    Happened.CHANGED: "has changed",
    Happened.BREAKING: "will change in a way that breaks its contract",
}
# Which kinds of promise rest on data in this respect. What is promised of something else is not assumed to.
_TIMELY = frozenset({PromiseKind.RUN_FREQUENCY, PromiseKind.SLA, *DATES})
_GOOD = frozenset({PromiseKind.CRITERION, PromiseKind.CAPABILITY, PromiseKind.SLA, *DATES})
DEPENDS: Mapping[Happened, frozenset[PromiseKind]] = {
    Happened.LATE: _TIMELY,
    Happened.FAILED: _TIMELY | _GOOD,
    Happened.CHANGED: _GOOD | {PromiseKind.LIMITATION},
    Happened.BREAKING: _TIMELY | _GOOD | {PromiseKind.LIMITATION},
}


@dataclass(frozen=True)
class Use:
    """A model uses a source from a stage on."""

    model_id: int
    source_id: int
    from_stage: Stage


@dataclass(frozen=True)
class Release:
    """`state` is planned or released."""

    id: int
    name: str
    subject: str
    state: str


@dataclass(frozen=True)
class Consumer:
    stakeholder_id: int
    name: str


@dataclass(frozen=True)
class OutputContract:
    """What the model's output is promised to be, and who agreed to it as its consumer."""

    id: int
    name: str
    consumers: tuple[Consumer, ...] = ()


@dataclass(frozen=True)
class Where:
    """The model that is hit, where it stands, and what is known of it by others."""

    model_id: int
    name: str
    program: str
    stage: Stage
    standing: Standing
    releases: tuple[Release, ...] = ()
    contracts: tuple[OutputContract, ...] = ()
    drifts: tuple[Drift, ...] = ()


@dataclass(frozen=True)
class Concern:
    """One stakeholder who is hit: by what they were promised, or because they use the output. `told_at` is when they
    were told of this."""

    stakeholder_id: int
    name: str
    promise_ids: tuple[int, ...]
    is_consumer: bool
    told_at: datetime | None = None


@dataclass(frozen=True)
class ModelImpact:
    """`through` are the sources by which the model is reached, the nearest to it last in each path. `is_in_use` is
    whether it reads one of them at its present stage; else only its dates are at stake."""

    where: Where
    through: tuple[tuple[int, ...], ...]
    is_in_use: bool
    promises: tuple[Drift, ...]
    people: tuple[Concern, ...]

    @property
    def untold(self) -> tuple[Concern, ...]:
        return tuple(one for one in self.people if one.told_at is None)


def downstream(start: int, flows: Iterable[tuple[int, int]]) -> dict[int, tuple[int, ...]]:
    """Every source that is made from `start`, itself first, each with the shortest path to it. Flows are pairs of
    upstream and downstream; a circle in them ends the walk and does not repeat it."""
    below: dict[int, list[int]] = {}
    for above, made in flows:
        below.setdefault(above, []).append(made)
    paths: dict[int, tuple[int, ...]] = {start: (start,)}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for made in sorted(below.get(here, ())):
            if made not in paths:
                paths[made] = (*paths[here], made)
                waiting.append(made)
    return paths


def hit(uses: Iterable[Use], paths: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[Use, ...]]:
    """By model, the uses by which it is reached."""
    found: dict[int, list[Use]] = {}
    for use in uses:
        if use.source_id in paths:
            found.setdefault(use.model_id, []).append(use)
    return {model_id: tuple(given) for model_id, given in found.items()}


def at_stake(happened: Happened, drifts: Iterable[Drift], *, is_in_use: bool) -> tuple[Drift, ...]:
    """Live promises that rest on data in this respect. A day that was kept is not undone by what happens later, and a
    model that does not read the source yet has only its days to lose."""
    kinds = DEPENDS[happened] if is_in_use else frozenset(DATES)
    return tuple(
        one
        for one in drifts
        if one.promise.is_live
        and one.promise.kind in kinds
        and not (one.promise.kind in DATES and one.state is DriftState.KEPT)
    )


def impact_on(
    where: Where,
    uses: Iterable[Use],
    paths: Mapping[int, tuple[int, ...]],
    *,
    happened: Happened,
    told: Mapping[int, datetime],
) -> ModelImpact:
    """`told` says by stakeholder when they heard of this."""
    reached = tuple(uses)
    is_in_use = any(where.stage.number >= use.from_stage.number for use in reached)
    promises = at_stake(happened, where.drifts, is_in_use=is_in_use)
    return ModelImpact(
        where=where,
        through=tuple(sorted({paths[use.source_id] for use in reached}, key=lambda path: (len(path), path))),
        is_in_use=is_in_use,
        promises=promises,
        people=_people(promises, where.contracts if is_in_use else (), told),
    )


def in_order(impacts: Iterable[ModelImpact]) -> tuple[ModelImpact, ...]:
    """The most promises first, then those in use, then by name."""
    return tuple(
        sorted(
            impacts,
            key=lambda one: (
                -len(one.promises),
                not one.is_in_use,
                one.where.name.casefold(),
                one.where.model_id,
            ),
        )
    )


def _people(
    promises: Iterable[Drift], contracts: Iterable[OutputContract], told: Mapping[int, datetime]
) -> tuple[Concern, ...]:
    names: dict[int, str] = {}
    promised: dict[int, list[int]] = {}
    for one in promises:
        for who in one.promise.recipients:
            names[who.stakeholder_id] = who.name
            promised.setdefault(who.stakeholder_id, []).append(one.promise.id)
    consuming = {who.stakeholder_id: who.name for contract in contracts for who in contract.consumers}
    names = {**consuming, **names}
    return tuple(
        Concern(pk, name, tuple(promised.get(pk, ())), pk in consuming, told.get(pk))
        for pk, name in sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))
    )


# ---- telling them


@dataclass(frozen=True)
class News:
    """What there is to tell of one source: what happened, and the day on which it was looked at."""

    source_id: int
    happened: Happened
    day: date

    @property
    def cause(self) -> str:
        return f"source:{self.source_id}:{self.happened}:{self.day:%Y-%m-%d}"


def read_news(cause: str, *, today: date) -> News | None:
    """None for a cause of another kind, and for a day that lies too far back or has not come."""
    parts = cause.split(":")
    if len(parts) != 4 or parts[0] != "source" or not (parts[1].isdecimal() and len(parts[1]) < 18):
        return None
    try:
        news = News(int(parts[1]), Happened(parts[2]), date.fromisoformat(parts[3]))
    except ValueError:
        return None
    is_fresh = today - timedelta(days=NEWS_HOLDS_DAYS) <= news.day <= today
    return news if is_fresh and news.cause == cause else None


def duties_of(impact: ModelImpact, news: News, source: str) -> tuple[Duty, ...]:
    """Whoever has not been told is owed it once."""
    kinds = {one.promise.id: one.promise.kind.label.lower() for one in impact.promises}
    return tuple(
        Duty(
            cause=news.cause,
            stakeholder_id=who.stakeholder_id,
            name=who.name,
            title=f"{source} {HAPPENED_WORDS[news.happened]}",
            reason=_reason(kinds.values(), has_consumers=any(one.is_consumer for one in impact.people)),
            is_news=True,
        )
        for who in impact.untold
    )


def _reason(kinds: Iterable[str], *, has_consumers: bool) -> str:
    """The same words for all, so that one message serves them."""
    named = list(dict.fromkeys(kinds))
    if named:
        return f"What was promised may not hold: {', '.join(named)}."
    return "The output that you use may be late or wrong." if has_consumers else "The output may be touched."
