"""Data contracts over HTTP: imported, listed, read, compared, answered, withdrawn and ended."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import contracts as actions
from throughline.actions.contracts import Given, Link, bulk
from throughline.actions.contracts.answering import Answer
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import contracts as shapes
from throughline.api.schemas.base import MAX_ID, Id, Slug
from throughline.core.contracts.agreements import History, Version
from throughline.core.contracts.changes import from_plain, is_breaking
from throughline.core.contracts.comparison import compare
from throughline.core.errors import Refused
from throughline.core.permissions import require
from throughline.queries import contracts as queries
from throughline.queries.contracts import Line
from throughline.queries.portfolio import program_row
from throughline.queries.rows import ContractVersion, DataContract

router = Router(tags=["Contracts"])
FILE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": "A zip with YAML and JSON files, or one such file.",
                    }
                },
            },
            "example": {"file": "PK…"},
        }
    },
}
Numbered = Annotated[int, Field(ge=1, le=MAX_ID, description="The version's number.", examples=[1])]
OrNewest = Annotated[int | None, Field(ge=1, le=MAX_ID, description="The newest, if it is left out.")]


@operation(
    router, "GET", "/programs/{slug}/contracts", verb="contract.view", at="program", gives=shapes.ContractList
)
def list_contracts(
    request: ApiRequest, slug: Slug, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The contracts of a program, by name, each with the version in force and the one that waits."""
    program = program_row(request.actor, slug)
    rows = queries.contracts(request.actor).filter(program=program)
    known = {one.row.pk: one for one in queries.lines(list(rows), request.now)}

    def show(row: DataContract) -> object:
        return contract_shown(known[row.pk])

    return reply(page_of_rows(rows, ("name", "pk"), show, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/programs/{slug}/contracts", verb="contract.change", at="program",
    activity="contract.published", gives=shapes.ContractImported, status=201, or_status=200,
)  # fmt: skip
def import_contract(request: ApiRequest, slug: Slug, payload: shapes.NewContract) -> HttpResponse:
    """Takes a document: a new contract, its next version, or (200) one that is known already."""
    program = program_row(request.actor, slug)
    made = actions.import_contract(
        actor=request.actor,
        program_id=program.pk,
        body=_text(payload.text, payload.document),
        link=Link(payload.source_id, payload.model_id),
        now=request.now,
    )
    return _imported(request, made)


@operation(
    router, "POST", "/programs/{slug}/contracts/files", verb="contract.change", at="program",
    activity="contract.published", gives=shapes.ContractFiles, extra={"requestBody": FILE_FORM},
)  # fmt: skip
def import_contract_files(request: ApiRequest, slug: Slug) -> HttpResponse:
    """Takes many documents in one zip; each file is accounted for, and one that is refused stops no other."""
    program = program_row(request.actor, slug)
    require(request.actor, "contract.change", noun="program", program_id=program.pk)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            "file", "No file came with this.", "Send it as multipart/form-data, in the part “file”."
        )
    refuse_large(file.size or 0)
    body, name = file.read(), file.name or "file"
    files = bulk.unpacked(body) if body.startswith(b"PK") else iter([Given(name, body)])
    found = actions.import_many(actor=request.actor, program_id=program.pk, files=files, now=request.now)
    told = {"counts": dict(Counter(one.state for one in found)), "files": [asdict(one) for one in found]}
    return reply(told)


@operation(router, "GET", "/contracts/find", verb="self.use", at="person", gives=shapes.ContractInFull)
def find_contract(
    request: ApiRequest,
    reference: Annotated[
        str, Field(max_length=300, description="An id, a key, or program/key.", examples=["growth/orders"])
    ] = "",
) -> HttpResponse:
    """One contract by its id, its document's id, or both program and that."""
    if not reference:
        raise Refused.field("reference", "It is not said which contract.", "Send its id or its key.")
    return _replied(request, queries.contract_by_reference(request.actor, reference).pk)


@operation(
    router, "GET", "/contracts/{contract_id}", verb="contract.view", at="program", gives=shapes.ContractInFull,
    is_versioned=True,
)  # fmt: skip
def get_contract(request: ApiRequest, contract_id: Id) -> HttpResponse:
    """One contract: its versions, who must agree, and what each said."""
    return _replied(request, contract_id)


