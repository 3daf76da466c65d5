"""Compliance reviews through the web door: asked for, made, settled; with what was typed kept, and nothing leaked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import World
from throughline.actions import compliance_findings as actions
from throughline.core.permissions import AccessRole
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now() - timedelta(hours=2))


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def rae(world: World) -> Person:
    return world.reviewer()


@pytest.fixture
def amy(world: World) -> Person:
    return world.reviewer("Amy", AccessRole.MEMBER)


@pytest.fixture
def reviewer(rae: Person, sign_in: SignIn) -> Client:
    return sign_in(rae)


@pytest.fixture
def review(world: World, model: MLModel, rae: Person) -> ComplianceReview:
    return world.ask_review(model, rae)


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def day(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def test_empty_pages_say_what_to_do_next(model: MLModel, pm: Client, reviewer: Client) -> None:
    assert "Ask for a review" in text(pm, f"/models/{model.pk}?tab=compliance")
    assert "Ask for a review" not in text(reviewer, f"/models/{model.pk}?tab=compliance")
    assert "No review has been asked for yet" in text(pm, "/compliance")


def test_it_is_asked_for_with_what_was_typed_kept(
    world: World, model: MLModel, rae: Person, pm: Client
) -> None:
    path = f"/models/{model.pk}/compliance/new"
    form = {"kind": "privacy", "reviewer": rae.pk, "scope": f"All {SCRIPT}", "due_on": "2026-02-30"}
    refused = pm.post(path, form)
    page = refused.content.decode()
    assert (refused.status_code, "Enter a valid date" in page, "All &lt;script&gt;" in page) == (
        422,
        True,
        True,
    )
    assert pm.post(path, {**form, "due_on": day(-1)}).status_code == 422
    assert pm.post(path, {**form, "due_on": "", "reviewer": world.pm.pk}).status_code == 422
    assert not ComplianceReview.objects.exists()
    made = pm.post(path, {**form, "due_on": day(9)}, follow=True).content.decode()
    assert "Rae is asked for it." in made
    assert SCRIPT not in made
    assert pm.post(path, {**form, "due_on": day(9)}).status_code == 409


def test_the_life_of_a_review_without_scripts(
    world: World, model: MLModel, rae: Person, amy: Person, pm: Client, reviewer: Client, sign_in: SignIn
) -> None:
    row = world.ask_review(model, rae, opened=False)
    path, owner = f"/compliance/{row.pk}", sign_in(amy)
    assert "Privacy review: Churn" in text(reviewer, "/")
    assert "Take it up" in text(reviewer, path)
    assert "Take it up" not in text(pm, path)
    assert "Raise what you find" in reviewer.post(f"{path}/open", follow=True).content.decode()
    found = {"title": f"Kept {SCRIPT}", "severity": "high", "owner": "", "due_on": day(5), "form": "raise"}
    assert "Ana owns it" in reviewer.post(f"{path}/findings", found, follow=True).content.decode()
    pm.post(f"{path}/findings/1/change", {"owner": amy.pk, "due_on": day(6), "version": 1})
    page = text(owner, path)
    assert SCRIPT not in page
    assert "It is resolved" in page
    assert "Kept" in text(owner, "/")
    closing = {"conclusion": "passed", "valid_until": day(90), "words": "Fine by me.", "form": "close"}
    refused = reviewer.post(f"{path}/close", closing)
    assert refused.status_code == 409
    assert "Fine by me." in refused.content.decode()
    resolved = owner.post(f"{path}/findings/1/resolve", {"resolution": "Deleted.", "version": 2}, follow=True)
    assert "Somebody else has to confirm it" in resolved.content.decode()
    assert "Confirm it, or return it." in text(reviewer, "/")
    empty = reviewer.post(f"{path}/findings/1/judge", {"words": "", "answer": "return", "form": "judge-1"})
    assert (empty.status_code, "Returning it needs a reason." in empty.content.decode()) == (422, True)
    reviewer.post(f"{path}/findings/1/judge", {"words": "", "answer": "confirm"})
    assert "The gate knows." in reviewer.post(f"{path}/close", closing, follow=True).content.decode()
    assert "Renew it" in text(pm, path)
    assert "Passed" in text(pm, f"/models/{model.pk}?tab=compliance")


def test_a_finding_comes_late_is_accepted_and_reopened(
    world: World, review: ComplianceReview, amy: Person, pm: Client, leader: Client, reviewer: Client
) -> None:
    world.close_review(review)
    found, path = world.find(review, "critical", amy), f"/compliance/{review.pk}"
    assert "The gate stays closed" in text(leader, path)
    assert "Accept the risk" in text(leader, path)
    assert "Accept the risk" not in text(pm, path)
    assert pm.post(f"{path}/findings/1/accept", {"reason": "x"}).status_code == 409
    assert reviewer.post(f"{path}/findings/1/accept", {"reason": "x"}).status_code == 403
    leader.post(f"{path}/findings/1/accept", {"reason": "Small and watched.", "version": found.version})
    assert "Li accepted the risk" in text(pm, path)
    assert leader.post(f"{path}/findings/1/accept", {"reason": "Again."}).status_code == 409
    assert (
        "finding 2" in pm.post(f"{path}/findings/1/reopen", {"reason": "Back."}, follow=True).content.decode()
    )
    assert Finding.objects.filter(state="open").count() == 1


def test_a_form_that_came_back_is_the_only_one_with_what_was_typed(
    world: World, review: ComplianceReview, amy: Person, sign_in: SignIn
) -> None:
    for number in (1, 2):
        world.find(review, "high", amy, title=f"Found {number}")
    sent = {"resolution": "", "link": "ftp://x", "form": "resolve-2"}
    page = sign_in(amy).post(f"/compliance/{review.pk}/findings/2/resolve", sent).content.decode()
    assert page.count("ftp://x") == 1
    assert 'id="resolve-1_resolution"' in page
    assert 'id="resolve-2_resolution"' in page


def test_the_list_narrows_by_its_address_and_goes_out_as_a_table(
    world: World, review: ComplianceReview, pm: Client, sign_in: SignIn
) -> None:
    world.find(review, "high", title="=1+1")
    other = world.reviewed(world.model("=HYPERLINK(1)"), "legal", valid_until=timezone.now().date())
    assert "Churn" in text(pm, "/compliance")
    assert "Churn" not in text(pm, "/compliance?view=ending").split("<form")[1]
    assert "=HYPERLINK(1)" in text(pm, "/compliance?view=ending&kind=legal")
    assert "No review fits" in text(pm, "/compliance?view=ending&kind=privacy")
    for strange in ("view=x", "page=0", "page=99999999", "kind=%00", "program=none", "page=²"):
        assert pm.get(f"/compliance?{strange}").status_code == 200, strange
    table = text(pm, "/compliance.csv?view=all")
    assert table.startswith("\ufeffReview,Program,Model")
    assert "'=HYPERLINK(1)" in table
    assert len(text(pm, "/compliance.csv?view=all&kind=legal").splitlines()) == 2
    stranger = sign_in(world.person("Stranger"))
    assert "Churn" not in text(stranger, "/compliance?view=all")
    assert stranger.get(f"/compliance/{other.pk}").status_code == 404


def test_today_tells_the_manager_what_ends_and_what_is_late(
    world: World, model: MLModel, rae: Person, review: ComplianceReview, pm: Client
) -> None:
    world.close_review(review, valid_until=timezone.now().date() + timedelta(days=20))
    world.ask_review(model, rae, "legal", due_on=world.now.date() + timedelta(days=1))
    ComplianceReview.objects.filter(kind="legal").update(due_on=timezone.now().date() - timedelta(days=2))
    page = text(pm, "/")
    assert "The privacy review ends" in page
    assert "Legal review: Churn is overdue" in page
    renewal = text(pm, f"/models/{model.pk}/compliance/new?renews={review.pk}")
    assert f'name="renews" value="{review.pk}"' in renewal
    pm.post(
        f"/models/{model.pk}/compliance/new", {"kind": "privacy", "reviewer": rae.pk, "renews": review.pk}
    )
    assert "The privacy review ends" not in text(pm, "/")
    for strange in ("renews=x", "renews=99999", "renews=²", "kind=nothing"):
        assert pm.get(f"/models/{model.pk}/compliance/new?{strange}").status_code == 200


def test_the_past_shows_nothing_that_came_later(sign_in: SignIn) -> None:
    world = World(now=timezone.now() - timedelta(days=9))
    model, amy = world.model(), world.reviewer("Amy", AccessRole.MEMBER)
    review = world.ask_review(model, world.reviewer())
    first = world.find(review, "high", amy, title="Found early")
    world.later(days=5)
    world.find(review, "high", amy, title="Found lately")
    actions.resolve_finding(
        actor=world.actor(amy),
        compliance_id=review.pk,
        number=first.number,
        resolution="Mended.",
        now=world.now,
    )
    ana, tab = sign_in(world.pm), f"/models/{model.pk}?tab=compliance"
    assert "Found lately" in text(ana, tab)
    then = text(ana, f"{tab}&as_of={(timezone.now() - timedelta(days=7)).date()}")
    assert "Found early" in then
    assert "Found lately" not in then
    assert "waits to be confirmed" not in then


def test_a_stakeholder_who_reviews_learns_nobodys_name_from_the_form(
    world: World, review: ComplianceReview, reviewer: Client
) -> None:
    world.reviewer("Hidden Member", AccessRole.MEMBER)
    page = text(reviewer, f"/compliance/{review.pk}")
    assert "The program manager" in page
    assert "Hidden Member" not in page


def test_the_pages_ask_a_fixed_number_of_questions(
    world: World, model: MLModel, rae: Person, review: ComplianceReview, pm: Client
) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as found:
            text(pm, path)
        return len(found)

    paths = (f"/models/{model.pk}?tab=compliance", "/compliance?view=all", f"/compliance/{review.pk}")
    for path in paths:
        asked(path)
    world.find(review, "low")
    before = [asked(path) for path in paths]
    for number in range(4):
        world.find(review, "low")
        world.find(world.ask_review(world.model(f"Model {number}"), rae), "low")
        world.ask_review(model, rae, ("security", "legal", "ethics", "records")[number])
    assert [asked(path) for path in paths[:2]] == before[:2]
    assert before[0] <= 18
