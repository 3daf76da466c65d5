"""Output that is shown to stakeholders over HTTP: shared, asked about, answered, withdrawn, with its timeline."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from ninja import Router

from throughline.actions import outputs as actions
from throughline.actions.outputs import NewOutput
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, refuse_large, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import outputs as shapes
from throughline.api.schemas.base import MAX_ID, Id
from throughline.core.errors import Missing, Refused
from throughline.core.outputs import Purpose
from throughline.core.permissions import require
from throughline.core.text import clean
from throughline.queries import outputs as queries
from throughline.queries.outputs import Share
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Output

router = Router(tags=["Outputs"])
FILE_FIELDS = {
    "file": {"type": "string", "format": "binary", "description": "Any file; CSV or Parquet for a sample."},
    "is_sample": {"type": "boolean", "description": "Whether its first 200 rows are shown as a table."},
    "title": {"type": "string", "maxLength": 200},
    "purpose": {"type": "string", "enum": [one.value for one in Purpose]},
    "note": {"type": "string", "maxLength": 5_000},
    "release_id": {"type": "integer", "minimum": 1, "description": "Left out for the prototype."},
    "stakeholder_ids": {"type": "string", "description": "Numbers, separated by commas."},
}
FILE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "title", "stakeholder_ids"],
                "additionalProperties": False,
                "properties": FILE_FIELDS,
            },
            "example": {
                "file": "customer,score…",
                "title": "Week 9",
                "is_sample": True,
                "stakeholder_ids": "5",
            },
        }
    },
}


@operation(
    router, "GET", "/models/{model_id}/outputs", verb="model.view", at="model", gives=shapes.OutputList
)
def list_outputs(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """What was shown of a model, to whom, and what each answered; newest first."""
    model = model_row(request.actor, model_id)
    facts = queries.facts_of([model.pk], request.now).get(model.pk, ())
    rows = queries.outputs(model).filter(shared_at__lte=request.now)

    def show(row: Output) -> object:
        return shown(queries.share_among(row, facts))

    return reply(page_of_rows(rows, ("-shared_at", "-pk"), show, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/outputs", verb="model.change", at="model", activity="output.shared",
    gives=shapes.OutputOut, status=201,
)  # fmt: skip
def share_output(request: ApiRequest, model_id: Id, payload: shapes.NewOutput) -> HttpResponse:
    """Shows a link to stakeholders and asks them."""
    given = payload.model_dump()
    item = NewOutput(**{**given, "stakeholder_ids": tuple(payload.stakeholder_ids)})
    row = actions.share_output(actor=request.actor, model_id=model_id, item=item, now=request.now)
    return _replied(request, row.pk, status=201)


@operation(
    router, "POST", "/models/{model_id}/outputs/file", verb="model.change", at="model", activity="output.shared",
    gives=shapes.OutputOut, status=201, extra={"requestBody": FILE_FORM},
)  # fmt: skip
def share_output_file(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Shows a file to stakeholders, or the first rows of a CSV or Parquet file as a table, and asks them."""
    model = model_row(request.actor, model_id)
    require(request.actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field(
            "file", "No file came with this.", "Send it as multipart/form-data, in the part “file”."
        )
    refuse_large(file.size or 0)
    row = actions.share_file(
        actor=request.actor,
        model_id=model_id,
        item=_of_form(request.POST),
        file_name=file.name or "file",
        chunks=file.chunks(),
        is_sample=request.POST.get("is_sample", "").lower() in ("true", "1", "yes", "on"),
        now=request.now,
    )
    return _replied(request, row.pk, status=201)


@operation(
    router, "GET", "/outputs/{output_id}", verb="model.view", at="model", gives=shapes.OutputOut, is_versioned=True
)  # fmt: skip
def get_output(request: ApiRequest, output_id: Id) -> HttpResponse:
    """One share, with its answers."""
    return _replied(request, output_id)


@operation(
    router, "GET", "/outputs/{output_id}/sample", verb="model.view", at="model", gives=shapes.SampleOut
)
def get_output_sample(request: ApiRequest, output_id: Id) -> HttpResponse:
    """The rows that are shown, as text."""
    row = queries.output_row(request.actor, output_id)
    if row.sample is None:
        raise Missing("sample")
    return reply(row.sample)


@operation(
    router, "POST", "/outputs/{output_id}/asks", verb="model.change", at="model", activity="output.asked",
    gives=shapes.OutputOut,
)  # fmt: skip
def ask_about_output(request: ApiRequest, output_id: Id, payload: shapes.Asked) -> HttpResponse:
    """Asks further stakeholders about it."""
    actions.ask_about_output(
        actor=request.actor, output_id=output_id, stakeholder_ids=payload.stakeholder_ids, now=request.now
    )
    return _replied(request, output_id)


@operation(
    router, "POST", "/outputs/{output_id}/answer", verb="output.answer", at="model", activity="output.returned",
    gives=shapes.OutputOut,
)  # fmt: skip
def answer_output(request: ApiRequest, output_id: Id, payload: shapes.OutputAnswer) -> HttpResponse:
    """Approves it, or returns it with words; for the stakeholders who were asked."""
    actions.answer_output(
        actor=request.actor,
        output_id=output_id,
        is_approval=payload.approve,
        words=payload.words,
        seen=payload.seen,
        now=request.now,
    )
    return _replied(request, output_id)


@operation(
    router, "PUT", "/outputs/{output_id}/timeline", verb="model.change", at="model",
    activity="output.timeline_updated", gives=shapes.OutputOut, is_versioned=True,
)  # fmt: skip
def update_output_timeline(request: ApiRequest, output_id: Id, payload: shapes.Timeline) -> HttpResponse:
    """Says when something that was returned can be expected now."""
    actions.update_timeline(
        actor=request.actor,
        output_id=output_id,
        on=payload.due_on,
        note=payload.note,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, output_id)


@operation(
    router, "POST", "/outputs/{output_id}/withdrawal", verb="model.change", at="model",
    activity="output.withdrawn", gives=shapes.OutputOut,
)  # fmt: skip
def withdraw_output(request: ApiRequest, output_id: Id) -> HttpResponse:
    """Takes a share back that nobody returned; the record keeps it."""
    actions.withdraw_output(actor=request.actor, output_id=output_id, now=request.now)
    return _replied(request, output_id)


def _replied(request: ApiRequest, output_id: int, *, status: int = 200) -> HttpResponse:
    share = queries.share_of(queries.output_row(request.actor, output_id), request.now)
    location = f"/api/v1/outputs/{output_id}" if status == 201 else ""
    return reply(shown(share), status=status, version=share.row.version, location=location)


def shown(share: Share) -> dict[str, object]:
    row, fact = share.row, share.fact
    same = ("model_id", "release_id", "subject", "purpose", "kind", "title", "note", "link", "fingerprint")
    return {
        "id": row.pk,
        **{name: getattr(row, name) for name in same},
        "file_id": row.attachment_id,
        "file_name": row.attachment.name if row.attachment else "",
        "state": share.state,
        "shared_by": row.sharer_name,
        "shared_at": row.shared_at,
        "withdrawn_at": row.withdrawn_at,
        "timeline_on": row.timeline_on,
        "timeline_note": row.timeline_note,
        "owes_timeline": fact.owes_timeline,
        "untold": [ask.name for ask in fact.untold] if fact.timeline_on else [],
        "asks": [_ask(share, place) for place in range(len(fact.asks))],
        "version": row.version,
    }


def _ask(share: Share, place: int) -> dict[str, Any]:
    ask = share.fact.asks[place]
    return {
        "stakeholder_id": ask.stakeholder_id,
        "name": ask.name,
        "part": ask.part,
        "asked_at": ask.asked_at,
        "answer": ask.reply,
        "is_void": bool(ask.reply) and not share.fact.holds(ask),
        "words": ask.words,
        "by": ask.by,
        "answered_at": ask.answered_at,
    }


def _of_form(form: QueryDict) -> NewOutput:
    """A form's fields are text; what is not of the right kind is refused by its name."""
    purpose = form.get("purpose") or Purpose.DRAFT
    if purpose not in list(Purpose):
        raise Refused.field("purpose", "This is no purpose.", f"Send one of: {', '.join(Purpose)}.")
    ids = [part for text in form.getlist("stakeholder_ids") for part in text.split(",") if part.strip()]
    release = form.get("release_id") or ""
    return NewOutput(
        title=form.get("title") or "",
        purpose=Purpose(purpose),
        note=form.get("note") or "",
        release_id=_number(release, "release_id") if release else None,
        stakeholder_ids=tuple(_number(part, "stakeholder_ids") for part in ids),
    )


def _number(text: str, field: str) -> int:
    text = clean(text, field=field, max_length=100)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_ID):
        raise Refused.field(field, f"“{text[:30]}” is not the number of anything.", "Send its id.")
    return int(text)
