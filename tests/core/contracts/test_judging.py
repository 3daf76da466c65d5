"""Figures become passed, failed or unknown; whatever is missing or strange is unknown, never a pass."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.contracts.demands import Comparison, Operator
from throughline.core.contracts.judging import as_instant, holds, judge
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.rule import Rule
from throughline.core.contracts.rules import rules_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
finite = st.floats(allow_nan=False, allow_infinity=False)


def rule(name: str, **quality: Any) -> Rule:
    column = {"name": "c", "required": True, "primaryKey": True, "quality": [quality] if quality else []}
    contract = read_contract({"schema": [{"name": "t", "properties": [column]}]})
    return next(one for one in rules_of(contract) if one.id == name)


@pytest.mark.parametrize(
    ("figures", "outcome"),
    [
        ({"rows": 10, "bad": 0}, "passed"),
        ({"rows": 10, "bad": Decimal(3)}, "failed"),
        ({"rows": 0, "bad": None}, "passed"),
        ({"rows": 10}, "unknown"),
        ({"rows": 10, "bad": "three"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_counts(figures: dict[str, Any], outcome: str) -> None:
    assert judge(rule("t.c.required"), figures, NOW).outcome == outcome


def test_a_key_with_nulls_or_repetitions_fails() -> None:
    key = rule("t.primary_key")
    assert judge(key, {"rows": 3, "nulls": 0, "extra": 0}, NOW).outcome == "passed"
    found = judge(key, {"rows": 5, "nulls": 1, "extra": 2}, NOW)
    assert (found.outcome, found.value) == ("failed", 3)
    assert found.reason == "1 rows hold a null in it and 2 rows repeat another, of 5 rows."


def test_a_share_is_of_all_rows_and_there_is_none_of_no_rows() -> None:
    share = rule("t.c.quality.nullValues", metric="nullValues", mustBeLessThan=1, unit="percent")
    assert judge(share, {"rows": 1_000, "count": 9}, NOW).outcome == "passed"
    assert judge(share, {"rows": 1_000, "count": 10}, NOW).outcome == "failed"
    assert judge(share, {"rows": 0, "count": 0}, NOW).outcome == "unknown"


@pytest.mark.parametrize(
    ("value", "wanted", "outcome"),
    [
        (5, {"mustBe": 5}, "passed"),
        (Decimal("5.0"), {"mustBe": 5}, "passed"),
        (True, {"mustBe": 1}, "passed"),
        (None, {"mustBe": 5}, "unknown"),
        ("5", {"mustBe": 5}, "unknown"),
        (float("nan"), {"mustNotBe": 5}, "failed"),
        (float("inf"), {"mustBeGreaterThan": 5}, "failed"),
        ("ok", {"mustBe": "ok"}, "passed"),
        ("ko", {"mustBe": "ok"}, "failed"),
        ("ko", {"mustNotBe": "ok"}, "passed"),
        (True, {"mustBe": True}, "passed"),
        (False, {"mustBe": True}, "failed"),
        (date(2026, 1, 1), {"mustBe": 5}, "unknown"),
    ],
)
def test_queries(value: Any, wanted: dict[str, Any], outcome: str) -> None:
    query = rule("t.c.quality.sql 1", type="sql", query="SELECT 1", **wanted)
    assert judge(query, {"value": value}, NOW).outcome == outcome


@given(finite, finite, finite)
def test_comparisons_agree_with_their_opposites(value: float, one: float, other: float) -> None:
    low, high = sorted((one, other))

    def says(operator: Operator) -> bool:
        return holds(value, Comparison(operator, low, high))

    assert says(Operator.IS) is not says(Operator.IS_NOT)
    assert says(Operator.GREATER) is not says(Operator.AT_MOST)
    assert says(Operator.LESS) is not says(Operator.AT_LEAST)
    assert says(Operator.BETWEEN) is not says(Operator.NOT_BETWEEN)
    assert says(Operator.BETWEEN) is (low <= value <= high)


@pytest.mark.parametrize(
    ("value", "zone", "instant"),
    [
        (date(2026, 1, 1), "", datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, 12), "Europe/Berlin", datetime(2026, 1, 1, 11, tzinfo=UTC)),
        (datetime(2026, 1, 1, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026-01-01 12:00:00+01:00", "", datetime(2026, 1, 1, 11, tzinfo=UTC)),
    ],
)
def test_instants_of_every_driver(value: Any, zone: str, instant: datetime) -> None:
    assert as_instant(value, zone) == instant


def test_a_rule_with_a_problem_is_unknown_whatever_the_figures_are() -> None:
    broken = rule("t.c.quality.nullValues", metric="nullValues")
    assert judge(broken, {"rows": 1, "count": 0}, NOW).outcome == "unknown"
