"""SQLite as the pages need it: writers take turns in the order in which they came and wait for the disk together, and
instants are read quickly.

SQLite's own way of waiting sleeps and tries again, so that with many writers some wait a hundred times longer than
others, and the lock stands idle meanwhile. Here a transaction first takes a lock on a file beside the database, which
the operating system hands on at once. Transactions are all writers: reads run outside of them.

Whoever commits passes the turn on first and waits for the disk then, before anybody is told of it. So the next one
writes meanwhile, and whoever waits at the same time is served by the same write to the disk.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import OperationalError
from django.db.backends.sqlite3 import base, operations

T = TypeVar("T")


class DatabaseOperations(operations.DatabaseOperations):
    """Reads instants, of which lists hold many, by the shortest way: stored in UTC, they lack only the zone's name."""

    def convert_datetimefield_value(self, value: object, expression: object, connection: object) -> object:
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return super().convert_datetimefield_value(value, expression, connection)

    def adapt_datetimefield_value(self, value: datetime | None) -> str | None:
        if type(value) is datetime and value.tzinfo is UTC:
            return str(value.replace(tzinfo=None))
        adapted: str | None = super().adapt_datetimefield_value(value)
        return adapted


class DatabaseWrapper(base.DatabaseWrapper):
    """Queues between BEGIN and COMMIT or ROLLBACK; statements outside a transaction don't queue."""

    ops_class = DatabaseOperations
    queue: int | None = None
    log: int | None = None
    has_log = False
    syncs_later = False
    transaction_mode: str | None  # which the stubs leave out
    is_in_turn = False

    def straight(self, text: str, given: Sequence[Any], take: Callable[[Any], T]) -> T:
        """Runs a statement with SQLite's own marks and returns what `take` takes of its cursor, past the layers of
        Django's, which cost as much as the statement. Where somebody listens to statements, it goes through those."""
        if self.queries_logged or self.execute_wrappers or self.needs_rollback or self.connection is None:
            with self.cursor() as cursor:
                cursor.execute(text.replace("%", "%%").replace("?", "%s"), given)
                return take(cursor)
        self.ensure_connection()
        try:
            return take(self.connection.execute(text, given))
        except sqlite3.Error:
            with self.wrap_database_errors:
                raise

    def init_connection_state(self) -> None:
        super().init_connection_state()
        (journal,) = self.connection.execute("PRAGMA journal_mode").fetchone()
        self.has_log, self.syncs_later = journal == "wal", False

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            self._sync_later(self.has_log)
            self.straight(f"BEGIN {self.transaction_mode or ''}", (), bool)
        except BaseException:
            self._pass_on()
            if not self.connection.in_transaction:
                self._sync_later(False)
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._pass_on()
        if self.syncs_later:
            self._sync_later(False)
            self._wait_for_the_disk()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._pass_on()
        self._sync_later(False)

    def _sync_later(self, is_later: bool) -> None:
        """For what is written outside of a transaction, SQLite itself waits for the disk."""
        if is_later is not self.syncs_later:
            self.connection.execute(f"PRAGMA synchronous={'NORMAL' if is_later else 'FULL'}")
            self.syncs_later = is_later

    def _wait_for_the_disk(self) -> None:
        """The log beside the database holds what is committed, and syncing it through any handle syncs it."""
        try:
            os.fdatasync(self._log())
        except OSError as error:
            text = f"What was committed may not be on the disk ({error.strerror})."
            raise OperationalError(text) from error

    def _log(self) -> int:
        """A log that is new has to be in its folder, too."""
        if self.log is not None and os.fstat(self.log).st_nlink:
            return self.log
        self._close_log()
        path = Path(f"{self.settings_dict['NAME']}-wal")
        self.log = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self.log

    def _close_log(self) -> None:
        if self.log is not None:
            os.close(self.log)
            self.log = None

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._pass_on()
            self._close_log()
            self.syncs_later = False
            if self.queue is not None:
                os.close(self.queue)
                self.queue = None

    def _take_turn(self) -> None:
        if self.is_in_memory_db():
            return
        if self.queue is None:
            path = f"{self.settings_dict['NAME']}-queue"
            self.queue = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.queue, fcntl.LOCK_EX)
        self.is_in_turn = True

    def _pass_on(self) -> None:
        if self.is_in_turn and self.queue is not None:
            fcntl.flock(self.queue, fcntl.LOCK_UN)
        self.is_in_turn = False
