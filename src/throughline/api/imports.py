"""Imports over HTTP: send a file, correct its mapping, look at the rows, import, undo."""

from typing import Annotated, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import imports as actions
from throughline.api.auth import ApiRequest
from throughline.api.errors import InputTooLarge
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas import imports as shapes
from throughline.api.schemas.base import Id
from throughline.core.errors import Refused
from throughline.core.imports.mapping import mapping_from_json
from throughline.core.imports.tables import MAX_BYTES
from throughline.core.text import Json, clean_line
from throughline.queries import imports as queries
from throughline.queries.imports import RowFilters
from throughline.queries.portfolio import program_row
from throughline.queries.rows import ImportBatch

router = Router(tags=["Imports"])
ROOM_FOR_PARTS = 100_000  # what multipart adds around the file
BATCH = {name: {"program": "program__slug"}.get(name, name) for name in shapes.ImportOut.model_fields}
IN_FULL = {**BATCH, "source": "source", "header": "header", "mapping": "mapping"}
ROW = {name: name for name in shapes.RowOut.model_fields}
KEPT = {name: name for name in shapes.KeptMapping.model_fields}
TEXT = {"type": "string", "maxLength": 200}
FILE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "program"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "CSV or XLSX, also gzipped.",
                    },
                    "program": {**TEXT, "description": "The program's short name."},
                    "encoding": {
                        **TEXT,
                        "description": "For instance utf-8 or cp1252; found out if left out.",
                    },
                    "delimiter": {
                        **TEXT,
                        "enum": ["", ",", ";", "\t", "|"],
                        "description": "Found out if left out.",
                    },
                    "sheet": {
                        **TEXT,
                        "description": "The sheet of a workbook; the first with rows if left out.",
                    },
                    "mapping_id": {"type": "integer", "description": "A kept mapping to start from."},
                },
            },
            "example": {"file": "ID,Name,Stage\n1,Churn,Production\n", "program": "growth"},
        }
    },
}


