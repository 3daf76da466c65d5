"""What all tests share: no way out of this machine, a second database, and a real browser."""

import ipaddress
import os
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tools import chromium, postgres

# How long an example takes says more about the machine's other work than about ours.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")

pytest_plugins = ["tests.databases", "tests.mlflow_server"]

DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
CORE = Path(__file__).parent / "core"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
# Only what is broken is described; describing what is right takes as long as finding out.
AXE_RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
MUST_HAVE = os.environ.get("CI") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="run only the tests that use the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("mlflow"):
            # One process for all of them, so that one server serves them all.
            item.add_marker(pytest.mark.xdist_group("mlflow"))
    if misplaced := [
        item.nodeid for item in items if CORE in item.path.parents and needs_more_than_core(item)
    ]:
        raise pytest.UsageError(f"tests of the core need no database and no browser: {misplaced}")
    if hasattr(config, "workerinput"):
        # What takes long comes first, so that no process is left with it when the others are done.
        items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if config.getoption("--only-database"):
        chosen = [
            item for item in items if uses_database(item) and not item.get_closest_marker("any_database")
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen


def needs_more_than_core(item: pytest.Item) -> bool:
    """`tools/verify.py` leaves the core out where only such tests run."""
    return uses_database(item) or item.get_closest_marker("browser") is not None


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES)


class LeftTheMachine(Exception):
    """A test tried to reach an address that is not on this machine."""


def guard(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(sock: socket.socket, address: Any) -> Any:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(str(address[0])):
            raise LeftTheMachine(f"a test tried to connect to {address[0]}:{address[1]}")
        return original(sock, address)

    return connect


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


socket.socket.connect = guard(socket.socket.connect)  # type: ignore[method-assign]
socket.socket.connect_ex = guard(socket.socket.connect_ex)  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL on which databases may be made."""
    given = os.environ.get(postgres.URL_VARIABLE)
    if given:
        yield given
        return
    if postgres.find_binaries() is None:
        unavailable("PostgreSQL is not installed and no THROUGHLINE_TEST_POSTGRES_URL is set")
    with postgres.throw_away() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database of this test's own."""
    import psycopg

    name = f"throughline_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def unavailable(reason: str) -> None:
    if MUST_HAVE:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    program = chromium.find()
    if program is None:
        unavailable("Chromium is not installed")
    # Playwright keeps an event loop running in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=chromium.arguments())
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of a running server whose own idea of its address is right."""
    settings.BASE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def browser_problems() -> list[str]:
    """What went wrong in the pages of this test. A test that provokes something on purpose clears it."""
    return []


@pytest.fixture
def open_page(browser: Any, browser_problems: list[str]) -> Iterator[Callable[..., Any]]:
    """Opens a page of a given theme and width in a fresh profile; at the end nothing may have gone wrong in any.

    Wrong are: a script error, a blocked inline style or script, and a request that leaves this machine.
    """
    contexts: list[Any] = []
    problems = browser_problems

    def open_one(*, theme: str = "light", width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            color_scheme=theme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            has_touch=width < 500,
            **options,
        )
        contexts.append(context)
        context.on("request", lambda request: note_departure(request.url, problems))
        page = context.new_page()
        # Patience costs nothing where all is well, and two browsers share the cores with all that tests start.
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("console", lambda message: note_policy(message, problems))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []


def leaves_the_machine(url: str) -> bool:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and not is_loopback(parts.hostname or "")


def note_departure(url: str, problems: list[str]) -> None:
    if leaves_the_machine(url):
        problems.append(f"request left the machine: {url}")


def note_policy(message: Any, problems: list[str]) -> None:
    if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
        problems.append(message.text)


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    return open_page()


@pytest.fixture
def axe() -> Callable[[Any], list[str]]:
    """Returns what breaks WCAG 2.2 A and AA on a page: one line for each rule and place."""

    def violations(page: Any) -> list[str]:
        page.wait_for_load_state()  # without its styles every page looks wrong
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n;0")
        found = broken_rules(page)
        if any(rule == "target-size" for rule, _ in found):
            # The bar at the foot of a phone covers a part of whatever lies beneath it just now. What is too small is
            # so wherever the page is scrolled to.
            page.evaluate("scrollBy(0, innerHeight / 3)")
            still = broken_rules(page)
            found = {place: why for place, why in found.items() if place in still}
        return [f"{rule}: {target}: {why}" for (rule, target), why in found.items()]

    return violations


def broken_rules(page: Any) -> dict[tuple[str, str], str]:
    """By rule and place, why it is broken."""
    found = page.evaluate(AXE_RUN, AXE_TAGS)
    return {
        (rule["id"], " ".join(map(str, node["target"]))): node["failureSummary"]
        for rule in found["violations"]
        for node in rule["nodes"]
    }


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go; `THROUGHLINE_SHOTS` names a folder that stays."""
    folder = Path(os.environ.get("THROUGHLINE_SHOTS") or tempfile.mkdtemp(prefix="throughline-shots-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def shot(shots: Path) -> Callable[[Any, str], Path]:
    """Takes a picture of a whole page, where somebody asked for pictures: else nobody would ever look at them."""

    def save(page: Any, name: str) -> Path:
        target = shots / f"{name}.png"
        if os.environ.get("THROUGHLINE_SHOTS"):
            page.screenshot(path=str(target), full_page=True)
        return target

    return save
