"""Which version of its program's policy each model stands under."""

from django.db.models import Count, QuerySet

from throughline.core.permissions import Actor
from throughline.core.stages import Standing
from throughline.queries.portfolio import models
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program

# Nothing leads on from these, so an older policy of theirs bothers nobody.
ENDED = (Standing.RETIRED, Standing.STOPPED)


def use_of_versions(program: Program) -> list[Policy]:
    """Newest first; each with `model_count`, the models under it that are not over."""
    counted = dict(
        MLModel.objects.filter(program=program)
        .exclude(standing__in=ENDED)
        .values_list("policy_id")
        .annotate(n=Count("pk"))
    )
    rows = list(program.policies.order_by("-published_at", "-pk"))
    for row in rows:
        row.model_count = counted.get(row.pk, 0)  # type: ignore[attr-defined]
    return rows


def models_on_older(actor: Actor, program: Program) -> "QuerySet[MLModel]":
    """Models that started their gate under another version than the one in force, as far as the actor sees them."""
    rows = models(actor).filter(program=program).exclude(standing__in=ENDED).exclude(policy=program.policy)
    return rows.filter(policy__isnull=False).select_related("program", "policy").order_by("name")
