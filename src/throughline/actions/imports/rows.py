"""A batch under way: who may go on with it, and the rows that are kept of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.db.models import F

from throughline.core.errors import Refused
from throughline.core.imports.accounts import TOTALS, Account, RowAccount, duties
from throughline.core.imports.tables import Row, Table
from throughline.core.text import Json
from throughline.records.imports import ImportBatch, ImportRow

BATCH_SIZE = 400
CHUNK = 500  # rows in memory at once while they are written


@dataclass(frozen=True)
class Written:
    """What an import did to one model: its new version, the fields that an update replaced, its owner's duty."""

    model_id: int
    version: int | None = None
    before: Mapping[str, Json] | None = None
    assignment_id: int | None = None


def claim(batch: ImportBatch, expected_version: int, **written: object) -> None:
    """The conditional update of a batch that is not imported yet."""
    rows = ImportBatch.objects.filter(pk=batch.pk, version=expected_version, state="previewed")
    if not rows.update(version=F("version") + 1, **written):
        batch.refresh_from_db()
        require_open(batch)
        remedy = "Look at the rows again."
        raise Refused.of("Somebody else changed this import meanwhile.", kind="stale", remedy=remedy)


def require_open(batch: ImportBatch) -> None:
    if batch.state != "previewed":
        raise Refused.of(f"This file is {batch.state} already.", remedy="Upload it anew to look at it again.")


def store_rows(
    batch: ImportBatch, table: Table, account: Account, written: Mapping[int, Written] | None = None
) -> None:
    """Replaces the rows of the batch. `written` tells, by row number, what became of models."""
    ImportRow.objects.filter(batch=batch).delete()
    known = written or {}
    for start in range(0, len(table.rows), CHUNK):
        pairs = zip(table.rows[start : start + CHUNK], account.rows[start : start + CHUNK], strict=True)
        made = [_row(batch, row, found, known.get(found.number)) for row, found in pairs]
        ImportRow.objects.bulk_create(made, batch_size=BATCH_SIZE)


def _row(batch: ImportBatch, row: Row, found: RowAccount, written: Written | None) -> ImportRow:
    return ImportRow(
        batch=batch,
        number=row.number,
        line=row.line,
        width=row.width,
        cells=row.cells,
        key=found.key,
        name=found.name,
        outcome=found.outcome,
        reason=found.reason,
        severity=found.severity,
        codes=f"|{'|'.join(found.codes)}|" if found.codes else "",
        understood=found.understood,
        problems=[asdict(problem) for problem in found.problems],
        fingerprint=found.fingerprint,
        model_id=written.model_id if written else None,
        assignment_id=written.assignment_id if written else None,
        before=written.before if written else None,
        written_version=written.version if written else None,
    )


def totals(counts: Mapping[str, Json]) -> dict[str, Json]:
    """What the log says of a batch. Duties are told where the file has owners."""
    owners = {"duties": duties(counts)} if "owners" in counts else {}
    return {**{name: counts[name] for name in TOTALS}, **owners}


def lost_race(text: str) -> Refused:
    return Refused.of(text, kind="lost_race", remedy="Check the rows again, then import.")
