"""Turns what a request carries into an actor: a token for programs, a session for reading while signed in."""

from datetime import datetime
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer
from ninja.security.base import AuthBase

from throughline.actions import idempotency
from throughline.core.permissions import Actor
from throughline.queries import access

DOOR = "api"
SAFE = ("GET", "HEAD")
LONGEST_TOKEN = 200


class ApiRequest(HttpRequest):
    """A request as an operation sees it: who asks, and when."""

    actor: Actor
    now: datetime
    request_id: str


class Token(HttpBearer):
    """The header `Authorization: Bearer <token>`."""

    openapi_description = "A token from “Settings, Tokens” or from `throughline-server token create`."

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        now = timezone.now()
        is_possible = token.isascii() and 0 < len(token) <= LONGEST_TOKEN
        found = access.token_of(token, now) if is_possible else None
        if found is None:
            raise AuthenticationError(message="This token is not known, has expired or was revoked.")
        idempotency.note_token_use(token_id=found.pk, last_used_at=found.last_used_at, now=now)
        return access.actor_for_token(found, door=DOOR, now=now, request_id=request_id(request))


class Session(AuthBase):
    """The cookie of somebody who signed in. It reads only, so that no other site can write with it."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = "The session of somebody who signed in to the pages; good for reading."

    def __call__(self, request: HttpRequest) -> Actor | None:
        person = request.user
        if not person.is_authenticated:
            return None
        if request.method not in SAFE:
            raise AuthenticationError(message="A session reads only. Send a token to write.")
        return access.actor_for(person, door=DOOR, now=timezone.now(), request_id=request_id(request))


def asked(request: HttpRequest) -> ApiRequest:
    """The request with its actor, whom the library put beside it; nobody where an operation is open."""
    ours = cast(ApiRequest, request)
    ours.now = timezone.now()
    found = getattr(request, "auth", None)
    ours.actor = found if isinstance(found, Actor) else access.NOBODY
    return ours


def request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", ""))
