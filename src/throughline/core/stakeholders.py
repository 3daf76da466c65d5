"""Who has a part in a model, what influence and interest ask of us, and when somebody has to be spoken to again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from throughline.core.errors import Reason, Refused
from throughline.core.stages import Stage, Standing
from throughline.core.text import clean, clean_line


class Part(StrEnum):
    """What somebody is to one model."""

    SPONSOR = "sponsor"
    APPROVER = "approver"
    USER = "user"
    INFORMED = "informed"


PART_TITLES: Mapping[str, str] = {
    Part.SPONSOR: "Sponsor",
    Part.APPROVER: "Approver",
    Part.USER: "User",
    Part.INFORMED: "Kept informed",
}
PART_MEANINGS: Mapping[str, str] = {
    Part.SPONSOR: "Owns the business need and pays for it.",
    Part.APPROVER: "Says whether the output is good enough.",
    Part.USER: "Works with the output.",
    Part.INFORMED: "Has to know what changes.",
}


class ContactKind(StrEnum):
    CONVERSATION = "conversation"
    MEETING = "meeting"
    REVIEW = "review"
    ANSWER = "answer"
    MESSAGE = "message"


CONTACT_TITLES: Mapping[str, str] = {
    ContactKind.CONVERSATION: "Conversation",
    ContactKind.MEETING: "Meeting",
    ContactKind.REVIEW: "Review",
    ContactKind.ANSWER: "Answer",
    ContactKind.MESSAGE: "Message",
}


class Quadrant(StrEnum):
    """The four fields of the grid of influence and interest."""

    CLOSELY = "closely"
    SATISFIED = "satisfied"
    INFORMED = "informed"
    WATCHED = "watched"


QUADRANT_TITLES: Mapping[str, str] = {
    Quadrant.CLOSELY: "Manage closely",
    Quadrant.SATISFIED: "Keep satisfied",
    Quadrant.INFORMED: "Keep informed",
    Quadrant.WATCHED: "Watch",
}
QUADRANT_ADVICE: Mapping[str, str] = {
    Quadrant.CLOSELY: "Decide together, and speak often.",
    Quadrant.SATISFIED: "Meet their need, and do not tire them with detail.",
    Quadrant.INFORMED: "Tell them what changes, and ask what they see.",
    Quadrant.WATCHED: "Little effort; look now and then whether that changed.",
}

LEAST, MOST = 1, 5
HIGH_FROM = 4
LONGEST_CADENCE = 366
LONGEST_AGO = timedelta(days=5 * 366)


@dataclass(frozen=True)
class Stakeholder:
    """A person or group with a part in one model. `last_contact` is None in a dossier, which does not read it."""

    id: int
    name: str
    is_group: bool
    business: str
    need: str
    part: Part
    influence: int
    interest: int
    cadence_days: int | None
    person_id: int | None
    added_at: datetime
    last_contact: datetime | None = None

    @property
    def quadrant(self) -> Quadrant:
        return quadrant(self.influence, self.interest)

    @property
    def due_at(self) -> datetime | None:
        return due_at(self.cadence_days, self.last_contact, self.added_at)

    def is_overdue(self, now: datetime) -> bool:
        due = self.due_at
        return due is not None and due < now

    def content(self) -> tuple[object, ...]:
        """What a sign-off may rest on: who they are to the model, and what they need."""
        return (self.name, self.part, self.business, self.need, self.person_id)


def quadrant(influence: int, interest: int) -> Quadrant:
    if influence >= HIGH_FROM:
        return Quadrant.CLOSELY if interest >= HIGH_FROM else Quadrant.SATISFIED
    return Quadrant.INFORMED if interest >= HIGH_FROM else Quadrant.WATCHED


def due_at(cadence_days: int | None, last_contact: datetime | None, added_at: datetime) -> datetime | None:
    """When the next contact is due: a cadence after the last one, or after they were added. None without a cadence."""
    if cadence_days is None:
        return None
    return (last_contact or added_at) + timedelta(days=cadence_days)


def newest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def missing_parts(stakeholders: Iterable[Stakeholder], wanted: Iterable[str]) -> tuple[str, ...]:
    """The parts that nobody has, in the order in which they are wanted."""
    taken = {one.part.value for one in stakeholders}
    return tuple(part for part in wanted if part not in taken)


@dataclass(frozen=True)
class FieldRule:
    """One field that people and programs may write. `most` is the greatest length, or number."""

    title: str
    kind: str
    most: int
    is_required: bool = False


FIELDS: Mapping[str, FieldRule] = {
    "name": FieldRule("Name", "line", 200, is_required=True),
    "is_group": FieldRule("Group", "yes_no", 1),
    "business": FieldRule("Business", "line", 300),
    "need": FieldRule("The need, in their words", "text", 5_000),
    "part": FieldRule("Part", "part", 20, is_required=True),
    "influence": FieldRule("Influence", "rating", MOST),
    "interest": FieldRule("Interest", "rating", MOST),
    "cadence_days": FieldRule("Days between contacts", "days", LONGEST_CADENCE),
}


def clean_fields(given: Mapping[str, object], *, is_new: bool) -> dict[str, object]:
    """The given fields, cleaned. Raises `Refused` (invalid) with every problem, unknown names included."""
    problems = [
        Reason(f"“{name}” is not a field that can be written.", field=name)
        for name in given
        if name not in FIELDS
    ]
    cleaned: dict[str, object] = {}
    for name, rule in FIELDS.items():
        if name not in given and not (is_new and rule.is_required):
            continue
        try:
            cleaned[name] = _clean(name, rule, given.get(name))
        except Refused as refusal:
            problems.extend(refusal.reasons)
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return cleaned


def clean_contact_kind(kind: str) -> str:
    if kind not in list(ContactKind):
        raise Refused.field(
            "kind", f"“{kind[:40]}” is not a kind of contact.", f"Choose from {', '.join(ContactKind)}."
        )
    return kind


def clean_contact_day(day: date, today: date) -> date:
    if day > today:
        raise Refused.field("day", "This day has not come yet.", "A contact is recorded after it took place.")
    if today - day > LONGEST_AGO:
        raise Refused.field("day", "This is more than five years ago.", "Choose a later day.")
    return day


def _clean(name: str, rule: FieldRule, value: object) -> object:
    if rule.kind == "yes_no":
        return bool(value)
    if rule.kind == "days":
        return None if value in (None, "") else _number(name, rule, value)
    if rule.kind == "rating":
        return _number(name, rule, value)
    if not isinstance(value, str | None):
        raise Refused.field(name, f"{rule.title} must be text.")
    if rule.kind == "text":
        return clean(value or "", field=name, max_length=rule.most, required=rule.is_required)
    line = clean_line(value or "", field=name, max_length=rule.most, required=rule.is_required)
    if rule.kind == "part" and line not in list(Part):
        raise Refused.field(name, f"“{line[:40]}” is not a part.", f"Choose from {', '.join(Part)}.")
    return line


def _number(name: str, rule: FieldRule, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not LEAST <= value <= rule.most:
        raise Refused.field(name, f"{rule.title} is a whole number from {LEAST} to {rule.most}.")
    return value


def health(stage: Stage, standing: Standing, states: Iterable[str] = ()) -> str:
    """How a model does, for somebody who only uses it. `states` are those of what they were promised."""
    return f"{_where(stage, standing)} {_whether_it_holds(tuple(states))}".strip()


def _where(stage: Stage, standing: Standing) -> str:
    if standing is not Standing.ACTIVE:
        return {
            Standing.PAUSED: "Work on it rests for now.",
            Standing.STOPPED: "It was stopped before it came into use.",
            Standing.RETIRED: "It is no longer in use.",
        }[standing]
    return {
        Stage.CONCEPTION: "It is being thought through.",
        Stage.PROTOTYPE: "It is being tried out.",
        Stage.PRODUCTION_READY: "It is being made ready for use.",
        Stage.DEPLOYMENT: "It is being brought into use.",
        Stage.PRODUCTION: "It is in use.",
        Stage.DEPRECATION: "It is still in use, and will be taken out of use.",
    }[stage]


def _whether_it_holds(states: tuple[str, ...]) -> str:
    broken, at_risk = states.count("broken"), states.count("at_risk")
    if broken:
        return f"{_things(broken, len(states))} you were promised {_does(broken)} not hold."
    if at_risk:
        return f"{_things(at_risk, len(states))} you were promised {_is(at_risk)} at risk."
    return "What you were promised holds so far." if states else ""


def _things(number: int, of: int) -> str:
    return "What" if number == of == 1 else f"{number} of {of} things"


def _does(number: int) -> str:
    return "does" if number == 1 else "do"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
