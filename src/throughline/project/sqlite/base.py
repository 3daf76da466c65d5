"""SQLite as the pages need it: writers take turns in the order in which they came, and instants are read quickly.

SQLite's own way of waiting sleeps and tries again, so that with many writers some wait a hundred times longer than
others, and the lock stands idle meanwhile. Here a transaction first takes a lock on a file beside the database, which
the operating system hands on at once. Transactions are all writers: reads run outside of them.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

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

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            self.straight(f"BEGIN {self.transaction_mode or ''}", (), bool)
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            self._pass_on()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._pass_on()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._pass_on()
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
