"""Access to data: asked for, answered, ended; what a request is worth on a day, and what is late."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from throughline.core.errors import Reason, Refused
from throughline.core.text import clean, clean_line, clean_link

ENDS_SOON = timedelta(days=30)
LONGEST_WAIT = timedelta(days=2 * 366)
LONGEST_GRANT = timedelta(days=10 * 366)
MOST_AT_ONCE = 100


class AccessState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class AccessStanding(StrEnum):
    """What a request is worth on a day."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    HOLDS = "holds"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


STANDING_TITLES: Mapping[str, str] = {
    AccessStanding.WAITING: "Waiting for an answer",
    AccessStanding.OVERDUE: "Answer overdue",
    AccessStanding.HOLDS: "Granted",
    AccessStanding.ENDS_SOON: "Ends soon",
    AccessStanding.ENDED: "Grant has ended",
    AccessStanding.REFUSED: "Refused",
    AccessStanding.WITHDRAWN: "Withdrawn",
    AccessStanding.REVOKED: "Revoked",
}
# What somebody has to do something about.
PRESSING = (AccessStanding.OVERDUE, AccessStanding.ENDED, AccessStanding.REVOKED, AccessStanding.REFUSED)


@dataclass(frozen=True)
class AccessRequest:
    """One request as it stood at an instant. `granted_until` is the last day; None is without an end."""

    id: int
    source_id: int
    state: AccessState
    needed_by: str
    reason: str
    sent_to: str
    asked_at: datetime
    asked_by: str
    due_on: date
    answered_at: datetime | None = None
    answered_by: str = ""
    answer: str = ""
    link: str = ""
    granted_until: date | None = None
    ended_at: datetime | None = None

    @property
    def is_granted(self) -> bool:
        return self.state is AccessState.GRANTED

    def holds_on(self, day: date) -> bool:
        return self.is_granted and (self.granted_until is None or self.granted_until >= day)

    def is_overdue_on(self, day: date) -> bool:
        return self.state is AccessState.ASKED and self.due_on < day

    def standing_on(self, day: date) -> AccessStanding:
        if self.state is AccessState.ASKED:
            return AccessStanding.OVERDUE if self.is_overdue_on(day) else AccessStanding.WAITING
        if not self.is_granted:
            return AccessStanding(self.state.value)
        if not self.holds_on(day):
            return AccessStanding.ENDED
        is_ending = self.granted_until is not None and self.granted_until - day <= ENDS_SOON
        return AccessStanding.ENDS_SOON if is_ending else AccessStanding.HOLDS

    def waited_until(self, now: datetime) -> timedelta:
        """How long the answer has taken, or has been waited for until now."""
        return (self.answered_at or self.ended_at or now) - self.asked_at


def state_at(
    state: AccessState, answered_at: datetime | None, ended_at: datetime | None, at: datetime
) -> AccessState:
    """The state that a request was in at a past instant; `state` is that of now. A refusal stays one: only a grant
    can be revoked, and only an unanswered request be withdrawn."""
    if ended_at is not None and ended_at <= at:
        return state
    if answered_at is None or answered_at > at:
        return AccessState.ASKED
    return AccessState.REFUSED if state is AccessState.REFUSED else AccessState.GRANTED


@dataclass(frozen=True)
class Asked:
    """What is asked for, the same for each of the sources."""

    needed_by: str
    reason: str
    sent_to: str
    due_on: date
    link: str = ""


def clean_request(asked: Asked, *, today: date) -> Asked:
    """Raises `Refused` (invalid) with every fault."""
    problems: list[Reason] = []
    said = {
        "needed_by": _kept(problems, lambda: clean_line(asked.needed_by, field="needed_by", max_length=200)),
        "reason": _kept(
            problems, lambda: clean(asked.reason, field="reason", max_length=5_000, required=True)
        ),
        "sent_to": _kept(problems, lambda: clean_line(asked.sent_to, field="sent_to", max_length=200)),
        "link": _kept(problems, lambda: clean_link(asked.link)),
    }
    if not today <= asked.due_on <= today + LONGEST_WAIT:
        why = "The day by which an answer is needed lies between today and two years from now."
        problems.append(Reason(why, "due_on", "Choose another day."))
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return Asked(due_on=asked.due_on, **said)


def require_until(until: date | None, *, today: date) -> None:
    if until is not None and not today <= until <= today + LONGEST_GRANT:
        why = "A grant ends between today and ten years from now, or has no end."
        raise Refused.field("granted_until", why, "Choose another day, or leave it empty.")


def require_proof(*, is_own: bool, answer: str, link: str) -> None:
    """Whoever records a grant says who gave it; for one's own request the grant itself has to be shown."""
    if is_own and not link:
        why = "You asked for this access yourself, so a grant needs a link to what was granted."
        raise Refused.field("link", why, "Link the ticket or message, or let somebody else record it.")
    if not answer and not link:
        raise Refused.field(
            "answer", "Nothing says who granted this.", "Write who granted it and how, or link the grant."
        )


def worst(requests: Iterable[AccessRequest], day: date) -> tuple[AccessRequest, ...]:
    """Overdue ones, the longest first."""
    return tuple(
        sorted((one for one in requests if one.is_overdue_on(day)), key=lambda one: (one.due_on, one.id))
    )


def _kept(problems: list[Reason], read: Callable[[], str]) -> str:
    try:
        return read()
    except Refused as refusal:
        problems.extend(refusal.reasons)
        return ""
