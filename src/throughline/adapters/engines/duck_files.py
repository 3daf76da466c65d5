"""How DuckDB reads files of each format, with the types that the files themselves hold and no guess beside."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.delimited import find_delimiter
from throughline.adapters.engines.base import EngineFailed, Relation, Stored
from throughline.adapters.engines.confined import named, quoted, rows_of
from throughline.adapters.engines.places import Files
from throughline.core.imports.tables import distinct_headings
from throughline.core.places import FileFormat

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HEAD_BYTES = 1_000_000
MAX_STORED_COLUMNS = 10_000
LONGEST_LINE = 16_000_000
# JSON has no dates and no identifiers of its own: DuckDB's guesses about text are taken back.
_GUESSED = ("DATE", "TIME", "UUID", "INTERVAL")


def relation_of(connection: "DuckDBPyConnection", files: Files) -> Relation:
    """Raises `EngineFailed` where the files cannot be read as one table."""
    listed = "[" + ", ".join(quoted(str(path)) for path in files.paths) + "]"
    partitions = partitions_of(files)
    if files.format is FileFormat.PARQUET:
        relation = _parquet(connection, files, listed, partitions)
    elif files.format is FileFormat.CSV:
        relation = _csv(files, listed, partitions)
    else:
        relation = _json(connection, listed, partitions)
    if len(relation.columns) > MAX_STORED_COLUMNS:
        raise EngineFailed(f"The data has more than {MAX_STORED_COLUMNS:,} columns.")
    return relation


def _parquet(
    connection: "DuckDBPyConnection", files: Files, listed: str, partitions: Sequence[str]
) -> Relation:
    _refuse_unlike(connection, files, listed)
    return _described(connection, f"read_parquet({listed}, {_hive(partitions)})", partitions, is_json=False)


def _refuse_unlike(connection: "DuckDBPyConnection", files: Files, listed: str) -> None:
    """Files of different types would be cast to those of the first, and so be judged as what they are not."""
    if len(files.paths) == 1:
        return
    statement = f"""
        SELECT name, string_agg(DISTINCT duckdb_type, ' and ' ORDER BY duckdb_type), count(DISTINCT duckdb_type)
        FROM parquet_schema({listed}) WHERE duckdb_type IS NOT NULL GROUP BY name
        HAVING count(DISTINCT duckdb_type) > 1 OR count(DISTINCT file_name) < {len(files.paths)}
        ORDER BY name LIMIT 1"""  # noqa: S608  the names are literals, quoted
    for name, types, kinds in rows_of(connection, statement):
        what = f"is {types}, depending on the file" if int(str(kinds)) > 1 else "is not in every file"
        raise EngineFailed(
            f"The files differ: the column {name} {what}.", "Test files of one shape together."
        )


def _json(connection: "DuckDBPyConnection", listed: str, partitions: Sequence[str]) -> Relation:
    options = f"sample_size=-1, maximum_object_size={LONGEST_LINE}, {_hive(partitions)}"
    guessed = _described(connection, f"read_json({listed}, {options})", partitions, is_json=True)
    plain = [
        Stored(one.name, "VARCHAR", is_text_only=one.is_text_only, is_json=True)
        if one.type.startswith(_GUESSED)
        else one
        for one in guessed.columns
    ]
    own = [one for one in plain if one.name not in partitions]
    if plain == list(guessed.columns):
        return guessed
    shape = ", ".join(f"{quoted(one.name)}: {quoted(one.type)}" for one in own)
    options = f"maximum_object_size={LONGEST_LINE}, {_hive(partitions)}"
    return Relation(f"read_json({listed}, columns={{{shape}}}, {options})", plain)


def _csv(files: Files, listed: str, partitions: Sequence[str]) -> Relation:
    """Every cell as text. The headings of all files must be the same; a record of another width is refused."""
    headings: dict[tuple[str, ...], Path] = {}
    delimiters: dict[str, Path] = {}
    for path in files.paths:
        cells, delimiter = headings_of(path)
        headings.setdefault(cells, path)
        delimiters.setdefault(delimiter, path)
    if len(headings) > 1 or len(delimiters) > 1:
        first, second, *_ = headings.values() if len(headings) > 1 else delimiters.values()
        raise EngineFailed(
            f"The files differ: {second.name[:80]} has other headings than {first.name[:80]}.",
            "Test files of one shape together.",
        )
    cells = next(iter(headings))
    names, _ = distinct_headings(list(cells), named=len(cells))
    delimiter = next(iter(delimiters))
    shape = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    sql = (
        f"read_csv({listed}, auto_detect=false, header=true, delim={quoted(delimiter)}, quote='\"', escape='\"', "
        f"strict_mode=true, null_padding=false, allow_quoted_nulls=false, nullstr='', "
        f"max_line_size={LONGEST_LINE}, columns={{{shape}}}, {_hive(partitions)})"
    )
    columns = [Stored(name, "VARCHAR", is_text_only=True) for name in (*names, *partitions)]
    return Relation(sql, columns, note="CSV has no types: every cell is read as text.")


def headings_of(path: Path) -> tuple[tuple[str, ...], str]:
    if path.name.lower().endswith((".gz", ".zst")):
        raise EngineFailed("Packed CSV files are not read.", "Unpack it, or write Parquet.")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip():
        raise EngineFailed(f"{path.name[:80]} is empty.")
    if b"\0" in head:
        raise EngineFailed(f"{path.name[:80]} is not text in UTF-8.", "Save it as UTF-8.")
    whole = head if len(head) < HEAD_BYTES else head[: head.rfind(b"\n") + 1] or head
    try:
        text = whole.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EngineFailed(
            f"{path.name[:80]} is not UTF-8: byte {error.start:,} does not fit.", "Save it as UTF-8."
        ) from None
    delimiter = find_delimiter(text)
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise EngineFailed(f"The headings of {path.name[:80]} cannot be read ({error}).") from None
    if not any(cell.strip() for cell in cells):
        raise EngineFailed(f"{path.name[:80]} has no headings in its first line.")
    return tuple(cells), delimiter


def _described(
    connection: "DuckDBPyConnection", sql: str, partitions: Sequence[str], *, is_json: bool
) -> Relation:
    rows = rows_of(connection, f"DESCRIBE SELECT * FROM {sql}")  # noqa: S608  written above
    columns = [
        Stored(str(row[0]), str(row[1]), is_text_only=str(row[0]) in partitions, is_json=is_json)
        for row in rows
    ]
    return Relation(sql, columns)


def partitions_of(files: Files) -> list[str]:
    """Columns that stand in the names of the folders (`year=2026/`), the same for every file."""
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for path in files.paths:
        inner = path.parent.relative_to(files.base) if path.is_relative_to(files.base) else Path()
        found[tuple(part.partition("=")[0] for part in inner.parts if "=" in part)] += 1
    if len(found) > 1:
        raise EngineFailed("Some files lie in folders named column=value, and some do not.")
    return list(next(iter(found)))


def _hive(partitions: Sequence[str]) -> str:
    """What a folder's name says is text, as its author wrote it."""
    if not partitions:
        return "hive_partitioning=false"
    shape = ", ".join(f"{named(name)}: VARCHAR" for name in partitions)
    return f"hive_partitioning=true, hive_types={{{shape}}}"
