"""A program to look at, and browsers of people who signed in."""

from collections.abc import Callable

import pytest
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
