"""Runs the web workers, and beside them one worker process, until the terminal or the system says stop."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import FrameType

from throughline.project.config import Config

STOP_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
TARGET = "throughline.project.wsgi:application"


def serve(config: Config, *, with_worker: bool) -> None:
    """Returns after a clean stop. Requests in flight are finished, for at most ten seconds."""
    from granian.constants import Interfaces
    from granian.server import Server

    get_ready_to_fork()

    companion = Companion() if with_worker else None
    address, port = config.bind
    server = Server(
        target=TARGET,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=config.threads,
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    if companion:
        companion.start()
    try:
        server.serve()
    finally:
        if companion:
            companion.stop()


def get_ready_to_fork() -> None:
    """The web workers are copies of this process, so what is loaded here is loaded once for all of them.

    A connection must not be copied, and what stays for good is put where the collector of cycles doesn't look: it would
    write to each object, and so copy its page into each worker.
    """
    from django.db import connections

    import_module(TARGET.partition(":")[0])
    connections.close_all()
    gc.freeze()
    gc.enable()


def share_metrics(folder: Path) -> None:
    """Must come before Django is loaded: the library decides at import where it counts.

    The folder starts empty, or counts of processes long gone would be added to those of the new ones.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


class Companion:
    """One worker process that is started again, ever more slowly, whenever it ends by itself."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_alive, name="worker companion", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        process = self._process
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(STOP_SECONDS)

    def _keep_alive(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            self._process = subprocess.Popen([sys.executable, "-m", "throughline.project.server", "worker"])
            self._process.wait()
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE)


def stop_on_terminate() -> None:
    """Turns the system's SIGTERM into the same clean stop as Ctrl-C, for the processes that we loop in."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
