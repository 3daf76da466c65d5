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
from pathlib import Path

import pytest

from tests.project.installations import COMMAND, Installation

PROGRAM = """
from datetime import UTC, datetime
from throughline.actions.portfolio import create_program
from throughline.queries.access import system_actor
for slug in {slugs!r}:
    create_program(actor=system_actor("tests"), name=slug, slug=slug, now=datetime.now(UTC))
"""
COUNT = "from throughline.records.people import Person; print(Person.objects.count())"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """For tests that only look."""
    made = Installation(tmp_path_factory.mktemp("shared"))
    made.must("migrate")
    return made


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home")


def with_settings(installation: Installation, **settings: str) -> Installation:
    extra = tuple((f"THROUGHLINE_{name}", value) for name, value in settings.items())
    return Installation(installation.folder, installation.database_url, extra)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Running:
    """A served installation. `said` is what the terminal showed, once it has stopped."""

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

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait_until(self, path: str, status: int = 200) -> bytes:
        for _ in range(300):
            assert self.process.poll() is None, self.said
            with contextlib.suppress(OSError):
                code, body = self.get(path)
                if code == status:
                    return body
            time.sleep(0.1)
        raise AssertionError(f"{path} never answered {status}: {self.said}")

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(15)


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


class TestUp:
    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    def test_it_sets_itself_up_serves_and_stops_cleanly(self, installation: Installation, how: int):
        with running(installation) as served:
            served.wait_until("/readyz")
            status, _ = served.get("/no-such-page")
            code = served.stop(how)

        assert status == 404
        assert code == 0
        assert "Stopped." in served.said
        assert "Traceback" not in served.said
        assert (installation.folder / "secret-key").stat().st_mode & 0o077 == 0
        assert (installation.folder / "throughline.sqlite3").stat().st_mode & 0o077 == 0

    def test_static_files_come_under_hashed_names_and_stay_cached(self, installation: Installation):
        with running(installation, "--no-worker") as served:
            served.wait_until("/readyz")
            names = json.loads((installation.folder / "static" / "staticfiles.json").read_text())["paths"]
            with urllib.request.urlopen(f"{served.url}/static/{names['css/app.css']}") as answer:
                cached = answer.headers["Cache-Control"]

        assert names["css/app.css"] != "css/app.css"
        assert "immutable" in cached

    def test_the_link_is_printed_until_it_was_used_and_each_replaces_the_last(
        self, installation: Installation
    ):
        links = []
        for _ in range(2):
            with running(installation, "--no-worker") as served:
                served.wait_until("/healthz")
                served.stop()
            links.append(link_in(served.said))
        used = """
from django.utils import timezone
from throughline.records.people import Person
Person.objects.update(last_login=timezone.now())
"""
        installation.python(used)
        with running(installation, "--no-worker") as served:
            served.wait_until("/healthz")
            served.stop()

        assert all(links)
        assert links[0] != links[1]
        assert link_in(served.said) == ""
        assert installation.python(COUNT).strip() == "1"

    def test_a_worker_runs_beside_the_pages(self, installation: Installation):
        with running(installation) as served:
            served.wait_until("/readyz")
            for _ in range(100):
                if "Worker: at work" in installation.run("doctor").stdout:
                    break
            else:
                raise AssertionError(served.said)
            assert served.stop() == 0

    def test_a_taken_port_is_said_plainly(self, installation: Installation):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = with_settings(installation, BIND=f"127.0.0.1:{port}").run("up", "--no-worker")

        assert done.returncode == 1
        assert f"127.0.0.1:{port}" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_four_processes_that_start_on_an_empty_store_migrate_it_once(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    installation = Installation(tmp_path / "home", url)
    started = [
        subprocess.Popen(
            [*COMMAND, "migrate"],
            env=installation.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=120) for process in started]

    assert [process.returncode for process in started] == [0, 0, 0, 0], said
    assert sum("; 0 migrations were run" in out for out, _ in said) == 3


def test_a_store_of_a_newer_version_is_left_alone(installation: Installation):
    installation.must("migrate")
    installation.python(
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder(connection).record_applied('records', '9999_from_the_future')"
    )

    for command in (("migrate",), ("up", "--no-worker")):
        done = installation.run(*command)
        assert done.returncode == 1
        assert "newer Throughline (it has had records.9999_from_the_future)" in done.stderr


def test_a_wrong_setting_stops_the_start_and_an_unknown_one_is_named(installation: Installation):
    wrong = with_settings(installation, WORKERS="many", DATABSE_URL="x")

    done = wrong.run("up")

    assert done.returncode == 2
    assert "THROUGHLINE_WORKERS is 'many' (from environment): it must be a whole number" in done.stderr
    assert "Did you mean THROUGHLINE_DATABASE_URL?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")

    done = Installation(tmp_path / "file" / "home").run("migrate")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: The folder ")


