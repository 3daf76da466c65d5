"""The account of every row of a file: what was understood, kept, or wrong, and what becomes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import get_args

from throughline.core.errors import Refused
from throughline.core.imports.dates import Severity
from throughline.core.imports.keys import distinct_keys
from throughline.core.imports.mapping import ImportMapping
from throughline.core.imports.owners import Fate, Named, Owners
from throughline.core.imports.problems import Problem
from throughline.core.imports.reading import RowReading, read_row
from throughline.core.imports.tables import Table
from throughline.core.imports.values import PLACES
from throughline.core.text import Json


class Outcome(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    HELD_BACK = "held_back"


NAMED = 20
MOST_OWNERS = 200  # texts that match nobody, kept with the counts of a batch
REPORTED: Mapping[Fate, tuple[str, Severity]] = {
    Fate.UNKNOWN: ("owner_unknown", "warn"),
    Fate.UNCLEAR: ("owner_unclear", "warn"),
    Fate.STAYS: ("owner_stays", "note"),
}
TOTALS = ("rows", *(outcome.value for outcome in Outcome))


@dataclass(frozen=True)
class Known:
    """What is on record for a key: the fingerprint of the row last imported, and where the model is now."""

    fingerprint: str
    place: str


@dataclass(frozen=True)
class RowAccount:
    """One row, in plain JSON; `raw` has every filled cell of the row under its heading."""

    number: int
    line: int
    key: str
    name: str
    outcome: Outcome
    reason: str
    understood: Mapping[str, Json]
    raw: Mapping[str, str]
    problems: tuple[Problem, ...]
    fingerprint: str
    owner: Named | None = None

    @property
    def severity(self) -> str:
        """That of the gravest problem; empty without any."""
        found = {problem.severity for problem in self.problems}
        return next((severity for severity in get_args(Severity) if severity in found), "")

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(problem.code for problem in self.problems))


@dataclass(frozen=True)
class Account:
    """`unmapped` counts rows per stage without a meaning; `backwards` those whose dates run backwards.

    `owners` is there where the mapping names a column of owners and a duty for them.
    """

    rows: tuple[RowAccount, ...]
    outcomes: Mapping[Outcome, int]
    severities: Mapping[Severity, int]
    unmapped: Mapping[str, int]
    backwards: int
    owners: Owners | None = None

    def assigned(self) -> dict[int, int]:
        """By row number, whom the import gives the duty."""
        return {
            row.number: row.owner.person_id
            for row in self.rows
            if row.owner is not None and row.owner.person_id is not None
        }

    def counts(self) -> dict[str, Json]:
        """What is shown of a batch without reading its rows; kinds of problem count rows, not cells."""
        codes = Counter(code for row in self.rows for code in row.codes)
        return {
            "rows": len(self.rows),
            **{outcome.value: self.outcomes[outcome] for outcome in Outcome},
            "severities": dict(Counter(row.severity for row in self.rows if row.severity)),
            "codes": dict(codes.most_common()),
            "unmapped": dict(self.unmapped),
            "backwards": self.backwards,
            **({"owners": self._owners(self.owners)} if self.owners else {}),
        }

    def _owners(self, owners: Owners) -> dict[str, Json]:
        named = [row.owner for row in self.rows if row.owner is not None]
        fates = Counter(one.fate for one in named)
        lost = {
            fate: Counter(one.text for one in named if one.fate is fate)
            for fate in (Fate.UNKNOWN, Fate.UNCLEAR)
        }
        return {
            "duty": owners.duty,
            **{fate.value: fates[fate] for fate in Fate},
            "nobody": dict(lost[Fate.UNKNOWN].most_common(MOST_OWNERS)),
            "several": dict(lost[Fate.UNCLEAR].most_common(MOST_OWNERS)),
            "names_of_nobody": len(lost[Fate.UNKNOWN]),
            "names_of_several": len(lost[Fate.UNCLEAR]),
        }


def require_as_shown(counts: Mapping[str, Json], shown: Mapping[str, Json]) -> None:
    """Refuses to import what nobody saw: nothing at all, or something else than the dry run showed."""
    if not any(counts[outcome] for outcome in (Outcome.CREATE, Outcome.UPDATE, Outcome.UNCHANGED)):
        raise Refused.of(
            "No row of this file can be imported: all are held back.",
            remedy="Give the stages a meaning in the mapping, or choose a default.",
        )
    if any(counts[name] != shown.get(name) for name in TOTALS):
        raise Refused.of(
            f"The portfolio changed since these rows were checked: now {counts[Outcome.CREATE]} would be created "
            f"and {counts[Outcome.UPDATE]} updated.",
            kind="lost_race",
            remedy="Check the rows again, then import.",
        )
    if (now := duties(counts)) != duties(shown):
        raise Refused.of(
            f"People or duties changed since these rows were checked: now {now} duties would be assigned.",
            kind="lost_race",
            remedy="Check the rows again, then import.",
        )


def duties(counts: Mapping[str, Json]) -> int:
    """How many duties an import with these counts assigns."""
    owners = counts.get("owners")
    found = owners.get(Fate.ASSIGN) if isinstance(owners, dict) else 0
    return found if isinstance(found, int) else 0


def people_went_on(rows: Sequence[tuple[str, int]]) -> Refused:
    """Why an import cannot be undone: the models, by name and row, to which something happened since."""
    names = ", ".join(f"“{name}” (row {number})" for name, number in rows[:NAMED])
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    return Refused.of(
        f"People went on with {len(rows):,} of these models since: {names}{more}.",
        remedy="Undo the rest and leave these as they are, or take their changes back first.",
    )


def understand(
    table: Table,
    mapping: ImportMapping,
    *,
    known: Mapping[str, Known],
    today: date,
    owners: Owners | None = None,
) -> Account:
    """The account of all rows: as many accounts as rows, in their order. Never raises on what a cell says."""
    readings = [read_row(table, row, mapping, today) for row in table.rows]
    keys = distinct_keys(readings, {key: model.fingerprint for key, model in known.items()})
    column = mapping.column("owner")
    rows = tuple(
        _account(reading, key, known.get(key), owners, column)
        for reading, key in zip(readings, keys, strict=True)
    )
    problems = [problem for row in rows for problem in row.problems]
    unmapped = Counter(reading.unmapped_stage for reading in readings if reading.unmapped_stage is not None)
    return Account(
        rows,
        outcomes={outcome: sum(row.outcome is outcome for row in rows) for outcome in Outcome},
        severities={
            level: sum(problem.severity == level for problem in problems) for level in get_args(Severity)
        },
        unmapped=dict(unmapped.most_common()),
        backwards=sum(reading.runs_backwards for reading in readings),
        owners=owners,
    )


def _account(
    reading: RowReading, key: str, known: Known | None, owners: Owners | None, owner_column: str
) -> RowAccount:
    outcome, reason = _outcome(reading, known)
    is_in = outcome is not Outcome.HELD_BACK
    owner = _owner(reading, key, owners, owner_column) if owners and is_in else None
    return RowAccount(
        reading.row.number,
        reading.row.line,
        key,
        str(reading.understood.get("name", "")),
        outcome,
        reason,
        reading.understood,
        reading.raw,
        tuple(reading.problems),
        reading.fingerprint,
        owner,
    )


def _owner(reading: RowReading, key: str, owners: Owners, column: str) -> Named | None:
    text = str(reading.understood.get("owner", ""))
    if not text:
        return None
    named = owners.named(text, key)
    if named.fate in REPORTED:
        code, severity = REPORTED[named.fate]
        reading.report(code, severity, column, named.said, named.remedy)
    return named


def _outcome(reading: RowReading, known: Known | None) -> tuple[Outcome, str]:
    if reading.held_back:
        return Outcome.HELD_BACK, "; ".join(reading.held_back)
    if known is None:
        return Outcome.CREATE, ""
    if known.fingerprint == reading.fingerprint:
        return Outcome.UNCHANGED, ""
    _compare_place(reading, known)
    return Outcome.UPDATE, ""


def _compare_place(reading: RowReading, known: Known) -> None:
    """An import never moves a model that is on record: that takes a decision at a gate."""
    wanted = next(
        key
        for key, place in PLACES.items()
        if (place.stage.value, place.standing.value)
        == (reading.understood["stage"], reading.understood["standing"])
    )
    if wanted != known.place:
        reading.report(
            "stays_in_place",
            "warn",
            "",
            f"the file says {wanted}, the model is in {known.place}; it stays there",
            "Request a move if it should change.",
        )
