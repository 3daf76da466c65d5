"""The statements by which DuckDB counts a table: one for its figures, one for its shape, for each block of columns."""

import math
from dataclasses import dataclass

from throughline.core.profiles import BINS, FENCE, ColumnKind

# Up to so many rows, different values are counted and quartiles taken exactly; beyond it both are approximations
# (HyperLogLog, t-digest), because they would need all values in memory at once.
EXACT_ROWS = 200_000
TOP_TEXTS, TOP_NUMBERS, TOP = 5_000, 20, 20
LONGEST_VALUE = 60
# Beyond it the square that a deviation needs is no number any more.
MEASURE = "1e150"
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)
# Of text: which share of its values must be of a kind for the column to be of that kind.
NEARLY_ALL = 0.95


@dataclass(frozen=True)
class Column:
    """`raw` is the column, `value` what its figures are taken of: the same, or text understood as something."""

    name: str
    type: str
    kind: ColumnKind
    raw: str
    value: str
    is_text: bool = False


def kind_of(type_: str) -> ColumnKind:
    word = type_.partition("(")[0].strip()
    if type_.endswith("[]") or "[" in type_:
        return ColumnKind.OTHER
    if word in _NUMBERS:
        return ColumnKind.NUMBER
    if word in ("VARCHAR", "ENUM", "UUID", "JSON"):
        return ColumnKind.TEXT
    if word == "DATE" or word.startswith("TIMESTAMP"):
        return ColumnKind.TIME
    return ColumnKind.BOOLEAN if word == "BOOLEAN" else ColumnKind.OTHER


def type_said(type_: str) -> str:
    """Without the values of an enumeration or the fields of a structure, which may be data themselves."""
    word = type_.partition("(")[0].strip()
    if word in ("STRUCT", "MAP", "UNION", "ENUM"):
        return f"{word}[]" if type_.endswith("[]") else word
    return type_.strip('"')[:60]


def understood(raw: str) -> list[str]:
    """Of text: how many values there are, and how many of them are whole numbers, numbers, dates, instants, booleans.
    What begins with a needless zero is a code and no number."""
    text = f"trim({raw})"
    return [
        f"count_if({text} <> '')",
        f"count_if({text} <> '' AND TRY_CAST({text} AS BIGINT) IS NOT NULL AND NOT contains({text}, '.'))",
        f"count(TRY_CAST({text} AS DOUBLE))",
        f"count_if(TRY_CAST({text} AS TIMESTAMP) IS NOT NULL AND length({text}) <= 10)",
        f"count(TRY_CAST({text} AS TIMESTAMP))",
        f"count_if(lower({text}) IN ('true', 'false'))",
        f"count_if(regexp_matches({text}, '^[+-]?0[0-9]'))",
    ]


UNDERSTOOD = 7


def text_column(name: str, raw: str, counts: tuple[int, ...]) -> Column:
    """The kind that nearly all values of a text column are of."""
    values, whole, numbers, dates, instants, booleans, codes = counts
    need = max(1, math.ceil(values * NEARLY_ALL))
    text = f"trim({raw})"
    if not codes and numbers >= need:
        is_whole = whole >= need and whole == numbers
        type_, cast = ("integer", "BIGINT") if is_whole else ("number", "DOUBLE")
        return Column(name, type_, ColumnKind.NUMBER, raw, f"TRY_CAST({text} AS {cast})", is_text=True)
    if instants >= need:
        type_, cast = ("date", "DATE") if dates == instants else ("timestamp", "TIMESTAMP")
        return Column(name, type_, ColumnKind.TIME, raw, f"TRY_CAST({text} AS {cast})", is_text=True)
    if booleans >= need:
        value = f"TRY_CAST(lower({text}) AS BOOLEAN)"
        return Column(name, "boolean", ColumnKind.BOOLEAN, raw, value, is_text=True)
    return Column(name, "text", ColumnKind.TEXT, raw, raw, is_text=True)


FIGURES = (
    "nulls", "empty", "not_numbers", "unlike", "beyond", "distinct", "lowest", "highest", "mean", "sd", "quartiles",
    "shortest", "longest",
)  # fmt: skip
NOTHING = "NULL"


