"""Who is asking: turns people and tokens into actors, and lists what access there is."""

import hashlib
from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet

from throughline.core.permissions import AccessRole, Actor, Grant, access_of
from throughline.records.access import Membership, SignInAttempt, SignInLink, Token
from throughline.records.people import Assignment, Person

NOBODY = Actor(None, "Nobody", "web")
SYSTEM = "Throughline"


def secret_hash(secret: str) -> str:
    """Secrets are long and random, so one round of SHA-256 is enough to keep them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def system_actor(door: str) -> Actor:
    """The installation itself, for chores and for whoever administers it on its own terminal."""
    return Actor(None, SYSTEM, door, is_admin=True)


def actor_for(person: Person, *, door: str, now: datetime, request_id: str = "") -> Actor:
    """A person with every grant they hold now: by membership, and by the duties assigned to them."""
    grants = {
        Grant(AccessRole(role), program_id, model_id)
        for role, program_id, model_id in Membership.objects.filter(person=person).values_list(
            "role", "program_id", "model_id"
        )
    }
    held = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), person=person, starts_at__lte=now
    )
    grants |= {
        Grant(access_of(duty), program_id, model_id)
        for duty, program_id, model_id in held.values_list("duty", "program_id", "model_id")
    }
    return Actor(
        person_id=person.pk,
        name=person.name,
        door=door,
        grants=frozenset(grants) if person.is_active else frozenset(),
        is_admin=person.is_admin and person.is_active,
        is_service=person.is_service,
        request_id=request_id,
    )


def token_of(secret: str, now: datetime) -> Token | None:
    """The token with this secret while it holds: not expired, not revoked, its person still active."""
    rows = Token.objects.select_related("person").filter(
        secret_hash=secret_hash(secret), expires_at__gt=now, revoked_at__isnull=True, person__is_active=True
    )
    return rows.first()


def actor_for_token(token: Token, *, door: str, now: datetime, request_id: str = "") -> Actor:
    """At most what its person may do, in its program alone when it has one, and within its scopes."""
    actor = actor_for(token.person, door=door, now=now, request_id=request_id)
    scopes = frozenset(str(scope) for scope in token.scopes)
    if token.program_id is None:
        return replace(actor, scopes=scopes)
    grants = frozenset(grant for grant in actor.grants if grant.program_id == token.program_id)
    return replace(actor, scopes=scopes, grants=grants, is_admin=False)


def person_by_email(email: str) -> Person | None:
    return Person.objects.filter(email__iexact=email.strip(), is_active=True, is_service=False).first()


def person_by_id(person_id: int) -> Person | None:
    return Person.objects.filter(pk=person_id, is_active=True).first()


def usable_link(secret: str, now: datetime) -> SignInLink | None:
    rows = SignInLink.objects.select_related("person").filter(
        secret_hash=secret_hash(secret), expires_at__gt=now, used_at__isnull=True, person__is_active=True
    )
    return rows.first()


def recent_attempts(*, account: str, peer: str, since: datetime) -> tuple[int, int]:
    """How many sign-ins failed since then: for this account, and from this peer."""
    rows = SignInAttempt.objects.filter(at__gte=since)
    return rows.filter(account=account).count(), rows.filter(peer=peer).count()


def tokens(actor: Actor, *, program_id: int | None = None) -> QuerySet[Token]:
    """The actor's own tokens, or those of a program (which the door has asked permission for)."""
    rows = Token.objects.select_related("person", "program").order_by("-created_at")
    return (
        rows.filter(program_id=program_id)
        if program_id is not None
        else rows.filter(person_id=actor.person_id)
    )


def has_anybody() -> bool:
    """Whether somebody can sign in already; a first start has nobody."""
    return Person.objects.filter(is_service=False, is_sample=False).exists()
