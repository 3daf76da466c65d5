"""Log lines: one line for one event, whatever a name holds."""

import json
import logging

import pytest
import structlog

from throughline.project import logs
from throughline.project.parsing import LogFormat

FORGED = 'Ana\r\n{"event": "forged"}\x1b[31m'


@pytest.fixture(autouse=True)
def _restore():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level


def write(log_format: LogFormat, capsys: pytest.CaptureFixture[str], **values: str) -> str:
    logs.configure(log_format, "INFO")
    structlog.get_logger("throughline.test").info("something", **values)
    return capsys.readouterr().err


def test_a_line_is_one_json_object(capsys: pytest.CaptureFixture[str]):
    line = write(LogFormat.JSON, capsys, name=FORGED)

    assert line.count("\n") == 1
    found = json.loads(line)
    assert found["event"] == "something"
    assert found["name"] == FORGED
    assert found["level"] == "info"


def test_a_name_cannot_forge_a_line_of_text(capsys: pytest.CaptureFixture[str]):
    line = write(LogFormat.TEXT, capsys, name=FORGED)

    assert line.count("\n") == 1
    assert "\x1b" not in line
    assert "\r" not in line


def test_lines_of_libraries_take_the_same_shape(capsys: pytest.CaptureFixture[str]):
    logs.configure(LogFormat.JSON, "INFO")
    logging.getLogger("some.library").warning("it says %s", FORGED)

    assert json.loads(capsys.readouterr().err)["event"] == f"it says {FORGED}"


def test_a_quiet_level_drops_the_line(capsys: pytest.CaptureFixture[str]):
    logs.configure(LogFormat.JSON, "ERROR")
    structlog.get_logger("throughline.test").info("not worth it")

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_traceback_does_not_print_what_variables_hold(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
):
    logs.configure(log_format, "INFO")
    password = "".join(["correct ", "horse"])  # noqa: FLY002 - the source line is in the traceback
    try:
        raise ValueError(f"{len(password)} letters")
    except ValueError:
        structlog.get_logger("throughline.test").exception("something broke")

    written = capsys.readouterr().err
    assert "ValueError: 13 letters" in written
    assert "correct horse" not in written
