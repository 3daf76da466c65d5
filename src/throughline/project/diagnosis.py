"""Examines an installation for `doctor`: what was looked at, why it matters, what to do now."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from throughline.project import config as configuration
from throughline.project.config import Config

LEAST_FREE_BYTES = 500_000_000
# The first with RETURNING, by which the worker learns what it has claimed.
OLDEST_SQLITE = (3, 35, 0)


@dataclass(frozen=True)
class Finding:
    what: str
    is_good: bool
    found: str
    why: str
    now: str = ""

    def as_text(self) -> str:
        head = f"{'ok   ' if self.is_good else 'WRONG'}  {self.what}: {self.found}"
        return (
            head
            if self.is_good
            else f"{head}\n       Why it matters: {self.why}\n       What now: {self.now}"
        )

    def as_json(self) -> dict[str, str | bool]:
        return {"what": self.what, "ok": self.is_good, "found": self.found, "why": self.why, "now": self.now}


Examination = Callable[[Config], Iterator[Finding]]


def examine(config: Config) -> list[Finding]:
    return [finding for examination in EXAMINATIONS for finding in examination(config)]


def names(_: Config) -> Iterator[Finding]:
    wrong = configuration.unknown_names(os.environ)
    yield Finding(
        "Names of settings",
        not wrong,
        " ".join(wrong) or "all known",
        "A misspelt setting has no effect, and the default is used in its place.",
        "Correct the name; `throughline-server config` lists them all.",
    )


def address(config: Config) -> Iterator[Finding]:
    is_private = config.bind[0] in ("127.0.0.1", "::1", "localhost")
    yield Finding(
        "Encrypted access",
        config.uses_https or is_private,
        config.base_url if config.uses_https else f"{config.base_url}, listening on {config.bind[0]}",
        "Without https, sessions and sign-in links can be read on the way.",
        "Put a TLS proxy in front and set THROUGHLINE_BASE_URL to its https:// address.",
    )


def data_folder(config: Config) -> Iterator[Finding]:
    usage = shutil.disk_usage(config.data_dir)
    yield Finding(
        "Room on the disk",
        usage.free >= LEAST_FREE_BYTES,
        f"{usage.free / 1e9:.1f} GB free under {config.data_dir}",
        "A full disk refuses every change, deletions too.",
        "Enlarge the disk or move the data folder.",
    )
    key = config.secret_key_path
    if key.exists():
        is_closed = not stat.S_IMODE(key.stat().st_mode) & 0o077
        yield Finding(
            "Secret key",
            is_closed,
            "readable by its owner only" if is_closed else "others on this machine can read it",
            "Whoever reads the key can sign in as anybody.",
            f"chmod 600 {key}",
        )


def store(config: Config) -> Iterator[Finding]:
    from throughline.project import health

    answers = health.store_answers()
    yield Finding(
        "Database",
        answers,
        ("SQLite" if config.database.is_sqlite else "PostgreSQL")
        + (" answers" if answers else " does not answer"),
        "Nothing works without it.",
        "Check THROUGHLINE_DATABASE_URL and that the database server runs.",
    )
    if not answers:
        return
    pending = health.pending_migrations()
    yield Finding(
        "Schema",
        not pending,
        f"{len(pending)} migrations are missing" if pending else "up to date",
        "The program and the tables must fit each other.",
        "throughline-server migrate",
    )
    if config.database.is_sqlite:
        yield from sqlite()


def work(_: Config) -> Iterator[Finding]:
    from django.utils import timezone

    from throughline.project import health
    from throughline.queries import jobs

    if not health.store_answers() or health.pending_migrations():
        return
    state = jobs.worker_state(timezone.now())
    seen = f"last seen {state.last_seen:%Y-%m-%d %H:%M} UTC" if state.last_seen else "never seen"
    yield Finding(
        "Worker",
        state.is_alive,
        "at work" if state.is_alive else seen,
        "Without it nothing is asked of connected tools, and nothing recurring is done.",
        "Start `throughline-server up`, or `throughline-server worker` beside it.",
    )
    parked = jobs.counts().get("parked", 0)
    yield Finding(
        "Parked jobs",
        not parked,
        f"{parked} failed for good" if parked else "none",
        "Each is something that was to be done and was not.",
        "Read their errors on the jobs page, mend the cause, and try them again.",
    )


def log(config: Config) -> Iterator[Finding]:
    from throughline.core.errors import Refused
    from throughline.project import health
    from throughline.queries import installation

    if not health.store_answers() or health.pending_migrations():
        return
    try:
        anchors = installation.anchors(config.audit_anchor_file) if config.audit_anchor_file else {}
        chain = installation.chain(anchors)
        problem = chain.problem
    except Refused as refusal:
        problem = str(refusal)
    yield Finding(
        "Activity log",
        not problem,
        problem or f"{chain.entries} entries, whole",
        "A log with a gap proves nothing.",
        "Keep the database as it is, find out who wrote to it, and restore a verified backup.",
    )
    # Advice, not a fault: without the file everything works, and all tampering but this one still shows.
    advice = "none; set THROUGHLINE_AUDIT_ANCHOR_FILE to a file on another disk, and a cut end of the log shows too"
    yield Finding(
        "Anchor of the log",
        is_good=True,
        found=str(config.audit_anchor_file or advice),
        why="Only a copy outside the database shows that the end of the log was cut off together with its head.",
    )


def sqlite() -> Iterator[Finding]:
    from django.db import connection

    yield Finding(
        "SQLite library",
        sqlite3.sqlite_version_info >= OLDEST_SQLITE,
        sqlite3.sqlite_version,
        "Older libraries lack what the worker relies on to claim its jobs.",
        "Use a Python built with a newer SQLite.",
    )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check")
        answer = str(cursor.fetchone()[0])
    yield Finding(
        "Integrity of the file",
        answer == "ok",
        answer,
        "A damaged file loses more the longer it is written to.",
        "Stop the server and restore the latest backup with `restore --verify`.",
    )


EXAMINATIONS: tuple[Examination, ...] = (names, address, data_folder, store, work, log)
