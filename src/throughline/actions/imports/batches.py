"""A portfolio file comes in, is mapped and checked, or is put away."""

import hashlib
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.actions.imports.rows import claim, store_rows, totals
from throughline.adapters.tables import read_table
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.imports.mapping import (
    ImportMapping,
    check_mapping,
    complete,
    mapping_from_json,
    mapping_to_json,
    propose_mapping,
)
from throughline.core.imports.tables import Table, file_label
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries import imports as queries
from throughline.queries.imports import batch_row, table_of, take_account
from throughline.queries.portfolio import program_by_id
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.imports import ImportMapping as SavedMapping


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
    account, _ = take_account(actor, program, table, mapping, now=now)
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
        store_rows(batch, table, account)
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
    account, _ = take_account(actor, batch.program, table, mapping, now=now)
    counts = account.counts()
    with transaction.atomic():
        claim(batch, expected_version, mapping=mapping_to_json(mapping), counts=counts)
        store_rows(batch, table, account)
        body = {"import": batch.pk, **totals(counts)}
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
        claim(batch, expected_version, state="discarded")
        ImportRow.objects.filter(batch=batch).delete()
        body = {"import": batch.pk, "file": batch.file_name}
        activity.record(actor, "import.discarded", now=now, program_id=batch.program_id, body=body)


def _first_mapping(program_id: int, table: Table, mapping_id: int | None) -> ImportMapping:
    if mapping_id is None:
        return queries.kept_mapping(program_id, table) or propose_mapping(table).mapping
    mapping = mapping_from_json(queries.saved_mapping(program_id, mapping_id).content)
    if reasons := check_mapping(mapping, table):
        raise Refused(reasons, kind="invalid")
    return mapping
