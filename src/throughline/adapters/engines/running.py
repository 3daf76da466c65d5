"""Runs a contract in a process of its own, within time and memory, and collects what it answers; never raises for what
the data or the engine does."""

import contextlib
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from throughline.adapters.engines.base import Limits, Task
from throughline.core.contracts import judging
from throughline.core.contracts.documents import Contract
from throughline.core.contracts.results import RuleResult, TestResult, from_plain
from throughline.core.contracts.rules import rules_of
from throughline.core.places import Place, PlaceKind

GRACE_SECONDS = 5  # for an engine that was interrupted to say so
START_SECONDS = 60  # for interpreters and virtual machines to start
LOOK_SECONDS = 0.25
LONGEST_LINE = 20_000_000
# Beyond the memory that the engine is told to keep to: what it cannot count, and what its libraries need.
SPARE_MB = 150
# Engines whose work is done by another process, which the limit for ours says nothing about.
_ELSEWHERE = frozenset({PlaceKind.SPARK})
# What the child inherits: none of the installation's own settings, which hold secrets.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "SYSTEMROOT")


@dataclass(frozen=True)
class Progress:
    """How far a test has come; `table` is the last one that was finished."""

    tables_done: int
    tables: int
    table: str = ""


@dataclass
class _Collected:
    results: dict[str, RuleResult] = field(default_factory=dict)
    engine: str = ""
    rows: int | None = None
    is_done: bool = False
    failure: str = ""


def run_contract(
    contract: Contract,
    place: Place,
    *,
    limits: Limits,
    now: datetime,
    secrets: Mapping[str, str] | None = None,
    allow_samples: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> TestResult:
    """Every rule of the contract with its outcome, in the order of the document. What was not answered, because the
    engine cannot be had, crashed or overran `limits`, is unknown with that reason. `now` is the moment of the test.

    Rows that fail are sampled only where `allow_samples`, and of them only columns whose class lets them be seen.
    `on_progress` is called in this thread after each table.
    """
    started = time.monotonic()
    collected = _Collected()
    task = Task(contract, place, limits, dict(secrets or {}), now, allow_samples)
    _run(task, collected, on_progress or (lambda _: None))
    rules = rules_of(contract)
    why = collected.failure or "The engine did not answer."
    results = tuple(
        collected.results.get(rule.id) or judging.unknown(rule, rule.problem or why) for rule in rules
    )
    return TestResult(
        results=results,
        engine=collected.engine or str(place.kind),
        place=str(place),
        observed_at=now,
        rows=collected.rows,
        seconds=round(time.monotonic() - started, 3),
    )


def _run(task: Task, collected: _Collected, on_progress: Callable[[Progress], None]) -> None:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"TZ": "UTC", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "throughline.adapters.engines.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        _hand_over(process.stdin, task)
        _collect(process, lines, task, collected, on_progress)
    finally:
        _end(process)


def _hand_over(stdin: "BinaryIO | object", task: Task) -> None:
    pipe = cast(BinaryIO, stdin)
    try:
        pickle.dump(task, pipe)
        pipe.close()
    except BrokenPipeError:
        return  # it ended at once; what it did not answer is unknown


def _read(stdout: "BinaryIO | object", lines: "queue.Queue[bytes | None]") -> None:
    pipe = cast(BinaryIO, stdout)
    with contextlib.suppress(OSError, ValueError):  # closed while it was being read
        while line := pipe.readline(LONGEST_LINE):
            lines.put(line)
    lines.put(None)


def _collect(
    process: "subprocess.Popen[bytes]",
    lines: "queue.Queue[bytes | None]",
    task: Task,
    collected: _Collected,
    on_progress: Callable[[Progress], None],
) -> None:
    deadline = (
        time.monotonic()
        + task.limits.seconds
        + GRACE_SECONDS
        + START_SECONDS * (task.place.kind in _ELSEWHERE)
    )
    most = None if task.place.kind in _ELSEWHERE else task.limits.memory_mb + SPARE_MB
    while True:
        try:
            line = lines.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            line = b""
        if line is None:
            break
        if line:
            _take(json.loads(line), collected, len(task.contract.tables), on_progress)
        if time.monotonic() > deadline:
            collected.failure = (
                f"Reading took longer than the {task.limits.seconds:,} seconds that are allowed."
            )
            return
        if most and resident_mb(process.pid) > most:
            collected.failure = (
                f"Reading needed more than the {task.limits.memory_mb:,} MB of memory that are allowed."
            )
            return
    if not collected.is_done and not collected.failure:
        collected.failure = _how_it_ended(process)


def _how_it_ended(process: "subprocess.Popen[bytes]") -> str:
    try:
        code = process.wait(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return "The engine stopped answering."
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"The engine crashed ({name})."
    return f"The engine ended without an answer (code {code})."


def _take(
    line: Mapping[str, object],
    collected: _Collected,
    tables: int,
    on_progress: Callable[[Progress], None],
) -> None:
    collected.engine = str(line.get("engine") or collected.engine)
    collected.failure = str(line.get("failed") or collected.failure)
    collected.is_done = collected.is_done or bool(line.get("done"))
    for plain in cast("list[dict[str, object]]", line.get("results") or []):
        read = from_plain(plain)
        collected.results.setdefault(read.rule, read)
    rows = line.get("rows")
    if isinstance(rows, int):
        collected.rows = (collected.rows or 0) + rows
    done = line.get("tables_done")
    if isinstance(done, int) and done:
        on_progress(Progress(done, tables, str(line.get("table") or "")))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The child and whatever it started, which are a group of their own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe and not pipe.closed:
            pipe.close()


def resident_mb(pid: int) -> float:
    """Memory that a process holds at this moment, in MB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000
