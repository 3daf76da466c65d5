"""How background work is retried: how long a lease holds, when to try again, when to stop, when a chore is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from throughline.core.text import Json

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)


class JobState(StrEnum):
    """`parked` jobs failed as often as they may; they wait for a person."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True)
class Claim:
    """A job that one worker holds. `attempt` and `token` fence it off from every other claim of the same job."""

    job_id: int
    kind: str
    payload: Mapping[str, Json]
    attempt: int
    token: str


@dataclass(frozen=True)
class ChorePlan:
    """A job that recurs. `kind` names the job that each tick puts into the queue."""

    name: str
    every: timedelta
    meaning: str
    kind: str = ""


def pause_before(attempt: int, chance: float) -> timedelta:
    """How long to wait after this attempt failed: doubling from ten seconds up to an hour, spread by a fifth either
    way so that what failed together is not tried together. `chance` lies in [0, 1)."""
    pause = min(FIRST_PAUSE * float(2 ** min(attempt - 1, 20)), LONGEST_PAUSE)
    return pause * (0.8 + 0.4 * chance)


def next_due(due: datetime, every: timedelta, now: datetime) -> datetime:
    """The first tick after now on the chore's own grid; ticks that were missed are made up for once."""
    missed = max(0, (now - due) // every)
    return due + every * (missed + 1)
