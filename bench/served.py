"""A real server: start, memory, the API beside MLflow's registry, and the command line."""

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.words import line

START_LIMIT_S, MEMORY_LIMIT_MIB, CLI_LIMIT_S, RATE_RATIO_LIMIT = 2.0, 150, 0.2, 10
SECONDS, CLIENTS = 5.0, 4
REGISTERED = 10_000


def measure(folder: Path, token: str) -> list[str]:
    with _throughline() as (url, started, process):
        ours = _rate(f"{url}/api/v1/models?limit=100&stage=production", {"Authorization": f"Bearer {token}"})
        largest = max(_pss_mib(pid) for pid in _children(process.pid))
    theirs = _mlflow_rate(folder)
    times = sorted(_cli_s() for _ in range(7))
    return [
        line("start to first answer", started, START_LIMIT_S, " s"),
        line("memory of the larger web worker under load", largest, MEMORY_LIMIT_MIB, " MiB", digits=0),
        f"API list of 100 filtered models: {ours:.0f}/s",
        f"MLflow registry search, 100 of {REGISTERED:,} registered models: {theirs:.1f}/s",
        line("of the one to the other, at least", ours / theirs, RATE_RATIO_LIMIT, " ×"),
        line("the command line starts in", times[3], CLI_LIMIT_S, " s", digits=2),
    ]


@contextmanager
def _throughline() -> Iterator[tuple[str, float, "subprocess.Popen[bytes]"]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "THROUGHLINE_BIND": f"127.0.0.1:{port}", "THROUGHLINE_BASE_URL": url}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installation keeps what is compiled
    command = [sys.executable, "-m", "throughline.project.server", "up", "--no-worker"]
    for is_timed in (False, True):  # the first start sets up
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(f"{url}/healthz")
            if is_timed:
                yield url, time.perf_counter() - started, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _mlflow_rate(folder: Path) -> float:
    from tests.mlflow_server import running_mlflow

    home = folder / "mlflow"
    home.mkdir()
    with running_mlflow(home) as server:
        _register(home / "mlflow.db")
        return _rate(f"{server.url}/api/2.0/mlflow/registered-models/search?max_results=100", {})


def _register(database: Path) -> None:
    """Straight into MLflow's tables, each model with two versions and a tag: ten thousand requests would take longer
    than the rest of the bench."""
    instant = 1_700_000_000_000
    names = [f"model_{number:05}" for number in range(REGISTERED)]
    known = {
        "creation_time": instant,
        "last_updated_time": instant,
        "description": "weekly scores",
        "workspace": "default",
    }
    version = {
        **known,
        "current_stage": "None",
        "source": "models:/m-1",
        "run_id": "0" * 32,
        "status": "READY",
    }
    with sqlite3.connect(database) as store:
        _insert(store, "registered_models", [{**known, "name": name} for name in names])
        _insert(
            store,
            "model_versions",
            [{**version, "name": name, "version": n} for name in names for n in (1, 2)],
        )
        tag = {"workspace": "default", "key": "program", "value": "customer"}
        _insert(store, "registered_model_tags", [{**tag, "name": name} for name in names])


def _insert(store: sqlite3.Connection, table: str, rows: list[dict[str, object]]) -> None:
    columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})") if row[1] in rows[0]]
    marks = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
    store.executemany(statement, [tuple(row[column] for column in columns) for row in rows])


def _rate(url: str, headers: dict[str, str]) -> float:
    """Requests per second of a few clients that ask one after another; every answer must be a 200.

    They take their share of the same cores, so they are the plainest that there are.
    """
    parts = urlsplit(url)

    def ask(until: float) -> int:
        connection, count = http.client.HTTPConnection(parts.netloc), 0
        while time.perf_counter() < until:
            connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
            reply = connection.getresponse()
            text = reply.read()
            assert reply.status == 200, (url, reply.status, text[:300])
            count += 1
        connection.close()
        return count

    ask(time.perf_counter() + 1)
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        done = sum(clients.map(ask, [started + SECONDS] * CLIENTS))
    return done / (time.perf_counter() - started)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(url)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _pss_mib(pid: int) -> float:
    """Proportional memory: pages that workers share count once among them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


def _cli_s() -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "throughline.cli.main", "--version"], check=True, capture_output=True
    )
    return time.perf_counter() - started


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
