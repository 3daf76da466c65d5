"""Requests for access to data that an actor may see, and those that press."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from throughline.core.access_requests import ENDS_SOON, AccessStanding, AccessState
from throughline.core.access_requests import AccessRequest as Fact
from throughline.core.errors import Missing
from throughline.core.people import Role
from throughline.core.permissions import VERBS, Actor, may
from throughline.core.stages import Standing
from throughline.queries.data_sources import request_fact
from throughline.queries.portfolio import models
from throughline.records.data_sources import AccessRequest, SourceUse
from throughline.records.people import Assignment

MOST = 60
LOOKING_AFTER = (Role.DATA_ENGINEER, Role.PROGRAM_MANAGER)


@dataclass(frozen=True)
class Known:
    """One request with its row, and what it is worth today, as its program counts days."""

    row: AccessRequest
    fact: Fact
    standing: AccessStanding


def requests(actor: Actor) -> QuerySet[AccessRequest]:
    """Those of models whose sources the actor may see."""
    rows = AccessRequest.objects.select_related("model__program", "source")
    seen = models(actor)
    if not actor.is_admin:
        roles = VERBS["source.view"].roles
        grants = [grant for grant in actor.grants if grant.role in roles]
        whole = {grant.program_id for grant in grants if grant.model_id is None}
        single = {grant.model_id for grant in grants if grant.model_id is not None}
        seen = seen.filter(Q(program_id__in=whole) | Q(pk__in=single))
    return rows.filter(model__in=seen.values("pk"))


def request_row(actor: Actor, request_id: int) -> AccessRequest:
    row = (
        AccessRequest.objects.filter(pk=request_id).select_related("model__program", "source__owner").first()
    )
    if row is None or not may(actor, "source.view", program_id=row.model.program_id, model_id=row.model_id):
        raise Missing("request for access")
    return row


def known(row: AccessRequest, now: datetime) -> Known:
    fact = request_fact(row, now)
    return Known(row, fact, fact.standing_on(today_of(row, now)))


def today_of(row: AccessRequest, now: datetime) -> date:
    return now.astimezone(ZoneInfo(row.model.program.time_zone)).date()


def overdue(rows: QuerySet[AccessRequest], now: datetime) -> QuerySet[AccessRequest]:
    """Those whose answer is late where their program is."""
    late = Q()
    zones = set(rows.values_list("model__program__time_zone", flat=True))
    for zone in zones:
        late |= Q(model__program__time_zone=zone, due_on__lt=now.astimezone(ZoneInfo(zone)).date())
    return rows.filter(late, state=AccessState.ASKED) if zones else rows.none()


def pressing(actor: Actor, now: datetime) -> list[Known]:
    """What this person has to chase: their own requests, and those of models that they look after as data engineer or
    program manager. Late answers first, then grants that ended or soon will. In two statements."""
    held = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        person_id=actor.person_id or 0, starts_at__lte=now, duty__in=LOOKING_AFTER,
    ).values_list("program_id", "model_id")  # fmt: skip
    places = list(held)
    single = {model_id for _, model_id in places if model_id is not None}
    whole = {program_id for program_id, model_id in places if model_id is None}
    mine = Q(asker_id=actor.person_id or 0) | Q(model_id__in=single) | Q(model__program_id__in=whole)
    horizon = now.date() + ENDS_SOON + timedelta(days=1)  # a day ahead where the program is
    late = Q(state=AccessState.ASKED, due_on__lte=now.date())
    ending = Q(state=AccessState.GRANTED, granted_until__lte=horizon)
    rows = requests(actor).filter(mine, late | ending, _is_used(), model__standing=Standing.ACTIVE)
    found = [known(row, now) for row in rows.exclude(_is_followed()).order_by("due_on", "pk")[:MOST]]
    kept = [one for one in found if one.standing in ORDER]
    return sorted(kept, key=lambda one: (ORDER.index(one.standing), one.row.due_on, one.row.pk))


ORDER = (AccessStanding.OVERDUE, AccessStanding.ENDED, AccessStanding.ENDS_SOON)


def _is_used() -> Exists:
    """A request for what the model does not use any more presses nobody."""
    return Exists(
        SourceUse.objects.filter(model=OuterRef("model"), source=OuterRef("source"), ended_at__isnull=True)
    )


def _is_followed() -> Exists:
    """A grant that ends is settled where a later request for the same was granted for longer or still waits."""
    later = AccessRequest.objects.filter(
        model=OuterRef("model"), source=OuterRef("source"), pk__gt=OuterRef("pk")
    )
    longer = Q(granted_until__isnull=True) | Q(granted_until__gt=OuterRef("granted_until"))
    return Exists(later.filter(Q(state=AccessState.ASKED) | (Q(state=AccessState.GRANTED) & longer)))
