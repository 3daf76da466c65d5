"""Promises by the pages: given, changed, answered, told, and what Today and the portfolio say of them."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from tests.looks import in_each_look
from tests.make import World
from throughline.core.permissions import AccessRole
from throughline.core.stages import MoveKind, Stage
from throughline.queries.promises import board_of
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseAnswer, Telling

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
HTML = "<script>alert(1)</script>"


@pytest.fixture
def world() -> World:
    return World(now=timezone.now() - timedelta(days=20))


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model(at=Stage.PROTOTYPE)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def read(response: Any) -> str:
    return str(response.content.decode())


def soon(days: int = 30) -> date:
    return timezone.now().date() + timedelta(days=days)


def test_a_promise_is_given_by_the_form_of_its_kind(world: World, model: MLModel) -> None:
    client, kim = client_of(world.pm), world.stakeholder(model, world.person("Kim"))
    address = f"/models/{model.pk}/promises/new"
    assert "Ready for evaluation" in read(client.get(address))
    form = read(client.get(f"{address}?kind=run_frequency"))
    assert 'name="value"' in form
    assert 'name="criterion"' not in form
    sent = {"statement": "Every night.", "value": "daily", "stakeholders": [kim.pk]}
    response = client.post(f"{address}?kind=run_frequency", sent)
    assert response["Location"] == f"/models/{model.pk}?tab=promises"
    shown = read(client.get(response["Location"]))
    assert "Every night." in shown
    assert "Not told yet" in shown


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_is_kept(
    world: World, model: MLModel
) -> None:
    client = client_of(world.pm)
    world.stakeholder(model, name="Desk")
    response = client.post(
        f"/models/{model.pk}/promises/new?kind=production_date",
        {"statement": f"Soon {HTML}", "due_on": "2026-02-30"},
    )
    assert response.status_code == 422
    page = read(response)
    assert "Enter a valid date" in page
    assert HTML not in page
    assert "Soon &lt;script&gt;" in page
    assert not Promise.objects.exists()


def test_without_stakeholders_the_page_says_what_to_do_first(world: World, model: MLModel) -> None:
    assert "Nobody to promise anything to" in read(
        client_of(world.pm).get(f"/models/{model.pk}?tab=promises")
    )


def test_a_change_shows_its_slip_and_a_stale_one_what_stands(world: World, model: MLModel) -> None:
    made = world.promise(model, world.stakeholder(model, name="Desk"), due_on=soon())
    client = client_of(world.pm)
    address = f"/promises/{made.pk}/change"
    sent = {"statement": "Later.", "due_on": soon(44).isoformat(), "reason": f"Data {HTML}", "version": 1}
    assert client.post(address, sent).status_code == 302
    page = read(client.get(f"/models/{model.pk}?tab=promises"))
    assert "moved once, 14 days later" in page
    assert "+14 days" in page
    assert HTML not in page
    stale = client.post(address, {**sent, "statement": "Never."})
    assert stale.status_code == 412
    assert "What it says now" in read(stale)
    assert "Never." in read(stale)


def test_withdrawing_and_closing(world: World, model: MLModel) -> None:
    desk = world.stakeholder(model, name="Desk")
    first, second = world.promise(model, desk, due_on=soon()), world.promise(model, desk, kind="other")
    client = client_of(world.pm)
    refused = client.post(f"/promises/{first.pk}/close", {"reason": "Done.", "version": 1})
    assert refused.status_code == 409
    assert "The facts do not show that it is kept" in read(refused)
    assert client.post(f"/promises/{second.pk}/close", {"reason": "Done.", "version": 1}).status_code == 302
    assert client.post(f"/promises/{first.pk}/withdraw", {"reason": "Moot.", "version": 1}).status_code == 302
    assert "2 closed or withdrawn" in read(client.get(f"/models/{model.pk}?tab=promises"))


def test_a_recipient_answers_from_the_ordinary_pages(world: World, model: MLModel) -> None:
    kim = world.person("Kim")
    made = world.promise(model, world.stakeholder(model, kim), due_on=soon())
    client = client_of(kim)
    assert "Acknowledge or dispute it" in read(client.get(f"/models/{model.pk}?tab=promises"))
    assert "Your answer" in read(client.get(f"/promises/{made.pk}"))
    address = f"/promises/{made.pk}/answer"
    empty = client.post(address, {"number": 1, "answer": "dispute", "words": ""})
    assert empty.status_code == 422
    client.post(address, {"number": 1, "answer": "dispute", "words": f"Too late {HTML}"})
    assert PromiseAnswer.objects.get().is_acknowledgement is False
    page = read(client_of(world.pm).get(f"/models/{model.pk}?tab=promises"))
    assert "Too late &lt;script&gt;" in page
    assert "Your answer" not in read(client_of(world.pm).get(f"/promises/{made.pk}"))
    assert client_of(world.pm).post(address, {"number": 1, "answer": "acknowledge"}).status_code == 403


def test_recipients_are_added_and_taken_away(world: World, model: MLModel) -> None:
    made = world.promise(model, world.stakeholder(model, name="Desk"), due_on=soon())
    other = world.stakeholder(model, name="Finance")
    client = client_of(world.pm)
    address = f"/promises/{made.pk}/recipients"
    assert client.post(address, {"stakeholder": other.pk}).status_code == 302
    assert client.post(address, {"stakeholder": "x"}).status_code == 422
    assert client.post(f"{address}/remove", {"stakeholder": other.pk}).status_code == 302
    assert made.recipients.filter(ended_at__isnull=True).count() == 1


class TestTelling:
    def test_today_names_who_is_untold_until_they_are_told(self, world: World, model: MLModel) -> None:
        world.promise(model, world.stakeholder(model, name="Desk"), due_on=soon())
        (duty,) = board_of(model, timezone.now()).duties
        client = client_of(world.pm)
        address = f"/models/{model.pk}/tell?cause={quote(duty.cause)}"
        today = read(client.get("/"))
        assert "Tell Desk: Churn" in today
        assert "So that nobody is surprised" not in read(client_of(world.leader).get("/"))
        page = read(client.get(address))
        assert "What was promised: It is in production by then." in page
        words = {"subject": "Churn", "words": f"As we said. {HTML}", "how": "in_person"}
        assert client.post(address, {**words, "stakeholders": [duty.stakeholder_id]}).status_code == 302
        assert Telling.objects.get().cause == duty.cause
        assert "Tell Desk" not in read(client.get("/"))
        shown = read(client.get(f"/models/{model.pk}?tab=promises"))
        assert "In person" in shown
        assert HTML not in shown
        again = client.post(address, {**words, "stakeholders": [duty.stakeholder_id]})
        assert again.status_code in (412, 422)
        assert "Nobody is left to tell of this" in read(again)

    def test_all_that_is_owed_goes_in_one_message(self, world: World, model: MLModel) -> None:
        desk = world.stakeholder(model, name="Desk")
        world.promise(model, desk, due_on=soon())
        world.promise(model, desk, kind="other")
        client = client_of(world.pm)
        page = read(client.get(f"/models/{model.pk}/tell"))
        assert page.count("What was promised:") == 2
        sent = {"subject": "Two", "words": "Both.", "how": "by_hand", "stakeholders": [desk.pk]}
        client.post(f"/models/{model.pk}/tell", sent)
        assert Telling.objects.count() == 2

    def test_nobody_is_told_what_is_owed_to_others_only(self, world: World, model: MLModel) -> None:
        desk, finance = world.stakeholder(model, name="Desk"), world.stakeholder(model, name="Finance")
        world.promise(model, desk, finance, due_on=soon(), statement="For both.")
        world.promise(model, desk, kind="other", statement="For the desk.")
        client = client_of(world.pm)
        chooser = read(client.get(f"/models/{model.pk}/tell"))
        assert "Who does not know what yet" in chooser
        assert "For both." not in chooser
        both = read(client.get(f"/models/{model.pk}/tell?to={desk.pk}&to={finance.pk}"))
        assert "For both." in both
        assert "For the desk." not in both
        assert read(client.get(f"/models/{model.pk}/tell?to={desk.pk}")).count("What was promised:") == 2
        assert "Nobody is left" in read(client.get(f"/models/{model.pk}/tell?to=99999&to=x"))

    def test_a_stakeholder_reads_what_they_were_told_and_not_what_others_were(
        self, world: World, model: MLModel
    ) -> None:
        people = {name: world.person(name) for name in ("Kim", "Lou")}
        for person in people.values():
            world.promise(model, world.stakeholder(model, person), due_on=soon())
        for duty in board_of(model, world.now).duties:
            words = {"subject": "Churn", "words": f"For {duty.name} alone.", "how": "in_person"}
            address = f"/models/{model.pk}/tell?cause={quote(duty.cause)}"
            client_of(world.pm).post(address, {**words, "stakeholders": [duty.stakeholder_id]})
        tab = f"/models/{model.pk}?tab=promises"
        team, kim = read(client_of(world.pm).get(tab)), read(client_of(people["Kim"]).get(tab))
        assert ("For Kim alone." in team, "For Lou alone." in team) == (True, True)
        assert ("For Kim alone." in kim, "For Lou alone." in kim) == (True, False)

    def test_today_asks_a_recipient_until_they_answered_what_it_says_now(
        self, world: World, model: MLModel
    ) -> None:
        kim = world.person("Kim")
        made = world.promise(model, world.stakeholder(model, kim), due_on=soon())
        world.promise(model, world.stakeholder(model, world.person("Lou")), statement="For Lou.")
        client = client_of(kim)
        today = client.get("/")
        assert [task.title for task in today.context["decide"]] == ["Churn: in production"]
        assert f'href="/my#promise-{made.pk}"' in read(today)
        world.answer(made, kim)
        assert client.get("/").context["decide"] == []
        world.slip(made, soon(44))
        assert len(client.get("/").context["decide"]) == 1
        world.answer(made, kim, "Too late.", number=2)
        assert client.get("/").context["decide"] == []
        assert client_of(world.pm).get("/").context["decide"] == []

    def test_mail_is_offered_only_where_it_is_sent(self, world: World, model: MLModel, settings: Any) -> None:
        world.promise(model, world.stakeholder(model, world.person("Kim")), due_on=soon())
        client = client_of(world.pm)
        assert 'value="mail"' not in read(client.get(f"/models/{model.pk}/tell"))
        settings.SENDS_MAIL = True
        assert 'value="mail"' in read(client.get(f"/models/{model.pk}/tell"))

    def test_a_dispute_stands_on_today(self, world: World, model: MLModel) -> None:
        kim = world.person("Kim")
        world.answer(
            world.promise(model, world.stakeholder(model, kim), due_on=soon()), kim, words="Too late."
        )
        today = read(client_of(world.pm).get("/"))
        assert "Kim disputes a promise: Churn" in today
        assert "“Too late.”" in today


class TestThePortfolio:
    def test_shows_first_what_needs_somebody_and_keeps_filters_in_the_address(
        self, world: World, model: MLModel
    ) -> None:
        kim = world.person("Kim")
        desk = world.stakeholder(model, kim)
        late = world.promise(
            model, desk, due_on=world.now.date() + timedelta(days=3), statement="Soon it is."
        )
        fine = world.promise(model, desk, due_on=soon(), statement="Later it is.", kind="evaluation_date")
        world.answer(late, kim)
        world.answer(fine, kim)
        client = client_of(world.pm)
        page = read(client.get("/promises"))
        assert "passed 17 days ago" in page
        assert f"promise-{fine.pk}" not in page
        assert f"promise-{fine.pk}" in read(client.get("/promises?view=open"))
        assert f"promise-{late.pk}" not in read(client.get("/promises?view=broken&kind=evaluation_date"))
        assert f"promise-{late.pk}" in read(client.get(f"/promises?view=broken&program={world.program.slug}"))

    def test_shows_only_what_one_may_see(self, world: World, model: MLModel) -> None:
        world.promise(model, world.stakeholder(model, name="Desk"), due_on=soon())
        assert "Churn" not in read(client_of(World().pm).get("/promises?view=all"))

    @pytest.mark.parametrize("query", ["?page=x", "?page=9999999", "?view=y&kind=z&program=none"])
    def test_a_strange_address_does_no_harm(self, world: World, query: str) -> None:
        assert client_of(world.pm).get(f"/promises{query}").status_code == 200

    def test_takes_a_fixed_number_of_statements(
        self, world: World, model: MLModel, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(4):
            one = world.model(f"More {number}")
            world.promise(one, world.stakeholder(one, name="Desk"), due_on=soon())
        client = client_of(world.pm)
        for address in ("/promises?view=all", f"/models/{model.pk}", f"/models/{model.pk}?tab=promises"):
            with django_assert_max_num_queries(18, info=address):
                client.get(address)


def test_who_only_reads_sees_promises_and_can_do_nothing(world: World, model: MLModel) -> None:
    made = world.promise(model, world.stakeholder(model, name="Desk"), due_on=soon())
    viewer = world.person("Vic")
    world.member(viewer, AccessRole.VIEWER)
    client = client_of(viewer)
    page = read(client.get(f"/models/{model.pk}?tab=promises"))
    assert "It is in production by then." in page
    assert "Tell them" not in page
    assert "Give a promise" not in page
    for address in ("change", "withdraw", "close", "recipients"):
        assert client.get(f"/promises/{made.pk}/{address}").status_code == 403
    assert client.get(f"/models/{model.pk}/tell").status_code == 403


def test_of_the_past_it_says_what_stood_then(world: World, model: MLModel) -> None:
    made = world.promise(
        model, world.stakeholder(model, name="Desk"), due_on=soon(), statement="First words."
    )
    then = (world.now + timedelta(days=1)).date().isoformat()
    world.later(days=5)
    world.change(made, statement="Second words.")
    page = read(client_of(world.pm).get(f"/models/{model.pk}?tab=promises&as_of={then}"))
    assert "First words." in page
    assert "Second words." not in page
    assert "Give a promise" not in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@in_each_look
def test_the_pages_keep_the_rules_and_fit_their_width(
    enter: Any, axe: Any, shot: Any, site: str, theme: str, width: int
) -> None:
    world = World(now=timezone.now() - timedelta(days=20))
    model = furnished(world)
    page = enter(world.pm, "/", theme=theme, width=width)
    made = model.promises.order_by("pk").first()
    paths = {
        "today": "/",
        "list": "/promises",
        "tab": f"/models/{model.pk}?tab=promises",
        "kinds": f"/models/{model.pk}/promises/new",
        "give": f"/models/{model.pk}/promises/new?kind=production_date",
        "change": f"/promises/{made.pk}/change",
        "one": f"/promises/{made.pk}",
        "recipients": f"/promises/{made.pk}/recipients",
        "who": f"/models/{model.pk}/tell",
        "tell": f"/models/{model.pk}/tell?to={model.stakeholders.order_by('pk')[0].pk}",
    }
    for name, path in paths.items():
        page.goto(site + path)
        for disclosure in page.locator("main details.disclosure").all():
            disclosure.evaluate("one => one.open = true")
        shot(page, f"promises-{name}-{theme}-{width}")
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def furnished(world: World) -> MLModel:
    model = world.model("Churn propensity", at=Stage.PROTOTYPE, team="Pricing", risk_tier="high")
    kim, lou = world.person("Kim Okafor"), world.person("Louise van den Berg")
    one, two = world.stakeholder(model, kim), world.stakeholder(model, lou)
    desk = world.stakeholder(model, name="Retention desk")
    late = world.promise(
        model, one, two, due_on=world.now.date() + timedelta(days=10), kind="evaluation_date",
        statement="The desk can try the scores of its own customers.",
    )  # fmt: skip
    world.answer(late, kim)
    slipping = world.promise(
        model, one, two, desk, due_on=soon(30), statement="Scores arrive in the desk's list every morning."
    )
    world.later(days=3)
    world.change(slipping, "Addresses of moved customers are missing.", due_on=soon(44))
    world.later(days=3)
    world.change(slipping, "Cleaning them took less than feared.", due_on=soon(40))
    world.answer(slipping, lou, words="The campaign begins in four weeks; this is too late for us.", number=3)
    world.promise(
        model, one, kind="run_frequency", value="daily", statement="Every customer is scored each night."
    )
    world.promise(model, one, two, kind="limitation", statement="Business customers are not scored.")
    other = world.model("Delivery time estimate", at=Stage.PRODUCTION_READY)
    world.promise(other, world.stakeholder(other, kim), due_on=soon(9))
    world.later(days=1)
    world.moved(other, MoveKind.PAUSE)
    return model
