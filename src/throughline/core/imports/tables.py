"""One table as it stood in a file: headings made distinct, ragged and blank rows named, nothing dropped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from throughline.core.errors import Refused

MAX_BYTES = 25_000_000
MAX_ROWS = (
    20_000  # twice the largest portfolio that one machine is meant for; an import holds up other writers
)
MAX_COLUMNS = 500
MAX_CELL = 100_000
MAX_CELLS = 3_000_000
MAX_HEADING = 300
REPLACEMENT = "\ufffd"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Record = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class Row:
    """`number` counts data rows from 1; `line` is its place in the file; `width` its own number of cells."""

    number: int
    line: int
    cells: tuple[str, ...]
    width: int


@dataclass(frozen=True)
class Source:
    """How the file was read: what the person may want to check or choose otherwise."""

    file_name: str
    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Every row has one cell per heading; `named_width` is how many headings the file itself had."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    named_width: int
    source: Source
    notes: tuple[str, ...] = ()

    def column(self, heading: str) -> tuple[str, ...]:
        place = self.header.index(heading)
        return tuple(row.cells[place] for row in self.rows)


def build_table(records: Iterable[Record], source: Source) -> Table:
    """The table of these records; the first filled one is the heading. Raises `Refused` (invalid)."""
    intake = _Intake()
    for line, cells in records:
        intake.take(line, cells)
    if not intake.rows:
        raise Refused.field(
            "file", "This file holds no table.", "Choose a file with a heading row and data below it."
        )
    title_notes = intake.skip_titles()
    heading, *body = intake.rows
    if not body:
        raise Refused.field(
            "file", "This file has headings but no rows below them.", "Choose a file with data."
        )
    named = _trimmed(heading[1])
    width = max(len(named), *(len(_trimmed(cells)) for _, cells in body))
    header, heading_notes = distinct_headings([*named, *[""] * (width - len(named))], named=len(named))
    rows = tuple(_row(number, line, cells, width) for number, (line, cells) in enumerate(body, start=1))
    notes = (*source.notes, *title_notes, *heading_notes, *_ragged_notes(rows, len(named)), *intake.notes())
    return Table(header, rows, len(named), source, notes)


def too_large(limit: int) -> Refused:
    text = f"This file is too large to import: more than {limit // 1_000_000} MB."
    return Refused.field("file", text, "Split it into several files.")


def distinct_headings(headings: Sequence[str], *, named: int) -> tuple[tuple[str, ...], list[str]]:
    """Headings that differ from each other, and a note for each change that was made."""
    taken: set[str] = set()
    result, repeated, nameless = [], [], []
    for place, heading in enumerate(headings, start=1):
        plain = " ".join(heading.split())[:MAX_HEADING] or f"Column {place}"
        if not heading.strip() and place <= named:
            nameless.append(place)
        name, count = plain, 1
        while name.casefold() in taken:
            count += 1
            name = f"{plain} ({count})"
        if count > 1:
            repeated.append(name)
        taken.add(name.casefold())
        result.append(name)
    notes = []
    if repeated:
        said = _count(len(repeated), "heading repeats", "headings repeat")
        notes.append(f"{said} an earlier one and got a number: {_some(repeated)}.")
    if nameless:
        notes.append(
            f"Columns without a heading got one: {_some([f'Column {place}' for place in nameless])}."
        )
    return tuple(result), notes


def file_label(file_name: str) -> str:
    """The last part of the name, as a label only: nothing is ever stored under it."""
    last = storable(file_name.replace("\\", "/").rpartition("/")[2])
    return "".join(sign if sign.isprintable() else REPLACEMENT for sign in last).strip()[-200:] or "portfolio"


def storable(text: str) -> str:
    """The text without what no database keeps: NUL and half characters become the replacement sign."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join(REPLACEMENT if ch == "\0" or "\ud800" <= ch <= "\udfff" else ch for ch in text)


