"""Finds the files that a place names, none outside the allowed folders, and how their rows are to be read."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from throughline.adapters.delimited import delimiter_of, first_records
from throughline.adapters.profiling import ProfileStopped
from throughline.core.errors import Refused
from throughline.core.imports.tables import distinct_headings
from throughline.core.places import FileFormat, Place, PlaceKind

MOST_FILES = 10_000
HEAD_BYTES = 1_000_000
_DUCKDB_AT, _DUCKDB = 8, b"DUCK"
_PARQUET = b"PAR1"
_PACKED = {b"PK\x03\x04": "a workbook or a packed file", b"\x1f\x8b": "a packed file"}


@dataclass(frozen=True)
class Table:
    """`source` is what stands after FROM; its parameters are quoted in it. `is_text` where every value is text that
    waits to be understood."""

    source: str
    files: tuple[str, ...]
    bytes: int | None
    is_text: bool = False
    attached: str = ""


def found_files(place: Place, folders: Sequence[Path]) -> tuple[str, ...]:
    """Real paths, each below an allowed folder when all links are followed. Raises `ProfileStopped`."""
    if not folders:
        raise ProfileStopped(
            "No folder is allowed from which data may be read. Your administrator names them (THROUGHLINE_DATA_FOLDERS)."
        )
    given = place.path.replace("{model}", place.table)
    found: list[str] = []
    for folder in folders:
        found += _below(given, folder)
        if found:
            break
    if not found:
        raise ProfileStopped(
            f"There is no file at “{place.path}” in the folders from which data may be read."
        )
    if len(found) > MOST_FILES:
        raise ProfileStopped(f"“{place.path}” names more than {MOST_FILES:,} files.")
    return tuple(sorted(found))


def _below(given: str, folder: Path) -> list[str]:
    root = folder.resolve()
    wanted = given if os.path.isabs(given) else str(root / given)
    if ".." in Path(given).parts:
        raise ProfileStopped(f"“{given}” leads out of its folder. Name the file by its own path.")
    if os.path.isdir(wanted):
        wanted = os.path.join(glob.escape(wanted), "**", "*")
    elif os.path.exists(wanted):
        wanted = glob.escape(wanted)
    found: list[str] = []
    for path in glob.iglob(wanted, recursive=True):
        if not os.path.isfile(path) or os.path.basename(path).startswith(("_", ".")):
            continue
        real = Path(path).resolve()
        if not real.is_relative_to(root):
            if os.path.isabs(given) and not Path(path).is_relative_to(root):
                return []  # of another folder, perhaps
            raise ProfileStopped(
                f"“{os.path.basename(path)}” is a link to a place from which nothing may be read. Put the file itself there."
            )
        found.append(str(real))
        if len(found) > MOST_FILES:
            break
    return found


def table_of(place: Place, files: Sequence[str]) -> Table:
    """How the files are read, by what they begin with. Raises `ProfileStopped`."""
    size = sum(os.path.getsize(one) for one in files)
    heads = [_head(one) for one in files]
    if not any(heads):
        raise ProfileStopped("The file is empty: it has neither a heading nor a row.")
    if place.kind is PlaceKind.DUCKDB or heads[0][_DUCKDB_AT : _DUCKDB_AT + 4] == _DUCKDB:
        if len(files) > 1 or heads[0][_DUCKDB_AT : _DUCKDB_AT + 4] != _DUCKDB:
            raise ProfileStopped("This is not one DuckDB database file.")
        return Table("", tuple(files), None, attached=place.table)
    _refuse_packed(heads)
    form = place.format or _form(heads[0])
    names = f"[{', '.join(map(quoted_text, files))}]"
    if form is FileFormat.PARQUET:
        return Table(
            f"read_parquet({names}, hive_partitioning=false, union_by_name=true)", tuple(files), size
        )
    if form is FileFormat.JSON:
        read = f"read_json({names}, sample_size=-1, maximum_object_size=16000000, union_by_name=true)"
        return Table(read, tuple(files), size)
    return Table(_delimited(files, heads, names), tuple(files), size, is_text=True)


def _delimited(files: Sequence[str], heads: Sequence[bytes], names: str) -> str:
    """Told exactly how to read it: left to guess, the engine would rather skip lines than say that they do not fit."""
    columns, delimiter = _heading(files[0], heads[0])
    for name, head in zip(files[1:], heads[1:], strict=True):
        if _heading(name, head) != (columns, delimiter):
            why = f"{os.path.basename(name)} has another heading than {os.path.basename(files[0])}."
            raise ProfileStopped(f"{why} Files of one table have the same columns in the same order.")
    typed = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({names}, auto_detect=false, delim={quoted_text(delimiter)}, quote='\"', escape='\"', header=true, "
        f"columns={{{typed}}}, nullstr='', hive_partitioning=false)"
    )


def _heading(path: str, head: bytes) -> tuple[tuple[str, ...], str]:
    is_whole = os.path.getsize(path) <= len(head)
    try:
        records = first_records(head, 1, is_whole=is_whole)
    except Refused as refusal:
        raise ProfileStopped(str(refusal)) from None
    if not records:
        raise ProfileStopped("The file has no heading: a table of text begins with the names of its columns.")
    columns, _ = distinct_headings(list(records[0]), named=len(records[0]))
    return tuple(columns), delimiter_of(head.decode("utf-8", errors="replace"))


def _head(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)


def _form(head: bytes) -> FileFormat:
    if head.startswith(_PARQUET):
        return FileFormat.PARQUET
    begin = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return FileFormat.JSON if begin in (b"{", b"[") else FileFormat.CSV


def _refuse_packed(heads: Sequence[bytes]) -> None:
    for head in heads:
        for begin, what in _PACKED.items():
            if head.startswith(begin):
                raise ProfileStopped(f"This is {what}. Save the table as CSV, Parquet or JSON.")


def quoted_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
