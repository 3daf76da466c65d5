"""An import is carried out: models come into the record, or change, as their rows were accounted for."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from throughline.actions import activity
from throughline.actions.imports.changing import Changed, record_changes, revision, told_of, write
from throughline.actions.imports.owners import assign_owners, record_duties
from throughline.actions.imports.rows import (
    BATCH_SIZE,
    Written,
    claim,
    lost_race,
    require_open,
    store_rows,
    totals,
)
from throughline.core import permissions
from throughline.core.imports.accounts import Account, Outcome, RowAccount, require_as_shown
from throughline.core.imports.mapping import ImportMapping, mapping_from_json
from throughline.core.imports.tables import Table
from throughline.core.imports.writing import changed_fields, first_fields, told
from throughline.core.permissions import Actor
from throughline.queries import imports as queries
from throughline.queries.imports import OnRecord, batch_row, table_of, take_account
from throughline.records.imports import ImportBatch
from throughline.records.portfolio import MLModel, Revision


@activity.records_refusals("import.refused")
def run_import(*, actor: Actor, batch_id: int, expected_version: int, now: datetime) -> ImportBatch:
    """Creates and updates models as the rows were accounted for. Models that exist keep their stage."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    require_open(batch)
    table, mapping = table_of(batch), mapping_from_json(batch.mapping)
    account, known = take_account(actor, batch.program, table, mapping, now=now)
    counts = account.counts()
    require_as_shown(counts, batch.counts)
    body = {"import": batch.pk, "file": batch.file_name, "sha256": batch.sha256, **totals(counts)}
    written_by = {"imported_by": actor.name, "imported_at": now, "counts": counts}
    try:
        with transaction.atomic():
            claim(batch, expected_version, state="imported", **written_by)
            created, new = _create(batch, account.rows, actor, now)
            updated, changed = _update(_with(account, Outcome.UPDATE), known, table, mapping, actor, now)
            unchanged = {
                row.number: Written(known[row.key].model_id) for row in _with(account, Outcome.UNCHANGED)
            }
            written, duties = assign_owners(batch, account, {**unchanged, **updated, **created}, actor, now)
            store_rows(batch, table, account, written)
            activity.record(actor, "import.carried_out", now=now, program_id=batch.program_id, body=body)
            activity.record_many(actor, new, now=now)
            record_changes(actor, batch, changed, "model.changed", now)
            record_duties(actor, batch, "duty.assigned", duties, now)
    except IntegrityError:
        raise lost_race("A model with one of these identifiers, or a duty, was added meanwhile.") from None
    batch.refresh_from_db()
    return batch


def _create(
    batch: ImportBatch, rows: Sequence[RowAccount], actor: Actor, now: datetime
) -> tuple[dict[int, Written], list[activity.Line]]:
    new = [row for row in rows if row.outcome is Outcome.CREATE]
    shared = {
        "program": batch.program,
        "policy_id": batch.program.policy_id,
        "created_at": now,
        "changed_at": now,
    }
    models = MLModel.objects.bulk_create(
        [
            MLModel(**shared, external_id=row.key, **first_fields(row.understood, row.raw, now=now))
            for row in new
        ],
        batch_size=BATCH_SIZE,
    )
    Revision.objects.bulk_create([revision(model, {}, actor, now) for model in models], batch_size=BATCH_SIZE)
    pairs = list(zip(new, models, strict=True))
    lines = [
        activity.Line("model.imported", batch.program_id, model.pk, told_of(batch, model.name, row.number))
        for row, model in pairs
    ]
    return {row.number: Written(model.pk, model.version) for row, model in pairs}, lines


def _update(
    rows: Sequence[RowAccount],
    known: Mapping[str, OnRecord],
    table: Table,
    mapping: ImportMapping,
    actor: Actor,
    now: datetime,
) -> tuple[dict[int, Written], list[Changed]]:
    """Writes the news of each row over the version that was seen; a model that moved on refuses the whole batch."""
    written: dict[int, Written] = {}
    changed: list[Changed] = []
    revisions: list[Revision] = []
    found = queries.details([known[row.key] for row in rows])
    for row in rows:
        one = known[row.key]
        seen = found[one.model_id]
        fields = changed_fields(
            row.understood,
            row.raw,
            last=seen.last,
            current=seen.current,
            mapping=mapping,
            header=table.header,
        )
        before = {name: seen.current[name] for name in fields}
        if not fields:
            written[row.number] = Written(one.model_id)
            continue
        model = write(one.model_id, one.version, fields, now)
        written[row.number] = Written(one.model_id, model.version, before)
        revisions.append(revision(model, before, actor, now))
        changed.append(Changed(model, told(before, fields)))
    Revision.objects.bulk_create(revisions, batch_size=BATCH_SIZE)
    return written, changed


def _with(account: Account, outcome: Outcome) -> list[RowAccount]:
    return [row for row in account.rows if row.outcome is outcome]
