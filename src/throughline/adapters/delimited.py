"""Text tables: finds the encoding and the delimiter, says how, and reads every record."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from throughline.core.errors import Refused
from throughline.core.imports.tables import MAX_CELL, MAX_COLUMNS, Record, Source, Table, build_table

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_CHARACTERS = 400_000
SAMPLE_RECORDS = 200
END_MARK = "\ue000end of the file\ue000"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_WINDOWS_SIGNS = re.compile(rb"[\x80-\x9f]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_FOREIGN_SHARE = 0.2


def read_delimited(content: bytes, file_name: str, *, encoding: str = "", delimiter: str = "") -> Table:
    text, found_encoding, notes = _decoded(content, encoding)
    text, told = _told_delimiter(text)
    chosen = delimiter or told or find_delimiter(text)
    if chosen not in DELIMITERS:
        raise Refused.field(
            "delimiter", "This is not a delimiter that can be used.", "Use comma, semicolon, tab or bar."
        )
    source = Source(file_name, "csv", encoding=found_encoding, delimiter=chosen, notes=tuple(notes))
    return build_table(_records(text, chosen), source)


def first_records(head: bytes, most: int, *, is_whole: bool) -> list[Sequence[str]]:
    """The first records of a text table, blank ones left out. A head that is not the whole file ends anywhere."""
    text, _, _ = _decoded(head if is_whole else _whole_lines(head), "")
    text, told = _told_delimiter(text)
    found: list[Sequence[str]] = []
    try:
        for _, cells in _records(text, told if told in DELIMITERS else find_delimiter(text)):
            if any(cell.strip() for cell in cells):
                found.append(cells)
            if len(found) == most:
                break
    except Refused:
        # The last record of a head may be cut inside a quoted cell.
        if is_whole or len(found) < 2:
            raise
    return found


def _whole_lines(head: bytes) -> bytes:
    """Cut after its last line break, as no sign of any encoding is cut there."""
    codec = next((codec for mark, codec, _ in _BOMS if head.startswith(mark)), _wide_without_mark(head))
    if not codec:
        return head[: head.rfind(b"\n") + 1] or head
    text = codecs.getincrementaldecoder(codec)("replace").decode(head)
    return (text[: text.rfind("\n") + 1] or text).encode("utf-8-sig")


def _decoded(content: bytes, encoding: str) -> tuple[str, str, list[str]]:
    if encoding:
        return _as_told(content, encoding), encoding, [f"Read as {encoding}, as chosen."]
    for mark, codec, name in _BOMS:
        if content.startswith(mark):
            return _strict(content, codec, name), name, [f"Read as {name}: the file begins with its mark."]
    if codec := _wide_without_mark(content):
        return _strict(content, codec, "UTF-16"), "UTF-16", ["Read as UTF-16: every other byte is zero."]
    if content.count(b"\0") > len(content) // 100:
        raise Refused.field(
            "file", "This is not a text file.", "Save the table as CSV or XLSX and choose that file."
        )
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _not_utf8(content)
    plain = ": the file has plain letters only" if text.isascii() else ""
    return text, "UTF-8", [f"Read as UTF-8{plain}."]


def _not_utf8(content: bytes) -> tuple[str, str, list[str]]:
    """Bytes are proven by their neighbours: whole UTF-8 sequences, or signs that only Windows has."""
    high = len(_HIGH.findall(content))
    in_sequences = sum(map(len, _MULTIBYTE.findall(content)))
    if in_sequences > high - in_sequences:
        text = content.decode("utf-8", errors="throughline_windows")
        stray = high - in_sequences
        return text, "UTF-8", [f"Read as UTF-8; {stray:,} stray bytes were read as Windows-1252."]
    return _foreign(content) if high > _FOREIGN_SHARE * len(content) else _western(content)


def _foreign(content: bytes) -> tuple[str, str, list[str]]:
    from charset_normalizer import from_bytes  # loaded only here, as few files need it

    if best := from_bytes(content[:200_000]).best():
        note = (
            f"Read as {best.encoding}, judged by how often its letters occur. Look whether names are right."
        )
        return _strict(content, best.encoding, best.encoding), best.encoding, [note]
    return _western(content)


def _western(content: bytes) -> tuple[str, str, list[str]]:
    text = content.decode("cp1252", errors="throughline_windows")
    signs = Counter(_WINDOWS_SIGNS.findall(content))
    if not signs:
        return text, "ISO-8859-1", ["Read as Latin-1 (ISO-8859-1): it is not UTF-8."]
    shown = ", ".join(
        f"0x{sign[0]:02x} → {sign.decode('cp1252', errors='replace')} ({count:,})"
        for sign, count in signs.most_common(6)
    )
    note = (
        f"Read as Windows-1252: it is not UTF-8, and {signs.total():,} bytes that are no letters in Latin-1 "
        f"are signs there: {shown}."
    )
    return text, "Windows-1252", [note]


def _windows_byte(error: UnicodeError) -> tuple[str, int]:
    """One stray byte as Windows-1252 has it, or as the control character of Latin-1 where that has none."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    try:
        sign = byte.decode("cp1252")
    except UnicodeDecodeError:
        sign = "\ufffd"
    return sign, error.start + 1


