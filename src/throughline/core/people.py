"""The eight roles, the four responsibilities, and which of them nobody holds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """The eight role kinds of an ML team."""

    DATA_SCIENTIST = "data_scientist"
    PROGRAM_MANAGER = "program_manager"
    DATA_ENGINEER = "data_engineer"
    DEVOPS_ENGINEER = "devops_engineer"
    SOFTWARE_ENGINEER = "software_engineer"
    ANALYST = "analyst"
    LEADER = "leader"
    STAKEHOLDER = "stakeholder"


class Responsibility(StrEnum):
    """The four duties of a program manager; the owner need not be the PM."""

    ENGAGEMENT = "stakeholder_engagement"
    REQUIREMENTS = "functional_requirements"
    PLANNING = "project_planning"
    LIVESITE = "ml_operations"


DUTY_TITLES: dict[str, str] = {
    Role.DATA_SCIENTIST: "Data scientist",
    Role.PROGRAM_MANAGER: "Program manager",
    Role.DATA_ENGINEER: "Data engineer",
    Role.DEVOPS_ENGINEER: "DevOps engineer",
    Role.SOFTWARE_ENGINEER: "Software engineer",
    Role.ANALYST: "Analyst",
    Role.LEADER: "Leader",
    Role.STAKEHOLDER: "Stakeholder or user",
    Responsibility.ENGAGEMENT: "Stakeholder engagement",
    Responsibility.REQUIREMENTS: "Technical functional requirements",
    Responsibility.PLANNING: "Project planning",
    Responsibility.LIVESITE: "ML operations and livesite",
}

DUTY_MEANINGS: dict[str, str] = {
    Role.DATA_SCIENTIST: "Chooses, builds and validates the model.",
    Role.PROGRAM_MANAGER: "Knows the business, leads the work from idea to retirement and unblocks the team.",
    Role.DATA_ENGINEER: "Provides data that meet the contract agreed with those who use them.",
    Role.DEVOPS_ENGINEER: "Provides and watches the platform on which the model runs.",
    Role.SOFTWARE_ENGINEER: "Builds the tools and interfaces around the model.",
    Role.ANALYST: "Explains what the model's output means for the business.",
    Role.LEADER: "Provides resources, sets priorities and decides.",
    Role.STAKEHOLDER: "Has the business need, or works with the output.",
    Responsibility.ENGAGEMENT: "Understands the need and keeps expectations realistic.",
    Responsibility.REQUIREMENTS: "Writes down what the model must do and how success is measured.",
    Responsibility.PLANNING: "Forms the team, finds risks and blockers, keeps the dates honest.",
    Responsibility.LIVESITE: "Sets up support, monitoring and the way incidents are handled.",
}

DUTIES: tuple[str, ...] = tuple(DUTY_TITLES)


class Assignment(NamedTuple):
    """One person holding one duty (a role or a responsibility) on one model or on its whole program.

    `from_program` is true when it was given for the program. `stands_in_for` names who delegated it.
    """

    person_id: int
    name: str
    duty: str
    starts_at: datetime
    ends_at: datetime | None = None
    from_program: bool = False
    stands_in_for: str = ""
    is_person_active: bool = True

    def holds_at(self, instant: datetime) -> bool:
        is_begun = self.starts_at <= instant
        return self.is_person_active and is_begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True)
class Coverage:
    """Whether somebody holds one duty that is needed, and since when nobody does."""

    duty: str
    holders: tuple[Assignment, ...]
    open_since: datetime | None

    @property
    def is_covered(self) -> bool:
        return bool(self.holders)

    @property
    def title(self) -> str:
        return DUTY_TITLES[self.duty]


def holders(assignments: Iterable[Assignment], duty: str, now: datetime) -> tuple[Assignment, ...]:
    return tuple(a for a in assignments if a.duty == duty and a.holds_at(now))


def by_duty(assignments: Iterable[Assignment], now: datetime) -> dict[str, tuple[Assignment, ...]]:
    """The holders of every duty that somebody holds now."""
    found: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        if assignment.holds_at(now):
            found[assignment.duty].append(assignment)
    return {duty: tuple(held) for duty, held in found.items()}


def holds(assignments: Iterable[Assignment], person_id: int | None, duty: str, now: datetime) -> bool:
    return any(a.person_id == person_id for a in holders(assignments, duty, now))


def coverage(
    assignments: Iterable[Assignment], needed: Iterable[str], *, needed_since: datetime, now: datetime
) -> tuple[Coverage, ...]:
    """Each needed duty with its holders; a gap is open since the last holder left or the duty became needed,
    whichever is later."""
    every = tuple(assignments)
    return tuple(_cover(every, duty, needed_since, now) for duty in needed)


def _cover(assignments: tuple[Assignment, ...], duty: str, needed_since: datetime, now: datetime) -> Coverage:
    present = holders(assignments, duty, now)
    if present:
        return Coverage(duty, present, None)
    left = [
        a.ends_at
        for a in assignments
        if a.duty == duty and a.ends_at is not None and a.starts_at < a.ends_at <= now
    ]
    return Coverage(duty, (), max([needed_since, *left]))
