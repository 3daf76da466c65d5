"""Units and service levels mean what is published: docs/explanation/service-levels.md."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.contracts.judging import judge
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.rules import rules_of
from throughline.core.contracts.service_levels import (
    _clock,
    bucket_of,
    last_passing,
    needed_since,
    read_levels,
)
from throughline.core.contracts.units import describe_seconds, read_span

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "months", "seconds"),
    [
        (4, "d", 0, 345_600),
        ("4", "days", 0, 345_600),
        (24, "h", 0, 86_400),
        (90, "min", 0, 5_400),
        (1, "W", 0, 604_800),
        (30, "s", 0, 30),
        (3, "y", 36, 0),
        (1.5, "yr", 18, 0),
        (2, "months", 2, 0),
        (1, "quarter", 3, 0),
        ("P1Y2M", "", 14, 0),
        ("PT4H30M", "", 0, 16_200),
        ("P1DT12H", "ISO8601", 0, 129_600),
        ("24h", "", 0, 86_400),
        ("1,000 hours", "", 0, 3_600_000),
    ],
)
def test_lengths_of_time(value: Any, unit: str, months: int, seconds: float) -> None:
    span, problem = read_span(value, unit)
    assert span is not None, problem
    assert (span.months, span.seconds) == (months, seconds)


@pytest.mark.parametrize(
    ("value", "unit", "why"),
    [
        (1, "m", "minute to some"),
        (1, "M", "minute to some"),
        (1, "", "no unit"),
        (1, "fortnights", "not a unit"),
        (0, "d", "above nothing"),
        (-1, "d", "above nothing"),
        ("soon", "d", "not a length"),
        (True, "d", "not a length"),
        (None, "d", "not a length"),
        (1.2, "months", "whole number of months"),
        (10**9, "y", "longer than"),
        ("P", "", "not a length"),
    ],
)
def test_what_is_no_length_of_time_says_why(value: Any, unit: str, why: str) -> None:
    span, problem = read_span(value, unit)
    assert span is None
    assert why in problem


def test_months_follow_the_calendar() -> None:
    month, _ = read_span(1, "month")
    assert month is not None
    assert month.before(datetime(2026, 3, 31, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)
    year, _ = read_span(1, "y")
    assert year is not None
    assert year.before(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2023, 2, 28, tzinfo=UTC)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from([(1, "d"), (7, "d"), (2, "w"), (36, "h"), (1, "month"), (3, "months"), (1, "y")]),
)
def test_periods_follow_each_other_without_gap(moment: datetime, said: tuple[int, str]) -> None:
    span, _ = read_span(*said)
    assert span is not None
    earlier = span.before(moment.replace(day=min(moment.day, 28)))
    assert bucket_of(moment.replace(day=min(moment.day, 28)), span) - bucket_of(earlier, span) == 1


def test_weeks_begin_on_monday_and_days_at_midnight() -> None:
    week, day = read_span(1, "w")[0], read_span(1, "d")[0]
    assert week is not None
    assert day is not None
    sunday, monday = datetime(2026, 11, 22, 23, 59), datetime(2026, 11, 23)
    assert bucket_of(monday, week) - bucket_of(sunday, week) == 1
    assert bucket_of(monday, day) - bucket_of(sunday, day) == 1


def test_clocks_keep_their_zone() -> None:
    clock, problem = _clock("09:00-08:00")
    assert clock is not None, problem
    assert last_passing(clock, NOW) == datetime(2026, 11, 25, 17, tzinfo=UTC)
    assert needed_since(clock, NOW) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    berlin, _ = _clock("09:00 Europe/Berlin")
    assert berlin is not None
    assert last_passing(berlin, NOW) == datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.mark.parametrize("value", [600, "25:00", "9", "noon", "09:00+20:00", "09:00 Mars/Base", None])
def test_what_is_no_time_of_day_says_so(value: Any) -> None:
    assert _clock(value)[0] is None


def contract_with(*levels: dict[str, Any], **more: Any) -> Any:
    tables = [
        {
            "name": "a",
            "physicalName": "a_1",
            "properties": [{"name": "at"}, {"name": "b", "physicalName": "b_1"}],
        },
        {"name": "other", "properties": [{"name": "at"}]},
    ]
    return read_contract({"schema": tables, "slaProperties": list(levels), **more})


FRESH = {"property": "freshness", "value": 1, "unit": "d"}


@pytest.mark.parametrize(
    ("element", "found"),
    [("a.at", ("a", "at")), ("A_1.B_1", ("a", "b")), ("other.at", ("other", "at"))],
)
def test_an_element_is_found_by_either_name(element: str, found: tuple[str, str]) -> None:
    (level,) = read_levels(contract_with({**FRESH, "element": element}))
    assert ((level.table, level.column), level.problem) == (found, "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"element": "nowhere.at"}, "no table"),
        ({"element": "a.nothing"}, "no column"),
        ({"element": "at"}, "names no table"),
        ({}, "which element"),
        ({"property": "availability", "value": "99.9%"}, "about the service"),
        ({"property": "", "element": "a.at"}, "which property"),
        ({"property": "endOfLife", "value": "one day"}, "not a date"),
    ],
)
def test_a_level_that_cannot_be_judged_says_why(said: dict[str, Any], why: str) -> None:
    (level,) = read_levels(contract_with({**FRESH, **said}))
    assert why in level.problem


def test_each_element_is_a_rule_of_its_own_and_the_default_stands_in() -> None:
    two = read_levels(contract_with({**FRESH, "element": "a.at, other.at"}))
    assert [level.key for level in two] == ["freshness.a.at", "freshness.other.at"]
    (one,) = read_levels(contract_with(FRESH, slaDefaultElement="a.at"))
    assert one.problem == ""


@pytest.mark.parametrize(
    ("name", "moment", "outcome"),
    [
        ("generalAvailability", NOW - timedelta(days=1), "passed"),
        ("generalAvailability", NOW + timedelta(days=1), "unknown"),
        ("endOfSupport", NOW + timedelta(days=1), "passed"),
        ("endOfSupport", NOW, "failed"),
        ("endOfLife", NOW - timedelta(days=1), "failed"),
        ("end_of_life", NOW + timedelta(days=1), "passed"),
    ],
)
def test_moments_are_judged_without_data(name: str, moment: datetime, outcome: str) -> None:
    rules = rules_of(contract_with({"property": name, "value": moment.isoformat()}))
    assert judge(rules[-1], {}, NOW).outcome == outcome


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "less than a second"), (1, "1 second"), (90_061, "1 day 1 hour"), (172_800, "2 days")],
)
def test_ages_are_said_in_two_units(seconds: float, said: str) -> None:
    assert describe_seconds(seconds) == said
