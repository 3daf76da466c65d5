"""Reads quality rules of a contract: metrics, comparisons and units, in the words of versions 3.0 to 3.2."""

import math
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from throughline.core.contracts.demands import (
    Comparison,
    Metric,
    Operator,
    QualityRule,
    QualityType,
    Scalar,
    Unit,
)
from throughline.core.contracts.documents import as_mapping

LONGEST_TEXT = 10_000
LONGEST_KEY = 120
MAX_VALUES = 10_000

# Version 3.0 named rules where 3.1 names metrics; these ask for no occurrence where they carry no comparison.
_METRICS = {
    "rowcount": Metric.ROW_COUNT,
    "nullvalues": Metric.NULL_VALUES,
    "nullcheck": Metric.NULL_VALUES,
    "nullcount": Metric.NULL_VALUES,
    "missingvalues": Metric.MISSING_VALUES,
    "missingcount": Metric.MISSING_VALUES,
    "invalidvalues": Metric.INVALID_VALUES,
    "invalidcount": Metric.INVALID_VALUES,
    "validvalues": Metric.INVALID_VALUES,
    "duplicatevalues": Metric.DUPLICATE_VALUES,
    "duplicatecount": Metric.DUPLICATE_VALUES,
    "uniquecheck": Metric.DUPLICATE_VALUES,
    "unique": Metric.DUPLICATE_VALUES,
}
_NONE_EXPECTED = {"nullcheck", "validvalues", "uniquecheck", "unique"}
_UNITS = {"": Unit.ROWS, "rows": Unit.ROWS, "row": Unit.ROWS, "count": Unit.ROWS}
_UNITS |= dict.fromkeys(("percent", "%", "percentage", "pct"), Unit.PERCENT)
_PAIRS = (Operator.BETWEEN, Operator.NOT_BETWEEN)


