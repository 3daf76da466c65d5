"""A mapping: which column is which fact, what values and dates mean, what tells rows apart; kept as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

from throughline.core.errors import Reason, Refused
from throughline.core.imports.columns import (
    DATE_TARGETS,
    TARGETS,
    TARGETS_BY_NAME,
    ColumnProposal,
    propose_columns,
)
from throughline.core.imports.dates import DateReading, Order, order_evidence
from throughline.core.imports.owners import DEFAULT_DUTY, NO_DUTY
from throughline.core.imports.tables import Table
from throughline.core.imports.values import (
    LEAVE_OUT,
    PLACES,
    RISK_TIERS,
    SCORING_MODES,
    ValueProposal,
    propose_risks,
    propose_scoring,
    propose_stages,
    value_key,
)
from throughline.core.people import DUTIES
from throughline.core.text import Json

FORMAT = 1
VALUE_TARGETS = ("stage", "risk_tier", "scoring")
KEY_TARGETS = ("team", "unit", "name")
MAX_KEY_COLUMNS = 6

_MEANINGS: dict[str, tuple[str, ...]] = {
    "stage": (*PLACES, LEAVE_OUT),
    "risk_tier": RISK_TIERS,
    "scoring": SCORING_MODES,
}
_PROPOSERS = {"stage": propose_stages, "risk_tier": propose_risks, "scoring": propose_scoring}
_KEEP_OR_YEAR = ("keep", "year")


@dataclass(frozen=True)
class ImportMapping:
    """`columns` names a column per target; `key` the columns that tell rows apart.

    `values` gives, per value target, the meaning of each value (compared with `value_key`); `defaults` the
    meaning of values that have none, chosen by a person. `dates` says per date column what its figures mean.
    `owner_duty` is what the people in the column of owners are given; empty keeps them as text.
    """

    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, DateReading] = field(default_factory=dict)
    take_long_rows: bool = False
    owner_duty: str = DEFAULT_DUTY

    def column(self, target: str) -> str:
        return self.columns.get(target, "")

    def stated(self, target: str, text: str) -> str:
        """What this very value was said to mean; empty when nobody has said."""
        return self.values.get(target, {}).get(value_key(text), "")

    def meaning(self, target: str, text: str) -> str:
        """What the value means, by itself or by the default."""
        return self.stated(target, text) or self.defaults.get(target, "")

    def states(self, target: str) -> bool:
        """Whether a file under this mapping says anything about the field."""
        return bool(self.column(target) or self.defaults.get(target))

    def steps(self) -> frozenset[str]:
        """The steps of a model's life of which the file has a column of dates."""
        return frozenset(step for target, step, _ in DATE_TARGETS if self.column(target))

    def reading(self, column: str) -> DateReading:
        return self.dates.get(column, DateReading())


@dataclass(frozen=True)
class Proposal:
    mapping: ImportMapping
    columns: tuple[ColumnProposal, ...]
    key_reason: str


def propose_mapping(table: Table) -> Proposal:
    """What the headings and values suggest; every part of it can be changed by the person."""
    columns = propose_columns(table)
    chosen = {proposal.target: proposal.column for proposal in columns if proposal.column}
    key, key_reason = _propose_key(table, chosen)
    mapping = complete(ImportMapping(chosen, key), table)
    return Proposal(mapping, columns, key_reason)


def complete(mapping: ImportMapping, table: Table) -> ImportMapping:
    """The mapping with proposals for values and date columns that it does not speak of yet."""
    values = {target: dict(mapping.values.get(target, {})) for target in VALUE_TARGETS}
    for target in VALUE_TARGETS:
        if (column := mapping.column(target)) in table.header:
            for proposal in propose_values(target, table.column(column)):
                values[target].setdefault(value_key(proposal.value), proposal.meaning)
    dates = dict(mapping.dates)
    for name, column in mapping.columns.items():
        if TARGETS_BY_NAME[name].kind == "date" and column in table.header and column not in dates:
            dates[column] = DateReading(order=order_evidence(table.column(column)).order)
    return replace(mapping, values=values, dates=dates)


