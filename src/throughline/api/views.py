"""Saved views of the portfolio over HTTP."""

from django.http import HttpResponse
from ninja import Router

from throughline.actions import views as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import views as shapes
from throughline.api.schemas.base import Id
from throughline.core.permissions import Actor
from throughline.queries import views as queries
from throughline.queries.rows import SavedView

router = Router(tags=["Views"])


@operation(router, "GET", "/views", verb="self.use", at="person", gives=shapes.SavedViewList)
def list_views(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Your own views of the portfolio, and those that others share with your programs."""
    rows = queries.views(request.actor)
    return reply(
        page_of_rows(rows, ("name", "pk"), lambda row: _shown(row, request.actor), limit=limit, cursor=cursor)
    )


@operation(
    router, "POST", "/views", verb="self.change", at="person", activity="view.saved", gives=shapes.SavedViewOut,
    status=201,
)  # fmt: skip
def save_view(request: ApiRequest, payload: shapes.NewSavedView) -> HttpResponse:
    """Keeps a view under a name, for yourself or shared with a program. The same name again replaces it."""
    row = actions.save_view(
        actor=request.actor, is_shared=bool(payload.program), now=request.now, **payload.model_dump()
    )
    return reply(_shown(row, request.actor), status=201)


@operation(
    router, "DELETE", "/views/{view_id}", verb="self.change", at="person", activity="view.removed",
    gives=shapes.SavedViewOut,
)  # fmt: skip
def remove_view(request: ApiRequest, view_id: Id) -> HttpResponse:
    """Removes a view of your own, for everybody with whom it was shared."""
    shown = _shown(queries.own_view(request.actor, view_id), request.actor)
    actions.remove_view(actor=request.actor, view_id=view_id, now=request.now)
    return reply(shown)


def _shown(row: SavedView, actor: Actor) -> dict[str, object]:
    kept = ("id", "name", "query", "is_shared", "is_pinned", "created_at")
    return {
        **{name: getattr(row, name) for name in kept},
        "program": row.program.slug if row.program else "",
        "owner": row.owner.name,
        "is_own": row.owner_id == actor.person_id,
    }
