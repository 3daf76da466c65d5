"""Reviews of a model for privacy, security, law and the like: their kinds, their findings, and which of them holds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from throughline.core.errors import Refused

# How long before its end a review is called for again.
AHEAD = timedelta(days=30)
LONGEST_DAYS = 1_830


@dataclass(frozen=True)
class ReviewKind:
    """`asks` is the question that it answers; `days` how long a conclusion holds unless its reviewer says else."""

    title: str
    asks: str
    days: int


# To add a kind, add an entry. Its key is kept with each review, so an entry is never taken away.
KINDS: Mapping[str, ReviewKind] = {
    "privacy": ReviewKind(
        "Privacy",
        "Which personal data is used, on what ground, for how long, and who may see it? Or is there none?",
        365,
    ),
    "security": ReviewKind(
        "Security",
        "Who can reach the model, its data and its secrets, and what happens if one of its parts is taken over?",
        365,
    ),
    "legal": ReviewKind(
        "Legal",
        "Which laws and contracts apply, what do they demand, and where is it shown that it is done?",
        365,
    ),
    "ethics": ReviewKind(
        "Responsible AI",
        "Whom can the output harm, who is treated worse by it, and can a person object and be heard?",
        180,
    ),
    "accessibility": ReviewKind(
        "Accessibility",
        "Can everybody who has to work with the output read and use it, with a screen reader too?",
        730,
    ),
    "records": ReviewKind(
        "Records", "Which records must be kept, for how long and where, and when are they deleted?", 730
    ),
}


class ReviewState(StrEnum):
    ASKED = "asked"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"

    @property
    def is_running(self) -> bool:
        return self in (ReviewState.ASKED, ReviewState.OPEN)


class Conclusion(StrEnum):
    NONE = ""
    PASSED = "passed"
    CONDITIONS = "conditions"
    REFUSED = "refused"


CONCLUSION_TITLES: Mapping[Conclusion, str] = {
    Conclusion.PASSED: "Passed",
    Conclusion.CONDITIONS: "Passed with conditions",
    Conclusion.REFUSED: "Refused",
}


class Severity(StrEnum):
    """From the least to the worst; the order is the order of the names here."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)

    @property
    def is_grave(self) -> bool:
        """Grave findings close the gate whatever the conclusion says, and take two people to settle."""
        return self.rank >= Severity.HIGH.rank


