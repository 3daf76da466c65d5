"""Single fields of a policy, before and after: what they say in words, and whether that is tighter or looser."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.conditions import of_whom
from throughline.core.people import DUTY_TITLES
from throughline.core.policy import Condition, Level, PolicyCheck
from throughline.core.policy_soundness import CASES


class Direction(StrEnum):
    """Whether a model passes less or more easily than before; `other` where that can't be told."""

    TIGHTER = "tighter"
    LOOSER = "looser"
    OTHER = "other"


@dataclass(frozen=True)
class FieldChange:
    """One field that differs, before and after in words; empty where it was not there."""

    name: str
    title: str
    before: str
    after: str
    direction: Direction


LEVELS = (Level.RECORD, Level.WARN, Level.BLOCK)
WORD_FIELDS = {"asks": "Question", "why": "Why", "remedy": "What would satisfy it"}
# More of these is tighter; for the others fewer is. What is in neither list has no direction.
TIGHTER_WHEN_MORE = {
    "at_least": "At least",
    "at_least_days": "Days to serve",
    "low_days": "Days to serve, low tier",
    "high_days": "Days to serve, high tier",
    "covers": "Rests on",
    "duties": "Duties that must be held",
}
TIGHTER_WHEN_LESS = {
    "at_most": "At most",
    "max_age_days": "May be this many days old",
    "valid_days": "Holds for days",
    "by": "Signed by",
}
OTHER_PARAMETERS = {"key": "Evidence", "prefix": "Results"}
NOT_COMPARED = {"check_id", "asks"}


def compare_checks(before: PolicyCheck, after: PolicyCheck) -> tuple[FieldChange, ...]:
    return (
        *_level(before, after),
        *_when(before.when, after.when),
        *_answered_by(before, after),
        *_parameters(before.parameters, after.parameters),
        *compare_texts(WORD_FIELDS, before, after),
    )


def compare_texts(names: Mapping[str, str], before: object, after: object) -> tuple[FieldChange, ...]:
    pairs = (
        (name, title, str(getattr(before, name)), str(getattr(after, name))) for name, title in names.items()
    )
    return tuple(
        FieldChange(name, title, old, new, Direction.OTHER) for name, title, old, new in pairs if old != new
    )


def _level(before: PolicyCheck, after: PolicyCheck) -> tuple[FieldChange, ...]:
    direction = _ordered(LEVELS.index(before.level), LEVELS.index(after.level))
    if before.level is after.level:
        return ()
    return (FieldChange("level", "Level", before.level.value, after.level.value, direction),)


def _when(before: Condition, after: Condition) -> tuple[FieldChange, ...]:
    if before == after:
        return ()
    return (FieldChange("when", "Asked of", of_whom(before), of_whom(after), reach(before, after)),)


def reach(before: Condition, after: Condition) -> Direction:
    """Asked in more cases is tighter, in fewer looser; cases of both kinds, or other checks, have no direction."""
    if (before.met, before.not_met) != (after.met, after.not_met):
        is_freed = set(after.met) <= set(before.met) and set(after.not_met) <= set(before.not_met)
        is_bound = set(after.met) >= set(before.met) and set(after.not_met) >= set(before.not_met)
        directions = [Direction.TIGHTER if is_freed else Direction.LOOSER if is_bound else Direction.OTHER]
    else:
        directions = []
    for name, every in CASES.items():
        old, new = (set(getattr(when, name)) or set(every) for when in (before, after))
        if old != new:
            directions.append(_subsets(old, new))
    return together(tuple(directions))


def _answered_by(before: PolicyCheck, after: PolicyCheck) -> tuple[FieldChange, ...]:
    """A check that a person answered and that is now computed, or the other way round."""
    if before.function == after.function:
        return ()
    return (FieldChange("check", "Answered by", before.function, after.function, Direction.OTHER),)


def _parameters(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[FieldChange, ...]:
    names = [name for name in dict.fromkeys((*before, *after)) if name not in NOT_COMPARED]
    return tuple(
        _parameter(name, before.get(name), after.get(name))
        for name in names
        if _comparable(before.get(name)) != _comparable(after.get(name))
    )


def _parameter(name: str, before: object, after: object) -> FieldChange:
    titles = {**TIGHTER_WHEN_MORE, **TIGHTER_WHEN_LESS, **OTHER_PARAMETERS}
    more = _more(before, after)
    if name in TIGHTER_WHEN_LESS:
        more = {Direction.TIGHTER: Direction.LOOSER, Direction.LOOSER: Direction.TIGHTER}.get(more, more)
    if name not in TIGHTER_WHEN_MORE and name not in TIGHTER_WHEN_LESS:
        more = Direction.OTHER
    elif name != "by" and (before is None or after is None):
        more = Direction.TIGHTER if before is None else Direction.LOOSER
    return FieldChange(name, titles.get(name, name.replace("_", " ")), _said(before), _said(after), more)


def compare_waivers(before: PolicyCheck, after: PolicyCheck) -> tuple[FieldChange, ...]:
    old, new = set(before.waivable_by), set(after.waivable_by)
    if old == new:
        return ()
    words = (_said(before.waivable_by) or "nobody", _said(after.waivable_by) or "nobody")
    return (FieldChange("waivable_by", "May be waived by", *words, _subsets(new, old)),)


def _more(before: object, after: object) -> Direction:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return _ordered(before, after)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return _subsets(set(before), set(after))
    return Direction.OTHER


def _ordered(before: float, after: float) -> Direction:
    return Direction.TIGHTER if after > before else Direction.LOOSER if after < before else Direction.OTHER


def _subsets(before: set[str], after: set[str]) -> Direction:
    if after > before:
        return Direction.TIGHTER
    return Direction.LOOSER if after < before else Direction.OTHER


def together(directions: tuple[Direction, ...]) -> Direction:
    """One direction only where nothing points another way."""
    found = set(directions)
    return found.pop() if len(found) == 1 else Direction.OTHER


def _comparable(value: object) -> object:
    return frozenset(value) if isinstance(value, list | tuple) else value


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(DUTY_TITLES.get(str(item), str(item)) for item in value)
    if isinstance(value, int | float):
        return f"{value:g}"
    return "" if value is None else str(value)
