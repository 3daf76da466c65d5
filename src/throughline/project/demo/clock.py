"""Lets the stories of many models happen side by side, in the order of time."""

import heapq
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

Script = Iterator[datetime]
SATURDAY = 5


class Clock:
    """The time of the story: it only moves on."""

    def __init__(self, start: datetime) -> None:
        self.now = start


def play(scripts: Iterable[Script], clock: Clock, until: datetime) -> None:
    """Runs scripts that yield the instant at which they want to go on; what comes after `until` does not happen."""
    waiting: list[tuple[datetime, int, Script]] = []
    for number, script in enumerate(scripts):
        _queue(waiting, number, script, clock)
    while waiting:
        instant, number, script = heapq.heappop(waiting)
        if instant <= until:
            clock.now = instant
            _queue(waiting, number, script, clock)


def _queue(waiting: list[tuple[datetime, int, Script]], number: int, script: Script, clock: Clock) -> None:
    instant = next(script, None)
    if instant is not None:
        heapq.heappush(waiting, (max(instant, clock.now + timedelta(seconds=1)), number, script))


def working_hours(instant: datetime, dice: random.Random) -> datetime:
    """Some minute between eight and half past five of that day, or of the Monday after it."""
    day = instant.date()
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    minutes = dice.randrange(570)
    return datetime.combine(day, time(8), instant.tzinfo) + timedelta(
        minutes=minutes, seconds=dice.randrange(60)
    )
