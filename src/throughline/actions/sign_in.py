"""Brings people in by link, password or provider, mails links to those who ask, slows whoever guesses, and ends
sessions."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters import mail
from throughline.core import permissions
from throughline.core.access import (
    ATTEMPTS_SINCE,
    LONGEST_PASSWORD,
    MAILED_LINK_HOLDS,
    clean_email,
    is_domain_allowed,
    slow_down,
    slow_down_links,
)
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries import access as queries
from throughline.records.access import Identity, SignInAttempt, SignInLink
from throughline.records.jobs import Job
from throughline.records.people import Person

WRONG = "This e-mail address and this password do not belong together."
SWITCHED_OFF = "Your account was switched off. Ask an administrator."
LONGEST_SUBJECT = 255
MAIL_LINK = "sign_in.mail"


@activity.records_refusals("session.refused")
def use_sign_in_link(*, actor: Actor, secret: str, now: datetime) -> Person:
    """Of two people with one link, one comes in."""
    link = queries.usable_link(secret, now)
    if link is None:
        raise Refused.of(
            "This link was used already, or it is too old.",
            remedy="Ask an administrator for a new one.",
        )
    with transaction.atomic():
        if not SignInLink.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=now):
            raise Refused.of("This link was used a moment ago.", kind="lost_race")
        _record_start(actor, link.person, "link", now)
    return link.person


def sign_in_with_password(*, actor: Actor, email: str, password: str, peer: str, now: datetime) -> Person:
    """Raises `TooManyAttempts` before looking at anything; what is wrong is never told apart.

    `peer` is the address that the connection really came from. The attempt is counted before the password is
    checked, so that many at once do not slip through.
    """
    account = _account_key(email)
    _count(account, peer, slow_down, now)
    person = _check_password(actor=actor, email=email, password=password, now=now)
    SignInAttempt.objects.filter(account=account).delete()
    SignInAttempt.objects.filter(at__lt=now - ATTEMPTS_SINCE).delete()
    return person


def ask_for_link(*, actor: Actor, email: str, peer: str, now: datetime) -> None:  # noqa: ARG001 - nobody yet
    """Has the worker mail a one-time link to this address, if it is somebody's. Whether it is cannot be told from what
    happens here, nor from how long it takes. Raises `TooManyLinks`, and `Refused` where no mail is sent at all."""
    if not settings.SENDS_MAIL:
        raise Refused.of(
            "This installation sends no mail.", remedy="Ask an administrator for a sign-in link."
        )
    address = clean_email(email)
    account = _account_key(f"mail to {address}")
    _count(account, peer, slow_down_links, now)
    job = Job(kind=MAIL_LINK, payload={"email": address}, dedupe=account, run_at=now, created_at=now)
    Job.objects.bulk_create([job], ignore_conflicts=True)


def mail_link(*, actor: Actor, email: str, now: datetime) -> None:
    """Earlier links go on, or anybody could make the invitations of others void. Raises `MailFailed`, to be tried again
    with another link."""
    person = queries.person_by_email(email)
    if person is None or person.is_sample:
        return
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        link = SignInLink.objects.create(
            person=person,
            secret_hash=queries.secret_hash(secret),
            created_at=now,
            expires_at=now + MAILED_LINK_HOLDS,
        )
        body = {"for_id": person.pk, "for": person.name, "by": "asked for on the sign-in page"}
        activity.record(actor, "sign_in_link.created", now=now, body=body)
    text = (
        f"Hello {person.name},\n\nyou asked for a way into Throughline. This link works once, within an hour:\n\n"
        f"{settings.BASE_URL}/sign-in/link?key={secret}\n\nIf it was not you who asked, nothing needs to be done.\n"
    )
    try:
        mail.send(to=str(person.email), subject="Your way into Throughline", text=text)
    except mail.MailFailed:
        link.delete()
        raise


@activity.records_refusals("session.refused")
def sign_in_with_oidc(
    *, actor: Actor, issuer: str, subject: str, email: str, is_verified: bool, name: str, now: datetime
) -> Person:
    """Identity is issuer and subject. The address counts once: to find the account of somebody who was invited."""
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotAllowed("Your provider does not say who you are in a way that we understand.")
    known = queries.identity_of(issuer, subject)
    person = known.person if known else None
    if person is not None and not person.is_active:
        raise NotAllowed(SWITCHED_OFF)
    try:
        with transaction.atomic():
            if person is None:
                person = _newly_linked(issuer, subject, email, is_verified, name, now)
            _record_start(
                actor, person, "first sign-in at the provider" if known is None else "provider", now
            )
    except IntegrityError:
        raise Refused.of(
            "This sign-in was under way twice.", kind="lost_race", remedy="Sign in again."
        ) from None
    return person


@activity.records_refusals("password.refused")
def set_password(
    *, actor: Actor, password: str, current: str, came_by_link: bool, session_key: str, now: datetime
) -> Person:
    """Sets one's own password and ends one's other sessions.

    The current one is asked for, unless there is none or the person has just come in by a link.
    """
    permissions.require(actor, "self.change")
    person = _self(actor)
    needs_current = queries.has_password(person) and not came_by_link
    if needs_current and not check_password(current, person.password):
        raise Refused.field("current", "This is not your present password.")
    if len(password) > LONGEST_PASSWORD:
        raise Refused.field("password", f"A password has at most {LONGEST_PASSWORD:,} characters.")
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(
            tuple(Reason(text, field="password") for text in error.messages), kind="invalid"
        ) from None
    person.set_password(password)
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(password=person.password, version=F("version") + 1)
        queries.sessions_of(person.pk, but=session_key).delete()
        activity.record(actor, "password.set", now=now)
    return person


@activity.records_refusals("session.refused")
def sign_out_everywhere(*, actor: Actor, session_key: str, now: datetime) -> int:
    """Ends one's sessions but the one at hand; returns how many they were."""
    permissions.require(actor, "self.change")
    person = _self(actor)
    with transaction.atomic():
        ended, _ = queries.sessions_of(person.pk, but=session_key).delete()
        activity.record(actor, "session.ended", now=now, body={"others": ended})
    return ended


