"""Tables and columns of two versions: what went, what came, and which guarantee about values was loosened."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from throughline.core.contracts.changes import Change, Weight
from throughline.core.contracts.compared_options import options
from throughline.core.contracts.compared_rules import rules
from throughline.core.contracts.demands import describe_scalar
from throughline.core.contracts.documents import Column, Table, all_columns

Named = TypeVar("Named", Table, Column)

GONE = "Whoever reads it finds nothing."
FLAGS = (
    ("is_required", "required", "Values may be missing now.", "Values are always there now."),
    ("is_unique", "unique", "The same value may come twice now.", "No value comes twice now."),
    (
        "is_primary_key",
        "part of the primary key",
        "Rows can't be told apart by it any more.",
        "Rows are told apart by it.",
    ),
)
SYNONYMS = {
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "character varying": "varchar",
    "bool": "boolean", "float8": "double", "double precision": "double", "float4": "real", "numeric": "decimal",
    "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
}  # fmt: skip


def tables(old: Sequence[Table], new: Sequence[Table]) -> Iterable[Change]:
    pairs, gone, came = _paired(old, new)
    for table in gone:
        yield Change("tables", table.name, Weight.BREAKING, "The table was removed.", GONE)
    for table in came:
        yield Change("tables", table.name, Weight.COMPATIBLE, "A table was added.")
    for was, now in pairs:
        yield from _renamed("tables", "table", was, now)
        if was.physical_type != now.physical_type:
            text = f"It was {was.physical_type or 'of no named kind'}, is {now.physical_type or 'of no named kind'}."
            yield Change("tables", now.name, Weight.NOTE, text)
        if was.description != now.description:
            yield Change("tables", now.name, Weight.NOTE, "The description changed.")
        yield from rules(now.name, was.quality, now.quality)
        yield from _columns(now.name, was, now)


def _columns(table: str, was: Table, now: Table) -> Iterable[Change]:
    old = [replace(column, name=path) for path, column in all_columns(was.columns)]
    new = [replace(column, name=path) for path, column in all_columns(now.columns)]
    pairs, gone, came = _paired(old, new)
    for column in gone:
        yield Change("columns", f"{table}.{column.name}", Weight.BREAKING, "The column was removed.", GONE)
    for column in came:
        yield Change("columns", f"{table}.{column.name}", Weight.COMPATIBLE, "A column was added.")
    for before, after in pairs:
        place = f"{table}.{after.name}"
        yield from _renamed("columns", "column", before, after, table)
        yield from _types(place, before, after)
        yield from _flags(place, before, after)
        yield from options(place, before.options, after.options)
        yield from _values(place, before, after)
        yield from _told(place, before, after)
        yield from rules(place, before.quality, after.quality)


def _paired(
    old: Sequence[Named], new: Sequence[Named]
) -> tuple[list[tuple[Named, Named]], list[Named], list[Named]]:
    """Those with the same name; then those that the data hold under the same name; then the only ones that say the
    same but for their names."""
    by_name = {one.name: one for one in new}
    pairs = [(one, by_name[one.name]) for one in old if one.name in by_name]
    known = {one.name for one, _ in pairs}
    gone, came = [one for one in old if one.name not in known], [one for one in new if one.name not in known]
    for one in list(gone):
        held = [other for other in came if other.stored_name == one.stored_name]
        alike = [other for other in came if _is_alike(one, other)]
        is_only = len(alike) == 1 and sum(_is_alike(two, alike[0]) for two in gone) == 1
        if other := next(iter(held or (alike if is_only else [])), None):
            pairs.append((one, other))
            gone.remove(one)
            came.remove(other)
    return pairs, gone, came


def _is_alike(one: Named, other: Named) -> bool:
    """Whether all that they say is the same, and it is more than a type."""
    if not one.description:
        return False
    bare = {"name": "", "physical_name": ""}
    return replace(one, **bare) == replace(other, **bare)  # type: ignore[arg-type]


def _renamed(area: str, what: str, was: Named, now: Named, table: str = "") -> Iterable[Change]:
    place = f"{table}.{now.name}" if table else now.name
    if was.stored_name.rpartition(".")[2] != now.stored_name.rpartition(".")[2]:
        text = f"The {what} was called {was.stored_name}, is called {now.stored_name}."
        yield Change(area, place, Weight.BREAKING, text, f"Whoever reads {was.stored_name} finds nothing.")
    elif was.name != now.name:
        text = f"The {what} was called {was.name} here, is called {now.name}; in the data it keeps its name."
        yield Change(area, place, Weight.NOTE, text)


def _types(place: str, was: Column, now: Column) -> Iterable[Change]:
    if was.logical_type != now.logical_type:
        old, new = was.logical_type or "any type", now.logical_type or "any type"
        if was.logical_type is None:
            yield Change("columns", place, Weight.COMPATIBLE, f"The type is said now: {new}.")
        else:
            yield Change(
                "columns", place, Weight.BREAKING, f"The type was {old}, is {new}.", _of_type(old, new)
            )
    if _physical(was) != _physical(now):
        text = (
            f"The physical type was {was.physical_type or 'not said'}, is {now.physical_type or 'not said'}."
        )
        weight = Weight.BREAKING if was.physical_type else Weight.COMPATIBLE
        why = "Readers and copies that were made for the old type may cut or refuse values."
        yield Change("columns", place, weight, text, why if was.physical_type else "")


def _of_type(old: str, new: str) -> str:
    known = {
        ("number", "integer"): "Fractions are lost.",
        ("integer", "number"): "Whoever reads whole numbers meets fractions.",
        ("timestamp", "date"): "The time of day is lost.",
        ("date", "timestamp"): "Whoever reads days meets instants.",
    }
    return known.get((old, new), "Whoever reads the old type can't read the new one.")


def _physical(column: Column) -> str:
    text = " ".join(column.physical_type.lower().replace(" (", "(").split())
    base, bracket, rest = text.partition("(")
    return SYNONYMS.get(base, base) + bracket + rest.replace(" ", "")


def _flags(place: str, was: Column, now: Column) -> Iterable[Change]:
    for name, said, dropped, added in FLAGS:
        if getattr(was, name) and not getattr(now, name):
            yield Change("columns", place, Weight.BREAKING, f"It is no longer {said}.", dropped)
        elif getattr(now, name) and not getattr(was, name):
            yield Change("columns", place, Weight.COMPATIBLE, f"It is {said} now.", added)


def _values(place: str, was: Column, now: Column) -> Iterable[Change]:
    """The list of allowed values: consumers are hurt by one that they have never met."""
    if was.allowed_values == now.allowed_values:
        return
    if was.allowed_values is None:
        yield Change("columns", place, Weight.COMPATIBLE, "Its values are listed now.")
    elif now.allowed_values is None:
        why = "Values may come that consumers have never met."
        yield Change("columns", place, Weight.BREAKING, "Its values are no longer listed.", why)
    else:
        added = [one for one in now.allowed_values if one not in was.allowed_values]
        removed = [one for one in was.allowed_values if one not in now.allowed_values]
        if added:
            text = f"Values were added: {', '.join(map(describe_scalar, added[:10]))}."
            yield Change("columns", place, Weight.BREAKING, text, "Consumers have never met them.")
        if removed:
            text = f"Values no longer come: {', '.join(map(describe_scalar, removed[:10]))}."
            yield Change("columns", place, Weight.COMPATIBLE, text)


def _told(place: str, was: Column, now: Column) -> Iterable[Change]:
    if was.description != now.description:
        yield Change("columns", place, Weight.NOTE, "The description changed: look whether its meaning did.")
    if was.classification != now.classification:
        text = f"The class was {was.classification or 'not said'}, is {now.classification or 'not said'}."
        yield Change("columns", place, Weight.NOTE, text, "Who may see it may have changed.")
    if now.is_deprecated and not was.is_deprecated:
        yield Change("columns", place, Weight.NOTE, "It is marked as deprecated.", "It will be removed.")
    if was.encrypted_name != now.encrypted_name:
        yield Change("columns", place, Weight.NOTE, "The name of its encrypted column changed.")
