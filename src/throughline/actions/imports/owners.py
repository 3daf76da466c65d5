"""The owners that a file names get their duty with the import, and lose exactly that when it is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, Q

from throughline.actions import activity
from throughline.actions.imports.rows import BATCH_SIZE, CHUNK, Written
from throughline.core.imports.accounts import Account
from throughline.core.permissions import Actor
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.moves import SignOff
from throughline.records.people import Assignment, Person
from throughline.records.portfolio import MLModel


@dataclass(frozen=True)
class Duty:
    """One duty that an import gave to a person or takes from them."""

    model_id: int
    person_id: int
    person: str
    duty: str


def assign_owners(
    batch: ImportBatch, account: Account, written: Mapping[int, Written], actor: Actor, now: datetime
) -> tuple[dict[int, Written], list[Duty]]:
    """What was written, by row number, with the assignments that the account asks for."""
    given = account.assigned()
    if account.owners is None or not given:
        return dict(written), []
    rows = Assignment.objects.bulk_create(
        [
            Assignment(
                program_id=batch.program_id,
                model_id=written[number].model_id,
                person_id=person_id,
                duty=account.owners.duty,
                starts_at=now,
                recorded_at=now,
                recorded_by=actor.name,
            )
            for number, person_id in given.items()
        ],
        batch_size=BATCH_SIZE,
    )
    held = Assignment.objects.filter(program=batch.program_id).values("person_id")
    names = dict(Person.objects.filter(pk__in=held).values_list("pk", "name"))
    made = {
        number: replace(written[number], assignment_id=row.pk)
        for number, row in zip(given, rows, strict=True)
    }
    return {**written, **made}, [_duty(row, names[row.person_id]) for row in rows]


def end_duties(rows: Sequence[ImportRow], now: datetime) -> list[Duty]:
    """Ends what these rows gave, with what was delegated from it. What a person ended is theirs, and no longer ours."""
    found = [row.assignment for row in rows if row.assignment is not None]
    running = [one for one in found if one.ends_at is None or one.ends_at > now]
    kept = {one.pk for one in running}
    over = [row.pk for row in rows if row.assignment_id not in kept]
    for ids in _chunks([one.pk for one in running]):
        ours = Assignment.objects.filter(Q(pk__in=ids) | Q(stands_in_for__in=ids))
        ours = ours.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now))
        ours.filter(starts_at__lte=now).update(ends_at=now)
        ours.filter(starts_at__gt=now).update(ends_at=F("starts_at"))
    for ids in _chunks(over):
        ImportRow.objects.filter(pk__in=ids).update(assignment=None)
    return [_duty(one, one.person.name) for one in running]


def record_duties(actor: Actor, batch: ImportBatch, verb: str, duties: Sequence[Duty], now: datetime) -> None:
    """Most duties touch no sign-off and are recorded together; the others one by one, so that those become void."""
    ids = [one.model_id for one in duties]
    signed = {pk: model for some in _chunks(ids) for pk, model in _signed(some, now).items()}
    lines = []
    for one in duties:
        body = {
            "duty": one.duty,
            "person": one.person,
            "assignee_id": one.person_id,
            "import": batch.pk,
        }
        if one.model_id in signed:
            activity.record_on_model(actor, verb, signed[one.model_id], now=now, body=body)
        else:
            lines.append(activity.Line(verb, batch.program_id, one.model_id, body))
    for some in _chunks([pk for pk in ids if pk not in signed]):
        MLModel.objects.filter(pk__in=some).update(facts=F("facts") + 1)
    activity.record_many(actor, lines, now=now)


def _signed(model_ids: Sequence[int], now: datetime) -> dict[int, MLModel]:
    live = SignOff.objects.filter(model_id__in=model_ids, void_at__isnull=True, expires_at__gt=now)
    rows = MLModel.objects.filter(pk__in=live.values("model_id")).select_related("program")
    return {row.pk: row for row in rows}


def _duty(row: Assignment, name: str) -> Duty:
    return Duty(int(row.model_id or 0), row.person_id, name, row.duty)


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
