"""Says who may come in: invitations, one-time links, accounts switched off and on, memberships."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters import mail
from throughline.core import permissions
from throughline.core.access import INVITATION_HOLDS, LINK_HOLDS, clean_email
from throughline.core.errors import Missing, Refused
from throughline.core.permissions import AccessRole, Actor
from throughline.core.text import clean_line
from throughline.queries import access as queries
from throughline.queries import people
from throughline.queries.portfolio import model_row, program_by_id
from throughline.records.access import Membership, PersonalLink, SignInLink, Token
from throughline.records.people import Person

TERMINAL_DOORS = ("terminal", "cli")


@dataclass(frozen=True)
class Invitation:
    """A way in for one person. `secret` is empty when it went by mail, or when they have an account."""

    person: Person
    secret: str
    is_mailed: bool = False
    problem: str = ""

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/sign-in/link?key={self.secret}" if self.secret else ""


@activity.records_refusals("person.refused")
def invite_person(
    *,
    actor: Actor,
    name: str,
    email: str | None,
    program_id: int | None = None,
    role: AccessRole | None = None,
    is_admin: bool = False,
    now: datetime,
) -> Invitation:
    """A new person with a one-time link. Somebody who has an account already gets the role, and never a link.

    Managers invite into their program, administrators anywhere. `email` may be None for the first person alone.
    """
    if program_id is None or is_admin:
        permissions.require(actor, "installation.administer")
    if program_id is not None:
        permissions.require(actor, "people.change", noun="program", program_id=program_id)
        program_by_id(actor, program_id)
    name = clean_line(name, field="name")
    address = clean_email(email) if email is not None else None
    known = queries.person_by_email(address) if address else None
    if known is not None:
        return _let_in(known, actor, program_id, role, now)
    secret = _secret()
    try:
        with transaction.atomic():
            person = Person(name=name, email=address, is_admin=is_admin, created_at=now)
            person.set_unusable_password()
            person.save()
            if program_id is not None and role is not None:
                _grant(person, program_id, None, role, actor, now)
            _link(person, secret, now, INVITATION_HOLDS)
            body = {
                "invited_id": person.pk,
                "name": name,
                "email": address,
                "role": role,
                "is_admin": is_admin,
            }
            activity.record(actor, "person.invited", now=now, program_id=program_id, body=body)
    except IntegrityError:
        raise Refused.field("email", "There is an account with this address that was switched off.") from None
    return _handed_over(person, secret, actor, INVITATION_HOLDS)


@activity.records_refusals("sign_in_link.refused")
def create_sign_in_link(*, actor: Actor, person_id: int, now: datetime) -> Invitation:
    """A fresh one-time link for somebody who cannot get in. Earlier unused links stop working."""
    permissions.require(actor, "installation.administer")
    person = queries.person_by_id(person_id)
    if person is None or person.is_service:
        raise Missing("person")
    _refuse_invented(person)
    secret = _secret()
    with transaction.atomic():
        SignInLink.objects.filter(person=person, used_at__isnull=True).update(used_at=now)
        _link(person, secret, now, LINK_HOLDS)
        body = {"for_id": person.pk, "for": person.name}
        activity.record(actor, "sign_in_link.created", now=now, body=body)
    return _handed_over(person, secret, actor, LINK_HOLDS)


@activity.records_refusals("person.refused")
def change_person(*, actor: Actor, person_id: int, email: str, is_admin: bool, now: datetime) -> Person:
    """What only an administrator changes: the address that identifies somebody, and whether they administer."""
    permissions.require(actor, "installation.administer")
    person = _human(person_id)
    address = clean_email(email)
    if not is_admin and person.is_admin and not queries.other_administrators(person_id):
        raise Refused.of("This is the last administrator.", remedy="Make somebody else one first.")
    changed: dict[str, list[str | bool | None]] = {
        "email": [person.email, address],
        "is_admin": [person.is_admin, is_admin],
    }
    told = {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
    if not told:
        return person
    try:
        with transaction.atomic():
            Person.objects.filter(pk=person_id).update(
                email=address, is_admin=is_admin, version=F("version") + 1
            )
            body = {"changed_id": person_id, "name": person.name, "changed": told}
            activity.record(actor, "person.changed", now=now, body=body)
    except IntegrityError:
        raise Refused.field("email", "Somebody else has this address.") from None
    person.refresh_from_db()
    return person


@activity.records_refusals("person.refused")
def deactivate_person(*, actor: Actor, person_id: int, now: datetime) -> Person:
    """Ends every session, token and link of theirs at once. What they signed and decided stays."""
    permissions.require(actor, "installation.administer")
    if person_id == actor.person_id:
        raise Refused.of("You cannot switch off your own account.", remedy="Ask another administrator.")
    person = queries.everybody().filter(pk=person_id).first()
    if person is None:
        raise Missing("person")
    with transaction.atomic():
        if not Person.objects.filter(pk=person_id, is_active=True).update(
            is_active=False, version=F("version") + 1
        ):
            raise Refused.of(f"{person.name} is switched off already.", kind="lost_race")
        Token.objects.filter(person=person, revoked_at__isnull=True).update(revoked_at=now)
        SignInLink.objects.filter(person=person, used_at__isnull=True).update(used_at=now)
        PersonalLink.objects.filter(person=person, revoked_at__isnull=True).update(
            revoked_at=now, revoked_by=actor.name
        )
        queries.sessions_of(person_id).delete()
        body = {"deactivated_id": person_id, "name": person.name}
        activity.record(actor, "person.deactivated", now=now, body=body)
        _tell_where_needed(actor, "duty.vacated", person, now)
    person.refresh_from_db()
    return person


@activity.records_refusals("person.refused")
def reactivate_person(*, actor: Actor, person_id: int, now: datetime) -> Person:
    """Lets somebody in again; their old sessions, tokens and links stay dead."""
    permissions.require(actor, "installation.administer")
    person = queries.everybody().filter(pk=person_id).first()
    if person is None:
        raise Missing("person")
    with transaction.atomic():
        if not Person.objects.filter(pk=person_id, is_active=False).update(
            is_active=True, version=F("version") + 1
        ):
            raise Refused.of(f"{person.name} is active already.", kind="lost_race")
        body = {"reactivated_id": person_id, "name": person.name}
        activity.record(actor, "person.reactivated", now=now, body=body)
        _tell_where_needed(actor, "duty.resumed", person, now)
    person.refresh_from_db()
    return person


@activity.records_refusals("membership.refused")
def grant_membership(
    *,
    actor: Actor,
    program_id: int,
    role: AccessRole,
    person_id: int | None = None,
    email: str = "",
    model_id: int | None = None,
    now: datetime,
) -> Membership:
    """A role in a program, or on one model of it, for somebody known there, or for an account by its exact address."""
    permissions.require(actor, "people.change", noun="program", program_id=program_id, model_id=model_id)
    program_by_id(actor, program_id)
    if model_id is not None and model_row(actor, model_id).program_id != program_id:
        raise Missing("model")
    person = _chosen(actor, person_id, email)
    try:
        with transaction.atomic():
            row = _grant(person, program_id, model_id, role, actor, now)
            body = {"granted_to_id": person.pk, "to": person.name, "role": role}
            activity.record(
                actor, "membership.granted", now=now, program_id=program_id, model_id=model_id, body=body
            )
    except IntegrityError:
        raise Refused.field("role", f"{person.name} is {role} here already.") from None
    return row


@activity.records_refusals("membership.refused")
def revoke_membership(*, actor: Actor, membership_id: int, now: datetime) -> Membership:
    row = queries.membership_row(actor, membership_id)
    permissions.require(
        actor, "people.change", noun="membership", program_id=row.program_id, model_id=row.model_id
    )
    if row.person_id == actor.person_id and row.role == AccessRole.MANAGER and not actor.is_admin:
        raise Refused.of("You cannot take the manager's role from yourself.", remedy="Ask another manager.")
    with transaction.atomic():
        deleted, _ = Membership.objects.filter(pk=membership_id).delete()
        if not deleted:
            raise Refused.of("Somebody else took this role away first.", kind="lost_race")
        body = {"revoked_from_id": row.person_id, "from": row.person.name, "role": row.role}
        activity.record(
            actor, "membership.revoked", now=now, program_id=row.program_id, model_id=row.model_id, body=body
        )
    return row


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _human(person_id: int) -> Person:
    person = queries.everybody().filter(pk=person_id, is_service=False).first()
    if person is None:
        raise Missing("person")
    _refuse_invented(person)
    return person


def _refuse_invented(person: Person) -> None:
    if person.is_sample:
        raise Refused.of(
            f"{person.name} is an invented person of the sample program, as whom nobody signs in.",
            remedy="Remove the sample program to be rid of them.",
        )


def _tell_where_needed(actor: Actor, verb: str, person: Person, now: datetime) -> None:
    """Gates and sign-offs rest on who holds a duty, so their models and programs have to hear of it."""
    for held in people.held_now(person.pk, now):
        body = {"duty": held.duty, "person": person.name}
        if held.model is not None:
            activity.record_on_model(actor, verb, held.model, now=now, body=body)
        else:
            activity.record_on_program(actor, verb, held.program_id, now=now, body=body)


def _let_in(
    person: Person, actor: Actor, program_id: int | None, role: AccessRole | None, now: datetime
) -> Invitation:
    """Never with a link: whoever invites must not be able to come in as somebody who is here already."""
    if program_id is None or role is None:
        raise Refused.field("email", f"{person.name} has an account with this address already.")
    grant_membership(actor=actor, program_id=program_id, role=role, email=person.email or "", now=now)
    return Invitation(person, "")


def _grant(
    person: Person, program_id: int, model_id: int | None, role: AccessRole, actor: Actor, now: datetime
) -> Membership:
    return Membership.objects.create(
        person=person,
        program_id=program_id,
        model_id=model_id,
        role=role,
        granted_by=actor.name,
        granted_at=now,
    )


def _chosen(actor: Actor, person_id: int | None, email: str) -> Person:
    """By id only among those whom the actor knows; so ids cannot be tried to learn names."""
    if person_id is not None:
        found = queries.known_people(actor).filter(pk=person_id, is_active=True).first()
        if found is None:
            raise Missing("person")
        return found
    by_address = queries.person_by_email(clean_email(email))
    if by_address is None:
        raise Refused.field("email", "Nobody with this address has an account.", "Invite them first.")
    return by_address


def _link(person: Person, secret: str, now: datetime, holds: timedelta) -> SignInLink:
    return SignInLink.objects.create(
        person=person, secret_hash=queries.secret_hash(secret), created_at=now, expires_at=now + holds
    )


def _handed_over(person: Person, secret: str, actor: Actor, holds: timedelta) -> Invitation:
    """Where mail works the link goes to its owner alone; else whoever made it hands it over.

    Called after the transaction, because a mail server may take long.
    """
    made = Invitation(person, secret)
    if not settings.SENDS_MAIL or not person.email or actor.door in TERMINAL_DOORS:
        return made
    hours = int(holds.total_seconds() // 3600)
    text = (
        f"Hello {person.name},\n\n{actor.name} opened a way into Throughline for you. "
        f"This link works once, within {hours} hours:\n\n{made.url}\n"
    )
    try:
        mail.send(to=person.email, subject="Your way into Throughline", text=text)
    except mail.MailFailed as failure:
        return Invitation(person, secret, problem=str(failure))
    return Invitation(person, "", is_mailed=True)
