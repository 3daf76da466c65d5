"""Real worker processes on the real database of the run: killed, stopped, and in each other's way."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from throughline.actions import jobs
from throughline.queries.jobs import is_worker_silent, worker_state
from throughline.records.access import SignInAttempt
from throughline.records.jobs import Job

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    found = connection.settings_dict
    url = f"sqlite:///{found['NAME']}"
    if connection.vendor == "postgresql":
        address = f"{found['USER']}:{found['PASSWORD']}@{found['HOST']}:{found['PORT']}"
        url = f"postgres://{address}/{found['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "throughline.project.settings",
        "THROUGHLINE_DATABASE_URL": url,
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(Path(__file__).with_name("process.py")), *arguments]
        running.append(
            subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        )
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def count(account: str) -> int:
    return SignInAttempt.objects.filter(account=account).count()


def test_each_of_many_jobs_is_done_once_by_three_workers(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    for n in range(60):
        jobs.enqueue(kind="quick", payload={"n": n}, now=timezone.now())
    for _ in range(3):
        start()
    wait_for(lambda: Job.objects.filter(state="done").count() == 60)
    assert SignInAttempt.objects.count() == 60
    assert SignInAttempt.objects.values("account").distinct().count() == 60


def test_a_job_whose_worker_was_killed_is_taken_over(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    jobs.enqueue(kind="slow", payload={"n": 1, "seconds": 2.5}, now=timezone.now())
    first = start()
    wait_for(lambda: count("began 1") == 1)
    first.send_signal(signal.SIGKILL)
    first.wait()
    start()
    wait_for(lambda: count("done 1") == 1)
    wait_for(lambda: Job.objects.get().state == "done")
    assert Job.objects.get().attempts == 2


def test_a_long_job_keeps_its_lease_while_its_worker_lives(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    jobs.enqueue(kind="slow", payload={"n": 2, "seconds": 4}, now=timezone.now())
    start()
    wait_for(lambda: count("began 2") == 1)
    start()
    wait_for(lambda: Job.objects.get().state == "done")
    assert (count("began 2"), count("done 2"), Job.objects.get().attempts) == (1, 1, 1)


def test_poison_is_parked_and_harms_no_other_job(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    jobs.enqueue(kind="poison", payload={}, now=timezone.now())
    for n in range(5):
        jobs.enqueue(kind="quick", payload={"n": n}, now=timezone.now())
    wait_until, process = time.monotonic() + 60, start()
    while not Job.objects.filter(kind="poison", state="parked").exists():
        assert time.monotonic() < wait_until
        if process.poll() is not None:
            process = start()
        time.sleep(0.05)
    poison = Job.objects.get(kind="poison")
    assert poison.attempts == 5
    assert "ended before this was done" in poison.error
    wait_for(lambda: Job.objects.filter(kind="quick", state="done").count() == 5)


def test_a_failure_is_kept_and_tried_again_later(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    jobs.enqueue(kind="failing", payload={}, now=timezone.now())
    start()
    wait_for(lambda: "the file is not there" in Job.objects.get().error)
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("ready", 1)
    assert job.run_at > timezone.now()


def test_told_to_stop_it_ends_in_time_and_gives_its_job_back(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    jobs.enqueue(kind="slow", payload={"n": 3, "seconds": 60}, now=timezone.now())
    process = start()
    wait_for(lambda: count("began 3") == 1)
    asked = time.monotonic()
    process.terminate()
    assert process.wait(10) == 0
    assert time.monotonic() - asked < 10
    job = Job.objects.get()
    assert (job.state, job.attempts, count("done 3")) == ("ready", 0, 0)


def test_what_takes_long_holds_nothing_else_up_and_both_stop_when_told(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    jobs.enqueue(kind="slow", payload={"n": 4, "seconds": 60}, now=timezone.now())
    process = start("--lanes")
    wait_for(lambda: count("began 4") == 1)
    jobs.enqueue(kind="quick", payload={"n": 5}, now=timezone.now())
    wait_for(lambda: count("done 5") == 1)
    assert count("done 4") == 0
    process.terminate()
    assert process.wait(10) == 0
    assert list(Job.objects.filter(kind="slow").values_list("state", "attempts")) == [("ready", 0)]


def test_each_tick_fires_once_across_workers_and_shows_a_sign_of_life(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    assert worker_state(timezone.now()).last_seen is None
    assert not is_worker_silent(timezone.now())
    for _ in range(3):
        start("--chores")
    wait_for(lambda: count("ticked") >= 4)
    ticks = list(SignInAttempt.objects.order_by("at").values_list("at", flat=True))
    apart = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(ticks)]
    assert min(apart[1:]) > 0.5
    assert worker_state(timezone.now()).is_alive
    assert is_worker_silent(timezone.now() + timezone.timedelta(minutes=3))
