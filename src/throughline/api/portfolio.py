"""Programs, models and releases over HTTP."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Router
from ninja.params import functions as params
from pydantic import Field

from throughline.actions import portfolio as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_values
from throughline.api.schemas import portfolio as shapes
from throughline.api.schemas.base import Id, Slug
from throughline.core.stages import Stage, Standing
from throughline.queries import portfolio as queries
from throughline.queries.rows import MLModel

programs = Router(tags=["Programs"])
models = Router(tags=["Models"])
releases = Router(tags=["Releases"])

PROGRAM: Mapping[str, str] = {name: name for name in shapes.ProgramOut.model_fields}
MODEL: Mapping[str, str] = {
    name: {"program": "program__slug"}.get(name, name) for name in shapes.ModelOut.model_fields
}
RELEASE: Mapping[str, str] = {name: name for name in shapes.ReleaseOut.model_fields}
Sort = Literal["name", "-name", "age", "-age", "changed", "id"]
TierChoice = Literal["low", "medium", "high", "none"]
ORDERS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "age": ("stage_since", "pk"),
    "-age": ("-stage_since", "-pk"),
    "changed": ("-changed_at", "-pk"),
    "id": ("pk",),
}
MANY: Any = params.Query(
    default=[], max_length=20, description="May be given several times; any of them fits."
)


def shown(row: object, fields: Mapping[str, str]) -> dict[str, object]:
    return {name: _value(row, column) for name, column in fields.items()}


def _value(row: object, column: str) -> object:
    for part in column.split("__"):
        row = getattr(row, part)
    return row


@operation(programs, "GET", "/programs", verb="self.use", at="person", gives=shapes.ProgramList)
def list_programs(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """The programs of which you may see all or some models, by name."""
    rows = queries.programs(request.actor)
    return reply(page_of_values(rows, ("name", "pk"), PROGRAM, limit=limit, cursor=cursor))


@operation(
    programs, "POST", "/programs", verb="program.create", at="installation", activity="program.created",
    gives=shapes.ProgramOut, status=201,
)  # fmt: skip
def create_program(request: ApiRequest, payload: shapes.NewProgram) -> HttpResponse:
    """Creates a program, with one of the shipped policies in force."""
    row = actions.create_program(
        actor=request.actor,
        name=payload.name,
        slug=payload.slug,
        time_zone=payload.time_zone,
        policy=payload.policy,
        now=request.now,
    )
    return reply(
        shown(row, PROGRAM), status=201, version=row.version, location=f"/api/v1/programs/{row.slug}"
    )


@operation(
    programs,
    "GET",
    "/programs/{slug}",
    verb="program.view",
    at="program",
    gives=shapes.ProgramOut,
    is_versioned=True,
)
def get_program(request: ApiRequest, slug: Slug) -> HttpResponse:
    """One program."""
    row = queries.program_row(request.actor, slug)
    return reply(shown(row, PROGRAM), version=row.version)


@operation(
    models, "GET", "/models", verb="self.use", at="person", gives=shapes.ModelList,
    extra={"responses": {200: {"headers": {"X-Total-Count": {
        "description": "How many models the filters leave; on the first page only.", "schema": {"type": "integer"},
    }}}}},
)  # fmt: skip
def list_models(
    request: ApiRequest,
    program: Annotated[str, Field(max_length=60, description="The short name of a program.")] = "",
    search: Annotated[
        str, Field(max_length=200, description="Words in name, summary, external id or team.")
    ] = "",
    stage: list[Stage] = MANY,
    standing: list[Standing] = MANY,
    tier: list[TierChoice] = MANY,
    team: list[str] = MANY,
    mine: Annotated[bool, Field(description="Only models on which you hold a duty.")] = False,
    sort: Sort = "name",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """The models that you may see, narrowed by filters."""
    filters = queries.Filters(
        program=program,
        search=search,
        stages=tuple(stage),
        standings=tuple(standing),
        tiers=tuple(tier),
        teams=tuple(team),
        mine=mine,
    )
    rows = queries.filtered_columns(request.actor, filters)
    page = page_of_values(rows, ORDERS[sort], MODEL, limit=limit, cursor=cursor)
    headers = {} if cursor else {"X-Total-Count": str(_total(rows, page))}
    return reply(page, headers=headers)


def _total(rows: QuerySet[MLModel], page: Mapping[str, object]) -> int:
    """A first page that is also the last needs no counting."""
    items = page["items"]
    return len(items) if page["next"] is None and isinstance(items, list) else rows.order_by().count()


@operation(
    models, "GET", "/models/find", verb="self.use", at="person", gives=shapes.ModelOut, is_versioned=True
)
def find_model(
    request: ApiRequest,
    reference: Annotated[
        str,
        Field(min_length=1, max_length=300, description="An id, an external id, or `program/external id`."),
    ],
) -> HttpResponse:
    """The one model that is meant by an id, an external id, or `program/external id`."""
    row = queries.model_by_reference(request.actor, reference)
    return reply(shown(row, MODEL), version=row.version)


@operation(
    models, "POST", "/models", verb="model.create", at="program", activity="model.created", gives=shapes.ModelOut,
    status=201,
)  # fmt: skip
def create_model(request: ApiRequest, payload: shapes.NewModel) -> HttpResponse:
    """Adds a model to a program, at conception."""
    program = queries.program_row(request.actor, payload.program)
    row = actions.create_model(
        actor=request.actor, program_id=program.pk, fields=payload.given(), now=request.now
    )
    return reply(shown(row, MODEL), status=201, version=row.version, location=f"/api/v1/models/{row.pk}")


@operation(
    models,
    "GET",
    "/models/{model_id}",
    verb="model.view",
    at="model",
    gives=shapes.ModelOut,
    is_versioned=True,
)
def get_model(request: ApiRequest, model_id: Id) -> HttpResponse:
    """One model."""
    row = queries.model_row(request.actor, model_id)
    return reply(shown(row, MODEL), version=row.version)


@operation(
    models, "PATCH", "/models/{model_id}", verb="model.change", at="model", activity="model.changed",
    gives=shapes.ModelOut, is_versioned=True,
)  # fmt: skip
def change_model(request: ApiRequest, model_id: Id, payload: shapes.ModelChange) -> HttpResponse:
    """Writes the given fields and leaves the others. Send If-Match, so that nobody's change is overwritten."""
    row = actions.change_model(
        actor=request.actor,
        model_id=model_id,
        expected_version=expected_version(request),
        fields=payload.given(),
        now=request.now,
    )
    return reply(shown(row, MODEL), version=row.version)


