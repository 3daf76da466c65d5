"""Pages of data sources and access: forms keep what was typed, lists narrow, and the model says what is missing."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.records.data_sources import AccessRequest, DataSource, SourceFlow, SourceUse
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Orders", "provider": "Sales", "contacts": "Ada, ada@example.org, data desk", "systems": "Shop",
    "sensitivity": "confidential", "automation": "scheduled", "refresh": "0 6 * * *", "time_zone": "Europe/Zurich",
    "support": "yes", "supported_until": "2030-01-01", "external_id": "wh-1", "location.kind": "files",
    "location.path": "orders/*.parquet", "description": "", "owner": "",
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now() - timedelta(days=30))


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


def read(response: Any) -> str:
    return str(response.content.decode())


def member(world: World, role: AccessRole) -> Person:
    person = world.person("Mo")
    world.member(person, role)
    return person


class TestTheForm:
    def test_a_source_is_added_to_a_program_and_edited(self, world: World, pm: Client) -> None:
        page = read(pm.get("/sources"))
        assert "No data source is listed yet" in page
        url = f"/sources/new?program={world.program.slug}"
        assert url in page
        page = read(pm.post(url, {**FORM, "owner": world.pm.pk}, follow=True))
        assert "Orders is listed." in page
        row = DataSource.objects.get()
        assert (row.owner, row.is_supported, row.location["path"]) == (world.pm, True, "orders/*.parquet")
        assert row.contacts == [{"name": "Ada", "email": "ada@example.org", "role": "data desk"}]
        for said in ("At 06:00 every day", "Next expected refreshes", "ada@example.org", "orders/*.parquet"):
            assert said in page
        form = read(pm.get(f"/sources/{row.pk}/edit"))
        assert "Ada, ada@example.org, data desk" in form
        assert 'value="2030-01-01"' in form
        sent = {**FORM, "name": "Orders of today", "support": "no", "supported_until": "", "version": "1"}
        assert "The source is saved." in read(pm.post(f"/sources/{row.pk}/edit", sent, follow=True))
        row.refresh_from_db()
        assert (row.name, row.is_supported, row.owner) == ("Orders of today", False, None)
        stale = pm.post(f"/sources/{row.pk}/edit", {**FORM, "name": "Mine", "version": "1"})
        assert stale.status_code == 412
        assert 'value="Mine"' in read(stale)

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"refresh": "at six"}, "is not a schedule"),
            ({"refresh": "0 0 31 2 *"}, "is not a schedule"),
            ({"time_zone": "Mars"}, "is not a time zone"),
            ({"contacts": "Ada, nowhere@, x\nEve, no address@"}, "not an e-mail address"),
            ({"location.kind": "postgres"}, "needs its host"),
            ({"support": "no"}, "makes sense only where"),
            ({"supported_until": "soon"}, "Enter a valid date"),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, world: World, pm: Client, more: dict[str, str], said: str
    ) -> None:
        answer = pm.post(f"/sources/new?program={world.program.slug}", {**FORM, **more})
        page = read(answer)
        assert answer.status_code == 422
        assert said in page
        assert 'value="orders/*.parquet"' in page
        assert not DataSource.objects.exists()

    def test_from_a_model_it_is_used_at_once(self, model: MLModel, pm: Client) -> None:
        url = f"/sources/new?model={model.pk}"
        sent = {**FORM, "from_stage": "prototype", "purpose": "Training"}
        page = read(pm.post(url, sent, follow=True))
        use = SourceUse.objects.get()
        assert (use.model, use.from_stage, use.purpose) == (model, "prototype", "Training")
        assert "Orders" in page
        assert "Ask for it" in page

    def test_a_viewer_and_a_stranger_do_not_get_it(
        self, world: World, sign_in: Callable[[Person], Client]
    ) -> None:
        url = f"/sources/new?program={world.program.slug}"
        viewer = sign_in(member(world, AccessRole.VIEWER))
        assert viewer.get(url).status_code == 403
        assert sign_in(World().pm).get(url).status_code == 404
        row = world.source()
        assert viewer.get(f"/sources/{row.pk}").status_code == 200
        assert viewer.get(f"/sources/{row.pk}/edit").status_code == 403


class TestTheList:
    def test_it_narrows_by_its_address_and_leaves_as_csv(self, world: World, pm: Client) -> None:
        world.source("Orders", automation="manual", is_supported=None)
        world.source("=Weather", provider="Met office", sensitivity="public")
        assert "Orders" in read(pm.get("/sources?automation=manual"))
        page = read(pm.get("/sources?support=yes&provider=Met+office"))
        assert "Met office" in page
        assert ">Orders<" not in page
        assert "No source fits" in read(pm.get("/sources?q=nothing+like+it"))
        text = pm.get("/sources.csv?sensitivity=public").content.decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["Name"], row["Provider"], row["Supported"]) == ("'=Weather", "Met office", "yes")

    def test_a_retired_one_shows_only_when_asked_for(self, world: World, pm: Client) -> None:
        row = world.source("Orders")
        page = read(pm.post(f"/sources/{row.pk}/end", {"reason": "Replaced.", "version": "1"}, follow=True))
        assert "Orders is retired." in page
        assert ">Orders<" not in read(pm.get("/sources"))
        assert ">Orders<" in read(pm.get("/sources?ended=1"))

    def test_a_stakeholder_sees_neither_list_nor_tab(
        self, world: World, model: MLModel, sign_in: Callable[[Person], Client]
    ) -> None:
        world.source("Quiet source", model)
        client = sign_in(member(world, AccessRole.STAKEHOLDER))
        assert "Quiet source" not in read(client.get("/sources"))
        assert "Quiet source" not in read(client.get("/sources.csv"))
        assert "Quiet source" not in read(client.get(f"/models/{model.pk}?tab=data"))


class TestFlows:
    def test_drawn_added_and_taken_out(self, world: World, pm: Client) -> None:
        tills, orders = world.source("Tills"), world.source("Orders")
        page = read(pm.post(f"/sources/{orders.pk}/flows", {"upstream": tills.pk}, follow=True))
        assert "Orders is made from Tills." in page
        refused = pm.post(f"/sources/{tills.pk}/flows", {"upstream": orders.pk})
        assert (refused.status_code, "round in a circle" in read(refused)) == (422, True)
        assert pm.post(f"/sources/{orders.pk}/flows", {"upstream": ""}).status_code == 422
        page = read(pm.post(f"/sources/flows/{SourceFlow.objects.get().pk}/end", follow=True))
        assert "no longer made from Tills" in page


class TestAccess:
    def test_from_asking_to_granting_on_the_models_page(
        self, world: World, model: MLModel, pm: Client
    ) -> None:
        tab = f"/models/{model.pk}?tab=data"
        assert "No data source is linked yet" in read(pm.get(tab))
        one, two = world.source("Orders"), world.source("Calls")
        sent: dict[str, Any] = {"sources": [one.pk, two.pk], "from_stage": "conception", "purpose": ""}
        assert "uses Orders, Calls" in read(pm.post(f"/models/{model.pk}/sources", sent, follow=True))
        form = read(pm.get(f"/models/{model.pk}/access/new?source={one.pk}"))
        assert 'value="Sales data team"' in form
        due = (timezone.now() + timedelta(days=5)).date().isoformat()
        said = {"needed_by": "Job", "reason": "Scores.", "sent_to": "Sales", "due_on": due, "link": ""}
        page = read(
            pm.post(f"/models/{model.pk}/access/new", {"sources": [one.pk, two.pk], **said}, follow=True)
        )
        assert "Access to 2 sources is asked for." in page
        assert "asked of Sales, waiting since today" in page
        again = pm.post(f"/models/{model.pk}/access/new", {"sources": [one.pk], **said})
        assert (again.status_code, "asked for already" in read(again)) == (422, True)
        request = AccessRequest.objects.get(source=one)
        url = f"/access/{request.pk}"
        own = pm.post(f"{url}/answer", {"form": "answer", "answer": "Yes.", "link": "", "outcome": "grant"})
        assert (own.status_code, "needs a link" in read(own)) == (422, True)
        assert "Yes." in read(own)
        answer = {"form": "answer", "answer": "Yes.", "link": "https://example.org/1", "outcome": "grant"}
        assert "Access to Orders is granted." in read(pm.post(f"{url}/answer", answer, follow=True))
        late = pm.post(f"{url}/answer", answer)
        assert late.status_code == 409
        page = read(pm.post(f"{url}/revoke", {"form": "end", "reason": "Over.", "version": "2"}, follow=True))
        assert "revoked" in page
        assert f"again={request.pk}" in read(pm.get(tab))

    def test_an_overdue_answer_is_named_on_the_model_at_the_gate_and_today(
        self, world: World, model: MLModel, pm: Client
    ) -> None:
        world.policy({"conception_to_prototype": ["data.access_granted"]})
        model = world.model("Late")
        world.asks_access(model, world.source("Orders", model), days=7)
        page = read(pm.get(f"/models/{model.pk}?tab=data"))
        assert "The gate stays closed until it is answered." in page
        assert "Answer overdue" in page
        assert "overdue by" in read(pm.get(f"/models/{model.pk}"))
        today = read(pm.get("/"))
        assert "Chase access to Orders: Late" in today

    def test_a_grant_that_ends_soon_is_on_today(self, world: World, model: MLModel, pm: Client) -> None:
        (request,) = world.asks_access(model, world.source("Orders", model))
        world.grants(request, until=(timezone.now() + timedelta(days=9)).date())
        assert "Renew access to Orders" in read(pm.get("/"))

    def test_a_refusal_is_recorded_with_its_words(self, world: World, model: MLModel, pm: Client) -> None:
        (request,) = world.asks_access(model, world.source("Orders", model))
        sent = {
            "form": "answer",
            "answer": "Not for models.",
            "outcome": "refuse",
            "version": "1",
            "link": "",
        }
        assert "is refused" in read(pm.post(f"/access/{request.pk}/answer", sent, follow=True))
        assert "Not for models." in read(pm.get(f"/access/{request.pk}"))

    def test_a_viewer_reads_and_changes_nothing(
        self, world: World, model: MLModel, sign_in: Callable[[Person], Client]
    ) -> None:
        (request,) = world.asks_access(model, world.source("Orders", model))
        client = sign_in(member(world, AccessRole.VIEWER))
        page = read(client.get(f"/access/{request.pk}"))
        assert "Record the answer" not in page
        assert client.get(f"/models/{model.pk}/access/new").status_code == 403
        assert client.post(f"/access/{request.pk}/withdraw", {"reason": ""}).status_code == 403
        assert client.post(f"/sources/uses/{SourceUse.objects.get().pk}/end").status_code == 403


def test_the_past_shows_the_sources_of_then_and_changes_nothing(
    world: World, model: MLModel, pm: Client
) -> None:
    world.source("Orders", model)
    day = (world.now + timedelta(days=2)).date()
    pm.post(f"/sources/uses/{SourceUse.objects.get().pk}/end")
    assert "No data source is linked yet" in read(pm.get(f"/models/{model.pk}?tab=data"))
    past = read(pm.get(f"/models/{model.pk}?tab=data&as_of={day}"))
    assert "Orders" in past
    assert "Use a source" not in past


def test_what_breaks_is_listed_and_told(world: World, model: MLModel, pm: Client) -> None:
    row = world.source("Orders", model)
    assert "Nothing that was promised of it rests on this" in read(pm.get(f"/sources/{row.pk}/impact"))
    desk = world.stakeholder(model, name="Retention desk")
    world.promise(model, desk, kind="sla", statement="Scores are there by six.", value="06:00")
    page = read(pm.get(f"/sources/{row.pk}/impact?happened=failed"))
    for said in ("Scores are there by six.", "Retention desk", "Not told", "delivered wrong data"):
        assert said in page
    cause = f"source:{row.pk}:failed:{timezone.now():%Y-%m-%d}"
    url = f"/models/{model.pk}/tell?cause={cause.replace(':', '%3A')}"
    assert url in page
    form = read(pm.get(url))
    assert "Orders delivered wrong data" in form
    sent = {"stakeholders": [desk.pk], "how": "in_person", "subject": "Orders", "words": "Wrong since noon."}
    assert "1 person told" in read(pm.post(url, sent, follow=True))
    assert Telling.objects.get().cause == cause
    page = read(pm.get(f"/sources/{row.pk}/impact?happened=failed"))
    assert "Not told" not in page
    assert url not in page


def test_the_tab_reads_no_more_however_many_sources(world: World, model: MLModel, pm: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert pm.get(f"/models/{model.pk}?tab=data").status_code == 200
        return len(seen)

    world.source("One", model)
    count()
    few = count()
    world.fed(model, *(f"S{number}" for number in range(5)))
    assert count() == few