class FindingState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class ReviewFinding:
    """`is_claimed` says that its owner has resolved it and nobody has confirmed that yet; it is open until then."""

    number: int
    title: str
    severity: Severity
    state: FindingState
    raised_at: datetime
    owner: str = ""
    due_on: date | None = None
    is_claimed: bool = False
    settled_at: datetime | None = None
    settled_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.state is FindingState.OPEN

    def is_late(self, day: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < day


@dataclass(frozen=True)
class Review:
    """One review as it stood at an instant. It holds through `valid_until`; `subject` is what was released then."""

    id: int
    kind: str
    reviewer: str
    state: ReviewState
    asked_at: datetime
    due_on: date | None = None
    release_id: int | None = None
    subject: str = ""
    conclusion: Conclusion = Conclusion.NONE
    closed_at: datetime | None = None
    valid_until: date | None = None
    renews: int | None = None
    findings: tuple[ReviewFinding, ...] = ()

    @property
    def is_passed(self) -> bool:
        return self.conclusion in (Conclusion.PASSED, Conclusion.CONDITIONS)

    @property
    def open_findings(self) -> tuple[ReviewFinding, ...]:
        return tuple(one for one in self.findings if one.is_open)

    @property
    def grave_findings(self) -> tuple[ReviewFinding, ...]:
        return tuple(one for one in self.open_findings if one.severity.is_grave)

    def is_late(self, day: date) -> bool:
        return self.state.is_running and self.due_on is not None and self.due_on < day

    def has_ended(self, day: date) -> bool:
        return self.valid_until is not None and self.valid_until < day

    def ends_soon(self, day: date) -> bool:
        return self.is_passed and self.valid_until is not None and day <= self.valid_until <= day + AHEAD

    def content(self) -> dict[str, object]:
        """What a sign-off on it is tied to: the conclusion, and what became of each finding."""
        return {
            "kind": self.kind,
            "conclusion": self.conclusion,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "findings": [(one.number, one.severity, one.state) for one in self.findings],
        }


def title_of(kind: str) -> str:
    return KINDS[kind].title if kind in KINDS else kind.replace("_", " ").capitalize()


def review_of(kind: str) -> str:
    """As it stands within a sentence: `privacy review`, `responsible AI review`."""
    title = title_of(kind)
    return f"{title[0].lower()}{title[1:]} review"


def counting(reviews: Iterable[Review], kind: str) -> Review | None:
    """The review of a kind that counts: the one that was closed last, whatever it came to."""
    closed = [one for one in reviews if one.kind == kind and one.state is ReviewState.CLOSED]
    return max(closed, key=lambda one: (one.closed_at or one.asked_at, one.id), default=None)


def running(reviews: Iterable[Review], kind: str) -> Review | None:
    """The newest review of a kind that is asked for or under way."""
    found = [one for one in reviews if one.kind == kind and one.state.is_running]
    return max(found, key=lambda one: one.id, default=None)


def open_findings(
    reviews: Iterable[Review], *, kinds: Collection[str] = (), at_least: Severity = Severity.HIGH
) -> tuple[tuple[Review, ReviewFinding], ...]:
    """Of every review, whatever has become of it: no finding goes away with the review that raised it."""
    return tuple(
        (review, one)
        for review in reviews
        if not kinds or review.kind in kinds
        for one in review.open_findings
        if one.severity.rank >= at_least.rank
    )


def standing(review: Review, day: date, *, is_counting: bool = True) -> str:
    """One word for where a review stands: asked, open, withdrawn, replaced, refused, blocked (a grave finding is open),
    expired, ending or valid."""
    if review.state is not ReviewState.CLOSED:
        return review.state.value
    if review.grave_findings:
        return "blocked"
    if not is_counting:
        return "replaced"
    if not review.is_passed:
        return "refused"
    if review.has_ended(day):
        return "expired"
    return "ending" if review.ends_soon(day) else "valid"


def needs_somebody(review: Review, day: date, *, is_counting: bool, is_renewed: bool) -> bool:
    """Whether it is overdue, hindered by a finding, or about to end without another review under way."""
    if review.is_late(day) or review.grave_findings or any(one.is_late(day) for one in review.findings):
        return True
    ends = standing(review, day, is_counting=is_counting) in ("expired", "ending", "refused")
    return ends and is_counting and not is_renewed


# ---- who may do what, and with which words


def require_kind(kind: str) -> ReviewKind:
    """Raises `Refused` (invalid) for a kind that is not in the catalogue."""
    if kind not in KINDS:
        raise Refused.field("kind", "There is no such kind of review.", f"Choose one of: {', '.join(KINDS)}.")
    return KINDS[kind]


def require_severity(severity: str) -> Severity:
    if severity not in list(Severity):
        raise Refused.field("severity", "This is no severity.", f"Choose one of: {', '.join(Severity)}.")
    return Severity(severity)


def require_due(due_on: date | None, today: date) -> None:
    """Raises `Refused` (invalid) for a day that has passed, or is so far off that it must be a slip of the keys."""
    if due_on is None:
        return
    if due_on < today:
        raise Refused.field("due_on", f"{due_on:%Y-%m-%d} has passed.", "Choose today or a later day.")
    _require_near("due_on", due_on, today)


def _require_near(field: str, day: date, today: date) -> None:
    if (day - today).days > LONGEST_DAYS:
        raise Refused.field(field, f"{day:%Y-%m-%d} is more than five years away.", "Choose an earlier day.")


def require_closable(
    conclusion: str, valid_until: date | None, words: str, findings: Sequence[ReviewFinding], today: date
) -> Conclusion:
    """What a review may be closed with. Raises `Refused` while findings stand against it, and (invalid) where a word or
    a day is missing."""
    if conclusion not in list(Conclusion) or not conclusion:
        ways = ", ".join(one for one in Conclusion if one)
        raise Refused.field("conclusion", "This is no conclusion.", f"Choose one of: {ways}.")
    chosen = Conclusion(conclusion)
    if chosen is Conclusion.REFUSED:
        if not words:
            raise Refused.field("words", "A refusal needs its reason.", "Say what has to change.")
        if valid_until is not None:
            raise Refused.field("valid_until", "A refusal has no end.", "Leave the day empty.")
        return chosen
    _require_settled(chosen, [one for one in findings if one.is_open])
    if chosen is Conclusion.CONDITIONS and not words:
        raise Refused.field(
            "words", "Nobody can keep conditions that are not written.", "Write what they are."
        )
    if valid_until is None:
        raise Refused.field("valid_until", "It is not said how long this holds.", "Name the last day.")
    if valid_until < today:
        raise Refused.field(
            "valid_until", f"{valid_until:%Y-%m-%d} has passed.", "Name the last day on which this holds."
        )
    _require_near("valid_until", valid_until, today)
    return chosen


def _require_settled(chosen: Conclusion, left: Sequence[ReviewFinding]) -> None:
    grave = [one for one in left if one.severity.is_grave]
    if grave:
        raise Refused.of(
            f"{_numbered(grave)} {'is' if len(grave) == 1 else 'are'} open and of high severity.",
            remedy="It can be refused now, or passed once they are resolved and confirmed, or the risk is accepted.",
        )
    if chosen is Conclusion.PASSED and left:
        raise Refused.of(
            f"{_numbered(left)} {'is' if len(left) == 1 else 'are'} still open.",
            remedy="Settle them, or close it as passed with conditions.",
        )


def _numbered(findings: Sequence[ReviewFinding]) -> str:
    numbers = ", ".join(str(one.number) for one in findings)
    return f"Finding {numbers}" if len(findings) == 1 else f"Findings {numbers}"


def why_may_not_settle(
    person_id: int | None, *, held_by: Collection[int], resolver_id: int | None, asker_id: int | None
) -> str:
    """Why this person may not confirm a resolution or accept a risk; empty if they may. Whoever held the finding, even
    for a day, and whoever asked for the review would be judging their own matter."""
    if person_id is None:
        return "Only people who signed in settle findings."
    if person_id == resolver_id or person_id in held_by:
        return "You hold this finding, or held it; somebody else has to settle it."
    if person_id == asker_id:
        return "You asked for this review; somebody else has to settle its findings."
    return ""
