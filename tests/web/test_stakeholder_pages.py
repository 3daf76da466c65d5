"""Stakeholders on the page of their model: who, how to treat them, whether we are in touch; and the forms."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.looks import in_all_looks
from tests.make import World
from throughline.actions import personal_links, stakeholders
from throughline.core.permissions import AccessRole
from throughline.records.people import Person
from throughline.records.stakeholders import Contact, Stakeholder

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def world() -> World:
    made = World(now=timezone.now() - timedelta(days=40))
    made.churn = made.model("Churn propensity")  # type: ignore[attr-defined]
    return made


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def read(response: Any) -> str:
    return str(response.content.decode())


def add(world: World, name: str, **more: Any) -> Stakeholder:
    given = {key: more.pop(key) for key in ("email", "makes_account") if key in more}
    return stakeholders.add_stakeholder(
        actor=world.actor(world.pm), model_id=world.churn.pk, fields={"name": name, "part": "user", **more},
        now=world.now, **given,
    )  # fmt: skip


def tab(world: World) -> str:
    return f"/models/{world.churn.pk}?tab=stakeholders"


FORM = {
    "name": "Head of retention", "business": "Customer retention, north", "need": "Fewer pointless calls",
    "part": "sponsor", "influence": "5", "interest": "4", "cadence_days": "30", "email": "",
}  # fmt: skip


def test_the_first_stakeholder_is_added_from_the_empty_tab(world: World) -> None:
    client = client_of(world.pm)
    assert "Nobody is named yet" in read(client.get(tab(world)))
    url = f"/models/{world.churn.pk}/stakeholders/new"
    page = read(client.post(url, FORM, follow=True))
    assert "Head of retention is a stakeholder of Churn propensity." in page
    for word in ("Fewer pointless calls", "Manage closely", "Sponsor", "No contact yet"):
        assert word in page, word


def test_what_was_typed_stays_when_it_is_refused(world: World) -> None:
    url = f"/models/{world.churn.pk}/stakeholders/new"
    response = client_of(world.pm).post(url, {**FORM, "email": "nobody@example.org"})
    assert response.status_code == 422
    page = read(response)
    assert "Fewer pointless calls" in page
    assert "Nobody with this address has an account." in page
    made = client_of(world.pm).post(url, {**FORM, "email": "nobody@example.org", "makes_account": "on"})
    assert made.status_code == 302
    assert Stakeholder.objects.get().person


def test_a_stakeholder_is_changed_once(world: World) -> None:
    row = add(world, "Head of retention")
    client, url = client_of(world.pm), f"/stakeholders/{row.pk}/edit"
    assert client.post(url, {**FORM, "version": 1}).status_code == 302
    stale = client.post(url, {**FORM, "need": "Something else", "version": 1})
    assert stale.status_code == 412
    assert "Something else" in read(stale)
    row.refresh_from_db()
    assert row.need == "Fewer pointless calls"


def test_contacts_are_recorded_and_the_overdue_stand_out(world: World) -> None:
    row = add(world, "Head of retention", cadence_days=30)
    client = client_of(world.pm)
    assert "overdue by 10 days" in read(client.get(tab(world)))
    assert "Head of retention" in read(client.get("/"))
    given = {"kind": "meeting", "day": "", "note": "Agreed on a trial."}
    page = read(client.post(f"/stakeholders/{row.pk}/contact", given, follow=True))
    assert "Agreed on a trial." in page
    assert "last contact just now" in page.lower()
    assert "overdue" not in read(client.get(tab(world)))
    assert "Get in touch" not in read(client.get("/"))
    late = (timezone.now() + timedelta(days=3)).date()
    refused = client.post(f"/stakeholders/{row.pk}/contact", {**given, "day": late, "note": "Kept words"})
    assert refused.status_code == 422
    assert "Kept words" in read(refused)
    assert Contact.objects.count() == 1


def test_today_names_the_overdue_only_to_whoever_keeps_in_touch(world: World) -> None:
    add(world, "Head of retention", cadence_days=30)
    assert "Get in touch with Head of retention" in read(client_of(world.pm).get("/"))
    assert "Get in touch" not in read(client_of(world.leader).get("/"))


def test_ending_asks_for_a_reason(world: World) -> None:
    row = add(world, "Head of retention")
    client, url = client_of(world.pm), f"/stakeholders/{row.pk}/end"
    assert client.post(url, {"reason": "", "version": 1}).status_code == 422
    assert client.post(url, {"reason": "Left the company.", "version": 1}).status_code == 302
    page = read(client.get(tab(world)))
    assert "1 no longer a stakeholder" in page
    assert "Left the company." in page
    assert "Record a contact" not in read(client.get(f"/stakeholders/{row.pk}"))


def test_stakeholders_do_not_see_each_other(world: World) -> None:
    kim = world.person("Kim")
    row = add(world, "Kim", email=str(kim.email))
    add(world, "Head of retention")
    client = client_of(kim)
    page = read(client.get(tab(world)))
    assert "Head of retention" not in page
    assert f'href="{tab(world)}"' not in page
    assert client.get(f"/stakeholders/{row.pk}").status_code == 404
    assert "My page" in read(client.get("/"))
    assert "My page" not in read(client_of(world.pm).get("/"))


def test_a_viewer_looks_and_an_outsider_finds_nothing(world: World) -> None:
    row, viewer = add(world, "Head of retention"), world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    page = read(client_of(viewer).get(tab(world)))
    assert "Head of retention" in page
    assert "Add a stakeholder" not in page
    assert client_of(viewer).post(f"/stakeholders/{row.pk}/contact", {"kind": "meeting"}).status_code == 403
    outside = client_of(World(now=world.now).pm)
    for path in (f"/stakeholders/{row.pk}", f"/stakeholders/{row.pk}/edit", tab(world)):
        assert outside.get(path).status_code == 404, path


def test_the_past_shows_who_it_was(world: World) -> None:
    row = add(world, "Head of retention")
    day = world.now.date() + timedelta(days=1)
    stakeholders.change_stakeholder(
        actor=world.actor(world.pm), stakeholder_id=row.pk, fields={"name": "Desk lead"}, now=timezone.now()
    )
    page = read(client_of(world.pm).get(f"{tab(world)}&as_of={day}"))
    assert "Head of retention" in page
    assert "Desk lead" not in page


def test_the_tab_takes_a_fixed_number_of_statements(world: World, django_assert_max_num_queries: Any) -> None:
    client = client_of(world.pm)
    for number in range(8):
        add(world, f"Stakeholder {number}", email=f"s{number}@example.org", makes_account=True)
    client.get(tab(world))
    with django_assert_max_num_queries(20):
        client.get(tab(world))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@in_all_looks
def test_the_pages_look_right(
    site: str,
    open_page: Callable[..., Any],
    axe: Callable[..., list[str]],
    shot: Callable[..., Any],
    theme: str,
    width: int,
) -> None:
    world = World(now=timezone.now() - timedelta(days=40))
    world.churn = world.model("Churn propensity")  # type: ignore[attr-defined]
    row = add(
        world, "Roberta Okonkwo-Lindqvist", email="roberta@example.org", makes_account=True, part="sponsor",
        business="Customer retention, north and north-east", influence=5, interest=5, cadence_days=14,
        need="Call the customers who would otherwise leave, and no others: every call costs us eleven euros.",
    )  # fmt: skip
    add(world, "Retention desk", is_group=True, interest=5, influence=2, need="A list by eight each morning.")
    add(world, "Data protection officer", part="approver", influence=4, interest=2, cadence_days=90)
    add(world, "Finance", part="informed", influence=1, interest=1)
    stakeholders.record_contact(
        actor=world.actor(world.pm), stakeholder_id=row.pk, kind="meeting", note="Agreed on a trial of 4 weeks.",
        now=world.now,
    )  # fmt: skip
    personal_links.create_personal_link(
        actor=world.actor(world.pm), stakeholder_id=row.pk, now=timezone.now()
    )
    page = open_page(theme=theme, width=width)
    cookie = client_of(world.pm).cookies["throughline-session"].value
    page.context.add_cookies([{"name": "throughline-session", "value": cookie, "url": site}])
    empty = world.model("Empty")
    paths = {
        "tab": tab(world), "tab-empty": f"/models/{empty.pk}?tab=stakeholders", "one": f"/stakeholders/{row.pk}",
        "edit": f"/stakeholders/{row.pk}/edit", "new": f"/models/{world.churn.pk}/stakeholders/new", "today": "/",
    }  # fmt: skip
    wrong = {}
    for name, path in paths.items():
        page.goto(f"{site}{path}")
        shot(page, f"stakeholders-{name}-{theme}-{width}")
        found = axe(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("runs over the edge")
        if found:
            wrong[name] = found
    assert wrong == {}
