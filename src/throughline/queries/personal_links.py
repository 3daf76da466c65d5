"""Personal links of stakeholders: whether one still opens its page, who came by it, and the list for revoking."""

from datetime import datetime

from django.db.models import QuerySet

from throughline.core.errors import Missing, Reason, Refused
from throughline.core.permissions import Actor, may
from throughline.queries.access import secret_hash
from throughline.records.access import PersonalLink
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Stakeholder


class LinkEnded(Refused):
    """A personal link that opens nothing any more; `maker` can make a new one."""

    def __init__(self, maker: str = "") -> None:
        whom = maker or "whoever sent it to you"
        super().__init__((Reason("This link opens nothing any more.", remedy=f"Ask {whom} for a new one."),))
        self.maker = maker


def by_secret(secret: str) -> PersonalLink | None:
    rows = PersonalLink.objects.select_related("person", "program")
    return rows.filter(secret_hash=secret_hash(secret)).first()


def is_open(link: PersonalLink, now: datetime) -> bool:
    return link.revoked_at is None and now < link.expires_at and link.person.is_active


def open_link(link_id: int, now: datetime) -> PersonalLink:
    """With its person and program, in one statement. Raises `LinkEnded`."""
    link = PersonalLink.objects.select_related("person", "program").filter(pk=link_id).first()
    if link is None or not is_open(link, now):
        raise ended(link)
    return link


def ended(link: PersonalLink | None) -> LinkEnded:
    return LinkEnded(link.created_by if link else "")


def links_of_model(model: MLModel) -> QuerySet[PersonalLink]:
    """Of everybody who has, or had, a part in it; the door has asked permission for it."""
    people = Stakeholder.objects.filter(model=model, person__isnull=False).values("person_id")
    rows = PersonalLink.objects.filter(program_id=model.program_id, person_id__in=people)
    return rows.select_related("person").order_by("-created_at", "-pk")


def link_row(actor: Actor, link_id: int) -> PersonalLink:
    row = PersonalLink.objects.select_related("person", "program").filter(pk=link_id).first()
    if row is None or not may(actor, "people.view", program_id=row.program_id):
        raise Missing("link")
    return row
