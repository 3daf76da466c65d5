"""Sign-offs and waivers over HTTP."""

from django.http import HttpResponse
from ninja import Router

from throughline.actions import sign_offs as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas import sign_offs as shapes
from throughline.api.schemas.base import Id
from throughline.api.schemas.portfolio import WithReason
from throughline.queries import moves as queries
from throughline.queries.portfolio import model_row

router = Router(tags=["Sign-offs and waivers"])
SIGN_OFF = {name: name for name in shapes.SignOffOut.model_fields}
WAIVER = {name: name for name in shapes.WaiverOut.model_fields}


@operation(
    router, "GET", "/models/{model_id}/sign-offs", verb="model.view", at="model", gives=shapes.SignOffList
)
def list_sign_offs(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The sign-offs of a model, void and expired ones too, newest first."""
    rows = model_row(request.actor, model_id).sign_offs.all()
    return reply(page_of_values(rows, ("-given_at", "-pk"), SIGN_OFF, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/sign-offs", verb="sign_off.give", at="model", activity="sign_off.given",
    gives=shapes.SignOffOut, status=201,
)  # fmt: skip
def give_sign_off(request: ApiRequest, model_id: Id, payload: shapes.NewSignOff) -> HttpResponse:
    """Puts your name to one check that the policy has people sign."""
    row = actions.give_sign_off(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    return reply(shown(row, SIGN_OFF), status=201)


@operation(
    router, "GET", "/models/{model_id}/waivers", verb="model.view", at="model", gives=shapes.WaiverList
)
def list_waivers(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The waivers of a model, in every state, newest first."""
    rows = queries.waivers(model_row(request.actor, model_id))
    return reply(page_of_values(rows, ("-asked_at", "-pk"), WAIVER, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/waivers", verb="waiver.request", at="model", activity="waiver.requested",
    gives=shapes.WaiverOut, status=201,
)  # fmt: skip
def request_waiver(request: ApiRequest, model_id: Id, payload: shapes.NewWaiver) -> HttpResponse:
    """Asks somebody else to set a check aside until an instant, or to agree that it does not apply."""
    row = actions.request_waiver(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    return reply(shown(row, WAIVER), status=201, version=row.version, location=f"/api/v1/waivers/{row.pk}")


@operation(
    router,
    "GET",
    "/waivers/{waiver_id}",
    verb="model.view",
    at="model",
    gives=shapes.WaiverOut,
    is_versioned=True,
)
def get_waiver(request: ApiRequest, waiver_id: Id) -> HttpResponse:
    """One waiver."""
    row = queries.waiver_row(request.actor, waiver_id)
    return reply(shown(row, WAIVER), version=row.version)


@operation(
    router, "POST", "/waivers/{waiver_id}/decision", verb="waiver.decide", at="model", activity="waiver.granted",
    gives=shapes.WaiverOut,
)  # fmt: skip
def decide_waiver(request: ApiRequest, waiver_id: Id, payload: shapes.WaiverDecision) -> HttpResponse:
    """Grants or declines a waiver that somebody else asked for."""
    row = actions.decide_waiver(
        actor=request.actor,
        waiver_id=waiver_id,
        is_granted=payload.grant,
        reason=payload.reason,
        now=request.now,
    )
    return reply(shown(row, WAIVER), version=row.version)


@operation(
    router, "POST", "/waivers/{waiver_id}/revocation", verb="waiver.decide", at="model", activity="waiver.revoked",
    gives=shapes.WaiverOut,
)  # fmt: skip
def revoke_waiver(request: ApiRequest, waiver_id: Id, payload: WithReason) -> HttpResponse:
    """Ends a waiver early."""
    row = actions.revoke_waiver(
        actor=request.actor, waiver_id=waiver_id, reason=payload.reason, now=request.now
    )
    return reply(shown(row, WAIVER), version=row.version)
