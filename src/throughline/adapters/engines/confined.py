"""A DuckDB of its own for one reading: named files only, no network, no extensions, little memory, a time limit."""

import contextlib
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.engines.base import EngineDown, EngineFailed, shortened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What the process needs beside the data: the interpreter, DuckDB's code, the compiler of statements.
OVERHEAD_MB = 110
LEAST_MB = 64
MOST_ON_DISK = "20GB"
_CSV_FAULTS = {
    "unterminated quote": "A quotation mark is not closed.",
    "Invalid unicode": "It is not UTF-8.",
    "Maximum line size": "It is too long.",
}


@contextlib.contextmanager
def confined(
    paths: Sequence[Path], *, memory_mb: int, seconds: float, threads: int = 2, database: Path | None = None
) -> "Iterator[DuckDBPyConnection]":
    """A locked connection that can open `paths` alone, or the one `database`, read-only.

    `memory_mb` is for the whole process; what does not fit is put aside on disk and removed afterwards. After `seconds`
    whatever runs is interrupted. Raises `EngineFailed` for a file that is no database.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="throughline-engine-") as aside:
        try:
            connection = duckdb.connect(str(database) if database else ":memory:", read_only=bool(database))
        except duckdb.Error as error:
            raise EngineFailed("This is not a DuckDB file that can be read.", shortened(error, 120)) from None
        watch = threading.Timer(max(seconds, 0), connection.interrupt)
        watch.daemon = True
        try:
            for setting in _settings(paths, Path(aside), max(memory_mb - OVERHEAD_MB, LEAST_MB), threads):
                connection.execute(setting)
            watch.start()
            yield connection
        finally:
            watch.cancel()
            connection.close()


def _settings(paths: Sequence[Path], aside: Path, memory_mb: int, threads: int) -> list[str]:
    listed = ", ".join(quoted(str(path)) for path in paths)
    return [
        f"SET threads={threads:d}",
        f"SET memory_limit='{memory_mb:d}MB'",
        f"SET temp_directory={quoted(str(aside))}",
        f"SET max_temp_directory_size='{MOST_ON_DISK}'",
        "SET preserve_insertion_order=false",
        "SET autoinstall_known_extensions=false",
        "SET autoload_known_extensions=false",
        "SET TimeZone='UTC'",
        f"SET allowed_paths=[{listed}]",
        "SET enable_external_access=false",
        "SET lock_configuration=true",
    ]


def rows_of(connection: "DuckDBPyConnection", statement: str) -> list[tuple[object, ...]]:
    """Every row. Raises `EngineDown` when time or memory is used up, else `EngineFailed`, with what DuckDB said."""
    import duckdb

    try:
        return connection.execute(statement).fetchall()
    except duckdb.InterruptException:
        raise EngineDown(
            "Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS."
        ) from None
    except duckdb.OutOfMemoryException as error:
        raise EngineFailed(
            f"Reading needs more memory or disk than is allowed ({shortened(error, 120)}).",
            "Raise THROUGHLINE_ENGINE_MEMORY_MB, or run the contract where the data lies.",
        ) from None
    except duckdb.Error as error:
        raise EngineFailed(_in_words(str(error))) from None


def _in_words(said: str) -> str:
    """DuckDB's message without the record it quotes: what a row holds is not for everybody."""
    line = re.search(r"CSV Error on Line: (\d+)", said)
    if not line:
        # A value that does not convert is quoted too.
        shown = re.sub(r"'[^']*'|\"[^\"]*\"", "…", said) if said.startswith("Conversion Error") else said
        return f"DuckDB says: {shortened(shown)}"
    width = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", said)
    if width:
        return f"Line {line[1]} of the CSV file has {width[2]} cells where {width[1]} are expected."
    reason = next(
        (why for sign, why in _CSV_FAULTS.items() if sign in said), "It does not follow the format."
    )
    return f"Line {line[1]} of the CSV file cannot be read. {reason}"


def quoted(text: str) -> str:
    """As a literal in SQL."""
    return "'" + text.replace("'", "''") + "'"


def named(text: str) -> str:
    """As a name in SQL."""
    return '"' + text.replace('"', '""') + '"'
