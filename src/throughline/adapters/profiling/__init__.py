"""Has a table profiled by a process of its own, which is ended when it takes too long, too much, or is not wanted."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from throughline.core.places import Place
from throughline.core.profiles import Profile, read_profile

LONGEST_ANSWER = 40_000_000
MAX_COLUMNS = 1_000
OnProgress = Callable[[int, int], None]


class ProfileStopped(Exception):
    """The data could not be profiled; says why in words for people, without a value of the data."""


@dataclass(frozen=True)
class Request:
    """What to profile, and within which bounds. `folders` are those below which a file may lie. Seconds, and MB."""

    place: Place
    folders: tuple[Path, ...]
    keeps_values: bool
    seconds: float
    memory_mb: int
    max_columns: int = MAX_COLUMNS

    def to_json(self) -> str:
        said = asdict(self)
        said["place"] = self.place.to_plain()
        said["folders"] = [str(one) for one in self.folders]
        return json.dumps(said)


def profile(request: Request, on_progress: OnProgress) -> Profile:
    """Returns when it is done. `on_progress` is told how many columns are done, of how many.

    Raises `ProfileStopped`.
    """
    with _child() as child, _watched(child, request.seconds) as is_late:
        assert child.stdin is not None
        try:
            # The pipe stays open: when this process ends, the child reads the end of it and ends too.
            child.stdin.write(request.to_json().encode() + b"\n")
            child.stdin.flush()
            found = _read(child, on_progress)
        except BrokenPipeError:
            found = None
    if found is not None:
        return found
    if is_late.is_set():
        raise ProfileStopped(
            f"Reading the data took longer than {request.seconds:,.0f} seconds. Assess a part of it, or ask your "
            "administrator for more time (THROUGHLINE_ENGINE_SECONDS)."
        )
    raise ProfileStopped(
        "The process that read the data ended without an answer, mostly because the data needs more memory than "
        f"{request.memory_mb:,} MB. Assess a part of it, or ask for more (THROUGHLINE_ENGINE_MEMORY_MB)."
    )


def _read(child: "subprocess.Popen[bytes]", on_progress: OnProgress) -> Profile | None:
    assert child.stdout is not None
    while line := child.stdout.readline(LONGEST_ANSWER):
        try:
            said = json.loads(line)
        except ValueError:
            return None
        if "stopped" in said:
            raise ProfileStopped(str(said["stopped"]))
        if "profile" in said:
            return read_profile(said["profile"])
        on_progress(int(said["done"]), int(said["columns"]))
    return None


@contextmanager
def _child() -> Iterator["subprocess.Popen[bytes]"]:
    """With none of our secrets: of the environment it gets only where Python finds its modules, and a folder for what
    it puts aside, which is removed even when it is killed."""
    with tempfile.TemporaryDirectory(prefix="throughline-profile-") as aside:
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": aside}
        with _started(environment) as child:
            yield child


@contextmanager
def _started(environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(
        [sys.executable, "-m", "throughline.adapters.profiling.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                _close(pipe)


def _close(pipe: object) -> None:
    try:
        pipe.close()  # type: ignore[attr-defined]
    except BrokenPipeError:
        return  # what was still to be sent has nobody who would read it


@contextmanager
def _watched(child: "subprocess.Popen[bytes]", seconds: float) -> Iterator[threading.Event]:
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()
