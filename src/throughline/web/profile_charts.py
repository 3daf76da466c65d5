"""The pictures of a profile: how full each column is, how its values are distributed, and both for two dates."""

import math
from datetime import UTC, datetime
from itertools import pairwise

from throughline.core.profile_remarks import percent
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile
from throughline.web.charts import horizontal_bars, spell
from throughline.web.drawings import Bar, Bars, Box, Histogram, HistogramBar, Table

MOST_BARS = 15
MOST_NAMED = 6
# Where values lie far out, the ends of the plot belong to them.
END = 6.0
HEAVY = 20.0


def missing_bars(profile: Profile) -> Bars | None:
    """Columns in which something is missing, the emptiest first; None where every cell is filled."""
    lacking = sorted((one for one in profile.columns if one.missing), key=lambda one: -one.missing)
    bars = [
        Bar(
            one.name,
            round(profile.share(one.missing) * 100, 1),
            "unmet" if profile.share(one.missing) * 100 >= HEAVY else "unknown",
            note=f"{one.missing:,} rows",
        )
        for one in lacking
    ]
    return horizontal_bars("Missing, by column", bars[:MOST_BARS], unit=" %", head="Column") if bars else None


def top_bars(column: ColumnProfile, profile: Profile) -> Bars:
    """The commonest values, and all others in one bar."""
    bars = [Bar(value or "(blank)", count) for value, count in column.top[:MOST_NAMED]]
    rest = profile.rows - column.missing - column.unlike - sum(count for _, count in column.top[:MOST_NAMED])
    if rest > 0:
        bars.append(Bar("all others", rest, "none"))
    return horizontal_bars(f"Values of {column.name}", bars, head="Value", unit="")


def histogram(column: ColumnProfile) -> Histogram | None:
    """Bars of rows; what lies far out in bars of another colour at the ends. None where there is nothing to draw."""
    if not column.bins:
        return None
    below, above = column.below or 0, column.above or 0
    start, end = (END if below else 0.0), (100 - END if above else 100.0)
    top = max(*column.bins, below, above)
    width = (end - start) / len(column.bins)
    bars = [
        _bar(f"{words}: {spell(count)} rows", "accent", start + place * width, width, count / top)
        for place, (words, count) in enumerate(zip(spans(column), column.bins, strict=True))
    ]
    if below:
        bars.insert(0, _bar(f"far out below: {below:,} rows", "unmet", 0, END - 1, below / top))
    if above:
        bars.append(_bar(f"far out above: {above:,} rows", "unmet", 100 - END + 1, END - 1, above / top))
    rows = [*zip(spans(column), map(spell, column.bins), strict=True)]
    ends = [("far out below", below), ("far out above", above)]
    rows += [(words, spell(count)) for words, count in ends if count]
    title = f"Distribution of {column.name}"
    return Histogram(
        title,
        f"{title}: from {first_of(column)} to {last_of(column)}, in {len(column.bins)} bins.",
        tuple(bars),
        first_of(column),
        last_of(column),
        Table(("Values", "Rows"), tuple(rows)),
        _box(column, start, end),
    )


def overlaid(before: ColumnProfile, after: ColumnProfile, when: tuple[str, str]) -> Histogram | None:
    """Shares of both on one scale: the later one as bars, the earlier one as a line."""
    if not (before.bins and after.bins) or before.kind is not after.kind:
        return None
    low, high = min(before.edges[0], after.edges[0]), max(before.edges[-1], after.edges[-1])
    dense = [_densities(one) for one in (before, after)]
    top = max((*dense[0], *dense[1]), default=1.0) or 1.0

    def at(value: float) -> float:
        return (value - low) / (high - low) * 100

    bars = tuple(
        _bar(
            f"{words}, {when[1]}: {spell(count)} rows", "accent", at(start), at(end) - at(start), height / top
        )
        for words, count, (start, end), height in zip(
            spans(after), after.bins, pairwise(after.edges), dense[1], strict=True
        )
    )
    line = [f"{at(before.edges[0]):.2f},100"]
    for (start, end), height in zip(pairwise(before.edges), dense[0], strict=True):
        y = 100 - height / top * 96
        line += [f"{at(start):.2f},{y:.2f}", f"{at(end):.2f},{y:.2f}"]
    line.append(f"{at(before.edges[-1]):.2f},100")
    title = f"Distribution of {after.name}"
    rows = [
        *((words, spell(count), "") for words, count in zip(spans(before), before.bins, strict=True)),
        *((words, "", spell(count)) for words, count in zip(spans(after), after.bins, strict=True)),
    ]
    return Histogram(
        title,
        f"{title}, {when[0]} as a line and {when[1]} as bars.",
        bars,
        _said(low, after),
        _said(high, after),
        Table(("Values", when[0], when[1]), tuple(rows)),
        outline=" ".join(line),
    )


