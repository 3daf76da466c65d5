"""Turns numbers into the geometry of charts, which the templates in `parts/charts/` draw beside a table."""

import math
from collections.abc import Sequence
from statistics import median

from throughline.web.drawings import (
    AgeColumn,
    Ageing,
    Bar,
    Bars,
    Cell,
    Dot,
    DrawnBar,
    DrawnCell,
    DrawnDot,
    Line,
    Multiples,
    Stacked,
    StackedRow,
    Strip,
    Table,
    Tick,
)

PLOT_HEIGHT = 220.0
DOT_RADIUS = 4.5
TICK_STEPS = (1, 2, 2.5, 5, 10)


def horizontal_bars(title: str, bars: Sequence[Bar], *, unit: str = "", head: str = "") -> Bars:
    """One bar per thing, the longest taking the whole width; what is no number is said in words."""
    top = max((bar.value for bar in bars if math.isfinite(bar.value)), default=0.0)
    drawn = tuple(
        DrawnBar(b.label, spell(b.value, unit), b.fill, 0.0, _share(b.value, top), b.url, b.note)
        for b in bars
    )
    table = Table(
        (head or "Item", unit.strip().capitalize() or "Count"), tuple((b.label, spell(b.value)) for b in bars)
    )
    return Bars(title, _extent(title, [(b.label, b.value) for b in bars], unit), drawn, table)


def stacked_bars(
    title: str,
    parts: Sequence[tuple[str, str]],
    rows: Sequence[tuple[str, Sequence[float]]],
    *,
    as_share: bool = False,
    urls: Sequence[str] = (),
) -> Stacked:
    """`parts` are (name, fill), a row has one value for each. As share, every row fills the whole width."""
    top = max((_total(values) for _, values in rows), default=0.0)
    drawn = tuple(
        _stack(label, values, parts, _total(values) if as_share else top, urls[index] if urls else "")
        for index, (label, values) in enumerate(rows)
    )
    table = Table(
        ("", *(name for name, _ in parts), "Total"),
        tuple((label, *(spell(v) for v in values), spell(_total(values))) for label, values in rows),
    )
    totals = [(label, _total(values)) for label, values in rows]
    return Stacked(title, _extent(title, totals, ""), drawn, tuple(parts), table)


def line(
    title: str, points: Sequence[tuple[str, float]], *, unit: str = "", top: float | None = None
) -> Line:
    """Values at equal distances, each with the words for its place; what is no finite number is left out."""
    known = [(index, label, value) for index, (label, value) in enumerate(points) if math.isfinite(value)]
    highest = nice_top(top if top is not None else max((value for _, _, value in known), default=1.0))
    last = max(len(points) - 1, 1)
    spots = [(_round(index / last * 100), _round(100 - value / highest * 100)) for index, _, value in known]
    path = " ".join(f"{x},{y}" for x, y in spots)
    area = f"{spots[0][0]},100 {path} {spots[-1][0]},100" if spots else ""
    end_x, end_y = spots[-1] if spots else (0.0, 100.0)
    return Line(
        title,
        _extent(title, [(label, value) for _, label, value in known], unit),
        path,
        area,
        end_x,
        end_y,
        spell(known[-1][2], unit) if known else "no values",
        _ends(points),
        _scale(highest, unit),
        Table(
            ("", unit.strip().capitalize() or "Value"),
            tuple((label, spell(value)) for label, value in points),
        ),
    )


def small_multiples(
    title: str, series: Sequence[tuple[str, Sequence[tuple[str, float]]]], *, unit: str = ""
) -> Multiples:
    """Several lines on one scale, side by side."""
    top = max((v for _, points in series for _, v in points if math.isfinite(v)), default=1.0)
    lines = tuple(line(name, points, unit=unit, top=top) for name, points in series)
    labels = [label for label, _ in series[0][1]] if series else []
    rows = tuple((name, *(spell(value) for _, value in points)) for name, points in series)
    return Multiples(title, f"{title}: {len(series)} lines on one scale.", lines, Table(("", *labels), rows))


def ageing(title: str, columns: Sequence[str], dots: Sequence[Dot], *, height: float = PLOT_HEIGHT) -> Ageing:
    """Days in a stage, a column per stage, on a root scale so that young and old can both be told apart."""
    top = max((dot.days for dot in dots), default=1.0) or 1.0
    width = 100 / max(len(columns), 1)
    drawn = tuple(
        place for index in range(len(columns)) for place in _column_dots(dots, index, width, top, height)
    )
    heads = tuple(_age_column(name, index, width, dots, top, height) for index, name in enumerate(columns))
    oldest = sorted(dots, key=lambda dot: -dot.days)
    table = Table(
        ("Model", "Stage", "Days"), tuple((d.label, columns[d.column], spell(d.days)) for d in oldest[:100])
    )
    words = _extent(title, [(dot.label, dot.days) for dot in dots], " days")
    return Ageing(title, words, heads, drawn, _age_ticks(top, height), height, table)


