"""Background work as it stands: what is due, what was parked, and when each chore was last done."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from throughline.core.errors import Missing
from throughline.core.jobs import MOST_ATTEMPTS, JobState
from throughline.core.permissions import Actor, require
from throughline.records.jobs import Chore, Job

HEARTBEAT = "worker.heartbeat"
# A worker writes its heartbeat every half minute; four missed beats mean that nobody works.
SILENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class WorkerState:
    """`last_seen` is None before the first worker has started."""

    last_seen: datetime | None
    is_alive: bool


def due(now: datetime) -> QuerySet[Job]:
    """What a worker may claim: waiting work whose time has come, and work whose worker fell silent."""
    waiting = Q(state=JobState.READY, run_at__lte=now)
    abandoned = Q(state=JobState.RUNNING, lease_until__lte=now)
    return Job.objects.filter(waiting | abandoned, attempts__lt=MOST_ATTEMPTS).order_by("run_at", "pk")


def exhausted(now: datetime) -> QuerySet[Job]:
    """Work that ended its worker as often as it was tried."""
    return Job.objects.filter(state=JobState.RUNNING, lease_until__lte=now, attempts__gte=MOST_ATTEMPTS)


def worker_state(now: datetime) -> WorkerState:
    seen = Chore.objects.filter(name=HEARTBEAT).values_list("finished_at", flat=True).first()
    return WorkerState(seen, seen is not None and now - seen < SILENCE)


def is_worker_silent(now: datetime) -> bool:
    """True when a worker has run here before and none runs now."""
    state = worker_state(now)
    return state.last_seen is not None and not state.is_alive


def counts() -> dict[str, int]:
    return dict(Job.objects.values_list("state").annotate(n=Count("pk")))


def jobs(actor: Actor, *, state: str = "") -> QuerySet[Job]:
    """For administrators: newest first, what waits for a person before all else is asked for by `state`."""
    require(actor, "installation.administer")
    rows = Job.objects.order_by("-pk")
    return rows.filter(state=state) if state else rows


def job_row(actor: Actor, job_id: int) -> Job:
    row = jobs(actor).filter(pk=job_id).first()
    if row is None:
        raise Missing("job")
    return row


def chores(actor: Actor) -> QuerySet[Chore]:
    require(actor, "installation.administer")
    return Chore.objects.order_by("name")
