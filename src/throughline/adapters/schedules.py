"""Reads schedules: whether a cron expression can be read, what it says in words, and when it is next due."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from throughline.core.errors import Refused

FIELDS = 5


def require_schedule(text: str, *, field: str) -> None:
    """Nothing is no schedule, and is fine. Raises `Refused` (invalid) for what cannot be read or never comes."""
    if not text:
        return
    example = "It has five parts: minute, hour, day, month, weekday. 0 6 * * 1-5 is each workday at six."
    if len(text.split()) != FIELDS:
        raise Refused.field(field, f"“{text[:60]}” is not a schedule.", example)
    try:
        is_ever = next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)), None) is not None
    except CronSimError as error:
        raise Refused.field(field, f"“{text[:60]}” is not a schedule ({error}).", example) from None
    if not is_ever:
        raise Refused.field(field, f"“{text[:60]}” never comes.", example)


def next_times(text: str, zone: str, *, after: datetime, count: int = 3) -> tuple[datetime, ...]:
    """The next instants, in UTC and rising. A time of day that the clocks skip comes right after the gap; one that they
    repeat comes once, as cron does it."""
    return tuple(islice(_times(text, zone, after), count)) if text else ()


def _times(text: str, zone: str, after: datetime) -> Iterator[datetime]:
    for local in CronSim(text, after.astimezone(ZoneInfo(zone or "UTC"))):
        instant = local.astimezone(UTC)
        # In the hour that comes twice, the first of both may lie behind us already.
        if instant > after:
            yield instant


@lru_cache(maxsize=512)
def in_words(text: str) -> str:
    """“At 06:00 on Monday through Friday”; the hours are those of the schedule's own zone."""
    return CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)).explain() if text else ""
