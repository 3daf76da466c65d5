"""Writers of one SQLite file take turns, a turn ends however its transaction ends, and nobody is told of a commit
before it is on the disk."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError

from throughline.project.sqlite.base import DatabaseWrapper
from throughline.project.wiring import SQLITE_START

pytestmark = pytest.mark.django_db

Connect = Callable[[], DatabaseWrapper]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    opened = list[DatabaseWrapper]()

    def one() -> DatabaseWrapper:
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "check_same_thread": False,
            "init_command": SQLITE_START,
        }
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
def test_the_next_writer_begins_when_the_first_is_done(connect: Connect, end: str) -> None:
    first, second = connect(), connect()
    begin(first)
    thread, began = waits(second)
    assert not began.wait(0.2)
    getattr(first, end)()
    assert began.wait(5)
    thread.join(5)


def test_a_writer_that_fails_to_begin_does_not_keep_its_turn(connect: Connect) -> None:
    first, second = connect(), connect()
    begin(first)
    with pytest.raises(Exception, match="within a transaction"):
        first._start_transaction_under_autocommit()
    first.rollback()
    thread, began = waits(second)
    assert began.wait(5)
    thread.join(5)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator["Disk"]:
    made = Disk()
    monkeypatch.setattr(os, "fdatasync", made.sync)
    yield made
    made.is_quick.set()


class Disk:
    """Keeps whoever waits for it until it is told to be quick."""

    def __init__(self) -> None:
        self.asked, self.is_quick, self.synced = threading.Event(), threading.Event(), list[int]()

    def sync(self, handle: int) -> None:
        self.asked.set()
        assert self.is_quick.wait(10)
        self.synced.append(os.fstat(handle).st_ino)


def write(wrapper: DatabaseWrapper, number: int) -> None:
    begin(wrapper)
    wrapper.cursor().execute("INSERT INTO told VALUES (%s)", [number])
    wrapper.commit()
    wrapper.set_autocommit(True)


def level(wrapper: DatabaseWrapper) -> int:
    """2 is FULL: SQLite itself waits for the disk."""
    return int(wrapper.cursor().execute("PRAGMA synchronous").fetchone()[0])


def test_nobody_is_told_of_a_commit_before_it_is_on_the_disk(
    connect: Connect, disk: Disk, tmp_path: Path
) -> None:
    first, second = connect(), connect()
    first.cursor().execute("CREATE TABLE told (number integer)")
    thread = threading.Thread(target=write, args=(first, 1))
    thread.start()
    assert disk.asked.wait(5)
    thread.join(0.2)
    assert thread.is_alive()
    others, began = waits(second)
    assert began.wait(5), "the next one writes while the first waits for the disk"
    others.join(5)
    disk.is_quick.set()
    thread.join(5)
    assert disk.synced == [(tmp_path / "queue.sqlite3-wal").stat().st_ino]


def test_outside_of_transactions_sqlite_waits_for_the_disk_itself(connect: Connect, disk: Disk) -> None:
    disk.is_quick.set()
    wrapper = connect()
    wrapper.cursor().execute("CREATE TABLE told (number integer)")
    assert (level(wrapper), disk.synced) == (2, [])
    begin(wrapper)
    assert level(wrapper) == 1
    wrapper.rollback()
    wrapper.set_autocommit(True)
    assert (level(wrapper), disk.synced) == (2, [])
    write(wrapper, 1)
    assert (level(wrapper), len(disk.synced)) == (2, 1)


def test_a_turn_that_could_not_begin_leaves_nothing_for_later(connect: Connect) -> None:
    wrapper = connect()
    wrapper.connect()
    wrapper.transaction_mode = "NONSENSE"
    with pytest.raises(OperationalError):
        begin(wrapper)
    assert level(wrapper) == 2


def test_a_disk_that_fails_is_told(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: int) -> None:
        raise OSError(5, "Input/output error")

    wrapper = connect()
    wrapper.cursor().execute("CREATE TABLE told (number integer)")
    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(OperationalError, match="may not be on the disk"):
        write(wrapper, 1)
    assert level(wrapper) == 2


def test_a_log_that_was_made_anew_is_the_one_that_is_synced(
    connect: Connect, disk: Disk, tmp_path: Path
) -> None:
    disk.is_quick.set()
    wrapper = connect()
    wrapper.cursor().execute("CREATE TABLE told (number integer)")
    write(wrapper, 1)
    wrapper.close()
    write(wrapper, 2)
    assert disk.synced[-1] == (tmp_path / "queue.sqlite3-wal").stat().st_ino
