"""Coming in by the pages: password, link, sign-out, and where one goes on to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.looks import in_all_looks
from tests.make import World
from throughline.actions import access
from throughline.core.access import ATTEMPTS_PER_ACCOUNT, LINKS_PER_ACCOUNT
from throughline.queries.access import system_actor
from throughline.records.access import SignInLink
from throughline.records.people import Person

pytestmark = pytest.mark.django_db
GOOD = "seven green lanterns 41"


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world() -> World:
    from django.utils import timezone

    made = World(now=timezone.now())
    made.pm.set_password(GOOD)
    made.pm.save()
    return made


def sign_in(client: Client, person: Person, password: str = GOOD, **more: str) -> Any:
    return client.post("/sign-in", {"email": person.email, "password": password, **more})


def link_for(world: World, person: Person) -> str:
    made = access.create_sign_in_link(actor=system_actor("cli"), person_id=person.pk, now=world.now)
    return made.url.partition("/sign-in")[2]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_page_leads_to_the_sign_in_page_and_back(world: World, client: Client) -> None:
    away = client.get("/moves?state=all")
    assert away["Location"] == "/sign-in?next=/moves%3Fstate%3Dall"
    response = sign_in(client, world.pm, next="/moves?state=all")
    assert response["Location"] == "/moves?state=all"
    assert client.get("/moves").status_code == 200


def test_wrong_and_unknown_look_the_same_and_keep_the_address(world: World, client: Client) -> None:
    pages = []
    for email, password in ((world.pm.email, "wrong"), (world.leader.email, "wrong")):
        response = client.post("/sign-in", {"email": email, "password": password})
        assert response.status_code == 409
        pages.append(response.content.decode())
        assert f'value="{email}"' in pages[-1]
        assert "wrong" not in pages[-1].split("<main")[1].split("password")[0]
    assert all("do not belong together" in page for page in pages)
    assert all("You are not signed in" in page for page in pages)
    assert not any("what you typed is still in the form" in page for page in pages)
    assert not is_in(client)


def test_many_failures_are_answered_with_429(world: World, client: Client) -> None:
    codes = [sign_in(client, world.pm, "wrong").status_code for _ in range(ATTEMPTS_PER_ACCOUNT + 1)]
    assert codes == [409] * ATTEMPTS_PER_ACCOUNT + [429]
    assert sign_in(client, world.pm).status_code == 429


def test_a_forged_forwarding_header_does_not_help_who_guesses(
    world: World, client: Client, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 0
    codes = {
        client.post(
            "/sign-in",
            {"email": f"person{n}@example.org", "password": "x"},
            headers={"X-Forwarded-For": f"192.0.2.{n}"},
        ).status_code
        for n in range(60)
    }
    assert 429 in codes


def test_behind_a_proxy_the_last_hop_counts(world: World, client: Client, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for n in range(55):
        forged = {"X-Forwarded-For": f"198.51.100.{n}, 192.0.2.9"}
        last = client.post("/sign-in", {"email": f"p{n}@example.org", "password": "x"}, headers=forged)
    assert last.status_code == 429
    other = {"X-Forwarded-For": "192.0.2.10"}
    assert (
        client.post("/sign-in", {"email": "q@example.org", "password": "x"}, headers=other).status_code == 409
    )


def test_a_link_that_is_only_looked_at_is_not_used_up(world: World, client: Client) -> None:
    url = "/sign-in" + link_for(world, world.leader)
    for _ in range(3):
        page = Client().get(url)
        assert page.status_code == 200
        assert "Li" in page.content.decode()
    assert SignInLink.objects.get().used_at is None
    key = url.split("key=")[1]
    response = client.post("/sign-in/link", {"key": key})
    assert response["Location"] == "/password"
    assert is_in(client)
    other = Client()
    assert other.post("/sign-in/link", {"key": key}).status_code == 409
    assert other.get(url).status_code == 410
    assert not is_in(other)


@pytest.mark.parametrize("key", ["", "x", "\0", "é" * 50, "x" * 5_000])
def test_a_wrong_key_opens_nothing(world: World, client: Client, key: str) -> None:
    assert client.post("/sign-in/link", {"key": key}).status_code == 409
    assert client.get("/sign-in/link", {"key": key}).status_code == 410
    assert not is_in(client)


def test_the_session_has_a_new_id_after_sign_in_and_is_gone_after_sign_out(
    world: World, client: Client
) -> None:
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies["throughline-session"] = planted
    sign_in(client, world.pm)
    inside = client.session.session_key
    assert inside != planted
    assert "planted" not in client.session
    thief = Client()
    thief.cookies["throughline-session"] = inside
    assert thief.get("/moves").status_code == 200
    client.post("/sign-out")
    assert thief.get("/moves").status_code == 302


def test_a_deactivated_person_is_out_at_the_next_click(world: World, client: Client) -> None:
    sign_in(client, world.pm)
    assert client.get("/moves").status_code == 200
    access.deactivate_person(actor=system_actor("cli"), person_id=world.pm.pk, now=world.now)
    assert client.get("/moves").status_code == 302
    access.reactivate_person(actor=system_actor("cli"), person_id=world.pm.pk, now=world.now)
    assert client.get("/moves").status_code == 302


def test_ending_other_sessions_keeps_this_one(world: World, client: Client) -> None:
    other = Client()
    for one in (client, other):
        sign_in(one, world.pm)
    client.post("/sign-out/everywhere")
    assert client.get("/moves").status_code == 200
    assert other.get("/moves").status_code == 302


def test_a_new_password_ends_other_sessions_and_needs_the_present_one(world: World, client: Client) -> None:
    other = Client()
    for one in (client, other):
        sign_in(one, world.pm)
    refused = client.post("/password", {"current": "no", "password": "nine blue kettles 77"})
    assert refused.status_code == 422
    assert "not your present password" in refused.content.decode()
    client.post("/password", {"current": GOOD, "password": "nine blue kettles 77"})
    assert client.get("/moves").status_code == 200
    assert other.get("/moves").status_code == 302


def test_the_first_administrator_gets_an_address_to_sign_in_with(world: World, client: Client) -> None:
    made = access.invite_person(
        actor=system_actor("terminal"), name="Administrator", email=None, is_admin=True, now=world.now
    )
    client.post("/sign-in/link", {"key": made.secret})
    page = client.get("/password").content.decode()
    assert "Your e-mail" in page
    assert "you cannot come back in by yourself" in page
    refused = client.post("/password", {"email": "x", "password": GOOD})
    assert refused.status_code == 422
    client.post("/password", {"email": "root@example.org", "password": GOOD, "name": "Ruth Olsen"})
    assert "Your menu: Ruth Olsen" in client.get("/").content.decode()
    again = Client()
    again.post("/sign-in", {"email": "root@example.org", "password": GOOD})
    assert is_in(again)
    sign_in(again, world.pm)
    page = again.get("/password").content.decode()
    assert "Your e-mail" not in page
    assert "Your name" not in page
    assert "you cannot come back in by yourself" not in page


def test_cookies_are_kept_from_scripts_and_from_other_sites(world: World, client: Client) -> None:
    sign_in(client, world.pm)
    cookie = client.cookies["throughline-session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_with_https_the_cookies_are_bound_to_this_host() -> None:
    import os
    import subprocess
    import sys

    code = (
        "import os; os.environ['THROUGHLINE_BASE_URL']='https://t.example.org';"
        "os.environ['THROUGHLINE_SECRET_KEY']='k'*40;"
        "from throughline.project import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "src"},
    )
    assert found.stdout.split() == ["__Host-throughline-session", "True", "__Host-throughline-csrf", "True"]


FOREIGN = [
    "https://evil.example", "http://evil.example", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example", "https:evil.example",
    "https:/evil.example", "http:///evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
    "vbscript:x", "ftp://evil.example", "https://testserver@evil.example", "https://testserver.evil.example",
    "//testserver@evil.example", "//evil.example/%2f..", "/%5cevil.example/../..//evil.example\n", " //evil.example",
    "\t//evil.example", "\n//evil.example", "\r\n//evil.example", "//evil%E3%80%82example", "//evil。example",
    "https://testserver:evil@evil.example", "//[::1]", "http://[::1", "https://evil.example#@testserver",
    "https://evil.example?testserver", "https://evil.example\\@testserver", "/\t/evil.example", "/\n/evil.example",
    "\0//evil.example", "about:blank", "blob:https://evil.example/1", "moves", "file:///etc/passwd", "..//evil.example",
]  # fmt: skip


@pytest.mark.parametrize("next_url", FOREIGN)
def test_the_way_on_never_leaves_this_site(world: World, client: Client, next_url: str) -> None:
    location = sign_in(client, world.pm, next=next_url)["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert not {"\t", "\n", "\r", "\0"} & set(location)


def test_the_way_on_is_taken_within_this_site(world: World, client: Client) -> None:
    assert len(FOREIGN) >= 40
    for wanted in ("/moves", "/models/1?tab=people#people", "/people?program=x"):
        assert sign_in(Client(), world.pm, next=wanted)["Location"] == wanted


def test_without_the_forms_secret_nothing_is_done(world: World) -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in ("/sign-in", "/sign-in/link", "/sign-in/mail", "/sign-in/provider"):
        refused = strict.post(path, {"email": "x", "password": "y"})
        assert refused.status_code == 403
        assert "This form is out of date" in refused.content.decode()
        assert "load its page again" in refused.content.decode()
        assert "can give you the role" not in refused.content.decode()


def test_a_link_is_mailed_to_whoever_asks_and_the_page_says_the_same_to_everybody(
    world: World, client: Client, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    assert "Mail me a sign-in link" in client.get("/sign-in").content.decode()
    pages = []
    for email in (str(world.pm.email), "nobody.here@example.org"):
        answer = client.post("/sign-in/mail", {"email": f" {email} ", "password": "typed by mistake"})
        assert answer.status_code == 200
        pages.append(answer.content.decode().partition("<body")[2].replace(email, "…"))
    assert pages[0] == pages[1] != ""
    assert not is_in(client)
    wrong = client.post("/sign-in/mail", {"email": "not an address"})
    assert wrong.status_code == 409
    assert "is not an e-mail address" in wrong.content.decode()
    for _ in range(LINKS_PER_ACCOUNT - 1):
        client.post("/sign-in/mail", {"email": world.pm.email})
    assert client.post("/sign-in/mail", {"email": world.pm.email}).status_code == 429


def test_without_mail_no_link_is_offered_or_sent(world: World, client: Client) -> None:
    assert "Mail me" not in client.get("/sign-in").content.decode()
    answer = client.post("/sign-in/mail", {"email": world.pm.email})
    assert answer.status_code == 409
    assert "sends no mail" in answer.content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@in_all_looks
def test_the_pages_to_come_in_by_look_right(
    site: str,
    open_page: Callable[..., Any],
    axe: Callable[..., list[str]],
    shot: Callable[..., Any],
    settings: Any,
    theme: str,
    width: int,
) -> None:
    from django.utils import timezone

    settings.SENDS_MAIL = True
    world = World(now=timezone.now())
    page = open_page(theme=theme, width=width)

    def look(name: str) -> None:
        shot(page, f"{name}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.goto(f"{site}/sign-in")
    look("sign-in")
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("do not belong together").wait_for()
    look("sign-in-refused")
    page.get_by_role("button", name="Mail me").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()
    look("sign-in-mailed")
    page.goto(f"{site}/sign-in" + link_for(world, world.pm))
    look("sign-in-link")
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url("**/password")
    look("password")
    page.get_by_label("New password").fill("seven green lanterns 41")
    page.get_by_role("button", name="Save the password").click()
    page.get_by_text("Your password is set").wait_for()
    page.goto(f"{site}/sign-in/link?key=old")
    look("sign-in-link-old")
