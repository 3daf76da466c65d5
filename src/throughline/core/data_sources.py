"""Upstream data as the rules see it: what a source says of itself, and the access of a model that uses it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from throughline.core.access_requests import AccessRequest
from throughline.core.errors import Reason, Refused
from throughline.core.places import read_place
from throughline.core.stages import Stage
from throughline.core.text import clean, clean_line

MOST_CONTACTS = 20
CONTACT_FIELDS = ("name", "email", "role")


class Sensitivity(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Automation(StrEnum):
    """How the data gets to where the model reads it. Unknown is empty."""

    MANUAL = "manual"
    SCRIPTED = "scripted"
    SCHEDULED = "scheduled"


SENSITIVITY_TITLES: Mapping[str, str] = {one: one.value.capitalize() for one in Sensitivity}
SENSITIVITY_MEANINGS: Mapping[str, str] = {
    Sensitivity.PUBLIC: "Anybody may read it; it needs no grant.",
    Sensitivity.INTERNAL: "For people of the organisation.",
    Sensitivity.CONFIDENTIAL: "For those who need it for their work.",
    Sensitivity.RESTRICTED: "Personal or protected by law; each use is granted by itself.",
}
AUTOMATION_TITLES: Mapping[str, str] = {
    Automation.MANUAL: "By hand",
    Automation.SCRIPTED: "By a script that somebody starts",
    Automation.SCHEDULED: "On a schedule",
}


@dataclass(frozen=True)
class FieldRule:
    """One field that people and programs may write. `most` is the greatest length."""

    title: str
    kind: str
    most: int = 0
    is_required: bool = False


FIELDS: Mapping[str, FieldRule] = {
    "name": FieldRule("Name", "line", 200, is_required=True),
    "description": FieldRule("What is in it", "text", 5_000),
    "provider": FieldRule("Provider", "line", 200),
    "contacts": FieldRule("Contacts", "contacts"),
    "systems": FieldRule("Systems", "line", 500),
    "sensitivity": FieldRule("Sensitivity", "sensitivity", 20),
    "refresh": FieldRule("Refresh schedule", "line", 100),
    "time_zone": FieldRule("Time zone", "zone", 64),
    "automation": FieldRule("How it is refreshed", "automation", 20),
    "is_supported": FieldRule("Supported by its provider", "yes_no_unknown"),
    "supported_until": FieldRule("Supported until", "day"),
    "location": FieldRule("Where it lies", "place"),
    "external_id": FieldRule("External id", "key", 200),
}


@dataclass(frozen=True)
class SourceInUse:
    """One source that a model uses, from a stage on, with every request for access that this model made.

    `has_ended` says that the source was retired while the model still uses it.
    """

    id: int
    name: str
    provider: str
    owner: str
    systems: str
    sensitivity: Sensitivity
    refresh: str
    time_zone: str
    automation: str
    is_supported: bool | None
    supported_until: date | None
    from_stage: Stage
    purpose: str = ""
    has_ended: bool = False
    use_id: int = 0
    requests: tuple[AccessRequest, ...] = ()

    @property
    def access(self) -> AccessRequest | None:
        """The request that counts: see `counting`."""
        return counting(self.requests)

    @property
    def needs_grant(self) -> bool:
        return self.sensitivity is not Sensitivity.PUBLIC

    def is_used_at(self, stage: Stage) -> bool:
        return stage.number >= self.from_stage.number

    def is_supported_on(self, day: date) -> bool | None:
        """None where nobody has said."""
        if self.is_supported and self.supported_until is not None:
            return self.supported_until >= day
        return self.is_supported

    def may_be_read_on(self, day: date) -> bool:
        return not self.needs_grant or any(one.holds_on(day) for one in self.requests)

    def content(self) -> tuple[object, ...]:
        """What a sign-off may rest on. Ages and the clock are not content; a grant and its end are."""
        access = self.access
        granted = (access.state, access.granted_until) if access else None
        said = (self.name, self.provider, self.owner, self.sensitivity, self.refresh, self.automation)
        return (*said, self.is_supported, self.supported_until, self.from_stage, self.has_ended, granted)


def counting(requests: Iterable[AccessRequest]) -> AccessRequest | None:
    """Of several requests for one source: the grant that holds longest, else the one that was made last."""
    made = list(requests)
    granted = [one for one in made if one.is_granted]
    if granted:
        return max(granted, key=lambda one: (one.granted_until or date.max, one.id))
    return max(made, key=lambda one: one.id, default=None)


def in_use(sources: Iterable[SourceInUse], stage: Stage) -> tuple[SourceInUse, ...]:
    return tuple(one for one in sources if one.is_used_at(stage))


def unlinked(named: Iterable[str], sources: Iterable[SourceInUse]) -> tuple[str, ...]:
    """The names in a specification that are none of a model's sources; upper and lower case are one."""
    known = {one.name.casefold() for one in sources}
    return tuple(
        name for name in dict.fromkeys(named) if name.strip() and name.strip().casefold() not in known
    )


