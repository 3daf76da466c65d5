"""The specification as people use it: it saves itself, conflicts lay both texts open, a phone, and paper."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.looks import in_all_looks
from throughline.actions import specs
from throughline.core.permissions import AccessRole
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.specs import Spec
from throughline.records.stakeholders import Stakeholder

CRITERION = {
    "title": "Precision among the 200 called", "metric": "metric.val_precision", "baseline": 0.4,
    "baseline_source": "Calls of 2025", "target": 0.6,
}  # fmt: skip
CONTENT: dict[str, Any] = {
    "problem": {
        "problem": "The desk calls **when customers have left**. In 2025 that was true of 61 % of 4,200 calls.",
        "context": "The contract can be ended each month.\n\n- 41 people at the desk\n- 200 calls a day",
    },
    "decision": {"decision": "Whom the desk calls on a day.", "today": "By the end of the contract."},
    "alternative": {
        "considered": "A list by contract end.",
        "conclusion": "It misses half of those who leave.",
    },
    "data": {
        "sources": [
            {"source": "CRM contracts", "owner": "Sales data team", "refresh": "daily, 04:00"},
            {"source": "Call log", "owner": "Retention desk", "refresh": "hourly"},
        ]
    },
    "outputs": {
        "mode": "batch",
        "schema": [
            {"column": "customer_id", "type": "text", "meaning": "As in the CRM"},
            {
                "column": "score",
                "type": "number",
                "meaning": "Chance of leaving within 30 days",
                "unit": "0 to 1",
            },
        ],
        "where": "warehouse.retention.churn_daily",
    },
    "criteria": [CRITERION],
}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> make.World:
    return make.World(now=timezone.now() - timedelta(days=3))


def written(world: make.World, content: dict[str, Any] = CONTENT) -> MLModel:
    model = world.model("Churn propensity")
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    for key, said in content.items():
        specs.write_section(
            actor=world.actor(world.pm), model_id=model.pk, section=key, content=said, now=world.now
        )
    return model


def answered(world: make.World, model: MLModel) -> None:
    place = {"model_id": model.pk, "now": world.now}
    seen = specs.submit_spec(actor=world.actor(world.pm), **place).fingerprint
    specs.approve_spec(actor=world.actor(world.leader), seen=seen, reason="Agreed with the desk.", **place)


def test_a_section_saves_itself_and_is_there_after_a_reload(
    world: make.World, enter: Callable[..., Any]
) -> None:
    model = written(world, {})
    page = enter(world.pm, f"/models/{model.pk}/spec/sections/problem")
    page.get_by_label("The problem").fill("Calls come late")
    page.get_by_text("Saved at").wait_for()
    page.get_by_label("The problem").fill("Calls come too late")
    page.locator('#id_version[value="3"]').wait_for(state="attached")
    assert Spec.objects.get().content["problem"]["problem"] == "Calls come too late"
    page.reload()
    assert page.get_by_label("The problem").input_value() == "Calls come too late"
    assert not page.get_by_text("Your draft is back").is_visible()


def test_a_row_that_is_not_complete_yet_is_kept_and_said(
    world: make.World, enter: Callable[..., Any]
) -> None:
    model = written(world, {})
    page = enter(world.pm, f"/models/{model.pk}/spec/sections/data")
    page.get_by_label("Owner, row 1").fill("Sales")
    page.get_by_text("Not saved yet").wait_for()
    page.get_by_label("Source, row 1").fill("CRM")
    page.get_by_text("Saved at").wait_for()
    page.get_by_role("button", name="More rows").click()
    page.get_by_label("Source, row 4").wait_for()
    assert page.get_by_label("Owner, CRM").input_value() == "Sales"


def test_the_second_writer_sees_both_texts_and_takes_one(
    world: make.World, enter: Callable[..., Any]
) -> None:
    model = written(world)
    world.member(world.leader, AccessRole.MEMBER)
    page = enter(world.pm, f"/models/{model.pk}/spec/sections/decision")
    specs.write_section(
        actor=world.actor(world.leader), model_id=model.pk, section="decision", content={"decision": "Li's words"},
        now=world.now,
    )  # fmt: skip
    page.get_by_label("The decision").fill("Ana's words")
    page.get_by_text("Li changed this section too").wait_for()
    assert page.get_by_label("The decision").input_value() == "Ana's words"
    page.get_by_role("button", name="Take theirs").first.click()
    page.get_by_role("button", name="Save what the form says now").click()
    page.get_by_text("Saved at").wait_for()
    assert Spec.objects.get().content["decision"]["decision"] == "Li's words"


@in_all_looks
def test_every_page_of_it_keeps_the_rules(
    theme: str,
    width: int,
    world: make.World,
    enter: Callable[..., Any],
    shot: Callable[..., Any],
    axe: Callable[..., Any],
) -> None:
    model = written(world)
    pages = {"draft": "?tab=spec", "edit": "/spec/sections/outputs", "criteria": "/spec/sections/criteria"}
    looked = {name: (world.pm, path) for name, path in pages.items()}
    look(looked, model, theme, width, enter, shot, axe)
    specs.comment_on_section(
        actor=world.actor(world.leader),
        model_id=model.pk,
        section="problem",
        text="Which year?",
        now=world.now,
    )
    Stakeholder.objects.create(
        model=model,
        name="Retention desk",
        is_group=True,
        part="user",
        created_at=world.now,
        created_by="test",
    )
    specs.submit_spec(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    look({"submitted": (world.leader, "?tab=spec")}, model, theme, width, enter, shot, axe)
    said = Spec.objects.get().comments.get()
    specs.resolve_comment(actor=world.actor(world.pm), model_id=model.pk, comment_id=said.pk, now=world.now)
    specs.approve_spec(
        actor=world.actor(world.leader), model_id=model.pk, seen=Spec.objects.get().fingerprint,
        reason="Agreed with the desk.", now=world.now,
    )  # fmt: skip
    change = specs.ask_scope_change(
        actor=world.actor(world.pm), model_id=model.pk, reason_kind="data_poor", reason="Half of the log is missing.",
        effect_on_scope="Only customers with a contract.", effect_on_dates="Four weeks later.", now=world.now,
    )  # fmt: skip
    specs.start_draft(actor=world.actor(world.pm), model_id=model.pk, now=world.now)
    changed = {"problem": {"problem": "The desk calls **after** customers left: 63 % of 4,200 calls."}}
    changed["outputs"] = {
        **CONTENT["outputs"],
        "mode": "real_time",
        "schema": CONTENT["outputs"]["schema"][1:],
    }
    for key, content in changed.items():
        specs.write_section(
            actor=world.actor(world.pm), model_id=model.pk, section=key, content=content, now=world.now
        )
    shown = {
        "approved": (world.pm, "?tab=spec&v=1"),
        "compare": (world.pm, "/spec/compare?a=1&b=2"),
        "change": (world.leader, f"/scope-changes/{change.pk}"),
        "ask": (world.pm, "/scope-changes/new"),
    }
    look(shown, model, theme, width, enter, shot, axe)


def look(
    pages: dict[str, tuple[Person, str]],
    model: MLModel,
    theme: str,
    width: int,
    enter: Callable[..., Any],
    shot: Callable[..., Any],
    axe: Callable[..., Any],
) -> None:
    for name, (person, path) in pages.items():
        page = enter(person, f"/models/{model.pk}{path}", theme=theme, width=width)
        shot(page, f"spec-{name}-{width}-{theme}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"


def test_on_paper_it_is_the_document_alone(world: make.World, enter: Callable[..., Any]) -> None:
    model = written(world)
    answered(world, model)
    page = enter(world.pm, f"/models/{model.pk}?tab=spec")
    page.emulate_media(media="print")
    assert page.get_by_role("heading", name="Problem and context").is_visible()
    assert page.get_by_text("The desk calls when").is_visible()
    assert not page.get_by_role("link", name="Ask for a change of scope").is_visible()
    assert not page.get_by_text("Versions", exact=True).is_visible()