@operation(
    router, "GET", "/contracts/{contract_id}/versions/{number}", verb="contract.view", at="program",
    gives=shapes.ContractVersionInFull,
)  # fmt: skip
def get_contract_version(request: ApiRequest, contract_id: Id, number: Numbered) -> HttpResponse:
    """One version: its document as it was imported and as data, and what it changes."""
    row = _seen(request, contract_id)
    version = queries.version_row(row, number)
    history = queries.history_of(row, request.now)
    fact = next(one for one in history.versions if one.number == number)
    told = {
        **version_shown(request, history, fact),
        "changes": [from_plain(one).to_plain() for one in version.changes],
        "text": version.text,
        "content": version.content,
    }
    return reply(told)


@operation(
    router, "GET", "/contracts/{contract_id}/document", verb="contract.view", at="program", gives=None,
    media="application/yaml",
)  # fmt: skip
def export_contract(request: ApiRequest, contract_id: Id, number: OrNewest = None) -> HttpResponse:
    """The document as it was imported, sign for sign."""
    version = _version(_seen(request, contract_id), number)
    kind = "json" if version.text.lstrip().startswith("{") else "yaml"
    response = HttpResponse(version.text, content_type=f"application/{kind}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@operation(
    router, "GET", "/contracts/{contract_id}/comparison", verb="contract.view", at="program",
    gives=shapes.ContractComparison,
)  # fmt: skip
def compare_contract(
    request: ApiRequest, contract_id: Id, before: Numbered = 1, after: OrNewest = None
) -> HttpResponse:
    """What one version says differently from another, and whether it breaks something."""
    row = _seen(request, contract_id)
    one, other = queries.version_row(row, before), _version(row, after)
    changes = compare(one.content, other.content)
    told = {
        "before": one.number,
        "after": other.number,
        "is_breaking": is_breaking(changes),
        "changes": [change.to_plain() for change in changes],
    }
    return reply(told)


@operation(
    router, "POST", "/contracts/{contract_id}/versions", verb="contract.change", at="program",
    activity="contract.published", gives=shapes.ContractImported, status=201, or_status=200,
)  # fmt: skip
def publish_contract_version(
    request: ApiRequest, contract_id: Id, payload: shapes.NewContractVersion
) -> HttpResponse:
    """Publishes the next version of one contract."""
    made = actions.publish_contract(
        actor=request.actor,
        contract_id=contract_id,
        body=_text(payload.text, payload.document),
        base=payload.base,
        now=request.now,
    )
    return _imported(request, made)


@operation(
    router, "POST", "/contracts/{contract_id}/answers", verb="contract.answer", at="program",
    activity="contract.agreed", gives=shapes.ContractInFull,
)  # fmt: skip
def answer_contract(request: ApiRequest, contract_id: Id, payload: shapes.ContractReply) -> HttpResponse:
    """Agrees to the newest version or declines it, for one side. Nobody answers for both sides of a version."""
    given = payload.dict()
    answer = Answer(is_agreed=given.pop("agree"), **given)
    actions.answer_contract(actor=request.actor, contract_id=contract_id, answer=answer, now=request.now)
    return _replied(request, contract_id)


@operation(
    router, "PUT", "/contracts/{contract_id}/period", verb="contract.change", at="program",
    activity="contract.proposed", gives=shapes.ContractInFull,
)  # fmt: skip
def propose_contract_period(
    request: ApiRequest, contract_id: Id, payload: shapes.ContractPeriod
) -> HttpResponse:
    """Says from when until when the version that waits shall be in force; whoever answered is asked again."""
    actions.propose_period(actor=request.actor, contract_id=contract_id, now=request.now, **payload.dict())
    return _replied(request, contract_id)


@operation(
    router, "PUT", "/contracts/{contract_id}/link", verb="contract.change", at="program",
    activity="contract.linked", gives=shapes.ContractInFull,
)  # fmt: skip
def link_contract(request: ApiRequest, contract_id: Id, payload: shapes.ContractLink) -> HttpResponse:
    """Says which source, or which model's output, a contract is about."""
    link = Link(payload.source_id, payload.model_id)
    actions.link_contract(actor=request.actor, contract_id=contract_id, link=link, now=request.now)
    return _replied(request, contract_id)


