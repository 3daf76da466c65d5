"""Every part of the visual system on one page: both themes, two widths, the strict content policy."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders

from tests.looks import in_all_looks
from tests.web.gallery import example
from throughline.project.middleware import content_policy

ORIGIN = "http://127.0.0.1:9"

pytestmark = pytest.mark.browser


FOUND = (
    {"title": "Churn propensity", "hint": "Prototype", "icon": "moves", "url": "/gallery?found"},
    {"title": "Ticket routing", "hint": "Production", "icon": "moves", "url": "/gallery?other"},
    {"title": "Route times", "hint": "Prototype", "icon": "moves", "url": "/gallery?third"},
)


def fitting(asked: str) -> list[dict[str, str]]:
    return [item for item in FOUND if asked in item["title"].lower()]


def words(route: Any) -> str:
    return parse_qs(urlsplit(route.request.url).query).get("q", [""])[0]


def serve(page: Any, theme: str) -> None:
    """Answers the browser from here; no server and no database are needed."""

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path == "/gallery":
            route.fulfill(
                body=example.html(theme),
                content_type="text/html",
                headers={"Content-Security-Policy": content_policy()},
            )
        elif path == "/palette":
            route.fulfill(json={"groups": [{"title": "Models", "items": fitting(words(route))}]})
        else:
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), path
            kind = mimetypes.guess_type(found)[0] or "text/plain"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/gallery")


@in_all_looks
def test_nothing_breaks_the_rules_or_runs_over_the_edge(
    open_page: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    shot: Callable[[Any, str], Path],
    theme: str,
    width: int,
) -> None:
    page = open_page(theme=theme, width=width)
    serve(page, "system")
    shot(page, f"gallery-{theme}-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chosen_theme_wins_over_the_system(open_page: Callable[..., Any]) -> None:
    page = open_page(theme="light")
    serve(page, "dark")
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    serve(page, "system")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != dark


def test_the_palette_is_worked_by_keys_alone(open_page: Callable[..., Any]) -> None:
    page = open_page()
    serve(page, "system")
    page.keyboard.press("Control+k")
    page.keyboard.type("rou")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery?third")


def test_the_palette_waits_for_what_was_typed_before_it_opens_anything(open_page: Callable[..., Any]) -> None:
    page = open_page()
    serve(page, "system")
    page.keyboard.press("Control+k")
    page.wait_for_selector("[role=option] >> text=Churn propensity")
    page.keyboard.type("rou")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery?other")


def test_single_keys_are_not_taken_from_inputs_and_can_be_switched_off(open_page: Callable[..., Any]) -> None:
    page = open_page()
    serve(page, "system")
    page.locator("main input[type=search]").focus()
    page.keyboard.type("j?")
    assert page.locator("main input[type=search]").input_value() == "j?"
    assert page.locator("#shortcuts[open]").count() == 0
    page.locator("h1").click()
    page.keyboard.press("?")
    assert page.locator("#shortcuts[open]").count() == 1
    page.locator("[data-shortcuts-switch]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#shortcuts[open]").count() == 0


def test_a_draft_survives_a_reload_and_is_gone_after_sending(open_page: Callable[..., Any]) -> None:
    page = open_page()
    serve(page, "system")
    page.locator("#id_reason").fill("The supplier signs in April")
    page.get_by_text("Saved as draft").wait_for()
    page.reload()
    assert page.locator("#id_reason").input_value() == "The supplier signs in April"
    assert "Your draft is back" in page.locator("[data-draft-note=id_reason]").inner_text()
    page.get_by_role("button", name="Discard it").click()
    page.reload()
    assert page.locator("#id_reason").input_value() == ""
