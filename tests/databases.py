"""The database of each test process: one of them runs all migrations, and each works on a copy of what came of it."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.plugin import blocking_manager_key

from tests.settings import FOLDER, IN_MEMORY

MADE = FOLDER / "template"  # its name stands in it, once it is there


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's own, by which each process runs all migrations, for ten seconds."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with django_db_blocker.unblock(), one_at_a_time("template"):
        if not MADE.exists():
            MADE.write_text(
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            )
        work_on(MADE.read_text())
        connection.creation.clone_test_db(process, verbosity=0)
        work_on(str(connection.creation.get_test_db_clone_settings(process)["NAME"]))
    yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(verbosity=0)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process of a run outlives the others, and takes away what they left."""
    if hasattr(config, "workerinput"):
        return
    if MADE.exists():
        with config.stash[blocking_manager_key].unblock():
            work_on(MADE.read_text())
            connection.creation.destroy_test_db(verbosity=0)
    for folder in (FOLDER, IN_MEMORY):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Among the processes of this run."""
    with (FOLDER / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def work_on(name: str) -> None:
    """Nobody may be connected to what is copied."""
    connection.close()
    connection.settings_dict["NAME"] = name
