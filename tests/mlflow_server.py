"""A real MLflow server for the tests, started once a session, with a model really trained and registered."""

import base64
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

URL_VARIABLE = "THROUGHLINE_TEST_MLFLOW_URL"
START_SECONDS = 300

# Nothing that a test starts may report its use to anybody.
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}
# Its queue for jobs starts processes of its own, which no test needs.
LEAN = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
# Of its own accord MLflow sends webhooks to public https addresses only; ours listens on loopback.
# It also keeps the list of webhooks for a while: an event just before one is made would hide it from the next event.
SENDS_HERE = {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_CACHE_TTL": "0",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": base64.urlsafe_b64encode(b"k" * 32).decode(),
}


@dataclass(frozen=True)
class MLflowServer:
    url: str
    log: Path

    @property
    def host_port(self) -> str:
        return self.url.removeprefix("http://")


@dataclass(frozen=True)
class Registered:
    """What was trained and registered: two versions, the second one the better and called champion."""

    name: str
    run_ids: tuple[str, str]
    aucs: tuple[float, float]
    digests: tuple[str, str]


@contextmanager
def running_mlflow(folder: Path) -> Iterator[MLflowServer]:
    """`mlflow server` on SQLite in `folder`, on loopback and a free port, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "mlflow.log"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=output,
            env={**os.environ, **QUIET, **LEAN, **SENDS_HERE},
            start_new_session=True,
        )
    try:
        server = MLflowServer(f"http://127.0.0.1:{port}", log)
        _wait_until_healthy(server, process)
        yield server
    finally:
        _stop(process)


def train_and_register(uri: str, name: str) -> Registered:
    """Trains two logistic regressions and registers them as two versions of `name`.

    Runs in a process of its own, so that MLflow's client leaves no thread or global state in the tests.
    """
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("mlflow_training.py")), uri, name],
        env={**os.environ, **QUIET, "MLFLOW_TRACKING_URI": uri},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    words = done.stdout.strip().splitlines()[-1].split()
    return Registered(
        name=name,
        run_ids=(words[0], words[1]),
        aucs=(float(words[2]), float(words[3])),
        digests=(words[4], words[5]),
    )


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLflowServer]:
    """Started once a session; `THROUGHLINE_TEST_MLFLOW_URL` names one that runs already."""
    if given := os.environ.get(URL_VARIABLE):
        yield MLflowServer(given, Path(os.devnull))
        return
    with running_mlflow(tmp_path_factory.mktemp("mlflow")) as server:
        yield server


@pytest.fixture(scope="session")
def registered_model(mlflow_server: MLflowServer) -> Registered:
    name = f"churn_scorer_{uuid.uuid4().hex[:6]}" if os.environ.get(URL_VARIABLE) else "churn_scorer"
    return train_and_register(mlflow_server.url, name)


def _wait_until_healthy(server: MLflowServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=2) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"MLflow did not start:\n{server.log.read_text(errors='replace')[-4000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """The server has children of its own; they share its session, which nothing else is in."""
    if process.poll() is None:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(10)
