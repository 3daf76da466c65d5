"""Promises and their drift over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import promises as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import promises as shapes
from throughline.api.schemas.base import Id
from throughline.core.drift_facts import Drift
from throughline.core.promises import Content, PromiseAnswer, PromiseVersion
from throughline.queries import portfolio
from throughline.queries import promises as queries
from throughline.queries.promises import Board
from throughline.queries.rows import Promise

router = Router(tags=["Promises"])
SAID = ("number", "statement", "due_on", "value", "criterion", "reason", "given_by", "given_at")


@operation(router, "GET", "/promises", verb="self.use", at="person", gives=shapes.PromiseListed)
def list_promises(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="Only of this program.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Every promise about a model that you may see, and what it is worth now; the newest first."""
    rows = queries.promises(request.actor, program=program)
    found = page_of_rows(rows, ("-pk",), _itself, limit=limit, cursor=cursor)
    items: list[Promise] = found["items"]  # type: ignore[assignment]
    boards = queries.boards([row.model_id for row in items], request.now)
    return reply({**found, "items": [_shown(boards[row.model_id], row) for row in items]})


@operation(
    router, "GET", "/models/{model_id}/promises", verb="model.view", at="model", gives=shapes.PromiseList
)
def list_promises_of_model(request: ApiRequest, model_id: Id) -> HttpResponse:
    """What was promised about a model, what each is worth on the facts as they stand, and who answered what."""
    model = portfolio.model_row(request.actor, model_id)
    board, rows = queries.board_of(model, request.now), model.promises.order_by("pk")
    return reply({"items": [_shown(board, row) for row in rows]})


@operation(
    router, "POST", "/models/{model_id}/promises", verb="promise.give", at="model", activity="promise.given",
    gives=shapes.PromiseOut, status=201,
)  # fmt: skip
def give_promise(request: ApiRequest, model_id: Id, payload: shapes.NewPromise) -> HttpResponse:
    """Gives a promise to stakeholders of the model. From then on it is compared with the facts."""
    row = actions.give_promise(
        actor=request.actor,
        model_id=model_id,
        kind=payload.kind,
        content=Content(payload.statement, payload.due_on, payload.value, payload.criterion),
        stakeholder_ids=payload.stakeholder_ids,
        now=request.now,
    )
    return _answered(request, row, status=201)


@operation(
    router, "GET", "/promises/{promise_id}", verb="model.view", at="model", gives=shapes.PromiseOut,
    is_versioned=True,
)  # fmt: skip
def get_promise(request: ApiRequest, promise_id: Id) -> HttpResponse:
    """One promise with all its versions."""
    return _answered(request, queries.promise_row(request.actor, promise_id))


