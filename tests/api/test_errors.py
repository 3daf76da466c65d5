"""Whatever goes wrong is told as problem details, with the request's id."""

import pytest
from django.db import OperationalError

from throughline.queries import portfolio

pytestmark = pytest.mark.django_db


def told(answer):
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert answer.json()["type"].startswith("urn:throughline:problem:")
    return answer.json()


def test_who_does_not_say_who_they_are_is_asked_to(nobody):
    answer = nobody.get("/models")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "token" in told(answer)["detail"]


@pytest.mark.parametrize("secret", ["thl_wrong", "x" * 5_000, "ü", "a b"])
def test_a_token_that_is_none_is_refused(nobody, secret):
    nobody.secret = secret
    assert told(nobody.get("/models"))["status"] == 401


def test_an_address_that_is_none_and_a_method_that_is_none(pm):
    assert told(pm.get("/nothing/here"))["status"] == 404
    assert told(pm.get("/models/"))["status"] == 404
    answer = pm.send("DELETE", "/models")
    assert told(answer)["status"] == 405
    assert answer["Allow"] == "GET, POST"


def test_the_start_names_what_there_is(nobody):
    assert nobody.get("/").json()["docs"] == "/api/v1/docs"
    assert nobody.get("/version").json()["api"] == "v1"


def test_the_id_of_the_request_is_in_the_answer(pm):
    answer = pm.get("/models/999", X_Request_ID="build-4711-abc")
    assert told(answer)["request_id"] == "build-4711-abc"
    assert answer["X-Request-ID"] == "build-4711-abc"


def test_a_fault_of_ours_is_told_without_its_inside(pm, monkeypatch):
    def broken(**_values):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(portfolio, "_model_rows", broken)
    answer = pm.get("/models/1")
    assert told(answer)["status"] == 500
    assert b"secret inside" not in answer.content


def test_a_store_that_does_not_answer_is_unavailable(pm, monkeypatch):
    def locked(**_values):
        raise OperationalError("database is locked")

    monkeypatch.setattr(portfolio, "_model_rows", locked)
    answer = pm.get("/models/1")
    assert told(answer)["status"] == 503
    assert int(answer["Retry-After"]) > 0


def test_every_wrong_field_is_named(world, pm):
    answer = pm.post("/models", {"program": world.program.slug, "colour": "red", "risk_tier": "deadly"})
    assert {reason["field"] for reason in told(answer)["reasons"]} == {"name", "colour", "risk_tier"}


def test_who_is_refused_without_end_has_to_wait(world, pm, leader, monkeypatch):
    from throughline.api import brake
    from throughline.records.activity import Activity

    monkeypatch.setattr(brake, "MOST", 3)
    path = f"/models/{world.model().pk}/policy"
    assert [pm.post(path).status_code for _ in range(5)] == [409, 409, 409, 429, 429]
    answer = pm.post(path)
    assert told(answer)["type"].endswith(":too_many")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert Activity.objects.filter(verb="policy.refused").count() == 3
    assert pm.get("/models").status_code == 200
    assert leader.post(path).status_code == 409
