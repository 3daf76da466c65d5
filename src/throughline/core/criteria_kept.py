"""Criteria as they were kept in a specification, read back fast."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from throughline.core.criteria import (
    FIELDS,
    Criterion,
    CriterionLevel,
    CriterionRole,
    Direction,
    Method,
    parse_criteria,
)
from throughline.core.errors import Refused


def stored_criteria(content: Sequence[object]) -> tuple[Criterion, ...]:
    """As they were kept, which is read far more often than written, so that it is not checked anew. What somebody
    wrote past the rules, and can't be read, counts as no criterion."""
    try:
        return tuple(_kept(item) for item in content)
    except (KeyError, TypeError, ValueError):
        pass
    try:
        return parse_criteria(content)
    except Refused:
        return ()


def _kept(item: Any) -> Criterion:
    """Raises `KeyError`, `TypeError` or `ValueError` where it is not as `to_plain` writes it."""
    read = {name: _KEPT[name](item[name]) for name in FIELDS}
    return Criterion(**read)


def _text(value: Any) -> str:
    return str.__str__(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value + 0)


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


_KEPT: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("key", "title", "metric", "unit", "baseline_source", "slice"), _text),
    **dict.fromkeys(
        ("baseline", "target", "low", "high", "hard_limit", "minimum_effect", "confidence"), _number
    ),
    **dict.fromkeys(("baseline_on", "agreed_on"), _day),
    "level": {one.value: one for one in CriterionLevel}.__getitem__,
    "role": {one.value: one for one in CriterionRole}.__getitem__,
    "direction": {one.value: one for one in Direction}.__getitem__,
    "method": {one.value: one for one in Method}.__getitem__,
    "window_days": lambda value: None if value is None else int(value + 0),
    "point_is_enough": bool,
}