@operation(router, "GET", "/imports", verb="import.run", at="program", gives=shapes.ImportList)
def list_imports(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="The short name of a program.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The files that came into your programs, the latest first."""
    rows = queries.batches(request.actor)
    rows = rows.filter(program__slug=program) if program else rows
    return reply(page_of_values(rows, ("-created_at", "-pk"), BATCH, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/imports", verb="import.run", at="program", activity="import.previewed",
    gives=shapes.ImportInFull, status=201, extra={"requestBody": FILE_FORM},
)  # fmt: skip
def preview_import(request: ApiRequest) -> HttpResponse:
    """Reads a file and accounts for each of its rows. Nothing of the portfolio changes yet."""
    file = _file(request)
    program = program_row(request.actor, _part(request, "program"))
    row = actions.preview_import(
        actor=request.actor,
        program_id=program.pk,
        file_name=file.name or "",
        content=file.read(),
        encoding=_part(request, "encoding"),
        delimiter=request.POST.get("delimiter", ""),
        sheet=_part(request, "sheet"),
        mapping_id=_number(request, "mapping_id"),
        now=request.now,
    )
    return _answer(row, status=201, location=f"/api/v1/imports/{row.pk}")


@operation(
    router, "GET", "/imports/{import_id}", verb="import.run", at="program", gives=shapes.ImportInFull,
    is_versioned=True,
)  # fmt: skip
def get_import(request: ApiRequest, import_id: Id) -> HttpResponse:
    """One file: how it was read, its mapping, and what its rows come to."""
    return _answer(queries.batch_row(request.actor, import_id))


@operation(router, "GET", "/imports/{import_id}/rows", verb="import.run", at="program", gives=shapes.RowList)
def list_import_rows(
    request: ApiRequest,
    import_id: Id,
    outcome: Annotated[shapes.OutcomeName | None, Field(description="What becomes of the row.")] = None,
    problem: Annotated[
        str, Field(max_length=40, description="A kind of problem, as counted in `codes`.")
    ] = "",
    search: Annotated[str, Field(max_length=200, description="A part of name or key.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The account of each row: what was understood, what is wrong, and what becomes of it."""
    batch = queries.batch_row(request.actor, import_id)
    rows = queries.rows(batch, RowFilters(outcome=outcome or "", code=problem, search=search))
    return reply(page_of_values(rows, ("number",), ROW, limit=limit, cursor=cursor))


@operation(
    router, "PUT", "/imports/{import_id}/mapping", verb="import.run", at="program", activity="import.mapped",
    gives=shapes.ImportInFull, is_versioned=True,
)  # fmt: skip
def choose_mapping(request: ApiRequest, import_id: Id, payload: shapes.Mapping) -> HttpResponse:
    """Accounts for the rows anew under this mapping."""
    row = actions.choose_mapping(
        actor=request.actor,
        batch_id=import_id,
        expected_version=_seen(request, import_id),
        mapping=mapping_from_json(cast("Json", payload.model_dump())),
        now=request.now,
    )
    return _answer(row)


@operation(
    router, "POST", "/imports/{import_id}/kept-mapping", verb="import.run", at="program",
    activity="import.mapping_saved", gives=shapes.KeptMapping, status=201,
)  # fmt: skip
def keep_mapping(request: ApiRequest, import_id: Id, payload: shapes.KeptName) -> HttpResponse:
    """Keeps the mapping of this file under a name, for later files of the same make."""
    row = actions.save_mapping(actor=request.actor, batch_id=import_id, name=payload.name, now=request.now)
    return reply(shown(row, KEPT), status=201)


@operation(
    router, "POST", "/imports/{import_id}/run", verb="import.run", at="program", activity="import.carried_out",
    gives=shapes.ImportInFull, is_versioned=True,
)  # fmt: skip
def run_import(request: ApiRequest, import_id: Id) -> HttpResponse:
    """Creates and updates models as the rows say, all or none. Models that exist keep their stage."""
    row = actions.run_import(
        actor=request.actor, batch_id=import_id, expected_version=_seen(request, import_id), now=request.now
    )
    return _answer(row)


@operation(
    router, "POST", "/imports/{import_id}/undo", verb="import.run", at="program", activity="import.undone",
    gives=shapes.ImportInFull,
)  # fmt: skip
def undo_import(request: ApiRequest, import_id: Id, payload: shapes.Undo) -> HttpResponse:
    """Removes what the import added and puts back what it changed. Refused where people went on with a model."""
    row = actions.undo_import(
        actor=request.actor, batch_id=import_id, leaves_changed=payload.leaves_changed, now=request.now
    )
    return _answer(row)


@operation(
    router, "POST", "/imports/{import_id}/discard", verb="import.run", at="program", activity="import.discarded",
    gives=dict[str, Any], is_versioned=True,
)  # fmt: skip
def discard_import(request: ApiRequest, import_id: Id) -> HttpResponse:
    """Puts away a file that was looked at and not imported."""
    actions.discard_import(
        actor=request.actor, batch_id=import_id, expected_version=_seen(request, import_id), now=request.now
    )
    return reply({})


def _answer(row: ImportBatch, *, status: int = 200, location: str = "") -> HttpResponse:
    return reply(shown(row, IN_FULL), status=status, version=row.version, location=location)


def _seen(request: ApiRequest, import_id: int) -> int:
    version = expected_version(request)
    return queries.batch_row(request.actor, import_id).version if version is None else version


def _file(request: HttpRequest) -> "UploadedFile[Any]":
    most = min(MAX_BYTES, int(settings.MAX_UPLOAD_BYTES))
    if int(request.META.get("CONTENT_LENGTH") or 0) > most + ROOM_FOR_PARTS:
        raise InputTooLarge(f"A file may have up to {most // 1_000_000} MB.")
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        remedy = "Send it as multipart/form-data, in the part “file”."
        raise Refused.field("file", "No file came with this.", remedy)
    return file


def _part(request: HttpRequest, name: str) -> str:
    return clean_line(request.POST.get(name, ""), field=name, max_length=200, required=name == "program")


def _number(request: HttpRequest, name: str) -> int | None:
    text = _part(request, name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Refused.field(name, "This is not the number of a kept mapping.")
    return int(text)
