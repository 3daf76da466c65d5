"""Sign-in at a real OpenID Connect provider process: the way in, and each way in which it is refused."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client

from tests.make import World
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET
from throughline.records.access import Identity
from throughline.records.activity import Activity
from throughline.records.people import Person

SITE = "http://testserver"


class ProviderProcess:
    """The other side: one process, told by each test what to say."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.oidc_provider", "0"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert self.process.stdout
        self.issuer = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def tell(self, fault: str = "", **claims: Any) -> None:
        body = json.dumps({"claims": claims, "fault": fault}).encode()
        urllib.request.urlopen(
            urllib.request.Request(f"{self.issuer}/as-told", data=body), timeout=10
        ).close()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def provider() -> Iterator[ProviderProcess]:
    started = ProviderProcess()
    yield started
    started.stop()


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def configured(provider: ProviderProcess, settings: Any) -> Any:
    app = {
        "provider_id": "oidc", "name": "Company login", "client_id": CLIENT_ID, "secret": CLIENT_SECRET,
        "settings": {"server_url": provider.issuer, "oauth_pkce_enabled": True},
    }  # fmt: skip
    settings.BASE_URL = SITE
    settings.OIDC_ISSUER, settings.OIDC_NAME = provider.issuer, "Company login"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return settings


def claims(person: Person, **more: Any) -> dict[str, Any]:
    return {
        "sub": f"id-{person.pk}",
        "email": person.email,
        "email_verified": True,
        "name": person.name,
        **more,
    }


def begin(client: Client, next_url: str = "/moves") -> str:
    """Presses the button and goes to the provider; returns the address to which it sends the browser back."""
    away = client.post("/sign-in/provider", {"next": next_url})
    assert away.status_code == 302, away.content.decode()
    back = requests.get(away["Location"], allow_redirects=False, timeout=10)
    return back.headers["Location"].removeprefix(SITE)


