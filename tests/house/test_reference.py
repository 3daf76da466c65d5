"""The reference says what the program does: it is what the code yields now, word for word."""

from pathlib import Path

import click
import pytest

from throughline.core.checks.registry import CATALOGUE
from throughline.project.config import declarations
from throughline.project.routes import routes
from throughline.project.server import main as server
from tools import docs

REFERENCE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return docs.pages()


@pytest.mark.parametrize("name", docs.NAMES)
def test_the_committed_page_is_current(name: str, pages: dict[str, str]):
    committed = (REFERENCE / name).read_text(encoding="utf-8")

    assert committed == pages[name], "Run make docs and commit the result."


def test_a_changed_setting_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    before = docs.settings()
    monkeypatch.setattr("throughline.project.config.PREFIX", "OTHER_")

    assert docs.settings() != before


def test_every_setting_check_command_and_route_is_listed(pages: dict[str, str]):
    assert [name for name in declarations() if f"`{name}`" not in pages["settings.md"]] == []
    assert [check for check in CATALOGUE if f"## `{check}`" not in pages["checks.md"]] == []
    assert [
        name for name in names(server) if f"`throughline-server {name}`" not in pages["commands.md"]
    ] == []
    assert [str(route) for route in routes() if f"`/{route.path}`" not in pages["permissions.md"]] == []


def names(group: click.Group) -> list[str]:
    return list(group.commands)


def test_nothing_is_documented_that_does_not_exist():
    known = {f"`{name}`" for name in declarations()}
    rows = [text.split("|")[1].strip() for text in docs.settings().splitlines() if text.startswith("| `")]

    assert set(rows) == known
