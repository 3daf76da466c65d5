"""An assessment as its pages show it: figures and pictures of each column, what moved between two dates, and both
over time."""

from dataclasses import dataclass

from django.utils import timezone

from throughline.core.profile_comparison import Difference, Moved, compare
from throughline.core.profile_remarks import Remark, by_strikingness, of_column, percent, remarks
from throughline.core.profiles import ColumnProfile, Profile
from throughline.queries import assessments as queries
from throughline.queries.rows import Assessment, DataSource
from throughline.web import charts, profile_charts
from throughline.web.drawings import Bar, Bars, Chart, Histogram
from throughline.web.paging import Pages

PER_PAGE = 24
MOST_SAID = 10
TOP, OFTEN = 20, 0.02
# So many past profiles are read for the lines over time.
MOST_DRAWN = 24


@dataclass(frozen=True)
class ColumnCard:
    """One column as a page shows it."""

    column: ColumnProfile
    number: int
    remarks: tuple[Remark, ...]
    chart: Histogram | Bars | None
    filled: float
    filled_words: str
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MovedCard:
    """One column with what moved in it between two dates."""

    name: str
    differences: tuple[Difference, ...]
    chart: Chart | None
    deserves_look: bool


def figures(found: Profile, number: int) -> dict[str, object]:
    """One page of columns, those of which the most is to be said first, and the table as a whole."""
    said = remarks(found)
    ordered = by_strikingness(found)
    pages = Pages.at(number, len(ordered), PER_PAGE)
    shown = ordered[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE]
    numbers = {one.name: place for place, one in enumerate(found.columns)}
    return {
        "profile": found,
        "tiles": _tiles(found, len({one.column for one in said if one.is_heavy and one.column})),
        "said": [(one, numbers.get(one.column)) for one in said[:MOST_SAID]],
        "more_said": max(len(said) - MOST_SAID, 0),
        "missing": profile_charts.missing_bars(found),
        "cards": [_card(one, numbers[one.name], found) for one in shown],
        "lines": [_line(one, found) for one in shown],
        "pages": pages,
    }


def _tiles(found: Profile, heavy: int) -> list[tuple[str, str, str, str]]:
    """Title, value, note, tone."""
    repeated = "not counted" if found.duplicates is None else f"{found.duplicates:,}"
    size = (
        f"{found.files or 1} file{'' if (found.files or 1) == 1 else 's'}, {_size(found.bytes)}"
        if found.bytes
        else ""
    )
    return [
        ("Rows", f"{found.rows:,}", size, "" if found.rows else "unmet"),
        ("Columns", f"{len(found.columns):,}", f"{heavy} to look at" if heavy else "none stands out", ""),
        ("Missing", percent(found.missing), "of all cells", ""),
        ("Repeated rows", repeated, "each compared whole", "unknown" if found.duplicates else ""),
    ]


def _size(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


def _card(column: ColumnProfile, number: int, found: Profile) -> ColumnCard:
    chart: Histogram | Bars | None = profile_charts.histogram(column)
    # Of names that hardly ever come twice a picture would be as long as the table.
    if chart is None and column.top and (len(column.top) < TOP or found.share(column.top[0][1]) >= OFTEN):
        chart = profile_charts.top_bars(column, found)
    return ColumnCard(
        column,
        number,
        tuple(of_column(column, found)),
        chart,
        round(100 - found.share(column.missing) * 100, 2),
        profile_charts.filled_words(column, found),
        _figures(column),
    )


def _figures(column: ColumnProfile) -> tuple[tuple[str, str], ...]:
    about = "" if column.is_distinct_exact else "about "
    said = [("different", f"{about}{column.distinct:,}" if column.distinct is not None else "")]
    said += [("mean", profile_charts.figure(column.mean)), ("± ", profile_charts.figure(column.sd))]
    if column.shortest is not None:
        span = f"{column.shortest:,} to " if column.shortest != column.longest else ""
        said.append(("long", f"{span}{column.longest:,} characters"))
    return tuple((name, value) for name, value in said if value)


def _line(column: ColumnProfile, found: Profile) -> tuple[ColumnProfile, str, str, str, str, str]:
    """The column with what a table says of it: missing, lowest, middle, highest, far out."""
    far_out = "" if column.far_out is None else percent(found.share(column.far_out))
    return (
        column,
        percent(found.share(column.missing)),
        profile_charts.short(column.lowest, column),
        profile_charts.figure(column.median),
        profile_charts.short(column.highest, column),
        far_out,
    )


def moved(row: Assessment, other: Assessment, before: Profile, after: Profile) -> dict[str, object]:
    when = (day_of(other), day_of(row))
    differences = compare(before, after)
    names = list(dict.fromkeys(one.column for one in differences if one.column))
    cards = []
    for name in names[:PER_PAGE]:
        mine = tuple(one for one in differences if one.column == name)
        old, new_ = before.column(name), after.column(name)
        chart: Chart | None = profile_charts.overlaid(old, new_, when) if old and new_ else None
        if chart is None and old and new_ and any(one.what is Moved.SHAPE for one in mine):
            chart = _pairs(old, new_, before, after)
        cards.append(MovedCard(name, mine, chart, any(one.deserves_look for one in mine)))
    shapes = [one for one in differences if one.what is Moved.SHAPE]
    bars = [
        Bar(one.column, round(one.size * 100, 1), "unmet" if one.deserves_look else "accent")
        for one in sorted(shapes, key=lambda one: -one.size)[: profile_charts.MOST_BARS]
    ]
    return {
        "when": when,
        "table": [one for one in differences if not one.column],
        "cards": cards,
        "more": max(len(names) - PER_PAGE, 0),
        "looks": sum(one.deserves_look for one in differences),
        "is_same": not differences,
        "bars": charts.horizontal_bars("How far distributions moved", bars, unit=" %", head="Column")
        if bars
        else None,
    }


def _pairs(old: ColumnProfile, new_: ColumnProfile, before: Profile, after: Profile) -> Chart:
    """The commonest values of both dates, each as a share of its rows."""
    names = list(dict.fromkeys([value for value, _ in (*new_.top[:6], *old.top[:6])]))[:8]
    bars = []
    for name in names:
        for label, fill, column, found in (("before", "none", old, before), ("now", "accent", new_, after)):
            share = found.share(dict(column.top).get(name, 0)) * 100
            bars.append(Bar(f"{name}, {label}", round(share, 1), fill))
    return charts.horizontal_bars(f"Values of {new_.name}", bars, unit=" %", head="Value")


def over_time(source: DataSource) -> list[Chart]:
    """Rows and missing cells over the last assessments of the table that was assessed last."""
    newest = queries.assessments(source).filter(state="done").first()
    if newest is None:
        return []
    rows = queries.drawn(source, newest.table, MOST_DRAWN)
    if len(rows) < 2:
        return []
    counted = [(day_of(row), float(row.rows or 0)) for row in rows]
    missing = [
        (day_of(row), round(found.missing * 100, 3))
        for row in rows
        if (found := queries.stored_profile(row)) is not None
    ]
    return [charts.line("Rows", counted), charts.line("Cells that are missing", missing, unit=" %")]


def day_of(row: Assessment) -> str:
    at = timezone.localtime(row.started_at or row.asked_at)
    return f"{at:%-d %b %Y, %H:%M}"
