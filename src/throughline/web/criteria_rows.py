"""Rows of criteria inside a larger form: read from what was sent, with one more or one less, and drawn again.

The fields are called `criteria.<n>.<field>`, as the rules name them, so a refusal finds its field. `criteria.do` is the
name of the buttons that add and remove a row; they send the form, so it works without scripts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from throughline.core.criteria import (
    FIELDS,
    Criterion,
    Direction,
    Method,
    parse_criteria,
    to_plain,
)
from throughline.core.errors import Refused
from throughline.core.intervals import units_to_show

BUTTON = "criteria.do"
MOST_ROWS = 50
_NAME = re.compile(r"criteria\.(\d{1,3})\.([a-z_]+)\Z")
CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "level": (("model", "The model"), ("business", "The business"), ("economic", "Its cost")),
    "role": (("goal", "Goal: to be reached"), ("guardrail", "Guardrail: must not be hurt")),
    "direction": (
        ("increase", "Higher is better"),
        ("decrease", "Lower is better"),
        ("range", "Within a range"),
    ),
    "method": (
        ("auto", "By what the measurement brings"),
        ("wilson", "Share, Wilson’s interval"),
        ("t", "Average, Student’s t"),
        ("given", "Interval or error as given"),
        ("point", "The number alone"),
    ),
}
BLANK: Mapping[str, str] = {
    **dict.fromkeys(FIELDS, ""),
    "level": "model",
    "role": "goal",
    "direction": "increase",
    "method": "auto",
    "confidence": "0.95",
}


@dataclass(frozen=True)
class Field:
    name: str
    value: str
    error: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        return "id_" + self.name.replace(".", "_")


@dataclass(frozen=True)
class Row:
    """`planning` says how many observations would show the target."""

    number: int
    fields: Mapping[str, Field]
    planning: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.fields["title"].value or f"Criterion {self.number + 1}"


def typed(sent: Mapping[str, object]) -> list[dict[str, str]]:
    """What was typed, row by row in the order of their numbers, after the button that was pressed did its work."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in sent.items():
        if found := _NAME.match(name):
            rows.setdefault(int(found[1]), {})[found[2]] = str(value)
    kept = [rows[number] for number in sorted(rows)][:MOST_ROWS]
    done = str(sent.get(BUTTON, ""))
    if done == "add":
        return [*kept, dict(BLANK)]
    if done.startswith("remove:") and done[7:].isdecimal():
        return [row for number, row in enumerate(kept) if number != int(done[7:])]
    return kept


def is_rearranging(sent: Mapping[str, object]) -> bool:
    """Whether a row is to be added or removed, so that nothing is saved yet."""
    return bool(sent.get(BUTTON))


def stored(content: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
    """Criteria as they are kept, as a form shows them."""
    return [{name: _spelled(row.get(name)) for name in FIELDS} for row in content]


def rows(typed_rows: Sequence[Mapping[str, str]], refusal: Refused | None = None) -> list[Row]:
    """As the template draws them, each refusal beside its field."""
    errors = {reason.field: str(reason) for reason in refusal.reasons if reason.field} if refusal else {}
    return [_row(number, row, errors) for number, row in enumerate(typed_rows)]


def _row(number: int, row: Mapping[str, str], errors: Mapping[str, str]) -> Row:
    fields = {}
    for name in FIELDS:
        full = f"criteria.{number}.{name}"
        fields[name] = Field(full, row.get(name, BLANK[name]), errors.get(full, ""), CHOICES.get(name, ()))
    return Row(number, fields, observations(row))


def observations(row: Mapping[str, str]) -> tuple[str, ...]:
    """How many units would show the target four times in five, for a share: at the smallest effect worth finding, or
    at some truths beyond the target. Empty where it depends on more than the row says."""
    try:
        (criterion,) = parse_criteria([row])
    except Refused:
        return ()
    target = criterion.target
    if target is None or not 0 < target < 1 or criterion.method not in (Method.AUTO, Method.WILSON):
        return ()
    if criterion.unit == "%":
        return ()
    return tuple(said for truth in _truths(criterion, target) if (said := _needed(criterion, target, truth)))


def _truths(criterion: Criterion, target: float) -> list[float]:
    sign = -1 if criterion.direction is Direction.DECREASE else 1
    gaps = [criterion.minimum_effect] if criterion.minimum_effect else [0.02, 0.05, 0.1]
    return [truth for gap in gaps if 0 < (truth := target + sign * gap) < 1]


def _needed(criterion: Criterion, target: float, truth: float) -> str:
    units = units_to_show(target, truth, confidence=criterion.confidence)
    return f"{units:,} if the truth is {truth:.4g}" if units else ""


def _spelled(value: object) -> str:
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)


def read(typed_rows: Sequence[Mapping[str, str]]) -> list[dict[str, object]]:
    """Ready to be kept. Raises `Refused` (invalid) with each problem under the name of its field."""
    return to_plain(parse_criteria(typed_rows))
