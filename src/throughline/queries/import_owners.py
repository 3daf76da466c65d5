"""Who can be meant by the owners of a file, who holds the duty that they would get, and whether one may give it."""

from collections.abc import Mapping
from datetime import datetime

from throughline.core import permissions
from throughline.core.imports.mapping import ImportMapping
from throughline.core.imports.owners import Candidate, Holder, Owners
from throughline.core.permissions import Actor
from throughline.queries.access import people_of
from throughline.records.imports import ImportRow
from throughline.records.people import Assignment, Person


def owners_for(
    actor: Actor, program_id: int, mapping: ImportMapping, models: Mapping[str, int], now: datetime
) -> Owners | None:
    """None where no column says who owns a model, or nobody is to be assigned. Three statements else.

    `models` has the ids of what is on record, by key.
    """
    if not mapping.column("owner") or not mapping.owner_duty:
        return None
    here = set(people_of(program_id).values_list("pk", flat=True))
    people = Person.objects.filter(is_active=True, is_service=False).values_list("pk", "name", "email")
    holders = _holders(program_id, mapping.owner_duty, now)
    return Owners.among(
        (Candidate(pk, name, email or "", pk in here) for pk, name, email in people.iterator(2000)),
        duty=mapping.owner_duty,
        may_assign=permissions.may(actor, "people.change", program_id=program_id),
        holders={key: holders[model_id] for key, model_id in models.items() if model_id in holders},
    )


def _holders(program_id: int, duty: str, now: datetime) -> dict[int, tuple[Holder, ...]]:
    """By model: who holds the duty or will, and whose duty a person ended. What an undone import gave never was."""
    rows = Assignment.objects.filter(program_id=program_id, model__isnull=False, duty=duty)
    undone = ImportRow.objects.filter(batch__state="undone", assignment__isnull=False)
    rows = rows.exclude(pk__in=undone.values("assignment_id"))
    found: dict[int, tuple[Holder, ...]] = {}
    for model_id, person_id, name, ends_at in rows.values_list(
        "model_id", "person_id", "person__name", "ends_at"
    ).iterator(2000):
        is_over = ends_at is not None and ends_at <= now
        found[int(model_id or 0)] = (
            *found.get(int(model_id or 0), ()),
            Holder(person_id, name, is_over),
        )
    return found
