"""The whole life of a compliance review in a real browser; and its pages on screen and phone, in both themes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tests.looks import in_each_look
from tests.make import World
from throughline.core.checks import CATALOGUE, Answer
from throughline.core.permissions import AccessRole
from throughline.queries.dossiers import load
from throughline.records.compliance import ComplianceReview
from throughline.records.portfolio import MLModel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return World(now=timezone.now() - timedelta(days=9))


def answer(model: MLModel) -> Answer:
    return CATALOGUE["compliance.privacy_closed"].answer(load(model, now=timezone.now()), {}).answer


def test_the_whole_life_of_a_review(world: World, enter: Callable[..., Any]) -> None:
    model, rae = world.model("Churn propensity"), world.reviewer("Rae Quist")
    amy = world.reviewer("Amy Lund", AccessRole.MEMBER)

    ana = enter(world.pm, f"/models/{model.pk}?tab=compliance")
    ana.get_by_role("link", name="Ask for a review").click()
    ana.get_by_label("Reviewer").select_option("Rae Quist")
    ana.get_by_label("What is to be looked at").fill("Customer data in **training**.")
    ana.get_by_role("button", name="Ask for it").click()
    ana.get_by_text("Rae Quist is asked for it.").wait_for()

    page = enter(rae, "/")
    page.get_by_role("link", name="Privacy review: Churn propensity").click()
    page.get_by_role("button", name="Take it up").click()
    page.get_by_role("button", name="Close the review").wait_for()
    page.get_by_label("What is wrong").fill("Birth dates are kept for ever")
    page.get_by_label("Severity").select_option("High")
    page.get_by_role("button", name="Raise it").click()
    page.get_by_text("Ana owns it").wait_for()
    page.wait_for_load_state()  # till then the page may still move to the finding, under a click
    page.get_by_label("Passed", exact=True).check()
    page.get_by_role("button", name="Close the review").click()
    page.get_by_text("is open and of high severity").wait_for()
    assert answer(model) is Answer.UNMET

    ana.goto(page.url.partition("#")[0].removesuffix("/close"))
    ana.get_by_text("Give it to somebody else").click()
    ana.locator("#finding-1 [name=owner]").select_option("Amy Lund")
    ana.locator("#finding-1").get_by_role("button", name="Keep it").click()
    ana.get_by_text("Amy Lund mends it").wait_for()

    owner = enter(amy, "/")
    owner.get_by_role("link", name="Churn propensity: Birth dates").click()
    owner.get_by_label("What was done").fill("Deleted after 24 months, every night.")
    owner.get_by_role("button", name="It is resolved").click()
    owner.get_by_text("Somebody else has to confirm it").wait_for()
    assert answer(model) is Answer.UNMET

    page.goto(page.url.partition("#")[0].removesuffix("/close"))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("It is confirmed.").wait_for()
    page.wait_for_load_state()
    page.get_by_label("Passed", exact=True).check()
    page.get_by_role("button", name="Close the review").click()
    page.get_by_text("It is closed. The gate knows.").wait_for()
    assert answer(model) is Answer.MET

    ana.goto(ana.url.partition("#")[0])
    ana.get_by_role("link", name="Renew it").click()
    ana.get_by_role("button", name="Ask for it").click()
    ana.get_by_text("Rae Quist is asked for it.").wait_for()
    ana.get_by_text("Withdraw it").click()
    ana.get_by_label("Why").fill("Too early.")
    ana.get_by_role("button", name="Withdraw").click()
    ana.get_by_text("withdrew it").wait_for()
    assert list(ComplianceReview.objects.order_by("pk").values_list("state", flat=True)) == [
        "closed",
        "withdrawn",
    ]


@in_each_look
def test_every_page_of_it_can_be_read(
    world: World,
    enter: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    shot: Callable[[Any, str], Path],
    site: str,
    theme: str,
    width: int,
) -> None:
    model, rae = world.model("Churn propensity"), world.reviewer("Rae Quist")
    review = world.ask_review(model, rae, due_on=world.now.date() + timedelta(days=3), scope="All **of** it.")
    world.find(review, "critical", title="Birth dates are kept for ever", due_on=world.now.date())
    world.find(review, "low", title="The notice is long")
    old = world.reviewed(
        world.model("Second"), "legal", valid_until=timezone.now().date() + timedelta(days=9)
    )
    page = enter(world.pm, "/compliance", theme=theme, width=width)
    pages = {
        "list": "/compliance",
        "tab": f"/models/{model.pk}?tab=compliance",
        "new": f"/models/{model.pk}/compliance/new",
        "open": f"/compliance/{review.pk}",
        "ending": f"/compliance/{old.pk}",
        "today": "/",
    }
    for name, path in pages.items():
        page.goto(site + path)
        shot(page, f"compliance-{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
    page = enter(rae, f"/compliance/{review.pk}", theme=theme, width=width)
    shot(page, f"compliance-reviewer-{theme}-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_a_reviewer_works_on_a_phone_without_scripts(world: World, enter: Callable[..., Any]) -> None:
    model, rae = world.model("Churn propensity"), world.reviewer("Rae Quist")
    review = world.ask_review(model, rae, opened=False)
    page = enter(rae, f"/compliance/{review.pk}", width=360, java_script_enabled=False)
    page.get_by_role("button", name="Take it up").click()
    page.get_by_label("Refused").check()
    page.get_by_label("Valid through").fill("")
    page.get_by_role("button", name="Close the review").click()
    assert "A refusal needs its reason." in page.content()
    page.get_by_label("Words").fill("There is no ground for using birth dates.")
    page.get_by_role("button", name="Close the review").click()
    assert "It is closed. The gate knows." in page.content()
    assert ComplianceReview.objects.get().conclusion == "refused"
