"""Invitations, memberships, tokens and service accounts, as they go over the wire."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Instant, Listed, example
from throughline.core.permissions import AccessRole, Scope

MEMBERSHIP = {
    "id": 8,
    "program": "growth",
    "model_id": None,
    "person_id": 4,
    "person": "Noor Haddad",
    "role": "member",
    "granted_by": "Ana Ruiz",
    "granted_at": "2026-01-14T09:00:00Z",
}
TOKEN = {
    "id": 5,
    "name": "nightly",
    "prefix": "thl_Xw3b9aQz",
    "program": "growth",
    "holder_id": 9,
    "holder": "Nightly pipeline",
    "scopes": ["read", "evidence"],
    "created_by": "Ana Ruiz",
    "created_at": "2026-01-14T09:00:00Z",
    "expires_at": "2026-07-14T09:00:00Z",
    "last_used_at": None,
    "revoked_at": None,
}
ACCOUNT = {"id": 9, "name": "Nightly pipeline", "roles": ["member"]}


class MembershipOut(Schema):
    model_config = example(MEMBERSHIP)
    id: int
    program: str
    model_id: int | None = Field(description="Null where it holds for the whole program.")
    person_id: int
    person: str
    role: str
    granted_by: str
    granted_at: datetime


class MembershipList(Listed):
    model_config = example({"items": [MEMBERSHIP], "next": None})
    items: list[MembershipOut]


class NewMembership(Given):
    model_config = {**Given.model_config, **example({"email": "noor@example.org", "role": "member"})}
    role: AccessRole
    person_id: int | None = Field(None, ge=1, le=2**63 - 1)
    email: str = Field("", max_length=254, description="Or the exact address of an account.")
    model_id: int | None = Field(None, ge=1, le=2**63 - 1, description="On this model alone.")


class NewInvitation(Given):
    model_config = {
        **Given.model_config,
        **example({"name": "Kim Park", "email": "kim@example.org", "role": "member"}),
    }
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)
    role: AccessRole


class InvitationOut(Schema):
    model_config = example(
        {
            "person_id": 11,
            "name": "Kim Park",
            "is_mailed": False,
            "link": "https://throughline.example.org/sign-in/link?key=…",
        }
    )
    person_id: int
    name: str
    is_mailed: bool = Field(description="Whether the link went to them by mail; it is not shown then.")
    link: str = Field(
        description="The one-time link, shown this once. Empty for somebody who has an account."
    )


class TokenOut(Schema):
    model_config = example(TOKEN)
    id: int
    name: str
    prefix: str = Field(description="How the secret begins, to know it again.")
    program: str | None = Field(description="Null where it reaches every program that its holder sees.")
    holder_id: int
    holder: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenList(Listed):
    model_config = example({"items": [TOKEN], "next": None})
    items: list[TokenOut]


class NewToken(Given):
    model_config = {
        **Given.model_config,
        **example(
            {"name": "nightly", "scopes": ["read"], "program": "growth", "expires_at": "2026-07-14T09:00:00Z"}
        ),
    }
    name: str = Field(max_length=100)
    scopes: list[Scope] = Field(max_length=10)
    expires_at: Instant = Field(description="Within a year.")
    program: str = Field("", max_length=60, description="The short name of the program that it reaches.")
    service_account_id: int | None = Field(
        None, ge=1, le=2**63 - 1, description="For yourself, if it is left out."
    )


class NewTokenOut(TokenOut):
    model_config = example({**TOKEN, "secret": "thl_Xw3b9aQz…"})
    secret: str = Field(description="Shown this once, and never again.")


class ServiceAccountOut(Schema):
    model_config = example(ACCOUNT)
    id: int
    name: str
    roles: list[str]


class ServiceAccountList(Listed):
    model_config = example({"items": [ACCOUNT], "next": None})
    items: list[ServiceAccountOut]


class NewServiceAccount(Given):
    model_config = {**Given.model_config, **example({"name": "Nightly pipeline", "role": "member"})}
    name: str = Field(max_length=100)
    role: AccessRole
