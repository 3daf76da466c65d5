"""A stakeholder's own page: by sign-in or by a personal link, what it shows and hides, and what is answered on it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import World
from throughline.actions import access, personal_links, stakeholders
from throughline.actions.promises import withdraw_promise
from throughline.core.stages import MoveKind
from throughline.core.tellings import How
from throughline.project.routes import PAGE_METHODS, routes
from throughline.queries.access import system_actor
from throughline.records.access import PersonalLink
from throughline.records.activity import Activity
from throughline.records.feedback import Feedback
from throughline.records.people import Person
from throughline.records.promises import PromiseAnswer, Telling
from throughline.records.stakeholders import Stakeholder

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST_STATEMENTS = 12


@pytest.fixture
def world() -> World:
    return furnished(World(now=timezone.now() - timedelta(days=40)))


def furnished(world: World) -> World:
    """Kim has a part in one model, in which another has a part too, and sees nothing of a second model."""
    world.kim, world.lou = world.person("Kim Berger"), world.person("Lou Otherperson")  # type: ignore[attr-defined]
    world.churn = world.model("Churn propensity")  # type: ignore[attr-defined]
    world.secret = world.model("Quokkasaurus")  # type: ignore[attr-defined]
    world.part = world.stakeholder(world.churn, world.kim, part="approver")  # type: ignore[attr-defined]
    world.other = world.stakeholder(world.churn, world.lou, part="user")  # type: ignore[attr-defined]
    world.given = world.promise(  # type: ignore[attr-defined]
        world.churn, world.part, world.other, statement="Scores are in the retention desk's list by then.",
        due_on=(timezone.now() + timedelta(days=20)).date(),
    )  # fmt: skip
    world.promise(world.churn, world.other, statement="Only Lou was promised this.")
    world.shown = world.share(world.churn, world.part, title="Week 9 of the scores")  # type: ignore[attr-defined]
    world.now = timezone.now()
    return world


def link_to(world: World, part: Stakeholder | None = None, days: int = 30) -> str:
    made = personal_links.create_personal_link(
        actor=world.actor(world.pm), stakeholder_id=(part or world.part).pk, days=days, now=world.now
    )
    return made.url.removeprefix(made.url.split("/with/")[0])


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def by_link(world: World) -> Client:
    client = Client()
    assert client.get(link_to(world))["Location"] == "/my"
    return client


def read(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture(params=["link", "sign-in"])
def kim(request: pytest.FixtureRequest, world: World) -> Client:
    return by_link(world) if request.param == "link" else client_of(world.kim)


def test_the_page_says_what_awaits_and_what_holds(world: World, kim: Client) -> None:
    page = read(kim.get("/my"))
    assert "2\n  things" in page or "2 things" in page
    assert "retention desk&#x27;s list" in page
    assert "Week 9 of the scores" in page
    assert "It is being thought through. What you were promised holds so far." in page
    assert "Not scheduled yet" in page
    assert "Ana" in page


def test_nothing_of_others_is_there(world: World, kim: Client) -> None:
    world.answer(world.given, world.lou, words="Lou wants it earlier.")
    page = read(kim.get("/my"))
    for hidden in ("Quokkasaurus", "Lou", "Only Lou was promised this.", "earlier"):
        assert hidden not in page, hidden


def test_a_promise_is_acknowledged_in_one_tap(world: World, kim: Client) -> None:
    page = read(
        kim.post(f"/my/promises/{world.given.pk}", {"number": 1, "answer": "acknowledge"}, follow=True)
    )
    answer = PromiseAnswer.objects.get(stakeholder=world.part)
    assert (answer.is_acknowledgement, answer.person) == (True, world.kim)
    assert "you acknowledged it" in page
    assert f'id="promise-{world.given.pk}"' not in page


def test_who_disputed_it_reads_their_words_and_can_be_convinced(world: World, kim: Client) -> None:
    url = f"/my/promises/{world.given.pk}"
    page = read(kim.post(url, {"number": 1, "answer": "dispute", "words": "We need it in May."}, follow=True))
    assert "disputed it" in page
    assert "“We need it in May.”" in page
    assert page.count("Acknowledge it after all") == 1
    page = read(kim.post(url, {"number": 1, "answer": "acknowledge"}, follow=True))
    assert "Acknowledge it after all" not in page
    assert PromiseAnswer.objects.latest("pk").is_acknowledgement


def test_a_model_that_was_stopped_has_no_next_run(world: World, kim: Client) -> None:
    assert "Next run" in read(kim.get("/my"))
    world.moved(world.churn, MoveKind.STOP)
    page = read(kim.get("/my"))
    assert "It was stopped before it came into use." in page
    assert "Next run" not in page


def test_what_is_over_is_folded_away_and_what_stands_is_not(world: World, kim: Client) -> None:
    assert "closed or withdrawn" not in read(kim.get("/my"))
    kim.post(f"/my/promises/{world.given.pk}", {"number": 1, "answer": "acknowledge"})
    over = world.promise(world.churn, world.part, statement="A list on paper each Friday.")
    withdraw_promise(
        actor=world.actor(world.pm), promise_id=over.pk, reason="Nobody reads it.", now=timezone.now()
    )
    standing, _, folded = read(kim.get("/my")).partition("1 closed or withdrawn promise<")
    assert "desk&#x27;s list" in standing
    assert "A list on paper each Friday." in folded
    assert "A list on paper each Friday." not in standing.partition("Your models")[2]


def test_a_dispute_needs_words_and_keeps_its_form(world: World, kim: Client) -> None:
    url = f"/my/promises/{world.given.pk}"
    refused = kim.post(url, {"number": 1, "answer": "dispute", "words": ""})
    assert refused.status_code == 422
    assert not PromiseAnswer.objects.exists()
    page = read(kim.post(url, {"number": 1, "answer": "dispute", "words": "We need it in May."}, follow=True))
    assert "Your objection was sent" in page
    assert "We need it in May." in page


def test_an_answer_to_an_older_version_is_not_taken_and_the_words_stay(world: World, kim: Client) -> None:
    world.change(world.given, due_on=(timezone.now() + timedelta(days=30)).date())
    response = kim.post(
        f"/my/promises/{world.given.pk}",
        {"number": 1, "answer": "dispute", "words": "My words", "about": f"promise-{world.given.pk}"},
    )
    assert response.status_code == 412
    assert "My words" in read(response)
    assert not PromiseAnswer.objects.exists()


def test_a_promise_to_somebody_else_is_not_ours_to_answer(world: World, kim: Client) -> None:
    other = world.churn.promises.exclude(pk=world.given.pk).get()
    response = kim.post(f"/my/promises/{other.pk}", {"number": 1, "answer": "acknowledge"})
    assert response.status_code in (403, 404)
    assert not PromiseAnswer.objects.exists()


def test_output_is_looked_at_and_answered(world: World, kim: Client) -> None:
    url = f"/my/outputs/{world.shown.pk}"
    page = read(kim.get(url))
    assert "https://example.org/week-9" in page
    assert "Lou" not in page
    given = {"seen": world.shown.fingerprint, "answer": "return", "words": ""}
    assert kim.post(url, given).status_code == 422
    assert "You returned it" in read(kim.post(url, {**given, "words": "No names."}, follow=True))
    ask = world.shown.answers.get(stakeholder=world.part)
    assert (ask.answer, ask.words) == ("returned", "No names.")
    assert "You returned this" in read(kim.get(url))


def test_output_that_was_shown_to_others_is_not_there(world: World, kim: Client) -> None:
    private = world.share(world.secret, world.stakeholder(world.secret, world.lou, part="approver"))
    assert kim.get(f"/my/outputs/{private.pk}").status_code == 404
    assert kim.get(f"/my/outputs/{private.pk}/file").status_code == 404
    assert kim.get(f"/my/outputs/{world.shown.pk}/file").status_code == 404


def test_what_was_replaced_is_no_longer_asked(world: World, kim: Client) -> None:
    world.share(world.churn, world.part, title="Week 10 of the scores")
    page = read(kim.get("/my"))
    assert "Week 10 of the scores" in page
    assert "Week 9 of the scores" not in page
    assert "Your answer is no longer asked for" in read(kim.get(f"/my/outputs/{world.shown.pk}"))


def notice(world: World, part: Stakeholder) -> Telling:
    return Telling.objects.create(
        model=part.model, stakeholder=part, cause=f"test:{part.pk}", subject="It comes later",
        words="The date moved to May.", how=How.PAGE if hasattr(How, "PAGE") else "page", teller_name="Ana",
        told_at=world.now,
    )  # fmt: skip


def test_a_notice_is_read_once_and_stays(world: World, kim: Client) -> None:
    mine, theirs = notice(world, world.part), notice(world, world.other)
    assert "The date moved to May." in read(kim.get("/my"))
    kim.post(f"/my/notices/{mine.pk}")
    assert kim.post(f"/my/notices/{theirs.pk}").status_code in (403, 404)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.read_at
    assert theirs.read_at is None
    assert "1 notice you have read" in read(kim.get("/my"))


def test_feedback_is_given_and_shown_as_said(world: World, kim: Client) -> None:
    page = read(
        kim.post(f"/my/models/{world.churn.pk}/feedback", {"text": "Two names are wrong."}, follow=True)
    )
    assert "Thank you" in page
    assert "Two names are wrong." in page
    assert Feedback.objects.get().stakeholder == world.part
    assert kim.post(f"/my/models/{world.secret.pk}/feedback", {"text": "x"}).status_code == 404


def test_when_the_part_ends_the_page_is_empty(world: World, kim: Client) -> None:
    stakeholders.end_stakeholder(
        actor=world.actor(world.pm), stakeholder_id=world.part.pk, reason="Moved on.", now=world.now
    )
    page = read(kim.get("/my"))
    assert "You have no part in a model now" in page
    assert "Churn" not in page
    response = kim.post(f"/my/promises/{world.given.pk}", {"number": 1, "answer": "acknowledge"})
    assert response.status_code == 404


def test_markup_in_any_text_stays_text(world: World, kim: Client) -> None:
    evil = "<script>alert(1)</script>"
    world.promise(world.churn, world.part, statement=evil)
    world.share(world.churn, world.part, title=evil, note=evil)
    assert evil not in read(kim.get("/my"))
    assert evil not in read(kim.get(f"/my/outputs/{world.shown.pk}"))


@pytest.mark.parametrize("way", ["link", "sign-in"])
def test_the_page_takes_twelve_statements_however_many_models(world: World, way: str) -> None:
    counts = []
    for number in range(30):
        if number in (0, 29):
            client = by_link(world) if way == "link" else client_of(world.kim)
            client.get("/my")
            with CaptureQueriesContext(
                connection,
            ) as found:
                assert client.get("/my").status_code == 200
            counts.append(len(found))
        model = world.model(f"Model {number}")
        part = world.stakeholder(model, world.kim)
        notice(world, part)
        world.promise(model, part, statement=f"Promise {number}")
        world.share(model, part, title=f"Share {number}")
    assert counts[0] == counts[1] <= MOST_STATEMENTS, counts


def test_the_page_leaves_seven_of_twelve_statements_to_the_promises(
    world: World, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """Judging promises may take two statements for them, one for models, one for specs and three for criteria."""
    monkeypatch.setattr("throughline.queries.promises.drift_of", lambda _ids, _now: {})
    client = by_link(world)
    client.get("/my")
    with django_assert_num_queries(MOST_STATEMENTS - 7):
        client.get("/my")


class TestPersonalLinks:
    def test_it_leaves_the_address_bar_and_no_trace(self, world: World) -> None:
        path = link_to(world)
        response = Client().get(path)
        assert (response.status_code, response["Location"]) == (302, "/my")
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        secret = path.removeprefix("/with/")
        assert secret not in str(list(Activity.objects.values()))
        assert secret not in str(list(PersonalLink.objects.values()))
        assert "no-store" in by_link(world).get("/my")["Cache-Control"]

    def test_a_revoked_link_ends_its_sessions_and_says_what_to_do(self, world: World) -> None:
        path = link_to(world)
        client = Client()
        client.get(path)
        assert client.get("/my").status_code == 200
        client_of(world.pm).post(f"/personal-links/{PersonalLink.objects.get().pk}/revoke")
        given = {"number": 1, "answer": "dispute", "words": "What I typed"}
        response = client.post(f"/my/promises/{world.given.pk}", given)
        assert response.status_code == 410
        assert "Ask Ana for a new one." in read(response)
        assert "What I typed" in read(response)
        assert not PromiseAnswer.objects.exists()
        again = client.get(path)
        assert (again.status_code, again["Referrer-Policy"]) == (410, "no-referrer")
        assert client.get("/my")["Location"].startswith("/sign-in")

    def test_an_expired_link_opens_nothing(self, world: World) -> None:
        path = link_to(world)
        client = Client()
        client.get(path)
        PersonalLink.objects.update(expires_at=timezone.now())
        assert client.get("/my").status_code == 410
        assert client.get(path).status_code == 410

    def test_an_unknown_link_opens_nothing_and_guessing_is_slowed(self, world: World) -> None:
        client = Client()
        codes = [client.get(f"/with/nonsense-{number}").status_code for number in range(55)]
        assert codes[:50] == [410] * 50
        assert codes[-1] == 429
        assert client.get(link_to(world)).status_code == 429

    def test_switching_somebody_off_ends_their_links_for_good(self, world: World) -> None:
        client = by_link(world)
        admin = system_actor("cli")
        access.deactivate_person(actor=admin, person_id=world.kim.pk, now=world.now)
        assert client.get("/my").status_code == 410
        access.reactivate_person(actor=admin, person_id=world.kim.pk, now=world.now)
        assert PersonalLink.objects.get().revoked_at

    def test_only_the_program_of_the_link_is_there(self, world: World) -> None:
        away = World(now=world.now)
        there = away.model("Elsewhere")
        away.stakeholder(there, world.kim)
        assert "Elsewhere" not in read(by_link(world).get("/my"))
        assert "Elsewhere" in read(client_of(world.kim).get("/my"))
        assert by_link(world).post(f"/my/models/{there.pk}/feedback", {"text": "x"}).status_code == 404

    def test_a_manager_who_is_a_stakeholder_is_no_manager_by_their_link(self, world: World) -> None:
        part = world.stakeholder(world.churn, world.leader)
        client = Client()
        client.get(link_to(world, part))
        assert client.get("/my").status_code == 200
        assert client.get(f"/models/{world.secret.pk}").status_code == 302
        assert client.post(f"/my/models/{world.secret.pk}/feedback", {"text": "x"}).status_code == 404

    def test_whoever_is_signed_in_stays_who_they_are(self, world: World) -> None:
        path, pm = link_to(world), client_of(world.pm)
        response = pm.get(path)
        assert response.status_code == 409
        assert "You are signed in as Ana" in read(response)
        assert pm.get("/portfolio").status_code == 200
        assert client_of(world.kim).get(path)["Location"] == "/my"

    def test_leaving_ends_it(self, world: World) -> None:
        client = by_link(world)
        assert "You have left" in read(client.post("/my/leave"))
        assert client.get("/my")["Location"].startswith("/sign-in")
        assert "Open it again" in read(client.get("/my", follow=True))
        assert "Open it again" not in read(client.get("/sign-in"))

    def test_only_managers_of_the_program_make_and_revoke_links(self, world: World) -> None:
        lead = world.person("Pia")
        world.assign(lead, "program_manager", world.churn)
        url = f"/stakeholders/{world.part.pk}/link"
        assert client_of(lead).post(url, {"days": 30}).status_code == 403
        assert client_of(world.leader).post(url, {"days": 30}).status_code == 403
        assert client_of(World(now=world.now).pm).post(url, {"days": 30}).status_code == 404
        assert client_of(world.pm).post(url, {"days": 91}).status_code == 422
        assert not PersonalLink.objects.exists()
        page = read(client_of(world.pm).post(url, {"days": 30}))
        assert len(re.findall(r"/with/[\w-]{40,}", page)) == 1
        revoke = f"/personal-links/{PersonalLink.objects.get().pk}/revoke"
        assert client_of(world.leader).post(revoke).status_code == 403
        assert client_of(World(now=world.now).pm).post(revoke).status_code == 404
        tab = read(client_of(world.pm).get(f"/models/{world.churn.pk}?tab=stakeholders"))
        assert "/with/" not in tab
        assert revoke in tab

    def test_with_mail_it_goes_to_its_owner_alone(self, world: World, settings: Any, mailoutbox: Any) -> None:
        settings.SENDS_MAIL = True
        page = read(
            client_of(world.pm).post(f"/stakeholders/{world.part.pk}/link", {"days": 30}, follow=True)
        )
        assert "/with/" not in page
        (sent,) = mailoutbox
        assert sent.to == [world.kim.email]
        assert "/with/" in sent.body

    @pytest.mark.any_database
    def test_every_other_route_is_closed_to_it(self, world: World) -> None:
        """The whole table: with such a session each answers as it does to somebody who has not come in at all."""
        own = {"my", "my/leave", "with/<str:token>"}
        let_in = []
        for route in routes():
            plain = route.path.replace("^.*$", "x")
            path = "/" + re.sub(r"<(\w+:)?(\w+)>", lambda found: _some(world, found[2]), plain)
            if route.path in own or route.path.startswith("my/"):
                continue
            for method in ("GET", "POST") if route.method == PAGE_METHODS else (route.method,):
                answers = [
                    client.generic(method, path, "{}", "application/json").status_code
                    for client in (by_link(world), Client(raise_request_exception=False))
                ]
                is_open = route.declared is not None and route.declared.at == "open"
                if answers[0] != answers[1] or (answers[0] == 200 and not is_open):
                    let_in.append(f"{method} {path}: {answers}")
        assert let_in == []


def _some(world: World, name: str) -> str:
    known = {
        "model_id": world.churn.pk, "promise_id": world.given.pk, "output_id": world.shown.pk, "kind": "csv",
        "stakeholder_id": world.part.pk, "person_id": world.kim.pk, "slug": world.program.slug,
    }  # fmt: skip
    return str(
        known.get(name, "00000000-0000-0000-0000-000000000001" if name in ("file_id", "attachment_id") else 1)
    )


def test_a_link_and_the_log_lines_of_the_server(world: World, capsys: Any, settings: Any) -> None:
    import logging

    from throughline.project import logs
    from throughline.project.parsing import LogFormat

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        logs.configure(LogFormat.JSON, "INFO")
        path = link_to(world)
        for address in (path, f"{path}/more", path[:-1] + "x"):
            Client().get(address)
        logging.getLogger("django.request").error("Internal Server Error: %s", path)
    finally:
        root.handlers, root.level = handlers, level
    lines = capsys.readouterr().err
    assert "/with/" in lines
    assert path.removeprefix("/with/")[:-1] not in lines


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
class TestOnAPhone:
    def test_from_the_link_to_an_acknowledgement_in_two_taps(
        self, site: str, open_page: Callable[..., Any], axe: Callable[..., list[str]]
    ) -> None:
        world = furnished(World(now=timezone.now() - timedelta(days=40)))
        page = open_page(width=360, height=740)
        page.goto(f"{site}{link_to(world)}")
        assert page.url == f"{site}/my"
        page.get_by_role("button", name="Acknowledge").tap()
        page.get_by_text("Noted: you acknowledged it.").wait_for()
        assert PromiseAnswer.objects.get().is_acknowledgement
        assert page.locator(f"#promise-{world.given.pk}").count() == 0
        assert axe(page) == []

    def test_without_javascript_a_draft_is_returned_in_three_taps(
        self, site: str, open_page: Callable[..., Any]
    ) -> None:
        world = furnished(World(now=timezone.now() - timedelta(days=40)))
        page = open_page(width=360, height=740, java_script_enabled=False)
        page.goto(f"{site}{link_to(world)}")
        page.get_by_role("link", name="Look at it and answer").tap()
        page.get_by_text("It is not right yet").tap()
        page.get_by_label("What has to be different?").fill("No names in it.")
        page.get_by_role("button", name="Return it").tap()
        page.get_by_text("You returned it.").wait_for()
        assert world.shown.answers.get().words == "No names in it."

    def test_a_revoked_link_says_so_and_an_expired_one_too(
        self,
        site: str,
        open_page: Callable[..., Any],
        axe: Callable[..., list[str]],
        shot: Callable[..., Any],
    ) -> None:
        world = furnished(World(now=timezone.now() - timedelta(days=40)))
        page, path = open_page(width=360, height=740), link_to(world)
        page.goto(f"{site}{path}")
        personal_links.revoke_personal_link(
            actor=world.actor(world.pm), link_id=PersonalLink.objects.get().pk, now=timezone.now()
        )
        page.get_by_role("button", name="Acknowledge").tap()
        page.get_by_role("heading", name="This link opens nothing any more.").wait_for()
        assert page.get_by_text("Ask Ana for a new one.").is_visible()
        assert axe(page) == []
        shot(page, "my-ended-light-360")
        path = link_to(world)
        PersonalLink.objects.update(expires_at=timezone.now())
        page.goto(f"{site}{path}")
        assert page.get_by_text("Ask Ana for a new one.").is_visible()
        assert not PromiseAnswer.objects.exists()

    @pytest.mark.parametrize(
        ("theme", "width"), [("light", 360), ("dark", 360), ("light", 1280), ("dark", 1280)]
    )
    def test_it_looks_right(
        self,
        site: str,
        open_page: Callable[..., Any],
        axe: Callable[..., list[str]],
        shot: Callable[..., Any],
        theme: str,
        width: int,
    ) -> None:
        world = furnished(World(now=timezone.now() - timedelta(days=40)))
        notice(world, world.part)
        world.change(
            world.given, reason="The upstream table came three weeks late.",
            due_on=(timezone.now() + timedelta(days=41)).date(),
        )  # fmt: skip
        late = world.promise(
            world.churn, world.part, kind="run_frequency", value="daily", statement="It runs daily."
        )
        world.answer(late, world.kim)
        page = open_page(theme=theme, width=width)
        page.goto(f"{site}{link_to(world)}")
        wrong = {}
        for name, path in {"page": "/my", "output": f"/my/outputs/{world.shown.pk}"}.items():
            page.goto(f"{site}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            shot(page, f"my-{name}-{theme}-{width}")
            found = axe(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append("runs over the edge")
            if found:
                wrong[name] = found
        assert wrong == {}
