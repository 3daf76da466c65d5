"""Today, the palette and saved views: what is mine, what I may do, and what I kept."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from throughline.actions import sign_offs
from throughline.core.dossier import WaiverKind
from throughline.records.people import GapItem
from throughline.records.views import SavedView

CHECK = {
    "id": "spec.agreed",
    "sign_off": {"by": ["leader"]},
    "asks": "Is the spec agreed?",
    "waivable_by": ["leader"],
}
GATE = "conception_to_prototype"


def test_today_puts_what_waits_for_a_decision_first_and_only_for_those_who_decide(
    world: make.World, pm: Client, leader: Client
) -> None:
    world.policy({GATE: [CHECK]})
    world.now = timezone.now()
    model = world.model()
    world.request(model)
    sign_offs.request_waiver(
        actor=world.actor(world.pm), model_id=model.pk, gate=GATE, check_id="spec.agreed", kind=WaiverKind.WAIVED,
        reason="The lawyer is away", until=world.now + timedelta(days=9), now=world.now,
    )  # fmt: skip
    mine = leader.get("/").context
    assert [task.title for task in mine["decide"]] == ["Advance: Churn", "Waiver: Churn"]
    assert mine["decide"][1].text == "Ana asks to set “Is the spec agreed?” aside. “The lawyer is away”"
    assert [(task.title, task.text) for task in mine["turns"]] == [("Churn", "Is the spec agreed?")]
    theirs = pm.get("/").context
    assert theirs["decide"] == []
    assert [task.title for task in theirs["waiting"]] == ["Advance: Churn"]


def test_today_names_gaps_that_are_overdue(world: make.World, leader: Client) -> None:
    model = world.model()
    GapItem.objects.create(
        program=world.program, model=model, duty="data_engineer", owner=world.leader, note="Ask the platform team",
        due_on=timezone.now().date() - timedelta(days=3), opened_by="Ana", opened_at=world.now,
    )  # fmt: skip
    gap = leader.get("/").context["gaps"][0]
    assert (gap.title, gap.due) == ("Find a data engineer: Churn", "overdue, due 3 days ago")


def test_today_tells_what_a_gate_will_not_rest_on_for_long_and_nothing_older(
    world: make.World, leader: Client
) -> None:
    short = {"id": "spec.short", "sign_off": {"by": ["leader"], "valid_days": 10}, "asks": "Is it agreed?"}
    world.policy({GATE: [short]})
    world.now = timezone.now() - timedelta(days=2)
    model = world.model()
    world.sign(model, "spec.short")
    assert [task.title for task in leader.get("/").context["endings"]] == [
        "The sign-off of “Is it agreed?” ends"
    ]
    world.moved(model)
    assert leader.get("/").context["endings"] == []


def test_whoever_holds_nothing_is_told_what_this_page_is_for(world: make.World, sign_in: object) -> None:
    assert b"Welcome to Throughline" in sign_in(world.person("New")).get("/").content  # type: ignore[operator]


def test_the_palette_finds_part_words_and_one_wrong_letter(world: make.World, pm: Client) -> None:
    world.model("Demand forecast for stores")
    for words in ("dem", "store fore", "demand forexast", "DEMAND"):
        groups = pm.get("/palette", {"q": words}, headers={"Accept": "application/json"}).json()["groups"]
        assert "Demand forecast for stores" in [
            item["title"] for group in groups for item in group["items"]
        ], words


def titles(client: Client, **query: str) -> list[str]:
    groups = client.get("/palette", query, headers={"Accept": "application/json"}).json()["groups"]
    return [item["title"] for group in groups for item in group["items"]]


def test_the_palette_offers_what_one_may_do_here_and_nothing_else(
    world: make.World, pm: Client, sign_in: object
) -> None:
    model = world.model()
    viewer = world.person("Viewer")
    world.member(viewer, make.AccessRole.VIEWER)
    client = sign_in(viewer)  # type: ignore[operator]
    assert "Ask to advance to Prototype" in titles(pm, at=f"model:{model.pk}")
    assert "Ask to advance to Prototype" not in titles(client, at=f"model:{model.pk}")
    assert "Edit the record" not in titles(client, at=f"model:{model.pk}")
    assert "New model" not in titles(client)
    stranger = sign_in(world.person("Stranger"))  # type: ignore[operator]
    assert titles(stranger, at=f"model:{model.pk}", q="churn") == []


def test_the_palette_is_a_page_where_scripts_are_off(world: make.World, pm: Client) -> None:
    world.model("Churn")
    page = pm.get("/palette?q=churn", headers={"Accept": "text/html"}).content.decode()
    assert "<h1>Find</h1>" in page
    assert "/models/" in page


def test_a_view_is_kept_shared_replaced_and_removed(world: make.World, pm: Client, leader: Client) -> None:
    sent = {"name": "Risky prototypes", "query": "stage=prototype&tier=high", "program": world.program.slug}
    answer = pm.post("/views/new", sent)
    assert answer["Location"] == "/portfolio?stage=prototype&tier=high"
    assert b"Risky prototypes" in leader.get("/portfolio").content
    pm.post("/views/new", {**sent, "query": "stage=deployment", "program": ""})
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("stage=deployment", False)
    assert b"Risky prototypes" not in leader.get("/portfolio").content
    assert leader.post(f"/views/{view.pk}/remove").status_code == 404
    assert pm.post(f"/views/{view.pk}/remove").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("sent", [{"name": ""}, {"name": "x", "program": "no-such"}])
def test_a_view_that_cannot_be_kept_is_refused(world: make.World, pm: Client, sent: dict[str, str]) -> None:
    assert pm.post("/views/new", sent).status_code == 422
    assert not SavedView.objects.exists()


def test_menus_lead_only_where_one_may_go(world: make.World, pm: Client, sign_in: object) -> None:
    viewer = world.person("Viewer")
    world.member(viewer, make.AccessRole.VIEWER)
    for client in (pm, sign_in(viewer)):  # type: ignore[operator]
        for entry in client.get("/").context["frame"].nav:
            assert client.get(entry.url, follow=True).status_code == 200, entry.url
