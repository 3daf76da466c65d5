"""Data sources over HTTP: listed, added, changed and retired, with the models that use them and their flows."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import data_sources as actions
from throughline.actions.data_sources import NewUse
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import data_sources as shapes
from throughline.api.schemas.base import Id, Slug
from throughline.core.data_sources import FIELDS, Sensitivity
from throughline.queries import data_sources as queries
from throughline.queries.data_sources import Filters
from throughline.queries.portfolio import model_row, program_row
from throughline.queries.rows import DataSource, SourceFlow, SourceUse

router = Router(tags=["Data sources"])
STAMPS = ("created_at", "created_by", "ended_at", "ended_by", "ended_reason", "version")


@operation(router, "GET", "/sources", verb="source.view", at="program", gives=shapes.SourceList)
def list_sources(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="The short name of a program.")] = "",
    search: Annotated[str, Field(max_length=200, description="Words in name, provider or systems.")] = "",
    sensitivity: Sensitivity | Literal[""] = "",
    automation: Literal["", "manual", "scripted", "scheduled", "unknown"] = "",
    support: Literal["", "yes", "no", "unknown"] = "",
    with_ended: Annotated[bool, Field(description="Also those that were retired.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The data sources that you may see, by name."""
    filters = Filters(program, search, str(sensitivity), automation, support, with_ended=with_ended)
    rows = queries.filtered(request.actor, filters)
    return reply(
        page_of_rows(rows, ("name", "pk"), lambda row: _shown(request, row), limit=limit, cursor=cursor)
    )


@operation(
    router, "POST", "/sources", verb="source.change", at="program", activity="source.added", gives=shapes.SourceOut,
    status=201,
)  # fmt: skip
def add_source(request: ApiRequest, payload: shapes.NewSource) -> HttpResponse:
    """Lists a data source. With a model, that model uses it from the start."""
    program = program_row(request.actor, payload.program)
    use = None
    if payload.model_id is not None:
        stage = payload.from_stage or model_row(request.actor, payload.model_id).stage
        use = NewUse(str(stage))
    row = actions.add_source(
        actor=request.actor,
        program_id=program.pk,
        fields=payload.given(),
        owner_id=payload.owner_id,
        model_id=payload.model_id,
        use=use,
        now=request.now,
    )
    return _replied(request, row.pk, status=201)


@operation(
    router, "PUT", "/programs/{slug}/sources/{path:external_id}", verb="source.change", at="program",
    activity="source.changed", gives=shapes.SourceOut, or_status=201, is_versioned=True,
)  # fmt: skip
def put_source(
    request: ApiRequest,
    slug: Slug,
    external_id: Annotated[str, Field(max_length=200, description="Your own key.", examples=["wh-orders"])],
    payload: shapes.SourcePut,
) -> HttpResponse:
    """Lists the source with this external id, or writes the given fields of the one there is."""
    program = program_row(request.actor, slug)
    row, is_new = actions.put_source(
        actor=request.actor,
        program_id=program.pk,
        external_id=external_id,
        fields=payload.given(),
        owner_id=payload.owner_id,
        changes_owner=payload.changes_owner,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row.pk, status=201 if is_new else 200)


@operation(
    router, "GET", "/sources/{source_id}", verb="source.view", at="program", gives=shapes.SourceOut,
    is_versioned=True,
)  # fmt: skip
def get_source(request: ApiRequest, source_id: Id) -> HttpResponse:
    """One data source, with the next instants at which fresh data is expected."""
    return _replied(request, source_id)


@operation(
    router, "PATCH", "/sources/{source_id}", verb="source.change", at="program", activity="source.changed",
    gives=shapes.SourceOut, is_versioned=True,
)  # fmt: skip
def change_source(request: ApiRequest, source_id: Id, payload: shapes.SourceChange) -> HttpResponse:
    """Writes the given fields and leaves the others. Send If-Match, so that nobody's change is overwritten."""
    actions.change_source(
        actor=request.actor,
        source_id=source_id,
        fields=payload.given(),
        owner_id=payload.owner_id,
        changes_owner=payload.changes_owner,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, source_id)


@operation(
    router, "POST", "/sources/{source_id}/end", verb="source.change", at="program", activity="source.ended",
    gives=shapes.SourceOut, is_versioned=True,
)  # fmt: skip
def end_source(request: ApiRequest, source_id: Id, payload: shapes.SourceEnd) -> HttpResponse:
    """Retires it. Models that still use it say so at their gates."""
    actions.end_source(
        actor=request.actor,
        source_id=source_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, source_id)


@operation(
    router, "GET", "/sources/{source_id}/uses", verb="source.view", at="program", gives=shapes.SourceUseList
)
def list_uses(request: ApiRequest, source_id: Id) -> HttpResponse:
    """The models that use it, as far as you may see them."""
    rows = queries.uses_of_source(request.actor, queries.source_row(request.actor, source_id))
    return reply({"items": [use_shown(row) for row in rows]})


