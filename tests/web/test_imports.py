"""The import pages: from a spreadsheet to models and back, with what people see on the way."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as installation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.looks import in_all_looks
from tests.make import World
from tests.shared_data import shared_file
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind
from throughline.records.imports import ImportBatch
from throughline.records.imports import ImportMapping as SavedMapping
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db

CONTENT = (
    "ID,Name,Stage,Risk,Date initiated,Date implemented,Note\n"
    "1,Churn,Production,High,2024-05-02,2024-05-01,first\n"
    "2,Fraud,In mission,Low,7/11/1905,TBD,second\n"
)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def pm(world: World, client: Client) -> Client:
    client.force_login(world.pm)
    return client


def upload(
    client: Client, world: World, content: str | bytes = CONTENT, name: str = "portfolio.csv", **sent: str
) -> Any:
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    return client.post("/imports", {"program": world.program.pk, "file": file, **sent})


def read(client: Client, world: World, content: str | bytes = CONTENT) -> ImportBatch:
    assert upload(client, world, content).status_code == 302
    return ImportBatch.objects.latest("pk")


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:2000]
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def chosen(response: Any, name: str) -> str:
    """What a select on the page is set to."""
    select = re.search(rf'<select name="{name}".*?</select>', response.content.decode(), re.DOTALL)
    assert select, name
    found = re.search(r'<option value="([^"]*)" selected', select[0])
    return found[1] if found else ""


def test_the_first_page_says_what_to_do(pm: Client) -> None:
    assert "Nothing imported yet" in text(pm.get("/imports"))


def test_a_file_leads_from_columns_to_values_to_rows_to_models_and_back(pm: Client, world: World) -> None:
    sent = upload(pm, world)
    batch = ImportBatch.objects.get()
    assert sent.headers["Location"] == f"/imports/{batch.pk}/columns"
    page = pm.get(f"/imports/{batch.pk}/columns")
    assert chosen(page, "column-name") == "Name"
    assert chosen(page, "column-summary") == ""
    assert "Churn" in text(page)
    columns = {f"column-{name}": column for name, column in batch.mapping["columns"].items()}
    sent = pm.post(
        f"/imports/{batch.pk}/columns", {"version": 1, "key": ["ID", ""], **columns, "column-summary": "Note"}
    )
    assert sent.headers["Location"] == f"/imports/{batch.pk}/values"
    page = pm.get(f"/imports/{batch.pk}/values")
    assert "1 row without a meaning" in text(page)
    assert chosen(page, "stage-0") == "production"
    assert chosen(page, "stage-1") == ""
    assert "Years typed as dates, which read 1905 (1)" in text(page)
    sent = pm.post(
        f"/imports/{batch.pk}/values",
        {"version": 2, "stage-0": "production", "stage-1": "deployment", "risk_tier-0": "high", "risk_tier-1": "low",
         "order-conception_date": "month_first", "typed_year-conception_date": "year"},
    )  # fmt: skip
    assert sent.headers["Location"] == f"/imports/{batch.pk}"
    said = text(pm.get(f"/imports/{batch.pk}"))
    assert "Import 2 rows" in said
    assert "dates run backwards: production 2024-05-01 lies before conception 2024-05-02" in said
    assert MLModel.objects.count() == 0
    pm.post(f"/imports/{batch.pk}/run", {"version": 3})
    fraud = MLModel.objects.get(external_id="2")
    assert (fraud.stage, fraud.summary) == ("deployment", "second")
    assert fraud.dates["conception"]["first"] == "2019-01-01"
    page = pm.get(f"/imports/{batch.pk}")
    assert "See them in the portfolio" in text(page)
    link = re.search(r'href="(/portfolio\?[^"]*batch[^"]*)"', page.content.decode())
    assert link
    assert "Fraud" in text(pm.get(link[1].replace("&amp;", "&")))
    said = text(pm.get(f"/models/{fraud.pk}?tab=imported"))
    assert "Row 2 of portfolio.csv" in said
    assert "2019-01-01 to 2019-12-31 (year, written “7/11/1905”" in said
    pm.post(f"/imports/{batch.pk}/undo")
    assert MLModel.objects.count() == 0
    assert "Undone" in text(pm.get(f"/imports/{batch.pk}"))


def test_rows_are_narrowed_by_what_was_found(pm: Client, world: World) -> None:
    batch = read(pm, world)
    everything = text(pm.get(f"/imports/{batch.pk}"))
    assert "Churn" in everything
    assert "1 row held back" in everything
    narrowed = text(pm.get(f"/imports/{batch.pk}?outcome=held_back"))
    assert "Fraud" in narrowed
    assert "Churn" not in narrowed
    assert "Churn" in text(pm.get(f"/imports/{batch.pk}?problem=backwards"))
    assert "No row is like this" in text(pm.get(f"/imports/{batch.pk}?q=nobody"))
    assert "Churn" in text(pm.get(f"/imports/{batch.pk}?outcome=x&problem=x&page=99"))


def test_one_row_shows_all_its_cells_and_what_is_wrong(pm: Client, world: World) -> None:
    batch = read(pm, world)
    said = text(pm.get(f"/imports/{batch.pk}/rows/2"))
    assert "a year typed into a date cell" in said
    assert "second" in said
    assert "Held back" in said
    assert pm.get(f"/imports/{batch.pk}/rows/3").status_code == 404


def test_a_wrong_file_is_refused_in_words_and_the_form_stays(pm: Client, world: World) -> None:
    sent = upload(pm, world, b"%PDF-1.7")
    assert sent.status_code == 422
    assert "This is a PDF" in sent.content.decode()
    assert 'name="file"' in sent.content.decode()
    assert ImportBatch.objects.count() == 0
    assert pm.post("/imports", {"program": world.program.pk}).status_code == 422


def test_a_file_beyond_the_limit_of_the_installation_is_refused(
    pm: Client, world: World, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 50
    sent = upload(pm, world)
    assert sent.status_code == 422
    assert "too large to import" in sent.content.decode()


def test_a_wrong_mapping_keeps_what_was_chosen(pm: Client, world: World) -> None:
    batch = read(pm, world)
    sent = pm.post(
        f"/imports/{batch.pk}/columns", {"version": 1, "key": "ID", "column-name": "", "column-stage": "Note"}
    )
    assert sent.status_code == 422
    assert "No column is chosen for the name" in sent.content.decode()
    assert chosen(sent, "column-stage") == "Note"
    batch.refresh_from_db()
    assert batch.version == 1


def test_a_stale_mapping_is_told(pm: Client, world: World) -> None:
    batch = read(pm, world)
    assert pm.post(f"/imports/{batch.pk}/check", {"version": 1}).status_code == 302
    assert pm.post(f"/imports/{batch.pk}/check", {"version": 1}).status_code == 412
    assert pm.post(f"/imports/{batch.pk}/check", {"version": "x"}).status_code == 422


def test_undo_names_the_models_that_people_went_on_with(pm: Client, world: World) -> None:
    batch = read(pm, world)
    pm.post(f"/imports/{batch.pk}/run", {"version": 1})
    world.request(MLModel.objects.get(), MoveKind.PAUSE)
    sent = pm.post(f"/imports/{batch.pk}/undo")
    assert sent.status_code == 409
    assert "“Churn” (row 1)" in sent.content.decode()
    assert pm.post(f"/imports/{batch.pk}/undo", {"leaves_changed": "1"}).status_code == 302
    assert MLModel.objects.count() == 1


def test_a_mapping_is_kept_and_a_file_put_away(pm: Client, world: World) -> None:
    batch = read(pm, world)
    pm.post(f"/imports/{batch.pk}/keep", {"name": "Ours"})
    assert SavedMapping.objects.get().name == "Ours"
    assert "Ours" in text(pm.get("/imports"))
    pm.post(f"/imports/{batch.pk}/discard", {"version": 1})
    assert pm.get(f"/imports/{batch.pk}").status_code == 404


@pytest.mark.parametrize(("role", "status"), [(AccessRole.MEMBER, 403), (None, 404)])
def test_others_see_no_import(
    world: World, client: Client, pm: Client, role: AccessRole | None, status: int
) -> None:
    batch = read(pm, world)
    person = world.person("Max")
    if role:
        world.member(person, role)
    client.force_login(person)
    for path in ("", "/columns", "/values", "/rows/1"):
        assert client.get(f"/imports/{batch.pk}{path}").status_code == status
    for path in ("/run", "/undo", "/check", "/discard"):
        assert client.post(f"/imports/{batch.pk}{path}", {"version": 1}).status_code == status
    assert client.get("/imports").status_code == 404
    assert MLModel.objects.count() == 0


def test_an_administrator_without_a_program_is_led_to_one(client: Client) -> None:
    client.force_login(Person.objects.create(name="Root", is_admin=True, created_at=timezone.now()))
    assert "Create a program" in text(client.get("/imports"))
    assert client.post("/imports", {}).status_code == 404
    client.force_login(Person.objects.create(name="Max", created_at=timezone.now()))
    assert client.get("/imports").status_code == 404


def test_names_from_a_file_are_shown_as_text(pm: Client, world: World) -> None:
    batch = read(pm, world, "Name,Stage\n<script>alert(1)</script>,Live\n")
    for path in ("", "/columns", "/values", "/rows/1"):
        assert "<script>alert" not in pm.get(f"/imports/{batch.pk}{path}").content.decode()


def test_the_page_of_rows_costs_a_fixed_number_of_statements(
    pm: Client, world: World, django_assert_max_num_queries: Any
) -> None:
    lines = "".join(f"{number},Model {number},Live,High,,TBD,x\n" for number in range(200))
    batch = read(pm, world, CONTENT.splitlines()[0] + "\n" + lines)
    with django_assert_max_num_queries(14):
        assert len(re.findall("/rows/", pm.get(f"/imports/{batch.pk}").content.decode())) == 50


HUGE = "9" * 40


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"?page={HUGE}", 200),
        ("?page=-1&q=%00&problem=%F0%9F&outcome=create", 200),
        ("?q=" + "x" * 5000, 200),
        (f"/rows/{HUGE}", 404),
        ("/rows/0", 404),
    ],
)
def test_strange_addresses_do_no_harm(pm: Client, world: World, path: str, status: int) -> None:
    batch = read(pm, world)
    assert pm.get(f"/imports/{batch.pk}{path}").status_code == status
    assert pm.get(f"/imports/{HUGE}").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"column-name": "a\0b", "key": "ID"},
        {"column-name": "Name", "key": ["ID"] * 3 + ["x" * 5000]},
        {"column-name": "Name", "key": [f"K{number}" for number in range(50)]},
    ],
)
def test_strange_mappings_are_refused(pm: Client, world: World, sent: dict[str, Any]) -> None:
    batch = read(pm, world)
    assert pm.post(f"/imports/{batch.pk}/columns", {"version": 1, **sent}).status_code == 422
    batch.refresh_from_db()
    assert batch.version == 1


def test_strange_values_are_refused_and_unknown_ones_ignored(pm: Client, world: World) -> None:
    batch = read(pm, world)
    path = f"/imports/{batch.pk}/values"
    for sent in ({"stage-0": "flying"}, {"default-stage": "x"}, {"order-conception_date": "x"}):
        assert pm.post(path, {"version": 1, **sent}).status_code == 422
    assert pm.post(path, {"version": 1, "stage-99": "production", f"stage-{HUGE}": "x"}).status_code == 302


@pytest.mark.parametrize("program", ["", "x", "0", HUGE])
def test_a_program_that_is_none_is_refused(pm: Client, world: World, program: str) -> None:
    file = SimpleUploadedFile("portfolio.csv", CONTENT.encode())
    assert pm.post("/imports", {"program": program, "file": file}).status_code == 422
    assert ImportBatch.objects.count() == 0


def test_another_program_s_file_cannot_be_sent_into_ours(pm: Client, world: World) -> None:
    other = World()
    assert upload(pm, other).status_code == 422
    assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_imported_again_without_change_and_makes_the_same_models_elsewhere(
    pm: Client, world: World, kind: str
) -> None:
    batch = read(pm, world, CONTENT.replace("In mission", "Retired").replace("Churn", "=Churn"))
    pm.post(f"/imports/{batch.pk}/run", {"version": 1})
    address = f"/portfolio/export.{kind}?standing=all&program={world.program.slug}"
    exported = pm.get(address)
    content = exported.getvalue() if exported.streaming else exported.content
    before = list(
        MLModel.objects.order_by("pk").values("name", "stage", "standing", "summary", "dates", "risk_tier")
    )
    upload(pm, world, content, f"portfolio.{kind}")
    again = ImportBatch.objects.latest("pk")
    assert (again.counts["create"], again.counts["update"], again.counts["held_back"]) == (0, 2, 0)
    pm.post(f"/imports/{again.pk}/run", {"version": 1})
    assert list(MLModel.objects.order_by("pk").values(*before[0])) == before
    other = World()
    other.program.memberships.create(
        person=world.pm, role=AccessRole.MANAGER, granted_by="test", granted_at=world.now
    )
    upload(pm, other, content, f"portfolio.{kind}")
    moved = ImportBatch.objects.latest("pk")
    pm.post(f"/imports/{moved.pk}/run", {"version": 1})
    made = MLModel.objects.filter(program=other.program).order_by("external_id")
    assert list(made.values_list("name", "stage", "standing", "risk_tier")) == [
        ("=Churn", "production", "active", "high"),
        ("Fraud", "deprecation", "retired", "low"),
    ]


@pytest.fixture
def signed_in(live_server: Any, world: World, client: Client) -> dict[str, str]:
    """The cookie with which the PM is signed in on the live server."""
    client.force_login(world.pm)
    name = installation.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": live_server.url}


@pytest.mark.browser
def test_the_federal_inventory_in_a_browser(
    live_server: Any, page: Any, axe: Any, shot: Any, signed_in: dict[str, str]
) -> None:
    file = shared_file("portfolio", "us_federal_ai_inventory_2024.csv.gz")
    page.set_default_timeout(60_000)
    page.context.add_cookies([signed_in])
    page.goto(f"{live_server.url}/imports")
    page.set_input_files("input[name=file]", str(file))
    for button, then, name in (
        ("Read the file", "Fields of a model", "columns"),
        ("Check values and dates", "Years typed as dates", "values"),
        ("Check the rows", "Import 2,120 rows", "rows"),
        ("Import 2,120 rows", "See them in the portfolio", "done"),
    ):
        page.click(f"text={button}")
        page.wait_for_selector(f"text={then}")
        assert axe(page) == []
        shot(page, f"imports-{name}")
    assert MLModel.objects.count() == 2120


@pytest.mark.browser
@in_all_looks
def test_every_import_page_holds_in_both_themes_and_on_a_phone(
    live_server: Any, open_page: Callable[..., Any], axe: Any, shot: Any, world: World, signed_in: dict[str, str],
    client: Client, theme: str, width: int,
) -> None:  # fmt: skip
    long = "Automated identification of things that have a very long name and one longword" + "x" * 60
    batch = read(client, world, CONTENT.replace("Churn", long).replace("In mission", f"In mission {long}"))
    page = open_page(theme=theme, width=width)
    page.context.add_cookies([signed_in])
    for path in (
        "",
        f"/{batch.pk}",
        f"/{batch.pk}/columns",
        f"/{batch.pk}/values",
        f"/{batch.pk}/rows/1",
    ):
        page.goto(f"{live_server.url}/imports{path}")
        assert axe(page) == []
        wide = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => !e.closest('.table-box, .tabs') &&"
            " e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"
        )
        assert wide == []
        shot(page, f"imports{path.replace('/', '-')}-{theme}-{width}")


OWNED = (
    "ID,Name,Stage,Owner\n1,Churn,Production,Noor Haddad\n2,Fraud,Production,Zoe\n3,Upsell,Production,Zoe\n"
)


def test_owners_are_shown_before_and_assigned_with_the_import(world: World, pm: Client) -> None:
    noor = world.person("Noor Haddad")
    world.member(noor, AccessRole.MEMBER)
    batch = read(pm, world, OWNED)
    values = pm.get(f"/imports/{batch.pk}/values")
    assert chosen(values, "owner_duty") == "program_manager"
    sent = {"version": batch.version, "owner_duty": "leader"}
    assert pm.post(f"/imports/{batch.pk}/values", sent).status_code == 302
    assert chosen(pm.get(f"/imports/{batch.pk}/values"), "owner_duty") == "leader"
    page = text(pm.get(f"/imports/{batch.pk}"))
    assert "1 owner named in “Owner” will be assigned as leader" in page
    assert "1 owner matches nobody: Zoe (2). They are kept as text." in page
    assert text(pm.get(f"/imports/{batch.pk}?problem=owner_unknown")).count("nobody of this program") == 2
    batch.refresh_from_db()
    said = text(pm.post(f"/imports/{batch.pk}/run", {"version": batch.version}, follow=True))
    assert "3 new models, 0 changed, 0 as they were; 1 duty assigned." in said
    assert "1 owner named in “Owner” was assigned as leader" in said
    assert list(noor.assignments.values_list("model__name", "duty")) == [("Churn", "leader")]
    said = text(pm.post(f"/imports/{batch.pk}/undo", {}, follow=True))
    assert "The duties that it gave have ended." in said
    assert "1 owner named in “Owner” had been assigned as leader" in said


def test_a_file_without_owners_asks_for_no_duty_and_an_unknown_duty_is_refused(
    world: World, pm: Client
) -> None:
    batch = read(pm, world)
    assert 'name="owner_duty"' not in pm.get(f"/imports/{batch.pk}/values").content.decode()
    assert 'id="owners"' not in pm.get(f"/imports/{batch.pk}").content.decode()
    owned = read(pm, world, OWNED)
    refused = pm.post(f"/imports/{owned.pk}/values", {"version": owned.version, "owner_duty": "king"})
    assert refused.status_code == 422
    owned.refresh_from_db()
    assert owned.mapping["owner_duty"] == "program_manager"
