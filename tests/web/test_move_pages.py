"""Asking for a move, deciding it on one page, and the decision that is kept."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make
from throughline.core.people import Role
from throughline.core.stages import Stage
from throughline.records.moves import Move

CLOSED: dict[str, list[object]] = {"conception_to_prototype": ["model.risk_tier_set"]}


def ask(client: Client, model_id: int, **more: str) -> object:
    sent = {"kind": "advance", "to": "prototype", "reason": "The pilot went well.", **more}
    return client.post(f"/models/{model_id}/move?kind=advance&to=prototype", sent)


def test_from_asking_to_the_kept_decision(world: make.World, pm: Client, leader: Client) -> None:
    model = world.model()
    assert b"Who decides" in pm.get(f"/models/{model.pk}/move?kind=advance&to=prototype").content
    asked = ask(pm, model.pk)
    move = Move.objects.get()
    assert asked["Location"] == f"/moves/{move.pk}"  # type: ignore[index]
    decided = leader.post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Agreed."}, follow=True)
    page = decided.content.decode()
    assert "Approved: the model has moved." in page
    assert "The gate, as it stood then" in page
    assert "The pilot went well." in page
    model.refresh_from_db()
    assert model.stage == Stage.PROTOTYPE


def test_a_closed_gate_may_be_asked_at_but_not_passed(world: make.World, pm: Client, leader: Client) -> None:
    world.policy(CLOSED)
    model = world.model()
    assert b"The gate is closed. You can ask now" in pm.get(f"/models/{model.pk}/move?kind=advance").content
    ask(pm, model.pk)
    move = Move.objects.get()
    page = leader.get(f"/moves/{move.pk}")
    assert page.context["why_not"] == "The gate is closed: 1 check is not answered."
    assert 'aria-disabled="true"' in page.content.decode()
    refused = leader.post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "Typed and kept"})
    assert refused.status_code == 409
    assert "Typed and kept" in refused.content.decode()
    model.refresh_from_db()
    assert model.stage == Stage.CONCEPTION


def test_ones_own_move_has_a_disabled_button_with_the_reason_in_words(
    world: make.World, sign_in: object
) -> None:
    model = world.model()
    world.assign(world.pm, Role.LEADER, model)
    client = sign_in(world.pm)  # type: ignore[operator]
    ask(client, model.pk)
    move = Move.objects.get()
    page = client.get(f"/moves/{move.pk}")
    assert (
        page.context["why_not"]
        == "You asked for this move yourself, so somebody else decides it (Leader: Li)."
    )
    assert 'value="approve"' not in page.content.decode()
    assert client.post(f"/moves/{move.pk}/decide", {"answer": "approve", "reason": "x"}).status_code == 409


def test_declining_needs_a_reason(world: make.World, leader: Client) -> None:
    move = world.request(world.model())
    refused = leader.post(f"/moves/{move.pk}/decide", {"answer": "decline", "reason": ""})
    assert refused.status_code == 422
    assert (
        leader.post(f"/moves/{move.pk}/decide", {"answer": "decline", "reason": "Too early"}).status_code
        == 302
    )
    move.refresh_from_db()
    assert move.state == "declined"


def test_of_two_deciders_the_second_is_told(world: make.World, leader: Client) -> None:
    move = world.request(world.model())
    sent = {"answer": "approve", "reason": ""}
    assert leader.post(f"/moves/{move.pk}/decide", sent).status_code == 302
    assert leader.post(f"/moves/{move.pk}/decide", sent).status_code == 409


def test_who_holds_no_seat_reads_who_does(world: make.World, sign_in: object) -> None:
    move = world.request(world.model())
    viewer = world.person("Viewer")
    world.member(viewer, make.AccessRole.VIEWER)
    client = sign_in(viewer)  # type: ignore[operator]
    page = client.get(f"/moves/{move.pk}")
    assert "You may read this" in page.context["why_not"]
    assert "Withdraw this move" not in page.content.decode()
    assert client.post(f"/moves/{move.pk}/decide", {"answer": "approve"}).status_code == 403


def test_a_move_is_withdrawn_by_who_asked(world: make.World, pm: Client) -> None:
    move = world.request(world.model())
    assert pm.post(f"/moves/{move.pk}/withdraw", {"reason": ""}).status_code == 422
    assert pm.post(f"/moves/{move.pk}/withdraw", {"reason": "Too early"}).status_code == 302
    assert b"This move was withdrawn" in pm.get(f"/moves/{move.pk}").content


@pytest.mark.parametrize("query", ["kind=fly", "kind=retire", "kind=advance&to=moon"])
def test_a_move_that_does_not_exist_is_refused_in_words(world: make.World, pm: Client, query: str) -> None:
    model = world.model()
    answer = pm.get(f"/models/{model.pk}/move?{query}")
    assert answer.status_code == 409
    assert b"moved" in answer.content or b"no such move" in answer.content


def test_the_list_keeps_its_state_in_the_address(world: make.World, pm: Client) -> None:
    world.request(world.model("Alpha"))
    world.moved(world.model("Beta"))
    assert [one["model"].name for one in pm.get("/moves").context["moves"]] == ["Alpha"]
    assert [one["model"].name for one in pm.get("/moves?state=approved").context["moves"]] == ["Beta"]
    assert len(pm.get("/moves?state=all").context["moves"]) == 2
    assert pm.get("/moves?state=nonsense").context["state"] == "open"


def test_the_decision_page_costs_a_fixed_number_of_statements(world: make.World, leader: Client) -> None:
    model = world.model()
    move = world.request(model)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            leader.get(f"/moves/{move.pk}")
        return len(seen)

    leader.get(f"/moves/{move.pk}")
    few = count()
    for number in range(10):
        world.measure(model, f"metric.m{number}", 0.5)
    assert count() == few
    assert few <= 16
