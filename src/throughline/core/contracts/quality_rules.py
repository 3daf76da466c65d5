"""The rules that entries under `quality` imply, of a table or of one of its columns."""

from collections.abc import Iterable, Iterator

from throughline.core.contracts.demands import Metric, QualityRule, QualityType, Unit
from throughline.core.contracts.documents import Column, Table
from throughline.core.contracts.rule import Area, Kind, Rule


def quality_rules(table: Table, rules: Iterable[QualityRule], path: tuple[Column, ...]) -> Iterator[Rule]:
    """Those of a column where `path` leads to one, else those of the table."""
    column = ".".join(one.name for one in path)
    for one in rules:
        columns, problem = _columns_of(one, table, path)
        kind = {QualityType.LIBRARY: Kind.METRIC, QualityType.SQL: Kind.SQL}.get(one.type, Kind.NOT_RUN)
        before = f"{table.name}.{column}" if column else table.name
        yield Rule(
            f"{before}.quality.{one.key}",
            table.name,
            column,
            Area.QUALITY,
            kind,
            _quality_title(one, column or table.name, columns),
            wanted=_wanted(one),
            severity=one.severity,
            dimension=one.dimension,
            path=path,
            columns=columns,
            quality=one,
            problem=one.problem or problem,
        )


def _columns_of(rule: QualityRule, table: Table, path: tuple[Column, ...]) -> tuple[tuple[Column, ...], str]:
    """The columns that a metric counts in, and why they cannot be told."""
    if rule.type is not QualityType.LIBRARY or rule.metric in (None, Metric.ROW_COUNT):
        return path[-1:], ""
    if not rule.columns:
        why = f"{rule.metric} on a table must name its columns (arguments: properties)."
        return path[-1:], "" if path else why
    found: list[Column] = []
    for name in rule.columns:
        column = table.column(name)
        if column is None:
            return path[-1:], f"The contract has no column “{name[:60]}” in {table.name}."
        found.append(column)
    if len(found) > 1 and rule.metric is not Metric.DUPLICATE_VALUES:
        return tuple(found), f"{rule.metric} counts in one column; it names {len(found)}."
    return tuple(found), ""


def _quality_title(rule: QualityRule, about: str, columns: tuple[Column, ...]) -> str:
    said = rule.description.strip().splitlines()
    if said and len(said[0]) <= 160:
        return said[0]
    if rule.name:
        return rule.name
    names = ", ".join(column.name for column in columns) or about
    match rule.metric:
        case Metric.ROW_COUNT:
            return f"{about} has {_wanted(rule)} rows"
        case Metric.NULL_VALUES:
            return f"Null values of {names}: {_wanted(rule)}"
        case Metric.MISSING_VALUES:
            return f"Missing values of {names}: {_wanted(rule)}"
        case Metric.INVALID_VALUES:
            return f"Invalid values of {names}: {_wanted(rule)}"
        case Metric.DUPLICATE_VALUES:
            return f"Duplicate values of {names}: {_wanted(rule)}"
    return f"{rule.type} rule “{rule.key}” on {about} holds"


def _wanted(rule: QualityRule) -> str:
    if rule.comparison is None:
        return ""
    return f"{rule.comparison}{' %' if rule.unit is Unit.PERCENT else ''}"
