"""Requests for access to data over HTTP: asked, answered, withdrawn and revoked."""

from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import access_requests as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import access_requests as shapes
from throughline.api.schemas.base import MAX_ID, Id
from throughline.core.access_requests import AccessState, Asked
from throughline.queries import access_requests as queries
from throughline.queries.rows import AccessRequest

router = Router(tags=["Access to data"])
SAME = (
    "model_id", "source_id", "state", "needed_by", "reason", "sent_to", "due_on", "asked_at", "asked_by",
    "answered_at", "answered_by", "answer", "link", "granted_until", "ended_at", "ended_by", "ended_reason", "version",
)  # fmt: skip


@operation(
    router, "GET", "/access-requests", verb="source.view", at="program", gives=shapes.AccessRequestList
)
def list_access_requests(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="The short name of a program.")] = "",
    model_id: Annotated[int | None, Field(ge=1, le=MAX_ID)] = None,
    state: AccessState | Literal[""] = "",
    overdue: Annotated[bool, Field(description="Only those whose answer is overdue.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Who asked whom for access to what, newest first, and what came of it."""
    rows = queries.requests(request.actor)
    if program:
        rows = rows.filter(model__program__slug=program)
    if model_id is not None:
        rows = rows.filter(model_id=model_id)
    if state:
        rows = rows.filter(state=state)
    if overdue:
        rows = queries.overdue(rows, request.now)
    order = ("-asked_at", "-pk")
    return reply(page_of_rows(rows, order, lambda row: shown(request, row), limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/access-requests", verb="source.change", at="model", activity="access.asked",
    gives=shapes.AccessRequestsMade, status=201,
)  # fmt: skip
def ask_access(request: ApiRequest, model_id: Id, payload: shapes.NewAccessRequest) -> HttpResponse:
    """Asks for access to one or several sources that the model uses; the same request for each, all or none."""
    said = payload.model_dump()
    rows = actions.ask_access(
        actor=request.actor, model_id=model_id, source_ids=said.pop("source_ids"), asked=Asked(**said), now=request.now
    )  # fmt: skip
    return reply({"items": [shown(request, row) for row in rows]}, status=201)


@operation(
    router, "GET", "/access-requests/{request_id}", verb="source.view", at="model", gives=shapes.AccessRequestOut,
    is_versioned=True,
)  # fmt: skip
def get_access_request(request: ApiRequest, request_id: Id) -> HttpResponse:
    """One request for access."""
    return _replied(request, queries.request_row(request.actor, request_id))


@operation(
    router, "POST", "/access-requests/{request_id}/answer", verb="source.change", at="model",
    activity="access.granted", gives=shapes.AccessRequestOut, is_versioned=True,
)  # fmt: skip
def answer_access(request: ApiRequest, request_id: Id, payload: shapes.AccessAnswer) -> HttpResponse:
    """Records what the provider said. A grant says who gave it; of one's own request it needs a link."""
    row = actions.answer_access(
        actor=request.actor,
        request_id=request_id,
        is_granted=payload.grant,
        answer=payload.answer,
        link=payload.link,
        granted_until=payload.granted_until,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row)


@operation(
    router, "POST", "/access-requests/{request_id}/withdrawal", verb="source.change", at="model",
    activity="access.withdrawn", gives=shapes.AccessRequestOut, is_versioned=True,
)  # fmt: skip
def withdraw_access(request: ApiRequest, request_id: Id, payload: shapes.AccessEnd) -> HttpResponse:
    """Takes back what nobody has answered."""
    row = actions.withdraw_access(
        actor=request.actor,
        request_id=request_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row)


@operation(
    router, "POST", "/access-requests/{request_id}/revocation", verb="source.change", at="model",
    activity="access.revoked", gives=shapes.AccessRequestOut, is_versioned=True,
)  # fmt: skip
def revoke_access(request: ApiRequest, request_id: Id, payload: shapes.AccessEnd) -> HttpResponse:
    """Records that a grant does not hold any more; with a reason."""
    row = actions.revoke_access(
        actor=request.actor,
        request_id=request_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row)


def shown(request: ApiRequest, row: AccessRequest) -> dict[str, object]:
    return {
        "id": row.pk,
        "model": row.model.name,
        "source": row.source.name,
        "standing": queries.known(row, request.now).standing,
        **{name: getattr(row, name) for name in SAME},
    }


def _replied(request: ApiRequest, row: AccessRequest) -> HttpResponse:
    return reply(shown(request, row), version=row.version)
