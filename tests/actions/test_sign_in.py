"""Passwords, guessing, and identities at a provider."""

import statistics
import time
from typing import Any

import pytest

from tests.make import World
from throughline.actions import access, sign_in
from throughline.core.access import ATTEMPTS_PER_ACCOUNT, ATTEMPTS_PER_PEER, TooManyAttempts
from throughline.core.errors import NotAllowed, Refused
from throughline.queries.access import NOBODY, system_actor
from throughline.records.access import Identity, SignInAttempt
from throughline.records.activity import Activity
from throughline.records.people import Person

pytestmark = pytest.mark.django_db
GOOD = "seven green lanterns 41"
ISSUER = "https://id.example.org"


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, settings: Any) -> None:
    """Hashing is slow on purpose; only the test of its time needs that."""
    if "as_long" not in request.node.name:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world() -> World:
    made = World()
    made.pm.set_password(GOOD)
    made.pm.save()
    return made


def attempt(world: World, email: str, password: str = GOOD, peer: str = "192.0.2.1") -> Person:
    return sign_in.sign_in_with_password(
        actor=NOBODY, email=email, password=password, peer=peer, now=world.now
    )


def by_provider(world: World, **more: Any) -> Person:
    given = {
        "issuer": ISSUER,
        "subject": "248289761001",
        "email": world.pm.email,
        "is_verified": True,
        "name": "Ana",
    }
    return sign_in.sign_in_with_oidc(actor=NOBODY, now=world.now, **{**given, **more})


def test_the_right_password_comes_in_whatever_the_case_of_the_address(world: World) -> None:
    assert attempt(world, f" {str(world.pm.email).upper()} ") == world.pm
    assert Activity.objects.latest("seq").verb == "session.started"


@pytest.mark.parametrize(
    "email", ["", "nobody@example.org", "x\0y@example.org", "\ud800@example.org", "a" * 5_000]
)
def test_what_is_wrong_is_not_told_apart(world: World, email: str) -> None:
    texts = set()
    for address, password in ((email, GOOD), (str(world.pm.email), "wrong"), (str(world.leader.email), GOOD)):
        with pytest.raises(Refused) as refused:
            attempt(world, address, password)
        texts.add(str(refused.value))
    assert len(texts) == 1


def test_a_deactivated_person_hears_the_same(world: World) -> None:
    access.deactivate_person(actor=system_actor("cli"), person_id=world.pm.pk, now=world.now)
    with pytest.raises(Refused, match="do not belong together"):
        attempt(world, str(world.pm.email))


def test_guessing_one_account_is_stopped_even_from_many_peers(world: World) -> None:
    let_through = 0
    for number in range(60):
        try:
            attempt(world, str(world.pm.email), f"guess {number}", peer=f"192.0.2.{number}")
        except TooManyAttempts:
            continue
        except Refused:
            let_through += 1
    assert let_through == ATTEMPTS_PER_ACCOUNT
    with pytest.raises(TooManyAttempts):
        attempt(world, str(world.pm.email))


def test_guessing_many_accounts_from_one_peer_is_stopped(world: World) -> None:
    let_through = 0
    for number in range(ATTEMPTS_PER_PEER + 20):
        try:
            attempt(world, f"person{number}@example.org", "guess")
        except TooManyAttempts:
            continue
        except Refused:
            let_through += 1
    assert let_through == ATTEMPTS_PER_PEER
    assert attempt(world, str(world.pm.email), peer="198.51.100.7") == world.pm


def test_an_account_under_attack_is_open_to_its_owner_by_link_and_later_by_password(world: World) -> None:
    for _ in range(ATTEMPTS_PER_ACCOUNT):
        with pytest.raises(Refused):
            attempt(world, str(world.pm.email), "guess")
    link = access.create_sign_in_link(actor=system_actor("cli"), person_id=world.pm.pk, now=world.now)
    assert sign_in.use_sign_in_link(actor=NOBODY, secret=link.secret, now=world.now) == world.pm
    world.later(minutes=16)
    assert attempt(world, str(world.pm.email)) == world.pm
    assert not SignInAttempt.objects.exists()


