"""The scripts behind `make` say plainly what is missing, and what to do."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import bootstrap, chromium, java, postgres


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Not root, and nothing is found on the PATH."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)
    return tmp_path


def test_an_environment_that_cannot_be_made_is_no_traceback(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "PYTHON", bare / "python")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    with pytest.raises(SystemExit, match=r"(?s)could not make.*apt-get install python3\.\d+-venv"):
        bootstrap.make_environment(with_pip=True)


def test_without_postgresql_one_sentence_says_how_to_get_it(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    assert postgres.main([sys.executable]) == 1
    assert "apt-get install postgresql-15" in capsys.readouterr().err


def test_without_java_one_sentence_says_how_to_get_it(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert java.find_or_install() is None
    assert "apt-get install openjdk-17-jre-headless" in java.how_to_get()
    monkeypatch.setenv("JAVA_HOME", str(bare))
    assert java.find_or_install() is None
    assert str(bare) in java.how_to_get()


@pytest.mark.parametrize("arguments", [[], ["no-such-program"]])
def test_postgresql_is_not_started_for_nothing(
    bare: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert postgres.main(arguments) == 2
    assert "usage: postgres.py COMMAND" in capsys.readouterr().err


def test_a_missing_browser_is_told_from_a_wrong_path(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chromium.find_or_install() is None
    assert "apt-get install chromium" in chromium.how_to_get()
    monkeypatch.setenv(chromium.VARIABLE, str(bare / "chrome"))
    assert chromium.find_or_install() is None
    assert "which is not there" in chromium.how_to_get()
    assert "apt-get" not in chromium.how_to_get()


def test_a_browser_that_is_there_is_taken(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = bare / "chromium"
    browser.touch(mode=0o755)
    assert chromium.find_or_install() == str(browser)


def test_of_two_browsers_the_one_without_windows_is_taken(bare: Path) -> None:
    for name in ("chromium", chromium.SMALL):
        (bare / name).touch(mode=0o755)
    assert chromium.find_or_install() == str(bare / chromium.SMALL)


def test_root_gets_the_small_browser_and_works_with_the_other_where_it_cannot_be_had(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(subprocess, "run", run)
    for name in ("chromium", "apt-get"):
        (bare / name).touch(mode=0o755)
    assert chromium.find_or_install() == str(bare / "chromium")
    assert [chromium.SMALL in command for command in asked] == [False, True]
    assert "--no-remove" in asked[-1]
