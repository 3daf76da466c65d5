"""Statements asked as one: what a dossier gathers from many tables in one question to the database."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import itemgetter, methodcaller
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.db.models.query import ValuesListIterable

from throughline.queries.statements import (
    Statement,
    Text,
    database,
    once_for_each_kind_of_database,
    run,
)

Fact = TypeVar("Fact")
Other = TypeVar("Other")
Make = Callable[[list[Any], datetime], dict[int, Fact]]
EMPTY = {"sqlite": "NULL", "postgresql": "CAST(NULL AS {kind})"}
WIDEST = {
    "varchar": "text", "char": "text", "smallint": "bigint", "integer": "bigint", "serial": "bigint",
    "bigserial": "bigint",
}  # fmt: skip


class Facts(Generic[Fact]):
    """What one noun brings to a dossier, by model id: statements that read about the models `ids` as it was recorded by
    the instant `at`, and a function that makes facts of all their rows, which come in no order."""

    def __init__(self, make: Make[Fact], *statements: Statement[Any]) -> None:
        self.make, self.statements = make, statements
        self.__doc__ = make.__doc__

    def __call__(self, ids: Collection[int], at: datetime) -> dict[int, Fact]:
        return self.make([*chain(*(one(ids=list(ids), at=at) for one in self.statements))], at)


class Gathering:
    """The facts of several nouns about the same models, in one statement."""

    def __init__(self, *nouns: Facts[Any]) -> None:
        self.nouns = nouns
        self._asked = Together(*(statement for noun in nouns for statement in noun.statements))

    def __call__(self, ids: Collection[int], at: datetime) -> "Gathered":
        read = iter(self._asked(ids=list(ids), at=at))
        rows = {noun: [*chain(*(next(read) for _ in noun.statements))] for noun in self.nouns}
        return Gathered({noun: noun.make(found, at) for noun, found in rows.items()})


class Gathered:
    def __init__(self, facts: dict[Facts[Any], dict[int, Any]]) -> None:
        self._facts = facts

    def of(self, noun: Facts[Fact], model_id: int, otherwise: Other) -> Fact | Other:
        """What a noun knows of one model, or else what is given."""
        return self.all(noun).get(model_id, otherwise)

    def all(self, noun: Facts[Fact]) -> dict[int, Fact]:
        """By model id; models of which it knows nothing are left out."""
        return self._facts[noun]


class Together:
    """Statements that read tuples, asked as one: one question to the database, however many they are.

    The rows of each come apart, in no order: none of them may ask for one.
    """

    def __init__(self, *asked: Statement[Any]) -> None:
        self._compiled = once_for_each_kind_of_database(lambda: _Union([one.build() for one in asked]))

    def __call__(self, **values: object) -> list[list[Any]]:
        """The rows of each statement, in the order of the statements."""
        found: list[list[Any]] = self._compiled(database().vendor).run(values)
        return found


class _Union:
    """Every branch puts its columns where the union has a place of their kind and leaves the other places empty, since
    PostgreSQL unites columns of one kind only. Values come as they are, without a detour by text."""

    def __init__(self, queries: Sequence[QuerySet[Any, Any]]) -> None:
        self._branches = [_Branch(rows) for rows in queries]
        places = _places(branch.kinds for branch in self._branches)
        for number, branch in enumerate(self._branches):
            branch.settle(number, places)
        text = " UNION ALL ".join(branch.text for branch in self._branches)
        self._text = Text(text, [given for branch in self._branches for given in branch.parameters])

    def run(self, values: Mapping[str, object]) -> list[list[Any]]:
        here = database()
        found: list[list[Any]] = [[] for _ in self._branches]
        for row in run(here, *self._text.filled(values, here), methodcaller("fetchall")):
            found[row[0]].append(row)
        return [branch.read(rows) for branch, rows in zip(self._branches, found, strict=True)]


class _Branch:
    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        if rows.ordered or not issubclass(rows._iterable_class, ValuesListIterable):
            raise ValueError(f"Only tuples in no order can be asked for together: {rows.model.__name__}.")
        self._compiler = compiler = rows.query.get_compiler(rows.db)
        self._inner, self.parameters = compiler.as_sql(with_col_aliases=True)
        select = [column for column, *_ in compiler.select[: compiler.col_count]]
        self._names = [f"branch.{database().ops.quote_name(name)}" for *_, name in compiler.select]
        self._converters = compiler.get_converters(select)
        self.kinds = [_kind(column) for column in select]
        self.text = ""

    def settle(self, number: int, places: Sequence[str]) -> None:
        """Where its columns stand in the union: each at the next place of its kind."""
        open_places: dict[str, Iterator[int]] = {
            kind: iter([at for at, other in enumerate(places) if other == kind]) for kind in set(self.kinds)
        }
        at_places = [next(open_places[kind]) for kind in self.kinds]
        columns = [EMPTY[database().vendor].format(kind=kind) for kind in places]
        for at, name in zip(at_places, self._names, strict=True):
            columns[at] = name
        self._take = itemgetter(*(at + 1 for at in at_places))
        self.text = f"SELECT {number}, {', '.join(columns)} FROM ({self._inner}) branch"  # noqa: S608 - of our own names

    def read(self, rows: Iterable[Any]) -> list[Any]:
        return [
            tuple(row) for row in self._compiler.apply_converters(map(self._take, rows), self._converters)
        ]


def _kind(column: Any) -> str:
    """Of what kind the database keeps a column; texts and whole numbers of any length are one kind each."""
    kind = str(column.output_field.db_type(database())).partition("(")[0]
    return WIDEST.get(kind, kind)


def _places(kinds_of_branches: Iterable[Sequence[str]]) -> list[str]:
    """Of each kind as many as the branch has that needs most of them."""
    most: Counter[str] = Counter()
    for kinds in kinds_of_branches:
        most |= Counter(kinds)
    return list(most.elements())
