"""What may be written into a model's record, and how its revisions are told apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from throughline.core.dossier import RiskTier, Scoring
from throughline.core.errors import Reason, Refused
from throughline.core.text import clean, clean_line

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class FieldRule:
    """One field that people and programs may write. `choices` empty means free text."""

    title: str
    max_length: int
    is_required: bool = False
    is_multiline: bool = False
    choices: tuple[str, ...] = ()


MODEL_FIELDS: Mapping[str, FieldRule] = {
    "name": FieldRule("Name", 300, is_required=True),
    "summary": FieldRule("What it is for", 20_000, is_multiline=True),
    "external_id": FieldRule("External id", 200),
    "risk_tier": FieldRule("Risk tier", 20, choices=tuple(RiskTier)),
    "scoring": FieldRule("Scoring", 20, choices=tuple(Scoring)),
    "team": FieldRule("Team", 200),
    "unit": FieldRule("Unit", 300),
}


class ModelRecord(Protocol):
    """The fields of a model's record that a revision keeps."""

    name: str
    summary: str
    external_id: str | None
    risk_tier: str
    scoring: str
    team: str
    unit: str
    stage: str
    standing: str
    stage_since: datetime
    policy_id: int | None


def clean_fields(given: Mapping[str, object], *, is_new: bool) -> dict[str, str]:
    """The given fields, cleaned. Raises `Refused` (invalid) with every problem, unknown names included."""
    unknown = [name for name in given if name not in MODEL_FIELDS]
    problems = [Reason(f"“{name}” is not a field that can be written.", field=name) for name in unknown]
    cleaned: dict[str, str] = {}
    for name, rule in MODEL_FIELDS.items():
        if name not in given and not (is_new and rule.is_required):
            continue
        try:
            cleaned[name] = _clean(name, rule, given.get(name, ""))
        except Refused as refusal:
            problems.extend(refusal.reasons)
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return cleaned


def revision_content(model: ModelRecord) -> dict[str, object]:
    """What a revision keeps, as plain content."""
    kept: dict[str, object] = {name: getattr(model, name) for name in MODEL_FIELDS}
    return {
        **kept,
        "stage": model.stage,
        "standing": model.standing,
        "policy_id": model.policy_id,
        "stage_since": model.stage_since.isoformat(),
    }


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[object]]:
    """Each field that differs, with old and new."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}


def clean_slug(text: str, *, field: str = "slug") -> str:
    slug = clean_line(text, field=field, max_length=60).lower()
    if not SLUG.fullmatch(slug):
        raise Refused.field(field, f"“{slug}” can't stand in an address.", "Use a–z, 0–9 and single hyphens.")
    return slug


def _clean(name: str, rule: FieldRule, value: object) -> str:
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise Refused.field(name, f"{rule.title} must be text.")
    if rule.is_multiline:
        return clean(value, field=name, max_length=rule.max_length, required=rule.is_required)
    line = clean_line(value, field=name, max_length=rule.max_length, required=rule.is_required)
    if rule.choices and line and line not in rule.choices:
        raise Refused.field(name, f"“{line}” is not one of: {', '.join(rule.choices)}.")
    return line
