"""Reads CSV, Parquet and JSON files and DuckDB files on this machine, by a confined DuckDB."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.engines.base import EngineFailed, Relation, Stored
from throughline.adapters.engines.confined import confined, named, rows_of
from throughline.adapters.engines.duck_files import relation_of
from throughline.adapters.engines.places import Files, find_files
from throughline.core.places import Place, PlaceKind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class OpenData:
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
) -> Iterator[OpenData]:
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
            yield OpenData(connection, relation.sql, relation.columns, files.paths, relation.note)
        return
    with confined(files.paths, memory_mb=memory_mb, seconds=seconds, threads=threads) as connection:
        relation = relation_of(connection, files)
        yield OpenData(connection, relation.sql, relation.columns, files.paths, relation.note)


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
        raise EngineFailed(f"{problem} “{table[:80]}” in this database.", f"It holds: {names}.")
    schema, name = matches[0]
    columns = [Stored(str(row[2]), str(row[3])) for row in rows if (row[0], row[1]) == (schema, name)]
    return Relation(f"{named(schema)}.{named(name)}", columns)


def remaining(deadline: float) -> float:
    """Seconds until a moment of the monotonic clock, at least 0."""
    return max(deadline - time.monotonic(), 0)
