"""Duties to tell: who must be told of what, derived and never stored; and the message that is drafted for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from throughline.core.drift import drifts
from throughline.core.drift_facts import Drift, DriftState, Facts
from throughline.core.errors import Refused
from throughline.core.promises import PromiseKind, Promises, Slip, Told


class How(StrEnum):
    """How somebody was told. All but a mail have happened already when they are recorded."""

    MAIL = "mail"
    PAGE = "page"
    IN_PERSON = "in_person"
    BY_HAND = "by_hand"

    @property
    def label(self) -> str:
        return HOW_TITLES[self]


HOW_TITLES = {
    How.MAIL: "By mail from here",
    How.PAGE: "As a notice on their page",
    How.IN_PERSON: "I told them in person",
    How.BY_HAND: "I wrote to them myself",
}


@dataclass(frozen=True)
class Duty:
    """One stakeholder has not been told of one thing. `drift` is there when it is about a promise; `is_news` says
    that it is about something that happened to the model's data."""

    cause: str
    stakeholder_id: int
    name: str
    title: str
    reason: str
    drift: Drift | None = None
    due_on: date | None = None
    note: str = ""
    by: str = ""
    is_news: bool = False

    @property
    def state(self) -> str:
        """What there is to tell, in one word; that a promise stands is no news, but that it is new or changed is."""
        if self.is_news:
            return "at_risk"
        if self.drift is None:
            return "timeline"
        if self.drift.state not in (DriftState.OPEN, DriftState.KEPT):
            return self.drift.state
        if self.drift.ground:
            return "touched"
        return "new" if self.drift.promise.latest.number == 1 else "changed"


@dataclass(frozen=True)
class Draft:
    subject: str
    words: str


def duties(promises: Promises, facts: Facts) -> tuple[Duty, ...]:
    """Every open duty to tell about one model, those of one thing together."""
    return duties_in(promises, drifts(promises, facts))


def duties_in(promises: Promises, found: Iterable[Drift]) -> tuple[Duty, ...]:
    told = {(one.stakeholder_id, one.cause) for one in promises.told}
    versions = _versions_told(promises.told)
    about_promises = [
        Duty(one.cause, who.stakeholder_id, who.name, one.promise.kind.label, _why(one), one)
        for one in found
        if _is_to_be_told(one)
        for who in one.promise.recipients
        if (who.stakeholder_id, one.cause) not in told and not _is_known(one, who.stakeholder_id, versions)
    ]
    timelines = [
        Duty(
            cause=one.cause,
            stakeholder_id=one.stakeholder_id,
            name=one.name,
            title=f"Timeline of {one.title}",
            reason="It was returned, and its timeline was updated.",
            due_on=one.due_on,
            note=one.note,
            by=one.by,
        )
        for one in promises.timelines
        if (one.stakeholder_id, one.cause) not in told
    ]
    return (*about_promises, *timelines)


def _is_to_be_told(one: Drift) -> bool:
    return one.promise.is_live or one.state is DriftState.WITHDRAWN


def _why(one: Drift) -> str:
    """Of a version it is not what it is worth that has to be told, but that it is there."""
    if not one.is_only_version:
        return one.reason
    said = one.promise.latest
    if said.number == 1:
        return f"Promised on {said.given_at:%-d %b %Y}, and neither answered nor told since."
    return f"Changed on {said.given_at:%-d %b %Y}: {_ended(said.reason)}"


def _is_known(one: Drift, stakeholder_id: int, versions: frozenset[tuple[int, str]]) -> bool:
    """A version needs no telling where its recipient answered it, or was told anything about it."""
    if not one.is_only_version:
        return False
    version = f"promise:{one.promise.id}:v{one.promise.latest.number}"
    return one.promise.answer_of(stakeholder_id) is not None or (stakeholder_id, version) in versions


def _versions_told(told: Iterable[Told]) -> frozenset[tuple[int, str]]:
    return frozenset((one.stakeholder_id, one.cause.partition(".")[0]) for one in told)


def draft(model: str, told: Sequence[Duty], *, ask: Sequence[str], page_url: str = "") -> Draft:
    """Plain words for a business reader about one or several things, each once: what was promised, what the facts are
    now, what happens next, whom to ask. The same facts give the same words."""
    things = list({duty.cause: duty for duty in told}.values())
    if not things:
        raise Refused.of("There is nothing to tell.")
    parts = ["Hello,", _opening(model, things), *(_paragraph(one) for one in things), _closing(ask, page_url)]
    subject = _subject(things[0]) if len(things) == 1 else f"{len(things)} things that you were promised"
    return Draft(f"{model}: {subject}", "\n\n".join(parts) + "\n")


