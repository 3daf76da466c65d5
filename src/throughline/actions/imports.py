"""A portfolio file comes in, is mapped and checked, is imported as one batch, and can be undone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters.tables import read_table
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.imports.accounts import (
    TOTALS,
    Account,
    Outcome,
    RowAccount,
    people_went_on,
    require_as_shown,
)
from throughline.core.imports.mapping import (
    ImportMapping,
    check_mapping,
    complete,
    mapping_from_json,
    mapping_to_json,
    propose_mapping,
)
from throughline.core.imports.tables import Row, Table, file_label
from throughline.core.imports.writing import changed_fields, first_fields, told
from throughline.core.permissions import Actor
from throughline.core.portfolio import changes, revision_content
from throughline.core.text import Json, clean_line
from throughline.queries import imports as queries
from throughline.queries.imports import OnRecord, batch_row, table_of, take_account
from throughline.queries.portfolio import program_by_id
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.imports import ImportMapping as SavedMapping
from throughline.records.moves import SignOff
from throughline.records.portfolio import MLModel, Revision

BATCH_SIZE = 400
CHUNK = 500  # rows in memory at once while they are written


@activity.records_refusals("import.refused")
def preview_import(
    *,
    actor: Actor,
    program_id: int,
    file_name: str,
    content: bytes,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    mapping_id: int | None = None,
    now: datetime,
) -> ImportBatch:
    """A batch with a proposed mapping: a saved one when named, else that of the last file of the same make."""
    permissions.require(actor, "import.run", noun="program", program_id=program_id)
    program, label = program_by_id(actor, program_id), file_label(file_name)
    table = read_table(content, label, encoding=encoding, delimiter=delimiter, sheet=sheet)
    mapping = complete(_first_mapping(program_id, table, mapping_id), table)
    account, _ = take_account(program, table, mapping, now=now)
    with transaction.atomic():
        batch = ImportBatch.objects.create(
            program=program,
            file_name=label,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            source={**asdict(table.source), "notes": table.notes},
            header=table.header,
            named_width=table.named_width,
            mapping=mapping_to_json(mapping),
            counts=account.counts(),
            person_id=actor.person_id,
            created_by=actor.name,
            created_at=now,
        )
        _store_rows(batch, table, account)
        body = {"import": batch.pk, "file": label, "sha256": batch.sha256, "rows": len(table.rows)}
        activity.record(actor, "import.previewed", now=now, program_id=program_id, body=body)
    return batch


@activity.records_refusals("import.refused")
def choose_mapping(
    *, actor: Actor, batch_id: int, expected_version: int, mapping: ImportMapping, now: datetime
) -> ImportBatch:
    """Accounts for the rows anew under this mapping; the same mapping again looks anew at what is on record."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    table = table_of(batch)
    mapping = complete(mapping, table)
    if reasons := check_mapping(mapping, table):
        raise Refused(reasons, kind="invalid")
    account, _ = take_account(batch.program, table, mapping, now=now)
    counts = account.counts()
    with transaction.atomic():
        _claim(batch, expected_version, mapping=mapping_to_json(mapping), counts=counts)
        _store_rows(batch, table, account)
        body = {"import": batch.pk, **_totals(counts)}
        activity.record(actor, "import.mapped", now=now, program_id=batch.program_id, body=body)
    batch.refresh_from_db()
    return batch


