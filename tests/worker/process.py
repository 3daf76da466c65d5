"""A worker process with short leases and jobs that tests can watch; each effect is one row of a scratch table."""

import os
import signal
import sys
import time
from datetime import datetime, timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from throughline.actions import jobs  # noqa: E402
from throughline.core.jobs import ChorePlan  # noqa: E402
from throughline.records.access import SignInAttempt  # noqa: E402
from throughline.worker import loop  # noqa: E402

jobs.LEASE = timedelta(seconds=1.5)
loop.HEARTBEAT_SECONDS = 0.4
loop.POLL_SECONDS = 0.05


def note(what: str) -> None:
    SignInAttempt.objects.create(account=what, peer=str(os.getpid()), at=timezone.now())


def quick(payload: dict, now: datetime) -> None:
    note(f"done {payload['n']}")


def slow(payload: dict, now: datetime) -> None:
    note(f"began {payload['n']}")
    time.sleep(payload["seconds"])
    note(f"done {payload['n']}")


def poison(payload: dict, now: datetime) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def failing(payload: dict, now: datetime) -> None:
    raise ValueError("the file is not there")


def ticked(payload: dict, now: datetime) -> None:
    note("ticked")


KINDS = {"quick": quick, "slow": slow, "poison": poison, "failing": failing, "ticked": ticked}
CHORES = (
    (ChorePlan("test.second", timedelta(seconds=1), "ticks", kind="ticked"),)
    if "--chores" in sys.argv
    else ()
)

if "--lanes" in sys.argv:
    loop.KINDS, loop.SLOW = KINDS, frozenset({"slow"})
    loop.run_until_told()
else:
    worker = loop.Worker(kinds=KINDS, chores=CHORES)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()
