"""What the people part of a model's page shows: who holds what, what is open, and what the reader may do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from throughline.core.people import DUTY_TITLES, Responsibility, Role
from throughline.core.permissions import Actor, may
from throughline.queries import people
from throughline.queries.people import Cell, Held, Line
from throughline.queries.rows import MLModel

# For the heads of narrow columns; the full title stands beside it for screen readers and on hover.
SHORT: Mapping[str, str] = {
    Role.DATA_SCIENTIST: "Science",
    Role.PROGRAM_MANAGER: "PM",
    Role.DATA_ENGINEER: "Data eng.",
    Role.DEVOPS_ENGINEER: "DevOps",
    Role.SOFTWARE_ENGINEER: "Software",
    Role.ANALYST: "Analyst",
    Role.LEADER: "Leader",
    Role.STAKEHOLDER: "Stakeholder",
    Responsibility.ENGAGEMENT: "Engage",
    Responsibility.REQUIREMENTS: "Require",
    Responsibility.PLANNING: "Plan",
    Responsibility.LIVESITE: "Livesite",
}


@dataclass(frozen=True)
class HeldDuty:
    """One assignment with what the reader may do about it."""

    held: Held
    may_delegate: bool
    may_end: bool


@dataclass(frozen=True)
class DutyRow:
    """One duty of a model that is needed or held."""

    cell: Cell
    held: tuple[HeldDuty, ...]
    is_overdue: bool

    @property
    def title(self) -> str:
        return DUTY_TITLES[self.cell.duty]


@dataclass(frozen=True)
class Staff:
    rows: tuple[DutyRow, ...]
    closers: tuple[str, ...]
    may_assign: bool
    may_take_up: bool


def of_model(actor: Actor, model: MLModel, *, now: datetime, today: date) -> Staff:
    """Gaps first, then what is needed, then what is held beyond that."""
    line = people.coverage_of_model(model, now)
    may_assign = may(actor, "people.change", program_id=model.program_id, model_id=model.pk)
    by_duty: dict[str, list[HeldDuty]] = {}
    for held in people.assignments_on(model, now):
        by_duty.setdefault(held.row.duty, []).append(with_rights(actor, held))
    return Staff(
        rows=tuple(_rows(line, by_duty, today)),
        closers=line.closers,
        may_assign=may_assign,
        may_take_up=may(actor, "model.change", program_id=model.program_id, model_id=model.pk),
    )


def with_rights(actor: Actor, held: Held) -> HeldDuty:
    row = held.row
    may_end = may(actor, "people.change", program_id=row.program_id, model_id=row.model_id)
    may_hand_on = row.stands_in_for_id is None and (may_end or row.person_id == actor.person_id)
    return HeldDuty(held, may_delegate=may_hand_on and not held.is_over, may_end=may_end and not held.is_over)


def _rows(line: Line, by_duty: Mapping[str, list[HeldDuty]], today: date) -> list[DutyRow]:
    rows = [
        DutyRow(
            cell=cell,
            held=tuple(by_duty.get(cell.duty, ())),
            is_overdue=cell.item is not None and people.is_overdue(cell.item, today),
        )
        for cell in line.cells
        if cell.is_needed or cell.duty in by_duty
    ]
    return sorted(rows, key=lambda row: (not row.cell.is_gap, not row.cell.is_needed))