def heat_strip(title: str, cells: Sequence[Cell], *, unit: str = "") -> Strip:
    """One cell per period; depth of colour in five steps up to the greatest value."""
    top = max((cell.value for cell in cells if math.isfinite(cell.value)), default=0.0)
    width = 100 / max(len(cells), 1)
    drawn = tuple(
        DrawnCell(
            c.label,
            f"{c.label}: {spell(c.value, unit)}",
            _round(i * width),
            _round(width),
            f"heat-{_step(c.value, top)}",
        )
        for i, c in enumerate(cells)
    )
    table = Table(
        ("Period", unit.strip().capitalize() or "Count"), tuple((c.label, spell(c.value)) for c in cells)
    )
    first, last = (cells[0].label, cells[-1].label) if cells else ("", "")
    return Strip(title, _extent(title, [(c.label, c.value) for c in cells], unit), drawn, first, last, table)


def spell(value: float, unit: str = "") -> str:
    """A number as people read it: no needless decimals, and words for what is no number."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite"
    text = f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"
    return f"{text}{unit}"


def nice_top(value: float) -> float:
    """The next round number at or above."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in TICK_STEPS if step * power >= value * 0.999999)


def _stack(
    label: str, values: Sequence[float], parts: Sequence[tuple[str, str]], top: float, url: str
) -> StackedRow:
    at = 0.0
    drawn: list[DrawnBar] = []
    for (name, fill), value in zip(parts, values, strict=True):
        width = _share(value, top)
        if width:
            drawn.append(DrawnBar(name, f"{label}, {name.lower()}: {spell(value)}", fill, _round(at), width))
        at += width
    return StackedRow(label, spell(_total(values)), tuple(drawn), url)


def _column_dots(dots: Sequence[Dot], column: int, width: float, top: float, height: float) -> list[DrawnDot]:
    """Dots that would lie upon each other are set side by side within their column."""
    rows: dict[int, int] = {}
    placed: list[DrawnDot] = []
    for dot in sorted((d for d in dots if d.column == column), key=lambda d: d.days):
        y = _age_y(dot.days, top, height)
        band = round(y / (DOT_RADIUS * 1.6))
        nth = rows[band] = rows.get(band, -1) + 1
        shift = (nth + 1) // 2 * (1 if nth % 2 else -1) * 1.25
        x = (column + 0.5) * width + max(-0.42 * width, min(0.42 * width, shift))
        text = f"{dot.label}: {spell(round(dot.days))} days"
        placed.append(DrawnDot(dot.label, text, dot.fill, _round(x), _round(y), dot.url))
    return placed


def _age_column(
    name: str, index: int, width: float, dots: Sequence[Dot], top: float, height: float
) -> AgeColumn:
    days = [dot.days for dot in dots if dot.column == index]
    middle = median(days) if days else None
    return AgeColumn(
        name,
        _round(index * width),
        _round(width),
        _round((index + 0.5) * width),
        len(days),
        None if middle is None else _round(_age_y(middle, top, height)),
        "" if middle is None else f"{spell(round(middle))} d",
        index % 2 == 0,
    )


def _age_y(days: float, top: float, height: float) -> float:
    return height - math.sqrt(max(days, 0.0) / top) * (height - 12) - 6


def _age_ticks(top: float, height: float) -> tuple[Tick, ...]:
    marks = [days for days in (0, 7, 30, 90, 180, 365, 730, 1095, 1825, 3650) if days <= top]
    words = {
        0: "0",
        7: "1 wk",
        30: "1 mo",
        90: "3 mo",
        180: "6 mo",
        365: "1 y",
        730: "2 y",
        1095: "3 y",
        1825: "5 y",
        3650: "10 y",
    }
    ticks: list[Tick] = []
    for days in marks:
        y = _age_y(days, top, height)
        if not ticks or ticks[-1].at - y >= 14:
            ticks.append(Tick(_round(y), words[days]))
    return tuple(ticks)


def _scale(top: float, unit: str) -> tuple[Tick, ...]:
    return (Tick(0.0, spell(top, unit)), Tick(50.0, spell(top / 2, unit)), Tick(100.0, "0"))


def _ends(points: Sequence[tuple[str, float]]) -> tuple[Tick, ...]:
    if not points:
        return ()
    return (
        (Tick(0.0, points[0][0]), Tick(100.0, points[-1][0]))
        if len(points) > 1
        else (Tick(0.0, points[0][0]),)
    )


def _extent(title: str, values: Sequence[tuple[str, float]], unit: str) -> str:
    """The sentence that a listener hears in place of the picture."""
    known = [(label, value) for label, value in values if math.isfinite(value)]
    if not known:
        return f"{title}: nothing to show."
    low, high = min(known, key=lambda pair: pair[1]), max(known, key=lambda pair: pair[1])
    span = f"from {spell(low[1], unit)} ({low[0]}) to {spell(high[1], unit)} ({high[0]})"
    return f"{title}: {len(known)} values, {span}."


def _total(values: Sequence[float]) -> float:
    return sum(value for value in values if math.isfinite(value))


def _share(value: float, top: float) -> float:
    """Percent of the whole width; something small is still seen."""
    if not math.isfinite(value) or value <= 0 or top <= 0:
        return 0.0
    return _round(max(value / top * 100, 0.6))


def _step(value: float, top: float) -> int:
    if not math.isfinite(value) or value <= 0 or top <= 0:
        return 0
    return max(1, math.ceil(value / top * 5))


def _round(value: float) -> float:
    return round(value, 2)
