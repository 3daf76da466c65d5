"""Who is asking: turns people and tokens into actors, and lists what access there is."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import CharField, F, Q, QuerySet, Value

from throughline.core.errors import Missing
from throughline.core.permissions import AccessRole, Actor, Grant, access_of, may
from throughline.queries.statements import Parameter, statement
from throughline.records.access import Identity, Membership, SignInAttempt, SignInLink, Token
from throughline.records.people import Assignment, Person
from throughline.records.stakeholders import Stakeholder

NOBODY = Actor(None, "Nobody", "web")
SYSTEM = "Throughline"


def secret_hash(secret: str) -> str:
    """Secrets are long and random, so one round of SHA-256 is enough to keep them."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def system_actor(door: str) -> Actor:
    """The installation itself, for chores and for whoever administers it on its own terminal."""
    return Actor(None, SYSTEM, door, is_admin=True)


@statement
def _grants() -> QuerySet[Any, tuple[str, str, int, int | None]]:
    """By membership, by duties, and by a part in a model; the first column says whether the second is a duty."""
    person_id, now = Parameter("person_id"), Parameter("now")
    member = Membership.objects.filter(person_id=person_id).annotate(way=Value("role"), name=F("role"))
    held = Assignment.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)
    duty = held.filter(person_id=person_id).annotate(way=Value("duty"), name=F("duty"))
    stakeholder = Value(AccessRole.STAKEHOLDER.value, output_field=CharField())
    part = Stakeholder.objects.filter(person_id=person_id, ended_at__isnull=True).annotate(
        way=Value("role"), role=stakeholder
    )
    return member.values_list("way", "name", "program_id", "model_id").union(
        duty.values_list("way", "name", "program_id", "model_id"),
        part.values_list("way", "role", "model__program_id", "model_id"),
        all=True,
    )