def come_back(client: Client) -> Any:
    return client.get(begin(client))


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_an_invited_person_comes_in_and_goes_on_where_they_wanted(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    provider.tell(**claims(world.pm))
    response = come_back(client)
    assert (response.status_code, response["Location"]) == (302, "/moves")
    assert client.session["_auth_user_id"] == str(world.pm.pk)
    assert Identity.objects.get().issuer == provider.issuer
    assert Activity.objects.latest("seq").verb == "session.started"
    provider.tell(**claims(world.pm, email="new.name@example.org", email_verified=False))
    again = Client()
    come_back(again)
    assert again.session["_auth_user_id"] == str(world.pm.pk)


def test_the_request_carries_pkce_and_a_state(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    away = client.post("/sign-in/provider")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(away["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) >= 43
    assert len(asked["state"]) >= 16
    assert asked["redirect_uri"] == f"{SITE}/sign-in/provider/callback"
    assert "openid" in asked["scope"].split()


def test_a_session_that_somebody_planted_is_not_kept(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    provider.tell(**claims(world.pm))
    back = begin(client)
    planted = client.session.session_key
    client.get(back)
    assert is_in(client)
    assert client.session.session_key != planted


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"email_verified": False}, "vouch"),
        ({"email_verified": "true"}, "vouch"),
        ({"email": None}, "vouch"),
        ({"email": "stranger@partner.example"}, "invited"),
    ],
)
def test_whoever_cannot_be_told_apart_is_refused_with_the_reason(
    world: World, provider: ProviderProcess, configured: Any, client: Client, more: dict[str, Any], words: str
) -> None:
    provider.tell(**claims(world.pm, **more))
    response = come_back(client)
    assert response.status_code == 403
    assert words in response.content.decode()
    assert not is_in(client)
    assert not Identity.objects.exists()


def test_a_domain_that_is_allowed_brings_a_person_without_any_role(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    configured.OIDC_ALLOWED_DOMAINS = frozenset({"partner.example"})
    provider.tell(sub="s1", email="Kim@partner.example", email_verified=True, name="Kim")
    assert come_back(client).status_code == 302
    made = Person.objects.get(email="kim@partner.example")
    assert (made.name, made.is_admin, made.memberships.count()) == ("Kim", False, 0)


@pytest.mark.parametrize(
    "fault",
    [
        "unsigned", "signed_with_the_public_key", "foreign_key", "unknown_key", "other_audience", "wrong_issuer",
        "expired", "two_people",
    ],
)  # fmt: skip
def test_what_the_provider_did_not_sign_for_us_counts_for_nothing(
    world: World, provider: ProviderProcess, configured: Any, client: Client, fault: str
) -> None:
    provider.tell(fault, **claims(world.pm))
    response = come_back(client)
    assert response.status_code == 502
    assert "did not confirm" in response.content.decode()
    assert not is_in(client)


def test_a_wrong_client_secret_is_explained(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    configured.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["secret"] = "wrong"
    provider.tell(**claims(world.pm))
    response = come_back(client)
    assert response.status_code == 502
    assert "client id or secret may be wrong" in response.content.decode()
    assert not is_in(client)


def test_an_answer_that_names_nobody_counts_for_nothing(
    world: World, provider: ProviderProcess, configured: Any, client: Client
) -> None:
    for subject in ("", None):
        provider.tell(**claims(world.pm, sub=subject))
        assert come_back(client).status_code == 502
    assert not is_in(client)


@pytest.mark.parametrize("change", ["tampered", "missing", "of another browser", "used twice"])
def test_a_state_that_is_not_this_browsers_is_refused(
    world: World, provider: ProviderProcess, configured: Any, client: Client, change: str
) -> None:
    provider.tell(**claims(world.pm))
    back = begin(client)
    if change == "tampered":
        back = back.replace("state=", "state=x")
    elif change == "missing":
        back = back.split("?")[0] + "?code=" + parse_qs(urlsplit(back).query)["code"][0]
    elif change == "of another browser":
        client = Client()
    else:
        client.get(back)
        client.logout()
    response = client.get(back)
    assert response.status_code == 502
    assert "Begin again" in response.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize(
    ("fault", "words"), [("denied", "stopped the sign-in"), ("not_json", ""), ("other_issuer", "")]
)
def test_other_troubles_at_the_provider_are_explained(
    world: World, provider: ProviderProcess, configured: Any, client: Client, fault: str, words: str
) -> None:
    provider.tell(fault, **claims(world.pm))
    away = client.post("/sign-in/provider")
    if away.status_code == 302:
        back = requests.get(away["Location"], allow_redirects=False, timeout=10).headers["Location"]
        away = client.get(back.removeprefix(SITE))
    assert away.status_code == 502
    assert words in away.content.decode()
    assert "You are not signed in" in away.content.decode()


def test_a_provider_that_is_down_is_explained_and_links_still_work(
    world: World, configured: Any, client: Client
) -> None:
    gone = ProviderProcess()
    gone.stop()
    configured.OIDC_ISSUER = gone.issuer
    configured.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = gone.issuer
    response = client.post("/sign-in/provider")
    assert response.status_code == 502
    assert "does not answer" in response.content.decode()


@pytest.mark.parametrize(
    "next_url", ["https://evil.example.org/", "//evil.example.org", "javascript:alert(1)"]
)
def test_the_way_on_stays_on_this_site(
    world: World, provider: ProviderProcess, configured: Any, client: Client, next_url: str
) -> None:
    provider.tell(**claims(world.pm))
    assert client.get(begin(client, next_url))["Location"] == "/"


def test_without_a_provider_there_is_no_such_page(world: World, client: Client) -> None:
    assert client.post("/sign-in/provider").status_code == 404
    assert client.get("/sign-in/provider/callback?state=x&code=y").status_code == 404
    assert "Continue with" not in client.get("/sign-in").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/login/",
        "/accounts/social/signup/",
        "/signup/",
        "/oidc/oidc/login/",
        "/social/connections/",
    ],
)
def test_no_page_of_the_library_can_be_reached(
    world: World, configured: Any, client: Client, path: str
) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.browser
def test_in_a_real_browser_the_button_leads_in(
    provider: ProviderProcess, configured: Any, open_page: Callable[..., Any], transactional_db: None
) -> None:
    """With a server of its own, because the content policy has to name the provider from the start."""
    from pytest_django.live_server_helper import LiveServer

    world = World()
    server = LiveServer("127.0.0.1")
    try:
        configured.BASE_URL = server.url
        provider.tell(**claims(world.pm))
        page = open_page()
        page.goto(f"{server.url}/sign-in?next=/moves")
        page.get_by_role("button", name="Continue with Company login").click()
        page.wait_for_url(f"{server.url}/moves")
        assert world.pm.name in page.locator(".person .unseen, details.menu").all_inner_texts().__str__()
    finally:
        server.stop()
