"""The portable form: the same text for the same row, and a manifest that is not believed blindly."""

import datetime as dt
import json
import uuid

import pytest

from throughline.core.errors import Refused
from throughline.core.installation import Manifest, Tally, line, read_line, read_manifest, same_everywhere


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (1e22, 10**22),
        (1e23, 10**23),
        (-0.0, 0.0),
        ({"x": [1e16]}, {"x": [10**16]}),
        (uuid.UUID("0b5a3f7e-9f5e-4f3c-9d8c-3f1c9b3c0e11"), "0b5a3f7e-9f5e-4f3c-9d8c-3f1c9b3c0e11"),
        (
            dt.datetime(2026, 3, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            "2026-03-01T00:00:00.000000+00:00",
        ),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (b"\x00\x01", "AAE="),
    ],
)
def test_two_databases_come_to_the_same_text(here: object, there: object):
    assert line("t", {"value": here}) == line("t", {"value": there})


@pytest.mark.parametrize("value", [1, 1.0, "1", True, None])
def test_different_values_stay_different(value: object):
    others = [other for other in (1, 1.0, "1", True, None) if type(other) is not type(value)]

    assert all(line("t", {"value": value}) != line("t", {"value": other}) for other in others)


def test_a_fraction_keeps_every_digit():
    assert same_everywhere(0.1 + 0.2) == 0.30000000000000004
    assert json.loads(line("t", {"value": 1e-7}))["row"]["value"] == 1e-7


def test_a_line_is_read_back():
    assert read_line(line("model", {"name": "Zürich\n", "id": 3})) == ("model", {"name": "Zürich\n", "id": 3})


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"table": 1, "row": {}}', '{"table": "x", "row": []}', "{"]
)
def test_what_is_no_line_is_refused(text: str):
    with pytest.raises(Refused):
        read_line(text)


def test_order_and_content_make_the_hash():
    first, second, turned = Tally(), Tally(), Tally()
    for tally, words in ((first, "ab"), (second, "ab"), (turned, "ba")):
        for word in words:
            tally.add("t", word)

    assert first.content_hash == second.content_hash
    assert first.content_hash != turned.content_hash
    assert first.counts == {"t": 2}


def manifest() -> Manifest:
    return Manifest("2026-01-01T00:00:00+00:00", "0.1.0", "0001_initial", "ab" * 32, {"person": 2}, True)


def test_a_manifest_is_read_back():
    assert read_manifest(manifest().as_text()) == manifest()


@pytest.mark.parametrize(
    "change",
    [
        {"format": "something else"},
        {"counts": 3},
        {"counts": {"person": "many"}},
        {"format_version": 99},
    ],
)
def test_a_foreign_manifest_is_refused(change: dict[str, object]):
    content = {**json.loads(manifest().as_text()), **change}

    with pytest.raises(Refused):
        read_manifest(json.dumps(content))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "\x00"])
def test_what_is_no_manifest_is_refused(text: str):
    with pytest.raises(Refused, match="not an archive"):
        read_manifest(text)
