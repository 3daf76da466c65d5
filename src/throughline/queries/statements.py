"""Statements that are built once in each process and then run with other values: building costs more than running."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import chain
from typing import Any, Generic, TypeVar, cast

from django.db import connection
from django.db.models import F, Field, Model, QuerySet, Value
from django.db.models.lookups import In
from django.db.models.query import ModelIterable, RelatedPopulator
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
Compiled = TypeVar("Compiled")
NOTHING = "NULL"  # `in ()` is no statement on PostgreSQL


class Parameter(Value):
    """Stands in a query where a value would stand that is known only when it runs."""

    def as_sql(self, compiler: SQLCompiler, connection: object) -> tuple[str, Any]:  # noqa: ARG002 - Django's hook
        return "%s", [_Slot(str(self.value))]


@dataclass(frozen=True)
class _Slot:
    name: str


def among(column: str, name: str) -> In:
    """The condition that a column holds one of the values of a parameter, however many those are."""
    return In(F(column), [Parameter(name)])


class Statement(Generic[Row]):
    """Made of a function that builds the query, with a `Parameter` for whatever differs from run to run."""

    def __init__(self, build: Callable[[], "QuerySet[Any, Row]"]) -> None:
        self._compiled = _once_for_each_kind_of_database(lambda: _Query(build()))
        self.__doc__ = build.__doc__

    def __call__(self, **values: object) -> list[Row]:
        """Runs it. A value that is a list, tuple or set belongs where the query says `among`."""
        found: list[Row] = self._compiled(connection.vendor).run(values)
        return found


def statement(build: Callable[[], "QuerySet[Any, Row]"]) -> Statement[Row]:
    """Turns a function that builds a query into one that runs it."""
    return Statement(build)


class Update:
    """Changes the rows that a query names, and says how many there were. `to` may hold parameters and expressions."""

    def __init__(self, rows: Callable[[], "QuerySet[Any]"], **to: object) -> None:
        self._compiled = _once_for_each_kind_of_database(lambda: _Change(rows(), to))

    def __call__(self, **values: object) -> int:
        return self._compiled(connection.vendor).run(values)


class Insertion:
    """A new row of a table that counts its rows or whose key is given. What takes time is done here, before anything
    is locked; `run` only writes, and gives the row its key."""

    def __init__(self, row: Model) -> None:
        self._row = row
        fields, self._text = _insertion(type(row), connection.vendor)
        self._given = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]

    def run(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self._text, self._given)
            self._row.pk = cursor.fetchone()[0]
        self._row._state.adding, self._row._state.db = False, connection.alias


@cache
def _insertion(kind: type[Model], vendor: str) -> tuple[Sequence["Field[Any, Any]"], str]:  # noqa: ARG001 - quotes differ
    meta, quoted = kind._meta, connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if not _is_counted(field)]
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    into = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - of our own names
    return fields, f"{into} RETURNING {quoted(str(meta.pk.column))}"


def _is_counted(field: "Field[Any, Any]") -> bool:
    """A key that the database counts up itself."""
    return field.primary_key and field.get_internal_type().endswith("AutoField")


def _once_for_each_kind_of_database(build: Callable[[], Compiled]) -> Callable[[str], Compiled]:
    return cache(lambda vendor: build())  # noqa: ARG005 - the key under which it is kept


class _Text:
    """The text of a statement, open at the places of its parameters."""

    def __init__(self, text: str, parameters: Sequence[object]) -> None:
        self._text, self._pieces, self._parameters = text, text.split("%s"), parameters

    def filled(self, values: Mapping[str, object]) -> tuple[str, list[Any]]:
        ready = {name: _prepared(value) for name, value in values.items()}
        given = [ready[p.name] if isinstance(p, _Slot) else [p] for p in self._parameters]
        text = self._text
        if any(len(many) != 1 for many in ready.values()):
            marks = (", ".join(["%s"] * len(many)) or NOTHING for many in given)
            text = "".join(chain(*zip(self._pieces, marks, strict=False), self._pieces[-1:]))
        return text, list(chain.from_iterable(given))


def _prepared(value: object) -> list[object]:
    """All of its values, each as the database wants it: SQLite keeps instants and dates as text."""
    many = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return [_plain(one) if isinstance(one, date) else one for one in many]


def _plain(value: date) -> object:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value)


class _Query:
    """What Django made of a query that reads."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self._compiler = compiler = rows.query.get_compiler(rows.db)
        self._text = _Text(*compiler.as_sql())
        select = [column for column, *_ in compiler.select[: compiler.col_count]]
        self._converters = compiler.get_converters(select)
        self._read = self._instances if rows._iterable_class is ModelIterable else _tuples

    def run(self, values: Mapping[str, object]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(*self._text.filled(values))
            found = cursor.fetchall()
        return list(self._read(self._compiler.apply_converters(found, self._converters)))

    def _instances(self, rows: Iterable[Any]) -> Iterator[Any]:
        """Rows as Django's own reader makes them, with what `select_related` brings along."""
        kind, select = self._compiler.klass_info, self._compiler.select
        start, end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        names = [column.target.attname for column, *_ in select[start:end]]
        others = kind.get("related_klass_infos", ())
        related = [RelatedPopulator(k, select, connection.alias) for k in others]  # type: ignore[call-arg]  # Django 6's
        for row in rows:
            made = kind["model"].from_db(connection.alias, names, row[start:end])
            for populator in related:
                populator.populate(row, made)
            yield made


def _tuples(rows: Iterable[Any]) -> Iterator[Any]:
    return map(tuple, rows)


class _Change:
    """What Django made of a query that changes rows."""

    def __init__(self, rows: "QuerySet[Any, Any]", to: dict[str, Any]) -> None:
        query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
        query.add_update_values(to)
        self._text = _Text(*query.get_compiler(rows.db).as_sql())

    def run(self, values: Mapping[str, object]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(*self._text.filled(values))
            return int(cursor.rowcount)