def propose_values(target: str, values: Iterable[str]) -> tuple[ValueProposal, ...]:
    """The distinct values of a column with their meanings, the commonest first."""
    return _PROPOSERS[target](values)


def check_mapping(mapping: ImportMapping, table: Table) -> tuple[Reason, ...]:
    """What keeps this mapping from being used on this table."""
    reasons = []
    named = {
        **{f"columns.{name}": column for name, column in mapping.columns.items() if column},
        **{f"key.{place}": column for place, column in enumerate(mapping.key)},
    }
    for place, column in named.items():
        if column not in table.header:
            reasons.append(
                Reason(f"The file has no column “{column}”.", field=place, remedy="Choose another column.")
            )
    if not mapping.column("name"):
        reasons.append(
            Reason("No column is chosen for the name.", field="columns.name", remedy="Choose one.")
        )
    if not mapping.key:
        reasons.append(
            Reason("No column is chosen to tell rows apart.", field="key", remedy="Choose one or several.")
        )
    return tuple(reasons)


def mapping_to_json(mapping: ImportMapping) -> dict[str, Json]:
    return {
        "format": FORMAT,
        "columns": {name: column for name, column in mapping.columns.items() if column},
        "key": list(mapping.key),
        "values": {target: dict(meanings) for target, meanings in mapping.values.items()},
        "defaults": {target: meaning for target, meaning in mapping.defaults.items() if meaning},
        "dates": {
            column: {
                "order": reading.order,
                "typed_year": reading.typed_year,
                "leading_number": reading.leading_number,
                "fiscal_year_starts": reading.fiscal_year_starts,
            }
            for column, reading in mapping.dates.items()
        },
        "take_long_rows": mapping.take_long_rows,
        "owner_duty": mapping.owner_duty,
    }


def mapping_from_json(content: Json) -> ImportMapping:
    """The mapping that this JSON describes. Raises `Refused` (invalid) naming every part that is wrong."""
    reader = _Reader()
    parts = reader.object(content, "mapping")
    if parts.get("format", FORMAT) != FORMAT:
        reader.wrong("format", f"This mapping has a format other than {FORMAT}.", "Make the mapping anew.")
    mapping = ImportMapping(
        columns=reader.columns(parts.get("columns", {})),
        key=reader.key(parts.get("key", [])),
        values={
            target: reader.meanings(target, meanings)
            for target, meanings in reader.object(parts.get("values", {}), "values").items()
        },
        defaults={
            target: reader.meaning(target, meaning, f"defaults.{target}")
            for target, meaning in reader.object(parts.get("defaults", {}), "defaults").items()
        },
        dates={
            column: reader.reading(column, reading)
            for column, reading in reader.object(parts.get("dates", {}), "dates").items()
        },
        take_long_rows=parts.get("take_long_rows", False) is True,
        owner_duty=reader.choice(parts.get("owner_duty", DEFAULT_DUTY), (NO_DUTY, *DUTIES), "owner_duty"),
    )
    if reader.reasons:
        raise Refused(tuple(reader.reasons), kind="invalid")
    return mapping


