"""Tokens and service accounts: shown once, never more than their maker may, always with an end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import tokens
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole, may
from throughline.queries.access import actor_for_token, token_of
from throughline.records.access import Token
from throughline.records.activity import Activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def make(world: World, actor: Any = None, **more: Any) -> tuple[Token, str]:
    given = {"name": "ci", "scopes": ["read"], "expires_at": world.now + timedelta(days=30), **more}
    return tokens.create_token(actor=actor or world.actor(world.pm), now=world.now, **given)


def test_a_token_acts_as_its_person_within_its_scopes_and_program(world: World) -> None:
    _, secret = make(world, scopes=["read", "write"], program_id=world.program.pk)
    found = token_of(secret, world.now)
    assert found
    actor = actor_for_token(found, door="api", now=world.now)
    assert may(actor, "model.change", program_id=world.program.pk)
    assert not may(actor, "people.change", program_id=world.program.pk)
    assert secret.startswith("thl_")
    assert secret.startswith(found.prefix)


def test_the_secret_is_nowhere(world: World) -> None:
    token, secret = make(world)
    row = Token.objects.filter(pk=token.pk).values()[0]
    assert secret not in str(row)
    assert secret not in str(list(Activity.objects.values_list("body", flat=True)))


@pytest.mark.parametrize("days", [-1, 0, 367, 100_000])
def test_a_token_ends_within_a_year(world: World, days: int) -> None:
    with pytest.raises(Refused, match="within a year"):
        make(world, expires_at=world.now + timedelta(days=days))


def test_an_expired_or_revoked_token_opens_nothing(world: World) -> None:
    token, secret = make(world)
    tokens.revoke_token(actor=world.actor(world.pm), token_id=token.pk, now=world.now)
    assert token_of(secret, world.now) is None
    with pytest.raises(Refused, match="already"):
        tokens.revoke_token(actor=world.actor(world.pm), token_id=token.pk, now=world.now)
    _, second = make(world)
    assert token_of(second, world.now + timedelta(days=31)) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "manage"], ["evidence"]])
def test_nobody_gives_what_they_may_not_do(world: World, scopes: list[str]) -> None:
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    with pytest.raises(Refused) as refused:
        make(world, world.actor(viewer), scopes=scopes)
    assert refused.value.reasons[0].field == "scopes"
    assert make(world, world.actor(viewer))[0].scopes == ["read"]


def test_a_token_does_not_breed_a_stronger_one(world: World) -> None:
    weak = replace(world.actor(world.pm), scopes=frozenset({"read", "write"}))
    with pytest.raises(Refused):
        make(world, weak, scopes=["manage"], program_id=world.program.pk)
    with pytest.raises(NotAllowed, match="one program"):
        make(world, weak)
    with pytest.raises(NotAllowed):
        make(world, replace(weak, scopes=frozenset({"read"})), program_id=world.program.pk)
    assert make(world, weak, program_id=world.program.pk)[0].scopes == ["read"]


def test_other_peoples_tokens_do_not_exist_for_me(world: World) -> None:
    token, _ = make(world)
    with pytest.raises(Missing):
        tokens.revoke_token(actor=world.actor(world.leader), token_id=token.pk, now=world.now)
    with pytest.raises(Missing):
        make(world, world.actor(World().pm), program_id=world.program.pk)


def test_a_service_account_outlives_whoever_made_it(world: World) -> None:
    actor = world.actor(world.pm)
    account = tokens.create_service_account(
        actor=actor, program_id=world.program.pk, name="Nightly", role=AccessRole.MEMBER, now=world.now
    )
    _, secret = make(world, scopes=["evidence"], program_id=world.program.pk, person_id=account.pk)
    world.pm.is_active = False
    world.pm.save()
    found = token_of(secret, world.now)
    assert found
    assert may(
        actor_for_token(found, door="api", now=world.now), "evidence.attach", program_id=world.program.pk
    )
    with pytest.raises(Refused):
        make(world, actor, scopes=["manage"], program_id=world.program.pk, person_id=account.pk)
    with pytest.raises(Refused, match="one program"):
        make(world, actor, person_id=account.pk)


def test_only_managers_make_service_accounts_and_only_for_their_program(world: World) -> None:
    other = World()
    with pytest.raises(NotAllowed):
        tokens.create_service_account(
            actor=world.actor(world.leader),
            program_id=world.program.pk,
            name="N",
            role=AccessRole.MEMBER,
            now=world.now,
        )
    account = tokens.create_service_account(
        actor=other.actor(other.pm),
        program_id=other.program.pk,
        name="N",
        role=AccessRole.MEMBER,
        now=world.now,
    )
    with pytest.raises(Missing):
        make(world, program_id=world.program.pk, person_id=account.pk)
    with pytest.raises(Missing):
        make(world, program_id=world.program.pk, person_id=world.leader.pk)
