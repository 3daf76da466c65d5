"""Tokens and links from the terminal: printed once, for people and programs that are there."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from throughline.actions.portfolio import create_program
from throughline.project.server import main
from throughline.queries.access import system_actor, token_of
from throughline.records.people import Person

NOW = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def program(slug: str) -> None:
    create_program(actor=system_actor("tests"), name=slug, slug=slug, now=NOW)


def create(name: str, role: str, *more: str) -> Result:
    return run("token", "create", name, "--role", role, *more)


def test_a_token_is_printed_alone_and_works():
    program("forecasts")

    done = create("pipeline", "member")

    assert done.exit_code == 0, done.output
    secret = done.stdout.strip()
    assert secret.startswith("thl_")
    token = token_of(secret, datetime.now(UTC))
    assert token is not None
    assert token.person.is_service
    assert token.secret_hash != secret
    assert "forecasts" in done.stderr


def test_an_account_is_used_again_for_its_own_role_only():
    program("forecasts")
    first, again, other = create("p", "member"), create("p", "member"), create("p", "manager")

    assert first.stdout != again.stdout
    assert Person.objects.filter(is_service=True).count() == 1
    assert other.exit_code == 1
    assert "has member" in other.stderr


def test_without_a_program_there_is_no_token():
    done = create("pipeline", "viewer")

    assert done.exit_code == 1
    assert "none yet" in done.stderr


def test_of_several_programs_one_must_be_named():
    program("one")
    program("two")

    assert "one, two" in create("p", "viewer").stderr
    assert "There is no program three" in create("p", "viewer", "--program", "three").stderr
    assert create("p", "viewer", "--program", "two").stdout.startswith("thl_")


def test_an_unknown_role_is_a_usage_error():
    done = create("p", "king")

    assert done.exit_code == 2
    assert "manager" in done.stderr


def test_a_link_is_made_for_people_who_are_known():
    Person.objects.create(name="Ana", email="ana@example.org", created_at=NOW)

    known, unknown = run("sign-in-link", "Ana@example.org"), run("sign-in-link", "who@example.org")

    assert "/sign-in/link?key=" in known.stdout
    assert unknown.exit_code == 1
    assert "who@example.org" in unknown.stderr
