"""A program to look at, and browsers of people who signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests import make
from throughline.records.people import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def world(db: None) -> make.World:
    return make.World()


@pytest.fixture
def sign_in() -> Callable[[Person], Client]:
    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person, backend=BACKEND)
        return client

    return signed_in


@pytest.fixture
def pm(world: make.World, sign_in: Callable[[Person], Client]) -> Client:
    return sign_in(world.pm)


@pytest.fixture
def leader(world: make.World, sign_in: Callable[[Person], Client]) -> Client:
    return sign_in(world.leader)


@pytest.fixture
def enter(
    site: str, open_page: Callable[..., Any], sign_in: Callable[[Person], Client]
) -> Callable[..., Any]:
    """Opens a page of a real browser, of a given theme and width, for somebody who signed in."""

    def entered(person: Person, path: str, **options: Any) -> Any:
        session = sign_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        page = open_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
        page.goto(site + path)
        return page

    return entered
