"""Output as people look at it: by keyboard and phone, in both themes, and without scripts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.looks import in_each_look
from tests.make import World
from throughline.actions import feedback, outputs
from throughline.core.people import Responsibility
from throughline.records.outputs import Output
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

HEADS = "customer,name,segment,region,score,rank,reason_1,reason_2,since,value"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None, settings: LazySettings, tmp_path: Path) -> World:
    settings.ATTACHMENTS_DIR = tmp_path
    return World(now=timezone.now() - timedelta(days=9))


def table(rows: int) -> bytes:
    lines = [
        f"{1000 + n},Customer number {n} & <sons>,retail,north,0.{99 - n % 90:02},{n},usage fell,"
        f"opened the contract,2026-01-0{1 + n % 9},{n * 37}"
        for n in range(rows)
    ]
    return "\n".join([HEADS, *lines]).encode()


def scene(world: World) -> tuple[MLModel, Person, Output, Output]:
    """A returned draft, its successor as a table, and feedback old and new."""
    model = world.model("Churn propensity")
    world.assign(world.pm, Responsibility.ENGAGEMENT, model)
    lea, uma = world.person("Lea Stern"), world.person("Uma Okoye")
    approver, user = world.stakeholder(model, lea), world.stakeholder(model, uma, "user")
    feedback.give_feedback(
        actor=world.actor(uma, "link"),
        model_id=model.pk,
        text="Scores come after nine, when the desk is already calling.",
        now=world.now,
    )
    first = world.share(
        model,
        approver,
        user,
        title="Scores of week 9",
        note="The **first hundred**, as the desk would get them.",
    )
    world.later(days=1).answer(first, lea, "The ten largest customers are missing, and the names are cut.")
    item = outputs.NewOutput(
        "Scores of week 10", note="With the large customers.", stakeholder_ids=(approver.pk, user.pk)
    )
    second = outputs.share_file(
        actor=world.actor(world.pm), model_id=model.pk, item=item, file_name="week-10.csv", chunks=[table(240)],
        is_sample=True, now=world.later(days=1).now,
    )  # fmt: skip
    said = feedback.give_feedback(
        actor=world.actor(world.pm), model_id=model.pk, text="The desk wants the reason beside the score.",
        stakeholder_id=approver.pk, now=world.now,
    )  # fmt: skip
    feedback.triage_feedback(
        actor=world.actor(world.pm),
        feedback_id=said.pk,
        kind="spec_change",
        note="Reasons go into the spec.",
        now=world.now,
    )
    return model, lea, first, second


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
    model, lea, first, second = scene(world)
    page = enter(world.pm, f"/models/{model.pk}?tab=outputs", theme=theme, width=width)
    said = model.feedback.first()
    pages = {
        "tab": f"/models/{model.pk}?tab=outputs",
        "new": f"/models/{model.pk}/outputs/new",
        "returned": f"/outputs/{first.pk}",
        "sample": f"/outputs/{second.pk}",
        "feedback": f"/feedback/{said.pk}",
        "feedback-new": f"/models/{model.pk}/feedback/new",
        "today": "/",
    }
    for name, path in pages.items():
        page.goto(site + path)
        shot(page, f"outputs-{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
    page = enter(lea, f"/outputs/{second.pk}", theme=theme, width=width)
    shot(page, f"outputs-answer-{theme}-{width}")
    assert axe(page) == []


def test_an_answer_works_on_a_phone_without_scripts(world: World, enter: Callable[..., Any]) -> None:
    _, lea, _, second = scene(world)
    page = enter(lea, f"/outputs/{second.pk}", width=360, java_script_enabled=False)
    page.get_by_role("button", name="Return it").click()
    assert "Say what is wrong with it." in page.content()
    page.get_by_label("Your words").fill("Still without reasons.")
    page.get_by_role("button", name="Return it").click()
    assert "You returned it." in page.content()
    assert Output.objects.get(pk=second.pk).answers.get(name="Lea Stern").words == "Still without reasons."


def test_a_table_is_shared_and_approved(world: World, enter: Callable[..., Any], tmp_path: Path) -> None:
    model, lea, _, _ = scene(world)
    file = tmp_path / "week-11.csv"
    file.write_bytes(table(30))
    page = enter(world.pm, f"/models/{model.pk}?tab=outputs")
    page.get_by_role("link", name="Share output").click()
    page.get_by_label("Title").fill("Scores of week 11")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("Show the first 200 rows").check()
    page.get_by_role("button", name="Share and ask").click()
    page.get_by_role("heading", name="The first 30 rows of 30").wait_for()
    page = enter(lea, "/")
    page.get_by_role("link", name="Churn propensity").first.click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("You approved it.").wait_for()
    assert Output.objects.get(title="Scores of week 11").answers.filter(answer="approved").count() == 1
