"""The pages of criteria, measurements, directions and feasibility as people see and use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.looks import in_each_look
from throughline.actions import planning
from throughline.core.stages import Stage
from throughline.records.planning import Direction
from throughline.records.portfolio import MLModel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> make.World:
    return make.World(now=timezone.now() - timedelta(days=3))


def measured_prototype(world: make.World) -> MLModel:
    earlier = world.model("Churn of prepaid customers")
    planning.record_learning(
        actor=world.actor(world.pm), model_id=earlier.pk, kind="stop", now=world.now,
        text="Prepaid customers leave without a word: what is called churn is guessed from silence, months later.",
    )  # fmt: skip
    model = world.model("Churn propensity", at=Stage.PROTOTYPE, team="Retention")
    world.agreed(
        model,
        {
            "title": "Precision of the weekly list", "target": 0.8, "baseline": 0.74, "hard_limit": 0.7,
            "baseline_source": "rules engine, 2025", "baseline_on": "2025-12-31", "agreed_on": "2026-02-01",
        },
        {"title": "Customers found of those who leave", "metric": "metric.recall", "target": 0.5, "baseline": 0.3},
        {
            "title": "Complaints about calls", "metric": "metric.complaints", "role": "guardrail",
            "level": "business", "direction": "decrease", "target": 2, "unit": "%", "window_days": 60,
        },
        {
            "title": "Calibration of the score", "metric": "metric.gap", "direction": "range",
            "low": -0.05, "high": 0.05,
        },
        {
            "title": "Cost of a saved customer", "metric": "metric.cost", "level": "economic",
            "direction": "decrease", "target": 40, "unit": "EUR",
        },
    )  # fmt: skip
    about = {"subject": "churn_scorer version 2"}
    world.measure(
        model, "metric.precision", None, uncertainty={"kind": "counts", "k": 328, "n": 400}, **about
    )
    world.measure(model, "metric.recall", None, uncertainty={"kind": "counts", "k": 610, "n": 1000}, **about)
    world.measure(
        model, "metric.complaints", None, uncertainty={"kind": "counts", "k": 38, "n": 1000}, unit="%"
    )
    world.measure(model, "metric.gap", 0.01, **about)
    world.feasible(model)
    world.later(days=1)
    world.direct(model, "change", reason="The call notes may tell more than the contracts do.")
    world.now = timezone.now()
    return model


@in_each_look
def test_the_pages_keep_the_rules_and_fit_their_width(
    world: make.World, enter: Any, axe: Any, shot: Any, site: str, theme: str, width: int
) -> None:
    model = measured_prototype(world)
    paths = {
        "tab": f"/models/{model.pk}?tab=criteria",
        "measure": f"/models/{model.pk}/measurement?criterion=precision_of_the_weekly_list",
        "direction": f"/models/{model.pk}/direction",
        "feasibility": f"/models/{model.pk}/feasibility",
        "learning": f"/models/{model.pk}/learnings/new",
        "none": f"/models/{world.model('New').pk}?tab=criteria",
    }
    page = enter(world.leader, "/", theme=theme, width=width)
    world.member(world.leader, "manager")  # type: ignore[arg-type]
    for name, path in paths.items():
        page.goto(site + path)
        shot(page, f"criteria-{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_leader_measures_and_decides_without_scripts(world: make.World, enter: Any) -> None:
    model = measured_prototype(world)
    page = enter(world.leader, f"/models/{model.pk}?tab=criteria", java_script_enabled=False)
    page.get_by_role("link", name="Measure Precision of the weekly list").click()
    page.get_by_label("How many", exact=True).fill("950")
    page.get_by_label("Of how many units").fill("1000")
    assert not page.get_by_label("Standard error", exact=True).is_visible()
    page.get_by_role("button", name="Attach it").click()
    assert page.get_by_text("clears the target of at least 0.8").is_visible()
    page.get_by_role("link", name="Decide the direction").click()
    page.get_by_text("The work goes on").click()
    page.get_by_label("Reason").fill("Only the guardrail is left.")
    page.get_by_role("button", name="Decide").click()
    assert page.get_by_text("Only the guardrail is left.").is_visible()
    assert Direction.objects.latest("pk").choice == "continue"
