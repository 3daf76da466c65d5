"""Every route × everybody who might ask, by real requests: what happens is what the declared table says.

Routes are taken from the router, so a new one is asked by itself; a parameter that no sample fills fails the test.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.house import samples
from tests.house.samples import CANARY, House
from throughline.core.permissions import VERBS, may
from throughline.project.routes import PAGE_METHODS, Route, routes

API = "api/v1/"
WRITING = ("POST", "PUT", "PATCH", "DELETE")
# Who decides, signs or closes something depends on more than a role: on holding a duty, and on not having asked.
PERSONAL = {"move.decide", "sign_off.give", "waiver.decide", "move.request"}
LET_IN = {200, 201, 202, 204, 302, 304, 400, 409, 410, 412, 413, 415, 422, 428}
OPEN = {
    "healthz", "readyz", "metrics", "hooks/<str:kind>/<str:token>", "api/v1/", "api/v1/docs", "api/v1/docs.js",
    "api/v1/openapi.json", "api/v1/version", "api/v1/^.*$", "sign-in", "sign-in/link", "sign-in/provider",
    "sign-in/provider/callback",
}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One request to one route."""

    route: Route
    method: str

    @property
    def is_api(self) -> bool:
        return self.route.path.startswith(API)

    @property
    def names_an_object(self) -> bool:
        return "<" in self.route.path

    def __str__(self) -> str:
        return f"{self.method} /{self.route.path}"


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """Built once; whatever a request changes is taken back after it."""
    from django.conf import settings

    allowed = settings.ALLOW_HOSTS
    with django_db_blocker.unblock(), transaction.atomic():
        yield samples.build()
        transaction.set_rollback(True)
    settings.ALLOW_HOSTS = allowed


@contextlib.contextmanager
def taken_back() -> Iterator[None]:
    with contextlib.suppress(TakenBack), transaction.atomic():
        yield
        raise TakenBack


class TakenBack(Exception):
    """Undoes what one request did."""


def asks() -> list[Ask]:
    found = []
    for route in routes():
        for method in ("GET", "POST") if route.method == PAGE_METHODS else (route.method,):
            found.append(Ask(route, method))
    return found


def send(house: House, ask: Ask, asker: str, bodies: dict[tuple[str, str], Any]) -> Any:
    address = samples.address(house, ask.route.path.replace("^.*$", "nowhere"))
    if not ask.is_api:
        client = house.browser(asker)
        where = address + samples.query(house, ask.route.path)
        return client.get(where) if ask.method == "GET" else client.post(where, samples.form(house))
    described = "/" + samples.PARAMETER.sub(r"{\1}", ask.route.path)
    body = samples.substituted(house, bodies.get((ask.method, described)))
    secret = house.secrets.get(asker)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    client = Client(raise_request_exception=False)
    return client.generic(
        ask.method, address, samples.json.dumps(body) if body else "", "application/json", headers=headers
    )


def text_of(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    return str(raw.decode(errors="replace"))


def verdict(house: House, ask: Ask, asker: str, response: Any) -> str:
    """What is wrong with this answer; empty for nothing."""
    code, declared = response.status_code, ask.route.declared
    assert declared is not None
    if code >= 500 and not (code == 502 and "provider" in ask.route.path):
        return "failed"
    if code == 405 or declared.at == "open":
        return ""
    if asker == "nobody":
        return _of_nobody(ask, code, response)
    actor = house.actor("manager" if asker == "read-only token" else asker)
    if asker == "read-only token":
        return _of_read_only(ask, code)
    if asker in samples.OUTSIDE:
        return _of_outsider(ask, code, text_of(response), actor)
    place = {"program_id": house.world.program.pk, "model_id": house.ids["model_id"]}
    if may(actor, declared.verb, **({} if declared.at in ("person", "installation") else place)):
        return _of_permitted(ask, code)
    return "" if code in (403, 404) else "let in without the right"


def _of_nobody(ask: Ask, code: int, response: Any) -> str:
    if ask.is_api:
        return "" if code == 401 else "answers to nobody"
    return "" if code == 302 and response["Location"].startswith("/sign-in") else "answers to nobody"


def _of_read_only(ask: Ask, code: int) -> str:
    declared = ask.route.declared
    if not ask.is_api or declared is None or VERBS[declared.verb].scope == "read":
        return ""
    return "" if code == 403 else "a read-only token was let through"


def _of_outsider(ask: Ask, code: int, text: str, actor: Any) -> str:
    declared = ask.route.declared
    assert declared is not None
    if CANARY in text:
        return "shows what belongs to another program"
    if declared.at == "installation":
        return "" if code == 403 else "let in without the right"
    if declared.at in ("program", "model") and ask.names_an_object:
        return "" if code == 404 else "tells an outsider that there is something"
    return "" if code in LET_IN | {403, 404} else "unexpected"


def _of_permitted(ask: Ask, code: int) -> str:
    declared = ask.route.declared
    assert declared is not None
    allowed = set(LET_IN)
    if (
        declared.verb in PERSONAL
        or declared.verb.startswith("self.")
        or ask.route.path.startswith("api/v1/models")
    ):
        allowed |= {403, 404}
    if ask.names_an_object and ask.method in WRITING:
        allowed.add(404)
    return "" if code in allowed else "kept out although the table lets them in"


EVERYBODY = ("nobody", "read-only token", *samples.ASKERS)


@pytest.mark.slow
@pytest.mark.parametrize("asker", EVERYBODY)
def test_every_route_does_what_the_table_says(house: House, django_db_blocker: Any, asker: str) -> None:
    wrong = []
    with django_db_blocker.unblock():
        bodies = samples.bodies()
        for ask in asks():
            with taken_back():
                response = send(house, ask, asker, bodies)
                problem = verdict(house, ask, asker, response)
                if problem:
                    wrong.append(f"{ask} {response.status_code}: {problem}")
    assert wrong == []


def test_whoever_answers_to_nobody_was_reviewed() -> None:
    assert {route.path for route in routes() if route.declared and route.declared.at == "open"} <= OPEN


def test_the_table_can_fail() -> None:
    """The judge itself: an answer that the table does not allow is called wrong."""
    ask = Ask(next(route for route in routes() if route.path == "models/<int:model_id>/edit"), "POST")
    assert _of_outsider(ask, 200, "", None)
    assert _of_outsider(ask, 404, f"The {CANARY} model", None)
    assert _of_outsider(ask, 404, "", None) == ""
    assert _of_permitted(ask, 403)
