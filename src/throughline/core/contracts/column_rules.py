"""The rules that one column implies: presence, types, null, uniqueness, bounds, lengths, patterns, formats, values."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time

from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.contracts.documents import Column, LogicalType, Options, Table
from throughline.core.contracts.quality_rules import quality_rules
from throughline.core.contracts.rule import Area, Kind, Rule

INSIDE = "Values inside lists are not looked into."
_INSTANTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
_KINDS_OF_TEXT = {
    LogicalType.STRING: "text",
    LogicalType.DATE: "a date",
    LogicalType.TIMESTAMP: "a date with a time of day",
    LogicalType.TIME: "a time of day",
    LogicalType.NUMBER: "a number",
    LogicalType.INTEGER: "a whole number",
    LogicalType.OBJECT: "an object",
    LogicalType.ARRAY: "a list",
    LogicalType.BOOLEAN: "true or false",
    LogicalType.MAP: "a map",
    LogicalType.VECTOR: "a vector",
}
_H = "[0-9a-fA-F]{1,4}"
_IPV6 = "|".join(
    [f"({_H}:){{7}}{_H}", f"({_H}:){{1,7}}:"]
    + [f"({_H}:){{1,{7 - n}}}(:{_H}){{1,{n}}}" for n in range(1, 7)]
    + [f":((:{_H}){{1,7}}|:)"]
)
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Formats of text, as patterns that every engine understands.
TEXT_FORMATS = {
    "email": "^[^@ ]+@[^@ ]+$",
    "uuid": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": "^[A-Za-z][A-Za-z0-9+.-]*:[^ ]+$",
    "hostname": rf"^({_LABEL}[.])*{_LABEL}$",
    "ipv4": rf"^({_OCTET}[.]){{3}}{_OCTET}$",
    "ipv6": f"^({_IPV6})$",
    "byte": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}
_NOTHING_TO_SEE = ("password", "binary", "f64")
# The values that integers of so many bits hold.
INTEGER_FORMATS = {f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)}
INTEGER_FORMATS |= {f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)}
_BOUNDS = (
    (Kind.MINIMUM, "minimum", "at least"),
    (Kind.EXCLUSIVE_MINIMUM, "exclusive_minimum", "greater than"),
    (Kind.MAXIMUM, "maximum", "at most"),
    (Kind.EXCLUSIVE_MAXIMUM, "exclusive_maximum", "less than"),
)
_COUNTS = (
    (Kind.MIN_LENGTH, "min_length", "has at least {} characters"),
    (Kind.MAX_LENGTH, "max_length", "has at most {} characters"),
    (Kind.MIN_ITEMS, "min_items", "holds at least {} items"),
    (Kind.MAX_ITEMS, "max_items", "holds at most {} items"),
    (Kind.DIMENSIONS, "dimensions", "has {} dimensions"),
)


def column_rules(table: Table, path: tuple[Column, ...], problem: str = "") -> Iterator[Rule]:
    """Those of the column at the end of `path`, then those of the columns inside it."""
    column = path[-1]
    if column.semantic_type == "measure":
        return  # computed when it is asked for; no data holds it
    make = _Maker(table, path, problem)
    for fault in column.problems:
        yield make(Kind.READABLE, f"What is written about {make.name} can be read", problem=fault)
    yield make(Kind.PRESENT, f"{make.name} is there")
    if column.logical_type:
        yield make(
            Kind.TYPE, f"{make.name} is {_KINDS_OF_TEXT[column.logical_type]}", str(column.logical_type)
        )
    if column.physical_type:
        yield make(
            Kind.PHYSICAL_TYPE, f"{make.name} is stored as {column.physical_type}", column.physical_type
        )
    if column.is_required:
        yield make(Kind.REQUIRED, f"{make.name} is never null", "no null", dimension="completeness")
    if column.is_unique:
        title = f"No two rows have the same {make.name}"
        yield make(Kind.UNIQUE, title, "no duplicate", dimension="uniqueness", columns=(column,))
    yield from _option_rules(make, column)
    for rule in quality_rules(table, column.quality, path):
        yield make.hindered(rule)
    for inner in column.columns:
        yield from column_rules(table, (*path, inner), problem)
    if column.items:
        for inner in column.items.columns:
            yield from column_rules(table, (*path, inner), problem or INSIDE)


class _Maker:
    """Fills in what all rules of one column share."""

    def __init__(self, table: Table, path: tuple[Column, ...], problem: str) -> None:
        self.table = table
        self.path = path
        self.name = ".".join(column.name for column in path)
        self.problem = problem

    def __call__(
        self,
        kind: Kind,
        title: str,
        wanted: str = "",
        *,
        bound: Scalar = None,
        values: tuple[Scalar, ...] = (),
        columns: tuple[Column, ...] = (),
        dimension: str = "conformity",
        problem: str = "",
        suffix: str = "",
    ) -> Rule:
        return Rule(
            f"{self.table.name}.{self.name}.{suffix or kind}",
            self.table.name,
            self.name,
            Area.SCHEMA,
            kind,
            title,
            wanted=wanted,
            dimension=dimension,
            path=self.path,
            columns=columns,
            bound=bound,
            values=values,
            problem=problem or self.problem,
        )

    def hindered(self, rule: Rule) -> Rule:
        return replace(rule, problem=rule.problem or self.problem)


def _option_rules(make: _Maker, column: Column) -> Iterator[Rule]:
    options = column.options
    for kind, field, words in _BOUNDS:
        bound = getattr(options, field)
        if bound is not None:
            shown = describe_scalar(bound)
            problem = _bound_problem(bound, column)
            yield make(
                kind, f"{make.name} is {words} {shown}", f"{words} {shown}", bound=bound, problem=problem
            )
    for kind, field, words in _COUNTS:
        count = getattr(options, field)
        if count is not None and not (count == 0 and kind in (Kind.MIN_LENGTH, Kind.MIN_ITEMS)):
            said = words.format(f"{count:,}")
            yield make(kind, f"{make.name} {said}", said.partition(" ")[2], bound=count)
    if options.multiple_of is not None:
        shown = describe_scalar(options.multiple_of)
        title = f"{make.name} is a multiple of {shown}"
        yield make(Kind.MULTIPLE_OF, title, f"multiple of {shown}", bound=options.multiple_of)
    if options.pattern:
        title = f"{make.name} matches {options.pattern[:80]}"
        yield make(Kind.PATTERN, title, options.pattern[:200], bound=options.pattern)
    yield from _format_rules(make, column, options)
    if column.allowed_values is not None:
        shown = ", ".join(describe_scalar(value) for value in column.allowed_values[:8])
        yield make(
            Kind.ALLOWED_VALUES,
            f"{make.name} is one of {shown}"[:160],
            shown[:200],
            values=column.allowed_values,
        )
    if options.unique_items:
        yield make(Kind.UNIQUE_ITEMS, f"{make.name} holds no item twice", "no item twice")
    yield from _property_rules(make, options)
    for name, why in options.unread:
        yield make(
            Kind.READABLE, f"{name} of {make.name} can be read", problem=why, suffix=f"readable.{name}"
        )


def _format_rules(make: _Maker, column: Column, options: Options) -> Iterator[Rule]:
    said, logical = options.format, column.logical_type
    if options.time_zone is not None and logical in (LogicalType.TIMESTAMP, LogicalType.DATE):
        words = "carries a time zone" if options.time_zone else "carries no time zone"
        yield make(Kind.TIME_ZONE, f"{make.name} {words}", words, bound=options.time_zone)
    # The format of a date says how text shows it; where it is stored as a date there is nothing to see.
    if not said or logical in _INSTANTS or said.lower() in _NOTHING_TO_SEE:
        return
    known = (
        INTEGER_FORMATS
        if logical is LogicalType.INTEGER
        else {"f32"}
        if logical is LogicalType.NUMBER
        else TEXT_FORMATS
    )
    problem = "" if said.lower() in known else f"“{said[:40]}” is not a format that is known here."
    yield make(
        Kind.FORMAT, f"{make.name} has the format {said[:40]}", said[:40], bound=said.lower(), problem=problem
    )


def _property_rules(make: _Maker, options: Options) -> Iterator[Rule]:
    if options.required_properties:
        names = ", ".join(options.required_properties)[:120]
        title = f"{make.name} holds {names}"
        yield make(
            Kind.PROPERTIES, title, names, values=options.required_properties, suffix="required_properties"
        )
    for field, words in (("min_properties", "at least"), ("max_properties", "at most")):
        count = getattr(options, field)
        if count:
            title = f"{make.name} holds {words} {count:,} properties"
            yield make(Kind.PROPERTIES, title, f"{words} {count:,}", bound=count, suffix=field)


def _bound_problem(bound: Scalar, column: Column) -> str:
    """Why a limit of a date, an instant or a time cannot be read."""
    if column.logical_type not in _INSTANTS:
        return ""
    said = describe_scalar(bound).strip()
    try:
        read_instant(said, column.logical_type)
    except ValueError:
        return f"“{said[:40]}” is not {_KINDS_OF_TEXT[column.logical_type]}."
    return ""


def read_instant(said: str, logical: LogicalType) -> date | datetime | time:
    """A limit in ISO notation; a datetime keeps its offset. Raises `ValueError`."""
    if logical is LogicalType.TIME:
        return time.fromisoformat(said)
    if len(said) <= 10:
        return date.fromisoformat(said)
    return datetime.fromisoformat(said)
