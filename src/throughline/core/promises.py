"""Promises to stakeholders by version: how far they slipped, who acknowledged or disputed them, who was told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

from throughline.core.errors import Reason, Refused
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.core.text import clean, clean_line

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class PromiseKind(StrEnum):
    EVALUATION_DATE = "evaluation_date"
    PRODUCTION_DATE = "production_date"
    RUN_FREQUENCY = "run_frequency"
    SLA = "sla"
    CAPABILITY = "capability"
    LIMITATION = "limitation"
    CRITERION = "criterion"
    OTHER = "other"

    @property
    def label(self) -> str:
        return KIND_TITLES[self]

    @property
    def needs(self) -> str:
        """The field besides the statement that a promise of this kind must have; empty for none."""
        return NEEDED_FIELDS.get(self, "")


KIND_TITLES: Mapping[str, str] = {
    PromiseKind.EVALUATION_DATE: "Ready for evaluation",
    PromiseKind.PRODUCTION_DATE: "In production",
    PromiseKind.RUN_FREQUENCY: "How often it runs",
    PromiseKind.SLA: "Service level",
    PromiseKind.CAPABILITY: "What it can do",
    PromiseKind.LIMITATION: "What it cannot do",
    PromiseKind.CRITERION: "A success criterion",
    PromiseKind.OTHER: "Something else",
}
NEEDED_FIELDS: Mapping[str, str] = {
    PromiseKind.EVALUATION_DATE: "due_on",
    PromiseKind.PRODUCTION_DATE: "due_on",
    PromiseKind.RUN_FREQUENCY: "value",
    PromiseKind.SLA: "value",
    PromiseKind.CRITERION: "criterion",
}
DATES = (PromiseKind.EVALUATION_DATE, PromiseKind.PRODUCTION_DATE)
# What stakeholders plan by: each model in work gives these.
EXPECTATIONS = (PromiseKind.EVALUATION_DATE, PromiseKind.PRODUCTION_DATE, PromiseKind.RUN_FREQUENCY)


class PromiseState(StrEnum):
    """Whether people still stand by it. What a live promise is worth is never stored: see `core/drift.py`."""

    LIVE = "live"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Content:
    """What a promise says: a date for dates, a value for frequencies and service levels, the key of a criterion."""

    statement: str
    due_on: date | None = None
    value: str = ""
    criterion: str = ""


@dataclass(frozen=True)
class PromiseVersion:
    """What was said, by whom and when. `rests_on` holds the approved specification's number and the fingerprints of
    its sections as they then were, so that a later one can be told apart."""

    number: int
    statement: str
    given_at: datetime
    given_by: str
    due_on: date | None = None
    value: str = ""
    criterion: str = ""
    reason: str = ""
    rests_on: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def content(self) -> Content:
        return Content(self.statement, self.due_on, self.value, self.criterion)


@dataclass(frozen=True)
class PromiseAnswer:
    """A recipient acknowledged one version, or disputes it in their words."""

    stakeholder_id: int
    number: int
    is_acknowledgement: bool
    name: str
    words: str
    at: datetime


@dataclass(frozen=True)
class Recipient:
    """A stakeholder to whom a promise was given and who still is one."""

    stakeholder_id: int
    name: str
    since: datetime
    person_id: int | None = None


@dataclass(frozen=True)
class Step:
    """One time that a promise's day moved: later is positive."""

    number: int
    before: date
    after: date
    reason: str
    by: str
    at: datetime

    @property
    def days(self) -> int:
        return (self.after - self.before).days


@dataclass(frozen=True)
class Slip:
    """How far the day of a promise moved over all its versions. Days earlier are negative."""

    steps: tuple[Step, ...] = ()

    @property
    def days(self) -> int:
        return sum(step.days for step in self.steps)

    @property
    def times(self) -> int:
        return len(self.steps)


@dataclass(frozen=True)
class Promise:
    """A chain of versions, the oldest first, never empty; `answers` in the order in which they were given."""

    id: int
    kind: PromiseKind
    state: PromiseState
    versions: tuple[PromiseVersion, ...]
    recipients: tuple[Recipient, ...] = ()
    answers: tuple[PromiseAnswer, ...] = ()
    closed_at: datetime | None = None
    closed_by: str = ""
    closed_reason: str = ""

    @property
    def latest(self) -> PromiseVersion:
        return self.versions[-1]

    @property
    def given_at(self) -> datetime:
        return self.versions[0].given_at

    @property
    def is_live(self) -> bool:
        return self.state is PromiseState.LIVE

    @property
    def slip(self) -> Slip:
        return slip_of(self.versions)

    def answer_of(self, stakeholder_id: int) -> PromiseAnswer | None:
        """What they said of the latest version last; an answer to an earlier one does not count."""
        newest = None
        for answer in self.answers:
            if answer.stakeholder_id == stakeholder_id and answer.number == self.latest.number:
                newest = answer
        return newest

    @property
    def acknowledged(self) -> tuple[Recipient, ...]:
        return self._who(lambda answer: answer is not None and answer.is_acknowledgement)

    @property
    def disputed(self) -> tuple[PromiseAnswer, ...]:
        found = (self.answer_of(one.stakeholder_id) for one in self.recipients)
        return tuple(answer for answer in found if answer is not None and not answer.is_acknowledgement)

    @property
    def unanswered(self) -> tuple[Recipient, ...]:
        return self._who(lambda answer: answer is None)

    def _who(self, holds: Callable[[PromiseAnswer | None], bool]) -> tuple[Recipient, ...]:
        return tuple(one for one in self.recipients if holds(self.answer_of(one.stakeholder_id)))