@activity.records_refusals("import.refused")
def save_mapping(*, actor: Actor, batch_id: int, name: str, now: datetime) -> SavedMapping:
    """Keeps the batch's mapping under a name for later files; the same name is written over."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    name = clean_line(name, field="name", max_length=100)
    content = {"content": batch.mapping, "saved_by": actor.name, "saved_at": now}
    with transaction.atomic():
        saved, _ = SavedMapping.objects.update_or_create(program=batch.program, name=name, defaults=content)
        body = {"import": batch.pk, "name": name}
        activity.record(actor, "import.mapping_saved", now=now, program_id=batch.program_id, body=body)
    return saved


@activity.records_refusals("import.refused")
def discard_import(*, actor: Actor, batch_id: int, expected_version: int, now: datetime) -> None:
    """Puts away a file that was looked at and not imported."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    with transaction.atomic():
        _claim(batch, expected_version, state="discarded")
        ImportRow.objects.filter(batch=batch).delete()
        body = {"import": batch.pk, "file": batch.file_name}
        activity.record(actor, "import.discarded", now=now, program_id=batch.program_id, body=body)


@activity.records_refusals("import.refused")
def run_import(*, actor: Actor, batch_id: int, expected_version: int, now: datetime) -> ImportBatch:
    """Creates and updates models as the rows were accounted for. Models that exist keep their stage."""
    batch = batch_row(actor, batch_id)
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    _require_open(batch)
    table, mapping = table_of(batch), mapping_from_json(batch.mapping)
    account, known = take_account(batch.program, table, mapping, now=now)
    counts = account.counts()
    require_as_shown(counts, batch.counts)
    body = {"import": batch.pk, "file": batch.file_name, "sha256": batch.sha256, **_totals(counts)}
    try:
        with transaction.atomic():
            _claim(
                batch,
                expected_version,
                state="imported",
                imported_by=actor.name,
                imported_at=now,
                counts=counts,
            )
            created, new = _create(batch, account.rows, actor, now)
            updated, changed = _update(_with(account, Outcome.UPDATE), known, table, mapping, actor, now)
            unchanged = {
                row.number: Written(known[row.key].model_id) for row in _with(account, Outcome.UNCHANGED)
            }
            _store_rows(batch, table, account, {**unchanged, **updated, **created})
            activity.record(actor, "import.carried_out", now=now, program_id=batch.program_id, body=body)
            activity.record_many(actor, new, now=now)
            _record_changes(actor, batch, changed, "model.changed", now)
    except IntegrityError:
        raise _lost_race("A model with one of these identifiers was added meanwhile.") from None
    batch.refresh_from_db()
    return batch


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
        lines = [_line(batch, row) for row in left.created]
        _remove([row.model_id for row in left.created if row.model_id is not None])
        restored = [_restore(row, actor, now) for row in left.updated]
        counts = {"removed": len(left.created), "restored": len(left.updated), "left": len(left.went_on)}
        body = {"import": batch.pk, "file": batch.file_name, **counts}
        activity.record(actor, "import.undone", now=now, program_id=batch.program_id, body=body)
        activity.record_many(actor, lines, now=now)
        _record_changes(actor, batch, restored, "model.import_undone", now)
    batch.refresh_from_db()
    return batch


@dataclass(frozen=True)
class Written:
    """What an import did to one model: its new version, and the fields that an update replaced."""

    model_id: int
    version: int | None = None
    before: Mapping[str, Json] | None = None


@dataclass(frozen=True)
class Changed:
    model: MLModel
    fields: Mapping[str, object]


def _first_mapping(program_id: int, table: Table, mapping_id: int | None) -> ImportMapping:
    if mapping_id is None:
        return queries.kept_mapping(program_id, table) or propose_mapping(table).mapping
    mapping = mapping_from_json(queries.saved_mapping(program_id, mapping_id).content)
    if reasons := check_mapping(mapping, table):
        raise Refused(reasons, kind="invalid")
    return mapping


def _claim(batch: ImportBatch, expected_version: int, **written: object) -> None:
    """The conditional update of a batch that is not imported yet."""
    rows = ImportBatch.objects.filter(pk=batch.pk, version=expected_version, state="previewed")
    if not rows.update(version=F("version") + 1, **written):
        batch.refresh_from_db()
        _require_open(batch)
        remedy = "Look at the rows again."
        raise Refused.of("Somebody else changed this import meanwhile.", kind="stale", remedy=remedy)


