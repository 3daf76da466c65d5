"""What becomes of feedback: kinds of triage, when it has waited too long, and what must be said with each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from throughline.core.errors import Refused

UNTRIAGED_DAYS = 7
UNCLOSED_DAYS = 30


class Triage(StrEnum):
    """What follows from it."""

    SPEC_CHANGE = "spec_change"
    WORK_ITEM = "work_item"
    NEW_RELEASE = "new_release"
    DATA_FIX = "data_fix"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        return TITLES[self]


TITLES: dict[Triage, str] = {
    Triage.SPEC_CHANGE: "Changes the spec",
    Triage.WORK_ITEM: "Becomes a work item",
    Triage.NEW_RELEASE: "Goes into a new release",
    Triage.DATA_FIX: "Mend the data",
    Triage.DECLINED: "Declined",
}


@dataclass(frozen=True)
class OpenFeedback:
    """Feedback that nobody closed yet; `triage` is None while nobody said what follows from it."""

    id: int
    giver: str
    given_at: datetime
    triage: Triage | None = None


def overdue(given_at: datetime, triage: str, closed_at: datetime | None, now: datetime) -> str:
    """Empty, or why this feedback has waited too long."""
    if closed_at is not None and closed_at <= now:
        return ""
    age = now - given_at
    if not triage and age > timedelta(days=UNTRIAGED_DAYS):
        return f"nobody has said for {age.days} days what follows from it"
    return f"open for {age.days} days" if age > timedelta(days=UNCLOSED_DAYS) else ""


def require_reason(kind: Triage, note: str) -> None:
    """Raises `Refused` (invalid) when something is declined without saying why."""
    if kind is Triage.DECLINED and not note:
        raise Refused.field("note", "Declining needs a reason.", "Say why; the giver will read it.")


def closing_cause(feedback_id: int) -> str:
    """How a telling names that feedback was closed."""
    return f"feedback:{feedback_id}:closed"
