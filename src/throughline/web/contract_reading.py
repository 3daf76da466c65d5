"""A contract's document made ready to be read by people: tables with their columns, rules, service levels, parties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from throughline.core.contracts.demands import Metric, QualityRule, describe_scalar
from throughline.core.contracts.documents import (
    Column,
    Contract,
    Options,
    Server,
    ServiceLevel,
    Table,
    all_columns,
)
from throughline.core.contracts.reading import read_contract

MOST_COLUMNS = 500
METRIC_WORDS = {
    Metric.ROW_COUNT: "rows",
    Metric.NULL_VALUES: "null values",
    Metric.MISSING_VALUES: "missing values",
    Metric.INVALID_VALUES: "values that are not allowed",
    Metric.DUPLICATE_VALUES: "repeated values",
}
DESCRIBED = (("purpose", "Purpose"), ("usage", "Usage"), ("limitations", "Limitations"))


@dataclass(frozen=True)
class ColumnLine:
    path: str
    depth: int
    type: str
    column: Column
    demands: tuple[str, ...]


@dataclass(frozen=True)
class TableShown:
    table: Table
    columns: tuple[ColumnLine, ...]
    hidden: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Level:
    level: ServiceLevel
    value: str


@dataclass(frozen=True)
class Party:
    name: str
    role: str
    more: str = ""


@dataclass(frozen=True)
class Document:
    facts: Contract
    about: tuple[tuple[str, str], ...]
    tables: tuple[TableShown, ...]
    levels: tuple[Level, ...]
    servers: tuple[Server, ...]
    team: tuple[Party, ...]
    support: tuple[Party, ...]
    details: tuple[tuple[str, str], ...]


def document_of(content: Mapping[str, Any]) -> Document:
    facts = read_contract(content)
    described = content.get("description")
    about = described if isinstance(described, Mapping) else {"purpose": described} if described else {}
    details = [("Domain", "domain"), ("Data product", "dataProduct"), ("Tenant", "tenant")]
    return Document(
        facts=facts,
        about=tuple((title, str(about[name])) for name, title in DESCRIBED if about.get(name)),
        tables=tuple(_table(one) for one in facts.tables),
        levels=tuple(Level(one, _value(one)) for one in facts.service_levels),
        servers=facts.servers,
        team=tuple(_team(content.get("team"))),
        support=tuple(_support(content.get("support"))),
        details=tuple((title, str(content[name])) for title, name in details if content.get(name)),
    )


def _table(table: Table) -> TableShown:
    lines = [_column(path, one) for path, one in all_columns(table.columns)]
    hidden = max(len(lines) - MOST_COLUMNS, 0)
    return TableShown(table, tuple(lines[:MOST_COLUMNS]), hidden, tuple(map(rule_words, table.quality)))


def _column(path: str, column: Column) -> ColumnLine:
    depth = path.count(".")
    kind = str(column.logical_type or column.physical_type or "any")
    return ColumnLine(path, depth, kind, column, tuple(demands_of(column)))


def demands_of(column: Column) -> Iterable[str]:
    """What the column's values must be, in a few words each."""
    if column.is_primary_key:
        yield "primary key"
    if column.is_required:
        yield "required"
    if column.is_unique:
        yield "unique"
    yield from _options(column.options)
    if column.allowed_values is not None:
        shown = [describe_scalar(one) for one in column.allowed_values[:8]]
        more = len(column.allowed_values) - len(shown)
        yield f"one of {', '.join(shown)}{f' and {more} more' if more else ''}"
    yield from map(rule_words, column.quality)


def _options(given: Options) -> Iterable[str]:
    ranges = (
        ("at least", given.minimum), ("at most", given.maximum),
        ("more than", given.exclusive_minimum), ("less than", given.exclusive_maximum),
        ("multiple of", given.multiple_of), ("format", given.format or None),
    )  # fmt: skip
    yield from (f"{word} {describe_scalar(value)}" for word, value in ranges if value is not None)
    for what, low, high in (
        ("characters", given.min_length, given.max_length),
        ("items", given.min_items, given.max_items),
    ):
        if low is not None or high is not None:
            yield f"{low or 0} to {high} {what}" if high is not None else f"at least {low} {what}"
    if given.pattern:
        yield f"fits {given.pattern[:80]}"


def rule_words(rule: QualityRule) -> str:
    """The rule's own words where it has some, else what it measures."""
    said = (rule.name or rule.description).rstrip(".")
    what = METRIC_WORDS[rule.metric] if rule.metric else str(rule.type)
    measured = f"{what} {rule.comparison}" if rule.comparison else what
    unit = " percent" if rule.comparison and rule.unit == "percent" else ""
    return f"{said} ({measured}{unit})" if said else f"{measured}{unit}"


def _value(level: ServiceLevel) -> str:
    parts = [describe_scalar(level.value) if level.value is not None else "", level.unit]
    return " ".join(part for part in parts if part)


def _team(given: object) -> Iterable[Party]:
    members = given.get("members") if isinstance(given, Mapping) else given
    for one in members if isinstance(members, list) else []:
        if isinstance(one, Mapping) and not one.get("dateOut"):
            name = str(one.get("name") or one.get("username") or "")
            yield Party(name, str(one.get("role") or "Team"), str(one.get("description") or ""))


def _support(given: object) -> Iterable[Party]:
    for one in given if isinstance(given, list) else []:
        if isinstance(one, Mapping):
            where = str(one.get("url") or "").removeprefix("mailto:")
            yield Party(str(one.get("channel") or ""), str(one.get("tool") or "Support"), where)
