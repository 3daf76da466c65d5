"""Data sources as people look at them: both themes, on a phone, and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.looks import in_each_look
from tests.make import World
from throughline.actions import data_sources
from throughline.records.data_sources import AccessRequest, DataSource

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return World(now=timezone.now() - timedelta(days=30))


def scene(world: World) -> list[str]:
    """Sources in every state, a flow, an overdue request and a grant; the pages to look at."""
    model = world.model("Churn propensity")
    contacts = [
        {"name": "Ada Lind", "email": "ada.with.a.long.address@customers.example.org", "role": "Data desk"}
    ]
    tills = world.source("Till journal of all stores in the north and in the south", contacts=contacts)
    orders = world.source("Orders", model, is_supported=False, automation="manual", sensitivity="restricted")
    calls = world.source("Calls", model, automation="", is_supported=None, provider="", owner_id=None)
    data_sources.add_flow(
        actor=world.actor(world.pm), source_id=orders.pk, upstream_id=tills.pk, now=world.now
    )
    (late,) = world.asks_access(model, orders, days=7)
    (granted,) = world.asks_access(model, calls)
    world.grants(granted, until=(timezone.now() + timedelta(days=9)).date())
    desk = world.stakeholder(model, name="Retention desk")
    world.promise(model, desk, kind="sla", statement="Scores are there by six.", value="06:00")
    return [
        "/sources", f"/sources/{orders.pk}", f"/sources/{tills.pk}/edit", f"/sources/{tills.pk}/impact",
        f"/models/{model.pk}?tab=data", f"/models/{model.pk}/sources", f"/models/{model.pk}/access/new",
        f"/access/{late.pk}", f"/sources/new?model={model.pk}",
    ]  # fmt: skip


@in_each_look
def test_nothing_runs_over_the_edge_or_breaks_the_rules(
    world: World,
    site: str,
    enter: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    theme: str,
    width: int,
) -> None:
    pages = scene(world)
    page = enter(world.pm, "/sources", theme=theme, width=width)
    for path in pages:
        page.goto(site + path)
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), path
        assert axe(page) == [], path


def test_an_answer_is_recorded_without_scripts(world: World, enter: Callable[..., Any]) -> None:
    scene(world)
    request = AccessRequest.objects.get(state="asked")
    page = enter(world.pm, f"/access/{request.pk}", java_script_enabled=False)
    page.locator("[name=answer]").fill("Ada said yes.")
    page.get_by_role("button", name="Granted").click()
    assert "needs a link" in page.content()
    assert page.locator("[name=answer]").input_value() == "Ada said yes."
    page.locator("[name=link]").fill("https://example.org/81")
    page.get_by_role("button", name="Granted").click()
    assert "Access to Orders is granted." in page.content()
    request.refresh_from_db()
    assert (request.state, request.answer) == ("granted", "Ada said yes.")


def test_a_fault_stands_at_its_field_and_what_was_typed_stays(
    world: World, enter: Callable[..., Any]
) -> None:
    page = enter(world.pm, f"/sources/new?program={world.program.slug}")
    page.locator("[name=name]").fill("Orders")
    page.locator("[name=refresh]").fill("every day")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("is not a schedule").first.wait_for()
    assert page.locator("[name=name]").input_value() == "Orders"
    page.locator("[name=refresh]").fill("0 6 * * *")
    page.locator("[name=time_zone]").fill("Europe/Zurich")
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("At 06:00 every day").wait_for()


def test_a_refusal_leads_to_what_was_folded_away(world: World, enter: Callable[..., Any]) -> None:
    page = enter(world.pm, f"/sources/new?program={world.program.slug}")
    page.locator("[name=name]").fill("Loyalty")
    page.get_by_label("Kind of place").select_option("Snowflake")
    account = page.locator("[name='location.account']")
    assert not account.is_visible()
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("needs its account").wait_for()
    account.wait_for()
    page.wait_for_function("document.activeElement.name === 'location.account'")
    assert account.get_attribute("aria-invalid") == "true"
    assert page.locator("[name='location.host']").get_attribute("aria-invalid") is None


def test_without_scripts_it_is_open_too(world: World, enter: Callable[..., Any]) -> None:
    page = enter(world.pm, f"/sources/new?program={world.program.slug}", java_script_enabled=False)
    page.locator("[name=name]").fill("Loyalty")
    page.get_by_label("Kind of place").select_option("Snowflake")
    page.get_by_role("button", name="Add it").click()
    assert "needs its account" in page.content()
    page.locator("[name='location.account']").fill("acme-eu")
    page.locator("[name='location.database']").fill("sales")
    page.locator("[name='location.schema']").fill("loyalty")
    page.get_by_role("button", name="Add it").click()
    assert DataSource.objects.get().location["account"] == "acme-eu"
