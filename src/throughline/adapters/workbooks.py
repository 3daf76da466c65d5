"""XLSX workbooks: checked by declared size before they are opened, then read as a stream of rows."""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from throughline.core.errors import Refused
from throughline.core.imports.tables import MAX_COLUMNS, MAX_ROWS, Record, Source, Table, build_table

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MAX_UNPACKED = 64 * 1024 * 1024
MAX_ENTRIES = 2_000
BLANK_ROWS_READ = 1_000

_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(content: bytes, file_name: str, *, sheet: str = "") -> Table:
    has_formulas = _check_archive(content)
    book = _opened(content, values=True)
    try:
        names = tuple(str(name) for name in book.sheetnames if hasattr(book[name], "iter_rows"))
        chosen = _chosen_sheet(book, names, sheet)
        notes = [f"Read from the sheet “{chosen}”."]
        if others := [name for name in names if name != chosen]:
            notes.append(f"Other sheets were left alone: {', '.join(others[:10])}.")
        if has_formulas and (unsaved := _formulas_without_value(content, chosen)):
            notes.append(
                f"{unsaved:,} formulas have no stored value and read as empty. "
                "Open and save the file in a spreadsheet program."
            )
        source = Source(file_name, "xlsx", sheet=chosen, sheets=names, notes=tuple(notes))
        return build_table(_guarded(_records(book, chosen)), source)
    finally:
        book.close()


def _check_archive(content: bytes) -> bool:
    """Whether any sheet has formulas. Refuses archives by what they declare, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise Refused.field(
                    "file",
                    f"Unpacked, it exceeds {MAX_UNPACKED // 1024**2} MiB or {MAX_ENTRIES:,} parts.",
                    "Save only the sheet with the portfolio, or save it as CSV.",
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise Refused.field(
                    "file", "This archive is not an Excel workbook.", "Save the table as CSV or XLSX."
                )
            if any(entry.flag_bits & 1 for entry in entries):
                raise Refused.field("file", "This workbook has a password.", "Save it without one.")
            return _look_inside(archive)
    except Refused:
        raise
    except Exception:  # zipfile and zlib meet a hostile archive with many kinds of error; all mean the same
        raise _damaged() from None


def _look_inside(archive: zipfile.ZipFile) -> bool:
    has_formulas = False
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        with archive.open(entry) as part:
            if b"<!doctype" in part.read(65_536).replace(b"\0", b"").lower():
                raise Refused.field(
                    "file", "This workbook declares XML entities.", "Save it anew in a spreadsheet program."
                )
        if entry.filename.startswith("xl/worksheets/") and not has_formulas:
            has_formulas = _FORMULA.search(archive.read(entry)) is not None
    return has_formulas


def _opened(content: bytes, *, values: bool) -> "Workbook":
    import openpyxl  # loaded only here: a web worker that reads no workbook does without it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know hold no data
            return openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=values, keep_links=False
            )
    except Exception:  # a hostile file makes the parser fail in many ways; all mean the same to the person
        raise _damaged() from None


def _chosen_sheet(book: "Workbook", names: Sequence[str], wanted: str) -> str:
    if wanted:
        if wanted not in names:
            raise Refused.field(
                "sheet", f"There is no sheet “{wanted[:80]}”.", f"Choose one of: {', '.join(names[:20])}."
            )
        return wanted
    visible = [name for name in names if book[name].sheet_state == "visible"]
    if not visible:
        raise Refused.field(
            "file", "This workbook has no visible sheet with cells.", "Unhide the sheet with the portfolio."
        )
    return next((name for name in visible if _has_rows(book, name)), visible[0])


def _has_rows(book: "Workbook", name: str) -> bool:
    rows = _guarded(_records(book, name))
    return any(any(cell.strip() for cell in cells) for (_, cells), _ in zip(rows, range(20), strict=False))


def _records(book: "Workbook", name: str) -> Iterator[Record]:
    sheet = book[name]
    sheet.reset_dimensions()
    blank = 0
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if len(cells) > 16_384:
            raise Refused.field(
                "file", f"Row {line} has {len(cells):,} cells.", f"At most {MAX_COLUMNS} are allowed."
            )
        texts = tuple(_text(value) for value in cells)
        blank = 0 if any(texts) else blank + 1
        if blank > MAX_ROWS:
            raise Refused.field("file", f"More than {MAX_ROWS:,} empty rows stand in a row.", "Delete them.")
        yield line, texts


def _guarded(records: Iterator[Record]) -> Iterator[Record]:
    try:
        yield from records
    except Refused:
        raise
    except Exception:  # as when opening: the parser meets the sheet only now
        raise _damaged() from None


def _formulas_without_value(content: bytes, name: str) -> int:
    written, computed = _opened(content, values=False), _opened(content, values=True)
    try:
        pairs = zip(_values(written, name), _values(computed, name), strict=False)
        return sum(
            isinstance(formula, str) and formula.startswith("=") and value is None
            for formulas, values in pairs
            for formula, value in zip(formulas, values, strict=False)
        )
    finally:
        written.close()
        computed.close()


def _values(book: "Workbook", name: str) -> Iterator[Sequence[object]]:
    sheet = book[name]
    sheet.reset_dimensions()
    return cast("Iterator[Sequence[object]]", sheet.iter_rows(values_only=True))


def _text(value: object) -> str:
    """The value as it would be typed: dates in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="seconds")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _damaged() -> Refused:
    return Refused.field(
        "file", "This workbook is damaged or was not made by a spreadsheet program.", "Save it anew as XLSX."
    )
