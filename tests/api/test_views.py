"""Saved views over HTTP: made by one door, opened by another."""

from typing import Any

from tests.make import World
from throughline.records.views import SavedView

QUERY = "layout=table&stage=production&sort=-age"


def test_a_view_is_saved_listed_replaced_and_removed(world: World, pm: Any) -> None:
    made = pm.post("/views", {"name": "Old ones", "query": f"?{QUERY}", "is_pinned": True})
    assert made.status_code == 201, made.content
    view = made.json()
    assert (view["query"], view["is_shared"], view["is_own"]) == (QUERY, False, True)
    again = pm.post("/views", {"name": "Old ones", "query": "layout=board"})
    assert (again.json()["id"], again.json()["query"]) == (view["id"], "layout=board")
    assert [one["name"] for one in pm.get("/views").json()["items"]] == ["Old ones"]
    assert pm.send("DELETE", f"/views/{view['id']}").json()["name"] == "Old ones"
    assert pm.get("/views").json()["items"] == []
    assert pm.send("DELETE", f"/views/{view['id']}").status_code == 404


def test_a_shared_view_is_seen_by_its_program_and_removed_by_its_owner_alone(
    world: World, pm: Any, leader: Any
) -> None:
    mine = pm.post("/views", {"name": "Mine"}).json()
    ours = pm.post("/views", {"name": "Ours", "query": QUERY, "program": world.program.slug}).json()
    (seen,) = leader.get("/views").json()["items"]
    assert (seen["id"], seen["owner"], seen["is_own"]) == (ours["id"], world.pm.name, False)
    for view in (mine, ours):
        assert leader.send("DELETE", f"/views/{view['id']}").status_code == 404
    assert SavedView.objects.count() == 2


def test_what_cannot_be_kept_is_said(world: World, pm: Any) -> None:
    other = World().program.slug
    for body in (
        {},
        {"name": " "},
        {"name": "x", "program": other},
        {"name": "x", "colour": "red"},
        {"name": "x" * 101},
    ):
        assert pm.post("/views", body).status_code in (404, 422), body
    assert not SavedView.objects.exists()