def figures(column: Column, *, is_exact: bool) -> list[str]:
    """In the order of `FIGURES`; of a time the quartiles are its first and last instant, in seconds since 1970."""
    raw, value = column.raw, column.value
    blank = f"trim({raw}::VARCHAR) = ''" if column.is_text or column.kind is ColumnKind.TEXT else ""
    given = f"{raw} IS NOT NULL{f' AND NOT ({blank})' if blank else ''}"
    said = dict.fromkeys(FIGURES, NOTHING)
    said["nulls"] = f"count(*) - count({raw})"
    said["empty"] = f"count_if({blank})" if blank else "0"
    said["distinct"] = (f"count(DISTINCT {value})" if is_exact else f"approx_count_distinct({value})") + (
        f" FILTER ({given})"
    )
    if column.is_text and column.kind is not ColumnKind.TEXT:
        said["unlike"] = f"count_if({given} AND {value} IS NULL)"
    if column.kind is ColumnKind.NUMBER:
        said.update(_of_numbers(value, is_exact=is_exact))
    elif column.kind is ColumnKind.TIME:
        said["lowest"] = f"(min({value}) FILTER (isfinite({value})))::VARCHAR"
        said["highest"] = f"(max({value}) FILTER (isfinite({value})))::VARCHAR"
        ends = (f"epoch({word}({value}) FILTER (isfinite({value})))" for word in ("min", "max"))
        said["quartiles"] = f"[{', NULL, '.join(ends)}]"
    elif column.kind is ColumnKind.TEXT:
        said["lowest"] = f"min(left({raw}::VARCHAR, {LONGEST_VALUE})) FILTER ({given})"
        said["highest"] = f"max(left({raw}::VARCHAR, {LONGEST_VALUE})) FILTER ({given})"
        said["shortest"] = f"min(length({raw}::VARCHAR)) FILTER ({given})"
        said["longest"] = f"max(length({raw}::VARCHAR)) FILTER ({given})"
    return [said[name] for name in FIGURES]


def _of_numbers(value: str, *, is_exact: bool) -> dict[str, str]:
    number = f"{value}::DOUBLE"
    fine = f"abs({number}) < {MEASURE}"
    quantile = "quantile_cont" if is_exact else "approx_quantile"
    return {
        "not_numbers": f"count_if(isnan({number}))",
        "beyond": f"count_if(NOT isnan({number}) AND NOT ({fine}))",
        "lowest": f"(min({value}) FILTER (NOT isnan({number})))::VARCHAR",
        "highest": f"(max({value}) FILTER (NOT isnan({number})))::VARCHAR",
        "mean": f"avg({number}) FILTER ({fine})",
        "sd": f"stddev_samp({number}) FILTER ({fine})",
        "quartiles": f"{quantile}({number}, [0.25, 0.5, 0.75]) FILTER ({fine})",
    }


@dataclass(frozen=True)
class Grid:
    """Where the bins of a column lie, and beyond which lines a value is far out (None where the rule says nothing)."""

    edges: tuple[float, ...]
    low: float | None = None
    high: float | None = None


def grid_of_numbers(lowest: float, highest: float, quartiles: tuple[float, float], *, is_whole: bool) -> Grid:
    q1, q3 = quartiles
    low, high = (q1 - FENCE * (q3 - q1), q3 + FENCE * (q3 - q1)) if q3 > q1 else (None, None)
    start = lowest if low is None else max(lowest, low)
    end = highest if high is None else min(highest, high)
    if is_whole and end - start > 0 and math.floor(end) - math.ceil(start) < BINS:
        first, last = math.ceil(start), math.floor(end)
        return Grid(tuple(first - 0.5 + step for step in range(last - first + 2)), low, high)
    return Grid(evenly(start, end), low, high)


def evenly(start: float, end: float) -> tuple[float, ...]:
    if not (end > start and math.isfinite(end - start)):
        return ()
    return (*(start + (end - start) * step / BINS for step in range(BINS)), end)


SHAPE = 4


def shape(column: Column, grid: Grid | None, *, has_top: bool) -> list[str]:
    """Far out below and above, the bins as a map from their number, the commonest values as a map."""
    number = f"epoch({column.value})" if column.kind is ColumnKind.TIME else f"{column.value}::DOUBLE"
    said = [NOTHING] * SHAPE
    if grid is not None and grid.low is not None:
        said[0] = f"count_if({number} < {grid.low!r})"
        said[1] = f"count_if({number} > {grid.high!r} AND NOT isnan({number}))"
    if grid is not None and len(grid.edges) > 1:
        first, last, bins = grid.edges[0], grid.edges[-1], len(grid.edges) - 1
        place = f"floor(({number} - {first!r}) * {bins} / {last - first!r})"
        inside = f"{number} BETWEEN {first!r} AND {last!r}"
        said[2] = f"histogram(least({place}, {bins - 1})::INTEGER) FILTER ({inside})"
    if has_top:
        text = f"left({column.value}::VARCHAR, {LONGEST_VALUE})"
        said[3] = f"histogram({text}) FILTER (trim({text}) <> '')"
    return said


def selected(parts: list[str], source: str) -> str:
    return f"SELECT {', '.join(parts)} FROM {source}"  # noqa: S608 - names and paths are quoted where they come in
