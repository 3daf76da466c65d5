"""Slows whoever is refused again and again: each refusal is an entry in the log, which a loop would fill."""

import math
from collections import deque
from datetime import datetime, timedelta

from django.http import HttpRequest
from ninja.errors import Throttled

MOST = 120
SPAN = timedelta(minutes=1)
MOST_KNOWN = 10_000


class Brake:
    """Counts in this process, by token; a worker beside it counts for itself."""

    def __init__(self) -> None:
        self._refused: dict[str, deque[datetime]] = {}

    def check(self, request: HttpRequest, now: datetime) -> None:
        """Raises `Throttled` with the seconds to wait."""
        times = self._refused.get(_who(request))
        while times and now - times[0] > SPAN:
            times.popleft()
        if times and len(times) >= MOST:
            raise Throttled(wait=math.ceil((times[0] + SPAN - now).total_seconds()) or 1)

    def note(self, request: HttpRequest, now: datetime) -> None:
        if len(self._refused) >= MOST_KNOWN:
            self._refused.clear()
        self._refused.setdefault(_who(request), deque(maxlen=MOST)).append(now)


def _who(request: HttpRequest) -> str:
    return request.headers.get("Authorization", "")


brake = Brake()
