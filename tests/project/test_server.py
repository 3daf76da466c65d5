"""The command that administers an installation: it starts, refuses, prints once, and stops cleanly."""

import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.project.installations import COMMAND, Installation
from throughline.project import entrance
from throughline.records.people import Person

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEWER = "INSERT INTO django_migrations (app, name, applied) VALUES ('records', '9999_later', '2030-01-01')"


def with_settings(installation: Installation, **settings: str) -> Installation:
    extra = tuple((f"THROUGHLINE_{name}", value) for name, value in settings.items())
    return Installation(installation.folder, installation.database_url, extra)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A served installation. `said` is what the terminal showed."""

    def __init__(self, installation: Installation, *options: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        served = with_settings(installation, BIND=f"127.0.0.1:{port}", BASE_URL=self.url, WORKERS="1")
        self.output = installation.folder.parent / f"said-{port}"
        with self.output.open("w") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "up", *options], env=served.environment, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and cache rule of the answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return answer.status, answer.headers["Cache-Control"]
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Cache-Control"]

    def wait_until(self, path: str) -> None:
        for _ in range(900):
            assert self.process.poll() is None, self.said
            with contextlib.suppress(OSError):
                if self.get(path)[0] == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{path} never was there: {self.said}")

    def stop(self, how: int) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@contextlib.contextmanager
def running(installation: Installation, *options: str) -> Iterator[Running]:
    served = Running(installation, *options)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()


def link_in(said: str) -> str:
    return next((word for word in said.split() if "/sign-in/link?key=" in word), "")


def beats(installation: Installation) -> int:
    return len(installation.ask("SELECT 1 FROM chore WHERE name = 'worker.heartbeat'"))


@pytest.mark.slow
class TestUp:
    def test_from_nothing_to_pages_worker_and_a_clean_stop(self, fresh: Installation):
        with running(fresh) as served:
            served.wait_until("/readyz")
            missing, _ = served.get("/no-such-page")
            names = json.loads((fresh.folder / "static" / "staticfiles.json").read_text())["paths"]
            _, cached = served.get(f"/static/{names['css/app.css']}")
            for _ in range(600):
                if beats(fresh):
                    break
                time.sleep(0.1)
            code = served.stop(signal.SIGTERM)

        assert missing == 404
        assert names["css/app.css"] != "css/app.css"
        assert "immutable" in cached
        assert beats(fresh) == 1
        assert code == 0
        assert link_in(served.said).startswith(served.url)
        assert "Stopped." in served.said
        assert "Traceback" not in served.said
        for name in ("secret-key", "throughline.sqlite3"):
            assert (fresh.folder / name).stat().st_mode & 0o077 == 0

    def test_it_stops_on_interrupt_too_and_without_a_worker(self, installation: Installation):
        with running(installation, "--no-worker") as served:
            served.wait_until("/readyz")
            code = served.stop(signal.SIGINT)

        assert code == 0
        assert beats(installation) == 0

    def test_a_taken_port_is_said_plainly(self, installation: Installation):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = with_settings(installation, BIND=f"127.0.0.1:{port}").run("up", "--no-worker")

        assert done.returncode == 1
        assert f"127.0.0.1:{port}" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_processes_that_start_together_on_an_empty_store_migrate_it_once(
    kind: str, request: pytest.FixtureRequest, fresh: Installation
):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    started = [
        subprocess.Popen(
            [*COMMAND, "migrate"],
            env=Installation(fresh.folder, url).environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=300) for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], said
    assert sum("; 0 migrations were run" in out for out, _ in said) == 2


def test_a_store_of_a_newer_version_is_left_alone(installation: Installation):
    installation.change(NEWER)

    done = installation.run("migrate")

    assert done.returncode == 1
    assert "newer Throughline (it has had records.9999_later)" in done.stderr


def test_a_wrong_setting_stops_the_start_and_an_unknown_one_is_named(fresh: Installation):
    done = with_settings(fresh, WORKERS="many", DATABSE_URL="x").run("up")

    assert done.returncode == 2
    assert "THROUGHLINE_WORKERS is 'many' (from environment): it must be a whole number" in done.stderr
    assert "Did you mean THROUGHLINE_DATABASE_URL?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not fresh.folder.exists()


def test_a_data_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    done = Installation(tmp_path / "file" / "home").run("migrate")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: The folder ")


def test_a_store_without_tables_says_what_to_do(fresh: Installation):
    done = fresh.run("audit", "verify")

    assert done.returncode == 1
    assert "throughline-server migrate" in done.stderr


def test_help_needs_no_django_and_lists_every_command():
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True)

    for name in (
        "up",
        "migrate",
        "worker",
        "token",
        "backup",
        "restore",
        "doctor",
        "audit",
        "export",
        "import",
    ):
        assert f"  {name} " in done.stdout


def test_config_shows_origins_and_hides_secrets(fresh: Installation):
    told = with_settings(fresh, METRICS_TOKEN="hush-hush", THREADS="3")

    found = json.loads(told.must("config", "--json"))

    assert found["THROUGHLINE_THREADS"] == {"value": "3", "from": "environment"}
    assert found["THROUGHLINE_METRICS_TOKEN"]["value"] == "********"
    assert found["THROUGHLINE_WORKERS"]["from"] == "default"
    assert "hush-hush" not in told.must("config")


def test_doctor_says_why_it_matters_and_what_to_do(installation: Installation):
    (installation.folder / "secret-key").chmod(0o644)

    done = installation.run("doctor")

    assert done.returncode == 1
    assert "ok     Schema: up to date" in done.stdout
    assert "WRONG  Worker: never seen" in done.stdout
    assert "What now: Start `throughline-server up`" in done.stdout
    assert "WRONG  Secret key: others on this machine can read it" in done.stdout
    assert "Why it matters: Whoever reads the key" in done.stdout


@pytest.mark.django_db
class TestTheFirstLink:
    def test_it_is_made_anew_until_somebody_came_in(self):
        first, second = entrance.first_link(NOW), entrance.first_link(NOW)
        Person.objects.update(last_login=NOW)

        assert "/sign-in/link?key=" in first
        assert second not in ("", first)
        assert entrance.first_link(NOW) == ""
        assert Person.objects.get().is_admin

    def test_it_is_not_made_where_somebody_else_is(self):
        Person.objects.create(name="Ana", email="ana@example.org", created_at=NOW)

        assert entrance.first_link(NOW) == ""
        assert Person.objects.count() == 1
