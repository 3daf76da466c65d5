"""Decisions about direction: whether a prototype goes on, changes or stops, bound to what its criteria came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from throughline.core.errors import Refused
from throughline.core.stages import DEVELOPING, Place, Standing

LONGEST_LOOK_DAYS = 366


class Choice(StrEnum):
    CONTINUE = "continue"
    CHANGE = "change"
    STOP = "stop"

    @property
    def label(self) -> str:
        return CHOICE_TITLES[self]


CHOICE_TITLES: Mapping[Choice, str] = {
    Choice.CONTINUE: "Continue",
    Choice.CHANGE: "Change direction",
    Choice.STOP: "Stop",
}
CHOICE_MEANINGS: Mapping[Choice, str] = {
    Choice.CONTINUE: "The work goes on as it is, and is looked at again on a day.",
    Choice.CHANGE: "Another approach, data or scope is tried, and is looked at again on a day.",
    Choice.STOP: "The work ends. What was learned is kept, and the stop is asked for as a move.",
}


class LearningKind(StrEnum):
    STOP = "stop"
    INCIDENT = "incident"
    DEPRECATION = "deprecation"
    SUCCESS = "success"


LEARNING_TITLES: Mapping[LearningKind, str] = {
    LearningKind.STOP: "From a stop",
    LearningKind.INCIDENT: "From an incident",
    LearningKind.DEPRECATION: "From a deprecation",
    LearningKind.SUCCESS: "From a success",
}


@dataclass(frozen=True)
class Rating:
    """One of the five ratings of a feasibility analysis, and what each number from 1 to 5 means."""

    name: str
    title: str
    asks: str
    meanings: tuple[str, str, str, str, str]


RATINGS: tuple[Rating, ...] = (
    Rating(
        "value",
        "Value",
        "What is it worth if it works?",
        (
            "Nobody would miss it",
            "Nice to have",
            "Worth the work of one team",
            "A goal of the year",
            "Decides the business",
        ),
    ),
    Rating(
        "feasibility",
        "Feasibility",
        "Can it be built at all?",
        (
            "Nobody has shown it",
            "Shown elsewhere, on other data",
            "A first try looks right",
            "Done before here, in part",
            "Done before here",
        ),
    ),
    Rating(
        "data_readiness",
        "Data readiness",
        "Are the data there?",
        (
            "Not collected",
            "Collected, with no way to them",
            "Reachable, quality unknown",
            "Reachable, with known gaps",
            "Clean, under a contract",
        ),
    ),
    Rating(
        "risk",
        "Risk",
        "How little can go wrong?",
        (
            "People could be harmed",
            "Costly, and hard to undo",
            "Costly, and can be undone",
            "Small, and seen at once",
            "Next to none",
        ),
    ),
    Rating(
        "effort",
        "Effort",
        "How little work is it?",
        ("More than a year", "Up to a year", "Up to half a year", "Up to three months", "Weeks"),
    ),
)


@dataclass(frozen=True)
class DirectionFacts:
    """The newest decision; `fingerprint` is that of the verdicts on which it was taken."""

    id: int
    choice: Choice
    reason: str
    next_look_on: date | None
    fingerprint: str
    name: str
    at: datetime

    @property
    def in_words(self) -> str:
        look = f", next look on {self.next_look_on:%Y-%m-%d}" if self.next_look_on else ""
        return f"“{self.choice.label}” was decided by {self.name} on {self.at:%Y-%m-%d}{look}"

    def is_overdue(self, today: date) -> bool:
        return self.next_look_on is not None and self.next_look_on < today


def parse_choice(choice: str) -> Choice:
    if choice not in list(Choice):
        raise Refused.field(
            "choice", f"“{choice[:60]}” is not among the choices.", f"Choose from {', '.join(Choice)}."
        )
    return Choice(choice)


def check_next_look(choice: Choice, next_look_on: date | None, today: date) -> None:
    """A look is due after whatever goes on, on a day to come; after a stop there is none."""
    if choice is Choice.STOP:
        if next_look_on is not None:
            raise Refused.field("next_look_on", "After a stop there is no next look.", "Leave this empty.")
        return
    if next_look_on is None:
        raise Refused.field(
            "next_look_on", "Nobody has said when to look again.", "Name the day of the next look."
        )
    if next_look_on <= today:
        raise Refused.field("next_look_on", "This day is not to come.", "Choose a day after today.")
    if (next_look_on - today).days > LONGEST_LOOK_DAYS:
        raise Refused.field("next_look_on", "This is more than a year ahead.", "Choose an earlier day.")


def not_directed(place: Place) -> str:
    """Why there is no direction to decide here; empty where there is."""
    is_going = place.stage in DEVELOPING and place.standing in (Standing.ACTIVE, Standing.PAUSED)
    return (
        ""
        if is_going
        else "A direction is decided before a model is in production, while work on it goes on."
    )
