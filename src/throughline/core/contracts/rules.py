"""Every rule that a contract implies, each with a stable id and a title that should be true of the data."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from throughline.core.contracts.column_rules import column_rules
from throughline.core.contracts.documents import Contract, Table
from throughline.core.contracts.quality import Keys
from throughline.core.contracts.quality_rules import quality_rules
from throughline.core.contracts.rule import Area, Kind, Rule
from throughline.core.contracts.service_levels import Level, LevelKind, read_levels


def rules_of(contract: Contract) -> tuple[Rule, ...]:
    """All rules in the order of the document: what cannot be read of it, then each table, then the service levels.
    Ids are unique, and stay the same as long as names do."""
    found: list[Rule] = [
        Rule(
            "contract.readable",
            "",
            "",
            Area.SCHEMA,
            Kind.READABLE,
            "The whole document can be read",
            problem=one,
        )
        for one in contract.problems
    ]
    for table in contract.tables:
        found += _table_rules(table)
        for column in table.columns:
            found += column_rules(table, (column,))
        found += _key_rules(table)
        found += quality_rules(table, table.quality, ())
    found += [_level_rule(level, contract) for level in read_levels(contract)]
    keys = Keys()
    return tuple(replace(rule, id=keys.distinct(rule.id)) for rule in found)


def by_table(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.table, []).append(rule)
    return found


def _table_rules(table: Table) -> Iterator[Rule]:
    for problem in table.problems:
        title = f"What is written about {table.name} can be read"
        yield Rule(
            f"{table.name}.readable", table.name, "", Area.SCHEMA, Kind.READABLE, title, problem=problem
        )
    title = f"The table {table.name} is there"
    yield Rule(f"{table.name}.present", table.name, "", Area.SCHEMA, Kind.TABLE_PRESENT, title)


def _key_rules(table: Table) -> Iterator[Rule]:
    key = table.primary_key
    if not key:
        return
    names = ", ".join(column.name for column in key)
    yield Rule(
        f"{table.name}.primary_key",
        table.name,
        key[0].name if len(key) == 1 else "",
        Area.SCHEMA,
        Kind.PRIMARY_KEY,
        f"{names} identifies each row: never null, and no two rows alike",
        wanted="no null, no duplicate",
        dimension="uniqueness",
        path=key[:1] if len(key) == 1 else (),
        columns=key,
    )


def _level_rule(level: Level, contract: Contract) -> Rule:
    table = contract.table(level.table) if level.table else None
    found = [table.column(name) for name in (level.column, level.arrival) if table and name]
    columns = tuple(column for column in found if column)
    element = f"{level.table}.{level.column}"
    return Rule(
        f"sla.{level.key}",
        level.table,
        level.column,
        Area.SLA,
        Kind.LEVEL,
        level.description.strip().splitlines()[0][:160]
        if level.description.strip()
        else _level_title(level, element),
        wanted=_level_wanted(level),
        dimension="timeliness",
        path=columns[:1],
        columns=columns[1:],
        level=level,
        problem=level.problem,
    )


def _level_wanted(level: Level) -> str:
    match level.kind:
        case LevelKind.FREQUENCY:
            return f"every {level.span}"
        case LevelKind.TIME_OF_AVAILABILITY:
            return f"the day before by {level.clock}"
        case LevelKind.GENERAL_AVAILABILITY | LevelKind.END_OF_SUPPORT | LevelKind.END_OF_LIFE:
            return str(level.moment or "")
    return f"at most {level.span}" if level.span else ""


def _level_title(level: Level, element: str) -> str:
    if level.problem:
        return f"The service level {level.name} is kept"
    match level.kind:
        case LevelKind.FRESHNESS:
            return f"The newest {element} is at most {level.span} old"
        case LevelKind.LATENCY if level.arrival:
            return f"Every {element} arrives within {level.span}"
        case LevelKind.LATENCY:
            return f"The newest {element} arrived within {level.span}"
        case LevelKind.FREQUENCY:
            return f"New {element} comes every {level.span}"
        case LevelKind.RETENTION:
            return f"No {element} is older than {level.span}"
        case LevelKind.TIME_OF_AVAILABILITY:
            return f"{element} of the day before is there by {level.clock}"
        case LevelKind.GENERAL_AVAILABILITY:
            return "The data is generally available"
        case LevelKind.END_OF_SUPPORT:
            return "The data is still supported"
        case LevelKind.END_OF_LIFE:
            return "The data has not reached its end of life"
    return f"The service level {level.name} is kept"
