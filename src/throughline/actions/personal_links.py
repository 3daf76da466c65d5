"""Links that open one stakeholder's own page: made by managers, shown once, opened, and revoked."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from throughline.actions import activity
from throughline.adapters import mail
from throughline.core import permissions
from throughline.core.access import (
    ATTEMPTS_SINCE,
    LINK_DOOR,
    PERSONAL_LINK_HOLDS,
    clean_link_days,
    slow_down,
)
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.queries import access, personal_links
from throughline.queries.stakeholders import stakeholder_row
from throughline.records.access import PersonalLink, SignInAttempt

LONGEST_SECRET = 100


@dataclass(frozen=True)
class MadeLink:
    """`secret` is empty when the link went to its owner by mail."""

    row: PersonalLink
    secret: str
    is_mailed: bool = False
    problem: str = ""

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/with/{self.secret}" if self.secret else ""


@activity.records_refusals("personal_link.refused")
def create_personal_link(
    *, actor: Actor, stakeholder_id: int, days: int = PERSONAL_LINK_HOLDS.days, now: datetime
) -> MadeLink:
    """For the person behind a stakeholder, to what they have a part in within this program, and nothing else.

    Where mail works it goes to its owner alone: whoever holds it can answer in their name.
    """
    row = stakeholder_row(actor, stakeholder_id)
    program_id = row.model.program_id
    permissions.require(
        actor, "stakeholder.change", noun="stakeholder", program_id=program_id, model_id=row.model_id
    )
    if not permissions.may(actor, "people.change", program_id=program_id):
        raise NotAllowed(
            "A link shows everything that its owner has a part in, so only a manager of the whole program makes one."
        )
    holds = timedelta(days=clean_link_days(days))
    person = row.person
    if row.ended_at is not None or person is None or not person.is_active or person.is_service:
        raise Refused.of(
            f"{row.name} has no account that a link could open.", remedy="Give their e-mail address first."
        )
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        made = PersonalLink.objects.create(
            person=person,
            program_id=program_id,
            secret_hash=access.secret_hash(secret),
            created_by=actor.name,
            created_at=now,
            expires_at=now + holds,
        )
        body = {"link_id": made.pk, "for_id": person.pk, "for": person.name, "until": made.expires_at}
        activity.record(actor, "personal_link.created", now=now, program_id=program_id, body=body)
    return _handed_over(MadeLink(made, secret), actor)


@activity.records_refusals("personal_link.refused")
def revoke_personal_link(*, actor: Actor, link_id: int, now: datetime) -> PersonalLink:
    """Whoever came by it is out at their next request."""
    row = personal_links.link_row(actor, link_id)
    permissions.require(actor, "people.change", noun="link", program_id=row.program_id)
    with transaction.atomic():
        if not PersonalLink.objects.filter(pk=link_id, revoked_at__isnull=True).update(
            revoked_at=now, revoked_by=actor.name
        ):
            raise Refused.of("This link was revoked already.", kind="lost_race")
        body = {"link_id": link_id, "for_id": row.person_id, "for": row.person.name}
        activity.record(actor, "personal_link.revoked", now=now, program_id=row.program_id, body=body)
    row.refresh_from_db()
    return row


def open_personal_link(*, actor: Actor, secret: str, peer: str, now: datetime) -> PersonalLink:
    """Raises `TooManyAttempts` before looking, like every place that takes a secret. A link opens many times."""
    account = access.secret_hash(secret[:LONGEST_SECRET])
    attempt = SignInAttempt.objects.create(account=account, peer=peer[:64], at=now)
    of_account, of_peer = access.recent_attempts(account=account, peer=peer[:64], since=now - ATTEMPTS_SINCE)
    try:
        slow_down(of_account=of_account, of_peer=of_peer)
    except Refused:
        attempt.delete()
        raise
    link = _opened(actor=actor, secret=secret, now=now)
    SignInAttempt.objects.filter(account=account).delete()
    return link


@activity.records_refusals("session.refused")
def _opened(*, actor: Actor, secret: str, now: datetime) -> PersonalLink:
    link = personal_links.by_secret(secret[:LONGEST_SECRET])
    if link is None or not personal_links.is_open(link, now):
        raise personal_links.ended(link)
    who = replace(actor, person_id=link.person_id, name=link.person.name, door=LINK_DOOR)
    with transaction.atomic():
        PersonalLink.objects.filter(pk=link.pk).update(last_used_at=now)
        body = {"by": "personal link", "link_id": link.pk}
        activity.record(who, "session.started", now=now, program_id=link.program_id, body=body)
    return link


def _handed_over(made: MadeLink, actor: Actor) -> MadeLink:
    """Called after the transaction, because a mail server may take long."""
    person = made.row.person
    if not settings.SENDS_MAIL or not person.email:
        return made
    text = (
        f"Hello {person.name},\n\n{actor.name} opened a page for you: the models that you have a part in, what you "
        f"were promised, and what awaits your answer. It needs no password, until "
        f"{made.row.expires_at:%-d %B %Y}:\n\n{made.url}\n\nWhoever has this link can answer in your name, so keep it "
        "to yourself.\n"
    )
    try:
        mail.send(to=person.email, subject="Your page in Throughline", text=text)
    except mail.MailFailed as failure:
        return replace(made, problem=str(failure))
    return replace(made, secret="", is_mailed=True)