def spans(column: ColumnProfile) -> list[str]:
    """What each bin holds, in words."""
    pairs = list(pairwise(column.edges))
    if is_by_ones(column):
        return [spell(math.floor(end)) for _, end in pairs]
    return [f"{_said(start, column)} to {_said(end, column)}" for start, end in pairs]


def is_by_ones(column: ColumnProfile) -> bool:
    """One bin for each whole number, whose edges lie between them."""
    return len(column.edges) > 1 and column.edges[0] % 1 == 0.5 and column.edges[1] - column.edges[0] == 1


def first_of(column: ColumnProfile) -> str:
    return short(column.lowest, column)


def last_of(column: ColumnProfile) -> str:
    return short(column.highest, column)


def short(text: str, column: ColumnProfile) -> str:
    """A value at the end of an axis, or in a table: numbers without needless figures, times without seconds."""
    if column.kind is ColumnKind.NUMBER and text:
        return figure(float(text))
    if column.kind is ColumnKind.TIME:
        return text[:16].removesuffix(" 00:00")
    return text if len(text) <= 24 else f"{text[:23]}…"


def figure(value: float | None) -> str:
    """Four figures at most; very large and very small ones by their power of ten."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "infinite"
    if value != 0 and not 0.0001 <= abs(value) < 10_000_000:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= 1_000 or value.is_integer() else f"{value:.4g}"


def filled_words(column: ColumnProfile, profile: Profile) -> str:
    return f"{percent(1 - profile.share(column.missing))} filled" if profile.rows else "no rows"


def _said(value: float, column: ColumnProfile) -> str:
    if column.kind is not ColumnKind.TIME:
        return figure(value)
    try:
        instant = datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return figure(value)
    return (
        f"{instant:%Y-%m-%d}"
        if column.edges[-1] - column.edges[0] > 20 * 86_400
        else f"{instant:%Y-%m-%d %H:%M}"
    )


def _bar(text: str, fill: str, x: float, width: float, share: float) -> HistogramBar:
    """Something small is still seen; a hair of space stands between bars."""
    height = max(share * 96, 1.5) if share > 0 else 0.0
    gap = min(0.5, width * 0.12)
    return HistogramBar(
        text, fill, round(x, 2), round(100 - height, 2), round(width - gap, 2), round(height, 2)
    )


def _densities(column: ColumnProfile) -> list[float]:
    total = sum(column.bins) + (column.far_out or 0)
    pairs = zip(pairwise(column.edges), column.bins, strict=True)
    return [count / total / (end - start) if total and end > start else 0.0 for (start, end), count in pairs]


def _box(column: ColumnProfile, start: float, end: float) -> Box | None:
    q1, median, q3 = column.q1, column.median, column.q3
    if q1 is None or median is None or q3 is None or not column.edges:
        return None
    low, high = column.edges[0], column.edges[-1]

    def at(value: float) -> float:
        return round(start + (min(max(value, low), high) - low) / (high - low) * (end - start), 2)

    text = f"The middle half lies from {figure(q1)} to {figure(q3)}, its middle is {figure(median)}."
    return Box(at(q1), round(max(at(q3) - at(q1), 0.8), 2), at(median), text)
