"""Reads a portfolio file, CSV or XLSX, plain or gzipped, into one table within fixed limits."""

import gzip
import io
import zlib

from throughline.adapters.delimited import read_delimited
from throughline.adapters.workbooks import read_workbook
from throughline.core.errors import Refused
from throughline.core.imports.tables import MAX_BYTES, Table, too_large

MAX_UNPACKED = 64 * 1024 * 1024

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TABLES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"7z\xbc\xaf": "an archive",
    b"Rar!": "an archive",
    b"BZh": "an archive",
    b"\xfd7zXZ": "an archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "a database",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"<?xml": "an XML file",
    b"{\\rtf": "a text document",
}
_ADVICE = "Save it as CSV or XLSX and choose that file."


def read_table(
    content: bytes, file_name: str, *, encoding: str = "", delimiter: str = "", sheet: str = ""
) -> Table:
    """The table in this file. What is empty among the last three is found out.

    Raises `Refused` (invalid) for a file of another type, too large, or without a table.
    """
    _check_size(content, MAX_BYTES)
    if content[:2] == b"\x1f\x8b":
        content = _unpacked(content)
    refuse_other_types(content)
    if content[:4] == b"PK\x03\x04":
        return read_workbook(content, file_name, sheet=sheet)
    return read_delimited(content, file_name, encoding=encoding, delimiter=delimiter)


def _check_size(content: bytes, limit: int) -> None:
    if not content:
        raise Refused.field("file", "This file is empty.", "Choose another file.")
    if len(content) > limit:
        raise too_large(limit)


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            inner = packed.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        raise Refused.field("file", "This gzip file is damaged.", "Pack it again.") from None
    if len(inner) > MAX_UNPACKED:
        limit = MAX_UNPACKED // 1024**2
        raise Refused.field(
            "file", f"Unpacked, this file has more than {limit} MiB.", "Split it into several files."
        )
    if inner[:2] == b"\x1f\x8b":
        raise Refused.field("file", "This file is packed twice.", "Pack it once.")
    _check_size(inner, MAX_UNPACKED)
    return inner


def refuse_other_types(content: bytes, *, advice: str = _ADVICE) -> None:
    """Raises `Refused` (invalid) for what begins like no table."""
    if content.startswith(_OLD_OFFICE):
        raise Refused.field(
            "file",
            "This is an old Excel workbook (.xls), or one with a password.",
            "Save it as XLSX without a password.",
        )
    head = content[:64].lstrip().lower()
    for start, name in _NOT_TABLES.items():
        if head.startswith(start.lower()):
            raise Refused.field("file", f"This is {name}, not a table.", advice)
