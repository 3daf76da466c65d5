"""The description of the interface is complete: every route, every error, an example for every shape."""

import re
from collections import Counter

import jsonschema_rs
import pytest
import schemathesis

from throughline.api.schemas.base import Schema
from throughline.project.routes import routes

BASE = "/api/v1"

# They only judge what is sent with them.
CHANGES_NOTHING = ("validate_policy", "test_document")


@pytest.fixture
def description(client):
    answer = client.get(f"{BASE}/openapi.json")
    assert answer["Content-Type"] == "application/json"
    return answer.json()


def operations(description):
    return [
        (method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_openapi_3_1_and_lists_every_route_of_the_router(description):
    assert description["openapi"].startswith("3.1")
    described = {(method, path) for method, path, _ in operations(description)}
    known = {
        (route.method, "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path))
        for route in routes()
        if route.path.startswith("api/v1/") and route.method != "GET/POST"
    }
    assert described == known
    assert len(described) > 45


def test_every_operation_says_what_it_does_what_it_needs_and_how_it_fails(description):
    ids = set()
    for method, path, operation in operations(description):
        assert operation["description"].endswith("."), path
        assert operation["tags"], path
        assert "x-permission" in operation, path
        ids.add(operation["operationId"])
        responses = operation["responses"]
        assert any(code.startswith("2") for code in responses), path
        if operation["x-permission"] is None:
            continue
        assert {"401", "403", "404", "422", "500", "503"} <= set(responses), path
        assert operation["security"], path
        if method != "GET":
            assert {"400", "409", "413", "429"} <= set(responses), path
            assert operation["x-activity"] or operation["operationId"] in CHANGES_NOTHING, path
    assert len(ids) == len(operations(description))


def test_it_is_valid_by_the_rules_of_openapi(description):
    schemathesis.openapi.from_dict(description).validate()
    with pytest.raises(jsonschema_rs.ValidationError):
        schemathesis.openapi.from_dict({**description, "paths": {"models": 1}}).validate()


def test_an_upsert_says_that_it_may_create(description):
    put = description["paths"][f"{BASE}/programs/{{slug}}/models/{{external_id}}"]["put"]
    assert {"200", "201"} <= set(put["responses"])


def test_every_reference_leads_somewhere(description):
    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"]
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    for reference in set(walk(description)):
        place = description
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_shape_that_goes_over_the_wire_has_an_example_that_fits(description):
    checked = 0
    for _, path, operation in operations(description):
        bodies = [operation.get("requestBody"), *operation["responses"].values()]
        for body in bodies:
            for media, content in (body or {}).get("content", {}).items():
                if media != "application/json":
                    continue
                for name in re.findall(r"#/components/schemas/(\w+)", str(content["schema"])):
                    schema = description["components"]["schemas"][name]
                    if schema.get("type") == "array":
                        continue
                    assert schema.get("examples"), (path, name)
                    whole = {**schema, "components": description["components"]}
                    for example in schema["examples"]:
                        jsonschema_rs.validator_for(whole).validate(example)
                        checked += 1
    assert checked > 40


def test_problems_have_their_own_media_type(description):
    for name, response in description["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name
        example = response["content"]["application/problem+json"]["example"]
        jsonschema_rs.validator_for(description["components"]["schemas"]["Problem"]).validate(example)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_shows_it_without_any_foreign_request(site, page):
    page.goto(f"{site}/api/v1/docs")
    page.get_by_text("List models").first.wait_for()
    assert page.title() == "Throughline: interface for programs"


def test_no_two_shapes_share_a_name():
    """The description knows a shape by its bare name: of two, one would silently be described as the other."""
    kinds = {kind for kind in _below(Schema) if kind.__module__.startswith("throughline.api")}
    names = Counter(kind.__name__ for kind in kinds)
    assert {name for name, count in names.items() if count > 1} == set()
    assert len(names) > 60


def _below(kind):
    return {found for child in kind.__subclasses__() for found in {child, *_below(child)}}
