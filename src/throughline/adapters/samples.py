"""The first rows of a table that is shown to stakeholders, from CSV or Parquet, as text; nothing in it is run."""

import shutil
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.delimited import first_records
from throughline.adapters.tables import refuse_other_types
from throughline.core.errors import Refused
from throughline.core.imports.tables import distinct_headings, storable
from throughline.core.outputs import SAMPLE_ROWS, Sample

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_COLUMNS = 200
MAX_CELL = 300
MAX_CHARACTERS = 500_000
HEAD_BYTES = 4_000_000
PARQUET_SECONDS = 15
_PARQUET = b"PAR1"
_ADVICE = "Save it as CSV or Parquet and choose that file."
# The file is read by a database of its own: one thread, little memory, no network, no other file, no extensions.
_LOCKED = (
    "SET threads=1",
    "SET memory_limit='512MB'",
    "SET temp_directory=''",
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
)


def read_sample(path: Path) -> Sample:
    """The first rows of this file; its content says what it is, its name does not matter.

    Raises `Refused` (invalid) for a file of another type, a damaged one, or one without rows.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        is_whole = not file.read(1)
    if not head:
        raise Refused.field("file", "This file is empty.", "Choose another file.")
    if head.startswith(_PARQUET):
        return _from_parquet(path)
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise Refused.field("file", "This is a packed file or a workbook.", _ADVICE)
    refuse_other_types(head, advice=_ADVICE)
    return _from_text(head, is_whole=is_whole)


def _from_text(head: bytes, *, is_whole: bool) -> Sample:
    records = first_records(head, SAMPLE_ROWS + 2, is_whole=is_whole)
    if not records:
        raise Refused.field("file", "This file holds no table.", "Choose a file with headings and rows.")
    heading, *rows = records
    width = max(len(cells) for cells in records)
    columns, _ = distinct_headings([*heading, *[""] * (width - len(heading))], named=len(heading))
    total = len(rows) if is_whole and len(rows) <= SAMPLE_ROWS else None
    shown = ([*cells, *[""] * (width - len(cells))] for cells in rows[:SAMPLE_ROWS])
    return _sample(columns, shown, total)


def _from_parquet(path: Path) -> Sample:
    """From a copy under a name of our own, so that nothing in a name is taken for a pattern."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="throughline-sample-") as folder:
        copy = Path(folder) / "sample.parquet"
        shutil.copyfile(path, copy)
        with duckdb.connect(":memory:") as connection:
            watch = threading.Timer(PARQUET_SECONDS, connection.interrupt)
            watch.start()
            try:
                return _queried(connection, copy)
            except duckdb.InterruptException:
                why = f"This file takes longer than {PARQUET_SECONDS} seconds to read."
                raise Refused.field("file", why, "Share the first rows only.") from None
            except duckdb.Error as error:
                why = f"This Parquet file cannot be read ({_said(error)})."
                raise Refused.field("file", why, "Write it again, or save it as CSV.") from None
            finally:
                watch.cancel()


def _queried(connection: "DuckDBPyConnection", copy: Path) -> Sample:
    name = str(copy)
    quoted = name.replace("'", "''")
    for setting in (*_LOCKED, f"SET allowed_paths=['{quoted}']", "SET enable_external_access=false"):
        connection.execute(setting)
    connection.execute("SET lock_configuration=true")
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [name]).fetchall()
    _check_width(len(described))
    columns, _ = distinct_headings([storable(str(row[0])) for row in described], named=len(described))
    rows = connection.execute(
        "SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?) LIMIT ?", [name, SAMPLE_ROWS]
    ).fetchall()
    counted = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [name]).fetchone()
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return _sample(columns, cells, int(counted[0]) if counted else None)


def _sample(columns: Sequence[str], rows: Iterable[Sequence[str]], total: int | None) -> Sample:
    """Within the caps: long cells are cut, and there are fewer rows where they would be too much to show."""
    _check_width(len(columns))
    kept: list[tuple[str, ...]] = []
    notes: list[str] = []
    characters, cut = 0, 0
    for row in rows:
        cells = tuple(_cell(cell) for cell in row)
        cut += sum(len(cell) > MAX_CELL for cell in row)
        characters += sum(map(len, cells))
        if characters > MAX_CHARACTERS:
            notes.append(f"Only {len(kept)} rows are shown, because they are long.")
            break
        kept.append(cells)
    if not kept:
        raise Refused.field("file", "This file has no rows to show.", "Choose a file with data.")
    if cut:
        said = "1 cell is" if cut == 1 else f"{cut:,} cells are"
        notes.append(f"{said} cut after {MAX_CELL} characters.")
    return Sample(tuple(columns), tuple(kept), total, tuple(notes))


def _cell(text: str) -> str:
    plain = "".join(
        sign if sign.isprintable() or sign == "\n" else " " for sign in storable(text[: MAX_CELL + 1])
    )
    return plain if len(plain) <= MAX_CELL else f"{plain[: MAX_CELL - 1]}…"


def _check_width(columns: int) -> None:
    if columns > MAX_COLUMNS:
        why = f"This table has {columns:,} columns; up to {MAX_COLUMNS} can be shown."
        raise Refused.field("file", why, "Share the columns that matter, or attach it as a file.")


def _said(error: Exception) -> str:
    """The first line, without the path of the copy."""
    line = str(error).splitlines()[0] if str(error) else "damaged"
    return line.split(" '/")[0].split(' "/')[0][:120]
