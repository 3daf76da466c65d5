"""Turns the plain content of an ODCS document into facts; what cannot be read is a problem in words, never an error.

Whether the document obeys the standard's JSON schema is judged elsewhere; here every shape is taken as it comes.
"""

from collections.abc import Iterable, Mapping

from throughline.core.contracts import quality
from throughline.core.contracts.demands import QualityRule, Scalar
from throughline.core.contracts.documents import (
    Column,
    Contract,
    LogicalType,
    Server,
    ServiceLevel,
    Table,
    as_mapping,
)
from throughline.core.contracts.options import read_options
from throughline.core.contracts.quality import Keys, scalar, text, texts

MAX_TABLES = 1_000
MAX_COLUMNS = 10_000
MAX_RULES = 10_000
MAX_LEVELS = 1_000
MAX_DEPTH = 12

_TYPE_ALIASES = {"str": "string", "int": "integer", "bool": "boolean", "datetime": "timestamp"}


class Budget:
    """How many columns and rules may still be read, so that a document of any size costs bounded time."""

    def __init__(self) -> None:
        self.columns = MAX_COLUMNS
        self.rules = MAX_RULES
        self.problems: list[str] = []

    def take(self, entries: list[object], kind: str) -> list[object]:
        left = getattr(self, kind)
        setattr(self, kind, max(left - len(entries), 0))
        if len(entries) > left:
            limit = {"columns": MAX_COLUMNS, "rules": MAX_RULES}[kind]
            sentence = f"Only the first {limit:,} {kind} are read; the rest is not tested."
            if sentence not in self.problems:
                self.problems.append(sentence)
        return entries[:left]


def read_contract(content: Mapping[str, object]) -> Contract:
    """Never raises. Entries beyond the limits above are left out, and `problems` says so."""
    budget = Budget()
    tables = _tables(content.get("schema"), budget)
    levels = _levels(content, budget)
    servers = tuple(_server(entry, number) for number, entry in _entries(content, "servers", budget))
    return Contract(
        key=text(content.get("id")),
        name=text(content.get("name")) or text(content.get("dataProduct")) or text(content.get("id")),
        version=text(content.get("version")),
        standard=text(content.get("apiVersion")),
        status=text(content.get("status")),
        tables=tables,
        service_levels=levels,
        servers=servers,
        problems=tuple(budget.problems),
    )


def _tables(given: object, budget: Budget) -> tuple[Table, ...]:
    entries = _list(given, "schema", budget)
    if len(entries) > MAX_TABLES:
        budget.problems.append(f"Only the first {MAX_TABLES:,} tables are read; the rest is not tested.")
    taken = Keys()
    return tuple(_table(entry, number, taken, budget) for number, entry in enumerate(entries[:MAX_TABLES], 1))


def _table(given: object, number: int, taken: Keys, budget: Budget) -> Table:
    entry = as_mapping(given)
    problems: list[str] = [] if entry else ["This table is not written as a mapping."]
    said = text(entry.get("name")) or text(entry.get("physicalName"))
    if entry and not said:
        problems.append("This table has no name.")
    name = taken.distinct(said or f"table {number}")
    if said and name != said:
        problems.append(f"Two tables are called {said}.")
    columns = _columns(entry.get("properties"), budget, problems, MAX_DEPTH)
    return Table(
        name=name,
        physical_name=text(entry.get("physicalName")),
        physical_type=text(entry.get("physicalType")),
        description=text(entry.get("description")),
        columns=columns,
        quality=_quality(entry, budget, problems),
        custom=_custom(entry),
        problems=tuple(problems),
    )


def _columns(given: object, budget: Budget, problems: list[str], depth: int) -> tuple[Column, ...]:
    if isinstance(given, Mapping):  # version 2 and some tools write a mapping by name
        given = [{"name": str(name), **as_mapping(entry)} for name, entry in given.items()]
    if given is not None and not isinstance(given, list):
        problems.append("The properties are not written as a list.")
        return ()
    if given and depth == 0:
        problems.append(f"Columns nested deeper than {MAX_DEPTH} levels are not read.")
        return ()
    taken = Keys()
    entries = enumerate(budget.take(given or [], "columns"), 1)
    return tuple(_column(entry, number, taken, budget, depth) for number, entry in entries)