@operation(
    router, "POST", "/contracts/{contract_id}/versions/{number}/withdrawal", verb="contract.change", at="program",
    activity="contract.withdrawn", gives=shapes.ContractInFull,
)  # fmt: skip
def withdraw_contract_version(
    request: ApiRequest, contract_id: Id, number: Numbered, payload: shapes.ContractReason
) -> HttpResponse:
    """Takes back a version that was never agreed."""
    actions.withdraw_version(
        actor=request.actor, contract_id=contract_id, number=number, reason=payload.reason, now=request.now
    )
    return _replied(request, contract_id)


@operation(
    router, "POST", "/contracts/{contract_id}/end", verb="contract.change", at="program",
    activity="contract.ended", gives=shapes.ContractInFull,
)  # fmt: skip
def end_contract(request: ApiRequest, contract_id: Id, payload: shapes.ContractReason) -> HttpResponse:
    """Ends a contract; the record keeps it."""
    actions.end_contract(actor=request.actor, contract_id=contract_id, reason=payload.reason, now=request.now)
    return _replied(request, contract_id)


def _text(text: str, document: Mapping[str, Any] | None) -> str:
    if bool(text.strip()) == (document is not None):
        raise Refused.field("text", "Send the document once: as text or as an object.", "Leave one out.")
    return text if document is None else json.dumps(document, ensure_ascii=False, indent=2)


def _seen(request: ApiRequest, contract_id: int) -> DataContract:
    row = queries.contract_row(request.actor, contract_id)
    place = queries.place_for(request.actor, "contract.view", row)
    require(request.actor, "contract.view", noun="contract", **place)
    return row


def _version(row: DataContract, number: int | None) -> ContractVersion:
    return queries.newest_row(row) if number is None else queries.version_row(row, number)


def _imported(request: ApiRequest, made: actions.Imported) -> HttpResponse:
    row = queries.contract_row(request.actor, made.contract.pk)
    told = {
        "contract": contract_shown(queries.line(row, queries.history_of(row, request.now), request.now)),
        "number": made.version.number,
        "is_new": made.is_new,
        "is_new_version": made.is_new_version,
    }
    return reply(told, status=200 if made.is_known else 201, location=f"/api/v1/contracts/{row.pk}")


def _replied(request: ApiRequest, contract_id: int) -> HttpResponse:
    row = _seen(request, contract_id)
    history = queries.history_of(row, request.now)
    told = {
        **contract_shown(queries.line(row, history, request.now)),
        "parties": [{"side": p.side, "party_id": p.id, "name": p.name} for p in history.parties],
        "versions": [version_shown(request, history, one) for one in reversed(history.versions)],
    }
    return reply(told, version=row.version)


def contract_shown(line: Line) -> dict[str, object]:
    row = line.row
    same = ("id", "key", "name", "direction", "source_id", "model_id", "ended_at", "version")
    return {
        **{name: getattr(row, name) for name in same},
        "program": row.program.slug,
        "state": line.state,
        "in_force": line.in_force.title if line.in_force else "",
        "pending": line.pending.title if line.pending else "",
        "is_breaking": line.is_breaking,
    }


def version_shown(request: ApiRequest, history: History, one: Version) -> dict[str, object]:
    same = (
        "number", "label", "is_breaking", "fingerprint", "seen", "published_at", "published_by", "starts_on", "ends_on",
        "in_force_from", "in_force_until", "withdrawn_at",
    )  # fmt: skip
    return {
        **{name: getattr(one, name) for name in same},
        "state": history.state(one, request.now),
        "answers": list(_answers(history, one)),
        "awaited": [{"side": p.side, "party_id": p.id, "name": p.name} for p in one.awaited(history.parties)],
    }


def _answers(history: History, version: Version) -> Iterable[dict[str, object]]:
    for party in history.parties:
        if given := version.answer_of(party.side, party.id):
            yield {
                "side": given.side,
                "party_id": given.party_id,
                "party": party.name,
                "is_agreed": given.is_agreed,
                "by": given.name,
                "on_behalf_of": given.on_behalf_of,
                "words": given.words,
                "link": given.link,
                "answered_at": given.at,
            }