def test_an_attacker_with_an_account_does_not_clear_the_count_of_the_peer(world: World) -> None:
    for number in range(ATTEMPTS_PER_PEER - 1):
        with pytest.raises(Refused):
            attempt(world, f"person{number}@example.org", "guess")
    attempt(world, str(world.pm.email))
    with pytest.raises(Refused):
        attempt(world, "one@example.org", "guess")
    with pytest.raises(TooManyAttempts):
        attempt(world, "two@example.org", "guess")


def test_an_unknown_account_takes_as_long_as_a_known_one(world: World) -> None:
    def seconds(email: str) -> float:
        started = time.perf_counter()
        with pytest.raises(Refused):
            attempt(world, email, "guess", peer=email)
        return time.perf_counter() - started

    known, unknown = str(world.pm.email), "nobody@example.org"
    seconds(known), seconds(unknown)
    times = [(seconds(known), seconds(unknown)) for _ in range(7)]
    ratio = statistics.median(k for k, _ in times) / statistics.median(u for _, u in times)
    assert 0.5 < ratio < 2


def test_a_failed_attempt_is_recorded_without_what_was_typed(world: World) -> None:
    with pytest.raises(Refused):
        attempt(world, "my-secret-password", "guess")
    entry = Activity.objects.latest("seq")
    assert entry.verb == "session.refused"
    assert "my-secret-password" not in str(entry.body)


def test_a_password_is_set_after_the_present_one_was_given(world: World) -> None:
    actor = world.actor(world.pm)
    base = {"actor": actor, "session_key": "", "now": world.now}
    with pytest.raises(Refused, match="present password"):
        sign_in.set_password(password="nine blue kettles 77", current="no", came_by_link=False, **base)
    sign_in.set_password(password="nine blue kettles 77", current=GOOD, came_by_link=False, **base)
    assert attempt(world, str(world.pm.email), "nine blue kettles 77") == world.pm
    sign_in.set_password(password="two red engines 99", current="", came_by_link=True, **base)
    assert attempt(world, str(world.pm.email), "two red engines 99") == world.pm


@pytest.mark.parametrize("password", ["short", "password1234", "x" * 1_001])
def test_a_weak_or_endless_password_is_refused_with_the_reason(world: World, password: str) -> None:
    with pytest.raises(Refused) as refused:
        sign_in.set_password(
            actor=world.actor(world.leader), password=password, current="", came_by_link=True, session_key="",
            now=world.now,
        )  # fmt: skip
    assert {reason.field for reason in refused.value.reasons} == {"password"}


def test_the_first_sign_in_at_the_provider_finds_the_invited_person(world: World) -> None:
    assert by_provider(world) == world.pm
    assert by_provider(world, email="changed@example.org", is_verified=False) == world.pm
    assert Identity.objects.get().subject == "248289761001"


def test_an_address_alone_never_takes_an_account_over(world: World) -> None:
    by_provider(world)
    with pytest.raises(NotAllowed, match="another identity"):
        by_provider(world, subject="somebody else")
    with pytest.raises(NotAllowed, match="vouch"):
        by_provider(world, subject="third", email=world.leader.email, is_verified=False)
    assert by_provider(world, issuer="https://other.example.org") == world.pm


def test_a_stranger_is_refused_unless_their_domain_is_allowed(world: World, settings: Any) -> None:
    stranger = {"subject": "s", "email": "new@partner.example", "name": "New Person"}
    with pytest.raises(NotAllowed, match="invited"):
        by_provider(world, **stranger)
    settings.OIDC_ALLOWED_DOMAINS = frozenset({"partner.example"})
    with pytest.raises(NotAllowed, match="invited"):
        by_provider(world, **{**stranger, "email": "new@partner.example.evil.org"})
    made = by_provider(world, **stranger)
    assert (made.name, made.is_admin, world.actor(made).grants) == ("New Person", False, frozenset())


def test_a_deactivated_person_does_not_come_back_through_the_provider(world: World) -> None:
    by_provider(world)
    for person in (world.pm, world.leader):
        access.deactivate_person(actor=system_actor("cli"), person_id=person.pk, now=world.now)
    for more in ({}, {"subject": "new", "email": world.leader.email}):
        with pytest.raises(NotAllowed, match="switched off"):
            by_provider(world, **more)


@pytest.mark.parametrize("subject", ["", "s" * 256])
def test_a_subject_that_names_nobody_is_refused(world: World, subject: str) -> None:
    with pytest.raises(NotAllowed):
        by_provider(world, subject=subject)