def sign_out(*, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        activity.record(actor, "session.ended", now=now)


@activity.records_refusals("session.refused")
def _check_password(*, actor: Actor, email: str, password: str, now: datetime) -> Person:
    """Hashing takes the same time for an account that does not exist, and for one without a password."""
    person = queries.person_by_email(email) if _is_sendable(email) else None
    kept = person.password if person else UNUSABLE_PASSWORD_PREFIX
    is_right = check_password(password[:LONGEST_PASSWORD], kept)
    if person is None or not is_right:
        raise Refused.of(WRONG, remedy="Try again, or ask an administrator for a sign-in link.")
    with transaction.atomic():
        _record_start(actor, person, "password", now)
    return person


def _count(account: str, peer: str, limit: Callable[..., None], now: datetime) -> None:
    """Counts an attempt, and takes it back where it is refused, so that waiting helps."""
    attempt = SignInAttempt.objects.create(account=account, peer=peer[:64], at=now)
    of_account, of_peer = queries.recent_attempts(account=account, peer=peer[:64], since=now - ATTEMPTS_SINCE)
    try:
        limit(of_account=of_account, of_peer=of_peer)
    except Refused:
        attempt.delete()
        raise


def _newly_linked(
    issuer: str, subject: str, email: str, is_verified: bool, name: str, now: datetime
) -> Person:
    if not email or not is_verified:
        raise NotAllowed(
            "Your provider does not vouch for your e-mail address, so we cannot tell which account is yours. "
            "Have the address verified there, or ask an administrator for a sign-in link."
        )
    address = clean_email(email)
    person = queries.everybody().filter(email=address).first()
    if person is None:
        person = _created(address, name, now)
    elif not person.is_active:
        raise NotAllowed(SWITCHED_OFF)
    elif person.identities.filter(issuer=issuer).exists():
        raise NotAllowed("The account with your address belongs to another identity. Ask an administrator.")
    Identity.objects.create(person=person, issuer=issuer, subject=subject, linked_at=now)
    return person


def _created(email: str, name: str, now: datetime) -> Person:
    """Without any role: what they may see, a manager says."""
    if not is_domain_allowed(email, settings.OIDC_ALLOWED_DOMAINS):
        raise NotAllowed(
            f"Nobody has invited {email} yet. Ask the manager of a program, or an administrator, for an invitation."
        )
    person = Person(name=clean_line(name or email, field="name"), email=email, created_at=now)
    person.set_unusable_password()
    person.save()
    return person


def _record_start(actor: Actor, person: Person, way: str, now: datetime) -> None:
    who = replace(actor, person_id=person.pk, name=person.name)
    activity.record(who, "session.started", now=now, body={"by": way})


def _self(actor: Actor) -> Person:
    person = queries.person_by_id(actor.person_id) if actor.person_id is not None else None
    if person is None or actor.scopes is not None:
        raise NotAllowed("Only a person who signed in may do this.")
    return person


def _account_key(email: str) -> str:
    """A hash, because people type passwords into the wrong field."""
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()


def _is_sendable(email: str) -> bool:
    """Databases refuse NUL and half surrogates, each in its own way."""
    return "\0" not in email and email.isprintable() and len(email) <= 254