@dataclass(frozen=True)
class Told:
    """One stakeholder was told of one thing; `cause` names what exactly."""

    stakeholder_id: int
    cause: str
    at: datetime


@dataclass(frozen=True)
class PlaceChange:
    """A move that was approved: what became of the model, and when."""

    id: int
    kind: MoveKind
    from_stage: Stage
    to_stage: Stage
    to_standing: Standing
    at: datetime


@dataclass(frozen=True)
class Timeline:
    """After a return, the updated timeline of an output, which everybody who was asked has to be told."""

    output_id: int
    stakeholder_id: int
    name: str
    title: str
    due_on: date | None
    note: str
    by: str
    at: datetime

    @property
    def cause(self) -> str:
        return f"output:{self.output_id}:timeline"


@dataclass(frozen=True)
class Promises:
    """Everything about one model that its promises are judged by, besides the model itself, its specification and the
    verdicts of its criteria. `shown_at` has the instants at which draft output was shown."""

    given: tuple[Promise, ...] = ()
    told: tuple[Told, ...] = ()
    changes: tuple[PlaceChange, ...] = ()
    shown_at: tuple[datetime, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    zone: str = "UTC"

    @property
    def live(self) -> tuple[Promise, ...]:
        return tuple(promise for promise in self.given if promise.is_live)

    def content(self) -> object:
        """What a sign-off on the promises is tied to: what is promised, to whom, and what they answered."""
        return [
            {
                "id": promise.id,
                "kind": promise.kind,
                "state": promise.state,
                "number": promise.latest.number,
                "content": [str(part or "") for part in vars(promise.latest.content).values()],
                "acknowledged": sorted(one.stakeholder_id for one in promise.acknowledged),
                "disputed": sorted(answer.stakeholder_id for answer in promise.disputed),
                "recipients": sorted(one.stakeholder_id for one in promise.recipients),
            }
            for promise in self.given
        ]


def slip_of(versions: Iterable[PromiseVersion]) -> Slip:
    """Derived from the chain and never typed. Versions without a day are passed over."""
    dated = [(version.due_on, version) for version in versions if version.due_on is not None]
    return Slip(
        tuple(
            Step(version.number, before, after, version.reason, version.given_by, version.given_at)
            for (before, _), (after, version) in pairwise(dated)
            if before != after
        )
    )


def changed_fields(before: PromiseVersion, after: PromiseVersion) -> tuple[tuple[str, str, str], ...]:
    """What a version says otherwise than the one before it: field, what it was, what it is."""
    old, new = vars(before.content), vars(after.content)
    return tuple((name, _said(old[name]), _said(new[name])) for name in old if old[name] != new[name])


def clean_content(kind: str, content: Content, *, criteria: Iterable[str] | None = None) -> Content:
    """Raises `Refused` (invalid) with every fault. `criteria` are the keys of those agreed, where that is known."""
    if kind not in list(PromiseKind):
        choices = ", ".join(PromiseKind)
        raise Refused.field("kind", f"“{kind[:60]}” is no kind of promise.", f"Choose from {choices}.")
    cleaned = Content(
        statement=clean(content.statement, field="statement", max_length=2_000, required=True),
        due_on=_clean_day(content.due_on),
        value=clean_line(content.value, field="value", max_length=300, required=False),
        criterion=clean_line(content.criterion, field="criterion", max_length=60, required=False),
    )
    if problems := tuple(_problems(PromiseKind(kind), cleaned, criteria)):
        raise Refused(problems, kind="invalid")
    return cleaned


def _problems(kind: PromiseKind, content: Content, criteria: Iterable[str] | None) -> Iterable[Reason]:
    needed = {
        "due_on": "A promise of a date needs its day.",
        "value": "Say what was promised in a few words, for instance “daily by 06:00”.",
        "criterion": "Name the success criterion that this promise rests on.",
    }
    if kind.needs and not getattr(content, kind.needs):
        yield Reason(needed[kind.needs], field=kind.needs)
    if content.value and kind in DATES:
        yield Reason(
            "A promise of a date has no value beside its day.", field="value", remedy="Leave it out."
        )
    if content.criterion and kind is not PromiseKind.CRITERION:
        yield Reason(
            "Only a promise about a success criterion names one.", field="criterion", remedy="Leave it out."
        )
    known = None if criteria is None else set(criteria)
    if known and content.criterion and content.criterion not in known:
        choices = ", ".join(sorted(known))
        text = f"The specification has no criterion “{content.criterion}”."
        yield Reason(text, field="criterion", remedy=f"Choose from {choices}.")


def _clean_day(day: date | None) -> date | None:
    if day is not None and not EARLIEST <= day < LATEST:
        raise Refused.field("due_on", "This day is before 2000 or after 2099.", "Check the year.")
    return day


def _said(part: object) -> str:
    return f"{part:%-d %b %Y}" if isinstance(part, date) else str(part or "")