def _require_open(batch: ImportBatch) -> None:
    if batch.state != "previewed":
        raise Refused.of(f"This file is {batch.state} already.", remedy="Upload it anew to look at it again.")


def _store_rows(
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
        before=written.before if written else None,
        written_version=written.version if written else None,
    )


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
    Revision.objects.bulk_create(
        [_revision(model, {}, actor, now) for model in models], batch_size=BATCH_SIZE
    )
    pairs = list(zip(new, models, strict=True))
    lines = [
        activity.Line("model.imported", batch.program_id, model.pk, _told(batch, model.name, row.number))
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
        model = _write(one.model_id, one.version, fields, now)
        written[row.number] = Written(one.model_id, model.version, before)
        revisions.append(_revision(model, before, actor, now))
        changed.append(Changed(model, told(before, fields)))
    Revision.objects.bulk_create(revisions, batch_size=BATCH_SIZE)
    return written, changed


def _write(model_id: int, version: int | None, fields: Mapping[str, object], now: datetime) -> MLModel:
    rows = MLModel.objects.filter(pk=model_id, version=version or 0)
    if not rows.update(**fields, changed_at=now, version=F("version") + 1, facts=F("facts") + 1):
        raise _lost_race("A model of this import was changed meanwhile.")
    return MLModel.objects.select_related("program").get(pk=model_id)


def _revision(model: MLModel, before: Mapping[str, object], actor: Actor, now: datetime) -> Revision:
    content = revision_content(model)
    old = {**content, **before} if before else {}
    changed = changes(old, content)
    return Revision(
        model=model, number=model.version, at=now, by=actor.name, content=content, changed=changed
    )


def _record_changes(
    actor: Actor, batch: ImportBatch, changed: Sequence[Changed], verb: str, now: datetime
) -> None:
    """Most changes touch no sign-off and are recorded together; the others one by one, so that those become void."""
    live = SignOff.objects.filter(model_id__in=[one.model.pk for one in changed], void_at__isnull=True)
    signed = set(live.filter(expires_at__gt=now).values_list("model_id", flat=True))
    lines = []
    for one in changed:
        body = {"changed": one.fields, "import": batch.pk}
        if one.model.pk in signed:
            activity.record_on_model(actor, verb, one.model, now=now, body=body)
        else:
            lines.append(activity.Line(verb, batch.program_id, one.model.pk, body))
    activity.record_many(actor, lines, now=now)


def _remove(model_ids: Sequence[int]) -> None:
    Revision.objects.filter(model_id__in=model_ids).delete()
    ImportRow.objects.filter(model_id__in=model_ids).update(model=None)
    MLModel.objects.filter(pk__in=model_ids).delete()


def _restore(row: ImportRow, actor: Actor, now: datetime) -> Changed:
    if row.model is None or row.before is None:
        raise TypeError("Only a row that updated a model can be restored.")
    content, imported = revision_content(row.model), {name: getattr(row.model, name) for name in row.before}
    model = _write(row.model.pk, row.written_version, row.before, now)
    _revision(model, content, actor, now).save()
    return Changed(model, told(imported, row.before))


def _line(batch: ImportBatch, row: ImportRow) -> activity.Line:
    return activity.Line(
        "model.import_undone", batch.program_id, row.model_id, _told(batch, row.name, row.number)
    )


def _told(batch: ImportBatch, name: str, number: int) -> dict[str, object]:
    return {"name": name, "import": batch.pk, "row": number}


def _totals(counts: Mapping[str, Json]) -> dict[str, Json]:
    return {name: counts[name] for name in TOTALS}


def _with(account: Account, outcome: Outcome) -> list[RowAccount]:
    return [row for row in account.rows if row.outcome is outcome]


def _lost_race(text: str) -> Refused:
    return Refused.of(text, kind="lost_race", remedy="Check the rows again, then import.")
