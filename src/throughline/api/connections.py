"""Connected tools over HTTP: connect, try, collect, and link registered models to models."""

from django.http import HttpResponse
from ninja import Router

from throughline.actions import connections as actions
from throughline.actions.evidence import collection
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows, page_of_values
from throughline.api.portfolio import shown
from throughline.api.schemas import connections as shapes
from throughline.api.schemas.base import Id
from throughline.queries import connections as queries
from throughline.queries.portfolio import program_row
from throughline.queries.rows import Connection

router = Router(tags=["Connections"])
COPIED = {
    "id": "id",
    "program": "program__slug",
    **{
        name: name
        for name in (
            "kind",
            "name",
            "settings",
            "interval_minutes",
            "last_error",
            "last_polled_at",
            "next_poll_at",
            "created_by",
            "version",
        )
    },
}
LINK = {name: name for name in shapes.LinkOut.model_fields}


def in_full(row: Connection) -> dict[str, object]:
    found = {"health": queries.health_of(row), "stored_secrets": sorted(queries.stored_secrets(row))}
    return {**shown(row, COPIED), **found}


@operation(router, "GET", "/connections", verb="connection.view", at="program", gives=shapes.ConnectionList)
def list_connections(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """The connected tools of your programs, by name."""
    rows = queries.connections(request.actor)
    return reply(page_of_rows(rows, ("name", "pk"), in_full, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/connections", verb="connection.change", at="program", activity="connection.created",
    gives=shapes.ConnectionOut, status=201,
)  # fmt: skip
def create_connection(request: ApiRequest, payload: shapes.NewConnection) -> HttpResponse:
    """Connects a tool. Its address must be public, or opened by the administrator in THROUGHLINE_ALLOW_HOSTS."""
    program = program_row(request.actor, payload.program)
    row = actions.connect(
        actor=request.actor,
        program_id=program.pk,
        kind=payload.kind,
        name=payload.name,
        values=payload.values,
        interval_minutes=payload.interval_minutes,
        now=request.now,
    )
    return reply(in_full(row), status=201, version=row.version, location=f"/api/v1/connections/{row.pk}")


@operation(
    router, "GET", "/connections/{connection_id}", verb="connection.view", at="program",
    gives=shapes.ConnectionOut, is_versioned=True,
)  # fmt: skip
def get_connection(request: ApiRequest, connection_id: Id) -> HttpResponse:
    """One connected tool, and how it is doing."""
    row = queries.connection_row(request.actor, connection_id)
    return reply(in_full(row), version=row.version)


@operation(
    router, "PUT", "/connections/{connection_id}", verb="connection.change", at="program",
    activity="connection.changed", gives=shapes.ConnectionOut, is_versioned=True,
)  # fmt: skip
def change_connection(
    request: ApiRequest, connection_id: Id, payload: shapes.ChangedConnection
) -> HttpResponse:
    """Changes settings. At another host every secret has to be sent again."""
    seen = queries.connection_row(request.actor, connection_id).version
    row = actions.change_connection(
        actor=request.actor,
        connection_id=connection_id,
        expected_version=expected_version(request) or seen,
        name=payload.name,
        values=payload.values,
        interval_minutes=payload.interval_minutes,
        now=request.now,
    )
    return reply(in_full(row), version=row.version)


@operation(
    router, "POST", "/connections/{connection_id}/switch", verb="connection.change", at="program",
    activity="connection.switched_off", gives=shapes.ConnectionOut,
)  # fmt: skip
def switch_connection(request: ApiRequest, connection_id: Id, payload: shapes.Switched) -> HttpResponse:
    """Switches a tool on or off."""
    row = actions.switch_connection(
        actor=request.actor, connection_id=connection_id, is_active=payload.is_active, now=request.now
    )
    return reply(in_full(row))


@operation(
    router, "POST", "/connections/{connection_id}/trial", verb="connection.change", at="program",
    activity="connection.tried", gives=shapes.Tried,
)  # fmt: skip
def try_connection(request: ApiRequest, connection_id: Id) -> HttpResponse:
    """Asks the tool one small question."""
    reached = actions.try_connection(actor=request.actor, connection_id=connection_id, now=request.now)
    return reply({"status": reached.status, "seconds": round(reached.seconds, 3)})


@operation(
    router, "POST", "/connections/{connection_id}/collection", verb="connection.change", at="program",
    activity="connection.collection_requested", gives=shapes.Requested, status=202,
)  # fmt: skip
def request_collection(request: ApiRequest, connection_id: Id) -> HttpResponse:
    """Has the worker collect the evidence of all linked models as soon as it can."""
    collection.request_collection(actor=request.actor, connection_id=connection_id, now=request.now)
    return reply({"is_requested": True}, status=202)


@operation(
    router, "GET", "/connections/{connection_id}/links", verb="connection.view", at="program",
    gives=shapes.LinkList,
)  # fmt: skip
def list_links(
    request: ApiRequest, connection_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The models that are linked to registered models of this tool."""
    rows = queries.links(queries.connection_row(request.actor, connection_id))
    return reply(page_of_values(rows, ("remote_name", "pk"), LINK, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/connections/{connection_id}/links", verb="connection.change", at="program",
    activity="connection.model_linked", gives=shapes.LinkOut, status=201,
)  # fmt: skip
def link_model(request: ApiRequest, connection_id: Id, payload: shapes.NewLink) -> HttpResponse:
    """Says which registered model is which model; its evidence is brought from then on."""
    row = actions.link_model(
        actor=request.actor,
        connection_id=connection_id,
        model_id=payload.model_id,
        remote_name=payload.remote_name,
        alias=payload.alias,
        now=request.now,
    )
    return reply(shown(row, LINK), status=201)


@operation(
    router, "DELETE", "/connections/{connection_id}/links/{link_id}", verb="connection.change", at="program",
    activity="connection.model_unlinked", gives=None, status=204,
)  # fmt: skip
def unlink_model(request: ApiRequest, connection_id: Id, link_id: Id) -> HttpResponse:
    """Nothing more is brought; the evidence that was brought stays."""
    actions.unlink_model(actor=request.actor, connection_id=connection_id, link_id=link_id, now=request.now)
    return HttpResponse(status=204)
