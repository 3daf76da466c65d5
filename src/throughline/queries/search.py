"""Finding models and people by some words: part words, several words, and one letter mistyped."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from throughline.core.permissions import Actor
from throughline.queries.portfolio import models as models_of
from throughline.records.people import Person

FEW = 3
MOST_WORDS = 6
SHORTEST_TO_BEND = 4


@dataclass(frozen=True)
class Hit:
    id: int
    name: str
    stage: str
    program: str


def models(actor: Actor, words: str, *, limit: int) -> list[Hit]:
    """Models whose name comes nearest come first; with few exact finds, words with one mistyped letter count too."""
    wanted = words.lower().split()[:MOST_WORDS]
    found = _models(actor, [_contains(word) for word in wanted], limit)
    if len(found) < FEW and any(len(word) >= SHORTEST_TO_BEND for word in wanted):
        bent = _models(actor, [_nearly(word) for word in wanted], limit)
        found = [*found, *(hit for hit in bent if hit not in found)]
    start = words.lower()
    return sorted(found, key=lambda hit: (not hit.name.lower().startswith(start), hit.name))[:limit]


def people(actor: Actor, words: str, *, limit: int) -> list[str]:
    """Names of people who hold something in the programs that the actor sees."""
    rows = Person.objects.filter(is_active=True, is_service=False)
    if not actor.is_admin:
        programs = actor.program_ids()
        rows = rows.filter(
            Q(assignments__program_id__in=programs) | Q(memberships__program_id__in=programs)
        ).distinct()
    for word in words.split()[:MOST_WORDS]:
        rows = rows.filter(name__icontains=word)
    return list(rows.order_by("name").values_list("name", flat=True)[:limit])


def _models(actor: Actor, conditions: Iterable[Q], limit: int) -> list[Hit]:
    rows = models_of(actor)
    for condition in conditions:
        rows = rows.filter(condition)
    columns = ("pk", "name", "stage", "program__name")
    return [Hit(*row) for row in rows.order_by("name", "pk").values_list(*columns)[: limit * 4]]


def _contains(word: str) -> Q:
    return Q(name__icontains=word) | Q(external_id__icontains=word) | Q(team__icontains=word)


def _nearly(word: str) -> Q:
    """The word with one letter left out, wrong, or too many: both of its halves cannot be hit by one mistake."""
    half = len(word) // 2
    return (
        Q(name__icontains=word[:half]) | Q(name__icontains=word[half:])
        if len(word) >= SHORTEST_TO_BEND
        else _contains(word)
    )
