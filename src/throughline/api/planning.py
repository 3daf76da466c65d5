"""Feasibility analyses, decisions about direction and learnings over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import planning as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas import planning as shapes
from throughline.api.schemas.base import Id
from throughline.queries import planning as queries
from throughline.queries.portfolio import model_row

router = Router(tags=["Planning"])
FEASIBILITY = {name: name for name in shapes.FeasibilityOut.model_fields}
DIRECTION = {name: name for name in shapes.DirectionOut.model_fields}
LEARNING = {name: name for name in shapes.LearningOut.model_fields}
NEWEST = ("-at", "-pk")


@operation(
    router, "GET", "/models/{model_id}/feasibility", verb="model.view", at="model", gives=shapes.FeasibilityList
)  # fmt: skip
def list_feasibility(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The feasibility analyses of a model; the newest, which counts, first."""
    rows = queries.feasibilities(model_row(request.actor, model_id))
    return reply(page_of_values(rows, NEWEST, FEASIBILITY, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/feasibility", verb="model.change", at="model",
    activity="feasibility.recorded", gives=shapes.FeasibilityOut, status=201,
)  # fmt: skip
def record_feasibility(request: ApiRequest, model_id: Id, payload: shapes.NewFeasibility) -> HttpResponse:
    """Records an analysis: five ratings, and go or no-go. A no-go is also kept as a learning."""
    row = actions.record_feasibility(
        actor=request.actor,
        model_id=model_id,
        ratings={name: getattr(payload, name) for name in actions.RATINGS},
        is_go=payload.is_go,
        reason=payload.reason,
        now=request.now,
    )
    return reply(shown(row, FEASIBILITY), status=201)


@operation(
    router, "GET", "/models/{model_id}/directions", verb="model.view", at="model", gives=shapes.DirectionList
)
def list_directions(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The decisions about a model's direction, newest first."""
    rows = queries.directions(model_row(request.actor, model_id))
    return reply(page_of_values(rows, NEWEST, DIRECTION, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/directions", verb="direction.decide", at="model",
    activity="direction.decided", gives=shapes.DirectionOut, status=201,
)  # fmt: skip
def decide_direction(request: ApiRequest, model_id: Id, payload: shapes.NewDirection) -> HttpResponse:
    """Decides to continue, to change direction or to stop, on the verdicts that were seen. It moves nothing: after a
    stop, ask for the move."""
    row = actions.decide_direction(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    return reply(shown(row, DIRECTION), status=201)


@operation(
    router, "GET", "/models/{model_id}/learnings", verb="model.view", at="model", gives=shapes.LearningList
)
def list_learnings_of_model(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """What a model taught, newest first."""
    row = model_row(request.actor, model_id)
    rows = queries.learnings(request.actor, model_id=row.pk)
    return reply(page_of_values(rows, NEWEST, LEARNING, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/learnings", verb="model.change", at="model", activity="learning.recorded",
    gives=shapes.LearningOut, status=201,
)  # fmt: skip
def record_learning(request: ApiRequest, model_id: Id, payload: shapes.NewLearning) -> HttpResponse:
    """Keeps what a model taught, for those who will try something like it."""
    row = actions.record_learning(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    return reply(shown(row, LEARNING), status=201)


@operation(router, "GET", "/learnings", verb="model.view", at="program", gives=shapes.LearningList)
def list_learnings(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="Only of this program.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """What every model that you may see taught, newest first."""
    rows = queries.learnings(request.actor, program=program)
    return reply(page_of_values(rows, NEWEST, LEARNING, limit=limit, cursor=cursor))
