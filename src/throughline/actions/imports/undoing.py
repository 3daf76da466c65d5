"""An import is taken back: what it added is removed, what it changed is put back, and what people did stays."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.imports.changing import Changed, record_changes, revision, told_of, write
from throughline.actions.imports.owners import end_duties, record_duties
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.imports.accounts import people_went_on
from throughline.core.imports.writing import told
from throughline.core.permissions import Actor
from throughline.core.portfolio import revision_content
from throughline.queries import imports as queries
from throughline.queries.imports import batch_row
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.portfolio import MLModel, Revision


@activity.records_refusals("import.refused")
def undo_import(*, actor: Actor, batch_id: int, leaves_changed: bool = False, now: datetime) -> ImportBatch:
    """Takes the batch back. Models that people went on with refuse it, or stay when `leaves_changed` says so."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    with transaction.atomic():
        rows = ImportBatch.objects.filter(pk=batch_id, state="imported")
        if not rows.update(state="undone", undone_by=actor.name, undone_at=now, version=F("version") + 1):
            raise Refused.of("This import is not in force, so there is nothing to take back.")
        left = queries.left_behind(batch)
        if left.went_on and not leaves_changed:
            raise people_went_on([(row.name, row.number) for row in left.went_on])
        if left.assigned:
            permissions.require(actor, "people.change", noun="import", program_id=batch.program_id)
        duties = end_duties(left.assigned, now)
        lines = [_line(batch, row) for row in left.created]
        _remove([row.model_id for row in left.created if row.model_id is not None])
        restored = [_restore(row, actor, now) for row in left.updated]
        counts = {"removed": len(left.created), "restored": len(left.updated), "left": len(left.went_on)}
        counts |= {"duties": len(duties)} if left.assigned else {}
        body = {"import": batch.pk, "file": batch.file_name, **counts}
        activity.record(actor, "import.undone", now=now, program_id=batch.program_id, body=body)
        activity.record_many(actor, lines, now=now)
        record_changes(actor, batch, restored, "model.import_undone", now)
        record_duties(actor, batch, "duty.ended", duties, now)
    batch.refresh_from_db()
    return batch


def _remove(model_ids: Sequence[int]) -> None:
    Revision.objects.filter(model_id__in=model_ids).delete()
    ImportRow.objects.filter(model_id__in=model_ids).update(model=None)
    MLModel.objects.filter(pk__in=model_ids).delete()


def _restore(row: ImportRow, actor: Actor, now: datetime) -> Changed:
    if row.model is None or row.before is None:
        raise TypeError("Only a row that updated a model can be restored.")
    content, imported = revision_content(row.model), {name: getattr(row.model, name) for name in row.before}
    model = write(row.model.pk, row.written_version, row.before, now)
    revision(model, content, actor, now).save()
    return Changed(model, told(imported, row.before))


def _line(batch: ImportBatch, row: ImportRow) -> activity.Line:
    return activity.Line(
        "model.import_undone", batch.program_id, row.model_id, told_of(batch, row.name, row.number)
    )
