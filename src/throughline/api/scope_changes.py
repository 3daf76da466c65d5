"""Changes to the scope of an approved specification over HTTP."""

from django.http import HttpResponse
from ninja import Router

from throughline.actions import specs as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import specs as shapes
from throughline.api.schemas.base import Id
from throughline.queries import specs as queries
from throughline.queries.portfolio import model_row
from throughline.queries.rows import MLModel, ScopeChange

router = Router(tags=["Specifications"])
COMPUTED = ("spec_number", "next_spec_number", "to_tell")
PLAIN = tuple(name for name in shapes.ScopeChangeOut.model_fields if name not in COMPUTED)


@operation(
    router, "GET", "/models/{model_id}/scope-changes", verb="model.view", at="model", gives=shapes.ScopeChangeList
)  # fmt: skip
def list_scope_changes(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The changes of scope of a model, in every state, newest first."""
    model = model_row(request.actor, model_id)
    told = _to_tell(model)
    rows = queries.scope_changes(model)
    return reply(
        page_of_rows(rows, ("-asked_at", "-pk"), lambda row: _shown(row, told), limit=limit, cursor=cursor)
    )


@operation(
    router, "POST", "/models/{model_id}/scope-changes", verb="spec.comment", at="model",
    activity="scope_change.asked", gives=shapes.ScopeChangeOut, status=201,
)  # fmt: skip
def ask_scope_change(request: ApiRequest, model_id: Id, payload: shapes.NewScopeChange) -> HttpResponse:
    """Asks for a change against the approved version; an approver who did not ask answers it."""
    row = actions.ask_scope_change(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    where = f"/api/v1/models/{model_id}/scope-changes/{row.pk}"
    return reply(_shown(row, _to_tell(row.model)), status=201, version=row.version, location=where)


@operation(
    router, "GET", "/models/{model_id}/scope-changes/{change_id}", verb="model.view", at="model",
    gives=shapes.ScopeChangeOut, is_versioned=True,
)  # fmt: skip
def get_scope_change(request: ApiRequest, model_id: Id, change_id: Id) -> HttpResponse:
    """One change of scope, with who is to be told of it."""
    model = model_row(request.actor, model_id)
    row = queries.scope_change_row(model, change_id)
    return reply(_shown(row, _to_tell(model)), version=row.version)


@operation(
    router, "POST", "/models/{model_id}/scope-changes/{change_id}/decision", verb="spec.approve", at="model",
    activity="scope_change.approved", gives=shapes.ScopeChangeOut,
)  # fmt: skip
def decide_scope_change(
    request: ApiRequest, model_id: Id, change_id: Id, payload: shapes.ScopeDecision
) -> HttpResponse:
    """Approves or declines it. Approving begins the next version, or goes into the draft that is being written."""
    row = actions.decide_scope_change(
        actor=request.actor,
        model_id=model_id,
        change_id=change_id,
        is_approval=payload.approve,
        reason=payload.reason,
        now=request.now,
    )
    return reply(_shown(row, _to_tell(row.model)), version=row.version)


@operation(
    router, "POST", "/models/{model_id}/scope-changes/{change_id}/withdrawal", verb="spec.comment", at="model",
    activity="scope_change.withdrawn", gives=shapes.ScopeChangeOut,
)  # fmt: skip
def withdraw_scope_change(request: ApiRequest, model_id: Id, change_id: Id) -> HttpResponse:
    """Takes a request back that nobody has answered yet."""
    row = actions.withdraw_scope_change(
        actor=request.actor, model_id=model_id, change_id=change_id, now=request.now
    )
    return reply(_shown(row, _to_tell(row.model)), version=row.version)


def _shown(row: ScopeChange, told: list[str]) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "spec_number": row.spec.number,
        "next_spec_number": row.next_spec.number if row.next_spec else None,
        "to_tell": told,
    }


def _to_tell(model: MLModel) -> list[str]:
    return [one.name for one in queries.to_tell(model)]
