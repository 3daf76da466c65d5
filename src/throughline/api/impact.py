"""Which promises break: what hangs on one data source, over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.schemas import impact as shapes
from throughline.api.schemas.base import Id
from throughline.core.drift_facts import Drift
from throughline.core.impact import Happened, ModelImpact
from throughline.queries import data_sources
from throughline.queries import impact as queries

router = Router(tags=["Data sources"])


@operation(
    router, "GET", "/sources/{source_id}/impact", verb="source.view", at="program", gives=shapes.ImpactOut
)
def get_impact(
    request: ApiRequest,
    source_id: Id,
    happened: Annotated[Happened, Field(description="What happened to the source.")] = Happened.LATE,
) -> HttpResponse:
    """The models, releases, output contracts, promises and people that hang on a source and on what is made from it."""
    row = data_sources.source_row(request.actor, source_id)
    found = queries.impact_of(request.actor, row, happened, request.now)
    return reply(
        {
            "source_id": row.pk,
            "source": row.name,
            "happened": happened,
            "cause": found.news.cause,
            "models": [_model(one, found.names) for one in found.models],
            "hidden_models": found.hidden,
        }
    )


def _model(one: ModelImpact, names: dict[int, str]) -> dict[str, object]:
    where = one.where
    return {
        "model_id": where.model_id,
        "model": where.name,
        "stage": where.stage,
        "standing": where.standing,
        "is_in_use": one.is_in_use,
        "through": [[names[pk] for pk in path] for path in one.through],
        "releases": [
            {name: getattr(r, name) for name in ("id", "name", "subject", "state")} for r in where.releases
        ],
        "contracts": [
            {"id": c.id, "name": c.name, "consumers": [who.name for who in c.consumers]}
            for c in where.contracts
        ],
        "promises": [_promise(drift) for drift in one.promises],
        "people": [
            {
                "stakeholder_id": who.stakeholder_id,
                "name": who.name,
                "promise_ids": list(who.promise_ids),
                "is_consumer": who.is_consumer,
                "told_at": who.told_at,
            }
            for who in one.people
        ],
    }


def _promise(drift: Drift) -> dict[str, object]:
    said = drift.promise.latest
    return {
        "id": drift.promise.id,
        "kind": drift.promise.kind,
        "state": drift.state,
        "statement": said.statement,
        "due_on": said.due_on,
        "value": said.value,
    }
