"""Evidence over HTTP: single facts, lists of them, and report files of the tools in use."""

from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router
from ninja.params import functions as params
from pydantic import Field

from throughline.actions import evidence as actions
from throughline.actions.evidence import collection
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas import evidence as shapes
from throughline.api.schemas.base import Id
from throughline.api.schemas.portfolio import WithReason
from throughline.core.errors import Missing, Refused
from throughline.core.text import clean_line
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Evidence

router = Router(tags=["Evidence"])
EVIDENCE = {name: name for name in shapes.EvidenceOut.model_fields}
BODY: Any = params.Body(...)
REPORT_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "As the tool wrote it."},
                    "label": {
                        "type": "string",
                        "maxLength": 60,
                        "description": "What it is about: `unit` makes `tests.unit`, whatever the runner calls it.",
                    },
                },
            },
            "example": {"file": "<testsuites>…</testsuites>", "label": "unit"},
        }
    },
}


@operation(
    router, "GET", "/models/{model_id}/evidence", verb="model.view", at="model", gives=shapes.EvidenceList
)
def list_evidence(
    request: ApiRequest,
    model_id: Id,
    key: Annotated[str, Field(max_length=200, description="Only what was observed under this key.")] = "",
    current: Annotated[bool, Field(description="Leave out what was withdrawn.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The evidence of a model, the newest observation first."""
    rows = model_row(request.actor, model_id).evidence.all()
    rows = rows.filter(key=key) if key else rows
    rows = rows.filter(withdrawn_at__isnull=True) if current else rows
    return reply(page_of_values(rows, ("-observed_at", "-pk"), EVIDENCE, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/evidence", verb="evidence.attach", at="model", activity="evidence.attached",
    gives=shapes.Attached, status=201,
)  # fmt: skip
def attach_evidence(request: ApiRequest, model_id: Id, payload: shapes.OneOrMany = BODY) -> HttpResponse:
    """Attaches one fact, or a list of up to 1,000. What is known already is not added twice."""
    given = payload.root if isinstance(payload, shapes.ManyEvidence) else [payload]
    items = [actions.NewEvidence(**one.model_dump()) for one in given]
    added = actions.attach_evidence(actor=request.actor, model_id=model_id, items=items, now=request.now)
    return _attached(added, known=len(items) - len(added))


@operation(
    router, "POST", "/models/{model_id}/evidence/report", verb="evidence.attach", at="model",
    activity="evidence.attached", gives=shapes.Attached, status=201, extra={"requestBody": REPORT_FORM},
)  # fmt: skip
def attach_report(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Attaches what a report file says: JUnit XML, dbt `run_results.json`, or a datacontract-cli result."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            "file", "No file came with this.", "Send it as multipart/form-data, in the part “file”."
        )
    refuse_large(file.size or 0)
    label = clean_line(request.POST.get("label", ""), field="label", max_length=60, required=False)
    added = collection.attach_report(
        actor=request.actor,
        model_id=model_id,
        file_name=file.name or "report",
        body=file.read(),
        label=label,
        now=request.now,
    )
    return _attached(added, known=0)


@operation(
    router,
    "GET",
    "/models/{model_id}/evidence/{evidence_id}",
    verb="model.view",
    at="model",
    gives=shapes.EvidenceOut,
)
def get_evidence(request: ApiRequest, model_id: Id, evidence_id: Id) -> HttpResponse:
    """One fact."""
    row = model_row(request.actor, model_id).evidence.filter(pk=evidence_id).first()
    if row is None:
        raise Missing("evidence")
    return reply(shown(row, EVIDENCE))


@operation(
    router, "POST", "/models/{model_id}/evidence/{evidence_id}/withdrawal", verb="model.change", at="model",
    activity="evidence.withdrawn", gives=shapes.EvidenceOut,
)  # fmt: skip
def withdraw_evidence(
    request: ApiRequest, model_id: Id, evidence_id: Id, payload: WithReason
) -> HttpResponse:
    """Takes a fact out of account from now on; past dossiers keep it."""
    row = actions.withdraw_evidence(
        actor=request.actor,
        model_id=model_id,
        evidence_id=evidence_id,
        reason=payload.reason,
        now=request.now,
    )
    return reply(shown(row, EVIDENCE))


def _attached(added: tuple[Evidence, ...], *, known: int) -> HttpResponse:
    items: list[Any] = [shown(row, EVIDENCE) for row in added]
    return reply({"items": items, "known": known}, status=201)