@operation(
    router, "PATCH", "/promises/{promise_id}", verb="promise.give", at="model", activity="promise.changed",
    gives=shapes.PromiseOut, is_versioned=True,
)  # fmt: skip
def change_promise(request: ApiRequest, promise_id: Id, payload: shapes.ChangedPromise) -> HttpResponse:
    """Adds a version that says something otherwise. What is left out stays; earlier versions stay on record."""
    row = actions.change_promise(
        actor=request.actor,
        promise_id=promise_id,
        fields=payload.model_dump(exclude_unset=True, exclude={"reason"}),
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _answered(request, row)


@operation(
    router, "POST", "/promises/{promise_id}/withdrawal", verb="promise.give", at="model",
    activity="promise.withdrawn", gives=shapes.PromiseOut, is_versioned=True,
)  # fmt: skip
def withdraw_promise(request: ApiRequest, promise_id: Id, payload: shapes.PromiseReason) -> HttpResponse:
    """Takes a promise back. Everybody to whom it was given has to be told."""
    row = actions.withdraw_promise(
        actor=request.actor,
        promise_id=promise_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _answered(request, row)


@operation(
    router, "POST", "/promises/{promise_id}/closing", verb="promise.give", at="model", activity="promise.kept",
    gives=shapes.PromiseOut, is_versioned=True,
)  # fmt: skip
def close_promise(request: ApiRequest, promise_id: Id, payload: shapes.PromiseReason) -> HttpResponse:
    """Closes a promise as kept; the reason says what shows it. Refused while the facts say otherwise."""
    row = actions.close_promise(
        actor=request.actor,
        promise_id=promise_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _answered(request, row)


@operation(
    router, "POST", "/promises/{promise_id}/answers", verb="promise.answer", at="model",
    activity="promise.acknowledged", gives=shapes.PromiseAnswerOut, status=201,
)  # fmt: skip
def answer_promise(request: ApiRequest, promise_id: Id, payload: shapes.NewPromiseAnswer) -> HttpResponse:
    """Acknowledges the version that you saw, or disputes it in your words. Only by those to whom it was given."""
    row = actions.answer_promise(
        actor=request.actor,
        promise_id=promise_id,
        number=payload.number,
        is_acknowledgement=payload.acknowledge,
        words=payload.words,
        now=request.now,
    )
    said = {"acknowledged": row.is_acknowledgement, "words": row.words, "at": row.at}
    return reply({"promise_id": promise_id, "number": payload.number, **said}, status=201)


@operation(
    router, "POST", "/promises/{promise_id}/recipients", verb="promise.give", at="model",
    activity="promise.recipient_added", gives=shapes.PromiseOut, status=201,
)  # fmt: skip
def add_promise_recipient(request: ApiRequest, promise_id: Id, payload: shapes.NewRecipient) -> HttpResponse:
    """Gives a promise to one more stakeholder of the model."""
    actions.add_recipient(
        actor=request.actor, promise_id=promise_id, stakeholder_id=payload.stakeholder_id, now=request.now
    )
    return _answered(request, queries.promise_row(request.actor, promise_id), status=201)


@operation(
    router, "DELETE", "/promises/{promise_id}/recipients/{stakeholder_id}", verb="promise.give", at="model",
    activity="promise.recipient_removed", gives=shapes.PromiseOut,
)  # fmt: skip
def remove_promise_recipient(request: ApiRequest, promise_id: Id, stakeholder_id: Id) -> HttpResponse:
    """The promise is no longer given to this stakeholder; the last one stays."""
    actions.remove_recipient(
        actor=request.actor, promise_id=promise_id, stakeholder_id=stakeholder_id, now=request.now
    )
    return _answered(request, queries.promise_row(request.actor, promise_id))


def _answered(request: ApiRequest, row: Promise, *, status: int = 200) -> HttpResponse:
    board = queries.board_of(row.model, request.now)
    location = f"/api/v1/promises/{row.pk}" if status == 201 else ""
    return reply(_shown(board, row), status=status, version=row.version, location=location)


def _shown(board: Board, row: Promise) -> dict[str, object]:
    one = next(drift for drift in board.drifts if drift.promise.id == row.pk)
    slip = one.promise.slip
    return {
        "id": row.pk,
        "model_id": board.model_id,
        "model": board.name,
        "program": board.program,
        "kind": one.promise.kind,
        "state": one.state,
        "reason": one.reason,
        "is_live": one.promise.is_live,
        "slip_days": slip.days,
        "times_moved": slip.times,
        "recipients": _recipients(board, one),
        "versions": [_version(version) for version in one.promise.versions],
        "closed_by": one.promise.closed_by,
        "closed_reason": one.promise.closed_reason,
        "version": row.version,
    }


def _recipients(board: Board, one: Drift) -> list[dict[str, object]]:
    owed = {duty.stakeholder_id for duty in board.untold(one.promise.id)}
    found = []
    for who in one.promise.recipients:
        answer = one.promise.answer_of(who.stakeholder_id)
        said = {"answer": _word(answer), "words": answer.words if answer else ""}
        untold = who.stakeholder_id in owed
        found.append({"stakeholder_id": who.stakeholder_id, "name": who.name, **said, "is_untold": untold})
    return found


def _word(answer: PromiseAnswer | None) -> str:
    if answer is None:
        return "unanswered"
    return "acknowledged" if answer.is_acknowledgement else "disputed"


def _version(version: PromiseVersion) -> dict[str, object]:
    return {name: getattr(version, name) for name in SAID}


def _itself(row: Promise) -> object:
    return row
