"""Background work is put into the queue, claimed, carried out or given up; the attempt number fences off a worker that
lost its claim."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F, QuerySet, Subquery

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.jobs import LEASE, ChorePlan, Claim, JobState, next_due
from throughline.core.permissions import Actor
from throughline.core.text import Json
from throughline.queries.jobs import HEARTBEAT, due, exhausted, job_row
from throughline.records.access import IdempotencyKey, SignInAttempt, SignInLink
from throughline.records.jobs import Chore, Job

LONGEST_ERROR = 4_000
KEPT_JOBS = timedelta(days=7)
KEPT_LINKS = timedelta(days=1)
KEPT_ATTEMPTS = timedelta(days=1)
KEPT_REPLIES = timedelta(days=2)


def enqueue(
    *,
    kind: str,
    payload: Mapping[str, Json],
    dedupe: str | None = None,
    run_at: datetime | None = None,
    now: datetime,
) -> None:
    """Becomes visible with the transaction around it. While a job of this kind with the same `dedupe` waits or runs,
    nothing is added."""
    job = Job(kind=kind, payload=dict(payload), dedupe=dedupe, run_at=run_at or now, created_at=now)
    Job.objects.bulk_create([job], ignore_conflicts=dedupe is not None)


def claim(*, token: str, kinds: Iterable[str], now: datetime) -> Claim | None:
    """Takes the job that is due longest, by one conditional update. `token` is used for this claim alone."""
    _park_exhausted(now)
    wanted = due(now).filter(kind__in=list(kinds))
    if not wanted.exists():
        return None
    with transaction.atomic():
        first = wanted.select_for_update(skip_locked=True) if _can_skip_locked() else wanted
        Job.objects.filter(pk=Subquery(first.values("pk")[:1])).update(
            state=JobState.RUNNING, attempts=F("attempts") + 1, lease_until=now + LEASE, worker=token
        )
        job = Job.objects.filter(worker=token, state=JobState.RUNNING).first()
    return Claim(job.pk, job.kind, job.payload, job.attempts, token) if job else None


def extend(claim: Claim, *, now: datetime) -> bool:
    """False when the claim was lost: whatever this worker still does will not count."""
    return bool(_held(claim).update(lease_until=now + LEASE))


def finish(claim: Claim, *, now: datetime) -> bool:
    return bool(_held(claim).update(state=JobState.DONE, finished_at=now, lease_until=None, error=""))


def fail(claim: Claim, *, error: str, try_again_at: datetime | None, now: datetime) -> bool:
    """Without a time to try again, the job is parked until a person looks at it."""
    told = error.replace("\0", "")[:LONGEST_ERROR]
    if try_again_at is None:
        return bool(_held(claim).update(state=JobState.PARKED, finished_at=now, lease_until=None, error=told))
    return bool(_held(claim).update(state=JobState.READY, run_at=try_again_at, lease_until=None, error=told))


def release(claim: Claim, *, now: datetime) -> bool:
    """Gives a job back unfinished, for a worker that has to stop; the attempt does not count as failed."""
    return bool(
        _held(claim).update(
            state=JobState.READY, run_at=now, lease_until=None, worker="", attempts=F("attempts") - 1
        )
    )


@activity.records_refusals("job.refused")
def retry_job(*, actor: Actor, job_id: int, now: datetime) -> Job:
    """Puts a parked job back into the queue, with all its attempts before it."""
    permissions.require(actor, "installation.administer")
    row = job_row(actor, job_id)
    with transaction.atomic():
        if Job.objects.filter(
            kind=row.kind, dedupe=row.dedupe, state__in=_LIVE, dedupe__isnull=False
        ).exists():
            raise Refused.of("The same work is waiting or running again already.", remedy="Discard this one.")
        written = Job.objects.filter(pk=job_id, state=JobState.PARKED).update(
            state=JobState.READY, attempts=0, run_at=now, finished_at=None
        )
        if not written:
            raise Refused.of("This job is not parked any more.", kind="lost_race", remedy="Look again.")
        activity.record(actor, "job.retried", now=now, body={"job_id": job_id, "kind": row.kind})
    row.refresh_from_db()
    return row


@activity.records_refusals("job.refused")
def discard_job(*, actor: Actor, job_id: int, now: datetime) -> None:
    """Gives a parked job up for good."""
    permissions.require(actor, "installation.administer")
    row = job_row(actor, job_id)
    with transaction.atomic():
        if not Job.objects.filter(pk=job_id, state=JobState.PARKED).delete()[0]:
            raise Refused.of("This job is not parked any more.", kind="lost_race", remedy="Look again.")
        body = {"job_id": job_id, "kind": row.kind, "error": row.error[:500]}
        activity.record(actor, "job.discarded", now=now, body=body)


def know_chores(plans: Iterable[ChorePlan], *, now: datetime) -> None:
    """Enters chores that are new, due at once, and forgets those that no longer exist."""
    wanted = list(plans)
    Chore.objects.bulk_create([Chore(name=plan.name, due_at=now) for plan in wanted], ignore_conflicts=True)
    Chore.objects.exclude(name__in=[HEARTBEAT, *(plan.name for plan in wanted)]).delete()


def tick(plan: ChorePlan, *, now: datetime) -> bool:
    """Advances the chore by compare-and-set and puts its job into the queue in the same transaction; of several
    workers one does so."""
    chore = Chore.objects.filter(name=plan.name, due_at__lte=now).first()
    if chore is None:
        return False
    with transaction.atomic():
        rows = Chore.objects.filter(name=plan.name, due_at=chore.due_at)
        if not rows.update(due_at=next_due(chore.due_at, plan.every, now), started_at=now):
            return False
        enqueue(kind=plan.kind, payload={"chore": plan.name}, dedupe=plan.name, now=now)
    return True


def end_chore(name: str, *, error: str, now: datetime) -> None:
    Chore.objects.filter(name=name).update(finished_at=now, error=error.replace("\0", "")[:LONGEST_ERROR])


def beat(*, every: timedelta, now: datetime) -> None:
    """The sign of life that readiness is judged by."""
    Chore.objects.update_or_create(
        name=HEARTBEAT, defaults={"due_at": now + every, "started_at": now, "finished_at": now, "error": ""}
    )


def clear_expired(*, now: datetime) -> dict[str, int]:
    """Deletes what has served its time and is no record: used links, attempts, kept replies, done jobs, sessions."""
    gone: dict[str, int] = {}
    stale: dict[str, QuerySet] = {  # type: ignore[type-arg]
        "sign_in_links": SignInLink.objects.filter(expires_at__lt=now - KEPT_LINKS),
        "sign_in_attempts": SignInAttempt.objects.filter(at__lt=now - KEPT_ATTEMPTS),
        "idempotency_keys": IdempotencyKey.objects.filter(created_at__lt=now - KEPT_REPLIES),
        "jobs": Job.objects.filter(state=JobState.DONE, finished_at__lt=now - KEPT_JOBS),
        "sessions": Session.objects.filter(expire_date__lt=now),
    }
    for name, rows in stale.items():
        gone[name] = rows.delete()[0]
    return gone


_LIVE = (JobState.READY, JobState.RUNNING)


def _held(claim: Claim) -> QuerySet[Job]:
    return Job.objects.filter(
        pk=claim.job_id, attempts=claim.attempt, worker=claim.token, state=JobState.RUNNING
    )


def _park_exhausted(now: datetime) -> None:
    rows = exhausted(now)
    if rows.exists():
        told = "The worker ended before this was done, each time it was tried."
        rows.update(state=JobState.PARKED, finished_at=now, lease_until=None, error=told)


def _can_skip_locked() -> bool:
    return bool(connection.features.has_select_for_update_skip_locked)
