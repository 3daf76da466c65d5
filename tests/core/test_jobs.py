from datetime import UTC, datetime, timedelta

import pytest

from throughline.core.jobs import FIRST_PAUSE, LONGEST_PAUSE, next_due, pause_before

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_pause_doubles_with_each_attempt_and_has_an_end() -> None:
    assert [pause_before(n, 0.5) for n in (1, 2, 3)] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert pause_before(500, 0.5) == LONGEST_PAUSE


def test_the_pause_is_spread_so_that_not_all_try_again_at_once() -> None:
    assert pause_before(1, 0.0) == FIRST_PAUSE * 0.8
    assert pause_before(1, 0.0) < pause_before(1, 0.9) < FIRST_PAUSE * 1.2


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (timedelta(0), 10),
        (timedelta(minutes=9), 10),
        (timedelta(minutes=10), 20),
        (timedelta(days=3), 3 * 1440 + 10),
    ],
)
def test_a_chore_keeps_its_grid_and_is_made_up_for_once(late: timedelta, expected: int) -> None:
    assert next_due(NOON, 10 * MINUTE, NOON + late) == NOON + expected * MINUTE


def test_the_next_tick_is_always_after_now() -> None:
    for seconds in range(0, 4000, 37):
        now = NOON + timedelta(seconds=seconds)
        assert now < next_due(NOON, 10 * MINUTE, now) <= now + 10 * MINUTE
