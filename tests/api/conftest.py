"""A caller that speaks to the interface as a program does, with a token of any person and scopes."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.make import World
from throughline.actions.tokens import create_token
from throughline.core.permissions import SCOPES
from throughline.queries.access import actor_for
from throughline.records.people import Person

BASE = "/api/v1"


def secret_for(person: Person, *scopes: str) -> str:
    now = timezone.now()
    actor = actor_for(person, door="web", now=now)
    wanted = scopes or (SCOPES if person.is_admin else tuple(s for s in SCOPES if _has(actor, s)))
    _, secret = create_token(
        actor=actor, name="test", scopes=wanted, expires_at=now + timedelta(days=1), now=now
    )
    return secret


def _has(actor: Any, scope: str) -> bool:
    from throughline.core.access import available_scopes

    return scope in available_scopes(actor, None)


@dataclass
class Caller:
    client: Client
    secret: str = ""

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body` that is text or bytes goes as it is. Header names are written with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given["Authorization"] = f"Bearer {self.secret}"
        data = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        return self.client.generic(method, BASE + path, data, "application/json", headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("PUT", path, body, **headers)


@pytest.fixture
def world(db: None) -> World:
    """Its clock is a little behind, so that what it made is in the past for the interface."""
    return World(now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def call_as(db: None) -> Any:
    return lambda person, *scopes: Caller(Client(raise_request_exception=False), secret_for(person, *scopes))


@pytest.fixture
def pm(world: World, call_as: Any) -> Caller:
    return call_as(world.pm)


@pytest.fixture
def leader(world: World, call_as: Any) -> Caller:
    return call_as(world.leader)


@pytest.fixture
def admin(world: World, call_as: Any) -> Caller:
    return call_as(world.person("Root", is_admin=True))


@pytest.fixture
def outsider(world: World, call_as: Any) -> Caller:
    """The PM of another program."""
    return call_as(World(now=world.now).pm)


@pytest.fixture
def nobody(db: None) -> Caller:
    return Caller(Client(raise_request_exception=False))
