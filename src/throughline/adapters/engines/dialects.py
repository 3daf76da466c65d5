"""The few expressions that sqlglot leaves to us: what differs between the engines beyond its own translation."""

import re
from collections.abc import Sequence

from sqlglot import exp

from throughline.core.contracts.service_levels import WEEK_START
from throughline.core.contracts.units import Span

Node = exp.Expr

# Where NaN is the greatest number of all, so that a comparison with a maximum finds it. DuckDB thinks so too, but
# leaves rows out by the statistics of a Parquet file, and those pass over NaN.
_NAN_IS_GREATEST = ("postgres", "spark", "databricks", "snowflake")
_SPARKS = ("spark", "databricks")
_JDK = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "a": "%p",
    "MMM": "%b",
    "MMMM": "%B",
    "XXX": "%z",
    "xxx": "%z",
    "Z": "%z",
    "XX": "%z",
    "xx": "%z",
}


def number(value: float) -> Node:
    """A number as it is written in SQL, without an exponent where that is short."""
    if isinstance(value, int):
        return exp.Literal.number(str(value))
    if float(value).is_integer() and abs(value) < 1e15:
        return exp.Literal.number(str(int(value)))
    return exp.Literal.number(repr(float(value)))


def text(value: str) -> Node:
    return exp.Literal.string(value)


def cast(node: Node, to: str) -> Node:
    return exp.Cast(this=node.copy(), to=exp.DataType.build(to))


def try_cast(node: Node, to: str, dialect: str) -> Node:
    """Null where the text is no such value. Written out for Spark, whose CAST raises since version 4."""
    if dialect in _SPARKS:
        kind = exp.DataType.build(to).sql(dialect=dialect)
        return exp.Anonymous(this="TRY_CAST", expressions=[exp.Alias(this=node.copy(), alias=exp.var(kind))])
    return exp.TryCast(this=node.copy(), to=exp.DataType.build(to))


def count_if(condition: Node) -> Node:
    return exp.CountIf(this=condition.copy())


def either(*conditions: Node) -> Node:
    return exp.or_(*[condition.copy() for condition in conditions])


def both(*conditions: Node) -> Node:
    return exp.and_(*[condition.copy() for condition in conditions])


def negated(condition: Node) -> Node:
    return exp.Not(this=exp.Paren(this=condition.copy()))


def is_null(node: Node) -> Node:
    return exp.Is(this=node.copy(), expression=exp.Null())


def is_nan(node: Node, dialect: str) -> Node:
    if dialect in ("postgres", "snowflake"):
        return exp.EQ(this=node.copy(), expression=cast(text("NaN"), "double"))
    return exp.IsNan(this=node.copy())


def nan_passes(dialect: str, *, is_upper: bool) -> bool:
    """Whether NaN would slip through a comparison with an upper (or lower) limit."""
    return not is_upper or dialect not in _NAN_IS_GREATEST


def is_not_finite(node: Node, dialect: str) -> Node:
    if dialect == "duckdb":
        return negated(exp.Anonymous(this="ISFINITE", expressions=[node.copy()]))
    beyond = exp.GT(
        this=exp.Abs(this=node.copy()),
        expression=cast(exp.Literal.number("1.7976931348623157E308"), "double"),
    )
    return beyond if dialect in _NAN_IS_GREATEST else either(beyond, is_nan(node, dialect))


def matches(node: Node, pattern: str, dialect: str) -> Node:
    """Whether the pattern is found anywhere in the text, as JSON schema means it (Snowflake's own test wants all)."""
    if dialect == "snowflake":
        found = exp.Anonymous(this="REGEXP_INSTR", expressions=[node.copy(), text(pattern)])
        return exp.GT(this=found, expression=number(0))
    return exp.RegexpLike(this=node.copy(), expression=text(pattern))


def size_of(node: Node, dialect: str) -> Node:
    word = {
        "duckdb": "LEN",
        "postgres": "CARDINALITY",
        "trino": "CARDINALITY",
        "snowflake": "ARRAY_SIZE",
        "bigquery": "ARRAY_LENGTH",
    }
    return exp.Anonymous(this=word.get(dialect, "SIZE"), expressions=[node.copy()])


def size_of_distinct(node: Node, dialect: str) -> Node | None:
    """The number of different items; None where the engine has no word for it."""
    if dialect == "duckdb":
        return exp.Anonymous(this="LIST_UNIQUE", expressions=[node.copy()])
    if dialect in (*_SPARKS, "trino", "snowflake"):
        return size_of(exp.Anonymous(this="ARRAY_DISTINCT", expressions=[node.copy()]), dialect)
    return None


def seconds_of(node: Node, dialect: str) -> Node:
    """Seconds since 1970; a time without a zone counts as it stands on the wall."""
    if dialect == "bigquery":
        return exp.Anonymous(this="UNIX_SECONDS", expressions=[cast(node, "timestamptz")])
    if dialect == "trino":
        return exp.Anonymous(this="TO_UNIXTIME", expressions=[cast(node, "timestamptz")])
    if dialect in _SPARKS:
        return exp.Anonymous(this="UNIX_TIMESTAMP", expressions=[cast(node, "timestamptz")])
    return exp.TimeToUnix(this=node.copy())


def bucket(node: Node, span: Span, dialect: str) -> Node:
    """The number of the period in which an instant lies; `service_levels.bucket_of` counts the same."""
    if span.months:
        year = exp.Extract(this=exp.var("YEAR"), expression=node.copy())
        month = exp.Extract(this=exp.var("MONTH"), expression=node.copy())
        counted = exp.Paren(this=year * 12 + month - 1)
        divided: Node = exp.Div(this=cast(counted, "double"), expression=number(span.months))
        return cast(exp.Floor(this=divided), "bigint")
    start = WEEK_START if span.seconds % 604_800 == 0 else 0
    since: Node = (
        exp.Paren(this=seconds_of(node, dialect) - number(start)) if start else seconds_of(node, dialect)
    )
    divided = exp.Div(this=cast(since, "double"), expression=number(span.seconds))
    return cast(exp.Floor(this=divided), "bigint")


def parsed_by_format(node: Node, said: str, dialect: str) -> Node | None:
    """Text read by a format of Java's DateTimeFormatter, null where it does not fit; None for an unknown format."""
    if dialect in _SPARKS:
        return exp.Anonymous(this="TRY_TO_TIMESTAMP", expressions=[node.copy(), text(said)])
    pattern = strptime_of(said)
    if dialect != "duckdb" or pattern is None:
        return None
    return exp.Anonymous(this="TRY_STRPTIME", expressions=[node.copy(), text(pattern)])


def strptime_of(said: str) -> str | None:
    """`yyyy-MM-dd HH:mm` as `%Y-%m-%d %H:%M`; None where a letter is not one that we translate."""
    parts: list[str] = []
    for match in re.finditer(r"'([^']*)'|(([A-Za-z])\3*)|([^A-Za-z'])", said):
        if match[2] is not None:
            if match[2] not in _JDK:
                return None
            parts.append(_JDK[match[2]])
        else:
            parts.append((match[1] if match[1] is not None else match[4]).replace("%", "%%"))
    return "".join(parts)


def table_of(parts: Sequence[str]) -> exp.Table:
    """A table by the parts of its name, the last of them its own."""
    names = [exp.to_identifier(part, quoted=True) for part in parts]
    return exp.Table(this=names[-1], **dict(zip(("db", "catalog"), reversed(names[:-1]), strict=False)))
