"""Tokens and sessions: who gets in, and no further than the scopes reach."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.api.conftest import BASE, Caller, secret_for
from throughline.core.permissions import SCOPES, VERBS
from throughline.project.routes import routes
from throughline.records.access import Token

pytestmark = pytest.mark.django_db


def api_routes():
    """From the router, not from the description, so that nothing is forgotten."""
    return [route for route in routes() if route.path.startswith("api/v1/") and route.method != "GET/POST"]


def address(route, world, model):
    """A real address for the route: of this model, and otherwise of what is not there."""
    known = {"model_id": str(model.pk), "slug": world.program.slug}
    path = "/" + route.path.removeprefix("api/v1/")
    while "<" in path:
        head, _, rest = path.partition("<")
        name, _, tail = rest.partition(">")
        path = head + known.get(name.rpartition(":")[2], "987654") + tail
    return path + ("?reference=x" if route.name == "find_model" else "")


def test_what_answers_without_a_token_is_a_reviewed_list():
    open_to_all = {
        route.path for route in api_routes() if route.declared is None or route.declared.at == "open"
    }
    assert open_to_all == {"api/v1/version"}


def test_every_other_route_refuses_who_has_no_token(world, nobody):
    model = world.model()
    tried = [route for route in api_routes() if route.path != "api/v1/version"]
    assert len(tried) > 40
    for route in tried:
        answer = nobody.send(route.method, address(route, world, model), {})
        assert answer.status_code == 401, route


def test_a_token_without_the_scope_is_refused_on_every_route(world, client):
    """Every route × every scope that is not the one it needs. The right scope is never refused for its scope."""
    model = world.model()
    boss = world.person("Root", is_admin=True)
    callers = {
        scope: Caller(Client(raise_request_exception=False), secret_for(boss, scope)) for scope in SCOPES
    }
    bodies, cells = example_bodies(client), 0
    for route in api_routes():
        if route.declared.at == "open":
            continue
        needed = VERBS[route.declared.verb].scope
        for scope, caller in callers.items():
            answer = caller.send(route.method, address(route, world, model), bodies.get(route.name))
            said = b"does not have the scope" in _content(answer)
            assert said == (scope != needed), (route, scope, answer.status_code)
            cells += said
    assert cells > 100


def example_bodies(client):
    """By operation: a body that gets past its reading, so that the scope is asked."""
    description = client.get(f"{BASE}/openapi.json").json()
    found = {}
    for methods in description["paths"].values():
        for operation in methods.values():
            schema = (
                operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            )
            if schema is not None:
                name = re.search(r"#/components/schemas/(\w+)", json.dumps(schema))[1]
                found[operation["operationId"]] = description["components"]["schemas"][name]["examples"][0]
    return found


def _content(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": timezone.now() - timedelta(minutes=1)},
        {"revoked_at": timezone.now() - timedelta(minutes=1)},
    ],
)
def test_a_token_that_ended_lets_nobody_in(world, pm, change):
    assert pm.get("/me").status_code == 200
    Token.objects.update(**change)
    assert pm.get("/me").status_code == 401


def test_a_token_of_somebody_who_left_lets_nobody_in(world, pm):
    world.pm.is_active = False
    world.pm.save()
    assert pm.get("/me").status_code == 401


def test_a_right_that_was_taken_is_gone_at_once(world, pm):
    from throughline.records.access import Membership

    model = world.model()
    assert pm.get(f"/models/{model.pk}").status_code == 200
    Membership.objects.filter(person=world.pm).delete()
    model.assignments.all().delete()
    assert pm.get(f"/models/{model.pk}").status_code == 404


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(world, pm):
    pm.get("/me")
    first = Token.objects.get().last_used_at
    assert first is not None
    pm.get("/me")
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(minutes=2))
    pm.get("/me")
    assert Token.objects.get().last_used_at > first - timedelta(minutes=1)


def test_a_token_of_one_program_sees_that_program_only(world, pm):
    other = type(world)(now=world.now)
    other.member(world.pm, "manager")
    assert len(pm.get("/programs").json()["items"]) == 2
    Token.objects.update(program=world.program)
    assert [program["slug"] for program in pm.get("/programs").json()["items"]] == [world.program.slug]


def test_me_says_who_and_what(world, pm):
    told = pm.get("/me").json()
    assert (told["name"], told["is_admin"]) == ("Ana", False)
    assert {"role": "manager", "program_id": world.program.pk, "model_id": None} in told["grants"]


def test_a_session_reads_and_does_not_write(world):
    client = Client(raise_request_exception=False)
    client.force_login(world.pm, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{BASE}/me").json()["name"] == "Ana"
    model = world.model()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = client.generic("PATCH", f"{BASE}/models/{model.pk}", '{"team": "X"}', kind)
        assert answer.status_code == 401
        posted = client.post(f"{BASE}/models", '{"program": "x", "name": "x"}', content_type=kind)
        assert posted.status_code == 401
    model.refresh_from_db()
    assert model.team == ""


def test_a_wrong_token_is_not_made_good_by_a_session(world):
    client = Client()
    client.force_login(world.pm, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{BASE}/me", headers={"Authorization": "Bearer thl_wrong"}).status_code == 401