@operation(
    models, "PUT", "/programs/{slug}/models/{path:external_id}", verb="model.change", at="program",
    activity="model.changed", gives=shapes.ModelOut, or_status=201, is_versioned=True,
)  # fmt: skip
def put_model(
    request: ApiRequest,
    slug: Slug,
    external_id: Annotated[
        str, Field(max_length=200, description="Your own key.", examples=["churn-scorer"])
    ],
    payload: shapes.ModelPut,
) -> HttpResponse:
    """Creates the model with this external id, or writes the given fields of the one there is."""
    program = queries.program_row(request.actor, slug)
    row, is_new = actions.put_model(
        actor=request.actor,
        program_id=program.pk,
        external_id=external_id,
        fields=payload.given(),
        expected_version=expected_version(request),
        now=request.now,
    )
    location = f"/api/v1/models/{row.pk}" if is_new else ""
    return reply(shown(row, MODEL), status=201 if is_new else 200, version=row.version, location=location)


@operation(
    releases, "GET", "/models/{model_id}/releases", verb="model.view", at="model", gives=shapes.ReleaseList
)
def list_releases(
    request: ApiRequest, model_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The releases of a model, newest first."""
    rows = queries.releases(queries.model_row(request.actor, model_id))
    return reply(page_of_values(rows, ("-created_at", "-pk"), RELEASE, limit=limit, cursor=cursor))


@operation(
    releases, "POST", "/models/{model_id}/releases", verb="model.change", at="model", activity="release.planned",
    gives=shapes.ReleaseOut, status=201,
)  # fmt: skip
def plan_release(request: ApiRequest, model_id: Id, payload: shapes.NewRelease) -> HttpResponse:
    """Plans the next version on its way to users; one at a time."""
    row = actions.plan_release(
        actor=request.actor, model_id=model_id, **payload.model_dump(), now=request.now
    )
    return reply(shown(row, RELEASE), status=201, version=row.version)


@operation(
    releases, "PATCH", "/models/{model_id}/releases/{release_id}", verb="model.change", at="model",
    activity="release.changed", gives=shapes.ReleaseOut, is_versioned=True,
)  # fmt: skip
def change_release(
    request: ApiRequest, model_id: Id, release_id: Id, payload: shapes.ReleaseChange
) -> HttpResponse:
    """Says which registered version a planned release is; sign-offs that rested on another one become void."""
    model = queries.model_row(request.actor, model_id)
    version = expected_version(request)
    row = actions.change_release(
        actor=request.actor,
        model_id=model_id,
        release_id=release_id,
        expected_version=queries.release_row(model, release_id).version if version is None else version,
        subject=payload.subject,
        notes=payload.notes,
        now=request.now,
    )
    return reply(shown(row, RELEASE), version=row.version)


@operation(
    releases, "POST", "/models/{model_id}/releases/{release_id}/withdrawal", verb="model.change", at="model",
    activity="release.withdrawn", gives=shapes.ReleaseOut,
)  # fmt: skip
def withdraw_release(
    request: ApiRequest, model_id: Id, release_id: Id, payload: shapes.WithReason
) -> HttpResponse:
    """Gives a planned release up."""
    row = actions.withdraw_release(
        actor=request.actor, model_id=model_id, release_id=release_id, reason=payload.reason, now=request.now
    )
    return reply(shown(row, RELEASE), version=row.version)
