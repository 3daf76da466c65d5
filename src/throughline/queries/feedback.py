"""What people said about a model, what follows from it, and what waits too long."""

from collections import defaultdict
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db.models import QuerySet

from throughline.core.errors import Missing
from throughline.core.feedback import OpenFeedback, Triage
from throughline.core.permissions import Actor
from throughline.queries.outputs import managed
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, among, statement
from throughline.queries.together import Facts
from throughline.records.feedback import Feedback
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Stakeholder

MOST = 60


@statement
def _open() -> QuerySet[Feedback, Any]:
    rows = Feedback.objects.filter(among("model_id", "ids"), given_at__lte=Parameter("at"))
    columns = ("model_id", "pk", "giver_name", "given_at", "triage", "triaged_at")
    return rows.exclude(closed_at__lte=Parameter("at")).values_list(*columns)


def _facts(rows: list[Any], at: datetime) -> dict[int, tuple[OpenFeedback, ...]]:
    """By model id, what was open at an instant."""
    found: dict[int, list[OpenFeedback]] = defaultdict(list)
    for model_id, pk, giver, given_at, triage, triaged_at in sorted(rows, key=itemgetter(1)):
        is_triaged = bool(triage) and triaged_at is not None and triaged_at <= at
        found[model_id].append(OpenFeedback(pk, giver, given_at, Triage(triage) if is_triaged else None))
    return {model_id: tuple(given) for model_id, given in found.items()}


facts_of = Facts(_facts, _open)


def feedback(model: MLModel) -> QuerySet[Feedback]:
    """Of one model, open and closed, the newest first."""
    return model.feedback.select_related("stakeholder", "person").order_by("-given_at", "-pk")


def feedback_row(actor: Actor, feedback_id: int) -> Feedback:
    rows = Feedback.objects.filter(pk=feedback_id, model__in=models(actor))
    row = rows.select_related("model__program", "stakeholder", "person").first()
    if row is None:
        raise Missing("feedback")
    return row


def own_stakeholder(model: MLModel, person_id: int | None) -> Stakeholder | None:
    """As whom this person speaks about the model, if as anybody; as themselves rather than for a group."""
    rows = Stakeholder.objects.filter(model=model, person_id=person_id or 0, ended_at__isnull=True)
    return rows.order_by("is_group", "pk").first()


def untriaged(actor: Actor) -> list[Feedback]:
    """New feedback on the models that this person manages, the oldest first; one statement."""
    rows = Feedback.objects.filter(model_id__in=managed(actor), triage="", closed_at__isnull=True)
    return list(rows.select_related("model").order_by("given_at")[:MOST])
