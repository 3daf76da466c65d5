"""Reads CSV, Parquet and JSON files and DuckDB files on this machine, by a confined DuckDB."""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.engines.base import (
    EngineDown,
    EngineFailed,
    Limits,
    Opened,
    Relation,
    Stored,
    TableMissing,
)
from throughline.adapters.engines.confined import confined, named, rows_of
from throughline.adapters.engines.duck_files import relation_of
from throughline.adapters.engines.places import Files, find_files
from throughline.core.contracts.documents import Contract, Table
from throughline.core.places import Place, PlaceKind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class OpenTable:
    """Data that is open for reading. `source` stands after FROM; `columns` are as the data holds them (`type` is
    DuckDB's word; for CSV every one is VARCHAR with `is_text_only`). `files` are what is read."""

    connection: "DuckDBPyConnection"
    source: str
    columns: Sequence[Stored]
    files: Sequence[Path]
    note: str = ""

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Raises `EngineDown` when time is used up, `EngineFailed` for all else, in words."""
        return rows_of(self.connection, statement)


@contextlib.contextmanager
def open_files(
    place: Place,
    *,
    folders: Sequence[Path],
    memory_mb: int,
    seconds: float,
    threads: int = 2,
    table: str = "",
) -> Iterator[OpenTable]:
    """One table of a place of the kind `files` or `duckdb`, open on a confined connection until the block ends.

    `folders` are what may be read (settings.DATA_FOLDERS, or the folder of an uploaded file alone); `memory_mb` is for
    the process, `seconds` for all statements together. `table` stands for `{model}` in the path, and names the table of
    a DuckDB file where the place does not. Raises `EngineFailed` with a sentence and what to do; nothing is executed
    before the connection is locked. One statement after the other: the connection is not for several threads.
    """
    files = find_files(place, folders=folders, table=table)
    if place.kind is PlaceKind.DUCKDB:
        database = one_database(files)
        with confined(
            (), memory_mb=memory_mb, seconds=seconds, threads=threads, database=database
        ) as connection:
            relation = table_of(connection, place, place.table or table)
            yield OpenTable(connection, relation.sql, relation.columns, files.paths, relation.note)
        return
    with confined(files.paths, memory_mb=memory_mb, seconds=seconds, threads=threads) as connection:
        relation = relation_of(connection, files)
        yield OpenTable(connection, relation.sql, relation.columns, files.paths, relation.note)


def one_database(files: Files) -> Path:
    if len(files.paths) != 1:
        raise EngineFailed("A DuckDB database is one file.", "Name that file.")
    return files.paths[0]


def table_of(connection: "DuckDBPyConnection", place: Place, table: str) -> Relation:
    """A table or view of a DuckDB file by its name, upper and lower case aside where that is unambiguous."""
    rows = rows_of(
        connection,
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_catalog = current_database() ORDER BY table_schema, table_name, ordinal_position",
    )
    known = list(dict.fromkeys((str(row[0]), str(row[1])) for row in rows))
    wanted = [one for one in known if one[0] == (place.schema or one[0])]
    matches = [one for one in wanted if one[1] == table] or [
        one for one in wanted if one[1].lower() == table.lower()
    ]
    if not table and len(wanted) == 1:
        matches = wanted
    if len(matches) != 1:
        names = ", ".join(name for _, name in wanted[:8]) or "none"
        problem = "There is no table" if not matches else "There are several tables"
        raise TableMissing(f"{problem} “{table[:80]}” in this database.", f"It holds: {names}.")
    schema, name = matches[0]
    columns = [Stored(str(row[2]), str(row[3])) for row in rows if (row[0], row[1]) == (schema, name)]
    return Relation(f"{named(schema)}.{named(name)}", columns, parts=(schema, name))


class DuckEngine:
    """Tables of a contract in files, or in one DuckDB file, on one confined connection."""

    name = "duckdb"
    dialect = "duckdb"

    def __init__(
        self, connection: "DuckDBPyConnection", place: Place, found: "Found", deadline: float
    ) -> None:
        self._connection = connection
        self._place = place
        self._found = found
        self._deadline = deadline
        self._views = 0

    def open(self, table: Table) -> Opened:
        """Files are given a view, so that a query can name them; what they hold is not looked at yet."""
        if self._place.kind is PlaceKind.DUCKDB:
            relation = self._stored(table)
            return Opened(relation.parts, relation.columns)
        files = self._found[table.name]
        if isinstance(files, EngineFailed):
            raise files
        relation = relation_of(self._connection, files)
        view = f"t{self._views}"
        self._views += 1
        rows_of(self._connection, f"CREATE TEMP VIEW {view} AS SELECT * FROM {relation.sql}")  # noqa: S608  ours
        return Opened((view,), relation.columns)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        if time.monotonic() >= self._deadline:
            raise EngineDown("Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS.")
        return rows_of(self._connection, statement)

    def _stored(self, table: Table) -> Relation:
        if self._place.table:
            return table_of(self._connection, self._place, self._place.table)
        try:
            return table_of(self._connection, self._place, table.stored_name)
        except TableMissing:
            return table_of(self._connection, self._place, table.name)


Found = dict[str, Files | EngineFailed]


@contextlib.contextmanager
def open_duck(place: Place, contract: Contract, limits: Limits, _: Mapping[str, str]) -> Iterator[DuckEngine]:
    """Raises `EngineFailed` where nothing at all can be opened."""
    deadline = time.monotonic() + limits.seconds
    open_one = partial(confined, memory_mb=limits.memory_mb, threads=limits.threads, seconds=limits.seconds)
    if place.kind is PlaceKind.DUCKDB:
        database = one_database(find_files(place, folders=limits.folders))
        with open_one((), database=database) as connection:
            yield DuckEngine(connection, place, {}, deadline)
        return
    found = find_tables(place, contract, limits.folders)
    paths = [path for files in found.values() if isinstance(files, Files) for path in files.paths]
    with open_one(paths) as connection:
        yield DuckEngine(connection, place, found, deadline)


def find_tables(place: Place, contract: Contract, folders: Sequence[Path]) -> Found:
    """The files of each table, or why there are none: one path serves one table, `{model}` in it serves many."""
    found: Found = {}
    serves_many = "{" in place.path
    for table in contract.tables:
        try:
            if len(contract.tables) > 1 and not serves_many:
                raise EngineFailed(
                    f"The contract has {len(contract.tables)} tables, and the path names one place for all of them.",
                    "Write {model} in the path where the name of the table stands.",
                )
            found[table.name] = _files_of(place, table, folders)
        except EngineFailed as failure:
            found[table.name] = failure
    return found


def _files_of(place: Place, table: Table, folders: Sequence[Path]) -> Files:
    """Under the name in the data, else under the name in the contract."""
    try:
        return find_files(place, folders=folders, table=table.stored_name)
    except TableMissing:
        if table.name == table.stored_name:
            raise
        return find_files(place, folders=folders, table=table.name)
