"""Connecting a tool in a real browser: typed, refused, mended, linked; readable in the dark and on a phone."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.listener import Listener, reply_with
from tests.make import World
from tests.stories.walk import Walker
from throughline.records.connections import Connection, ModelLink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "a-registered-model-with-a-very-long-name-that-goes-on-and-on-for-ever-and-a-day"


@pytest.fixture
def tool(settings: LazySettings) -> Iterator[Listener]:
    made = Listener()
    models = {"registered_models": [{"name": "churn_scorer"}, {"name": LONG, "description": "x" * 200}]}
    made.answer = reply_with(json.dumps(models).encode())
    settings.ALLOW_HOSTS = frozenset({made.host_port})
    yield made
    made.close()


def is_sound(page: Any, axe: Callable[[Any], list[str]]) -> None:
    assert axe(page) == []
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0


def test_a_tool_is_connected_and_its_models_are_linked(
    tool: Listener, site: str, open_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    world = World(now=timezone.now())
    churn = world.model("Churn")
    ana = Walker(site, world.pm, open_page)
    ana.goes_to("/connections").follows("Connect MLflow")
    ana.fills(name="Registry", base_url="http://10.0.0.1:5000", token="t0p-secret").presses("Connect it")
    ana.reads("add 10.0.0.1:5000 to THROUGHLINE_ALLOW_HOSTS")
    assert ana.page.locator("[name=base_url]").input_value() == "http://10.0.0.1:5000"
    is_sound(ana.page, axe)
    ana.fills(base_url=f"http://{tool.host_port}").presses("Connect it")
    ana.reads("No model is linked yet")
    ana.presses("Test").reads("It works: status 200")
    ana.follows("Link models").reads(LONG)
    is_sound(ana.page, axe)
    ana.presses("Link 1 proposed").page.get_by_role("button", name="Link them").click()
    ana.reads("churn_scorer")
    ana.page.wait_for_url(f"{site}/connections/*")
    assert ModelLink.objects.get().model == churn
    is_sound(ana.page, axe)


def test_every_page_is_readable_in_the_dark_on_a_phone(
    tool: Listener, site: str, open_page: Callable[..., Any], axe: Callable[[Any], list[str]]
) -> None:
    from throughline.actions import connections

    world = World(now=timezone.now())
    row = connections.connect(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        kind="mlflow",
        name="Registry",
        values={"base_url": f"http://{tool.host_port}", "webhook_secret": "x"},
        now=world.now,
    )
    model = world.model("A model whose name is rather long, as names in real portfolios are")
    connections.link_model(
        actor=world.actor(world.pm), connection_id=row.pk, model_id=model.pk, remote_name=LONG, now=world.now
    )
    Connection.objects.update(last_error="10.0.0.1:5000 could not be reached.", last_polled_at=world.now)
    ModelLink.objects.update(last_error=f"The registered model {LONG} is not in MLflow.")
    ana = Walker(site, world.pm, lambda: open_page(theme="dark", width=360, height=740))
    paths = ("", "/new", f"/{row.pk}", f"/{row.pk}/models", f"/{row.pk}/edit", f"/{row.pk}/link")
    for path in (*(f"/connections{path}" for path in paths), f"/models/{model.pk}/evidence/report"):
        ana.goes_to(path)
        is_sound(ana.page, axe)