def _column(given: object, number: int, taken: Keys, budget: Budget, depth: int) -> Column:
    entry = as_mapping(given)
    problems: list[str] = [] if entry else ["This column is not written as a mapping."]
    said = text(entry.get("name")) or text(entry.get("physicalName"))
    if entry and not said:
        problems.append("This column has no name.")
    name = taken.distinct(said or f"column {number}")
    if said and name != said:
        problems.append(f"Two columns are called {said}.")
    logical = _logical_type(entry.get("logicalType"), problems)
    items = as_mapping(entry.get("items"))
    return Column(
        name=name,
        physical_name=text(entry.get("physicalName")),
        logical_type=logical,
        physical_type=text(entry.get("physicalType")),
        options=read_options(entry.get("logicalTypeOptions"), logical),
        is_required=_flag(entry, "required", problems),
        is_unique=_flag(entry, "unique", problems),
        is_primary_key=_flag(entry, "primaryKey", problems),
        primary_key_position=_position(entry.get("primaryKeyPosition")),
        semantic_type=text(entry.get("semanticType")) or "column",
        classification=text(entry.get("classification")),
        encrypted_name=text(entry.get("encryptedName")),
        description=text(entry.get("description")),
        tags=texts(entry.get("tags")),
        custom=_custom(entry),
        allowed_values=_enum(entry, problems),
        is_deprecated=entry.get("deprecated") is True,
        quality=_quality(entry, budget, problems),
        columns=_columns(entry.get("properties"), budget, problems, depth - 1),
        items=_column({"name": "items", **items}, 1, Keys(), budget, depth - 1) if items and depth else None,
        problems=tuple(problems),
    )


def _logical_type(given: object, problems: list[str]) -> LogicalType | None:
    said = text(given)
    if not said:
        return None
    name = said.lower()
    try:
        return LogicalType(_TYPE_ALIASES.get(name, name))
    except ValueError:
        problems.append(f"“{said[:40]}” is not a logical type of the standard.")
        return None


def _flag(entry: Mapping[str, object], name: str, problems: list[str]) -> bool:
    """A demand written in a way that is not understood is said, not dropped."""
    value = entry.get(name)
    if isinstance(value, bool) or value is None:
        return bool(value)
    word = text(value).lower()
    if word in ("true", "yes", "1"):
        return True
    if word not in ("false", "no", "0"):
        problems.append(f"{name} is “{word[:40]}”; it must be true or false.")
    return False


def _position(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _enum(entry: Mapping[str, object], problems: list[str]) -> tuple[Scalar, ...] | None:
    given = entry.get("enum")
    if given is None:
        return None
    if not isinstance(given, list) or not given:
        problems.append("enum must be a list of values.")
        return None
    return tuple(scalar(one.get("value") if isinstance(one, Mapping) else one) for one in given)


def _quality(entry: Mapping[str, object], budget: Budget, problems: list[str]) -> tuple[QualityRule, ...]:
    given = entry.get("quality")
    if given is None:
        return ()
    if not isinstance(given, list):
        problems.append("The quality rules are not written as a list.")
        return ()
    return quality.read_rules(budget.take(given, "rules"))


def _levels(content: Mapping[str, object], budget: Budget) -> tuple[ServiceLevel, ...]:
    default = text(content.get("slaDefaultElement"))
    taken = Keys()
    entries = _entries(content, "slaProperties", budget)
    return tuple(_level(entry, number, default, taken) for number, entry in entries)


def _level(given: object, number: int, default: str, taken: Keys) -> ServiceLevel:
    entry = as_mapping(given)
    name = text(entry.get("property"))
    element = text(entry.get("element")) or default
    problem = "" if name else "This service level does not say which property it is about."
    return ServiceLevel(
        key=taken.distinct(text(entry.get("id")) or name or f"service level {number}"),
        property=name,
        value=scalar(entry.get("value")),
        value_ext=scalar(entry.get("valueExt")),
        unit=text(entry.get("unit")),
        elements=tuple(part.strip() for part in element.split(",") if part.strip())[:20],
        driver=text(entry.get("driver")),
        description=text(entry.get("description")),
        schedule=text(entry.get("schedule")),
        scheduler=text(entry.get("scheduler")),
        custom=_custom(entry),
        problem=problem,
    )


def _server(given: object, number: int) -> Server:
    entry = as_mapping(given)
    known = ("server", "id", "type", "environment", "description", "roles", "customProperties")
    plain = ((key, value) for key, value in entry.items() if key not in known)
    return Server(
        name=text(entry.get("server")) or text(entry.get("id")) or f"server {number}",
        type=text(entry.get("type")).lower(),
        environment=text(entry.get("environment")),
        description=text(entry.get("description")),
        details=tuple((key, text(value)) for key, value in plain if text(value)),
    )


def _custom(entry: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    given = entry.get("customProperties")
    if isinstance(given, Mapping):
        return tuple((str(key), text(value)) for key, value in given.items())
    properties = [as_mapping(one) for one in given] if isinstance(given, list) else []
    return tuple((text(one.get("property")), _joined(one.get("value"))) for one in properties)


def _joined(value: object) -> str:
    return ", ".join(texts(value)) if isinstance(value, list) else text(value)


def _entries(content: Mapping[str, object], name: str, budget: Budget) -> Iterable[tuple[int, object]]:
    entries = _list(content.get(name), name, budget)
    if len(entries) > MAX_LEVELS:
        budget.problems.append(f"Only the first {MAX_LEVELS:,} entries of {name} are read.")
    return enumerate(entries[:MAX_LEVELS], 1)


def _list(given: object, name: str, budget: Budget) -> list[object]:
    if given is None:
        return []
    if isinstance(given, list):
        return given
    budget.problems.append(f"{name} is not written as a list, so nothing in it is tested.")
    return []