codecs.register_error("throughline_windows", _windows_byte)


def _as_told(content: bytes, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise Refused.field(
            "encoding", f"There is no encoding “{encoding[:40]}”.", "Try utf-8 or cp1252."
        ) from None
    if not name._is_text_encoding:
        raise Refused.field(
            "encoding", f"“{encoding[:40]}” is not an encoding of text.", "Try utf-8 or cp1252."
        )
    return _strict(content, name.name, encoding)


def _strict(content: bytes, codec: str, name: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        raise Refused.field(
            "file",
            f"This file is not {name} throughout: byte {place:,} does not fit.",
            "Choose another encoding, or save as UTF-8.",
        ) from None


def _wide_without_mark(content: bytes) -> str:
    head = content[:4000]
    half = len(head) // 2
    if half < 2 or head.count(b"\0") < half // 2:
        return ""
    if head[1::2].count(b"\0") > 0.7 * half and not head[::2].count(b"\0"):
        return "utf-16-le"
    return "utf-16-be" if head[::2].count(b"\0") > 0.7 * half and not head[1::2].count(b"\0") else ""


def _told_delimiter(text: str) -> tuple[str, str]:
    """Excel writes “sep=;” into the first line to say which delimiter follows."""
    match = re.match(r"\ufeff?sep=(.)\r?\n", text, re.IGNORECASE)
    return (text[match.end() :], match[1]) if match else (text.removeprefix("\ufeff"), "")


def find_delimiter(text: str) -> str:
    """The delimiter under which most records have as many cells as the commonest record, the widest first."""
    return max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter))


def _fit(text: str, delimiter: str) -> float:
    widths: Counter[int] = Counter()
    try:
        for cells in csv.reader(io.StringIO(text[:SAMPLE_CHARACTERS], newline=""), delimiter=delimiter):
            widths[len(cells)] += bool(cells)
            if widths.total() >= SAMPLE_RECORDS:
                break
    except csv.Error:
        return 0
    if not widths.total():
        return 0
    width, count = widths.most_common(1)[0]
    return 0 if width == 1 else count / widths.total() * (1 - 1 / (width + 1))


def _records(text: str, delimiter: str) -> Iterator[Record]:
    """Each record with its first line. A mark after the last one shows an unclosed quotation mark."""
    closed = text + ("" if text.endswith(("\n", "\r")) else "\r\n") + END_MARK
    csv.field_size_limit(max(MAX_CELL + 1, csv.field_size_limit()))
    reader = csv.reader(io.StringIO(closed, newline=""), delimiter=delimiter)
    start = 1
    try:
        for cells in reader:
            if cells == [END_MARK]:
                return
            if cells and cells[-1].endswith(END_MARK):
                raise Refused.field(
                    "file",
                    f"A quotation mark that opens on or after line {start} is never closed.",
                    "Close it, or remove it.",
                )
            yield start, _bounded(cells, start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise Refused.field(
            "file",
            f"Line {start} cannot be read ({error}).",
            "Look for a quotation mark that is not closed, or a cell that is far too long.",
        ) from None


def _bounded(cells: Sequence[str], line: int) -> Sequence[str]:
    if len(cells) > 100 * MAX_COLUMNS:
        raise Refused.field(
            "file", f"Line {line} has {len(cells):,} cells.", f"At most {MAX_COLUMNS} are allowed."
        )
    return cells
