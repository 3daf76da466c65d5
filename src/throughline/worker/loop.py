"""The worker: advances chores, claims jobs, carries each out in a thread of its own, and stops within ten seconds."""

import os
import random
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from types import FrameType

import structlog
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from throughline.actions import jobs
from throughline.core.jobs import LEASE, MOST_ATTEMPTS, ChorePlan, Claim, pause_before
from throughline.worker.chores import BEAT, CHORES
from throughline.worker.kinds import KINDS, SLOW, Handler

log = structlog.get_logger("throughline.worker")
POLL_SECONDS = 0.5
LONGEST_POLL_SECONDS = 10.0
GRACE_SECONDS = 7.0
HEARTBEAT_SECONDS = LEASE.total_seconds() / 3


class Worker:
    """One loop. `clock` is asked at each step; nothing here looks at the time otherwise."""

    def __init__(
        self,
        *,
        kinds: Mapping[str, Handler] = KINDS,
        chores: tuple[ChorePlan, ...] = CHORES,
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self._kinds = kinds
        self._chores = chores
        self._clock = clock
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self._stopping = threading.Event()
        self._last_beat: datetime | None = None

    def run(self) -> None:
        """Works until `stop` is called, through failures of the store too."""
        log.info("worker started", worker=self._name)
        pause, is_known = POLL_SECONDS, False
        while not self._stopping.is_set():
            try:
                if self._chores and not is_known:
                    jobs.know_chores(self._chores, now=self._clock())
                    is_known = True
                has_worked = self.step()
                pause = POLL_SECONDS
            except DatabaseError as error:
                log.error("store does not answer", error=str(error))
                has_worked, pause = False, min(pause * 2, LONGEST_POLL_SECONDS)
                connection.close()
            if not has_worked:
                self._stopping.wait(pause)
        connection.close()
        log.info("worker stopped", worker=self._name)

    def stop(self) -> None:
        self._stopping.set()

    def step(self) -> bool:
        """One round: sign of life, chores that are due, at most one job. Says whether there was a job."""
        close_old_connections()
        now = self._clock()
        if self._last_beat is None or now - self._last_beat >= BEAT:
            jobs.beat(every=BEAT, now=now)
            self._last_beat = now
        for plan in self._chores:
            jobs.tick(plan, now=now)
        claim = jobs.claim(token=f"{self._name}:{uuid.uuid4().hex[:12]}", kinds=self._kinds, now=now)
        if claim is None:
            return False
        self._carry_out(claim)
        return True

    def _carry_out(self, claim: Claim) -> None:
        """The job's thread ends by itself or, when the worker has to stop, with the process."""
        thread = threading.Thread(
            target=self._attempt, args=(claim,), name=f"job {claim.job_id}", daemon=True
        )
        thread.start()
        extended, stop_by = time.monotonic(), None
        while thread.is_alive():
            thread.join(0.1)
            if time.monotonic() - extended >= HEARTBEAT_SECONDS:
                extended = time.monotonic()
                self._extend(claim)
            if self._stopping.is_set():
                stop_by = stop_by or time.monotonic() + GRACE_SECONDS
                if time.monotonic() >= stop_by:
                    jobs.release(claim, now=self._clock())
                    log.warning("job given back unfinished", job=claim.job_id, kind=claim.kind)
                    return

    def _extend(self, claim: Claim) -> None:
        try:
            if not jobs.extend(claim, now=self._clock()):
                log.warning("claim lost", job=claim.job_id, kind=claim.kind)
        except DatabaseError as error:
            log.error("lease not extended", job=claim.job_id, error=str(error))

    def _attempt(self, claim: Claim) -> None:
        try:
            self._kinds[claim.kind](claim.payload, self._clock())
            self._tick_off(claim, "")
        except Exception as error:
            log.exception("job failed", job=claim.job_id, kind=claim.kind, attempt=claim.attempt)
            self._tick_off(claim, f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _tick_off(self, claim: Claim, error: str) -> None:
        """Counts only while the claim still holds: another worker may have taken the job over."""
        now = self._clock()
        if error:
            again = now + pause_before(claim.attempt, random.random())  # noqa: S311 - spreads retries, keeps no secret
            at = again if claim.attempt < MOST_ATTEMPTS else None
            counted = jobs.fail(claim, error=error, try_again_at=at, now=now)
        else:
            counted = jobs.finish(claim, now=now)
        if not counted:
            log.warning("result not counted, the claim was lost", job=claim.job_id, kind=claim.kind)
        elif chore := str(claim.payload.get("chore", "")):
            jobs.end_chore(chore, error=error, now=now)


def run_until_told() -> None:
    """Works in this process until SIGTERM or Ctrl-C. What takes long has a worker of its own, so that a mail does not
    wait behind a large table."""
    quick = Worker(kinds={kind: do for kind, do in KINDS.items() if kind not in SLOW})
    slow = Worker(kinds={kind: KINDS[kind] for kind in SLOW}, chores=())

    def stop(_signal: int, _frame: FrameType | None) -> None:
        quick.stop()
        slow.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    beside = threading.Thread(target=slow.run, name="slow work")
    beside.start()
    try:
        quick.run()
    finally:
        slow.stop()
        beside.join()
