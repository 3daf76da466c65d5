"""Statements that are built once in each process and then run with other values: building costs more than running."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import chain
from operator import attrgetter, methodcaller
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import F, Field, Model, QuerySet, Value
from django.db.models.lookups import In
from django.db.models.query import ModelIterable, RelatedPopulator
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
Compiled = TypeVar("Compiled")
NOTHING = "NULL"  # `in ()` is no statement on PostgreSQL
MARKS = {"sqlite": "?", "postgresql": "%s"}
COLUMN_BITS = 63  # beside the sign
MANY = (list, tuple, set, frozenset)
PLAIN = re.compile(r"[\w .:/-]*", re.ASCII)


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
        self.build = build
        self._compiled = once_for_each_kind_of_database(lambda: _Query(build()))
        self.__doc__ = build.__doc__

    def __call__(self, **values: object) -> list[Row]:
        """Runs it. A value that is a list, tuple or set belongs where the query says `among`."""
        found: list[Row] = self._compiled(database().vendor).run(values)
        return found


def statement(build: Callable[[], "QuerySet[Any, Row]"]) -> Statement[Row]:
    """Turns a function that builds a query into one that runs it."""
    return Statement(build)


class Ready:
    """A statement whose text and values are made; what remains is to run it."""

    def __init__(self, text: str, given: Sequence[Any]) -> None:
        self._text, self._given = text, given

    def run(self) -> int:
        """How many rows it changed."""
        changed: int = run(database(), self._text, self._given, attrgetter("rowcount"))
        return changed


class Update:
    """Changes the rows that a query names, and says how many there were. `to` may hold parameters and expressions."""

    def __init__(self, rows: Callable[[], "QuerySet[Any]"], **to: object) -> None:
        self._compiled = once_for_each_kind_of_database(lambda: _change(rows(), to))

    def ready(self, **values: object) -> Ready:
        """Made before anything is locked, because whoever writes to SQLite keeps all other writers waiting."""
        here = database()
        return Ready(*self._compiled(here.vendor).filled(values, here))

    def __call__(self, **values: object) -> int:
        return self.ready(**values).run()


class Insertion:
    """A new row of a table that counts its rows or whose key is given. What takes time is done here, before anything
    is locked; `run` only writes, and gives the row its key."""

    def __init__(self, row: Model) -> None:
        here = database()
        self._row = row
        self._fields, self._text = _insertion(type(row), here.vendor)
        self._given = [field.get_db_prep_save(field.pre_save(row, True), here) for field in self._fields]

    def run(self, **late: object) -> None:
        """`late` names columns of which the values were not known before."""
        here = database()
        for name, value in late.items():
            setattr(self._row, name, value)
        if late:
            self._given = [
                field.get_db_prep_save(late[field.attname], here) if field.attname in late else value
                for field, value in zip(self._fields, self._given, strict=True)
            ]
        self._row.pk = run(here, self._text, self._given, _KEY[here.vendor])
        self._row._state.adding, self._row._state.db = False, here.alias


# SQLite tells the key of the newest row; PostgreSQL is asked for it in the statement.
_KEY: Mapping[str, Callable[[Any], Any]] = {
    "sqlite": attrgetter("lastrowid"),
    "postgresql": lambda cursor: cursor.fetchone()[0],
}


@cache
def _insertion(kind: type[Model], vendor: str) -> tuple[Sequence["Field[Any, Any]"], str]:
    meta, quoted = kind._meta, database().ops.quote_name
    fields = [field for field in meta.concrete_fields if not _is_counted(field)]
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    marks = ", ".join([MARKS[vendor]] * len(fields))
    text = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - of our own names
    return fields, text if vendor == "sqlite" else f"{text} RETURNING {quoted(str(meta.pk.column))}"


def _is_counted(field: "Field[Any, Any]") -> bool:
    """A key that the database counts up itself."""
    return field.primary_key and field.get_internal_type().endswith("AutoField")


def once_for_each_kind_of_database(build: Callable[[], Compiled]) -> Callable[[str], Compiled]:
    return cache(lambda vendor: build())  # noqa: ARG005 - the key under which it is kept


def database() -> Any:
    """This thread's connection itself: Django's `connection` looks it up anew for each attribute."""
    return connections[DEFAULT_DB_ALIAS]


def run(here: Any, text: str, given: Sequence[Any], take: Callable[[Any], Any]) -> Any:
    if here.vendor == "sqlite":
        return here.straight(text, given, take)
    with here.cursor() as cursor:
        cursor.execute(text, given)
        return take(cursor)


class Text:
    """The text of a statement, open at the places of its parameters."""

    def __init__(self, text: str, parameters: Sequence[object]) -> None:
        vendor = database().vendor
        self._mark = MARKS[vendor]
        if vendor == "sqlite":
            text, parameters = _with_constants(text, parameters)
        self._pieces, self._parameters = text.split("%s"), parameters
        if vendor == "sqlite":
            self._pieces = [piece.replace("%%", "%") for piece in self._pieces]
        self._text = self._mark.join(self._pieces)

    def filled(self, values: Mapping[str, object], here: Any) -> tuple[str, list[Any]]:
        ready = {name: _prepared(value, here) for name, value in values.items()}
        given = [ready[p.name] if isinstance(p, _Slot) else (p,) for p in self._parameters]
        text = self._text
        if any(len(many) != 1 for many in ready.values()):
            marks = (", ".join([self._mark] * len(many)) or NOTHING for many in given)
            text = "".join(chain(*zip(self._pieces, marks, strict=False), self._pieces[-1:]))
        return text, list(chain.from_iterable(given))


def _with_constants(text: str, parameters: Sequence[object]) -> tuple[str, list[object]]:
    """Writes what never differs into the text. SQLite plans a statement anew at each run when a parameter might meet
    the condition of a partial index, which can cost ten times the reading."""
    pieces, left = text.split("%s"), list[object]()
    made = [pieces[0]]
    for parameter, piece in zip(parameters, pieces[1:], strict=True):
        made.append(_literal(parameter) or "%s")
        if made[-1] == "%s":
            left.append(parameter)
        made.append(piece)
    return "".join(made), left


def _literal(parameter: object) -> str:
    """Empty for what stays a parameter: a value that differs, and any text but the plainest."""
    if isinstance(parameter, bool | int):
        return str(int(parameter))
    is_plain = isinstance(parameter, str) and PLAIN.fullmatch(parameter)
    return f"'{parameter}'" if is_plain else ""


def _prepared(value: object, here: Any) -> Sequence[object]:
    """All of its values, each as the database wants it: SQLite keeps instants and dates as text."""
    if isinstance(value, MANY):
        return [_plain(one, here) if isinstance(one, date) else one for one in value]
    return (_plain(value, here) if isinstance(value, date) else value,)


def _plain(value: date, here: Any) -> object:
    if isinstance(value, datetime):
        return here.ops.adapt_datetimefield_value(value)
    return here.ops.adapt_datefield_value(value)


class _Query:
    """What Django made of a query that reads."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self._compiler = compiler = rows.query.get_compiler(rows.db)
        self._text = Text(*compiler.as_sql())
        select = [column for column, *_ in compiler.select[: compiler.col_count]]
        self._converters = compiler.get_converters(select)
        self._read = _Rows(compiler) if rows._iterable_class is ModelIterable else _tuples

    def run(self, values: Mapping[str, object]) -> list[Any]:
        if any(isinstance(value, int) and value.bit_length() > COLUMN_BITS for value in values.values()):
            return []  # no column holds it, and SQLite's driver fails over it; addresses may name such a number
        here = database()
        found = run(here, *self._text.filled(values, here), methodcaller("fetchall"))
        return list(self._read(self._compiler.apply_converters(found, self._converters))) if found else []


class _Rows:
    """Makes rows as Django's own reader does, with what `select_related` brings along."""

    def __init__(self, compiler: SQLCompiler) -> None:
        kind, select = compiler.klass_info, compiler.select
        self._start, self._end = kind["select_fields"][0], kind["select_fields"][-1] + 1
        self._model, self._alias = kind["model"], database().alias
        self._names = [column.target.attname for column, *_ in select[self._start : self._end]]
        others = kind.get("related_klass_infos", ())
        self._related = [RelatedPopulator(k, select, self._alias) for k in others]  # type: ignore[call-arg]  # Django 6's

    def __call__(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in rows:
            made = self._model.from_db(self._alias, self._names, row[self._start : self._end])
            for populator in self._related:
                populator.populate(row, made)
            yield made


def _tuples(rows: Iterable[Any]) -> Iterator[Any]:
    return map(tuple, rows)


def _change(rows: "QuerySet[Any, Any]", to: dict[str, Any]) -> Text:
    """What Django made of a query that changes rows."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(to)
    return Text(*query.get_compiler(rows.db).as_sql())
