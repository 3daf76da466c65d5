"""What has to be told to stakeholders, and what was told, over HTTP."""

from django.http import HttpResponse
from ninja import Router

from throughline.actions import tellings as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import promises as shapes
from throughline.api.schemas.base import Id
from throughline.core.tellings import draft
from throughline.queries import portfolio
from throughline.queries import promises as queries
from throughline.queries.rows import Telling

router = Router(tags=["Promises"])
TOLD = (
    "id", "model_id", "stakeholder_id", "cause", "subject", "words", "how", "teller_name", "told_at", "sent_at",
    "failed", "read_at",
)  # fmt: skip


@operation(router, "GET", "/models/{model_id}/untold", verb="model.view", at="model", gives=shapes.DutyList)
def list_untold(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Who has not been told of what, each with a drafted message; empty when nobody is left to tell."""
    model = portfolio.model_row(request.actor, model_id)
    ask = queries.keepers_of(model, request.now)
    items = []
    for duty in queries.board_of(model, request.now).duties:
        written = draft(model.name, [duty], ask=ask)
        items.append(
            {
                "cause": duty.cause,
                "stakeholder_id": duty.stakeholder_id,
                "stakeholder": duty.name,
                "state": duty.state,
                "title": duty.title,
                "reason": duty.reason,
                "promise_id": duty.drift.promise.id if duty.drift else None,
                "draft_subject": written.subject,
                "draft_words": written.words,
            }
        )
    return reply({"items": items})


@operation(
    router, "GET", "/models/{model_id}/tellings", verb="model.view", at="model", gives=shapes.TellingList
)
def list_tellings(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Who was told of what, in which words, newest first."""
    model = portfolio.model_row(request.actor, model_id)
    rows = queries.tellings(request.actor, model)
    return reply(page_of_rows(rows, ("-told_at", "-pk"), _shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/models/{model_id}/tellings", verb="promise.give", at="model", activity="stakeholder.told",
    gives=shapes.TellingsMade, status=201,
)  # fmt: skip
def tell_stakeholders(request: ApiRequest, model_id: Id, payload: shapes.NewTelling) -> HttpResponse:
    """Tells stakeholders what they are owed, or records how they were told. 412 when it turned meanwhile."""
    made = actions.tell(
        actor=request.actor,
        model_id=model_id,
        causes=payload.causes,
        stakeholder_ids=payload.stakeholder_ids,
        subject=payload.subject,
        words=payload.words,
        how=payload.how,
        now=request.now,
    )
    return reply({"items": [_shown(row) for row in made]}, status=201)


def _shown(row: Telling) -> dict[str, object]:
    return {**{name: getattr(row, name) for name in TOLD}, "stakeholder": row.stakeholder.name}
