"""SQLite as the pages need it: writers take turns in the order in which they came, and instants are read quickly.

SQLite's own way of waiting sleeps and tries again, so that with many writers some wait a hundred times longer than
others, and the lock stands idle meanwhile. Here a transaction first takes a lock on a file beside the database, which
the operating system hands on at once. Transactions are all writers: reads run outside of them.
"""

import fcntl
import os
from datetime import UTC, datetime

from django.db.backends.sqlite3 import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """Reads instants, of which lists hold many, by the shortest way: stored in UTC, they lack only the zone's name."""

    def convert_datetimefield_value(self, value: object, expression: object, connection: object) -> object:
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return super().convert_datetimefield_value(value, expression, connection)


class DatabaseWrapper(base.DatabaseWrapper):
    """Queues between BEGIN and COMMIT or ROLLBACK; statements outside a transaction don't queue."""

    ops_class = DatabaseOperations
    queue: int | None = None
    is_in_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave this hook out
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