def _opening(model: str, things: Sequence[Duty]) -> str:
    if len(things) == 1:
        return f"This is about {model}."
    return f"This is about {model}, and about {len(things)} things that concern you."


def _subject(duty: Duty) -> str:
    if duty.is_news:
        return duty.title
    if duty.drift is None:
        return f"a new timeline for {duty.title.removeprefix('Timeline of ')}"
    what = duty.drift.promise.kind.label.lower()
    said = duty.drift.promise.latest
    on = f" on {said.due_on:%-d %B %Y}" if said.due_on else ""
    return {
        DriftState.AT_RISK: f"“{what}”{on} is at risk",
        DriftState.BROKEN: f"“{what}”{on} does not hold",
        DriftState.WITHDRAWN: f"“{what}” is no longer promised",
        DriftState.KEPT: f"“{what}”{on}",
        DriftState.OPEN: _open_subject(duty.drift, what, on),
    }[duty.drift.state]


def _open_subject(one: Drift, what: str, on: str) -> str:
    if not one.is_only_version:
        return f"the specification changed, and it touches “{what}”"
    if one.promise.latest.number == 1:
        return f"a promise to you: “{what}”{on}"
    return f"“{what}” has changed{', now' + on if on else ''}"


def _paragraph(duty: Duty) -> str:
    if duty.is_news:
        next_step = "the team looks into it; you hear when it is settled, or get a new promise."
        return f"What happened: {_ended(duty.title)} {duty.reason}\nWhat happens next: {next_step}"
    if duty.drift is None:
        return _timeline(duty)
    return "\n".join([_promised(duty.drift), _facts(duty.drift), _next(duty.drift)])


def _timeline(duty: Duty) -> str:
    when = f"The new day is {duty.due_on:%-d %B %Y}." if duty.due_on else "There is no new day yet."
    lines = [
        f"What was shown: {duty.title.removeprefix('Timeline of ')}. It was returned with feedback.",
        f"What the facts are now: {when}",
    ]
    return "\n".join([*lines, f"What happens next: {duty.note}"] if duty.note else lines)


def _promised(one: Drift) -> str:
    first, last = one.promise.versions[0], one.promise.latest
    due = f" Day: {last.due_on:%-d %B %Y}." if last.due_on else ""
    value = f" In short: {last.value}." if last.value else ""
    given = f" {first.given_by} gave this promise on {first.given_at:%-d %B %Y}."
    return f"What was promised: {_ended(last.statement)}{due}{value}{given}{_changed(one)}"


def _changed(one: Drift) -> str:
    last, slip = one.promise.latest, one.promise.slip
    if last.number == 1:
        return ""
    reason = f" The reason: {_ended(last.reason)}" if last.reason else ""
    return f" {last.given_by} changed it on {last.given_at:%-d %B %Y}.{_moved(slip)}{reason}"


def _moved(slip: Slip) -> str:
    """From the day by which they have planned until now."""
    if not slip.times:
        return ""
    way = f"from {slip.steps[0].before:%-d %B %Y} to {slip.steps[-1].after:%-d %B %Y}"
    return f" Its day has moved {_times(slip.times)}, {way}: {_way(slip.days)} in all."


def _facts(one: Drift) -> str:
    return f"What the facts are now: {_ended(one.reason)}"


def _next(one: Drift) -> str:
    is_date = one.promise.kind in (PromiseKind.EVALUATION_DATE, PromiseKind.PRODUCTION_DATE)
    is_over = one.ground.startswith("late.")
    broken = (
        "you need do nothing; the day that was promised was missed, and this is on record."
        if is_over
        else f"you get {'a new day' if is_date else 'a new promise'}, or hear that this one is withdrawn."
    )
    said = {
        DriftState.BROKEN: broken,
        DriftState.AT_RISK: "the promise stands until you hear otherwise; plan for the case that it does not hold.",
        DriftState.WITHDRAWN: "please do not count on it any more.",
        DriftState.KEPT: "please say whether you agree that it is kept.",
        DriftState.OPEN: "please say whether it still serves you."
        if one.ground
        else "please acknowledge it, or say what is wrong with it.",
    }
    return f"What happens next: {said[one.state]}"


def _closing(ask: Sequence[str], page_url: str) -> str:
    names = " or ".join(ask)
    where = f" All that you were promised stands on your page: {page_url}" if page_url else ""
    return f"Whom to ask: {names}.{where}" if names else where.strip() or "Answer to whoever told you."


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _way(days: int) -> str:
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days)} {unit} {'later' if days >= 0 else 'earlier'}"