@operation(
    router, "GET", "/models/{model_id}/sources", verb="source.view", at="model", gives=shapes.SourceUseList
)
def list_sources_of_model(request: ApiRequest, model_id: Id) -> HttpResponse:
    """The data sources that a model uses, and from which stage on."""
    model = queries.model_with_sources(request.actor, model_id)
    rows = queries.uses_of_model(model).select_related("model").order_by("source__name", "pk")
    return reply({"items": [use_shown(row) for row in rows]})


@operation(
    router, "POST", "/models/{model_id}/sources", verb="source.change", at="model", activity="source_use.begun",
    gives=shapes.SourceUseList, status=201,
)  # fmt: skip
def link_sources(request: ApiRequest, model_id: Id, payload: shapes.NewUses) -> HttpResponse:
    """The model uses these sources from a stage on; all of them or none."""
    rows = actions.link_sources(
        actor=request.actor,
        model_id=model_id,
        source_ids=payload.source_ids,
        use=NewUse(payload.from_stage.value, payload.purpose),
        now=request.now,
    )
    return reply({"items": [use_shown(row) for row in rows]}, status=201)


@operation(
    router, "POST", "/source-uses/{use_id}/end", verb="source.change", at="model", activity="source_use.ended",
    gives=shapes.SourceUseOut,
)  # fmt: skip
def unlink_source(request: ApiRequest, use_id: Id) -> HttpResponse:
    """The model does not use it any more. Requests for access stay in the record."""
    return reply(use_shown(actions.unlink_source(actor=request.actor, use_id=use_id, now=request.now)))


@operation(
    router, "GET", "/sources/{source_id}/flows", verb="source.view", at="program", gives=shapes.FlowList
)
def list_flows(request: ApiRequest, source_id: Id) -> HttpResponse:
    """What a source is made from, and what is made from it."""
    found = queries.flows_of(request.actor, queries.source_row(request.actor, source_id))
    return reply(
        {
            "upstream": [flow_shown(flow) for flow in found.upstream],
            "downstream": [flow_shown(flow) for flow in found.downstream],
        }
    )


@operation(
    router, "POST", "/sources/{source_id}/flows", verb="source.change", at="program", activity="source_flow.added",
    gives=shapes.FlowOut, status=201,
)  # fmt: skip
def add_flow(request: ApiRequest, source_id: Id, payload: shapes.NewFlow) -> HttpResponse:
    """Says that it is made from another source of the program."""
    row = actions.add_flow(
        actor=request.actor, source_id=source_id, upstream_id=payload.upstream_id, now=request.now
    )
    return reply(flow_shown(row), status=201)


@operation(
    router, "POST", "/source-flows/{flow_id}/end", verb="source.change", at="program",
    activity="source_flow.ended", gives=shapes.FlowOut,
)  # fmt: skip
def end_flow(request: ApiRequest, flow_id: Id) -> HttpResponse:
    """It is not made from that source any more."""
    return reply(flow_shown(actions.end_flow(actor=request.actor, flow_id=flow_id, now=request.now)))


def use_shown(row: SourceUse) -> dict[str, object]:
    same = ("model_id", "source_id", "from_stage", "purpose", "created_at", "created_by", "ended_at")
    said = {name: getattr(row, name) for name in same}
    return {"id": row.pk, "model": row.model.name, "source": row.source.name, **said}


def flow_shown(row: SourceFlow) -> dict[str, object]:
    same = ("upstream_id", "downstream_id", "origin", "created_at", "created_by")
    said = {name: getattr(row, name) for name in same}
    return {"id": row.pk, "upstream": row.upstream.name, "downstream": row.downstream.name, **said}


def _shown(request: ApiRequest, row: Any) -> dict[str, object]:
    """Of a row that came with the number of models that use it."""
    return {
        "id": row.pk,
        "program": row.program.slug,
        **{name: getattr(row, name) for name in FIELDS},
        "owner_id": row.owner_id,
        "owner": row.owner.name if row.owner else "",
        "next_refreshes": list(queries.refreshes(row, request.now)) if row.ended_at is None else [],
        "used_by": row.used_by,
        **{name: getattr(row, name) for name in STAMPS},
    }


def _replied(request: ApiRequest, source_id: int, *, status: int = 200) -> HttpResponse:
    row: DataSource = queries.source_row(request.actor, source_id)
    row.used_by = queries.uses_in_all(row)  # type: ignore[attr-defined]
    location = f"/api/v1/sources/{row.pk}" if status == 201 else ""
    return reply(_shown(request, row), status=status, version=row.version, location=location)
