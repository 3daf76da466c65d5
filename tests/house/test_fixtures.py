"""The tests' own safeguards: they have to bite, or everything that leans on them proves nothing."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LeftTheMachine

GOOD = "<html lang='en'><head><title>Good</title></head><body><main><h1>Good</h1></main></body></html>"
BAD = (
    "<html><head></head><body><img src='data:,'><p style='color:#bbb;background:#fff'>pale</p></body></html>"
)


@pytest.mark.parametrize("address", ["192.0.2.1", "example.org", "10.0.0.1"])
def test_no_test_gets_out_of_this_machine(address: str):
    with socket.socket() as door, pytest.raises(LeftTheMachine):
        door.connect((address, 80))


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as door:
        door.connect(server.getsockname())


def test_a_fresh_postgres_database_is_empty(postgres_url: str):
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert found == (0,)


@pytest.mark.browser
class TestTheBrowser:
    @pytest.mark.django_db(transaction=True)
    def test_opens_the_running_site(self, site: str, page, shot, monkeypatch):
        monkeypatch.setenv("THROUGHLINE_SHOTS", "asked for")
        page.goto(f"{site}/healthz")

        assert "alive" in page.content()
        assert shot(page, "house-healthz").stat().st_size > 0

    def test_accessibility_faults_are_found(self, page, axe):
        page.set_content(BAD)

        found = "\n".join(axe(page))

        assert "image-alt" in found
        assert "color-contrast" in found

    def test_a_sound_page_has_none(self, page, axe):
        page.set_content(GOOD)

        assert axe(page) == []

    def test_a_request_that_leaves_is_stopped_and_told(self, browser_problems, open_page):
        page = open_page()
        with page.expect_event("requestfailed"):
            page.set_content("<img src='https://elsewhere.example.org/pixel.png'>")

        assert [problem for problem in browser_problems if "elsewhere.example.org" in problem]
        browser_problems.clear()

    def test_a_script_error_is_told(self, browser_problems, open_page):
        page = open_page()
        with page.expect_event("pageerror"):
            page.evaluate("setTimeout(() => { throw new Error('broken') }, 0)")

        assert [problem for problem in browser_problems if "broken" in problem]
        browser_problems.clear()

    def test_theme_and_width_are_taken(self, open_page):
        page = open_page(theme="dark", width=360)

        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert page.evaluate("innerWidth") == 360


def test_screenshots_have_a_place(shots: Path):
    assert shots.is_dir()


@pytest.mark.parametrize("asked_for", ["", "somewhere"])
def test_pictures_are_taken_where_somebody_asked_for_them(
    shot: Callable[[Any, str], Path], monkeypatch: pytest.MonkeyPatch, asked_for: str
):
    taken: list[str] = []

    class Page:
        def screenshot(self, path: str, full_page: bool) -> None:
            taken.append(path)

    monkeypatch.setenv("THROUGHLINE_SHOTS", asked_for)
    target = shot(Page(), "today")

    assert taken == ([str(target)] if asked_for else [])
