"""Files of labelled data, CSV up to the largest upload: read record by record, within caps, and named where ragged."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from throughline.adapters.delimited import every_record
from throughline.adapters.tables import refuse_other_types
from throughline.core.errors import Refused
from throughline.core.imports.tables import distinct_headings, storable

MAX_BYTES = 50_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_CELL = 20_000
_ADVICE = "Save it as CSV and choose that file."
_PACKED = (b"PK\x03\x04", b"\x1f\x8b")


class LabelFile:
    """One file, opened. `header` are its distinct headings; `rows` may be walked more than once.

    Raises `Refused` (invalid) for another type of file, none with headings and rows, or too much of it.
    """

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(f"This file is larger than {MAX_BYTES // 1_000_000} MB.", "Bring a part of it.")
        self._content = path.read_bytes()
        if self._content.startswith(_PACKED):
            raise _refused("This is a packed file or a workbook.", _ADVICE)
        refuse_other_types(self._content, advice=_ADVICE)
        heading = next(self._records(), None)
        if heading is None:
            raise _refused("This file holds no table.", "Choose a file with headings and rows.")
        if len(heading[1]) > MAX_COLUMNS:
            raise _refused(
                f"It has {len(heading[1]):,} columns; {MAX_COLUMNS} are allowed.", "Leave out columns."
            )
        self.header, _ = distinct_headings([storable(cell) for cell in heading[1]], named=len(heading[1]))

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Each row with the line on which it begins: as many cells as there are headings, short rows filled up."""
        records = self._records()
        next(records, None)
        width, count = len(self.header), 0
        for line, cells in records:
            count += 1
            if count > MAX_ROWS:
                raise _refused(f"It has more than {MAX_ROWS:,} rows.", "Bring a part of it.")
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                text = f"Line {line:,} has {len(cells):,} cells, but there are {width:,} headings."
                raise _refused(text, "Put cells that hold the delimiter into quotation marks.")
            if (longest := max(map(len, cells))) > MAX_CELL:
                text = f"Line {line:,} has a cell of {longest:,} characters; {MAX_CELL:,} are allowed."
                raise _refused(text, "Shorten it, or leave its column out.")
            yield line, [storable(cell).strip() for cell in (*cells[:width], *[""] * (width - len(cells)))]
        if not count:
            raise _refused("This file has headings but no rows below them.", "Choose a file with data.")

    def _records(self) -> Iterator[tuple[int, Sequence[str]]]:
        for line, cells in every_record(self._content):
            if any(cell.strip() for cell in cells):
                yield line, cells


def file_within(place: str, folders: Sequence[Path]) -> Path:
    """The file at this place. What lies outside the folders, also through a link, and what is not there are refused in
    the same words, so that nobody learns what else is on the disk."""
    path = Path(place).expanduser() if place.startswith(("/", "~")) else None
    candidates = [path] if path else [folder / place for folder in folders]
    for candidate in candidates:
        real = candidate.resolve()
        if any(real.is_relative_to(folder) for folder in folders) and real.is_file():
            return real
    text = "There is no such file below a folder that may be read."
    raise Refused.field(
        "place", text, "Upload the file, or ask who runs this installation to allow its folder."
    )


def _refused(text: str, remedy: str) -> Refused:
    return Refused.field("file", text, remedy)
