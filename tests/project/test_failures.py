"""What fails before a door is reached is answered as that door answers."""

import pytest
from django.test import Client

IMPOSSIBLE = "no host: {"

pytestmark = pytest.mark.django_db


def test_a_program_with_an_impossible_host_gets_problem_details(client: Client) -> None:
    reply = client.get("/api/v1/models", headers={"Host": IMPOSSIBLE})
    assert (reply.status_code, reply["Content-Type"]) == (400, "application/problem+json")
    assert reply.json()["type"] == "urn:throughline:problem:bad_request"
    assert reply.json()["request_id"] == reply["X-Request-ID"]


def test_a_person_with_one_gets_a_page(client: Client) -> None:
    reply = client.get("/sign-in", headers={"Host": IMPOSSIBLE})
    assert (reply.status_code, reply["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "cannot be read" in reply.content.decode()
