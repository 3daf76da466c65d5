"""Who may approve specifications, and which of them, and which changes of scope, wait for one person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from throughline.core.people import DUTY_TITLES, Role
from throughline.core.permissions import AccessRole, Actor, may
from throughline.core.specs import Approver, SpecState, why_may_not_approve
from throughline.queries.portfolio import models
from throughline.queries.specs import hands
from throughline.records.access import Membership
from throughline.records.people import Assignment
from throughline.records.portfolio import MLModel
from throughline.records.specs import ScopeChange, Spec
from throughline.records.stakeholders import Stakeholder

DUTIES = (Role.LEADER, Role.STAKEHOLDER)
PARTS = {"sponsor": "Sponsor", "approver": "Approver"}
BY_ROLE = "Approver in the program"
MOST = 60
Found = Iterable[tuple[int | None, int | None, Approver]]


@dataclass(frozen=True)
class Waiting:
    """What one person can answer: submitted versions, and changes of scope that others asked for."""

    specs: tuple[Spec, ...]
    changes: tuple[ScopeChange, ...]

    @property
    def count(self) -> int:
        return len(self.specs) + len(self.changes)


def approvers(model: MLModel, now: datetime) -> tuple[Approver, ...]:
    return approvers_of([model], now)[model.pk]


def approvers_of(rows: Iterable[MLModel], now: datetime) -> dict[int, tuple[Approver, ...]]:
    """By model id, each person once, by the first of their roles: sponsors and approvers, then leaders and
    stakeholders, then holders of the access role. In three statements however many models there are."""
    programs = {model.pk: model.program_id for model in rows}
    here = Q(model_id__in=list(programs)) | Q(model__isnull=True, program_id__in=set(programs.values()))
    of_model: dict[int, list[Approver]] = defaultdict(list)
    of_program: dict[int, list[Approver]] = defaultdict(list)
    for program_id, model_id, approver in (*_parts(list(programs)), *_duties(here, now), *_memberships(here)):
        if model_id is not None:
            of_model[model_id].append(approver)
        elif program_id is not None:
            of_program[program_id].append(approver)
    return {
        pk: tuple({one.person_id: one for one in (*of_model[pk], *of_program[program])[::-1]}.values())[::-1]
        for pk, program in programs.items()
    }


def waiting_for(actor: Actor, now: datetime) -> Waiting:
    """In five statements; the lists are capped."""
    rows = models(actor)
    specs = list(
        Spec.objects.filter(state=SpecState.SUBMITTED, model__in=rows)
        .select_related("model__program")
        .defer("content")
        .order_by("submitted_at")[:MOST]
    )
    changes = list(
        ScopeChange.objects.filter(state="asked", model__in=rows)
        .exclude(asked_by_id=actor.person_id)
        .select_related("model__program", "spec")
        .order_by("asked_at")[:MOST]
    )
    asked = [*(spec.model for spec in specs), *(change.model for change in changes)]
    named = approvers_of(asked, now) if asked else {}
    return Waiting(
        tuple(one for one in specs if _answers(actor, one.model, named[one.model_id], hands(one))),
        tuple(one for one in changes if _answers(actor, one.model, named[one.model_id], ())),
    )


def _answers(actor: Actor, model: MLModel, named: Iterable[Approver], touched: Iterable[int | None]) -> bool:
    place = {"program_id": model.program_id, "model_id": model.pk}
    return may(actor, "spec.approve", **place) and not why_may_not_approve(named, actor.person_id, touched)


def _parts(ids: list[int]) -> Found:
    rows = Stakeholder.objects.filter(
        model_id__in=ids,
        part__in=PARTS,
        ended_at__isnull=True,
        person__is_active=True,
        person__is_service=False,
    ).order_by("-part", "pk")
    for model_id, person_id, name, part in rows.values_list("model_id", "person_id", "person__name", "part"):
        if person_id is not None:
            yield None, model_id, Approver(person_id, name, PARTS[part])


def _duties(here: Q, now: datetime) -> Found:
    rows = Assignment.objects.filter(
        here,
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        duty__in=DUTIES,
        starts_at__lte=now,
        person__is_active=True,
        person__is_service=False,
    ).order_by("duty", "pk")
    columns = ("program_id", "model_id", "person_id", "person__name", "duty")
    for program_id, model_id, person_id, name, duty in rows.values_list(*columns):
        yield program_id, model_id, Approver(person_id, name, DUTY_TITLES[duty])


def _memberships(here: Q) -> Found:
    rows = Membership.objects.filter(
        here, role=AccessRole.APPROVER, person__is_active=True, person__is_service=False
    ).order_by("person__name", "pk")
    columns = ("program_id", "model_id", "person_id", "person__name")
    for program_id, model_id, person_id, name in rows.values_list(*columns):
        yield program_id, model_id, Approver(person_id, name, BY_ROLE)
