"""Instants come out of SQLite in UTC, by whichever way a statement brings them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection

from throughline.project.sqlite.base import DatabaseOperations

NAIVE = datetime(2026, 3, 2, 9, 30, 0, 5)
INSTANT = NAIVE.replace(tzinfo=UTC)
ELSEWHERE = datetime(2026, 3, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (NAIVE, INSTANT),
        ("2026-03-02 09:30:00.000005", INSTANT),  # as an expression gives it, whose type SQLite does not know
        (ELSEWHERE, ELSEWHERE),
        (None, None),
    ],
)
def test_an_instant_is_read_in_utc(stored: object, read: object) -> None:
    assert DatabaseOperations(connection).convert_datetimefield_value(stored, None, connection) == read
