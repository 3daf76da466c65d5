"""Connected tools: how often they are asked, when to ask again after a failure, and which names belong together."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum

from throughline.core.errors import Refused

SHORTEST, LONGEST = 1, 7 * 24 * 60
MOST_PATIENT = timedelta(hours=6)
ALIKE = 0.72

_WORDS = re.compile(r"[^0-9a-z]+")
_ENDINGS = (
    "model",
    "models",
    "scorer",
    "classifier",
    "predictor",
    "prediction",
    "score",
    "scores",
    "scoring",
)


class Health(StrEnum):
    NEW = "new"
    WORKING = "working"
    FAILING = "failing"
    DISABLED = "disabled"


def health(*, is_active: bool, last_polled_at: datetime | None, last_error: str) -> Health:
    if not is_active:
        return Health.DISABLED
    if last_error:
        return Health.FAILING
    return Health.WORKING if last_polled_at else Health.NEW


def checked_interval(minutes: int) -> int:
    """Minutes between two collections."""
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused.field(
            "interval_minutes", f"{minutes} minutes is outside of {SHORTEST} to {LONGEST}.", "Choose 15."
        )
    return minutes


def next_poll(now: datetime, *, interval_minutes: int, failures: int) -> datetime:
    """After a failure the pause doubles each time, up to six hours or the interval, whichever is longer."""
    interval = timedelta(minutes=interval_minutes)
    longest = max(interval, MOST_PATIENT)
    return now + min(interval * (1 << min(failures, 12)), longest)


def proposed(name: str, candidates: Iterable[str]) -> str:
    """The candidate that most likely is the same thing as `name`; empty where none is alike enough."""
    wanted = _bare(name)
    rated = [(_likeness(wanted, _bare(candidate)), candidate) for candidate in candidates]
    likeness, candidate = max(rated, key=lambda one: (one[0], one[1]), default=(0.0, ""))
    return candidate if likeness >= ALIKE else ""


def _bare(name: str) -> str:
    """Lower-case words without punctuation, and without the endings that tell nothing apart."""
    words = [word for word in _WORDS.split(name.lower()) if word]
    telling = [word for word in words if word not in _ENDINGS]
    return " ".join(telling or words)


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    shorter, longer = sorted((set(one.split()), set(other.split())), key=len)
    if shorter < longer:
        return 0.85
    return SequenceMatcher(None, one, other).ratio()
