"""What the import pages show: the steps, the choices of a mapping, and rows with all that was found in them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from django.urls import reverse

from throughline.core.imports.columns import TARGETS, TARGETS_BY_NAME, propose_columns, samples
from throughline.core.imports.dates import DateReading, Kept, order_evidence, read_date
from throughline.core.imports.mapping import VALUE_TARGETS, ImportMapping, propose_values
from throughline.core.imports.problems import TITLES, severity_of
from throughline.core.imports.tables import Table
from throughline.core.imports.values import PLACES, RISK_CHOICES, SCORING_CHOICES, STAGE_CHOICES
from throughline.core.imports.writing import spelled_dates
from throughline.core.people import DUTY_TITLES
from throughline.queries.rows import ImportBatch, ImportRow
from throughline.web import charts
from throughline.web.drawings import Bar, Bars
from throughline.web.models import Tab

MOST_VALUES = 150
MOST_NAMES = 12
MOST_BARS = 12
OUTCOMES = {
    "create": ("New", "plus", "met"),
    "update": ("Changed", "edit", "accent"),
    "unchanged": ("Unchanged", "met", ""),
    "held_back": ("Held back", "lock", "unknown"),
}
STATES = {
    "previewed": ("Not imported yet", "eye", "accent"),
    "imported": ("Imported", "met", "met"),
    "undone": ("Undone", "undo", ""),
}
FILLS = {"error": "unmet", "warn": "unknown", "note": "none"}
VALUE_TITLES = {"stage": "Stage", "risk_tier": "Risk tier", "scoring": "Scoring"}
VALUE_CHOICES = {"stage": STAGE_CHOICES, "risk_tier": RISK_CHOICES, "scoring": SCORING_CHOICES}


@dataclass(frozen=True)
class FieldChoice:
    """One field of a model, the column taken for it, and why."""

    name: str
    title: str
    column: str
    why: str
    samples: tuple[str, ...]
    confidence: str = ""


@dataclass(frozen=True)
class ValueChoice:
    name: str
    title: str
    count: int
    meaning: str
    why: str


@dataclass(frozen=True)
class ValueTable:
    """The distinct values of one column, and what each is taken to mean."""

    target: str
    title: str
    column: str
    choices: tuple[tuple[str, str], ...]
    values: tuple[ValueChoice, ...]
    default: str
    hidden: int
    missing: int


@dataclass(frozen=True)
class DateChoice:
    """One column of dates: what its figures mean, and how many dates hang on each choice."""

    name: str
    title: str
    column: str
    reading: DateReading
    evidence: str
    has_figures: bool
    typed_years: int
    numbers: int
    fiscal: int


@dataclass(frozen=True)
class LostOwners:
    """Texts of the owner column that are nobody's, the commonest first, with the rows that they stand in."""

    count: int
    rows: int
    shown: tuple[tuple[str, int], ...]

    @property
    def more(self) -> int:
        return self.count - len(self.shown)


@dataclass(frozen=True)
class OwnersShown:
    """What becomes of the owners that a file names."""

    column: str
    title: str
    assign: int
    held: int
    stays: int
    not_allowed: int
    nobody: LostOwners
    several: LostOwners


@dataclass(frozen=True)
class ShownRow:
    row: ImportRow
    outcome: tuple[str, str, str]
    place: str
    standing: str
    problems: tuple[Mapping[str, str], ...]
    more: int


@dataclass(frozen=True)
class Cell:
    heading: str
    value: str
    target: str = ""
    problems: tuple[Mapping[str, str], ...] = field(default=())


def steps(batch: ImportBatch, current: str) -> list[Tab]:
    places = {"import_columns": "1. Columns", "import_values": "2. Values and dates", "import": "3. Rows"}
    return [
        Tab(
            title,
            reverse(name, args=[batch.pk]),
            name == current,
            batch.counts["rows"] if name == "import" else None,
        )
        for name, title in places.items()
    ]


def field_choices(table: Table, mapping: ImportMapping) -> list[FieldChoice]:
    proposed = {proposal.target: proposal for proposal in propose_columns(table)}
    found = []
    for target in TARGETS:
        column, proposal = mapping.column(target.name), proposed[target.name]
        if column and column == proposal.column:
            why, sure = proposal.reason, "sure" if proposal.confidence >= 0.9 else "likely"
        else:
            why, sure = ("chosen" if column else proposal.reason if not proposal.column else "left out"), ""
        shown = samples(table.column(column)) if column in table.header else ()
        found.append(FieldChoice(target.name, target.title, column, why, shown, sure))
    return found


def unused_columns(table: Table, mapping: ImportMapping) -> list[tuple[str, tuple[str, ...]]]:
    used = {*mapping.columns.values(), *mapping.key}
    return [(heading, samples(table.column(heading), 2)) for heading in table.header if heading not in used]


