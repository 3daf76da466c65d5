"""Who is asking, and which version answers."""

from datetime import datetime
from importlib.metadata import version

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from throughline.api.auth import ApiRequest
from throughline.api.operations import operation, reply
from throughline.api.schemas.base import example
from throughline.core.permissions import SCOPES

router = Router(tags=["Installation"])


class GrantOut(Schema):
    role: str = Field(description="What you may do there.")
    program_id: int
    model_id: int | None = Field(description="Null where it holds for the whole program.")


class MeOut(Schema):
    model_config = example(
        {
            "person_id": 8,
            "name": "ci",
            "is_admin": False,
            "is_service": True,
            "scopes": ["read", "evidence"],
            "grants": [{"role": "member", "program_id": 3, "model_id": None}],
            "at": "2026-03-02T09:30:00Z",
        }
    )
    person_id: int | None
    name: str
    is_admin: bool
    is_service: bool = Field(description="Whether this is a service account.")
    scopes: list[str] = Field(description="What the token may be used for; every scope for a session.")
    grants: list[GrantOut]
    at: datetime = Field(description="The installation's clock.")


class VersionOut(Schema):
    model_config = example({"name": "Throughline", "version": "0.1.0", "api": "v1"})
    name: str
    version: str
    api: str


@operation(router, "GET", "/me", verb="self.use", at="person", gives=MeOut)
def who_am_i(request: ApiRequest) -> HttpResponse:
    """Whose token this is, and what it may do where."""
    actor = request.actor
    grants = sorted(actor.grants, key=lambda grant: (grant.program_id, grant.model_id or 0, grant.role))
    return reply(
        {
            "person_id": actor.person_id,
            "name": actor.name,
            "is_admin": actor.is_admin,
            "is_service": actor.is_service,
            "scopes": [scope for scope in SCOPES if actor.scopes is None or scope in actor.scopes],
            "grants": [{"role": g.role, "program_id": g.program_id, "model_id": g.model_id} for g in grants],
            "at": request.now,
        }
    )


@operation(router, "GET", "/version", verb="", at="open", gives=VersionOut)
def get_version(request: ApiRequest) -> HttpResponse:  # noqa: ARG001 - every operation is given the request
    """Which version answers. Needs no token."""
    return reply({"name": "Throughline", "version": version("throughline"), "api": "v1"})
