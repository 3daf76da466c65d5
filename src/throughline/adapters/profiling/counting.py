"""Counts one table: its rows, the figures of its columns block by block, their shape, and rows that are there twice."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from throughline.adapters.engines.base import Stored
from throughline.adapters.engines.confined import named
from throughline.adapters.engines.duck import OpenTable
from throughline.adapters.profiling import ProfileStopped
from throughline.adapters.profiling.statements import (
    EXACT_ROWS,
    FIGURES,
    SHAPE,
    TOP,
    TOP_NUMBERS,
    TOP_TEXTS,
    UNDERSTOOD,
    Column,
    Grid,
    evenly,
    figures,
    grid_of_numbers,
    kind_of,
    selected,
    shape,
    text_column,
    type_said,
    understood,
)
from throughline.core.imports.tables import storable
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile

# Columns that one statement counts: each exact count of different values holds a table of its own in memory.
BLOCK = 25
# Whole rows are compared where these are not more, because all of them have to be held.
MOST_ROWS, MOST_CELLS = 2_000_000, 40_000_000
LONGEST_NAME = 200
_WHOLE = ("INT", "integer")
OnProgress = Callable[[int, int], None]


def counted(
    data: OpenTable, *, size: int | None, keeps_values: bool, max_columns: int, on_progress: OnProgress
) -> Profile:
    """The profile; `size` in bytes. Raises `ProfileStopped`, or whatever the engine raises."""
    width = len(data.columns)
    if width > max_columns:
        why = f"The table has {width:,} columns; up to {max_columns:,} are assessed."
        raise ProfileStopped(f"{why} Choose those that matter.")
    rows = int(_row(data, ["count(*)"])[0])
    on_progress(0, width)
    found: list[ColumnProfile] = []
    for start in range(0, width, BLOCK):
        columns = _understood(data, data.columns[start : start + BLOCK])
        found += _counted_block(data, columns, rows, keeps_values=keeps_values)
        on_progress(len(found), width)
    duplicates, notes = _duplicates(data, rows)
    approximate = [] if rows <= EXACT_ROWS else [_approximation(rows)]
    hidden = [] if keeps_values else ["The source is sensitive, so only counts are kept and no value."]
    return Profile(
        rows=rows,
        columns=tuple(found),
        bytes=size,
        files=len(data.files) if size is not None else None,
        duplicates=duplicates,
        keeps_values=keeps_values,
        notes=tuple(filter(None, (*_on_types(data), *notes, *approximate, *hidden))),
    )


def _on_types(data: OpenTable) -> list[str]:
    if not any(one.is_text_only for one in data.columns):
        return []
    return [
        "The file has no types of its own: each type is what nearly all values of the column can be read as."
    ]


def _approximation(rows: int) -> str:
    return (
        f"With {rows:,} rows (more than {EXACT_ROWS:,}) the counts of different values and the quartiles are "
        "approximations."
    )


def _understood(data: OpenTable, stored: Sequence[Stored]) -> list[Column]:
    """Text of a format that has no types, or no dates, is what nearly all of it can be read as."""
    texts = [one for one in stored if one.is_text_only or (one.is_json and one.type == "VARCHAR")]
    parts = [part for one in texts for part in understood(named(one.name))]
    counts = _cut(_row(data, parts), UNDERSTOOD) if texts else []
    read: dict[str, Column] = {}
    for one, given in zip(texts, counts, strict=True):
        column = text_column(one.name, named(one.name), tuple(int(count or 0) for count in given))
        if one.is_text_only or column.kind is ColumnKind.TIME:
            read[one.name] = column
    return [read.get(one.name) or _typed(one) for one in stored]


def _typed(stored: Stored) -> Column:
    quoted = named(stored.name)
    return Column(stored.name, type_said(stored.type), kind_of(stored.type), quoted, quoted)


def _counted_block(
    data: OpenTable, columns: Sequence[Column], rows: int, *, keeps_values: bool
) -> Iterator[ColumnProfile]:
    is_exact = rows <= EXACT_ROWS
    try:
        told = _figures(data, columns, is_exact=is_exact)
    except Exception as error:
        if not is_exact or "OutOfMemory" not in type(error).__name__:
            raise
        is_exact = False
        told = _figures(data, columns, is_exact=False)
    grids = [_grid(column, given) for column, given in zip(columns, told, strict=True)]
    tops = [_has_top(column, given) and keeps_values for column, given in zip(columns, told, strict=True)]
    parts = [
        one for c, grid, top in zip(columns, grids, tops, strict=True) for one in shape(c, grid, has_top=top)
    ]
    # With the count the statement is an aggregate even where no column has a shape.
    shapes = _cut(_row(data, [*parts, "count(*)"])[:-1], SHAPE)
    for column, given, grid, shaped in zip(columns, told, grids, shapes, strict=True):
        yield _profile(column, given, grid, shaped, is_exact=is_exact, keeps_values=keeps_values)


def _figures(data: OpenTable, columns: Sequence[Column], *, is_exact: bool) -> list[dict[str, Any]]:
    parts = [one for column in columns for one in figures(column, is_exact=is_exact)]
    cut = _cut(_row(data, parts), len(FIGURES))
    return [dict(zip(FIGURES, given, strict=True)) for given in cut]


def _grid(column: Column, given: Mapping[str, Any]) -> Grid | None:
    if column.kind is ColumnKind.NUMBER and given["quartiles"] is not None:
        q1, _, q3 = (float(one) for one in given["quartiles"])
        low, high = max(float(given["lowest"]), -1e150), min(float(given["highest"]), 1e150)
        is_whole = any(word in column.type for word in _WHOLE)
        return grid_of_numbers(low, high, (q1, q3), is_whole=is_whole)
    if column.kind is ColumnKind.TIME and given["quartiles"][0] is not None:
        return Grid(evenly(float(given["quartiles"][0]), float(given["quartiles"][2])))
    return None


def _has_top(column: Column, given: Mapping[str, Any]) -> bool:
    distinct = int(given["distinct"] or 0)
    if column.kind in (ColumnKind.TEXT, ColumnKind.BOOLEAN):
        return 0 < distinct <= TOP_TEXTS
    return column.kind is ColumnKind.NUMBER and 0 < distinct <= TOP_NUMBERS


def _profile(
    column: Column,
    given: Mapping[str, Any],
    grid: Grid | None,
    shaped: Sequence[Any],
    *,
    is_exact: bool,
    keeps_values: bool,
) -> ColumnProfile:
    below, above, bins, top = shaped
    counts: dict[str, Any] = {
        name: int(given[name] or 0) for name in ("nulls", "empty", "not_numbers", "unlike", "beyond")
    }
    lengths: dict[str, Any] = {
        name: None if given[name] is None else int(given[name]) for name in ("shortest", "longest")
    }
    values: dict[str, Any] = {}
    if keeps_values:
        quartiles = given["quartiles"] if column.kind is ColumnKind.NUMBER else None
        q1, median, q3 = quartiles or (None, None, None)
        values = {
            "lowest": _text(given["lowest"]),
            "highest": _text(given["highest"]),
            **{name: _finite(given[name]) for name in ("mean", "sd")},
            "q1": _finite(q1),
            "median": _finite(median),
            "q3": _finite(q3),
            "top": _top(top),
            "edges": grid.edges if grid is not None and bins else (),
            "bins": _bins(bins, grid),
        }
    return ColumnProfile(
        name=storable(column.name)[:LONGEST_NAME],
        type=column.type,
        kind=column.kind,
        distinct=None if given["distinct"] is None else int(given["distinct"]),
        is_distinct_exact=is_exact,
        are_quartiles_exact=is_exact,
        below=None if below is None else int(below),
        above=None if above is None else int(above),
        **counts,
        **lengths,
        **values,
    )


def _bins(found: Mapping[int, int] | None, grid: Grid | None) -> tuple[int, ...]:
    if not found or grid is None:
        return ()
    return tuple(int(found.get(step, 0)) for step in range(len(grid.edges) - 1))


def _top(found: Mapping[str, int] | None) -> tuple[tuple[str, int], ...]:
    ordered = sorted((found or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((_text(value), int(count)) for value, count in ordered[:TOP])


def _duplicates(data: OpenTable, rows: int) -> tuple[int | None, list[str]]:
    """How many rows repeat another one, compared whole."""
    if rows > MOST_ROWS or rows * len(data.columns) > MOST_CELLS:
        size = f"{MOST_ROWS:,} rows or {MOST_CELLS:,} cells"
        return None, [f"Rows that repeat another one were not counted: the table is larger than {size}."]
    try:
        different = data.connection.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT * FROM {data.source})"  # noqa: S608 - quoted where it is made
        ).fetchone()
    except Exception as error:
        if "OutOfMemory" not in type(error).__name__:
            raise
        return None, [
            "Rows that repeat another one were not counted: that needs more memory than is allowed."
        ]
    return rows - int(different[0]) if different else None, []


def _row(data: OpenTable, parts: Sequence[str]) -> tuple[Any, ...]:
    """What the engine raises is told by `faults`, which knows whether its words may be repeated."""
    found = data.connection.execute(selected(list(parts), data.source)).fetchone()
    assert found is not None
    return tuple(found)


def _cut(values: Sequence[Any], width: int) -> list[tuple[Any, ...]]:
    return [tuple(values[start : start + width]) for start in range(0, len(values), width)]


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(float(value)) else None


def _text(value: Any) -> str:
    return (
        ""
        if value is None
        else "".join(s if s.isprintable() else " " for s in storable(str(value)))[:LONGEST_NAME]
    )
