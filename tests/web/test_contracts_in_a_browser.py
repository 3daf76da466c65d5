"""A contract as people see and use it: imported by pasting, read, agreed by two people, and a version that breaks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.looks import in_each_look
from tests.make import World
from tests.make_contracts import Contracts, breaking, document, text
from throughline.queries import contracts as queries
from throughline.records.contracts import DataContract

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def made(transactional_db: None) -> Contracts:
    return Contracts(World(now=timezone.now() - timedelta(hours=2)))


def test_a_contract_is_pasted_looked_at_imported_and_agreed_by_two_people(
    made: Contracts, enter: Callable[..., Any]
) -> None:
    page = enter(made.one, "/contracts/new")
    page.get_by_label("Or the text").fill(
        text(document()).replace("logicalType: number", "logicalType: nmber")
    )
    page.get_by_role("button", name="Look first").click()
    page.get_by_text("1 thing to mend").wait_for()
    assert "Did you mean “number”?" in page.locator("#checked").inner_text()
    page.get_by_label("Or the text").fill(text(document()))
    page.get_by_label("What it is about").select_option(label="Shop")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="Orders", exact=True).wait_for()
    page.get_by_label("Said by").fill("Pat of the Shop team")
    page.get_by_label("Your words").fill("Fine with us.")
    page.get_by_label("Where they said it").fill("https://example.org/mail/7")
    page.get_by_role("button", name="Agree").click()
    page.get_by_text("Pat of the Shop team (recorded by Noor)").wait_for()
    row = DataContract.objects.get()
    other = enter(made.two, f"/contracts/{row.pk}")
    other.get_by_role("button", name="Agree").click()
    other.get_by_text("In force").first.wait_for()
    assert queries.history_of(row, timezone.now()).in_force(timezone.now()) is not None


@in_each_look
def test_the_pages_fit_and_have_no_faults_of_access(
    made: Contracts,
    enter: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    shot: Callable[[Any, str], Any],
    theme: str,
    width: int,
) -> None:
    row = made.in_force()
    made.publish(breaking())
    for name, path in {
        "contracts": "/contracts",
        "contract": f"/contracts/{row.pk}",
        "contract-compare": f"/contracts/{row.pk}/compare",
        "contract-edit": f"/contracts/{row.pk}/edit",
        "contract-new": "/contracts/new",
        "model-data": f"/models/{made.model.pk}?tab=data",
    }.items():
        page = enter(made.world.pm, path, theme=theme, width=width)
        shot(page, f"{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
