"""The page of one model: its gate, its tabs, the past, and the forms about it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from throughline.core.people import Role
from throughline.core.stages import Stage
from throughline.records.portfolio import MLModel
from throughline.web.history import FIRST

MOST_STATEMENTS = 14  # a model of which all is known may take 20: see tests/project/test_demo.py
MOST_MORE = 3  # on a tab that shows what the page itself does not need
TABS = [
    "overview", "spec", "criteria", "people", "stakeholders", "promises", "data", "compliance", "evidence", "outputs",
    "decisions", "history", "imported",
]  # fmt: skip
CHECKS: dict[str, list[object]] = {
    "conception_to_prototype": [
        "model.risk_tier_set",
        {"id": "data.good", "sign_off": {"by": ["data_scientist"]}, "asks": "Is the data good?"},
        {
            "id": "spec.agreed",
            "sign_off": {"by": ["leader"], "covers": ["model"]},
            "asks": "Is the spec agreed?",
        },
    ]
}


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_costs_a_fixed_number_of_statements(world: make.World, pm: Client, tab: str) -> None:
    model = world.model(at=Stage.PROTOTYPE)
    MLModel.objects.filter(pk=model.pk).update(kept={"Old column": "1905"})

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert pm.get(f"/models/{model.pk}?tab={tab}").status_code == 200
        return len(seen)

    pm.get(f"/models/{model.pk}")
    few = count()
    for number in range(8):
        world.measure(model, f"metric.m{number}", 0.5)
        world.assign(world.person(f"Person {number}"), Role.DATA_SCIENTIST, model)
    assert count() == few
    assert few <= MOST_STATEMENTS + (0 if tab == "overview" else MOST_MORE)


def test_the_gate_says_what_is_missing_whose_turn_it_is_and_what_to_do(
    world: make.World, leader: Client
) -> None:
    world.policy(CHECKS)
    model = world.model()
    page = leader.get(f"/models/{model.pk}")
    rows = page.context["report"].open
    assert [(row.id, row.is_yours) for row in rows] == [
        ("model.risk_tier_set", True),
        ("spec.agreed", True),
        ("data.good", False),
    ]
    assert rows[1].actions[0].url == f"/models/{model.pk}/sign-off?check=spec.agreed"
    assert "0 of 3 met" in page.content.decode()


def test_a_signature_is_not_offered_to_those_who_may_not_give_it(world: make.World, pm: Client) -> None:
    world.policy(CHECKS)
    model = world.model()
    rows = {row.id: row for row in pm.get(f"/models/{model.pk}").context["report"].open}
    assert "Sign off" not in [action.title for action in rows["spec.agreed"].actions]
    assert "Complete the record" in [action.title for action in rows["model.risk_tier_set"].actions]


def test_the_tracker_says_where_it_is_and_how_long_each_stage_took(world: make.World, pm: Client) -> None:
    model = world.model()
    world.later(days=40)
    world.moved(model)
    steps = pm.get(f"/models/{model.pk}").context["steps"]
    assert [step.state for step in steps[:3]] == ["done", "current", "future"]
    assert steps[0].note == "40 days"


def test_the_past_is_shown_as_it_was_known_then_and_cannot_be_changed(world: make.World, pm: Client) -> None:
    world.now = timezone.now() - timedelta(days=60)
    model = world.model()
    world.later(days=50)
    world.measure(model, "metric.val_auc", 0.74)
    then = (timezone.now() - timedelta(days=30)).date()
    past = pm.get(f"/models/{model.pk}?tab=evidence&as_of={then}").content.decode()
    assert "metric.val_auc" not in past
    assert "This is what was known on" in past
    assert "Attach evidence" not in past
    assert "metric.val_auc" in pm.get(f"/models/{model.pk}?tab=evidence").content.decode()


def test_history_tells_each_change_with_old_and_new(world: make.World, pm: Client) -> None:
    model = world.model(team="Pricing")
    pm.post(f"/models/{model.pk}/edit", {"name": model.name, "team": "Fraud", "version": model.version})
    page = re.sub(r"<[^>]+>|\s+", " ", pm.get(f"/models/{model.pk}?tab=history").content.decode())
    assert re.search(r"Team +was +Pricing +→ +is now +Fraud", page)
    assert "Entered the record" in page


def test_a_new_model_is_added_to_a_program_that_one_may_add_to(world: make.World, pm: Client) -> None:
    answer = pm.post(
        "/models/new", {"program": world.program.slug, "name": "Parcel volume", "risk_tier": "low"}
    )
    made = MLModel.objects.get(name="Parcel volume")
    assert answer["Location"] == f"/models/{made.pk}"
    assert made.risk_tier == "low"


def test_whoever_may_add_to_no_program_is_told_so(world: make.World, sign_in: object) -> None:
    client = sign_in(world.person("Guest"))  # type: ignore[operator]
    assert b"There is no program to add it to" in client.get("/models/new").content
    answer = client.post("/models/new", {"program": world.program.slug, "name": "X"})
    assert answer.status_code in (404, 422)
    assert not MLModel.objects.filter(name="X").exists()


def test_evidence_by_hand_names_its_giver_and_can_be_withdrawn_with_a_reason(
    world: make.World, pm: Client
) -> None:
    model = world.model()
    sent = {"key": "metric.val_auc", "kind": "measured", "value": "0.74", "observed_at": "2026-03-02T08:00"}
    assert pm.post(f"/models/{model.pk}/evidence/new", sent).status_code == 302
    fact = model.evidence.get()
    assert (fact.value, fact.source, fact.recorded_by) == (0.74, "by hand", "Ana")
    path = f"/models/{model.pk}/evidence/{fact.pk}/withdraw"
    assert b"metric.val_auc: 0.74" in pm.get(path).content
    assert pm.post(path, {"reason": ""}).status_code == 422
    assert pm.post(path, {"reason": "Wrong data set"}).status_code == 302
    assert b"metric.val_auc" not in pm.get(path).content
    fact.refresh_from_db()
    assert fact.withdrawn_reason == "Wrong data set"


@pytest.mark.parametrize("value", ["nan", "inf", "lots"])
def test_a_value_that_is_no_number_is_refused_and_kept_in_the_form(
    world: make.World, pm: Client, value: str
) -> None:
    model = world.model()
    answer = pm.post(
        f"/models/{model.pk}/evidence/new", {"key": "metric.x", "kind": "measured", "value": value}
    )
    assert answer.status_code == 422
    assert b'value="metric.x"' in answer.content
    assert not model.evidence.exists()


def test_feasibility_needs_every_rating_and_a_reason(world: make.World, pm: Client) -> None:
    model = world.model()
    ratings = dict.fromkeys(("value", "feasibility", "data_readiness", "risk", "effort"), "4")
    path = f"/models/{model.pk}/feasibility"
    assert pm.post(path, {**ratings, "is_go": "yes"}).status_code == 422
    assert pm.post(path, {**ratings, "effort": "9", "is_go": "yes", "reason": "Worth it"}).status_code == 422
    assert pm.post(path, {**ratings, "is_go": "yes", "reason": "Worth it"}).status_code == 302
    assert model.feasibilities.get().is_go


def test_a_release_is_planned_and_shown(world: make.World, pm: Client) -> None:
    model = world.model()
    sent = {"name": "1.0", "subject": "churn_scorer version 1"}
    assert pm.post(f"/models/{model.pk}/releases/new", sent).status_code == 302
    assert b"churn_scorer version 1" in pm.get(f"/models/{model.pk}").content
    assert pm.post(f"/models/{model.pk}/releases/new", sent).status_code == 422


def test_a_model_is_moved_to_the_policy_in_force_on_purpose_only(world: make.World, pm: Client) -> None:
    model = world.model()
    world.policy(CHECKS)
    assert b"not the version now in force" in pm.get(f"/models/{model.pk}").content
    assert pm.post(f"/models/{model.pk}/policy").status_code == 302
    assert b"not the version now in force" not in pm.get(f"/models/{model.pk}").content
    assert pm.post(f"/models/{model.pk}/policy").status_code == 409


@pytest.mark.parametrize("kind", [make.MoveKind.PAUSE, make.MoveKind.STOP])
def test_a_model_without_a_way_forward_has_a_page_too(
    world: make.World, pm: Client, kind: make.MoveKind
) -> None:
    model = world.model()
    world.moved(model, kind)
    page = pm.get(f"/models/{model.pk}")
    assert page.status_code == 200
    assert page.context["report"] is None


def test_a_working_model_is_not_pressed_to_be_deprecated(world: make.World, pm: Client) -> None:
    model = world.model(at=Stage.PRODUCTION)
    page = pm.get(f"/models/{model.pk}")
    assert page.context["report"] is None
    assert "No gate is before it" in page.content.decode()
    assert pm.get(f"/models/{model.pk}?gate=forward").context["report"] is not None


def test_a_planned_update_has_the_deployment_review_before_it(world: make.World, pm: Client) -> None:
    world.policy({"production_ready_to_deployment": ["model.risk_tier_set"]})
    model = world.model(at=Stage.PRODUCTION, risk_tier="low")
    world.release(model, "2.0", "churn_scorer version 2")
    assert [row.id for row in pm.get(f"/models/{model.pk}").context["report"].settled] == [
        "model.risk_tier_set"
    ]


def test_an_open_move_shows_its_own_gate(world: make.World, pm: Client) -> None:
    world.policy({"stop": ["model.risk_tier_set"], "conception_to_prototype": []})
    model = world.model()
    world.request(model, make.MoveKind.STOP)
    assert [row.id for row in pm.get(f"/models/{model.pk}").context["report"].open] == ["model.risk_tier_set"]


def test_a_long_history_begins_with_its_newest_and_shows_the_rest_when_asked(
    world: make.World, pm: Client
) -> None:
    model = world.model()
    short = pm.get(f"/models/{model.pk}?tab=history")
    assert short.context["more"] == 0
    assert b"older entr" not in short.content
    for number in range(FIRST):
        world.tested(model, f"tests.part_{number}")
    first = pm.get(f"/models/{model.pk}?tab=history")
    assert (len(first.context["entries"]), first.context["more"]) == (FIRST, 1)
    assert b"Show 1 older entry" in first.content
    whole = pm.get(f"/models/{model.pk}?tab=history&all=1")
    assert (len(whole.context["entries"]), whole.context["more"]) == (FIRST + 1, 0)


def test_a_name_is_broken_after_dots_and_underscores_and_stays_escaped() -> None:
    shown = Template("{% load throughline %}{{ name|breakable }}")
    assert shown.render(Context({"name": "metric.val_auc"})) == "metric.<wbr>val_<wbr>auc"
    assert shown.render(Context({"name": "Plain words. <b>"})) == "Plain words. &lt;b&gt;"


def test_much_evidence_shows_the_newest_and_leads_to_the_rest(world: make.World, pm: Client) -> None:
    world.now = timezone.now() - timedelta(days=60)
    model = world.model()
    first = world.measure(model, "metric.first", 0.5)
    assert first is not None
    for number in range(FIRST):
        world.later(hours=1)
        world.measure(model, f"metric.m{number}", 0.5)
    tab = f"/models/{model.pk}?tab=evidence"
    newest = pm.get(tab).content.decode()
    assert f"metric.m{FIRST - 1}" in newest
    assert f'id="evidence-{first.pk}"' not in newest
    assert "Show 1 older piece<" in newest
    whole = pm.get(f"{tab}&all=1").content.decode()
    assert f'id="evidence-{first.pk}"' in whole
    assert "older piece" not in whole


def test_little_evidence_is_shown_whole(world: make.World, pm: Client) -> None:
    model = world.model()
    world.measure(model, "metric.val_auc", 0.74)
    assert "older piece" not in pm.get(f"/models/{model.pk}?tab=evidence").content.decode()
