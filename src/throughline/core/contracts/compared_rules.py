"""Quality rules of two versions: which were dropped, and whether one lets more pass than before."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from throughline.core.contracts.changes import Change, Weight
from throughline.core.contracts.demands import Comparison, Operator, QualityRule

DROPPED = "Nobody promises any more that this holds."
STRONG = ("error", "critical", "blocker", "high", "major")
# What a rule measures. A difference in one of these makes two results that can't be compared.
MEASURED = (
    "type", "metric", "unit", "columns", "missing_values", "pattern", "min_length", "max_length", "minimum", "maximum",
    "query", "dialect", "engine", "implementation",
)  # fmt: skip


def rules(place: str, old: Sequence[QualityRule], new: Sequence[QualityRule]) -> Iterable[Change]:
    by_key = {one.key: one for one in new}
    left = [one for one in new if one.key not in {rule.key for rule in old}]
    for was in old:
        now = by_key.get(was.key) or next((one for one in left if _same(was, one)), None)
        if now is None:
            yield _change(place, was, Weight.BREAKING, "was dropped", DROPPED)
            continue
        if now in left:
            left.remove(now)
        yield from _changed(place, was, now)
    for one in left:
        yield _change(place, one, Weight.COMPATIBLE, "was added")


def title(rule: QualityRule) -> str:
    return rule.name or rule.description[:80] or rule.key


def _same(one: QualityRule, other: QualityRule) -> bool:
    return replace(one, key="", name="") == replace(other, key="", name="")


def _changed(place: str, was: QualityRule, now: QualityRule) -> Iterable[Change]:
    if differing := [name for name in MEASURED if getattr(was, name) != getattr(now, name)]:
        what = f"measures something else ({', '.join(differing)})"
        why = "It can't be told whether it lets more pass; what was promised before is promised no more."
        yield _change(place, was, Weight.BREAKING, what, why)
        return
    yield from _values(place, was, now)
    if was.comparison != now.comparison:
        yield _bounds(place, was, now)
    if was.severity.lower() != now.severity.lower():
        is_weaker = was.severity.lower() in STRONG and now.severity.lower() not in STRONG
        what = f"had the severity {was.severity or 'none'}, has {now.severity or 'none'}"
        why = "A breach counts for less." if is_weaker else ""
        yield _change(place, was, Weight.BREAKING if is_weaker else Weight.NOTE, what, why)
    if was.description != now.description:
        yield _change(place, was, Weight.NOTE, "is described otherwise")


def _values(place: str, was: QualityRule, now: QualityRule) -> Iterable[Change]:
    if was.valid_values == now.valid_values:
        return
    old, new = set(was.valid_values or ()), set(now.valid_values or ())
    is_wider = now.valid_values is None or (was.valid_values is not None and not new <= old)
    what = "accepts values that it did not" if is_wider else "accepts fewer values"
    why = "Consumers have never met them." if is_wider else ""
    yield _change(place, was, Weight.BREAKING if is_wider else Weight.COMPATIBLE, what, why)


def _bounds(place: str, was: QualityRule, now: QualityRule) -> Change:
    what = f"asked for {was.comparison or 'nothing'}, asks for {now.comparison or 'nothing'}"
    if was.comparison is None:
        return _change(place, was, Weight.COMPATIBLE, what)
    if now.comparison is not None and is_within(now.comparison, was.comparison):
        return _change(place, was, Weight.COMPATIBLE, what, "Nothing passes that failed before.")
    return _change(place, was, Weight.BREAKING, what, "Something may pass that failed before.")


Interval = tuple[float, bool, float, bool]


def is_within(inner: Comparison, outer: Comparison) -> bool:
    """Whether whatever one comparison lets pass, the other lets pass too. Texts are within their like alone."""
    if inner.text is not None or outer.text is not None:
        return inner == outer
    return all(any(_covers(wide, one) for wide in _passed(outer)) for one in _passed(inner))


def _passed(one: Comparison) -> tuple[Interval, ...]:
    """The numbers that pass, as (low, whether low is outside, high, whether high is outside)."""
    low = math.nan if one.low is None else one.low
    high = low if one.high is None else one.high
    match one.operator:
        case Operator.IS:
            return ((low, False, low, False),)
        case Operator.IS_NOT:
            return ((-math.inf, True, low, True), (low, True, math.inf, True))
        case Operator.GREATER:
            return ((low, True, math.inf, True),)
        case Operator.AT_LEAST:
            return ((low, False, math.inf, True),)
        case Operator.LESS:
            return ((-math.inf, True, low, True),)
        case Operator.AT_MOST:
            return ((-math.inf, True, low, False),)
        case Operator.BETWEEN:
            return ((low, False, high, False),)
    return ((-math.inf, True, low, True), (high, True, math.inf, True))


def _covers(wide: Interval, one: Interval) -> bool:
    is_low_in = wide[0] < one[0] or (wide[0] == one[0] and (not wide[1] or one[1]))
    is_high_in = wide[2] > one[2] or (wide[2] == one[2] and (not wide[3] or one[3]))
    return is_low_in and is_high_in


def _change(place: str, rule: QualityRule, weight: Weight, what: str, why: str = "") -> Change:
    return Change("quality", place, weight, f"The rule “{title(rule)}” {what}.", why)
