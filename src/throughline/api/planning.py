"""Feasibility analyses over HTTP."""

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from throughline.actions import planning as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas.base import Given, Id, Listed, example
from throughline.queries.portfolio import model_row

router = Router(tags=["Planning"])
Rating = Annotated[int, Field(ge=1, le=5, description="From 1 (poor) to 5 (good).")]
RATED = {"value": 4, "feasibility": 4, "data_readiness": 3, "risk": 4, "effort": 3}
GIVEN = {**RATED, "is_go": True, "reason": "The data are there, and the desk asks for it."}
STORED = {"id": 6, "model_id": 17, **GIVEN, "by": "Noor Haddad", "at": "2026-01-20T14:00:00Z"}


class NewFeasibility(Given):
    model_config = {**Given.model_config, **example(GIVEN)}
    value: Rating
    feasibility: Rating
    data_readiness: Rating
    risk: Rating
    effort: Rating
    is_go: bool = Field(description="Whether the work goes on.")
    reason: str = Field(max_length=5_000)


class FeasibilityOut(Schema):
    model_config = example(STORED)
    id: int
    model_id: int
    value: int
    feasibility: int
    data_readiness: int
    risk: int
    effort: int
    is_go: bool
    reason: str
    by: str
    at: datetime


class FeasibilityList(Listed):
    model_config = example({"items": [STORED], "next": None})
    items: list[FeasibilityOut]


COLUMNS = {name: name for name in FeasibilityOut.model_fields}


@operation(
    router, "GET", "/models/{model_id}/feasibility", verb="model.view", at="model", gives=FeasibilityList
)
def list_feasibility(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The feasibility analyses of a model; the newest, which counts, first."""
    rows = model_row(request.actor, model_id).feasibilities.all()
    return reply(page_of_values(rows, ("-at", "-pk"), COLUMNS, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/feasibility", verb="model.change", at="model",
    activity="feasibility.recorded", gives=FeasibilityOut, status=201,
)  # fmt: skip
def record_feasibility(request: ApiRequest, model_id: Id, payload: NewFeasibility) -> HttpResponse:
    """Records an analysis: five ratings, and go or no-go."""
    row = actions.record_feasibility(
        actor=request.actor,
        model_id=model_id,
        ratings={name: getattr(payload, name) for name in actions.RATINGS},
        is_go=payload.is_go,
        reason=payload.reason,
        now=request.now,
    )
    return reply(shown(row, COLUMNS), status=201)
