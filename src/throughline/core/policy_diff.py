"""What two policies ask differently, gate by gate and field by field, and whether that is tighter or looser."""

from dataclasses import dataclass
from enum import StrEnum

from throughline.core.conditions import of_whom
from throughline.core.people import DUTY_TITLES
from throughline.core.policy import Gate, Level, Policy, PolicyCheck, Seat
from throughline.core.policy_fields import (
    WORD_FIELDS,
    Direction,
    FieldChange,
    compare_checks,
    compare_texts,
    compare_waivers,
    reach,
    together,
)
from throughline.core.stages import GATES, Stage


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class CheckChange:
    """`fields` are those that differ; a check that came or went has none."""

    check: str
    asks: str
    change: Change
    direction: Direction
    level: Level
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class SeatChange:
    """A decider who came or went, or decides in other cases. `before` and `after` tell in which, in words."""

    role: str
    title: str
    change: Change
    direction: Direction
    before: str
    after: str


@dataclass(frozen=True)
class GateChange:
    gate: str
    fields: tuple[FieldChange, ...]
    deciders: tuple[SeatChange, ...]
    checks: tuple[CheckChange, ...]


@dataclass(frozen=True)
class NeededChange:
    """Duties that became needed at a stage, and those that no longer are."""

    stage: Stage
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class PolicyDiff:
    """Only what differs. Two policies that ask the same have an empty one, whatever their order and version."""

    before: str
    after: str
    fields: tuple[FieldChange, ...]
    needed: tuple[NeededChange, ...]
    gates: tuple[GateChange, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.fields or self.needed or self.gates)

    def count(self) -> dict[Direction, int]:
        """How many checks and deciders became tighter, looser, or merely other."""
        counts = dict.fromkeys(Direction, 0)
        for gate in self.gates:
            directions = [check.direction for check in gate.checks]
            directions += [seat.direction for seat in gate.deciders]
            for direction in directions:
                counts[direction] += 1
        return counts


def compare(before: Policy, after: Policy) -> PolicyDiff:
    gates = tuple(_gate(gate_id, before.gates[gate_id], after.gates[gate_id]) for gate_id in GATES)
    return PolicyDiff(
        before=before.label,
        after=after.label,
        fields=compare_texts({"title": "Title", "about": "About"}, before, after),
        needed=tuple(filter(None, (_needed(stage, before, after) for stage in Stage))),
        gates=tuple(gate for gate in gates if gate.fields or gate.deciders or gate.checks),
    )


def _needed(stage: Stage, before: Policy, after: Policy) -> NeededChange | None:
    old, new = before.duties_needed(stage), after.duties_needed(stage)
    added = tuple(DUTY_TITLES[duty] for duty in new if duty not in old)
    removed = tuple(DUTY_TITLES[duty] for duty in old if duty not in new)
    return NeededChange(stage, added, removed) if added or removed else None


def _gate(gate_id: str, before: Gate, after: Gate) -> GateChange:
    old, new = ({check.id: check for check in gate.checks} for gate in (before, after))
    changes = [
        _check(old.get(check_id), new.get(check_id), follow=(before.roles, after.roles))
        for check_id in dict.fromkeys((*new, *old))
    ]
    return GateChange(
        gate=gate_id,
        fields=compare_texts({"asks": "Question"}, before, after),
        deciders=_deciders(before.seats, after.seats),
        checks=tuple(change for change in changes if change is not None),
    )


def _deciders(before: tuple[Seat, ...], after: tuple[Seat, ...]) -> tuple[SeatChange, ...]:
    """A role may have several seats, each in other cases; together they are what is compared."""
    old, new = _seats_by_role(before), _seats_by_role(after)
    changes = (_seat(role, old.get(role, ()), new.get(role, ())) for role in dict.fromkeys((*new, *old)))
    return tuple(change for change in changes if change is not None)


def _seats_by_role(seats: tuple[Seat, ...]) -> dict[str, tuple[Seat, ...]]:
    roles = dict.fromkeys(seat.role for seat in seats)
    return {role: tuple(seat for seat in seats if seat.role == role) for role in roles}


def _seat(role: str, before: tuple[Seat, ...], after: tuple[Seat, ...]) -> SeatChange | None:
    if {seat.when for seat in before} == {seat.when for seat in after}:
        return None
    change = Change.CHANGED if before and after else Change.ADDED if after else Change.REMOVED
    direction = {Change.ADDED: Direction.TIGHTER, Change.REMOVED: Direction.LOOSER}.get(change)
    if direction is None:
        is_single = len(before) == len(after) == 1
        direction = reach(before[0].when, after[0].when) if is_single else Direction.OTHER
    words = [" and ".join(of_whom(seat.when) for seat in seats) for seats in (before, after)]
    return SeatChange(role, DUTY_TITLES[role], change, direction, *words)


def _check(
    before: PolicyCheck | None, after: PolicyCheck | None, *, follow: tuple[tuple[str, ...], tuple[str, ...]]
) -> CheckChange | None:
    """Where those who may waive are the deciders before and after, the change is told with the deciders."""
    if before is None or after is None:
        return _came_or_went(before, after)
    fields = compare_checks(before, after)
    if (before.waivable_by, after.waivable_by) != follow:
        fields = (*fields, *compare_waivers(before, after))
    if not fields:
        return None
    direction = together(tuple(field.direction for field in fields if field.name not in WORD_FIELDS))
    return CheckChange(after.id, after.asks, Change.CHANGED, direction, after.level, fields)


def _came_or_went(before: PolicyCheck | None, after: PolicyCheck | None) -> CheckChange | None:
    """What is only kept on record makes no gate tighter."""
    check = after or before
    if check is None:
        return None
    direction = Direction.TIGHTER if after else Direction.LOOSER
    if check.level is Level.RECORD:
        direction = Direction.OTHER
    change = Change.ADDED if after else Change.REMOVED
    return CheckChange(check.id, check.asks, change, direction, check.level)
