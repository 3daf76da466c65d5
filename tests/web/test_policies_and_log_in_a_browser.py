"""The pages of policies, of the log and of background work in a real browser: readable, worked, and nothing cut off."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from tests.looks import in_each_look
from tests.stories.walk import Walker
from throughline.queries.policies import shipped_source
from throughline.records.activity import Activity
from throughline.records.jobs import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Axe = Callable[[Any], list[str]]


@pytest.fixture
def world() -> make.World:
    made = make.World(now=timezone.now())
    made.model("Churn", risk_tier="low")
    made.publish(shipped_source("default").replace('version: "3"', 'version: "4"', 1))
    Job.objects.create(
        kind="connections.collect", state="parked", attempts=5, run_at=made.now, created_at=made.now,
        error="The server at a-registry-with-a-long-name.example:5000 gave no answer within ten seconds.",
    )  # fmt: skip
    return made


@in_each_look
def test_every_page_is_sound(
    world: make.World, site: str, open_page: Callable[..., Any], axe: Axe, theme: str, width: int
) -> None:
    admin = Walker(site, world.person("Ada", is_admin=True), partial(open_page, theme=theme, width=width))
    slug = world.program.slug
    addresses = (
        "/audit",
        f"/audit/{Activity.objects.count()}",
        f"/policies/{slug}",
        f"/policies/{slug}/compare",
    )
    for address in (*addresses, f"/policies/{slug}/publish", "/settings/jobs", "/settings/sample"):
        admin.goes_to(address)
        assert (address, axe(admin.page)) == (address, [])
        assert admin.page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_mistake_is_found_by_its_line_mended_and_published(
    world: make.World, site: str, open_page: Callable[..., Any], axe: Axe
) -> None:
    ana = Walker(site, world.pm, open_page)
    ana.goes_to(f"/policies/{world.program.slug}/publish?from=light")
    text = ana.page.locator("[name=source]").input_value()
    wrong = text.replace("deciders: [leader]", "deciders: [leadr]", 1)
    line = wrong[: wrong.index("leadr")].count("\n") + 1
    ana.fills(source=wrong, note="A lighter one.").presses("Check the text")
    ana.reads("1 thing to mend")
    assert axe(ana.page) == []
    ana.page.get_by_role("link", name=f"Line {line}, column").click()
    assert ana.page.url.endswith(f"#line-{line}")
    ana.presses("Publish and put in force").reads("leadr")
    assert ana.page.locator("[name=source]").input_value() == wrong
    assert ana.page.locator("[name=note]").input_value() == "A lighter one."
    ana.fills(source=text.replace('version: "3"', 'version: "9"')).presses("Publish and put in force")
    ana.reads("light 9 is in force")


def test_the_log_is_narrowed_without_a_reload_and_verified(
    world: make.World, site: str, open_page: Callable[..., Any]
) -> None:
    ana = Walker(site, world.pm, open_page)
    ana.goes_to("/audit")
    log = ana.page.locator("#log")
    log.get_by_text("Model created").wait_for()
    ana.page.get_by_label("What happened").select_option("policy")
    ana.page.wait_for_url("**verb=policy**")
    log.get_by_text("Policy published").first.wait_for()
    log.get_by_text("Model created").wait_for(state="detached")
    ana.follows("Verify the log").reads("The log is whole")
