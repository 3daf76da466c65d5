"""Invitations, memberships, service accounts and tokens over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import access as actions
from throughline.actions import tokens as token_actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import access as shapes
from throughline.api.schemas.base import Id, Slug
from throughline.core.errors import Refused
from throughline.core.permissions import require
from throughline.queries import access as queries
from throughline.queries import portfolio
from throughline.queries.rows import Membership, Person, Program, Token

router = Router(tags=["Access"])


@operation(
    router, "GET", "/programs/{slug}/memberships", verb="people.view", at="program", gives=shapes.MembershipList
)  # fmt: skip
def list_memberships(
    request: ApiRequest, slug: Slug, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Who has which role in a program or on one of its models."""
    program = _program(request, slug, "people.view")
    rows = queries.memberships(program.pk)
    return reply(page_of_rows(rows, ("pk",), membership_shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/programs/{slug}/memberships", verb="people.change", at="program",
    activity="membership.granted", gives=shapes.MembershipOut, status=201,
)  # fmt: skip
def grant_membership(request: ApiRequest, slug: Slug, payload: shapes.NewMembership) -> HttpResponse:
    """Gives somebody who has an account a role."""
    program = portfolio.program_row(request.actor, slug)
    row = actions.grant_membership(
        actor=request.actor,
        program_id=program.pk,
        role=payload.role,
        person_id=payload.person_id,
        email=payload.email,
        model_id=payload.model_id,
        now=request.now,
    )
    return reply(membership_shown(row), status=201)


@operation(
    router, "DELETE", "/memberships/{membership_id}", verb="people.change", at="program",
    activity="membership.revoked", gives=shapes.MembershipOut,
)  # fmt: skip
def revoke_membership(request: ApiRequest, membership_id: Id) -> HttpResponse:
    """Takes a role away."""
    row = actions.revoke_membership(actor=request.actor, membership_id=membership_id, now=request.now)
    return reply({**membership_shown(row), "id": membership_id})


@operation(
    router, "POST", "/programs/{slug}/invitations", verb="people.change", at="program", activity="person.invited",
    gives=shapes.InvitationOut, status=201,
)  # fmt: skip
def invite_person(request: ApiRequest, slug: Slug, payload: shapes.NewInvitation) -> HttpResponse:
    """Makes an account with a one-time link, which the reply holds unless it was mailed.

    A secret is not kept for repetition, so it takes no Idempotency-Key.
    """
    _refuse_key(request)
    program = portfolio.program_row(request.actor, slug)
    made = actions.invite_person(
        actor=request.actor,
        name=payload.name,
        email=payload.email,
        program_id=program.pk,
        role=payload.role,
        now=request.now,
    )
    shown = {
        "person_id": made.person.pk,
        "name": made.person.name,
        "is_mailed": made.is_mailed,
        "link": made.url,
    }
    return reply(shown, status=201)


@operation(
    router, "GET", "/programs/{slug}/service-accounts", verb="token.manage", at="program",
    gives=shapes.ServiceAccountList,
)  # fmt: skip
def list_service_accounts(
    request: ApiRequest, slug: Slug, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The accounts of pipelines in a program."""
    program = _program(request, slug, "token.manage")
    rows = queries.service_accounts(program.pk)
    return reply(
        page_of_rows(rows, ("name", "pk"), lambda row: _account(row, program), limit=limit, cursor=cursor)
    )


@operation(
    router, "POST", "/programs/{slug}/service-accounts", verb="token.manage", at="program",
    activity="service_account.created", gives=shapes.ServiceAccountOut, status=201,
)  # fmt: skip
def create_service_account(
    request: ApiRequest, slug: Slug, payload: shapes.NewServiceAccount
) -> HttpResponse:
    """Makes an account for a pipeline, which stays when people leave."""
    program = portfolio.program_row(request.actor, slug)
    row = token_actions.create_service_account(
        actor=request.actor, program_id=program.pk, name=payload.name, role=payload.role, now=request.now
    )
    return reply(_account(row, program), status=201)


@operation(router, "GET", "/tokens", verb="self.use", at="person", gives=shapes.TokenList)
def list_tokens(
    request: ApiRequest,
    program: Annotated[
        str, Field(max_length=60, description="All tokens of a program that you manage.")
    ] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Your own tokens, or those of a program. Secrets are never shown again."""
    place = _program(request, program, "token.manage").pk if program else None
    rows = queries.tokens(request.actor, program_id=place)
    return reply(page_of_rows(rows, ("-created_at", "-pk"), token_shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/tokens", verb="self.change", at="person", activity="token.created", gives=shapes.NewTokenOut,
    status=201,
)  # fmt: skip
def create_token(request: ApiRequest, payload: shapes.NewToken) -> HttpResponse:
    """Makes a token for yourself or a service account. The reply holds its secret, so it takes no Idempotency-Key."""
    _refuse_key(request)
    program = portfolio.program_row(request.actor, payload.program) if payload.program else None
    row, secret = token_actions.create_token(
        actor=request.actor,
        name=payload.name,
        scopes=payload.scopes,
        expires_at=payload.expires_at,
        program_id=program.pk if program else None,
        person_id=payload.service_account_id,
        now=request.now,
    )
    return reply({**token_shown(row), "secret": secret}, status=201)


@operation(
    router, "POST", "/tokens/{token_id}/revoke", verb="self.change", at="person", activity="token.revoked",
    gives=shapes.TokenOut,
)  # fmt: skip
def revoke_token(request: ApiRequest, token_id: Id) -> HttpResponse:
    """Ends a token at once: your own, or one of a program whose tokens you manage."""
    return reply(
        token_shown(token_actions.revoke_token(actor=request.actor, token_id=token_id, now=request.now))
    )


def membership_shown(row: Membership) -> dict[str, object]:
    kept = ("id", "model_id", "person_id", "role", "granted_by", "granted_at")
    found = {name: getattr(row, name) for name in kept}
    return {**found, "program": row.program.slug, "person": row.person.name}


def token_shown(row: Token) -> dict[str, object]:
    kept = (
        "id",
        "name",
        "prefix",
        "scopes",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    found = {name: getattr(row, name) for name in kept}
    return {
        **found,
        "program": row.program.slug if row.program else None,
        "holder_id": row.person_id,
        "holder": row.person.name,
    }


def _account(row: Person, program: Program) -> dict[str, object]:
    roles = sorted({one.role for one in queries.memberships(program.pk).filter(person=row)})
    return {"id": row.pk, "name": row.name, "roles": roles}


def _program(request: ApiRequest, slug: str, verb: str) -> Program:
    program = portfolio.program_row(request.actor, slug)
    require(request.actor, verb, noun="program", program_id=program.pk)
    return program


def _refuse_key(request: ApiRequest) -> None:
    """Replies to requests with a key are kept to be repeated, and a secret must not be kept."""
    if "Idempotency-Key" in request.headers:
        raise Refused.field(
            "Idempotency-Key", "This reply holds a secret, so it is not kept.", "Send no key."
        )
