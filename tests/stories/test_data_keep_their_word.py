"""From a source that nobody may read yet to a contract that both sides keep, and a breaking version that is told.

The data are real Parquet files, executed by the worker; the people use the pages.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import time_machine
import yaml
from django.conf import LazySettings
from django.utils import timezone

from tests.make import World
from tests.stories.walk import Walker, work_off_the_jobs
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.records.contracts import ContractTest, DataContract
from throughline.records.data_sources import AccessRequest, DataSource
from throughline.records.evidence import Evidence
from throughline.records.moves import Move
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.slow]

CHECKS: dict[str, list[object]] = {
    "conception_to_prototype": [
        "data.access_granted",
        {"id": "contracts.tested", "with": {"within_days": 30}},
        {"id": "contracts.in_force", "with": {"direction": "provider"}},
    ]
}


def contract(version: str = "1.0.0", *, without: str = "") -> str:
    """Orders of the shop, as their provider writes them down."""
    columns = [
        {"name": "order_id", "logicalType": "integer", "required": True, "unique": True},
        {"name": "amount", "logicalType": "number", "logicalTypeOptions": {"minimum": 0, "maximum": 1000}},
        {"name": "channel", "logicalType": "string", "required": True},
        {"name": "placed_at", "logicalType": "timestamp", "required": True},
    ]
    content = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "shop-orders",
        "name": "Shop orders",
        "version": version,
        "status": "active",
        "servers": [{"server": "lake", "type": "local", "path": "orders.parquet", "format": "parquet"}],
        "schema": [{"name": "orders", "properties": [one for one in columns if one["name"] != without]}],
    }
    return yaml.safe_dump(content, sort_keys=False)


def write_orders(folder: Path, *, worst: float) -> None:
    """Five hundred orders; the worst of them amounts to so much."""
    target = folder / "orders.parquet"
    duckdb.sql(
        f"copy (select i as order_id, case when i = 7 then {worst!r}::double else (i % 900)::double end as amount, "
        "case when i % 3 = 0 then 'app' else 'web' end as channel, "
        f"timestamp '2026-11-01' + interval (i) minute as placed_at from range(1, 501) as t(i)) "
        f"to '{target}' (format parquet)"
    )


class Story:
    """Who is in it, and what each of them does at their browser."""

    def __init__(self, site: str, open_page: Callable[..., Any], clock: Any, folder: Path) -> None:
        self.clock, self.folder = clock, folder
        self.world = World(now=timezone.now())
        self.world.policy(CHECKS)
        self.model = self.world.model("Churn")
        noor, tom = self.world.person("Noor Haddad"), self.world.person("Tom Weiss")
        self.world.member(noor, AccessRole.MEMBER)
        self.world.member(tom, AccessRole.MEMBER)
        self.world.assign(noor, Role.DATA_ENGINEER, self.model)
        self.lea = self.world.stakeholder(self.model, self.world.person("Lea Stern"), part="user")
        self.ana = Walker(site, self.world.pm, open_page)
        self.li = Walker(site, self.world.leader, open_page)
        self.noor = Walker(site, noor, open_page)
        self.tom = Walker(site, tom, open_page)

    def days_pass(self, days: float) -> None:
        self.clock.shift(timedelta(days=days))
        self.world.now = timezone.now()
        for walker in (self.ana, self.li, self.noor, self.tom):
            walker.sign_in()

    def day(self, ahead: int) -> str:
        return (timezone.now() + timedelta(days=ahead)).date().isoformat()

    @property
    def here(self) -> str:
        return f"/models/{self.model.pk}"

    @property
    def contract(self) -> DataContract:
        return DataContract.objects.get()

    def decider_looks(self) -> Walker:
        move = Move.objects.filter(model=self.model).latest("pk")
        return self.li.goes_to(f"/moves/{move.pk}")

    def gate_is_closed(self, *why: str) -> None:
        looks = self.decider_looks()
        for words in why:
            looks.reads(words)
        assert looks.page.get_by_role("button", name="Approve").get_attribute("aria-disabled") == "true"


@pytest.fixture
def story(
    site: str, open_page: Callable[..., Any], settings: LazySettings, tmp_path: Path
) -> Iterator[Story]:
    folder = tmp_path / "lake"
    folder.mkdir()
    settings.DATA_FOLDERS = (folder.resolve(),)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield Story(site, open_page, clock, folder)


@pytest.fixture
def look(axe: Callable[[Any], list[str]], shot: Callable[[Any, str], Path]) -> Callable[[Walker, str], None]:
    """What is on the screen now can be read by everybody, and does not scroll sideways."""

    def looked(walker: Walker, name: str) -> None:
        walker.page.wait_for_load_state()
        walker.page.evaluate("scrollTo(0, 0)")
        shot(walker.page, f"data-{name}")
        assert axe(walker.page) == [], name
        assert walker.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name

    return looked


Look = Callable[[Walker, str], None]


def test_data_keep_their_word(story: Story, look: Look) -> None:
    a_source_is_registered_and_used(story, look)
    access_is_asked_waited_for_and_granted(story, look)
    the_contract_is_imported(story, look)
    one_rule_fails_and_closes_the_gate(story, look)
    the_data_are_mended_and_pass(story)
    both_sides_agree_and_the_gate_opens(story, look)
    a_breaking_version_is_published_and_told(story, look)


def a_source_is_registered_and_used(story: Story, look: Look) -> None:
    ana = story.ana.goes_to(f"/sources/new?program={story.world.program.slug}")
    ana.fills(
        name="Orders", provider="Shop team", contacts="Paul Ortiz, paul@example.org, owner of the table"
    )
    ana.chooses("automation", "scheduled").chooses("support", "yes").fills(refresh="0 6 * * *")
    look(ana, "source-form")
    ana.presses("Add it").reads("Orders is listed.")
    ana.goes_to(f"{story.here}?tab=data").reads("No data source is linked yet")
    ana.goes_to(f"{story.here}/sources").page.get_by_label("Orders").check()
    ana.presses("Use them").reads("Churn uses Orders.")
    assert story.model.source_uses.get().source == DataSource.objects.get()


def access_is_asked_waited_for_and_granted(story: Story, look: Look) -> None:
    ana = story.ana.goes_to(f"{story.here}/access/new")
    ana.page.get_by_label("Orders").check()
    ana.fills(
        needed_by="The scoring job",
        reason="Scores churn each week.",
        sent_to="Paul Ortiz",
        due_on=story.day(14),
    )
    ana.presses("Record the request").reads("Access to Orders is asked for.")
    look(ana, "access-asked")
    ana.goes_to(f"{story.here}/move?kind=advance").fills(reason="It is time.")
    ana.presses("Ask for the move").reads("The move is asked for.")
    story.days_pass(17)
    story.gate_is_closed("overdue")
    ana.goes_to("/").reads("Orders")
    look(ana, "today-overdue")
    request = AccessRequest.objects.get()
    noor = story.noor.goes_to(f"/access/{request.pk}")
    noor.fills(answer="Granted for the scoring account.", granted_until=story.day(365))
    noor.presses("Granted").reads("Access to Orders is granted.")
    request.refresh_from_db()
    assert (request.state, request.answered_by) == ("granted", "Noor Haddad")


def the_contract_is_imported(story: Story, look: Look) -> None:
    ana = story.ana.goes_to(f"/contracts/new?program={story.world.program.slug}")
    ana.chooses("about", f"source-{DataSource.objects.get().pk}").fills(
        text=contract().replace("orders\n", "[orders\n")
    )
    ana.presses("Import").reads("Line ")
    assert not DataContract.objects.exists()
    ana.fills(text=contract()).presses("Import").reads("Version 1.0.0 of Shop orders is published.")
    look(ana, "contract")


def one_rule_fails_and_closes_the_gate(story: Story, look: Look) -> None:
    write_orders(story.folder, worst=1000.4)
    noor = story.noor.goes_to(f"/contracts/{story.contract.pk}")
    noor.presses("Test now").reads("It waits for the worker")
    look(noor, "test-waits")
    work_off_the_jobs()
    noor.reads("orders.amount.maximum")
    look(noor, "test-failed")
    test = ContractTest.objects.get()
    assert [one["rule"] for one in test.results if one["outcome"] != "passed"] == ["orders.amount.maximum"]
    assert test.rows == 500
    story.gate_is_closed("orders.amount.maximum")
    look(story.li, "gate-closed")


def the_data_are_mended_and_pass(story: Story) -> None:
    write_orders(story.folder, worst=999.0)
    noor = story.noor.goes_to(f"/contracts/{story.contract.pk}")
    noor.presses("Test now").reads("It waits for the worker")
    work_off_the_jobs()
    noor.reads("Passed")
    outcomes = Evidence.objects.order_by("pk").values_list("key", "outcome")
    assert list(outcomes) == [("contract.shop-orders", "failed"), ("contract.shop-orders", "passed")]


def both_sides_agree_and_the_gate_opens(story: Story, look: Look) -> None:
    story.gate_is_closed("Shop orders")
    page = f"/contracts/{story.contract.pk}"
    noor = story.noor.goes_to(page).chooses("party", "provider")
    noor.fills(words="We keep it.", on_behalf_of="Paul Ortiz", link="https://mail.example.org/41")
    noor.presses("Agree").reads("You agreed.")
    tom = story.tom.goes_to(page).chooses("party", f"consumer-{story.model.pk}")
    tom.presses("Agree").reads("In force")
    look(tom, "contract-in-force")
    story.decider_looks().presses("Approve").reads("the model has moved")
    assert MLModel.objects.get(pk=story.model.pk).stage == "prototype"


def a_breaking_version_is_published_and_told(story: Story, look: Look) -> None:
    promised = story.world.promise(
        story.model, story.lea, statement="New scores each Monday.", kind="run_frequency", value="weekly"
    )
    noor = story.noor.goes_to(f"/contracts/new?program={story.world.program.slug}")
    noor.fills(text=contract("2.0.0", without="channel")).presses("Import")
    noor.reads("Version 2.0.0 of Shop orders is published.")
    noor.reads("Breaking version waits")
    look(noor, "contract-breaking")
    assert story.contract.versions.get(number=2).is_breaking
    story.ana.goes_to("/").reads("Shop orders")
    source = DataSource.objects.get()
    ana = story.ana.goes_to(f"/sources/{source.pk}/impact?happened=breaking")
    for words in ("Churn", "New scores each Monday.", "Lea Stern", "Not told"):
        ana.reads(words)
    look(ana, "impact")
    ana.follows("Tell them")
    ana.presses("Tell them").reads("1 person")
    ana.goes_to(f"/sources/{source.pk}/impact?happened=breaking").reads("New scores each Monday.")
    assert ana.page.get_by_text("Not told", exact=True).count() == 0
    told = Telling.objects.get(stakeholder=story.lea)
    assert told.cause.startswith(f"source:{source.pk}:breaking:")
    assert promised.recipients.get().stakeholder == story.lea