def value_tables(table: Table, mapping: ImportMapping) -> list[ValueTable]:
    found = []
    for target in VALUE_TARGETS:
        column = mapping.column(target)
        if column not in table.header:
            if target == "stage":
                found.append(_without_column(table, mapping))
            continue
        proposals = propose_values(target, table.column(column))
        values = tuple(
            ValueChoice(
                f"{target}-{number}", one.title, one.count, mapping.stated(target, one.value), one.reason
            )
            for number, one in enumerate(proposals[:MOST_VALUES])
        )
        missing = sum(one.count for one in proposals if not mapping.meaning(target, one.value))
        found.append(
            ValueTable(
                target,
                VALUE_TITLES[target],
                column,
                VALUE_CHOICES[target],
                values,
                mapping.defaults.get(target, ""),
                max(len(proposals) - MOST_VALUES, 0),
                missing,
            )
        )
    return found


def date_choices(table: Table, mapping: ImportMapping) -> list[DateChoice]:
    columns = [
        (name, column)
        for name, column in mapping.columns.items()
        if TARGETS_BY_NAME[name].kind == "date" and column in table.header
    ]
    return [_date_choice(name, column, table, mapping.reading(column)) for name, column in columns]


def problem_chart(batch: ImportBatch) -> Bars | None:
    """Rows by kind of problem, the gravest kinds first; each bar leads to its rows."""
    counts = cast("dict[str, int]", batch.counts.get("codes", {}))
    if not counts:
        return None
    order = list(FILLS)
    ranked = sorted(counts.items(), key=lambda pair: (order.index(severity_of(pair[0])), -pair[1]))
    page = reverse("import", args=[batch.pk])
    bars = [
        Bar(TITLES[code], count, FILLS[severity_of(code)], f"{page}?{urlencode({'problem': code})}#rows")
        for code, count in ranked[:MOST_BARS]
    ]
    return charts.horizontal_bars("Rows by what was found in them", bars, head="Found")


def owners(batch: ImportBatch) -> OwnersShown | None:
    """None where the file names no owners, or they are kept as text."""
    counted = cast("dict[str, Any] | None", batch.counts.get("owners"))
    if counted is None:
        return None

    def lost(fate: str, names: str) -> LostOwners:
        shown = tuple(counted[names].items())[:MOST_NAMES]
        return LostOwners(counted[f"names_of_{names}"], counted[fate], shown)

    return OwnersShown(
        batch.mapping["columns"]["owner"],
        DUTY_TITLES[counted["duty"]],
        counted["assign"],
        counted["held"],
        counted["stays"],
        counted["not_allowed"],
        lost("unknown", "nobody"),
        lost("unclear", "several"),
    )


def shown_row(row: ImportRow, most: int = 2) -> ShownRow:
    told_already = {"stage_unmapped", "long_row"} if row.reason else set[str]()
    problems = tuple(problem for problem in row.problems if problem["code"] not in told_already)
    stage, standing = row.understood.get("stage", ""), row.understood.get("standing", "")
    return ShownRow(
        row, OUTCOMES[row.outcome], stage, standing, problems[:most], max(len(problems) - most, 0)
    )


def cells(row: ImportRow, header: Sequence[str], mapping: ImportMapping) -> list[Cell]:
    """Every filled cell of the row in the order of the file, with the field it was taken for and what was found."""
    targets = {column: TARGETS_BY_NAME[name].title for name, column in mapping.columns.items()}
    return [
        Cell(
            heading,
            value,
            targets.get(heading, ""),
            tuple(problem for problem in row.problems if problem["column"] == heading),
        )
        for heading, value in zip(header, row.cells, strict=True)
        if value.strip()
    ]


def understood(row: ImportRow) -> list[tuple[str, str]]:
    """What the row was understood to say, field by field."""
    said = dict(row.understood)
    here = (said.get("stage"), said.get("standing"))
    place = next((str(place) for place in PLACES.values() if (place.stage, place.standing) == here), "")
    texts = [(TARGETS_BY_NAME[name].title, str(said[name])) for name in _TEXTS if said.get(name)]
    tags = [("Tags", ", ".join(said["tags"]))] if said.get("tags") else []
    return [*texts, *([("Stage", place)] if place else []), *tags, *spelled_dates(said.get("dates", {}))]


_TEXTS = ("name", "summary", "risk_tier", "scoring", "team", "unit", "owner")


def _without_column(table: Table, mapping: ImportMapping) -> ValueTable:
    default = mapping.defaults.get("stage", "")
    return ValueTable("stage", "Stage", "", STAGE_CHOICES, (), default, 0, 0 if default else len(table.rows))


def _date_choice(name: str, column: str, table: Table, reading: DateReading) -> DateChoice:
    texts = table.column(column)
    plain = DateReading(order=reading.order)
    kept = Counter(found.code for text in texts if isinstance(found := read_date(text, plain), Kept))
    fiscal = sum("fy" in text.casefold() for text in texts)
    evidence = order_evidence(texts)
    return DateChoice(
        name,
        TARGETS_BY_NAME[name].title,
        column,
        reading,
        evidence.reason,
        bool(evidence.month_first or evidence.day_first or evidence.either),
        kept["typed_year"],
        kept["number_unknown"],
        fiscal,
    )
