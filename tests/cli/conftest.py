"""The command as it is called on a terminal, against a server that really listens."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone

from tests.make import World
from throughline.actions.tokens import create_token
from throughline.core.access import available_scopes
from throughline.queries.access import actor_for
from throughline.records.people import Person


def secret_for(person: Person, *scopes: str) -> str:
    now = timezone.now()
    actor = actor_for(person, door="web", now=now)
    wanted = scopes or tuple(available_scopes(actor, None))
    _, secret = create_token(
        actor=actor, name="test", scopes=wanted, expires_at=now + timedelta(days=1), now=now
    )
    return secret


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Terminal:
    """Calls `throughline` with an address and a token in the environment."""

    server: str
    token: str

    def run(self, *arguments: str, **environment: str) -> Ended:
        from throughline.cli.main import cli

        given = {"THROUGHLINE_SERVER": self.server, "THROUGHLINE_TOKEN": self.token, **environment}
        result = CliRunner(env=given).invoke(cli, arguments, prog_name="throughline")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    def run_process(self, *arguments: str, **environment: str) -> Ended:
        """The same in a process of its own, as a shell starts it."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
        given = {"THROUGHLINE_SERVER": self.server, "THROUGHLINE_TOKEN": self.token, "PYTHONPATH": "src"}
        command = [sys.executable, "-c", "from throughline.cli.main import main; main()", *arguments]
        ended = subprocess.run(
            command,
            env={**own, **given, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def world(transactional_db: None) -> World:
    return World(now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def terminal(live_server: Any, world: World) -> Terminal:
    """Signed in as the program's PM."""
    return Terminal(live_server.url, secret_for(world.pm))


@pytest.fixture
def unplugged() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"