def test_commands_on_a_store_without_tables_say_what_to_do(installation: Installation):
    done = installation.run("audit", "verify")

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


def test_config_shows_origins_and_hides_secrets(shared: Installation):
    told = with_settings(shared, METRICS_TOKEN="hush-hush", THREADS="3")

    found = json.loads(told.must("config", "--json"))

    assert found["THROUGHLINE_THREADS"] == {"value": "3", "from": "environment"}
    assert found["THROUGHLINE_METRICS_TOKEN"]["value"] == "********"
    assert found["THROUGHLINE_WORKERS"]["from"] == "default"
    assert "hush-hush" not in told.must("config")


def test_doctor_says_why_it_matters_and_what_to_do(shared: Installation):
    done = shared.run("doctor")

    assert done.returncode == 1
    assert "ok     Schema: up to date" in done.stdout
    assert "WRONG  Worker: never seen" in done.stdout
    assert "What now: Start `throughline-server up`" in done.stdout


def test_doctor_sees_a_key_that_others_can_read(shared: Installation):
    key = shared.folder / "secret-key"
    key.chmod(0o644)

    found = {item["what"]: item for item in json.loads(shared.run("doctor", "--json").stdout)}
    key.chmod(0o600)

    assert not found["Secret key"]["ok"]
    assert found["Secret key"]["now"] == f"chmod 600 {key}"


class TestTokens:
    def test_a_token_is_printed_once_and_alone(self, installation: Installation):
        installation.must("migrate")
        installation.python(PROGRAM.format(slugs=["forecasts"]))

        done = installation.run("token", "create", "pipeline", "--role", "member")
        again = installation.run("token", "create", "pipeline", "--role", "member")
        other = installation.run("token", "create", "pipeline", "--role", "manager")

        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("thl_")
        assert len(done.stdout.split()) == 1
        assert "forecasts" in done.stderr
        assert again.stdout != done.stdout
        assert other.returncode == 1
        assert "has member" in other.stderr
        stored = (installation.folder / "throughline.sqlite3").read_bytes()
        assert done.stdout.strip().encode() not in stored

    def test_of_several_programs_one_must_be_named(self, installation: Installation):
        installation.must("migrate")
        nothing = installation.run("token", "create", "pipeline", "--role", "viewer")
        installation.python(PROGRAM.format(slugs=["one", "two"]))

        unnamed = installation.run("token", "create", "pipeline", "--role", "viewer")
        wrong = installation.run("token", "create", "pipeline", "--role", "viewer", "--program", "three")

        assert "none yet" in nothing.stderr
        assert "one, two" in unnamed.stderr
        assert "There is no program three" in wrong.stderr
        assert installation.must("token", "create", "p", "--role", "viewer", "--program", "two").startswith(
            "thl_"
        )


def test_a_link_is_made_for_people_that_are_known(installation: Installation):
    installation.must("migrate")
    add = (
        "from django.utils import timezone; from throughline.records.people import Person;"
        "Person.objects.create(name='Ana', email='ana@example.org', created_at=timezone.now())"
    )
    installation.python(add)

    known = installation.run("sign-in-link", "Ana@example.org")
    unknown = installation.run("sign-in-link", "who@example.org")

    assert "/sign-in/link?key=" in known.stdout
    assert unknown.returncode == 1
    assert "who@example.org" in unknown.stderr
