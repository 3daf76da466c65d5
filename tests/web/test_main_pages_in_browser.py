"""The pages of the main job as people use them: rules of accessibility, keys, drafts, filters, conflicts, a phone."""

from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests import make
from tests.looks import in_each_look
from throughline.core.stages import Stage

CHECKS: dict[str, list[object]] = {
    "prototype_to_production_ready": [
        "model.risk_tier_set",
        "people.responsibilities_owned",
        {
            "id": "spec.agreed",
            "sign_off": {"by": ["leader"], "covers": ["model"]},
            "asks": "Is the spec agreed?",
        },
    ]
}

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> make.World:
    return make.World()


def some_models(world: make.World) -> make.MLModel:
    world.model("Delivery time estimate", at=Stage.PRODUCTION)
    world.policy(CHECKS)
    model = world.model("Churn propensity", at=Stage.PROTOTYPE, team="Pricing", risk_tier="high")
    world.model("Ticket routing", team="Pricing")
    world.measure(model, "metric.val_auc", 0.741, summary="Validation set")
    world.request(model)
    return model


@in_each_look
def test_every_page_keeps_the_rules_and_fits_its_width(
    world: make.World, enter: Any, axe: Any, shot: Any, site: str, theme: str, width: int
) -> None:
    model = some_models(world)
    move = model.moves.get(state="open")
    decision = model.decisions.first()
    paths = {
        "today": "/",
        "board": "/portfolio",
        "table": "/portfolio?layout=table&team=Pricing",
        "ageing": "/portfolio?layout=ageing",
        "nothing": "/portfolio?q=zzz",
        "model": f"/models/{model.pk}",
        "model-people": f"/models/{model.pk}?tab=people",
        "model-evidence": f"/models/{model.pk}?tab=evidence",
        "model-decisions": f"/models/{model.pk}?tab=decisions",
        "model-history": f"/models/{model.pk}?tab=history",
        "edit": f"/models/{model.pk}/edit",
        "sign-off": f"/models/{model.pk}/sign-off?check=spec.agreed",
        "move": f"/moves/{move.pk}",
        "moves": "/moves",
        "decision": f"/decisions/{decision.pk}",
        "find": "/palette?q=churn",
        "help": "/help",
        "missing": "/models/99999",
    }
    page = enter(world.leader, "/", theme=theme, width=width)
    for name, path in paths.items():
        page.goto(site + path)
        shot(page, f"{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_filters_stand_in_the_address_and_back_undoes_them_one_by_one(world: make.World, enter: Any) -> None:
    some_models(world)
    page = enter(world.pm, "/portfolio?layout=table")
    page.locator(".filters summary", has_text="Team").click()
    page.get_by_role("checkbox", name="Pricing").check()
    page.wait_for_url("**team=Pricing**")
    assert page.get_by_role("checkbox", name="Pricing").is_visible()
    page.locator("#results tbody tr").nth(1).wait_for()
    assert page.locator("#results tbody tr").count() == 2
    copied = page.url
    page.go_back()
    page.get_by_text("3 models").wait_for()
    page.goto(copied)
    assert page.locator("tbody tr").count() == 2


def test_rows_are_walked_and_opened_by_keys(world: make.World, enter: Any) -> None:
    some_models(world)
    page = enter(world.pm, "/portfolio?layout=table")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Delivery time estimate"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/**")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url("**/moves")


def test_what_was_typed_survives_the_end_of_the_session(world: make.World, enter: Any, site: str) -> None:
    model = some_models(world)
    move = model.moves.get(state="open")
    page = enter(world.leader, f"/moves/{move.pk}")
    page.get_by_label("Your reason").fill("The pilot numbers do not hold")
    kept = page.context.cookies()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Decline").click()
    page.get_by_text("You have been signed out").wait_for()
    page.context.add_cookies(kept)
    page.goto(f"{site}/moves/{move.pk}")
    assert page.get_by_label("Your reason").input_value() == "The pilot numbers do not hold"
    page.get_by_role("button", name="Decline").click()
    page.get_by_text("Declined. The person who asked sees your reason.").wait_for()
    assert (
        page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('throughline.draft')).length")
        == 0
    )


def test_a_refusal_points_at_the_field_and_keeps_the_words(world: make.World, enter: Any) -> None:
    model = some_models(world)
    move = model.moves.get(state="open")
    page = enter(world.leader, f"/moves/{move.pk}")
    page.get_by_role("button", name="Decline").click()
    page.locator("[role=alert]").first.wait_for()
    reason = page.get_by_label("Your reason")
    expect(reason).to_be_focused()
    assert reason.get_attribute("aria-invalid") == "true"


def test_a_conflict_is_settled_field_by_field(world: make.World, enter: Any) -> None:
    model = some_models(world)
    first, second = (enter(world.pm, f"/models/{model.pk}/edit") for _ in range(2))
    first.get_by_label("Team").fill("Fraud")
    first.get_by_role("button", name="Save").click()
    first.wait_for_url(f"**/models/{model.pk}")
    second.get_by_label("Team").fill("Cards")
    second.get_by_label("Unit").fill("Europe")
    second.get_by_role("button", name="Save", exact=True).click()
    second.get_by_text("You changed this in another tab").wait_for()
    second.get_by_role("button", name="Take theirs").click()
    assert second.get_by_label("Team").input_value() == "Fraud"
    second.get_by_role("button", name="Save what the form says now").click()
    second.wait_for_url(f"**/models/{model.pk}")
    model.refresh_from_db()
    assert (model.team, model.unit) == ("Fraud", "Europe")


def test_an_approver_decides_on_a_phone(world: make.World, enter: Any) -> None:
    model = world.model("Churn propensity")
    world.request(model)
    page = enter(world.leader, "/", width=360, height=640)
    page.get_by_role("link", name="Advance: Churn propensity").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved: the model has moved.").wait_for()
    model.refresh_from_db()
    assert model.stage == Stage.PROTOTYPE


def test_focus_is_seen_and_not_hidden_by_the_bars(world: make.World, enter: Any) -> None:
    model = some_models(world)
    page = enter(world.pm, f"/models/{model.pk}", width=360, height=640)
    hidden = []
    for _ in range(45):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
                const at = document.activeElement;
                const box = at.getBoundingClientRect();
                if (at === document.body || !box.width) return null;
                const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
                const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 1);
                const top = document.elementFromPoint(x, y);
                if (at === top || at.contains(top) || top?.contains(at)) return null;
                return at.outerHTML.slice(0, 80) + " under " + top?.outerHTML.slice(0, 80);
            }"""
        )
        if place:
            hidden.append(place)
    assert hidden == []


FILTERS = {
    "/people": "stage",
    "/promises": "kind",
    "/contracts": "direction",
    "/compliance": "kind",
    "/sources": "sensitivity",
}


def test_lists_follow_their_filters_at_once_and_the_keyboard_stays_where_it_was(
    world: make.World, enter: Any, site: str
) -> None:
    some_models(world)
    page = enter(world.leader, "/")
    for path, name in FILTERS.items():
        page.goto(site + path)
        choice = page.locator(f"#filter-{name}")
        choice.focus()
        choice.select_option(index=1)
        value = choice.input_value()
        page.wait_for_url(lambda url, sent=f"{name}={value}": sent in url)
        expect(page.locator(f"#filter-{name}")).to_have_value(value)
        expect(page.locator(f"#filter-{name}")).to_be_focused()
        expect(page.get_by_role("link", name="Clear all").first).to_be_visible()
        page.go_back()
        expect(page.locator(f"#filter-{name}")).to_have_value("")
