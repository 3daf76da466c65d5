"""The feasibility analysis at conception is recorded: five ratings, and go or no-go with its reason."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean
from throughline.queries.portfolio import model_row
from throughline.records.planning import Feasibility

RATINGS = ("value", "feasibility", "data_readiness", "risk", "effort")


@activity.records_refusals("feasibility.refused")
def record_feasibility(
    *, actor: Actor, model_id: int, ratings: Mapping[str, int], is_go: bool, reason: str, now: datetime
) -> Feasibility:
    """`ratings` holds value, feasibility, data_readiness, risk and effort, each from 1 (poor) to 5 (good)."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    wrong = [name for name in RATINGS if ratings.get(name) not in range(1, 6)]
    if wrong:
        raise Refused(tuple(Reason("Rate this from 1 to 5.", field=name) for name in wrong), kind="invalid")
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    with transaction.atomic():
        row = Feasibility.objects.create(
            model=model,
            **{name: ratings[name] for name in RATINGS},
            is_go=is_go,
            reason=reason,
            by=actor.name,
            person_id=actor.person_id,
            at=now,
        )
        body = {"is_go": is_go, "reason": reason, **{name: ratings[name] for name in RATINGS}}
        activity.record_on_model(actor, "feasibility.recorded", model, now=now, body=body)
    return row
