"""A label audit in a real browser: drawn, labelled by keyboard by two people, settled, closed; and on a phone without
scripts. What comes out is what scikit-learn says of the same answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from sklearn.metrics import cohen_kappa_score

from tests.looks import in_each_look
from tests.make import World
from tests.make_labels import Audits, tickets, truth_of
from throughline.records.label_audits import LabelAnswer, LabelAudit

ITEMS = 12

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None, settings: LazySettings, tmp_path: Path) -> World:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    return World(now=timezone.now())


def by_keyboard(page: Any, says: dict[int, str], labels: list[str]) -> None:
    """Presses the key of the label that each item is given, as the items come."""
    for done in range(len(says)):
        page.get_by_text(f"{done} of {len(says)} answered").first.wait_for()
        page.wait_for_load_state("load")  # a key counts once the page's scripts are there
        number = int(page.locator("#labelling h2").first.inner_text().split()[1])
        page.keyboard.press("0" if says[number] == "" else str(labels.index(says[number]) + 1))
    page.get_by_role("heading", name="You are through").wait_for()


def test_from_file_to_verdict_by_keyboard(world: World, enter: Callable[..., Any], tmp_path: Path) -> None:
    audits = Audits(world)
    ada, bo = audits.person("Ada Klein"), audits.person("Bo Lind")
    file = tmp_path / "tickets.csv"
    file.write_bytes(tickets(60))
    page = enter(world.pm, f"/models/{audits.model.pk}?tab=data")
    page.get_by_role("link", name="Audit labels").click()
    page.get_by_label("Name", exact=True).fill("Tickets of spring")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("heading", name="Draw the items").wait_for()
    assert page.get_by_label("Column with the labels").input_value() == "label"
    page.get_by_label("region").uncheck()
    page.get_by_label("Items").fill(str(ITEMS))
    page.get_by_label("Wrong labels, at most").fill("40")
    page.get_by_role("button", name="Draw the items").click()
    for person in (ada, bo):
        page.get_by_label("Somebody of the program").select_option(person.name)
        page.get_by_role("button", name="Invite").click()
        page.get_by_text(f"{person.name} is invited.").wait_for()
    audit = LabelAudit.objects.get()
    truth = {item.number: truth_of(item) for item in audit.items.all()}
    other = {"calm": "urgent", "urgent": "calm"}
    told = {
        "Ada Klein": dict(truth),
        "Bo Lind": {n: other[label] if n in (3, 7) else label for n, label in truth.items()},
    }
    for person in (ada, bo):
        theirs = enter(person, "/")
        theirs.get_by_role("link", name="Tickets of spring").click()
        by_keyboard(theirs, told[person.name], audit.labels)
    page.reload()
    page.get_by_role("button", name="End labelling").click()
    page.get_by_text("Labelling has ended. No answer changes any more").wait_for()
    judge = enter(world.leader, f"/label-audits/{audit.pk}")
    judge.get_by_role("link", name="Settle them").click()
    for number in (3, 7):
        card = judge.locator(f"#item-{number}")
        card.get_by_role("button", name=f"{truth[number]} is right for item {number}").click()
        judge.get_by_text(f"Item {number} is settled.").wait_for()
    page.reload()
    page.get_by_role("button", name="Close the audit").click()
    page.get_by_text("The audit is closed.").wait_for()
    audit.refresh_from_db()
    order = sorted(truth)
    expected = cohen_kappa_score(*([said[n] for n in order] for said in told.values()))
    assert audit.results["cohen_kappa"]["value"] == pytest.approx(expected, abs=1e-9)
    assert f"{expected:.3f}" in page.content()
    wrong = sum(item.given != truth[item.number] for item in audit.items.all())
    assert audit.results["error"]["wrong"] == wrong
    page.goto(page.url.split("/label-audits")[0] + f"/models/{audits.model.pk}?tab=evidence")
    assert "data.labels.error_rate" in page.content()


def test_the_keys_of_a_labeller(world: World, enter: Callable[..., Any]) -> None:
    audits = Audits(world)
    audit = audits.drawn(size=4)
    ada = audits.person("Ada Klein")
    audits.invite(audit, ada)
    page = enter(ada, f"/label-audits/{audit.pk}/label")
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Item 2 of 4").wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name="Item 1 of 4").wait_for()
    page.wait_for_load_state("load")
    page.keyboard.press("n")
    page.keyboard.type("1 or 2?")
    page.keyboard.press("Enter")
    assert not LabelAnswer.objects.exists()
    page.keyboard.press("2")
    page.get_by_role("heading", name="Item 2 of 4").wait_for()
    answer = LabelAnswer.objects.get()
    assert (answer.item.number, answer.label, answer.note) == (1, audit.labels[1], "1 or 2?")
    assert page.url.endswith("/label/2")
    page.wait_for_load_state("load")
    page.keyboard.press("0")
    page.get_by_role("heading", name="Item 3 of 4").wait_for()
    assert LabelAnswer.objects.get(item__number=2).label == ""
    page.wait_for_load_state("load")
    page.keyboard.press("u")
    page.get_by_role("heading", name="Item 2 of 4").wait_for()
    assert LabelAnswer.objects.count() == 1
    page.wait_for_load_state("load")
    page.keyboard.press("9")
    page.keyboard.press("j")
    assert LabelAnswer.objects.count() == 1


def test_labelling_on_a_phone_without_scripts(world: World, enter: Callable[..., Any]) -> None:
    audits = Audits(world)
    audit = audits.drawn(size=2)
    ada = audits.person("Ada Klein")
    audits.invite(audit, ada)
    page = enter(ada, f"/label-audits/{audit.pk}/label", width=360, java_script_enabled=False)
    page.get_by_label("Note").fill("Hard to tell.")
    page.get_by_label("Note").press("Enter")
    assert "This item has no label yet." in page.content()
    assert page.get_by_label("Note").input_value() == "Hard to tell."
    page.get_by_role("button", name="urgent").click()
    page.get_by_role("heading", name="Item 2 of 2").wait_for()
    page.get_by_role("button", name="Undo the last").click()
    page.get_by_role("heading", name="Item 1 of 2").wait_for()
    page.get_by_role("button", name="calm").click()
    page.get_by_role("button", name="I can’t say").click()
    page.get_by_role("heading", name="You are through").wait_for()
    assert sorted(LabelAnswer.objects.values_list("label", flat=True)) == ["", "calm"]


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
    audits = Audits(world)
    draft = audits.begin(name="Second audit")
    ada, bo = audits.person("Ada Klein"), audits.person("Bo Lind")
    running = audits.drawn(size=30, method="stratified", least=5)
    settling, closed = audits.drawn(size=30), audits.drawn(size=60, least_agreement=0.8)
    for audit in (running, settling, closed):
        audits.invite(audit, ada)
        audits.invite(audit, bo)
    audits.invite(running, name="Annotation desk, Łódź")
    audits.label(running, ada, {1: "calm", 2: "urgent"})
    for audit in (settling, closed):
        audits.label(audit, ada)
        audits.label(audit, bo, lambda item: "calm" if item.number % 4 == 0 else truth_of(item))
        audits.end(audit)
    from throughline.queries.label_audits import items_of

    for one in items_of(closed):
        if one.is_open:
            audits.settle(closed, one.number, "urgent")
    audits.close(closed)
    page = enter(world.pm, "/", theme=theme, width=width)
    pages = {
        "tab": f"/models/{audits.model.pk}?tab=data",
        "new": f"/models/{audits.model.pk}/label-audits/new",
        "draft": f"/label-audits/{draft.pk}",
        "open": f"/label-audits/{running.pk}",
        "settling": f"/label-audits/{settling.pk}",
        "closed": f"/label-audits/{closed.pk}",
    }
    others = {
        "label": (ada, f"/label-audits/{running.pk}/label"),
        "through": (ada, f"/label-audits/{settling.pk}/label"),
        "settle": (world.leader, f"/label-audits/{settling.pk}/settle"),
        "today": (bo, "/"),
    }
    for name, path in pages.items():
        page.goto(site + path)
        looked_at(page, f"labels-{name}-{theme}-{width}", axe, shot)
    for name, (person, path) in others.items():
        looked_at(enter(person, path, theme=theme, width=width), f"labels-{name}-{theme}-{width}", axe, shot)


def looked_at(
    page: Any, name: str, axe: Callable[[Any], list[str]], shot: Callable[[Any, str], Path]
) -> None:
    shot(page, name)
    assert axe(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
