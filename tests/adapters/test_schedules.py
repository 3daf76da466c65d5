"""Schedules: which can be read, and when they are due, right across the change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.adapters.schedules import in_words, next_times, require_schedule
from throughline.core.errors import Refused

ZURICH = ZoneInfo("Europe/Zurich")


def local(text: str, after: datetime, count: int = 3) -> list[str]:
    """As clocks on the wall show it."""
    found = next_times(text, "Europe/Zurich", after=after, count=count)
    return [f"{one.astimezone(ZURICH):%d %H:%M %z}" for one in found]


@pytest.mark.parametrize(
    "text", ["", "0 6 * * *", "*/15 * * * *", "0 6 * * 1-5", "0 0 29 2 *", "0 3 L * *", "0 6 * * MON"]
)
def test_what_can_be_read_is_taken(text: str) -> None:
    require_schedule(text, field="refresh")


@pytest.mark.parametrize(
    "text",
    [
        "daily",
        "0 6 * *",
        "0 0 6 * * *",
        "60 6 * * *",
        "0 24 * * *",
        "0 0 31 2 *",
        "0 6 * * 9",
        "@daily",
        "x" * 90,
    ],
)
def test_what_cannot_or_never_comes_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        require_schedule(text, field="refresh")
    assert refusal.value.reasons[0].field == "refresh"
    assert "0 6 * * 1-5" in refusal.value.reasons[0].remedy


def test_the_hour_stays_the_one_on_the_wall_when_clocks_change() -> None:
    before = datetime(2026, 3, 28, 1, tzinfo=UTC)
    assert local("0 6 * * *", before) == ["28 06:00 +0100", "29 06:00 +0200", "30 06:00 +0200"]


def test_a_time_that_the_clocks_skip_comes_right_after_the_gap() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert local("30 2 * * *", before, 2) == ["29 03:00 +0200", "30 02:30 +0200"]


def test_a_time_that_the_clocks_repeat_comes_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert local("30 2 * * *", before, 2) == ["25 02:30 +0200", "26 02:30 +0100"]


def test_within_the_hour_that_comes_twice_nothing_of_the_past_is_expected() -> None:
    second_time = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert f"{second_time.astimezone(ZURICH):%H:%M %z}" == "02:10 +0100"
    found = next_times("30 2 * * *", "Europe/Zurich", after=second_time, count=1)
    assert found == (datetime(2026, 10, 26, 1, 30, tzinfo=UTC),)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.sampled_from(["30 2 * * *", "0 */3 * * *", "*/20 * * * *", "0 0 * * 0"]),
    st.sampled_from(["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_they_rise_and_lie_ahead(moment: datetime, text: str, zone: str) -> None:
    after = moment.replace(tzinfo=UTC)
    found = next_times(text, zone, after=after, count=5)
    assert len(found) == 5
    assert all(one > other for one, other in zip(found, (after, *found), strict=False))
    assert found[0] - after <= timedelta(days=8)


def test_no_schedule_is_never_due() -> None:
    assert next_times("", "UTC", after=datetime(2026, 1, 1, tzinfo=UTC)) == ()
    assert in_words("") == ""


def test_it_is_said_in_words() -> None:
    assert in_words("0 6 * * 1-5") == "At 06:00 on Monday through Friday"
