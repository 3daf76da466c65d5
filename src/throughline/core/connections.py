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
MOST_COMPARED = 40

_BETWEEN_WORDS = re.compile(r"[\W_]+")
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


def paired(names: Iterable[str], candidates: Iterable[str]) -> dict[str, str]:
    """For each name the candidate that most likely is the same thing; no candidate is given to two names.

    Only candidates that share a word or a beginning are compared, so that thousands of each stay quick.
    """
    telling = _Telling(candidates)
    rated = sorted((telling.best(name), name) for name in set(names))
    made: dict[str, str] = {}
    taken: set[str] = set()
    for (likeness, candidate), name in reversed(rated):
        if likeness >= ALIKE and candidate not in taken:
            made[name] = candidate
            taken.add(candidate)
    return made


class _Telling:
    """Candidates by what tells them apart: their words, and how they begin."""

    def __init__(self, candidates: Iterable[str]) -> None:
        self._bare = {name: _bare(name) for name in candidates}
        self._exact = {bare: name for name, bare in self._bare.items()}
        self._by_mark: dict[str, list[str]] = {}
        for name, bare in self._bare.items():
            for mark in _marks(bare):
                self._by_mark.setdefault(mark, []).append(name)

    def best(self, name: str) -> tuple[float, str]:
        bare = _bare(name)
        if bare and bare in self._exact:
            return 1.0, self._exact[bare]
        groups = sorted((self._by_mark.get(mark, []) for mark in _marks(bare)), key=len)
        near = list(dict.fromkeys(one for group in groups for one in group))[:MOST_COMPARED]
        return max(((_likeness(bare, self._bare[one]), one) for one in near), default=(0.0, ""))


def _marks(bare: str) -> set[str]:
    joined = bare.replace(" ", "")
    return {*bare.split(), f"^{joined[:4]}"} if joined else set()


def _bare(name: str) -> str:
    """Lower-case words without punctuation, and without the endings that tell nothing apart."""
    words = [word for word in _BETWEEN_WORDS.split(name.casefold()) if word]
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
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= ALIKE else 0.0
