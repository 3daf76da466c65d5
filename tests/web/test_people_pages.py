"""People, coverage, settings and tokens by the pages: what is shown, what is done, and how it looks."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.test import Client
from django.utils import timezone

from tests.looks import in_all_looks
from tests.make import World, policy_source
from throughline.actions import people
from throughline.core.permissions import AccessRole
from throughline.queries.access import token_of
from throughline.records.access import Membership, Token
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.portfolio import Program

pytestmark = pytest.mark.django_db
NEEDED = {
    "conception": ["program_manager", "leader", "stakeholder"],
    "prototype": ["program_manager", "data_scientist", "data_engineer", "analyst", "project_planning"],
}


@pytest.fixture
def world() -> World:
    return furnished(World(now=timezone.now() - timedelta(days=40)))


def furnished(world: World) -> World:
    """A program in which something is missing."""
    source = yaml.safe_load(policy_source(version="needs"))
    world.publish(yaml.safe_dump({**source, "needed": NEEDED}, sort_keys=False))
    world.churn = world.model("Churn propensity")  # type: ignore[attr-defined]
    for name in (
        "Invoice anomaly finder",
        "Demand forecast for all stores in the northern region",
        "Ticket routing",
    ):
        world.model(name)
    world.now = timezone.now()
    return world


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(response: Any) -> str:
    return str(response.content.decode())


def test_the_matrix_shows_gaps_and_is_filtered_by_the_address(world: World) -> None:
    client = client_of(world.pm)
    page = read(client.get("/people"))
    assert "4 of 4 with gaps" in page
    assert "Stakeholder or user" in page
    assert read(client.get("/people?stage=production")).count("Churn propensity") == 0
    people.assign_duty(
        actor=world.actor(world.pm), duty="stakeholder", person_id=world.leader.pk, model_id=world.churn.pk,
        now=world.now,
    )  # fmt: skip
    assert "3 of 4 with gaps" in read(client.get("/people"))
    assert "Churn propensity" not in read(client.get("/people?gaps=1"))
    assert "Churn propensity" not in read(client.get("/people?duty=stakeholder"))


@pytest.mark.parametrize("query", ["?page=x", "?page=99999999", "?stage=x&duty=y", "?page=0"])
def test_a_strange_address_does_no_harm(world: World, query: str) -> None:
    assert client_of(world.pm).get(f"/people{query}").status_code == 200


def test_the_page_takes_a_fixed_number_of_statements(
    world: World, django_assert_max_num_queries: Any
) -> None:
    client = client_of(world.pm)
    client.get("/people")
    with django_assert_max_num_queries(20):
        client.get("/people")


def test_a_duty_is_assigned_by_the_form_and_the_page_says_so(world: World) -> None:
    client = client_of(world.pm)
    url = f"/people/assign?model={world.churn.pk}&duty=stakeholder"
    assert "selected" in read(client.get(url))
    response = client.post(url, {"duty": "stakeholder", "person": world.leader.pk, "email": ""}, follow=True)
    assert f"Li is Stakeholder or user of {world.churn.name}." in read(response)
    assert Assignment.objects.filter(duty="stakeholder", person=world.leader).exists()


def test_a_refused_form_keeps_what_was_typed(world: World) -> None:
    client = client_of(world.pm)
    given = {"duty": "stakeholder", "person": "", "email": "nobody@example.org", "ends_on": "2020-01-01"}
    response = client.post(f"/people/assign?model={world.churn.pk}", given)
    assert response.status_code == 422
    assert "nobody@example.org" in read(response)
    assert "Invite them first" in read(response)


def test_days_are_those_of_the_program(world: World) -> None:
    Program.objects.filter(pk=world.program.pk).update(time_zone="Pacific/Auckland")
    day = (world.now + timedelta(days=10)).date()
    client_of(world.pm).post(
        f"/people/assign?model={world.churn.pk}",
        {"duty": "analyst", "person": world.leader.pk, "email": "", "ends_on": day.isoformat()},
    )
    from zoneinfo import ZoneInfo

    ends = Assignment.objects.get(duty="analyst").ends_at
    assert ends
    local = ends.astimezone(ZoneInfo("Pacific/Auckland"))
    assert (local.hour, local.date()) == (0, day + timedelta(days=1))


def test_a_gap_is_taken_up_and_closed_by_its_owner(world: World) -> None:
    client = client_of(world.pm)
    due = (world.now + timedelta(days=9)).date()
    given = {
        "duty": "stakeholder",
        "person": world.leader.pk,
        "email": "",
        "due_on": due,
        "note": "Ask sales.",
    }
    client.post(f"/people/gaps/new?model={world.churn.pk}", given)
    item = GapItem.objects.get()
    assert "Ask sales." in read(client.get("/people"))
    owner = client_of(world.leader)
    response = owner.post(
        f"/people/gaps/{item.pk}/close", {"outcome": "Kim joins.", "version": item.version}, follow=True
    )
    assert "The gap item is closed." in read(response)


def test_an_overdue_gap_is_marked(world: World) -> None:
    item = people.take_up_gap(
        actor=world.actor(world.pm), duty="stakeholder", owner_id=world.leader.pk, model_id=world.churn.pk,
        due_on=world.now.date() + timedelta(days=1), now=world.now,
    )  # fmt: skip
    client = client_of(world.pm)
    assert "Overdue" not in read(client.get("/people"))
    GapItem.objects.filter(pk=item.pk).update(due_on=world.now.date() - timedelta(days=3))
    for path in ("/people", f"/models/{world.churn.pk}?tab=people", f"/people/{world.leader.pk}"):
        assert "Overdue" in read(client.get(path)), path


def test_the_holder_hands_on_and_the_manager_ends(world: World) -> None:
    row = world.assign(world.leader, "analyst", world.churn)
    third = world.person("Kim")
    world.member(third, AccessRole.MEMBER)
    until = (world.now + timedelta(days=9)).date()
    holder = client_of(world.leader)
    holder.post(f"/people/assignments/{row.pk}/delegate", {"person": third.pk, "email": "", "ends_on": until})
    assert "stands in for Li" in read(holder.get(f"/models/{world.churn.pk}?tab=people"))
    assert client_of(third).post(f"/people/assignments/{row.pk}/end").status_code == 403
    client_of(world.pm).post(f"/people/assignments/{row.pk}/end")
    row.refresh_from_db()
    assert row.ends_at is not None


def test_who_may_only_look_sees_no_button(world: World) -> None:
    viewer = world.person("Vera")
    world.member(viewer, AccessRole.VIEWER)
    page = read(client_of(viewer).get(f"/models/{world.churn.pk}?tab=people"))
    assert "Gaps can be closed by" in page
    assert "/people/assign" not in page
    assert "Take up the gap" not in page


def test_outsiders_get_nothing(world: World) -> None:
    outside = client_of(World(now=world.now).pm)
    for path in (
        f"/people/{world.leader.pk}",
        f"/people/assign?model={world.churn.pk}",
        f"/people?program={world.program.slug}",
    ):
        assert outside.get(path).status_code == 404, path
    assert world.churn.name not in read(outside.get("/people"))


def test_the_profile_is_saved_and_a_wrong_zone_is_refused(world: World) -> None:
    client = client_of(world.pm)
    given = {"name": "Ana Ruiz", "time_zone": "Europe/Madrid", "theme": "dark", "has_shortcuts": "on"}
    assert "Your profile is saved." in read(client.post("/settings", given, follow=True))
    world.pm.refresh_from_db()
    assert (world.pm.name, world.pm.time_zone, world.pm.theme) == ("Ana Ruiz", "Europe/Madrid", "dark")
    assert client.post("/settings", {**given, "time_zone": "Mars/Base"}).status_code == 422
    assert "Times in Europe/Madrid" in read(client.get("/settings"))


def test_a_program_is_changed_once_by_its_manager(world: World) -> None:
    client, url = client_of(world.pm), f"/settings/programs/{world.program.slug}"
    world.program.refresh_from_db()
    given = {"name": "Customers", "time_zone": "Asia/Tokyo", "version": world.program.version}
    assert client.post(url, given).status_code == 302
    assert client.post(url, {**given, "name": "Other"}).status_code == 412
    assert Program.objects.get(pk=world.program.pk).name == "Customers"
    assert client_of(world.leader).get(url).status_code == 403
    assert client_of(World(now=world.now).pm).get(url).status_code == 404


def test_an_invitation_shows_its_link_once(world: World) -> None:
    client, url = client_of(world.pm), f"/settings/programs/{world.program.slug}"
    response = client.post(f"{url}/invite", {"name": "Kim", "email": "kim@example.org", "role": "member"})
    assert "/sign-in/link?key=" in read(response)
    assert response["Cache-Control"] == "no-store"
    assert "/sign-in/link?key=" not in read(client.get(url))
    refused = client.post(f"{url}/invite", {"name": "Kim", "email": "no address", "role": "member"})
    assert refused.status_code == 422
    assert "no address" in read(refused)


def test_each_label_on_a_programs_page_leads_to_its_own_field(world: World) -> None:
    page = read(client_of(world.pm).get(f"/settings/programs/{world.program.slug}"))
    ids = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page)
    assert {"id_name", "invite_name", "service_name", "grant-person"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_roles_are_given_and_taken(world: World) -> None:
    client, url = client_of(world.pm), f"/settings/programs/{world.program.slug}"
    client.post(f"{url}/grant", {"person": world.leader.pk, "role": "auditor"})
    row = Membership.objects.get(person=world.leader, role="auditor")
    client.post(f"/settings/memberships/{row.pk}/revoke")
    assert not Membership.objects.filter(pk=row.pk).exists()
    assert client.post(f"{url}/grant", {"person": "x", "role": "king"}).status_code == 422


def test_the_first_administrator_can_take_a_duty_and_a_role_in_a_new_program(world: World) -> None:
    root, outsider = world.person("Root", is_admin=True), world.person("Outsider")
    churn, client = world.model("Churn"), client_of(root)
    for url in (f"/people/assign?model={churn.pk}", f"/settings/programs/{world.program.slug}"):
        page = read(client.get(url))
        assert f'<option value="{root.pk}">' in page
        assert f'<option value="{outsider.pk}">' not in page
    client.post(f"/people/assign?model={churn.pk}", {"duty": "analyst", "person": root.pk})
    assert Assignment.objects.get(person=root).duty == "analyst"


def test_a_manager_is_not_told_who_administers(world: World) -> None:
    root = world.person("Root", is_admin=True)
    page = read(client_of(world.pm).get(f"/settings/programs/{world.program.slug}"))
    assert f'<option value="{world.leader.pk}">' in page
    assert f'<option value="{root.pk}">' not in page


def test_a_token_is_shown_once_and_works(world: World) -> None:
    client = client_of(world.pm)
    ends = (world.now + timedelta(days=30)).date()
    given = {"name": "ci", "program": world.program.pk, "scopes": ["read"], "expires_on": ends}
    page = read(client.post("/settings/tokens", given))
    secret = page.split('id="shown-once"')[1].split('value="')[1].split('"')[0]
    assert token_of(secret, world.now)
    listed = read(client.get("/settings/tokens"))
    assert secret not in listed
    assert secret[:12] in listed
    client.post(f"/settings/tokens/{Token.objects.get().pk}/revoke")
    assert token_of(secret, world.now) is None
    for bad in ({"scopes": []}, {"expires_on": "2999-01-01"}, {"program": "999999"}, {"name": ""}):
        assert client.post("/settings/tokens", {**given, **bad}).status_code in (404, 422), bad


def test_a_service_account_gets_its_token_on_the_programs_page(world: World) -> None:
    client, url = client_of(world.pm), f"/settings/programs/{world.program.slug}"
    response = client.post(f"{url}/accounts", {"name": "Nightly", "role": "member"})
    ends = (world.now + timedelta(days=30)).date()
    page = read(client.post(response["Location"], {"name": "t", "scopes": ["evidence"], "expires_on": ends}))
    assert "thl_" in page
    assert "Nightly" in read(client.get(url))
    assert client_of(world.leader).get(response["Location"]).status_code == 404


def test_only_administrators_reach_the_installation(world: World) -> None:
    admin = client_of(world.person("Root", is_admin=True))
    page = read(admin.get("/settings/installation"))
    assert "THROUGHLINE_DATABASE_URL" in page
    assert "a key for tests only" not in page
    assert "********" in page
    for path in ("/settings/installation", "/settings/people", f"/settings/people/{world.pm.pk}"):
        assert admin.get(path).status_code == 200
        assert client_of(world.pm).get(path).status_code == 403
    made = admin.post(
        "/settings/installation", {"name": "Fraud & risk", "time_zone": "UTC", "policy": "light"}
    )
    assert made["Location"] == "/settings/programs/fraud-risk"


def test_an_administrator_switches_somebody_off_and_on_and_makes_links(world: World) -> None:
    admin = client_of(world.person("Root", is_admin=True))
    url = f"/settings/people/{world.leader.pk}"
    admin.post(f"{url}/switch", {"to": "off"})
    world.leader.refresh_from_db()
    assert not world.leader.is_active
    admin.post(f"{url}/switch", {"to": "on"})
    assert "/sign-in/link?key=" in read(admin.post(f"{url}/link"))
    assert admin.post(url, {"email": world.pm.email}).status_code == 422


PLACES = [
    "people", "person", "model", "assign", "gap", "delegate", "profile", "program", "tokens", "everybody",
    "installation",
]  # fmt: skip


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
    world = furnished(World(now=timezone.now() - timedelta(days=40)))
    admin = world.person("Roberta Okonkwo-Lindqvist", is_admin=True)
    row = world.assign(world.leader, "analyst", world.churn)
    world.assign(world.leader, "data_scientist")
    item = people.take_up_gap(
        actor=world.actor(world.pm), duty="stakeholder", owner_id=world.leader.pk, model_id=world.churn.pk,
        due_on=world.now.date(), note="The head of retention names somebody.", now=world.now,
    )  # fmt: skip
    GapItem.objects.filter(pk=item.pk).update(due_on=world.now.date() - timedelta(days=4))
    cookie = client_of(admin).cookies["throughline-session"].value
    page = open_page(theme=theme, width=width)
    page.context.add_cookies([{"name": "throughline-session", "value": cookie, "url": site}])
    slug = world.program.slug
    paths = {
        "people": f"/people?program={slug}", "person": f"/people/{world.leader.pk}",
        "model": f"/models/{world.churn.pk}?tab=people", "assign": f"/people/assign?model={world.churn.pk}",
        "gap": f"/people/gaps/new?model={world.churn.pk}&duty=stakeholder",
        "delegate": f"/people/assignments/{row.pk}/delegate", "profile": "/settings",
        "program": f"/settings/programs/{slug}", "tokens": "/settings/tokens", "everybody": "/settings/people",
        "installation": "/settings/installation",
    }  # fmt: skip
    wrong = {}
    for name in PLACES:
        page.goto(f"{site}{paths[name]}")
        shot(page, f"{name}-{theme}-{width}")
        found = axe(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("runs over the edge")
        if found:
            wrong[name] = found
    assert wrong == {}
