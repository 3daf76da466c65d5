"""The activity log over HTTP: by program, by model, and as an export that an auditor verifies without us."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Router, Schema
from pydantic import Field, JsonValue

from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.schemas.base import Id, Listed, example
from throughline.core.bundles import in_export
from throughline.queries import activity as queries
from throughline.queries.portfolio import model_row, program_row
from throughline.queries.rows import Program

router = Router(tags=["Activity"])
ENTRY = {
    "seq": 412,
    "at": "2026-03-03T11:05:00.120000Z",
    "actor": "Mira Sol",
    "door": "web",
    "verb": "move.decided",
    "program_id": 3,
    "model_id": 17,
    "body": {"move_id": 21, "kind": "advance"},
    "previous": "03be…",
    "hash": "f19a…",
}
NDJSON = "application/x-ndjson"
Verb = Annotated[
    str, Field(max_length=60, description="Only entries of this kind.", examples=["move.decided"])
]
ProgramChoice = Annotated[
    str, Field(max_length=60, description="A program's short name; an administrator may leave it out.")
]


class EntryOut(Schema):
    model_config = example(ENTRY)
    seq: int = Field(description="Counts from 1 without gaps.")
    at: datetime
    actor: str
    door: str
    verb: str
    program_id: int | None
    model_id: int | None
    body: dict[str, JsonValue]
    previous: str = Field(description="The hash of the entry before.")
    hash: str = Field(description="Seals this entry and, through `previous`, all before it.")


class EntryList(Listed):
    model_config = example({"items": [ENTRY], "next": None})
    items: list[EntryOut]


COLUMNS = {name: name for name in EntryOut.model_fields}


@operation(router, "GET", "/activity", verb="audit.view", at="program", gives=EntryList)
def list_activity(
    request: ApiRequest,
    program: ProgramChoice = "",
    verb: Verb = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The log of a program, newest first."""
    rows = queries.entries(request.actor, _program(request, program))
    rows = rows.filter(verb=verb) if verb else rows
    return reply(page_of_values(rows, ("-seq",), COLUMNS, limit=limit, cursor=cursor))


@operation(router, "GET", "/models/{model_id}/activity", verb="model.view", at="model", gives=EntryList)
def list_activity_of_model(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """What happened to a model, newest first."""
    model = model_row(request.actor, model_id)
    rows = queries.rows_of_model(model)
    return reply(page_of_values(rows, ("-seq",), COLUMNS, limit=limit, cursor=cursor))


@operation(router, "GET", "/activity/export", verb="audit.view", at="program", gives=None, media=NDJSON)
def export_activity(request: ApiRequest, program: ProgramChoice = "") -> HttpResponse:
    """The whole chain as one JSON object per line, for `throughline audit verify`.

    Entries that are not about the program are there with their hashes only, so that the chain can be walked.
    """
    chain = queries.chain_of(request.actor, _program(request, program))
    first = next(chain, None)  # asks permission before the answer begins
    response = StreamingHttpResponse(_lines(first, chain), content_type=NDJSON)
    response["Content-Disposition"] = 'attachment; filename="activity.ndjson"'
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def _lines(
    first: "tuple[queries.Entry, bool] | None", rest: "Iterator[tuple[queries.Entry, bool]]"
) -> Iterator[bytes]:
    if first is None:
        return
    yield _line(*first)
    for entry, is_shown in rest:
        yield _line(entry, is_shown)


def _line(entry: "queries.Entry", is_shown: bool) -> bytes:
    link = {"seq": entry.seq, "previous": entry.previous, "hash": entry.hash}
    return json.dumps(in_export(entry) if is_shown else link, ensure_ascii=False).encode() + b"\n"


def _program(request: ApiRequest, slug: str) -> Program | None:
    return program_row(request.actor, slug) if slug else None
