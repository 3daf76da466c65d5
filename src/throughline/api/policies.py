"""Policies over HTTP: published versions, publishing, and validating before that."""

from datetime import datetime

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field, JsonValue

from throughline.actions import policies as actions
from throughline.actions import portfolio as portfolio_actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.portfolio import MODEL, shown
from throughline.api.schemas.base import Given, Id, Listed, Slug, example
from throughline.api.schemas.portfolio import ModelOut
from throughline.queries import policies as queries
from throughline.queries.portfolio import program_row
from throughline.queries.rows import Policy, Program

router = Router(tags=["Policies"])
YAML = "policy: default\nversion: '2'\ngates:\n  …"
POLICY = {
    "id": 5,
    "name": "default",
    "label": "2",
    "fingerprint": "77ab…",
    "note": "Peer review is now signed by two.",
    "published_at": "2026-02-01T10:00:00Z",
    "published_by": "Mira Sol",
    "is_in_force": True,
}
LONGEST_SOURCE = 500_000


class PolicyOut(Schema):
    model_config = example(POLICY)
    id: int
    name: str
    label: str = Field(description="The version, as the policy names it.")
    fingerprint: str
    note: str
    published_at: datetime
    published_by: str
    is_in_force: bool = Field(description="Whether gates that begin now are judged by it.")


class PolicyInFull(PolicyOut):
    model_config = example({**POLICY, "source": YAML, "content": {}})
    source: str = Field(description="The YAML as it was published.")
    content: dict[str, JsonValue] = Field(description="What the YAML says.")


class PolicyList(Listed):
    model_config = example({"items": [POLICY], "next": None})
    items: list[PolicyOut]


class NewPolicy(Given):
    model_config = {
        **Given.model_config,
        **example({"source": YAML, "note": "Peer review is now signed by two."}),
    }
    source: str = Field(max_length=LONGEST_SOURCE, description="The YAML.")
    note: str = Field(max_length=2_000, description="What changed, and why.")


class PolicyText(Given):
    model_config = {**Given.model_config, **example({"source": YAML})}
    source: str = Field(max_length=LONGEST_SOURCE, description="The YAML.")


class Validated(Schema):
    model_config = example({"name": "default", "version": "2", "fingerprint": "77ab…", "gates": {"stop": 2}})
    name: str
    version: str
    fingerprint: str
    gates: dict[str, int] = Field(description="Each gate with the number of its checks.")


def policy_shown(row: Policy, program: Program) -> dict[str, object]:
    names = [name for name in PolicyOut.model_fields if name != "is_in_force"]
    return {**{name: getattr(row, name) for name in names}, "is_in_force": row.pk == program.policy_id}


def policy_in_full(row: Policy, program: Program) -> dict[str, object]:
    return {**policy_shown(row, program), "source": row.source, "content": row.content}


@operation(router, "GET", "/programs/{slug}/policies", verb="program.view", at="program", gives=PolicyList)
def list_policies(
    request: ApiRequest, slug: Slug, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The published policies of a program, newest first."""
    program = program_row(request.actor, slug)
    rows = queries.versions(program).defer("source", "content")
    order = ("-published_at", "-pk")
    page = page_of_rows(rows, order, lambda row: policy_shown(row, program), limit=limit, cursor=cursor)
    return reply(page)


@operation(
    router,
    "GET",
    "/programs/{slug}/policies/{policy_id}",
    verb="program.view",
    at="program",
    gives=PolicyInFull,
)
def get_policy(request: ApiRequest, slug: Slug, policy_id: Id) -> HttpResponse:
    """One published policy with its text."""
    program = program_row(request.actor, slug)
    return reply(policy_in_full(queries.version_row(program, policy_id), program))


@operation(
    router, "POST", "/programs/{slug}/policies", verb="policy.publish", at="program", activity="policy.published",
    gives=PolicyInFull, status=201,
)  # fmt: skip
def publish_policy(request: ApiRequest, slug: Slug, payload: NewPolicy) -> HttpResponse:
    """Publishes a new version and puts it in force for gates that begin from now on."""
    program = program_row(request.actor, slug)
    row = actions.publish_policy(
        actor=request.actor, program_id=program.pk, source=payload.source, note=payload.note, now=request.now
    )
    program.policy = row
    return reply(policy_in_full(row, program), status=201)


@operation(
    router, "POST", "/programs/{slug}/policies/{policy_id}/in-force", verb="policy.publish", at="program",
    activity="policy.put_in_force", gives=PolicyOut,
)  # fmt: skip
def put_policy_in_force(request: ApiRequest, slug: Slug, policy_id: Id) -> HttpResponse:
    """Goes back, or forward, to a version that was published before."""
    program = program_row(request.actor, slug)
    row = actions.put_in_force(
        actor=request.actor, program_id=program.pk, policy_id=policy_id, now=request.now
    )
    program.policy = row
    return reply(policy_shown(row, program))


@operation(router, "POST", "/policies/validation", verb="self.use", at="person", gives=Validated)
def validate_policy(request: ApiRequest, payload: PolicyText) -> HttpResponse:  # noqa: ARG001 - given by the door
    """Reads a policy without publishing it; everything that is wrong is told with its line and column."""
    policy = queries.read(payload.source)
    gates = {name: len(gate.checks) for name, gate in policy.gates.items()}
    told = {"name": policy.name, "version": policy.version, "fingerprint": policy.fingerprint, "gates": gates}
    return reply(told)


@operation(
    router, "POST", "/models/{model_id}/policy", verb="model.change", at="model", activity="policy.adopted",
    gives=ModelOut,
)  # fmt: skip
def adopt_policy(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Moves a model from the policy under which it started its gate to the one now in force."""
    row = portfolio_actions.adopt_policy(actor=request.actor, model_id=model_id, now=request.now)
    return reply(shown(row, MODEL), version=row.version)