def actor_for(person: Person, *, door: str, now: datetime, request_id: str = "") -> Actor:
    """A person with every grant they hold now: by membership, by the duties assigned to them, and as a stakeholder."""
    grants = {
        Grant(access_of(name) if way == "duty" else AccessRole(name), program_id, model_id)
        for way, name, program_id, model_id in _grants(person_id=person.pk, now=now)
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


def actor_for_parts(
    person: Person, parts: Iterable[Stakeholder], *, door: str, request_id: str = ""
) -> Actor:
    """A person as a stakeholder of exactly these models, whatever else they may do."""
    grants = {Grant(AccessRole.STAKEHOLDER, part.model.program_id, part.model_id) for part in parts}
    return Actor(
        person_id=person.pk, name=person.name, door=door, grants=frozenset(grants), request_id=request_id
    )


@statement
def _tokens() -> QuerySet[Token]:
    return Token.objects.select_related("person").filter(
        secret_hash=Parameter("secret_hash"),
        expires_at__gt=Parameter("now"),
        revoked_at__isnull=True,
        person__is_active=True,
    )


def token_of(secret: str, now: datetime) -> Token | None:
    """The token with this secret while it holds: not expired, not revoked, its person still active."""
    return next(iter(_tokens(secret_hash=secret_hash(secret), now=now)), None)


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


def has_password(person: Person) -> bool:
    """An account that was made without one can only be entered by link or provider."""
    return bool(person.password) and person.has_usable_password()


def person_row(actor: Actor, person_id: int) -> Person:
    """Somebody the actor may know of. Raises `Missing` else, whether they exist or not."""
    row = known_people(actor).filter(pk=person_id).first()
    if row is None:
        raise Missing("person")
    return row


def known_people(actor: Actor) -> QuerySet[Person]:
    """Themselves, and whoever works in a program whose people they may see; an administrator knows everybody."""
    rows = Person.objects.order_by("name", "pk")
    if actor.is_admin:
        return rows
    programs = [pk for pk in actor.program_ids() if may(actor, "people.view", program_id=pk)]
    models = [g.model_id for g in actor.grants if g.model_id and may_see_people(actor, g)]
    return rows.filter(
        Q(pk=actor.person_id) | Q(pk__in=_members(programs, models)) | Q(pk__in=_holders(programs, models))
    )


def may_see_people(actor: Actor, grant: Grant) -> bool:
    return may(actor, "people.view", program_id=grant.program_id, model_id=grant.model_id)


def people_of(program_id: int) -> QuerySet[Person]:
    """Everybody with access to a program or to one of its models; administrators too, service accounts not."""
    rows = Person.objects.filter(is_active=True, is_service=False).order_by("name", "pk")
    works_there = Q(pk__in=_members([program_id], [])) | Q(pk__in=_holders([program_id], []))
    return rows.filter(works_there | Q(is_admin=True))


def _members(programs: list[int], models: list[int]) -> QuerySet[Membership, int]:
    rows = Membership.objects.filter(Q(program_id__in=programs) | Q(model_id__in=models))
    return rows.values_list("person_id", flat=True)


def _holders(programs: list[int], models: list[int]) -> QuerySet[Assignment, int]:
    rows = Assignment.objects.filter(Q(program_id__in=programs) | Q(model_id__in=models))
    return rows.values_list("person_id", flat=True)


def everybody() -> QuerySet[Person]:
    """For the administrator's list, which the door has asked permission for."""
    return Person.objects.order_by("-is_active", "is_service", "name", "pk")


def memberships(program_id: int) -> QuerySet[Membership]:
    """Of a program and of its models; the door has asked permission for it."""
    rows = Membership.objects.filter(program_id=program_id).select_related("person", "model")
    return rows.order_by("person__name", "person_id", "model__name", "role")


def memberships_of(actor: Actor, person_id: int) -> list[Membership]:
    """Somebody's, as far as the actor may see the people there."""
    rows = (
        Membership.objects.filter(person_id=person_id)
        .select_related("program", "model")
        .order_by("program__name")
    )
    return [
        row for row in rows if may(actor, "people.view", program_id=row.program_id, model_id=row.model_id)
    ]


def membership_row(actor: Actor, membership_id: int) -> Membership:
    row = Membership.objects.select_related("person", "model", "program").filter(pk=membership_id).first()
    if row is None or not may(actor, "people.view", program_id=row.program_id, model_id=row.model_id):
        raise Missing("membership")
    return row


def other_administrators(person_id: int) -> bool:
    """Whether somebody else can still administer the installation."""
    rows = Person.objects.filter(is_admin=True, is_active=True, is_service=False)
    return rows.exclude(pk=person_id).exists()


def usable_link(secret: str, now: datetime) -> SignInLink | None:
    rows = SignInLink.objects.select_related("person").filter(
        secret_hash=secret_hash(secret), expires_at__gt=now, used_at__isnull=True, person__is_active=True
    )
    return rows.first()


def sessions_of(person_id: int, *, but: str = "") -> QuerySet[Session]:
    """Found by reading them all, because a session names its person only inside. `but` is the key of one to leave."""
    mine = [
        row.session_key
        for row in Session.objects.iterator()
        if row.session_key != but and row.get_decoded().get("_auth_user_id") == str(person_id)
    ]
    return Session.objects.filter(session_key__in=mine)


def identity_of(issuer: str, subject: str) -> Identity | None:
    return Identity.objects.select_related("person").filter(issuer=issuer, subject=subject).first()


def recent_attempts(*, account: str, peer: str, since: datetime) -> tuple[int, int]:
    """How many sign-ins failed since then: for this account, and from this peer."""
    rows = SignInAttempt.objects.filter(at__gte=since)
    return rows.filter(account=account).count(), rows.filter(peer=peer).count()


def tokens(actor: Actor, *, program_id: int | None = None, account_id: int | None = None) -> QuerySet[Token]:
    """The actor's own tokens; or a program's or a service account's, which the door has asked permission for."""
    rows = Token.objects.select_related("person", "program").order_by("-created_at", "-pk")
    if account_id is not None:
        return rows.filter(person_id=account_id)
    if program_id is not None:
        return rows.filter(program_id=program_id)
    return rows.filter(person_id=actor.person_id or 0)


def token_row(actor: Actor, token_id: int) -> Token:
    """One's own, or one of a program whose tokens one manages."""
    row = Token.objects.select_related("person", "program").filter(pk=token_id).first()
    is_own = row is not None and actor.person_id is not None and row.person_id == actor.person_id
    if row is None or not (is_own or may(actor, "token.manage", program_id=row.program_id)):
        raise Missing("token")
    return row


def service_accounts(program_id: int) -> QuerySet[Person]:
    rows = Person.objects.filter(is_service=True, memberships__program_id=program_id)
    return rows.distinct().order_by("name", "pk")


def service_row(actor: Actor, person_id: int, program_id: int) -> Person:
    row = service_accounts(program_id).filter(pk=person_id).first()
    if row is None or not may(actor, "token.manage", program_id=program_id):
        raise Missing("service account")
    return row


def has_anybody() -> bool:
    """Whether somebody can sign in already; a first start has nobody."""
    return Person.objects.filter(is_service=False, is_sample=False).exists()
