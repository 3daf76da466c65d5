from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from throughline.actions import jobs
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.jobs import LEASE, ChorePlan
from throughline.core.permissions import Actor
from throughline.records.activity import Activity
from throughline.records.jobs import Chore, Job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ADMIN = Actor(None, "Ada", "web", is_admin=True)
TICK = ChorePlan("tidy", timedelta(minutes=10), "", kind="tidy")


def put(kind: str = "send", **more: object) -> None:
    jobs.enqueue(kind=kind, payload={}, now=NOW, **more)  # type: ignore[arg-type]


def parked() -> Job:
    return Job.objects.create(
        kind="send", state="parked", attempts=5, run_at=NOW, created_at=NOW, error="no answer"
    )


def test_a_claim_takes_the_oldest_and_hides_it_from_others() -> None:
    put(run_at=NOW - timedelta(minutes=1))
    put()
    first = jobs.claim(token="a", kinds=["send"], now=NOW)
    second = jobs.claim(token="b", kinds=["send"], now=NOW)
    assert first is not None
    assert second is not None
    assert first.job_id < second.job_id
    assert jobs.claim(token="c", kinds=["send"], now=NOW) is None


def test_what_is_not_due_or_of_another_kind_is_not_claimed() -> None:
    put(run_at=NOW + timedelta(seconds=1))
    put("other")
    assert jobs.claim(token="a", kinds=["send"], now=NOW) is None


def test_after_the_lease_another_takes_over_and_the_first_no_longer_counts() -> None:
    put()
    lost = jobs.claim(token="a", kinds=["send"], now=NOW)
    later = NOW + LEASE + timedelta(seconds=1)
    taken = jobs.claim(token="b", kinds=["send"], now=later)
    assert lost is not None
    assert taken is not None
    assert not jobs.finish(lost, now=later)
    assert not jobs.extend(lost, now=later)
    assert not jobs.fail(lost, error="x", try_again_at=None, now=later)
    assert jobs.finish(taken, now=later)
    assert Job.objects.get().state == "done"


def test_an_extended_lease_is_not_taken_over() -> None:
    put()
    claim = jobs.claim(token="a", kinds=["send"], now=NOW)
    assert claim is not None
    assert jobs.extend(claim, now=NOW + LEASE)
    assert jobs.claim(token="b", kinds=["send"], now=NOW + LEASE * 1.5) is None


def test_the_same_work_waits_only_once_but_may_come_again_when_done() -> None:
    put(dedupe="x")
    put(dedupe="x")
    assert Job.objects.count() == 1
    claim = jobs.claim(token="a", kinds=["send"], now=NOW)
    assert claim is not None
    assert jobs.finish(claim, now=NOW)
    put(dedupe="x")
    assert Job.objects.filter(state="ready").count() == 1


def test_work_put_in_by_a_change_that_was_rolled_back_is_not_done() -> None:
    with transaction.atomic():
        put()
        transaction.set_rollback(True)
    assert jobs.claim(token="a", kinds=["send"], now=NOW) is None


def test_a_released_job_is_fenced_off_from_its_old_worker() -> None:
    put()
    old = jobs.claim(token="a", kinds=["send"], now=NOW)
    assert old is not None
    assert jobs.release(old, now=NOW)
    new = jobs.claim(token="b", kinds=["send"], now=NOW)
    assert new is not None
    assert new.attempt == old.attempt
    assert not jobs.finish(old, now=NOW)


def test_a_tick_fires_once_and_moves_on() -> None:
    jobs.know_chores([TICK], now=NOW)
    assert jobs.tick(TICK, now=NOW)
    assert not jobs.tick(TICK, now=NOW)
    assert Chore.objects.get(name="tidy").due_at == NOW + TICK.every
    assert Job.objects.filter(kind="tidy").count() == 1


def test_three_days_asleep_bring_one_tick() -> None:
    jobs.know_chores([TICK], now=NOW)
    later = NOW + timedelta(days=3, minutes=3)
    assert jobs.tick(TICK, now=later)
    assert not jobs.tick(TICK, now=later)
    assert Chore.objects.get(name="tidy").due_at == NOW + timedelta(days=3, minutes=10)


def test_an_administrator_sends_a_parked_job_round_again() -> None:
    job = parked()
    jobs.retry_job(actor=ADMIN, job_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("ready", 0)
    assert Activity.objects.get().verb == "job.retried"
    with pytest.raises(Refused):
        jobs.retry_job(actor=ADMIN, job_id=job.pk, now=NOW)


def test_a_parked_job_can_be_given_up() -> None:
    job = parked()
    jobs.discard_job(actor=ADMIN, job_id=job.pk, now=NOW)
    assert not Job.objects.exists()
    with pytest.raises(Missing):
        jobs.discard_job(actor=ADMIN, job_id=job.pk, now=NOW)


def test_others_may_do_neither() -> None:
    job = parked()
    nobody = Actor(None, "Bo", "web")
    for act in (jobs.retry_job, jobs.discard_job):
        with pytest.raises(NotAllowed):
            act(actor=nobody, job_id=job.pk, now=NOW)
    job.refresh_from_db()
    assert job.state == "parked"


def test_only_what_has_served_its_time_is_cleared() -> None:
    for finished in (NOW - timedelta(days=8), NOW):
        Job.objects.create(kind="send", state="done", run_at=NOW, created_at=NOW, finished_at=finished)
    parked()
    assert jobs.clear_expired(now=NOW)["jobs"] == 1
    assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "parked"]
