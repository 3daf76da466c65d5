"""Label audits over HTTP: begun, drawn, answered blind, settled, closed, and their results read."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from ninja import Router

from throughline.actions import label_audits as actions
from throughline.actions.evidence import close_audit
from throughline.actions.label_audits import AnswerRow, DrawPlan, NewAudit, Taken
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import label_audits as shapes
from throughline.api.schemas.base import MAX_ID, Id
from throughline.core.errors import NotAllowed, Refused
from throughline.core.label_audits import AuditState
from throughline.core.permissions import require
from throughline.queries import label_audits as queries
from throughline.queries.portfolio import model_row
from throughline.queries.rows import LabelAudit

router = Router(tags=["Label audits"])


def _form(fields: dict[str, object], required: list[str], sample: dict[str, object]) -> dict[str, object]:
    schema = {"type": "object", "required": required, "additionalProperties": False, "properties": fields}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema, "example": sample}}}


FILE = {"type": "string", "format": "binary"}
BEGIN_FORM = _form(
    {
        "file": {**FILE, "description": "CSV with headings, one row for each labelled item."},
        "name": {"type": "string", "maxLength": 200},
        "question": {"type": "string", "maxLength": 2_000},
        "origin": {"type": "string", "maxLength": 1_000},
        "maker_id": {"type": "integer", "minimum": 1, "description": "Who made the labels."},
    },
    ["file", "name"],
    {"file": "id,text,label…", "name": "Tickets of spring"},
)
ANSWERS_FORM = _form(
    {
        "file": {**FILE, "description": "CSV or XLSX with the columns item, answer and note."},
        "labeller_id": {"type": "integer", "minimum": 1, "description": "Of somebody outside."},
    },
    ["file"],
    {"file": "item,answer,note…"},
)


@operation(
    router, "GET", "/models/{model_id}/label-audits", verb="model.view", at="model", gives=shapes.LabelAuditList
)  # fmt: skip
def list_label_audits(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Every audit of the model's labels; the newest first."""
    model = model_row(request.actor, model_id)
    rows = queries.audits(model)
    return reply(page_of_rows(rows, ("-created_at", "-pk"), shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/label-audits", verb="model.change", at="model", activity="label_audit.begun",
    gives=shapes.LabelAuditOut, status=201, extra={"requestBody": BEGIN_FORM},
)  # fmt: skip
def begin_label_audit(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Brings a file of labelled rows. Nothing is drawn from it yet; its columns are in the reply."""
    model = model_row(request.actor, model_id)
    require(request.actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    file = _file(request)
    given = request.POST
    item = NewAudit(
        given.get("name") or "",
        given.get("question") or "",
        given.get("origin") or "",
        _number(request, "maker_id"),
    )
    row = actions.begin_audit(
        actor=request.actor, model_id=model_id, item=item, file_name=file.name or "", chunks=file.chunks(),
        now=request.now,
    )  # fmt: skip
    return _replied(request, row.pk, status=201)


@operation(
    router, "GET", "/label-audits/{audit_id}", verb="model.view", at="model", gives=shapes.LabelAuditOut,
    is_versioned=True,
)  # fmt: skip
def get_label_audit(request: ApiRequest, audit_id: Id) -> HttpResponse:
    """One audit, and how far its labellers are."""
    return _replied(request, audit_id)


@operation(
    router, "POST", "/label-audits/{audit_id}/draw", verb="model.change", at="model", activity="label_audit.drawn",
    gives=shapes.LabelAuditOut,
)  # fmt: skip
def draw_label_items(request: ApiRequest, audit_id: Id, payload: shapes.LabelDraw) -> HttpResponse:
    """Draws the items. The same file and seed draw the same ones; the file is taken away afterwards."""
    given = payload.model_dump()
    plan = DrawPlan(**{**given, "shown": tuple(payload.shown), "labels": tuple(payload.labels)})
    actions.draw_items(actor=request.actor, audit_id=audit_id, plan=plan, now=request.now)
    return _replied(request, audit_id)


@operation(
    router, "POST", "/label-audits/{audit_id}/labellers", verb="model.change", at="model",
    activity="label_audit.labeller_invited", gives=shapes.LabelAuditOut,
)  # fmt: skip
def invite_labeller(request: ApiRequest, audit_id: Id, payload: shapes.NewLabeller) -> HttpResponse:
    """Invites a person of the program, or names somebody outside whose answers come by file."""
    actions.invite_labeller(
        actor=request.actor,
        audit_id=audit_id,
        person_id=payload.person_id,
        name=payload.name,
        now=request.now,
    )
    return _replied(request, audit_id)


@operation(
    router, "GET", "/label-audits/{audit_id}/items", verb="label.answer", at="model", gives=shapes.LabelItems
)  # fmt: skip
def list_label_items(request: ApiRequest, audit_id: Id) -> HttpResponse:
    """The items with your own answers, if you were invited: no given label, and nobody else's answer."""
    audit = queries.audit_row(request.actor, audit_id)
    place = {"program_id": audit.model.program_id, "model_id": audit.model_id}
    require(request.actor, "label.answer", noun="label audit", **place)
    own = queries.own_place(audit, request.actor)
    if own is None:
        raise NotAllowed("Only labellers who were invited see the items of this audit.")
    items = [
        {
            "item": one.number,
            "shown": one.shown,
            "label": one.label or None,
            "is_answered": one.label is not None,
            "note": one.note,
        }
        for one in queries.blind_items(own)
    ]
    return reply({"items": items})


@operation(
    router, "POST", "/label-audits/{audit_id}/answers", verb="label.answer", at="model",
    activity="label_audit.answered", gives=shapes.LabelAnswersTaken,
)  # fmt: skip
def answer_label_items(request: ApiRequest, audit_id: Id, payload: shapes.LabelAnswers) -> HttpResponse:
    """Answers many items, all or none; earlier answers are replaced."""
    rows = [AnswerRow(one.item, one.label or "", one.note) for one in payload.answers]
    taken = actions.answer_many(
        actor=request.actor, audit_id=audit_id, rows=rows, labeller_id=payload.labeller_id, now=request.now
    )
    return reply(_taken(taken))


@operation(
    router, "POST", "/label-audits/{audit_id}/answers/file", verb="label.answer", at="model",
    activity="label_audit.answered", gives=shapes.LabelAnswersTaken, extra={"requestBody": ANSWERS_FORM},
)  # fmt: skip
def answer_label_items_by_file(request: ApiRequest, audit_id: Id) -> HttpResponse:
    """The same from a filled-in file. A wrong row changes nothing, and every one is named."""
    audit = queries.audit_row(request.actor, audit_id)
    place = {"program_id": audit.model.program_id, "model_id": audit.model_id}
    require(request.actor, "label.answer", noun="label audit", **place)
    file = _file(request)
    taken = actions.answer_file(
        actor=request.actor, audit_id=audit_id, content=file.read(), file_name=file.name or "",
        labeller_id=_number(request, "labeller_id"), now=request.now,
    )  # fmt: skip
    return reply(_taken(taken))


@operation(
    router, "POST", "/label-audits/{audit_id}/end", verb="model.change", at="model",
    activity="label_audit.labelling_ended", gives=shapes.LabelAuditOut,
)  # fmt: skip
def end_labelling(request: ApiRequest, audit_id: Id, payload: shapes.LabellingEnd) -> HttpResponse:
    """Ends labelling: no answer changes any more, and disagreements can be settled."""
    actions.end_labelling(
        actor=request.actor, audit_id=audit_id, leaves_unanswered=payload.leaves_unanswered, now=request.now
    )
    return _replied(request, audit_id)


@operation(
    router, "PUT", "/label-audits/{audit_id}/items/{number}/settled", verb="label.settle", at="model",
    activity="label_audit.item_settled", gives=shapes.LabelAuditOut,
)  # fmt: skip
def settle_label_item(
    request: ApiRequest, audit_id: Id, number: Id, payload: shapes.LabelSettled
) -> HttpResponse:
    """Says which label is right where labellers differ; for people who did neither label nor make the labels."""
    actions.settle_item(
        actor=request.actor, audit_id=audit_id, number=number, label=payload.label or "", now=request.now
    )
    return _replied(request, audit_id)


@operation(
    router, "POST", "/label-audits/{audit_id}/close", verb="model.change", at="model", activity="label_audit.closed",
    gives=shapes.LabelAuditOut,
)  # fmt: skip
def close_label_audit(request: ApiRequest, audit_id: Id) -> HttpResponse:
    """Freezes the results and attaches them as evidence."""
    close_audit(actor=request.actor, audit_id=audit_id, now=request.now)
    return _replied(request, audit_id)


@operation(
    router, "POST", "/label-audits/{audit_id}/withdrawal", verb="model.change", at="model",
    activity="label_audit.withdrawn", gives=shapes.LabelAuditOut,
)  # fmt: skip
def withdraw_label_audit(
    request: ApiRequest, audit_id: Id, payload: shapes.LabelAuditWithdrawal
) -> HttpResponse:
    """Gives an audit up while nobody has seen an answer; the record keeps it."""
    actions.withdraw_audit(actor=request.actor, audit_id=audit_id, reason=payload.reason, now=request.now)
    return _replied(request, audit_id)


@operation(
    router, "GET", "/label-audits/{audit_id}/results", verb="model.view", at="model", gives=shapes.LabelResults
)  # fmt: skip
def get_label_results(request: ApiRequest, audit_id: Id) -> HttpResponse:
    """The frozen figures of a closed audit, with all that it takes to repeat them."""
    row = queries.audit_row(request.actor, audit_id)
    if row.state != AuditState.CLOSED:
        raise Refused.of("There are no results before the close.")
    same = ("seed", "method", "population", "fingerprint", "sealed", "closed_at")
    return reply({**row.results, **{name: getattr(row, name) for name in same}})


def shown(row: LabelAudit) -> dict[str, object]:
    same = (
        "model_id", "name", "question", "origin", "state", "labels", "scale", "method", "seed", "population", "strata",
        "skipped", "fingerprint", "file_hash", "most_error", "least_agreement", "lines_from", "verdict", "said",
        "sealed", "reason", "created_by", "created_at", "drawn_at", "ended_at", "closed_at", "closed_by", "version",
    )  # fmt: skip
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in same},
        "columns": row.header,
        "items": row.size,
        "maker": row.maker_name,
        "labellers": [
            {
                "id": one.row.pk,
                "name": one.row.name,
                "is_outside": one.row.person_id is None,
                "answered": one.done,
            }
            for one in queries.progress(row)
        ],
    }


def _replied(request: ApiRequest, audit_id: int, *, status: int = 200) -> HttpResponse:
    row = queries.audit_row(request.actor, audit_id)
    location = f"/api/v1/label-audits/{audit_id}" if status == 201 else ""
    return reply(shown(row), status=status, version=row.version, location=location)


def _taken(taken: Taken) -> dict[str, int]:
    return {"new": taken.new, "changed": taken.changed, "same": taken.same, "empty": taken.empty}


def _file(request: ApiRequest) -> "UploadedFile[bytes]":
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            "file", "No file came with this.", "Send it as multipart/form-data, in the part “file”."
        )
    refuse_large(file.size or 0)
    return file


def _number(request: ApiRequest, field: str) -> int | None:
    text = request.POST.get(field) or ""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and 1 <= int(text) <= MAX_ID):
        raise Refused.field(field, f"“{text[:30]}” is not the number of anything.", "Send its id.")
    return int(text)