class _Intake:
    """Takes records in within the caps, and remembers what had to be said about them."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, tuple[str, ...]]] = []
        self.blank_lines: list[int] = []
        self.replaced: list[int] = []
        self.unquoted = 0
        self.cells = 0
        self.lost = 0
        self._same: dict[str, str] = {}

    def take(self, line: int, cells: Sequence[str]) -> None:
        if not any(cell.strip() for cell in cells):
            self.blank_lines.append(line)
            return
        self._check(line, cells)
        self.rows.append((line, tuple(self._cell(line, cell) for cell in cells)))

    def skip_titles(self) -> list[str]:
        """Lines with one filled cell above a wider table are titles, not headings."""
        first = 0
        while (
            first + 1 < min(len(self.rows), 10)
            and _filled(self.rows[first]) == 1 < _filled(self.rows[first + 1]) - 1
        ):
            first += 1
        titles = [next(cell for cell in cells if cell.strip()) for _, cells in self.rows[:first]]
        del self.rows[:first]
        return (
            [f"{_count(first, 'line', 'lines')} above the headings taken as a title: {_some(titles)}."]
            if titles
            else []
        )

    def notes(self) -> list[str]:
        notes = []
        if self.blank_lines:
            notes.append(
                f"{_count(len(self.blank_lines), 'empty row', 'empty rows')} passed over "
                f"(line {_some([str(line) for line in self.blank_lines])})."
            )
        if self.replaced:
            notes.append(
                f"{_count(len(self.replaced), 'cell', 'cells')} held NUL or half a character; it is shown as "
                f"{REPLACEMENT} (line {_some([str(line) for line in self.replaced])})."
            )
        if self.lost:
            notes.append(
                f"{_count(self.lost, 'character was', 'characters were')} already lost in the file itself "
                f"and read {REPLACEMENT} there."
            )
        if self.unquoted:
            notes.append(
                f"{_count(self.unquoted, 'cell', 'cells')} began with an apostrophe that shields a formula "
                "sign; the apostrophe was taken off."
            )
        return notes

    def _check(self, line: int, cells: Sequence[str]) -> None:
        self.cells += len(cells)
        if len(self.rows) > MAX_ROWS:
            raise _too_much(f"It has more than {MAX_ROWS:,} rows.", "Split it into several files.")
        if len(cells) > MAX_COLUMNS and len(_trimmed(cells)) > MAX_COLUMNS:
            raise _too_much(
                f"Line {line} has {len(cells):,} columns; {MAX_COLUMNS} are allowed.", "Leave out columns."
            )
        if self.cells > MAX_CELLS:
            raise _too_much(f"It has more than {MAX_CELLS:,} cells.", "Split it into several files.")
        if (longest := max(map(len, cells))) > MAX_CELL:
            raise _too_much(
                f"Line {line} has a cell of {longest:,} characters; {MAX_CELL:,} are allowed.",
                "Shorten it, or look for a quotation mark that is not closed.",
            )

    def _cell(self, line: int, cell: str) -> str:
        if cell in self._same:
            return self._same[cell]
        self.lost += cell.count(REPLACEMENT)
        # Workbooks know one kind of line break only; the same row must look the same from either format.
        cell = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
        kept = storable(cell)
        if kept != cell:
            self.replaced.append(line)
        if kept[:1] == "'" and kept[1:2] in FORMULA_STARTS and len(kept) > 1:
            self.unquoted += 1
            kept = kept[1:]
        if len(cell) < 60 and len(self._same) < 50_000 and kept == cell and REPLACEMENT not in cell:
            self._same[cell] = cell
        return kept


def _row(number: int, line: int, cells: Sequence[str], width: int) -> Row:
    own = _trimmed(cells) if len(cells) > width else cells
    return Row(number, line, (*own, *[""] * (width - len(own))), len(cells))


def _ragged_notes(rows: Sequence[Row], named: int) -> list[str]:
    short = [str(row.line) for row in rows if row.width < named]
    long = [str(row.line) for row in rows if any(cell.strip() for cell in row.cells[named:])]
    notes = []
    if short:
        notes.append(
            f"{_count(len(short), 'row has', 'rows have')} fewer cells than headings (line {_some(short)})."
        )
    if long:
        notes.append(
            f"{_count(len(long), 'row has', 'rows have')} more cells than headings (line {_some(long)}); "
            "values may stand in the wrong column."
        )
    return notes


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _filled(row: tuple[int, Sequence[str]]) -> int:
    return sum(1 for cell in row[1] if cell.strip())


def _too_much(text: str, remedy: str) -> Refused:
    return Refused.field("file", f"This file is too large to import. {text}", remedy)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _some(items: Sequence[str], shown: int = 5) -> str:
    listed = ", ".join(item if len(item) <= 60 else f"{item[:59]}…" for item in items[:shown])
    return listed if len(items) <= shown else f"{listed} and {len(items) - shown:,} more"
