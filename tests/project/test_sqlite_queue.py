"""Writers of one SQLite file take turns, and a turn ends however its transaction ends."""

import threading
from pathlib import Path

import pytest

from throughline.project.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def connect(tmp_path: Path):  # type: ignore[no-untyped-def]
    opened = []

    def one() -> DatabaseWrapper:
        options = {"transaction_mode": "IMMEDIATE", "timeout": 5, "check_same_thread": False}
        wrapper = DatabaseWrapper(
            {
                "ENGINE": "throughline.project.sqlite", "NAME": str(tmp_path / "queue.sqlite3"), "OPTIONS": options,
                "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False,
                "TIME_ZONE": None, "HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "TEST": {},
            },
            alias="queue",
        )  # fmt: skip
        wrapper.inc_thread_sharing()
        opened.append(wrapper)
        return wrapper

    yield one
    for wrapper in opened:
        wrapper.close()


def begin(wrapper: DatabaseWrapper) -> None:
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def waits(wrapper: DatabaseWrapper) -> tuple[threading.Thread, threading.Event]:
    began = threading.Event()

    def run() -> None:
        begin(wrapper)
        began.set()
        wrapper.rollback()
        wrapper.set_autocommit(True)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, began


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_next_writer_begins_when_the_first_is_done(connect, end: str) -> None:  # type: ignore[no-untyped-def]
    first, second = connect(), connect()
    begin(first)
    thread, began = waits(second)
    assert not began.wait(0.2)
    getattr(first, end)()
    assert began.wait(5)
    thread.join(5)


def test_a_writer_that_fails_to_begin_does_not_keep_its_turn(connect) -> None:  # type: ignore[no-untyped-def]
    first, second = connect(), connect()
    begin(first)
    with pytest.raises(Exception, match="within a transaction"):
        first._start_transaction_under_autocommit()
    first.rollback()
    thread, began = waits(second)
    assert began.wait(5)
    thread.join(5)