class Keys:
    """Keys that are unique among neighbours: as said, with a number where that is taken. The first keeps its name, so
    that additions at the end change nothing."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def distinct(self, said: str) -> str:
        count = self._taken.get(said, 0) + 1
        key = said if count == 1 else f"{said} {count}"
        while count > 1 and key in self._taken:
            count += 1
            key = f"{said} {count}"
        self._taken[said] = count
        self._taken.setdefault(key, 1)
        return key


def read_rules(given: list[object]) -> tuple[QualityRule, ...]:
    taken = Keys()
    return tuple(_rule(as_mapping(entry), number, taken) for number, entry in enumerate(given, 1))


def _rule(entry: Mapping[str, object], number: int, taken: Keys) -> QualityRule:
    said = text(entry.get("metric")) or text(entry.get("rule"))
    default = QualityType.LIBRARY if said or not entry.get("query") else QualityType.SQL
    written = text(entry.get("type")).lower()
    kind = QualityType(written) if written in set(QualityType) else default
    key = text(entry.get("id")) or text(entry.get("name")) or said or f"{kind} {number}"
    problem = "" if entry else "This rule is not written as a mapping."
    if written and written not in set(QualityType):
        problem = f"“{written[:40]}” is not a type of rule."
    shared = {
        "key": taken.distinct(key[:LONGEST_KEY]),
        "name": text(entry.get("name")),
        "description": text(entry.get("description")),
        "dimension": text(entry.get("dimension")),
        "severity": text(entry.get("severity")),
    }
    read = {
        QualityType.LIBRARY: _library,
        QualityType.SQL: _sql,
        QualityType.CUSTOM: _custom,
        QualityType.TEXT: _text,
    }[kind]
    details = read(entry)
    return QualityRule(type=kind, **shared, **details | {"problem": problem or details["problem"]})  # type: ignore[arg-type]


def _library(entry: Mapping[str, object]) -> dict[str, object]:
    said = text(entry.get("metric")) or text(entry.get("rule"))
    metric = _METRICS.get(said.lower().replace("_", ""))
    comparison, problem = read_comparison(entry)
    if comparison is None and not problem and said.lower() in _NONE_EXPECTED:
        comparison = Comparison(Operator.IS, 0)
    if comparison is None and not problem:
        problem = "It says no figure that must be reached (such as mustBe)."
    elif comparison and comparison.text is not None:
        problem = "A metric is a number; what it must be is not one."
    unit = _UNITS.get(text(entry.get("unit")).lower())
    if unit is None:
        problem = f"“{text(entry.get('unit'))[:40]}” is not a unit that is known; rows and percent are."
    if unit is Unit.PERCENT and metric is Metric.ROW_COUNT:
        problem = "The number of rows has no share of itself: percent makes no sense for rowCount."
    if metric is None:
        problem = f"“{said[:60]}” is not a metric of the standard." if said else "It names no metric."
    arguments = {**entry, **as_mapping(entry.get("arguments"))}
    details, unread = _arguments(arguments, metric)
    return {
        "metric": metric,
        "comparison": comparison,
        "unit": unit or Unit.ROWS,
        "problem": problem or unread,
        **details,
    }


def _arguments(given: Mapping[str, object], metric: Metric | None) -> tuple[dict[str, object], str]:
    """What narrows a metric, and why it cannot be read."""
    columns = given.get("properties", given.get("columns"))
    details: dict[str, object] = {"columns": texts(columns)}
    if metric is Metric.MISSING_VALUES:
        values, problem = _values(given.get("missingValues"), "missingValues")
        return details | {"missing_values": values or (None, "")}, problem
    if metric is not Metric.INVALID_VALUES:
        return details, ""
    values, problem = _values(given.get("validValues"), "validValues")
    details |= {"valid_values": values, "pattern": text(given.get("pattern"))}
    for name, key, read in (
        ("minLength", "min_length", whole),
        ("maxLength", "max_length", whole),
        ("minimum", "minimum", number),
        ("maximum", "maximum", number),
    ):
        if given.get(name) is not None:
            details[key] = read(given[name])
            problem = problem or (
                "" if details[key] is not None else f"{name} is not a number that can be used."
            )
    says_nothing = values is None and not any(details.get(key) not in (None, "") for key in list(details)[2:])
    return details, problem or ("It does not say which values are valid." if says_nothing else "")


def _values(given: object, name: str) -> tuple[tuple[Scalar, ...] | None, str]:
    if given is None:
        return None, ""
    if not isinstance(given, list):
        return None, f"{name} must be a list."
    if len(given) > MAX_VALUES:
        return None, f"{name} holds more than {MAX_VALUES:,} values."
    if any(isinstance(one, list | Mapping) for one in given):
        return None, f"{name} holds a value that is not a single one."
    return tuple(scalar(one) for one in given), ""


def _sql(entry: Mapping[str, object]) -> dict[str, object]:
    comparison, problem = read_comparison(entry)
    query = text(entry.get("query"))
    if comparison is None and not problem:
        problem = "It says no figure that the query must return (such as mustBe)."
    if not query:
        problem = "It holds no query."
    dialect = text(entry.get("dialect")).lower()
    return {"comparison": comparison, "query": query, "dialect": dialect, "problem": problem}


def _custom(entry: Mapping[str, object]) -> dict[str, object]:
    engine = text(entry.get("engine")) or "another tool"
    return {
        "engine": engine,
        "implementation": text(entry.get("implementation")),
        "problem": f"It is written for {engine[:60]}, which is not run here; send its results as evidence.",
    }


def _text(_: Mapping[str, object]) -> dict[str, object]:
    return {"problem": "It is written for people: nothing in it can be run."}


def read_comparison(entry: Mapping[str, object]) -> tuple[Comparison | None, str]:
    """The one comparison, None where none is said, and why it cannot be used."""
    said = [operator for operator in Operator if operator.value in entry]
    if not said:
        return None, ""
    if len(said) > 1:
        return None, f"It says {' and '.join(said)}; one of them must be chosen."
    operator = said[0]
    given = entry[operator.value]
    if operator in _PAIRS:
        ends = [number(one) for one in given] if isinstance(given, list) else []
        if len(ends) != 2 or None in ends:
            return None, f"{operator} needs two numbers."
        if ends[0] > ends[1]:  # type: ignore[operator]
            return None, f"{operator} names the greater number first."
        return Comparison(operator, ends[0], ends[1]), ""
    figure = number(given)
    if figure is not None:
        return Comparison(operator, figure), ""
    if operator in (Operator.IS, Operator.IS_NOT) and isinstance(given, str | bool) and text(given):
        return Comparison(operator, text=text(given)), ""
    return None, f"{operator} needs a number."


def number(value: object) -> float | int | None:
    """A finite number; text that is one counts, true and false do not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**30 else None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) and not (isinstance(value, str) and "_" in value) else None


def whole(value: object) -> int | None:
    read = number(value)
    return int(read) if read is not None and float(read).is_integer() and 0 <= read < 2**62 else None


def scalar(value: object) -> Scalar:
    """One plain value; dates as ISO text, lists and mappings as their text."""
    if value is None or isinstance(value, bool | int | str):
        return value[:LONGEST_TEXT] if isinstance(value, str) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return text(value)


def text(value: object) -> str:
    """A single value as one text, cut where it is too long; nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)[:LONGEST_TEXT].strip()


def texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(text(one) for one in value[:MAX_VALUES] if text(one))
    return (text(value),) if text(value) else ()
