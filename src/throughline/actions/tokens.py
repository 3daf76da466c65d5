"""Gives programs their own way in: service accounts, and tokens with scopes and an end."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.access import (
    SHOWN_PREFIX,
    TOKEN_PREFIX,
    available_scopes,
    clean_expiry,
    clean_scopes,
)
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import AccessRole, Actor
from throughline.core.text import clean_line
from throughline.queries import access as queries
from throughline.queries.portfolio import program_by_id
from throughline.records.access import Membership, Token
from throughline.records.people import Person


@activity.records_refusals("service_account.refused")
def create_service_account(
    *, actor: Actor, program_id: int, name: str, role: AccessRole, now: datetime
) -> Person:
    """An account for a pipeline, which outlives the people who set it up. It never signs in by a page."""
    permissions.require(actor, "token.manage", noun="program", program_id=program_id)
    program_by_id(actor, program_id)
    name = clean_line(name, field="name", max_length=100)
    if queries.service_accounts(program_id).filter(name=name).exists():
        raise Refused.field("name", f"There is a service account “{name}” in this program.")
    with transaction.atomic():
        account = Person(name=name, email=None, is_service=True, created_at=now)
        account.set_unusable_password()
        account.save()
        Membership.objects.create(
            person=account, program_id=program_id, role=role, granted_by=actor.name, granted_at=now
        )
        body = {"account_id": account.pk, "name": name, "role": role}
        activity.record(actor, "service_account.created", now=now, program_id=program_id, body=body)
    return account


@activity.records_refusals("token.refused")
def create_token(
    *,
    actor: Actor,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    program_id: int | None = None,
    person_id: int | None = None,
    now: datetime,
) -> tuple[Token, str]:
    """The token and its secret, which is shown this once and kept as a hash only.

    For oneself, or for a service account (`person_id`) of a program whose tokens one manages.
    """
    holder = _holder_of_new_token(actor, person_id, program_id, now)
    if holder.person_id is None:
        raise NotAllowed("A token belongs to a person or a service account.")
    if program_id is not None:
        program_by_id(actor, program_id)
    name = clean_line(name, field="name", max_length=100)
    available = available_scopes(holder, program_id)
    if actor.scopes is not None:
        available &= actor.scopes
    kept = clean_scopes(scopes, available)
    clean_expiry(expires_at, now)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = Token.objects.create(
            person_id=holder.person_id,
            program_id=program_id,
            name=name,
            prefix=secret[:SHOWN_PREFIX],
            secret_hash=queries.secret_hash(secret),
            scopes=kept,
            created_by=actor.name,
            created_at=now,
            expires_at=expires_at,
        )
        body = {"token_id": token.pk, "name": name, "scopes": kept, "for": holder.name, "until": expires_at}
        activity.record(actor, "token.created", now=now, program_id=program_id, body=body)
    return token, secret


@activity.records_refusals("token.refused")
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> Token:
    token = queries.token_row(actor, token_id)
    if token.person_id == actor.person_id:
        permissions.require(actor, "self.change")
    else:
        permissions.require(actor, "token.manage", noun="token", program_id=token.program_id)
    with transaction.atomic():
        if not Token.objects.filter(pk=token_id, revoked_at__isnull=True).update(revoked_at=now):
            raise Refused.of("This token was revoked already.", kind="lost_race")
        body = {"token_id": token_id, "name": token.name, "of": token.person.name}
        activity.record(actor, "token.revoked", now=now, program_id=token.program_id, body=body)
    token.refresh_from_db()
    return token


def _holder_of_new_token(actor: Actor, person_id: int | None, program_id: int | None, now: datetime) -> Actor:
    if person_id is None or person_id == actor.person_id:
        permissions.require(actor, "self.change")
        if actor.scopes is not None and program_id is None:
            raise NotAllowed("A token can make other tokens only for one program that it names.")
        return actor
    if program_id is None:
        raise Refused.field("program", "A service account's token is for one program.", "Name it.")
    permissions.require(actor, "token.manage", noun="program", program_id=program_id)
    account = queries.service_row(actor, person_id, program_id)
    return queries.actor_for(account, door=actor.door, now=now)
