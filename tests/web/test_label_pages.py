"""The pages of label audits: who sees what, what is refused, files in and out, and what the tab says."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.make import World
from tests.make_labels import Audits, tickets, truth_of
from throughline.core.permissions import AccessRole
from throughline.records.label_audits import LabelAnswer, LabelAudit
from throughline.records.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def audits(world: World, settings, tmp_path: Path) -> Audits:
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    settings.DATA_FOLDERS = ()
    return Audits(world)


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_a_file_is_brought_and_items_are_drawn(audits: Audits, pm: Client) -> None:
    url = f"/models/{audits.model.pk}/label-audits/new"
    assert "folder" not in pm.get(url).content.decode()
    refused = pm.post(url, {"name": "Tickets"})
    assert (refused.status_code, "This field is required" in refused.content.decode()) == (422, True)
    brought = pm.post(url, {"name": "Tickets", "file": SimpleUploadedFile("t.csv", tickets())}, follow=True)
    assert "4 columns were read" in brought.content.decode()
    audit = LabelAudit.objects.get()
    sent = {
        "form": "draw", "label": "label", "key": "id", "shown": ["text"], "method": "simple", "size": "10", "seed": "5",
        "scale": "nominal", "labels": "spam\ncalm",
    }  # fmt: skip
    refused = pm.post(f"/label-audits/{audit.pk}/draw", sent)
    assert refused.status_code == 422
    assert "No line is drawn yet" in refused.content.decode()
    assert 'value="10"' in refused.content.decode()
    drawn = pm.post(f"/label-audits/{audit.pk}/draw", {**sent, "most_error": "2"}, follow=True)
    assert "10 items are drawn" in drawn.content.decode()
    audit.refresh_from_db()
    assert (audit.state, audit.most_error, audit.labels) == ("open", 0.02, ["spam", "calm", "urgent"])
    again = pm.post(f"/label-audits/{audit.pk}/draw", {**sent, "most_error": "50"})
    assert again.status_code in (409, 422)
    audit.refresh_from_db()
    assert audit.most_error == 0.02


def test_a_labeller_sees_nothing_but_items(
    audits: Audits, sign_in: Callable[[Person], Client], pm: Client
) -> None:
    audit = audits.drawn(tickets(), method="stratified")
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person in (ada, bo):
        audits.invite(audit, person)
    audits.label(audit, bo, lambda _: "urgent")
    browser = sign_in(ada)
    page = browser.get(f"/label-audits/{audit.pk}/label", follow=True)
    assert page.redirect_chain == [(f"/label-audits/{audit.pk}/label/1", 302)]
    item = audit.items.get(number=1)
    said = page.content.decode()
    assert item.shown["text"] in said
    assert item.key + "<" not in said
    assert "is-chosen" not in said
    assert "given" not in said.lower()
    rows = rows_of(browser.get(f"/label-audits/{audit.pk}/items.csv"))
    assert rows[0] == ["item", "answer", "note", "text"]
    assert all(row[1] == "" for row in rows[1:])
    assert len(rows) == 21
    outline = pm.get(f"/label-audits/{audit.pk}").content.decode()
    assert item.shown["text"] not in outline
    assert browser.get(f"/label-audits/{audit.pk}/results.csv").status_code == 409


@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_who_was_not_invited_labels_nothing(
    audits: Audits, world: World, sign_in: Callable[[Person], Client], role: str
) -> None:
    audit = audits.drawn()
    browser = sign_in(world.pm if role == "manager" else audits.person("Vi", AccessRole.VIEWER))
    for path in ("label", "label/1", "items.csv"):
        assert browser.get(f"/label-audits/{audit.pk}/{path}").status_code == 403
    for path in ("label/1", "undo", "answers"):
        assert browser.post(f"/label-audits/{audit.pk}/{path}", {"label": "calm"}).status_code == 403
    assert not LabelAnswer.objects.exists()
    stranger = sign_in(World(now=world.now).pm)
    for path in ("", "/label", "/label/1", "/settle", "/items.csv", "/results.csv"):
        assert stranger.get(f"/label-audits/{audit.pk}{path}").status_code == 404


def test_a_viewer_who_was_invited_labels(audits: Audits, sign_in: Callable[[Person], Client]) -> None:
    audit = audits.drawn(size=2)
    vi = audits.person("Vi", AccessRole.VIEWER)
    audits.invite(audit, vi)
    browser = sign_in(vi)
    assert "asks you to label" in browser.get("/").content.decode()
    browser.post(f"/label-audits/{audit.pk}/label/1", {"label": "calm"})
    done = browser.post(
        f"/label-audits/{audit.pk}/label/2", {"cannot_say": "1", "note": "cut off"}, follow=True
    )
    assert "You are through" in done.content.decode()
    assert "asks you to label" not in browser.get("/").content.decode()
    back = browser.get(f"/label-audits/{audit.pk}/label/2").content.decode()
    assert "You could not say" in back
    assert "cut off" in back
    refused = browser.post(f"/label-audits/{audit.pk}/label/1", {"label": "<script>"})
    assert refused.status_code == 422
    assert "<script>" not in refused.content.decode()


def test_answers_go_out_and_come_back_by_file(
    audits: Audits, world: World, pm: Client, sign_in: Callable[[Person], Client]
) -> None:
    audit = audits.drawn(size=4)
    ada = audits.person("Ada")
    own, outside = audits.invite(audit, ada), audits.invite(audit, name="Agency")
    browser, url = sign_in(ada), f"/label-audits/{audit.pk}"
    rows = rows_of(browser.get(f"{url}/items.csv"))
    for row in rows[1:4]:
        row[1] = "calm"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    filled = out.getvalue().encode()
    taken = browser.post(f"{url}/answers", {"file": SimpleUploadedFile("a.csv", filled)}, follow=True)
    assert "3 new answers, 0 changed, 0 as they were; 1 rows are not answered yet." in taken.content.decode()
    assert own.answers.count() == 3
    bad = filled.replace(b"calm", b"clam", 1)
    refused = browser.post(f"{url}/answers", {"file": SimpleUploadedFile("a.csv", bad)})
    assert (refused.status_code, "Line 2" in refused.content.decode()) == (422, True)
    there = f"{url}/labellers/{outside.pk}"
    assert [row[1] for row in rows_of(pm.get(f"{there}/items.csv"))[1:]] == ["", "", "", ""]
    assert pm.get(f"{url}/labellers/{own.pk}/items.csv").status_code == 403
    assert browser.get(f"{url}/labellers/{own.pk}/items.csv").status_code == 403
    assert pm.post(f"{there}/answers", {"file": SimpleUploadedFile("a.csv", filled)}).status_code == 302
    mine = f"{url}/labellers/{own.pk}/answers"
    assert pm.post(mine, {"file": SimpleUploadedFile("a.csv", filled)}).status_code == 403
    assert outside.answers.count() == 3


def test_settling_shows_no_given_label_and_lets_no_labeller_in(
    audits: Audits, world: World, leader: Client, sign_in: Callable[[Person], Client]
) -> None:
    rows = "\n".join(
        ["id,text,label", *(f"{n},Ticket {n} is calm,{'odd' if n % 2 else 'even'}" for n in range(9))]
    )
    audit = audits.drawn(rows.encode(), size=6, labels=("calm", "urgent", "odd", "even"))
    ada, bo = audits.person("Ada"), audits.person("Bo")
    for person, label in ((ada, "calm"), (bo, "urgent")):
        audits.invite(audit, person)
        audits.label(audit, person, lambda _, said=label: said)
    url = f"/label-audits/{audit.pk}"
    assert leader.get(f"{url}/settle").status_code == 409
    audits.end(audit)
    assert sign_in(ada).get(f"{url}/settle").status_code == 403
    assert sign_in(audits.person("Vi", AccessRole.VIEWER)).get(f"{url}/settle").status_code == 403
    page = leader.get(f"{url}/settle").content.decode()
    assert "given:" not in page
    assert page.count('value="odd"') == page.count('value="even"') == 6
    nothing = leader.post(f"{url}/settle/1", {})
    assert (nothing.status_code, "No label was chosen" in nothing.content.decode()) == (422, True)
    for number in range(1, 7):
        leader.post(f"{url}/settle/{number}", {"label": "calm" if number > 1 else ""})
    assert "Close the audit" in leader.get(url).content.decode()
    closed = leader.post(f"{url}/close", follow=True).content.decode()
    assert "The audit is closed." in closed
    assert "1 item could not be told" in closed
    assert "Not good enough" in closed


def test_results_can_be_worked_out_again_from_the_file(audits: Audits, pm: Client) -> None:
    audit = audits.closed(size=40)
    rows = rows_of(pm.get(f"/label-audits/{audit.pk}/results.csv"))
    heads, items = rows[0], rows[1:]
    assert heads == ["item", "key", "stratum", "given", "Ada", "Bo", "settled", "settled by"]
    given, settled = heads.index("given"), heads.index("settled")
    assert sum(row[given] != row[settled] for row in items) == audit.results["error"]["wrong"]
    page = pm.get(f"/label-audits/{audit.pk}").content.decode()
    assert audit.sealed in page
    assert audit.fingerprint in page
    assert "Krippendorff" in page


def test_cells_of_a_file_are_no_formulas(audits: Audits, sign_in: Callable[[Person], Client]) -> None:
    audit = audits.drawn(b"id,text,label\n1,=1+1,a\n2,@x,b\n", size=2)
    ada = audits.person("Ada")
    audits.invite(audit, ada)
    rows = rows_of(sign_in(ada).get(f"/label-audits/{audit.pk}/items.csv"))
    assert {row[3] for row in rows[1:]} == {"'=1+1", "'@x"}


def test_the_tab_tells_of_every_audit(audits: Audits, world: World, pm: Client) -> None:
    url = f"/models/{audits.model.pk}?tab=data"
    assert "never audited" in pm.get(url).content.decode()
    audits.begin(name="Draft <b>")
    audits.closed(size=100)
    page = pm.get(url).content.decode()
    assert "Draft &lt;b&gt;" in page
    assert "Nothing drawn yet" in page
    assert "2 labellers" in page
    assert "of the labels are wrong" in page


def test_an_audit_is_ended_and_withdrawn_on_its_page(audits: Audits, pm: Client) -> None:
    audit = audits.drawn(size=2)
    ada = audits.person("Ada")
    audits.invite(audit, ada)
    audits.label(audit, ada, truth_of)
    url = f"/label-audits/{audit.pk}"
    assert pm.post(f"{url}/end").status_code == 409
    assert pm.post(f"{url}/invite", {"form": "invite"}).status_code == 422
    assert (
        "Agency is invited"
        in pm.post(f"{url}/invite", {"form": "invite", "name": "Agency"}, follow=True).content.decode()
    )
    assert pm.post(f"{url}/withdraw", {"reason": ""}).status_code == 422
    page = pm.post(f"{url}/withdraw", {"reason": "Wrong <i>file</i>."}, follow=True).content.decode()
    assert "Wrong &lt;i&gt;file&lt;/i&gt;." in page
