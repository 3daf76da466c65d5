"""Writes the statements of a plan in one dialect: one aggregate for a table, one for each key, samples, probes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from throughline.adapters.engines import dialects
from throughline.adapters.engines.compiling import KeyMeasure, Measure
from throughline.adapters.engines.dialects import Node

ROWS = "rows"


@dataclass(frozen=True)
class Statement:
    """`names` say whose figures are asked for (the place of the measure, the figure's name), `places` in which columns
    of the one row they stand."""

    sql: str
    names: tuple[tuple[int, str], ...]
    places: tuple[int, ...]


def aggregate(measures: Sequence[Measure], table: Sequence[str], dialect: str) -> Statement:
    """Every figure once, however many rules want it. The first column is the number of rows."""
    count = exp.Count(this=exp.Star())
    columns: dict[str, int] = {count.sql(dialect=dialect): 0}
    selected: list[Node] = [count]
    names: list[tuple[int, str]] = []
    places: list[int] = []
    for number, measure in enumerate(measures):
        for name, node in measure.figures.items():
            text = node.sql(dialect=dialect)
            if text not in columns:
                columns[text] = len(selected)
                selected.append(node)
            names.append((number, name))
            places.append(columns[text])
    listed = [exp.alias_(node.copy(), f"c{place}", quoted=True) for place, node in enumerate(selected)]
    query = exp.Select(expressions=listed).from_(dialects.table_of(table))
    return Statement(query.sql(dialect=dialect), tuple(names), tuple(places))


def figures_of(
    statement: Statement, row: Sequence[object], measures: Sequence[Measure]
) -> list[dict[str, object]]:
    """The figures of each measure, with the number of rows."""
    found: list[dict[str, object]] = [{ROWS: row[0], **measure.notes} for measure in measures]
    for (number, name), place in zip(statement.names, statement.places, strict=True):
        found[number][name] = row[place]
    return found


def key_statement(key: KeyMeasure, table: Sequence[str], dialect: str) -> str:
    """One figure: how many different keys there are, of those without a null. Counting groups alone is what engines do
    fastest and in the least memory; the rows beyond the first of each follow from the aggregate statement."""
    nulls = dialects.either(*[dialects.is_null(column) for column in key.columns])
    inner = exp.Select(expressions=[column.copy() for column in key.columns])
    inner = inner.from_(dialects.table_of(table)).where(dialects.negated(nulls))
    for column in key.columns:
        inner = inner.group_by(column.copy())
    name = exp.TableAlias(this=exp.to_identifier("k", quoted=True))
    outer = exp.Select(expressions=[exp.alias_(exp.Count(this=exp.Star()), "keys", quoted=True)])
    return outer.from_(exp.Subquery(this=inner, alias=name)).sql(dialect=dialect)


def key_nulls(key: KeyMeasure) -> Measure:
    """How many rows have a null in the key: a figure of the aggregate statement."""
    nulls = dialects.either(*[dialects.is_null(column) for column in key.columns])
    return Measure(key.rules[0], {"nulls": dialects.count_if(nulls)}, nulls)


def sample(
    bad: Node, shown: Sequence[tuple[str, Node]], table: Sequence[str], dialect: str, most: int
) -> str:
    """A few offending rows, of the columns that may be shown."""
    listed = [exp.alias_(node.copy(), f"s{place}", quoted=True) for place, (_, node) in enumerate(shown)]
    query = exp.Select(expressions=listed).from_(dialects.table_of(table)).where(bad.copy()).limit(most)
    return query.sql(dialect=dialect)


def pattern_probe(pattern: str, dialect: str) -> str:
    """Fails where the engine does not understand the pattern, without reading any data."""
    found = dialects.matches(dialects.text("x"), pattern, dialect)
    return exp.Select(expressions=[exp.alias_(found, "found", quoted=True)]).sql(dialect=dialect)
