"""Invitations, memberships, service accounts and tokens over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.access import IdempotencyKey, Membership, Token


def until(days: int = 30) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat()


def test_somebody_is_invited_and_given_and_taken_a_role(world: World, pm: Any) -> None:
    slug = world.program.slug
    made = pm.post(
        f"/programs/{slug}/invitations", {"name": "Kim", "email": "kim@example.org", "role": "member"}
    )
    assert made.status_code == 201
    assert "/sign-in/link?key=" in made.json()["link"]
    row = pm.post(f"/programs/{slug}/memberships", {"email": "kim@example.org", "role": "auditor"}).json()
    roles = {
        one["role"]
        for one in pm.get(f"/programs/{slug}/memberships").json()["items"]
        if one["person"] == "Kim"
    }
    assert roles == {"member", "auditor"}
    assert pm.send("DELETE", f"/memberships/{row['id']}").json()["id"] == row["id"]
    assert not Membership.objects.filter(pk=row["id"]).exists()


def test_a_service_account_gets_a_token_that_works_until_it_is_revoked(world: World, pm: Any) -> None:
    slug = world.program.slug
    account = pm.post(f"/programs/{slug}/service-accounts", {"name": "Nightly", "role": "member"}).json()
    assert pm.get(f"/programs/{slug}/service-accounts").json()["items"] == [account]
    given = {
        "name": "t",
        "scopes": ["read"],
        "expires_at": until(),
        "program": slug,
        "service_account_id": account["id"],
    }
    made = pm.post("/tokens", given).json()
    header = {"Authorization": f"Bearer {made['secret']}"}
    me = Client().get("/api/v1/me", headers=header).json()
    assert (me["name"], me["is_service"], me["scopes"]) == ("Nightly", True, ["read"])
    assert "secret" not in pm.get(f"/tokens?program={slug}").json()["items"][0]
    pm.post(f"/tokens/{made['id']}/revoke")
    assert Client().get("/api/v1/me", headers=header).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"scopes": []},
        {"scopes": ["all"]},
        {"expires_at": until(400)},
        {"expires_at": until(-1)},
        {"prefix": "x"},
    ],
)
def test_a_token_that_does_not_hold_is_refused(world: World, pm: Any, more: dict[str, Any]) -> None:
    given = {"name": "t", "scopes": ["read"], "expires_at": until(), "program": world.program.slug, **more}
    before = Token.objects.count()
    assert pm.post("/tokens", given).status_code == 422
    assert Token.objects.count() == before


def test_a_token_makes_none_that_can_do_more(world: World, call_as: Any) -> None:
    weak = call_as(world.pm, "read", "write")
    given = {"name": "t", "expires_at": until(), "program": world.program.slug}
    assert weak.post("/tokens", {**given, "scopes": ["manage"]}).status_code == 422
    assert weak.post("/tokens", {**given, "scopes": ["read"], "program": ""}).status_code == 403
    assert call_as(world.pm, "read").post("/tokens", {**given, "scopes": ["read"]}).status_code == 403


def test_a_secret_is_never_kept_for_repetition(world: World, pm: Any) -> None:
    given = {"name": "t", "scopes": ["read"], "expires_at": until(), "program": world.program.slug}
    assert pm.post("/tokens", given, Idempotency_Key="k1").status_code == 422
    assert not [row for row in IdempotencyKey.objects.values() if "thl_" in str(row)]


def test_other_programs_tokens_and_members_are_not_there(world: World, call_as: Any, pm: Any) -> None:
    other = World(now=world.now)
    outside = call_as(other.pm)
    slug = world.program.slug
    token = Token.objects.filter(person=world.pm).first()
    membership = Membership.objects.filter(person=world.leader).first()
    assert token
    assert membership
    for method, path, body in (
        ("GET", f"/programs/{slug}/memberships", None),
        ("GET", f"/programs/{slug}/service-accounts", None),
        ("GET", f"/tokens?program={slug}", None),
        ("POST", f"/programs/{slug}/memberships", {"email": str(other.pm.email), "role": "manager"}),
        ("POST", f"/programs/{slug}/service-accounts", {"name": "x", "role": "viewer"}),
        ("POST", f"/tokens/{token.pk}/revoke", None),
        ("DELETE", f"/memberships/{membership.pk}", None),
    ):
        assert outside.send(method, path, body).status_code == 404, path


def test_insiders_without_the_right_are_told_so(world: World, call_as: Any) -> None:
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    caller, slug = call_as(viewer), world.program.slug
    assert caller.get(f"/programs/{slug}/memberships").status_code == 200
    assert caller.get(f"/programs/{slug}/service-accounts").status_code == 403
    given = {"email": str(viewer.email), "role": "manager"}
    assert caller.post(f"/programs/{slug}/memberships", given).status_code == 403
    assert {grant.role for grant in world.actor(viewer).grants} == {AccessRole.VIEWER}
