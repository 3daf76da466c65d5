"""Gate reports and moves over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import decisions as deciding
from throughline.actions import moves as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import moves as shapes
from throughline.api.schemas.base import AsOf, Id
from throughline.api.schemas.portfolio import WithReason
from throughline.core.errors import Missing, Refused
from throughline.core.plain import to_plain
from throughline.core.stages import MoveKind, Stage, step_towards
from throughline.queries import moves as queries
from throughline.queries.dossiers import load_many
from throughline.queries.portfolio import model_row
from throughline.queries.rows import Move

gates = Router(tags=["Gates"])
router = Router(tags=["Moves"])


@operation(gates, "GET", "/models/{model_id}/gate", verb="model.view", at="model", gives=shapes.GateOut)
def get_gate(
    request: ApiRequest,
    model_id: Id,
    to: Annotated[
        Stage | None, Field(description="The stage to go to; the next one, if it is left out.")
    ] = None,
    kind: Annotated[
        MoveKind | None, Field(description="The kind of move, where `to` does not say it.")
    ] = None,
    as_of: AsOf = None,
) -> HttpResponse:
    """What stands between a model and a stage: each check, what was found, what would satisfy it, whose turn it is."""
    model = model_row(request.actor, model_id)
    if as_of and as_of > request.now:
        raise Refused.field("as_of", "This is in the future.", "Leave it out to ask about now.")
    dossier = load_many([model], now=request.now, as_of=as_of).get(model.pk)
    if dossier is None:
        raise Missing("model at that time")
    step = step_towards(dossier.model.place, to, kind)
    report = queries.gate_report(model, now=request.now, step=step, as_of=as_of)
    if report is None:
        raise Missing("gate")
    return reply(gate_shown(report))


def gate_shown(report: queries.GateReport) -> Mapping[str, object]:
    step, verdict = report.step, report.verdict
    return {
        "model_id": report.model.pk,
        "kind": step.kind,
        "from_stage": step.origin.stage,
        "from_standing": step.origin.standing,
        "to_stage": step.target.stage,
        "to_standing": step.target.standing,
        "gate": verdict.gate,
        "policy": verdict.policy,
        "at": verdict.at,
        "passing": verdict.passing,
        "is_open": verdict.is_open,
        "counts": verdict.count(),
        "findings": [to_plain(finding) for finding in verdict.findings],
        "seats": [to_plain(seat) for seat in report.seats],
        "dossier_fingerprint": verdict.dossier_fingerprint,
        "open_move_id": report.open_move.pk if report.open_move else None,
    }


def move_shown(row: Move) -> dict[str, object]:
    return {
        "id": row.pk,
        "model_id": row.model_id,
        "model": row.model.name,
        "program": row.model.program.slug,
        "release_id": row.release_id,
        "kind": row.kind,
        "gate": row.gate,
        "from_stage": row.from_stage,
        "from_standing": row.from_standing,
        "to_stage": row.to_stage,
        "to_standing": row.to_standing,
        "reason": row.reason,
        "requester_name": row.requester_name,
        "requested_at": row.requested_at,
        "state": row.state,
        "closed_at": row.closed_at,
        "passing": row.verdict["passing"],
        "policy": f"{row.policy.name} {row.policy.label}",
        "version": row.version,
    }


@operation(router, "GET", "/moves", verb="self.use", at="person", gives=shapes.MoveList)
def list_moves(
    request: ApiRequest,
    state: Annotated[
        Literal["", "open", "approved", "declined", "withdrawn"],
        Field(description="Only moves in this state."),
    ] = "",
    model_id: Annotated[
        int | None, Field(ge=1, le=2**63 - 1, description="Only moves of this model.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Moves of the models that you may see, newest first."""
    rows = queries.moves(request.actor)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(model_id=model_id) if model_id is not None else rows
    return reply(page_of_rows(rows, ("-pk",), move_shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/moves", verb="move.request", at="model", activity="move.requested",
    gives=shapes.MoveOut, status=201,
)  # fmt: skip
def request_move(request: ApiRequest, model_id: Id, payload: shapes.NewMove) -> HttpResponse:
    """Asks for a move. A closed gate does not stop the asking; it stops the deciding."""
    row = actions.request_move(
        actor=request.actor,
        model_id=model_id,
        kind=payload.kind,
        to_stage=payload.to_stage,
        reason=payload.reason,
        now=request.now,
    )
    return reply(move_shown(row), status=201, version=row.version, location=f"/api/v1/moves/{row.pk}")


@operation(
    router, "GET", "/moves/{move_id}", verb="model.view", at="model", gives=shapes.MoveOut, is_versioned=True
)
def get_move(request: ApiRequest, move_id: Id) -> HttpResponse:
    """One move."""
    row = queries.move_row(request.actor, move_id)
    return reply(move_shown(row), version=row.version)


@operation(
    router, "GET", "/moves/{move_id}/gate", verb="model.view", at="model", gives=shapes.GateOut,
)  # fmt: skip
def get_gate_of_move(request: ApiRequest, move_id: Id) -> HttpResponse:
    """A move's own gate, under the policy with which it was asked for, on the facts as they are now."""
    row = queries.move_row(request.actor, move_id)
    return reply(gate_shown(queries.report_for_move(row, now=request.now)))


@operation(
    router, "POST", "/moves/{move_id}/answers", verb="move.decide", at="model", activity="move.decided",
    gives=shapes.MoveOut,
)  # fmt: skip
def decide_move(request: ApiRequest, move_id: Id, payload: shapes.MoveAnswer) -> HttpResponse:
    """Approves or declines. The last approval that was missing, or one decline, decides the move."""
    row = deciding.decide_move(
        actor=request.actor,
        move_id=move_id,
        is_approval=payload.approve,
        reason=payload.reason,
        now=request.now,
    )
    return reply(move_shown(row), version=row.version)


@operation(
    router, "POST", "/moves/{move_id}/withdrawal", verb="move.request", at="model", activity="move.withdrawn",
    gives=shapes.MoveOut,
)  # fmt: skip
def withdraw_move(request: ApiRequest, move_id: Id, payload: WithReason) -> HttpResponse:
    """Takes a request back."""
    row = actions.withdraw_move(actor=request.actor, move_id=move_id, reason=payload.reason, now=request.now)
    return reply(move_shown(row), version=row.version)
