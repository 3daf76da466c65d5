"""Imports as they stand: batches, their rows, the table behind them, and what is on record for each key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Q, QuerySet

from throughline.core import permissions
from throughline.core.errors import Missing
from throughline.core.imports.accounts import Account, Known, understand
from throughline.core.imports.mapping import ImportMapping as Mapped
from throughline.core.imports.mapping import check_mapping, mapping_from_json
from throughline.core.imports.tables import Row, Source, Table
from throughline.core.imports.values import place_key
from throughline.core.permissions import Actor
from throughline.core.stages import Place, Stage, Standing
from throughline.core.text import Json
from throughline.queries.import_owners import owners_for
from throughline.queries.portfolio import program_by_id, programs
from throughline.records.imports import ImportBatch, ImportMapping, ImportRow
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel, Program

CURRENT_FIELDS = ("name", "summary", "risk_tier", "scoring", "team", "unit", "tags", "dates", "kept")
IMPORTS_OWN = {"revision", "importrow"}
CHUNK = 500


@dataclass(frozen=True)
class OnRecord:
    """A model as it stands for a key, and its row when it was last imported (`row_id` None: it never was)."""

    model_id: int
    version: int
    place: str
    fingerprint: str
    row_id: int | None

    def known(self) -> Known:
        return Known(self.fingerprint, self.place)


@dataclass(frozen=True)
class Detail:
    """The fields of a model that an import may write, and what its row said when it was last imported."""

    current: Mapping[str, Json]
    last: Mapping[str, Json] | None


@dataclass(frozen=True)
class LeftBehind:
    """What is there of an import: rows it created, rows it updated, and rows on which people went on since.

    `assigned` are rows of models that stay on record and whose owner got a duty by this import.
    """

    created: tuple[ImportRow, ...]
    updated: tuple[ImportRow, ...]
    went_on: tuple[ImportRow, ...]
    assigned: tuple[ImportRow, ...]


@dataclass(frozen=True)
class RowFilters:
    """What narrows the rows of a batch; each is empty for “any”."""

    outcome: str = ""
    severity: str = ""
    code: str = ""
    search: str = ""


def programs_to_import_into(actor: Actor) -> list[Program]:
    return [row for row in programs(actor) if permissions.may(actor, "import.run", program_id=row.pk)]


def batches(actor: Actor) -> QuerySet[ImportBatch]:
    """Imports into the programs where the actor may import, the latest first."""
    mine = [program.pk for program in programs_to_import_into(actor)]
    rows = (
        ImportBatch.objects.select_related("program").filter(program_id__in=mine).exclude(state="discarded")
    )
    return rows.order_by("-created_at", "-pk")


def batch_row(actor: Actor, batch_id: int) -> ImportBatch:
    """Raises `Missing` for an outsider, `NotAllowed` for someone of the program who may not import."""
    batch = (
        ImportBatch.objects.select_related("program").filter(pk=batch_id).exclude(state="discarded").first()
    )
    if batch is None:
        raise Missing("import")
    permissions.require(actor, "import.run", noun="import", program_id=batch.program_id)
    return batch


def program_for_import(actor: Actor, program_id: int) -> Program:
    program = program_by_id(actor, program_id)
    permissions.require(actor, "import.run", noun="program", program_id=program_id)
    return program


def rows(batch: ImportBatch, filters: RowFilters = RowFilters()) -> QuerySet[ImportRow]:
    found = ImportRow.objects.filter(batch=batch).order_by("number")
    if filters.outcome:
        found = found.filter(outcome=filters.outcome)
    if filters.severity:
        found = found.filter(severity=filters.severity)
    if filters.code:
        found = found.filter(codes__contains=f"|{filters.code}|")
    if filters.search:
        found = found.filter(Q(name__icontains=filters.search) | Q(key__icontains=filters.search))
    return found


def table_of(batch: ImportBatch) -> Table:
    """The table as it was read from the file."""
    values = (
        ImportRow.objects.filter(batch=batch)
        .order_by("number")
        .values_list("number", "line", "cells", "width")
    )
    source = batch.source
    return Table(
        header=tuple(batch.header),
        rows=tuple(
            Row(number, line, tuple(cells), width) for number, line, cells, width in values.iterator(2000)
        ),
        named_width=batch.named_width,
        source=Source(
            file_name=batch.file_name,
            format=source["format"],
            encoding=source["encoding"],
            delimiter=source["delimiter"],
            sheet=source["sheet"],
            sheets=tuple(source["sheets"]),
        ),
        notes=tuple(source["notes"]),
    )


def on_record(program_id: int) -> dict[str, OnRecord]:
    """Every model of the program that has an external id, by that id; without what only an update reads."""
    last = _last_rows(program_id)
    models = MLModel.objects.filter(program_id=program_id, external_id__isnull=False)
    found: dict[str, OnRecord] = {}
    for pk, version, key, stage, standing in models.values_list(
        "pk", "version", "external_id", "stage", "standing"
    ).iterator(2000):
        row_id, fingerprint = last.get(pk, (None, ""))
        place = place_key(Place(Stage(stage), Standing(standing)))
        found[str(key)] = OnRecord(pk, version, place, fingerprint, row_id)
    return found


def details(records: Sequence[OnRecord]) -> dict[int, Detail]:
    """By model id."""
    found: dict[int, Detail] = {}
    for start in range(0, len(records), CHUNK):
        some = records[start : start + CHUNK]
        rows = ImportRow.objects.filter(pk__in=[one.row_id for one in some if one.row_id])
        last = dict(rows.values_list("model_id", "understood"))
        models = MLModel.objects.filter(pk__in=[one.model_id for one in some])
        for pk, *fields in models.values_list("pk", *CURRENT_FIELDS):
            found[pk] = Detail(dict(zip(CURRENT_FIELDS, fields, strict=True)), last.get(pk))
    return found


def kept_mapping(program_id: int, table: Table) -> Mapped | None:
    """The mapping of the latest import of a file with the same columns, if there is one."""
    done = ImportBatch.objects.filter(program_id=program_id, state__in=["imported", "undone"]).order_by(
        "-imported_at"
    )
    for header, content in done.values_list("header", "mapping")[:20]:
        if tuple(header) == table.header:
            return mapping_from_json(content)
    return None


def fitting_mappings(program_id: int, table: Table) -> list[ImportMapping]:
    """Mappings kept under a name whose columns are all in this table."""
    kept = ImportMapping.objects.filter(program_id=program_id).order_by("name")
    return [row for row in kept if not check_mapping(mapping_from_json(row.content), table)]


def saved_mapping(program_id: int, mapping_id: int) -> ImportMapping:
    row = ImportMapping.objects.filter(program_id=program_id, pk=mapping_id).first()
    if row is None:
        raise Missing("mapping")
    return row


def take_account(
    actor: Actor, program: Program, table: Table, mapping: Mapped, *, now: datetime
) -> tuple[Account, dict[str, OnRecord]]:
    """The account of the table against what is on record now, as this person may import it."""
    known = on_record(program.pk)
    today = now.astimezone(ZoneInfo(program.time_zone)).date()
    account = understand(
        table,
        mapping,
        known={key: one.known() for key, one in known.items()},
        today=today,
        owners=owners_for(actor, program.pk, mapping, {key: one.model_id for key, one in known.items()}, now),
    )
    return account, known


def left_behind(batch: ImportBatch) -> LeftBehind:
    written = ImportRow.objects.filter(batch=batch, written_version__isnull=False, model__isnull=False)
    found = list(written.select_related("model").defer("cells", "problems", "understood").order_by("number"))
    touched = touched_by_people(
        (row.model_id for row in found if row.before is None and row.model_id is not None), batch
    )
    went_on = {
        row.pk
        for row in found
        if row.model is None or row.model.version != row.written_version or row.model_id in touched
    }
    return LeftBehind(
        created=tuple(row for row in found if row.before is None and row.pk not in went_on),
        updated=tuple(row for row in found if row.before is not None and row.pk not in went_on),
        went_on=tuple(row for row in found if row.pk in went_on),
        assigned=_assigned(batch, {row.pk for row in found if row.before is None}, went_on),
    )


def _assigned(batch: ImportBatch, created: set[int], went_on: set[int]) -> tuple[ImportRow, ...]:
    rows = ImportRow.objects.filter(batch=batch, assignment__isnull=False, model__isnull=False)
    found = rows.select_related("assignment__person").defer("cells", "problems", "understood")
    return tuple(row for row in found.order_by("number") if row.pk not in created | went_on)


def saved_mappings(programs: Iterable[Program]) -> list[ImportMapping]:
    return list(ImportMapping.objects.filter(program__in=list(programs)).order_by("name"))


def last_row(model: MLModel) -> ImportRow | None:
    """The row of the file that this model was last imported from."""
    rows = ImportRow.objects.filter(model=model, batch__state="imported").select_related("batch")
    return rows.defer("cells", "problems").order_by("-pk").first()


def touched_by_people(model_ids: Iterable[int], batch: ImportBatch) -> set[int]:
    """Of these models, those to which anything was added besides their own revisions: moves, evidence, duties.

    A duty that the import itself gave does not count, as long as it is as the import gave it.
    """
    given = ImportRow.objects.filter(batch=batch, assignment__ends_at__isnull=True).values("assignment_id")
    ids, found = list(model_ids), set[int]()
    for relation in MLModel._meta.related_objects:
        if relation.related_model._meta.model_name in IMPORTS_OWN:
            continue
        name = relation.field.name
        for start in range(0, len(ids), CHUNK):
            linked = relation.related_model._base_manager.filter(
                **{f"{name}__in": ids[start : start + CHUNK]}
            )
            if relation.related_model is Assignment:
                linked = linked.exclude(pk__in=given.filter(assignment__isnull=False))
            found.update(linked.values_list(f"{name}_id", flat=True))
    return found


def _last_rows(program_id: int) -> dict[int, tuple[int, str]]:
    imported = ImportRow.objects.filter(
        batch__program_id=program_id, batch__state="imported", model__isnull=False
    )
    latest = imported.order_by().values("model_id").annotate(last=Max("pk")).values("last")
    wanted = ImportRow.objects.filter(pk__in=latest, model_id__isnull=False)
    rows = wanted.values_list("model_id", "pk", "fingerprint")
    return {int(model_id or 0): (pk, fingerprint) for model_id, pk, fingerprint in rows.iterator(2000)}
