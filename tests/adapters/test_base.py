"""Values from outside made storable."""

from datetime import UTC, datetime

import pytest

from throughline.adapters import SOURCES
from throughline.adapters.base import (
    Observation,
    SourceFailed,
    finite,
    from_iso,
    from_milliseconds,
    plain,
)
from throughline.core.evidence import EvidenceKind

MINIMAL = {"kind": EvidenceKind.MEASURED, "key": "metric.x", "subject": "s", "source": "t", "source_ref": "r"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_an_observation_holds_no_number_that_is_none(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Observation(**MINIMAL, value=value)  # type: ignore[arg-type]


def test_an_observation_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        Observation(**MINIMAL, observed_at=datetime(2026, 1, 1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain", "plain"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("\ud800x", "?x"),
        ("e\u0301", "é"),
        (None, ""),
        (12, "12"),
        ("\u202eevil", "evil"),
    ],
)
def test_text_is_made_storable(raw: object, expected: str) -> None:
    assert plain(raw) == expected


def test_long_text_is_cut_and_shows_it() -> None:
    assert plain("x" * 1000, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1, 1.0),
        ("0.5", 0.5),
        ("NaN", None),
        ("Infinity", None),
        (True, None),
        (None, None),
        (10**400, None),
        ("", None),
    ],
)
def test_only_finite_numbers_are_numbers(raw: object, expected: float | None) -> None:
    assert finite(raw) == expected


def test_instants_are_read_from_milliseconds_and_from_iso() -> None:
    assert from_milliseconds("1795439608735") == datetime(2026, 11, 23, 13, 13, 28, 735000, UTC)
    assert from_milliseconds(0) is None
    assert from_milliseconds(10**30) is None
    assert from_iso("2026-11-23T12:47:15Z") == datetime(2026, 11, 23, 12, 47, 15, tzinfo=UTC)
    assert from_iso("2026-11-23T12:47:15") == datetime(2026, 11, 23, 12, 47, 15, tzinfo=UTC)
    assert from_iso("yesterday") is None
    assert from_iso(None) is None


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_every_source_draws_its_form_and_hides_its_secrets(kind: str) -> None:
    source = SOURCES[kind]
    fields = source.settings_type.form()
    assert source.label
    assert all(field.label and field.help for field in fields)
    filled = source.settings_type.of(
        {field.name: f"value-of-{field.name}" for field in fields} | {"other": "x"}
    )
    shown = repr(filled)
    assert not [field.name for field in fields if field.is_secret and f"value-of-{field.name}" in shown]
    assert filled.lacking() == ()
    assert set(source.settings_type().lacking()) == {field.name for field in fields if field.required}


@pytest.mark.parametrize("kind", sorted(SOURCES))
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://169.254.169.254", "file:///etc/passwd", "nonsense"]
)
def test_every_source_obeys_the_guard(kind: str, url: str) -> None:
    source = SOURCES[kind].connect({"base_url": url}, allowed=())
    for attempt in (
        source.test_connection,
        lambda: list(source.remote_models()),
        lambda: source.observations("x"),
    ):
        with pytest.raises(SourceFailed):
            attempt()
