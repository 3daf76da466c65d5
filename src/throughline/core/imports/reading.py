"""One row of a file being read: what it says in our words, and everything that had to be said about it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.imports.columns import DATE_TARGETS
from throughline.core.imports.dates import Kept, Severity, Span, read_date, runs_backwards
from throughline.core.imports.mapping import ImportMapping
from throughline.core.imports.problems import Problem
from throughline.core.imports.tables import Row, Table, storable
from throughline.core.imports.values import LEAVE_OUT, PLACES, value_key
from throughline.core.portfolio import MODEL_FIELDS
from throughline.core.stages import Place
from throughline.core.text import Json, clean, clean_line

NO_PART = "–"
NAME_LENGTH = MODEL_FIELDS["name"].max_length
KEY_LENGTH = MODEL_FIELDS["external_id"].max_length
TEXT_LENGTH = MODEL_FIELDS["summary"].max_length
OWNER_LENGTH = 200
TAG_LENGTH = 60
MAX_TAGS = 20


@dataclass
class RowReading:
    """One row while it is being read."""

    row: Row
    raw: dict[str, str]
    base_key: str = ""
    understood: dict[str, Json] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    unmapped_stage: str | None = None
    runs_backwards: bool = False
    fingerprint: str = ""

    def cell(self, column: str) -> str:
        return self.raw.get(column, "")

    def report(self, code: str, severity: Severity, column: str, text: str, remedy: str = "") -> None:
        self.problems.append(Problem(code, severity, column, self.cell(column)[:300], text, remedy))


def read_row(table: Table, row: Row, mapping: ImportMapping, today: date) -> RowReading:
    raw = {
        storable(heading): storable(cell)
        for heading, cell in zip(table.header, row.cells, strict=True)
        if cell.strip()
    }
    reading = RowReading(row, raw)
    _read_shape(reading, table, mapping)
    _read_texts(reading, mapping)
    _read_place(reading, mapping)
    _read_value(reading, mapping, "risk_tier")
    _read_value(reading, mapping, "scoring")
    _read_dates(reading, mapping, today)
    _read_key(reading, mapping)
    reading.fingerprint = row_fingerprint(reading.understood, raw)
    return reading


def row_fingerprint(understood: Mapping[str, Json], raw: Mapping[str, str]) -> str:
    """Changes when a cell of the row changes or is understood differently; not with its place in the file."""
    return fingerprint([understood, raw])


def _read_shape(reading: RowReading, table: Table, mapping: ImportMapping) -> None:
    if reading.row.width < table.named_width:
        missing = table.named_width - reading.row.width
        reading.report(
            "short_row",
            "warn",
            "",
            f"the row has {missing} fewer cells than there are headings; the missing ones count as empty",
        )
    if any(cell.strip() for cell in reading.row.cells[table.named_width :]):
        reading.report(
            "long_row",
            "error",
            "",
            "the row has more cells than there are headings",
            "Look for a delimiter inside a text without quotation marks.",
        )
        if not mapping.take_long_rows:
            reading.held_back.append(
                "it has more cells than headings, so values may stand in the wrong column"
            )


def _read_texts(reading: RowReading, mapping: ImportMapping) -> None:
    _read_name(reading, mapping.column("name"))
    for target, limit in (
        ("summary", TEXT_LENGTH),
        ("team", MODEL_FIELDS["team"].max_length),
        ("unit", MODEL_FIELDS["unit"].max_length),
        ("owner", OWNER_LENGTH),
    ):
        column = mapping.column(target)
        if text := _text(reading, column, limit, multiline=target == "summary"):
            reading.understood[target] = text
    tags = [
        tag
        for part in _split_tags(reading.cell(mapping.column("tags")))
        if (tag := _usable(reading, mapping.column("tags"), " ".join(part.split()), TAG_LENGTH))
    ]
    if tags:
        reading.understood["tags"] = list[Json](dict.fromkeys(tags))[:MAX_TAGS]


def _read_name(reading: RowReading, column: str) -> None:
    name = _text(reading, column, TEXT_LENGTH, multiline=False)
    if not name:
        reading.held_back.append("it has no name that can be used")
    elif len(name) > NAME_LENGTH:
        reading.report(
            "name_shortened",
            "warn",
            column,
            f"the name has {len(name)} characters and was shortened to {NAME_LENGTH}; "
            "the whole is kept as written",
        )
        name = f"{name[: NAME_LENGTH - 1].rstrip()}…"
    reading.understood["name"] = name


def _text(reading: RowReading, column: str, limit: int, *, multiline: bool) -> str:
    cell = reading.cell(column)
    return _usable(reading, column, cell if multiline else " ".join(cell.split()), limit)


def _usable(reading: RowReading, column: str, text: str, limit: int) -> str:
    """The clean text; empty, with a problem reported, when it is too long or cannot be used."""
    if len(text) > limit:
        reading.report(
            "too_long", "warn", column, f"kept as written: {len(text):,} characters; {limit:,} fit here"
        )
        return ""
    try:
        cleaned = clean(text, field=column, max_length=limit)
    except Refused as refusal:
        reason = refusal.reasons[0]
        reading.report("unusable_text", "error", column, f"kept as written: {reason.text}", reason.remedy)
        return ""
    return cleaned[:limit]  # composing characters may make a text longer than it came in


def _split_tags(text: str) -> list[str]:
    separator = ";" if ";" in text else ","
    return [part for part in text.split(separator) if part.strip()]


def _read_place(reading: RowReading, mapping: ImportMapping) -> None:
    column = mapping.column("stage")
    text = " ".join(reading.cell(column).split())
    meaning = mapping.meaning("stage", text)
    if meaning == LEAVE_OUT:
        reading.held_back.append(f"the mapping leaves out rows whose stage is “{text or 'empty'}”")
    elif meaning in PLACES:
        place = _with_standing(reading, mapping.column("standing"), PLACES[meaning])
        reading.understood |= {"stage": place.stage.value, "standing": place.standing.value}
    else:
        reading.unmapped_stage = text
        reading.held_back.append(
            f"its stage “{text[:80]}” needs a mapping"
            if text
            else "it names no stage, and no default is chosen"
        )
        reading.report(
            "stage_unmapped",
            "warn",
            column,
            "no stage is chosen for this value",
            "Choose one in the mapping.",
        )


def _with_standing(reading: RowReading, column: str, place: Place) -> Place:
    """The stage in the standing that the row names, where the two go together."""
    text = value_key(reading.cell(column))
    if not text:
        return place
    found = next((one for one in PLACES.values() if (one.stage, one.standing) == (place.stage, text)), None)
    if found is None:
        report = "this standing does not go with the stage; it is kept as written"
        reading.report("value_unmapped", "warn", column, report, "Correct it, or choose another stage.")
    return found or place


def _read_value(reading: RowReading, mapping: ImportMapping, target: str) -> None:
    column = mapping.column(target)
    text = reading.cell(column)
    if meaning := mapping.meaning(target, text):
        reading.understood[target] = meaning
    elif column and text:
        reading.report(
            "value_unmapped",
            "warn",
            column,
            "no meaning is chosen for this value; it is kept as written",
            "Choose one in the mapping.",
        )


def _read_dates(reading: RowReading, mapping: ImportMapping, today: date) -> None:
    spans: list[tuple[str, str, Span]] = []
    dates: dict[str, Json] = {}
    for target, step, _ in DATE_TARGETS:
        column = mapping.column(target)
        found = read_date(reading.cell(column), mapping.reading(column)) if column else None
        if isinstance(found, Kept):
            reading.report(
                found.code, found.severity, column, f"kept as written: {found.reason}", found.remedy
            )
        elif found is not None:
            spans.append((step, column, found))
            dates[step] = {
                "first": found.first.isoformat(),
                "last": found.last.isoformat(),
                "precision": found.precision,
                "text": reading.cell(column)[:200],
                "note": found.note,
            }
            if found.note:
                reading.report("read_with_care", "note", column, found.note)
            if found.first > today:
                reading.report(
                    "future", "warn", column, "the date lies in the future; it is taken as planned"
                )
    if dates:
        reading.understood["dates"] = dates
    _read_order(reading, spans)


def _read_order(reading: RowReading, spans: Sequence[tuple[str, str, Span]]) -> None:
    for place, (step, _, earlier) in enumerate(spans):
        for next_step, column, later in spans[place + 1 :]:
            if runs_backwards(earlier, later):
                reading.runs_backwards = True
                reading.report(
                    "backwards",
                    "error",
                    column,
                    f"dates run backwards: {next_step} {later.first.isoformat()} lies before "
                    f"{step} {earlier.first.isoformat()}",
                    "Correct one of the two dates.",
                )


def _read_key(reading: RowReading, mapping: ImportMapping) -> None:
    parts = [" ".join(reading.cell(column).split()) or NO_PART for column in mapping.key]
    if all(part == NO_PART for part in parts):
        reading.held_back.append("the columns that tell rows apart are empty")
        return
    try:
        joined = clean_line(" / ".join(parts), field="key", max_length=TEXT_LENGTH)
    except Refused as refusal:
        reading.held_back.append(f"its key cannot be used: {refusal.reasons[0].text}")
        return
    reading.base_key = _fitting(joined, KEY_LENGTH - 10)


def _fitting(key: str, limit: int) -> str:
    if len(key) <= limit:
        return key
    return f"{key[: limit - 14].rstrip()} ~{hashlib.sha256(key.encode()).hexdigest()[:12]}"
