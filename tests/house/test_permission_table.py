"""Every route × everybody who might ask, by real requests: what happens is what the declared table says.

Routes are taken from the router, so a new one is asked by itself; a parameter that no sample fills fails the test.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from tests.house import samples
from tests.house.samples import CANARY, House
from throughline.adapters import http
from throughline.core.permissions import VERBS, may
from throughline.project.routes import PAGE_METHODS, Route, routes
from throughline.records.activity import Activity

API = "api/v1/"
WRITING = ("POST", "PUT", "PATCH", "DELETE")
# Who decides, signs or closes something depends on more than a role: on holding a duty, and on not having asked.
PERSONAL = {
    "move.decide", "sign_off.give", "waiver.decide", "move.request", "direction.decide", "output.answer",
    "compliance.review", "compliance.resolve", "compliance.accept", "promise.answer", "spec.approve", "spec.comment",
    "label.answer", "label.settle",
    "contract.answer",
    "stakeholder.change",  # who has an account is tied to a model, and parted from it, by its managers alone
}  # fmt: skip
LET_IN = {200, 201, 202, 204, 302, 304, 400, 409, 410, 412, 413, 415, 422, 428}
OPEN = {
    "healthz", "readyz", "metrics", "hooks/<str:kind>/<str:token>", "api/v1/", "api/v1/docs", "api/v1/docs.js",
    "api/v1/openapi.json", "api/v1/version", "api/v1/^.*$", "sign-in", "sign-in/link", "sign-in/mail",
    "sign-in/provider", "sign-in/provider/callback", "with/<str:token>",
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


Bodies = dict[tuple[str, str], Any]


@dataclass(frozen=True)
class Answer:
    """What came back, and whether the change that the route declares was made."""

    code: int
    response: Any
    is_done: bool = False

    @property
    def text(self) -> str:
        streamed = getattr(self.response, "streaming", False)
        raw = b"".join(self.response.streaming_content) if streamed else self.response.content
        return str(raw.decode(errors="replace"))


@pytest.fixture
def house(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> House:
    """Nobody listens at the address of its connection, and nobody waits before asking there again."""
    settings.ALLOW_HOSTS = frozenset({"127.0.0.1:9"})
    monkeypatch.setattr(http.Caller, "_pauses", lambda _: iter((0.0, 0.0)))
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return samples.build()


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


def send(house: House, ask: Ask, asker: str, bodies: Bodies, *, is_real: bool = True) -> Any:
    """With `is_real` off, about objects that do not exist. A stream is read before what it reads is taken back."""
    response = _send(house, ask, asker, bodies, is_real=is_real)
    if response.streaming:
        for _ in response:
            continue
    return response


def _send(house: House, ask: Ask, asker: str, bodies: Bodies, *, is_real: bool) -> Any:
    path = ask.route.path.replace("^.*$", "nowhere")
    address = samples.address(house, path) if is_real else samples.nowhere(path)
    if not ask.is_api:
        client = house.browser(asker)
        where = address + samples.query(house, path)
        return client.get(where) if ask.method == "GET" else client.post(where, samples.form(house))
    body = samples.substituted(house, bodies.get((ask.method, "/" + samples.PARAMETER.sub(r"{\1}", path))))
    declared = ask.route.declared
    if ask.method == "GET" and declared and declared.at == "program" and not ask.names_an_object:
        address += f"?program={house.ids['slug']}"
    secret = house.secrets.get(asker)
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    content = samples.json.dumps(body) if body else ""
    client = Client(raise_request_exception=False)
    return client.generic(ask.method, address, content, "application/json", headers=headers)


def verdict(house: House, ask: Ask, asker: str, bodies: Bodies) -> str:
    """Asks, and says what is wrong with the answer; empty for nothing."""
    before = Activity.objects.count()
    response = send(house, ask, asker, bodies)
    code, declared = response.status_code, ask.route.declared
    assert declared is not None
    if code >= 500 and not (code == 502 and "provider" in ask.route.path):
        return f"{code}: failed"
    if code == 405 or declared.at == "open":
        return ""
    done = declared.activity in Activity.objects.order_by("seq").values_list("verb", flat=True)[before:]
    return _judged(house, ask, asker, Answer(code, response, done), bodies)


def _judged(house: House, ask: Ask, asker: str, answer: Answer, bodies: Bodies) -> str:
    declared = ask.route.declared
    assert declared is not None
    if asker == "nobody":
        return _of_nobody(ask, answer)
    if asker == "read-only token":
        return _of_read_only(ask, answer)
    if asker in samples.OUTSIDE:
        with taken_back():
            there = send(house, ask, asker, bodies, is_real=False).status_code
        return _of_outsider(ask, answer, there)
    place = {"program_id": house.world.program.pk, "model_id": house.ids["model_id"]}
    if may(house.actor(asker), declared.verb, **({} if declared.at in ("person", "installation") else place)):
        return _of_permitted(ask, answer)
    return _of_insider(ask, answer)


def _of_nobody(ask: Ask, answer: Answer) -> str:
    if ask.is_api:
        return "" if answer.code == 401 else f"{answer.code}: answers to nobody"
    leads = answer.code == 302 and answer.response["Location"].startswith("/sign-in")
    return "" if leads else f"{answer.code}: answers to nobody"


def _of_read_only(ask: Ask, answer: Answer) -> str:
    declared = ask.route.declared
    if declared is None or VERBS[declared.verb].scope == "read":
        return ""
    return (
        ""
        if answer.code == 403 and not answer.is_done
        else f"{answer.code}: a read-only token was let through"
    )


def _of_outsider(ask: Ask, answer: Answer, of_nothing: int) -> str:
    """What exists and what does not are one thing to an outsider."""
    declared = ask.route.declared
    assert declared is not None
    if CANARY in answer.text or (answer.is_done and declared.at != "person"):
        return f"{answer.code}: reaches what belongs to another program"
    if declared.at == "installation":
        return "" if answer.code == 403 else f"{answer.code}: let in without the right"
    if declared.at in ("program", "model") and ask.names_an_object:
        is_even = answer.code == 404 or answer.code == of_nothing in (401, 403, 422)
        return (
            "" if is_even else f"{answer.code}, but {of_nothing} for nothing: an outsider learns what exists"
        )
    return "" if answer.code in LET_IN | {403, 404} else f"{answer.code}: unexpected"


def _of_insider(ask: Ask, answer: Answer) -> str:
    """Somebody of the program who lacks the verb. A page of no object may show that there is nothing for them."""
    declared = ask.route.declared
    assert declared is not None
    if answer.is_done:
        return f"{answer.code}: done without the right"
    if ask.names_an_object or declared.at == "installation":
        return "" if answer.code in (403, 404) else f"{answer.code}: let in without the right"
    hidden = samples.HIDDEN.get(declared.verb)
    if hidden and hidden in answer.text:
        return f"{answer.code}: shows what it must not"
    return "" if answer.code in (200, 403, 404, 422) else f"{answer.code}: let in without the right"


def _of_permitted(ask: Ask, answer: Answer) -> str:
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
    return "" if answer.code in allowed else f"{answer.code}: kept out although the table lets them in"


EVERYBODY = ("nobody", "read-only token", *samples.ASKERS)


@pytest.mark.slow
@pytest.mark.any_database
@pytest.mark.parametrize("asker", EVERYBODY)
def test_every_route_does_what_the_table_says(house: House, asker: str) -> None:
    wrong = []
    bodies = samples.bodies()
    for ask in asks():
        if asker == "read-only token" and not ask.is_api:
            continue
        with taken_back():
            if problem := verdict(house, ask, asker, bodies):
                wrong.append(f"{ask} {problem}")
    assert not wrong, "\n".join(wrong)


def test_whoever_answers_to_nobody_was_reviewed() -> None:
    assert {route.path for route in routes() if route.declared and route.declared.at == "open"} <= OPEN


def test_the_table_can_fail() -> None:
    """The judge itself: an answer that the table does not allow is called wrong."""
    ask = Ask(next(route for route in routes() if route.path == "models/<int:model_id>/edit"), "POST")
    assert _of_outsider(ask, Answer(200, HttpResponse()), 404)
    assert _of_outsider(ask, Answer(403, HttpResponse()), 404)
    assert _of_outsider(ask, Answer(404, HttpResponse(f"The {CANARY} model")), 404)
    assert _of_outsider(ask, Answer(404, HttpResponse()), 404) == ""
    assert _of_insider(ask, Answer(302, HttpResponse(), is_done=True))
    assert _of_insider(ask, Answer(200, HttpResponse()))
    assert _of_permitted(ask, Answer(403, HttpResponse()))
    assert _of_nobody(ask, Answer(200, HttpResponse()))
    assert _of_read_only(ask, Answer(200, HttpResponse()))


def test_numbers_that_no_column_holds_lead_nowhere(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may see everything asks for it, so that each request gets as far as it can."""
    monkeypatch.setattr(samples, "NOWHERE", 10**30)
    bodies, answers = samples.bodies(), dict[Ask, int]()
    for ask in asks():
        if "<int:" in ask.route.path or "_id>" in ask.route.path:
            with taken_back():
                answers[ask] = send(house, ask, "admin", bodies, is_real=False).status_code
    assert len(answers) > 200
    assert {str(ask): code for ask, code in answers.items() if code >= 500} == {}
