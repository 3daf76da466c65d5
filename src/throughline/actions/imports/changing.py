"""What running and undoing an import share: a model is written over, with its revision and its line in the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from throughline.actions import activity
from throughline.actions.imports.rows import lost_race
from throughline.core.permissions import Actor
from throughline.core.portfolio import changes, revision_content
from throughline.records.imports import ImportBatch
from throughline.records.moves import SignOff
from throughline.records.portfolio import MLModel, Revision


@dataclass(frozen=True)
class Changed:
    model: MLModel
    fields: Mapping[str, object]


def write(model_id: int, version: int | None, fields: Mapping[str, object], now: datetime) -> MLModel:
    rows = MLModel.objects.filter(pk=model_id, version=version or 0)
    if not rows.update(**fields, changed_at=now, version=F("version") + 1, facts=F("facts") + 1):
        raise lost_race("A model of this import was changed meanwhile.")
    return MLModel.objects.select_related("program").get(pk=model_id)


def revision(model: MLModel, before: Mapping[str, object], actor: Actor, now: datetime) -> Revision:
    content = revision_content(model)
    old = {**content, **before} if before else {}
    changed = changes(old, content)
    return Revision(
        model=model, number=model.version, at=now, by=actor.name, content=content, changed=changed
    )


def record_changes(
    actor: Actor, batch: ImportBatch, changed: Sequence[Changed], verb: str, now: datetime
) -> None:
    """Most changes touch no sign-off and are recorded together; the others one by one, so that those become void."""
    live = SignOff.objects.filter(model_id__in=[one.model.pk for one in changed], void_at__isnull=True)
    signed = set(live.filter(expires_at__gt=now).values_list("model_id", flat=True))
    lines = []
    for one in changed:
        body = {"changed": one.fields, "import": batch.pk}
        if one.model.pk in signed:
            activity.record_on_model(actor, verb, one.model, now=now, body=body)
        else:
            lines.append(activity.Line(verb, batch.program_id, one.model.pk, body))
    activity.record_many(actor, lines, now=now)


def told_of(batch: ImportBatch, name: str, number: int) -> dict[str, object]:
    return {"name": name, "import": batch.pk, "row": number}
