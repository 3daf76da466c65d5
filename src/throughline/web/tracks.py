"""The stage tracker: where a model has been, for how long, and how near the next gate is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core.stages import Stage, Standing
from throughline.web.words import lasted

STANDING_ICONS = {Standing.PAUSED: "pause", Standing.STOPPED: "stop", Standing.RETIRED: "deprecate"}


@dataclass(frozen=True)
class Step:
    number: int
    title: str
    note: str
    state: str
    icon: str = ""
    gate: str = ""


def steps(
    stage: Stage,
    standing: Standing,
    since: datetime,
    spent: Mapping[str, timedelta],
    *,
    now: datetime,
    gate: str = "",
) -> tuple[Step, ...]:
    """`spent` says how long each earlier stage took; `gate` how much of the next gate is met."""
    return tuple(_step(one, stage, standing, since, spent.get(one), now, gate) for one in Stage)


def time_spent(changes: Iterable[tuple[datetime, Mapping[str, object]]]) -> dict[str, timedelta]:
    """Time in each stage that was left, from the revisions of the record in order of time."""
    spent: dict[str, timedelta] = {}
    entered: datetime | None = None
    current = ""
    for at, changed in changes:
        moved = changed.get("stage")
        if not isinstance(moved, list) or len(moved) != 2:
            continue
        if entered is not None and current:
            spent[current] = spent.get(current, timedelta()) + (at - entered)
        entered, current = at, str(moved[1])
    return spent


def _step(
    one: Stage,
    stage: Stage,
    standing: Standing,
    since: datetime,
    spent: timedelta | None,
    now: datetime,
    gate: str,
) -> Step:
    if one is stage:
        note = f"{lasted(now - since)} so far" if standing is Standing.ACTIVE else standing.label
        note = "since today" if note.startswith("today") else note
        return Step(one.number, one.label, note, "current", STANDING_ICONS.get(standing, ""), gate)
    if one.number < stage.number:
        return Step(one.number, one.label, _took(spent), "done")
    return Step(one.number, one.label, _took(spent), "future")


def _took(spent: timedelta | None) -> str:
    if spent is None:
        return ""
    return "under a day" if spent < timedelta(days=1) else lasted(spent)