class _Reader:
    """Reads plain JSON and gathers everything that is wrong with it."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []

    def wrong(self, place: str, text: str, remedy: str) -> None:
        self.reasons.append(Reason(text, field=place, remedy=remedy))

    def object(self, content: Json, place: str) -> dict[str, Json]:
        if isinstance(content, dict):
            return content
        self.wrong(place, "This is not an object.", "Send name and value pairs.")
        return {}

    def columns(self, content: Json) -> dict[str, str]:
        found: dict[str, str] = {}
        for target, column in self.object(content, "columns").items():
            if target not in TARGETS_BY_NAME:
                self.wrong(
                    f"columns.{target[:80]}",
                    f"There is no field “{target[:80]}”.",
                    f"Use one of: {', '.join(known.name for known in TARGETS)}.",
                )
            elif not isinstance(column, str):
                self.wrong(f"columns.{target}", "A column is named by its heading.", "Send a text.")
            elif column:
                found[target] = column
        return found

    def key(self, content: Json) -> tuple[str, ...]:
        if not isinstance(content, list) or not all(isinstance(column, str) for column in content):
            self.wrong("key", "The key is a list of headings.", "Send a list of texts.")
            return ()
        if len(content) > MAX_KEY_COLUMNS:
            self.wrong(
                "key",
                f"The key has {len(content)} columns; {MAX_KEY_COLUMNS} are allowed.",
                "Leave some out.",
            )
        return tuple(dict.fromkeys(cast("list[str]", content)))

    def meanings(self, target: str, content: Json) -> dict[str, str]:
        if target not in VALUE_TARGETS:
            self.wrong(
                f"values.{target[:80]}",
                f"“{target[:80]}” has no values to map.",
                f"Use one of: {', '.join(VALUE_TARGETS)}.",
            )
            return {}
        pairs = self.object(content, f"values.{target}")
        return {
            value_key(value): self.meaning(target, meaning, f"values.{target}")
            for value, meaning in pairs.items()
        }

    def meaning(self, target: str, content: Json, place: str) -> str:
        allowed = _MEANINGS.get(target, ())
        if content == "" or content is None:
            return ""
        if isinstance(content, str) and content in allowed:
            return content
        self.wrong(
            place,
            f"“{str(content)[:80]}” is not a meaning of this column.",
            f"Use one of: {', '.join(allowed)}.",
        )
        return ""

    def reading(self, column: str, content: Json) -> DateReading:
        parts = self.object(content, "dates")
        order = self.choice(parts.get("order", "unsure"), get_args(Order), f"dates.{column[:80]}.order")
        typed_year = self.choice(
            parts.get("typed_year", "keep"), _KEEP_OR_YEAR, f"dates.{column[:80]}.typed_year"
        )
        leading = self.choice(
            parts.get("leading_number", "keep"), _KEEP_OR_YEAR, f"dates.{column[:80]}.leading_number"
        )
        month = parts.get("fiscal_year_starts", 10)
        if not isinstance(month, int) or isinstance(month, bool) or not 1 <= month <= 12:
            self.wrong(
                f"dates.{column[:80]}.fiscal_year_starts",
                "A fiscal year starts in a month from 1 to 12.",
                "Correct it.",
            )
            month = 10
        return DateReading(
            cast(Order, order),
            cast(Literal["keep", "year"], typed_year),
            cast(Literal["keep", "year"], leading),
            month,
        )

    def choice(self, content: Json, allowed: Sequence[str], place: str) -> str:
        if isinstance(content, str) and content in allowed:
            return content
        known = ", ".join(filter(None, allowed))
        self.wrong(place, f"“{str(content)[:80]}” is not allowed here.", f"Use one of: {known}.")
        return allowed[0]


def _propose_key(table: Table, chosen: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    if identifier := chosen.get("external_id"):
        repeats = _repeats(table, (identifier,))
        if not repeats:
            return (identifier,), "every row has its own identifier"
    columns = tuple(chosen[target] for target in KEY_TARGETS if target in chosen)
    if not columns:
        return (), "no column tells rows apart"
    repeats = _repeats(table, columns)
    if not repeats:
        return columns, "no two rows agree in these columns"
    return columns, (
        f"the file has no identifier; {repeats:,} of {len(table.rows):,} rows agree with an earlier one in "
        "these columns and get a number behind their key"
    )


def _repeats(table: Table, columns: Sequence[str]) -> int:
    """Compared as keys are: identifiers that differ in a capital letter alone are two."""
    places = [table.header.index(column) for column in columns]
    keys = {tuple(" ".join(row.cells[place].split()) for place in places) for row in table.rows}
    return len(table.rows) - len(keys)
