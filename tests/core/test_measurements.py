"""Uncertainties are read only where their numbers can be true and fit the value."""

from datetime import UTC, datetime

import pytest

from throughline.core.errors import Refused
from throughline.core.evidence import Evidence, EvidenceKind
from throughline.core.measurements import (
    Counts,
    Interval,
    Moments,
    StandardError,
    as_content,
    measurement_of,
    parse_uncertainty,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "value", "expected"),
    [
        ({"kind": "counts", "k": 87, "n": 100}, 0.87, Counts(87, 100)),
        ({"kind": "counts", "k": 0, "n": 1}, None, Counts(0, 1)),
        ({"kind": "moments", "n": 40, "mean": 2.5, "variance": 0}, None, Moments(40, 2.5, 0)),
        ({"kind": "standard_error", "se": 0.01}, 0.87, StandardError(0.01)),
        ({"kind": "standard_error", "se": 0.01, "n": 900.0}, 0.87, StandardError(0.01, 900)),
        ({"kind": "interval", "low": 0.8, "high": 0.9}, 0.84, Interval(0.8, 0.9, 0.95)),
        ({"kind": "interval", "low": 0.8, "high": 0.9, "level": 0.9}, None, Interval(0.8, 0.9, 0.9)),
    ],
)
def test_each_kind_is_read_and_written_back(
    content: dict[str, object], value: float | None, expected: object
) -> None:
    read, _ = parse_uncertainty(content, value=value)
    assert read == expected
    assert parse_uncertainty(as_content(read), value=value)[0] == read


def test_a_value_that_was_left_out_is_worked_out() -> None:
    assert parse_uncertainty({"kind": "counts", "k": 87, "n": 100}, value=None)[1] == 0.87
    assert parse_uncertainty({"kind": "counts", "k": 87, "n": 100}, value=None, unit="%")[1] == 87
    assert parse_uncertainty({"kind": "moments", "n": 3, "mean": 7.5, "variance": 1}, value=None)[1] == 7.5
    assert parse_uncertainty({"kind": "interval", "low": 1, "high": 2}, value=None)[1] == 1.5


def test_a_value_may_be_rounded() -> None:
    content = {"kind": "counts", "k": 871, "n": 1000}
    assert parse_uncertainty(content, value=0.87)[1] == 0.87


@pytest.mark.parametrize(
    ("content", "value", "field"),
    [
        ("counts", 1, "uncertainty"),
        ({}, 1, "uncertainty"),
        ({"kind": "vibes"}, 1, "uncertainty"),
        ({"kind": ["counts"]}, 1, "uncertainty"),
        ({"kind": "counts", "k": 3}, 1, "uncertainty.n"),
        ({"kind": "counts", "k": 3, "n": 0}, 1, "uncertainty.n"),
        ({"kind": "counts", "k": 5, "n": 4}, 1, "uncertainty.k"),
        ({"kind": "counts", "k": -1, "n": 4}, 1, "uncertainty.k"),
        ({"kind": "counts", "k": 1.5, "n": 4}, 1, "uncertainty.k"),
        ({"kind": "counts", "k": float("nan"), "n": 4}, 1, "uncertainty.k"),
        ({"kind": "counts", "k": True, "n": 4}, 1, "uncertainty.k"),
        ({"kind": "counts", "k": 1, "n": 10**400}, 1, "uncertainty.n"),
        ({"kind": "counts", "k": 1, "n": 4, "x": 1}, 0.25, "uncertainty.x"),
        ({"kind": "counts", "k": 1, "n": 4}, 0.3, "value"),
        ({"kind": "counts", "k": 87, "n": 100}, 87, "value"),
        ({"kind": "moments", "n": 1, "mean": 2, "variance": 1}, 2, "uncertainty.n"),
        ({"kind": "moments", "n": 9, "mean": 2, "variance": -1}, 2, "uncertainty.variance"),
        ({"kind": "moments", "n": 9, "mean": "2", "variance": 1}, 2, "uncertainty.mean"),
        ({"kind": "moments", "n": 9, "mean": 2, "variance": 1}, 3, "value"),
        ({"kind": "standard_error", "se": -1}, 1, "uncertainty.se"),
        ({"kind": "standard_error", "se": float("inf")}, 1, "uncertainty.se"),
        ({"kind": "standard_error", "se": 1e300}, 1, "uncertainty.se"),
        ({"kind": "standard_error", "se": 1}, None, "value"),
        ({"kind": "interval", "low": 0.9, "high": 0.8}, 0.85, "uncertainty.high"),
        ({"kind": "interval", "low": 0.8, "high": 0.9, "level": 95}, 0.85, "uncertainty.level"),
        ({"kind": "interval", "low": 0.8, "high": 0.9}, 0.95, "value"),
    ],
)
def test_what_can_not_be_true_is_refused_under_its_name(
    content: object, value: float | None, field: str
) -> None:
    with pytest.raises(Refused) as caught:
        parse_uncertainty(content, value=value)
    assert caught.value.kind == "invalid"
    assert field in {reason.field for reason in caught.value.reasons}


def fact(**detail: object) -> Evidence:
    return Evidence(1, EvidenceKind.MEASURED, "metric.auc", "ci", "v1", AT, AT, 0.8, detail=detail)


def test_recorded_evidence_becomes_a_measurement() -> None:
    found = measurement_of(fact(uncertainty={"kind": "counts", "k": 8, "n": 10}, slice=" EU "))
    assert (found.uncertainty, found.slice) == (Counts(8, 10), "EU")


def test_what_was_recorded_before_uncertainties_were_read_counts_as_none() -> None:
    found = measurement_of(fact(uncertainty="plus or minus a bit", slice=7))
    assert (found.uncertainty, found.slice) == (None, "")
