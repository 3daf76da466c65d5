"""What must be answered with the same 4xx on both databases: hostile text, numbers, depth, and half requests."""

import json

import pytest

from tests.make import policy_source

pytestmark = pytest.mark.django_db

TEXTS = {
    "NUL": '"a\\u0000b"',
    "half a surrogate pair": '"\\ud800"',
    "control character": '"a\\u0007b"',
    "turned direction": '"\\u202eabc"',
    "far too long": json.dumps("x" * 400_000),
    "many combining marks": json.dumps("a" + "\u0301" * 50_000),
}
BODIES = {
    "no JSON": "{",
    "broken UTF-8": b'{"name": "\xff"}',
    "deep": "[" * 100_000 + "]" * 100_000,
    "NaN": '{"value": NaN}',
    "infinite": '{"value": 1e999}',
    "5,000 digits": '{"value": ' + "9" * 5_000 + "}",
    "key twice": '{"name": "a", "name": "b"}',
    "another shape": '"text"',
    "a number": "3",
    "null": "null",
    "nothing": "",
}


def paths(world, model):
    """Every writing route that takes a body, with the method and one text field of it."""
    of_model = f"/models/{model.pk}"
    return [
        ("POST", "/models", {"program": world.program.slug, "name": "*"}),
        ("POST", "/models", {"program": "*", "name": "x"}),
        ("PATCH", of_model, {"team": "*"}),
        ("PATCH", of_model, {"external_id": "*"}),
        ("PUT", f"/programs/{world.program.slug}/models/x", {"name": "*"}),
        ("POST", f"{of_model}/releases", {"name": "*"}),
        ("POST", f"{of_model}/evidence", {"kind": "measured", "key": "*"}),
        ("POST", f"{of_model}/evidence", {"kind": "measured", "key": "k", "detail": {"a": ["*"]}}),
        ("POST", f"{of_model}/moves", {"kind": "advance", "reason": "*"}),
        ("POST", f"{of_model}/sign-offs", {"check_id": "*", "reason": "x", "link": "https://example.org"}),
        (
            "POST",
            f"{of_model}/waivers",
            {"gate": "*", "check_id": "x", "reason": "x", "until": "2030-01-01T00:00:00Z"},
        ),
        ("POST", f"/programs/{world.program.slug}/policies", {"source": "*", "note": "x"}),
        ("POST", "/policies/validation", {"source": "*"}),
    ]


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_text_in_every_body_is_refused(world, pm, kind):
    model = world.model()
    for method, path, body in paths(world, model):
        if kind in ("far too long", "many combining marks") and ("detail" in body or "source" in body):
            continue
        answer = pm.send(method, path, json.dumps(body).replace('"*"', TEXTS[kind]))
        assert answer.status_code in (404, 422), (path, body, answer.content[:300])
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_that_are_none_are_refused(world, pm, kind):
    model = world.model()
    for method, path, _ in paths(world, model):
        answer = pm.send(method, path, BODIES[kind])
        assert answer.status_code == 422, (path, answer.content[:300])
        assert answer.json()["status"] == 422


@pytest.mark.parametrize(
    "text", ["%00", "%ED%A0%80", "%FF", "..%2F..%2Fetc", "%E2%80%AE", "'%20OR%201=1--", "x" * 3_000]
)
def test_hostile_text_in_paths_and_queries_is_refused_or_finds_nothing(world, pm, text):
    world.model()
    slug = world.program.slug
    for path in (
        f"/models/{text}",
        f"/programs/{text}",
        f"/programs/{slug}/policies/{text}",
        f"/moves/{text}",
        f"/{text}",
        f"/models?search={text}",
        f"/models?program={text}",
        f"/models?team={text}",
        f"/models?cursor={text}",
        f"/models/find?reference={text}",
        f"/activity?program={slug}&verb={text}",
    ):
        answer = pm.get(path)
        assert answer.status_code in (200, 404, 422), (path, answer.status_code)
        if answer.status_code == 200:
            assert answer.json()["items"] == []


@pytest.mark.parametrize(
    "number", ["0", "-1", "9223372036854775808", "9" * 5_000, "1e3", "0x1f", "１", "NaN"]
)
def test_numbers_that_are_no_id_are_refused(world, pm, number):
    for path in (
        f"/models/{number}",
        f"/moves/{number}",
        f"/decisions/{number}",
        f"/moves?model_id={number}",
    ):
        assert pm.get(path).status_code in (404, 422), path


def test_the_largest_id_finds_nothing(pm):
    assert pm.get("/models/9223372036854775807").status_code == 404


@pytest.mark.parametrize(
    "instant",
    [
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "now",
        "1e20",
    ],
)
def test_instants_beyond_reason_are_refused(world, pm, instant):
    model = world.model()
    body = {"kind": "measured", "key": "k", "observed_at": instant}
    assert pm.post(f"/models/{model.pk}/evidence", body).status_code == 422
    assert pm.get(f"/models/{model.pk}/dossier?as_of={instant.replace('+', '%2B')}").status_code == 422


def test_text_is_kept_as_it_is_and_composed(world, pm):
    made = pm.post("/models", {"program": world.program.slug, "name": "  <b>Caf\u0065\u0301</b> 日本 👩‍🔬 "})
    assert made.json()["name"] == "<b>Café</b> 日本 👩‍🔬"


def test_a_thousand_filters_are_too_many(pm):
    assert pm.get("/models?" + "&".join("team=x" for _ in range(1_000))).status_code == 422


def test_a_bomb_of_yaml_is_refused_fast(pm):
    import time

    bomb = "a: &a [x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)},*{chr(97 + n)}]\n" for n in range(20)
    )
    started = time.perf_counter()
    assert pm.post("/policies/validation", {"source": bomb}).status_code == 422
    assert time.perf_counter() - started < 2


def test_a_policy_of_a_hundred_thousand_levels_is_refused(pm):
    assert pm.post("/policies/validation", {"source": "[" * 100_000}).status_code == 422
    assert pm.post("/policies/validation", {"source": policy_source(version="3")}).status_code == 200


def test_multipart_that_is_cut_off_is_refused(world, pm):
    model = world.model()
    headers = {"Authorization": f"Bearer {pm.secret}"}
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00b.xml"\r\n\r\n<a'
    for kind in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "y" * 500,
    ):
        answer = pm.client.generic(
            "POST", f"/api/v1/models/{model.pk}/evidence/report", body, kind, headers=headers
        )
        assert answer.status_code in (400, 422), answer.content
