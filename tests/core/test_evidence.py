"""How long evidence holds, and which of several observations counts."""

import math

import pytest

from tests.core.make_core import NOW, days, evidence
from throughline.core.evidence import latest, why_stale


@pytest.mark.parametrize(
    ("age", "max_age", "said"),
    [
        (29, 30, ""),
        (30, 30, ""),
        (30.01, 30, "it is 30 days old and may be 30"),
        (400, None, ""),
        (1, 0.5, "may be 0.5"),
        (-0.01, 30, "dated in the future"),
    ],
)
def test_evidence_ages(age: float, max_age: float | None, said: str) -> None:
    found = why_stale(evidence("metric.auc", 0.9, observed_at=NOW - days(age)), max_age_days=max_age, now=NOW)
    assert found == said if not said else said in found


def test_evidence_holds_until_its_end_even_when_it_is_young() -> None:
    assert "held until 2026-03-02" in why_stale(evidence("k", valid_until=NOW), max_age_days=30, now=NOW)
    assert why_stale(evidence("k", valid_until=NOW + days(1)), max_age_days=30, now=NOW) == ""


def test_the_newest_observation_counts_not_the_newest_record() -> None:
    old = evidence("k", 1, id=1, observed_at=NOW - days(5), recorded_at=NOW)
    new = evidence("k", 2, id=2, observed_at=NOW - days(1), recorded_at=NOW - days(1))
    other = evidence("k2", 3, id=3, observed_at=NOW)
    assert latest([new, old, other], "k") is new
    assert latest([old, new], "nothing") is None


def test_of_two_observations_at_one_instant_the_later_record_counts() -> None:
    first = evidence("k", 1, id=1)
    again = evidence("k", 2, id=2)
    corrected = evidence("k", 3, id=0, recorded_at=NOW)
    assert latest([again, first], "k") is again
    assert latest([corrected, again, first], "k") is corrected


def test_only_finite_numbers_are_numbers() -> None:
    assert evidence("k", 0.0).has_number
    assert not any(evidence("k", value).has_number for value in (None, math.nan, math.inf, -math.inf))
    assert evidence("k", math.nan).content()["value"] is None


def test_content_is_what_was_seen_not_when_or_by_whom() -> None:
    one = evidence("k", 1.0)
    assert one.content() == evidence("k", 1.0, id=9, recorded_by="Pam", observed_at=NOW).content()
    for changed in ({"value": 2.0}, {"subject": "other"}, {"fingerprint": "f"}, {"source": "hand"}):
        assert one.content() != evidence("k", **{"value": 1.0, **changed}).content()


def test_evidence_is_about_a_version_when_it_names_one() -> None:
    assert evidence("k", detail={"version": "2"}).is_about_a_version
    assert not evidence("k").is_about_a_version