def clean_fields(given: Mapping[str, object], *, is_new: bool) -> dict[str, object]:
    """The given fields, cleaned; a place as plain data. Raises `Refused` (invalid) with every problem, unknown names
    included. Whether a schedule can be read is asked by the caller."""
    problems = [
        Reason(f"“{name[:60]}” is not a field that can be written.", field=name)
        for name in given
        if name not in FIELDS
    ]
    cleaned: dict[str, object] = {}
    for name, rule in FIELDS.items():
        if name not in given and not (is_new and rule.is_required):
            continue
        try:
            cleaned[name] = CLEANERS[rule.kind](name, rule, given.get(name))
        except Refused as refusal:
            problems.extend(refusal.reasons)
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return cleaned


def settled(fields: Mapping[str, object]) -> None:
    """Whether a whole record holds together. Raises `Refused` (invalid)."""
    if fields.get("supported_until") is not None and not fields.get("is_supported"):
        why = "A day until which it is supported makes sense only where the provider supports it."
        raise Refused.field("supported_until", why, "Say that it is supported, or leave the day out.")
    if fields.get("refresh") and not fields.get("time_zone"):
        raise Refused.field(
            "time_zone", "A schedule needs the time zone of its hours.", "Name it, or say UTC."
        )


def _line(name: str, rule: FieldRule, value: object) -> str:
    return clean_line(_text(rule, name, value), field=name, max_length=rule.most, required=rule.is_required)


def _paragraph(name: str, rule: FieldRule, value: object) -> str:
    return clean(_text(rule, name, value), field=name, max_length=rule.most)


def _key(name: str, rule: FieldRule, value: object) -> str | None:
    """Empty is none: two sources without a key are not one."""
    return _line(name, rule, value) or None


def _text(rule: FieldRule, name: str, value: object) -> str:
    if not isinstance(value, str | None):
        raise Refused.field(name, f"{rule.title} must be text.")
    return value or ""


def _sensitivity(name: str, rule: FieldRule, value: object) -> str:
    return _choice(name, rule, value, Sensitivity) or Sensitivity.INTERNAL


def _automation(name: str, rule: FieldRule, value: object) -> str:
    return _choice(name, rule, value, Automation)


def _choice(name: str, rule: FieldRule, value: object, choices: type[StrEnum]) -> str:
    line = _line(name, rule, value)
    if line and line not in list(choices):
        raise Refused.field(name, f"“{line[:40]}” is no choice here.", f"Choose from {', '.join(choices)}.")
    return line


def _zone(name: str, rule: FieldRule, value: object) -> str:
    line = _line(name, rule, value)
    try:
        return ZoneInfo(line).key if line else ""
    except (OSError, ValueError, LookupError):
        raise Refused.field(
            name, f"“{line[:60]}” is not a time zone.", "Name one such as Europe/Zurich, or UTC."
        ) from None


def _yes_no_unknown(name: str, rule: FieldRule, value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise Refused.field(name, f"{rule.title} is yes, no, or not known.", "Send true, false or null.")


def _day(name: str, rule: FieldRule, value: object) -> date | None:
    if value is None or type(value) is date:
        return value
    raise Refused.field(name, f"{rule.title} is a day.", "Send it as 2026-03-31, or leave it out.")


def _place(name: str, rule: FieldRule, value: object) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Refused.field(name, f"{rule.title} is an object with its kind and path.")
    found = read_place(value, field=name)
    return found.to_plain() if found else {}


def _contacts(name: str, rule: FieldRule, value: object) -> list[dict[str, str]]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > MOST_CONTACTS:
        raise Refused.field(name, f"{rule.title} is a list of up to {MOST_CONTACTS}.", "Send fewer.")
    return [_contact(f"{name}.{number}", one) for number, one in enumerate(value, 1)]


def _contact(place: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) - set(CONTACT_FIELDS):
        raise Refused.field(place, "A contact has a name, an e-mail and a role, and nothing else.")
    said = {field: value.get(field) or "" for field in CONTACT_FIELDS}
    found = {
        field: clean_line(str(text), field=f"{place}.{field}", max_length=200, required=field == "name")
        for field, text in said.items()
    }
    if found["email"] and ("@" not in found["email"] or " " in found["email"]):
        raise Refused.field(
            f"{place}.email", "This is not an e-mail address.", "Correct it, or leave it out."
        )
    return {field: text for field, text in found.items() if text}


def contacts_from_lines(text: str) -> list[dict[str, str]]:
    """As people type them into a form: one in a line, `name, e-mail, role`; the last two may be missing."""
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",")]
        if not any(parts):
            continue
        name, *rest = parts
        email = rest.pop(0) if rest and "@" in rest[0] else ""
        told = (name, email, ", ".join(part for part in rest if part))
        found.append({field: said for field, said in zip(CONTACT_FIELDS, told, strict=True) if said})
    return found


def contacts_to_lines(contacts: Iterable[Mapping[str, str]]) -> str:
    return "\n".join(", ".join(one[field] for field in CONTACT_FIELDS if one.get(field)) for one in contacts)


Cleaner = Callable[[str, FieldRule, object], object]
CLEANERS: Mapping[str, Cleaner] = {
    "line": _line,
    "text": _paragraph,
    "key": _key,
    "sensitivity": _sensitivity,
    "automation": _automation,
    "zone": _zone,
    "yes_no_unknown": _yes_no_unknown,
    "day": _day,
    "place": _place,
    "contacts": _contacts,
}
