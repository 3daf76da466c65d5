"""Statements that go past Django's cursor fail, and are listened to, like those that go through it."""

from operator import attrgetter, methodcaller
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.db.utils import IntegrityError, OperationalError
from django.test.utils import CaptureQueriesContext

from tests.make import World

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL goes through Django's cursor"),
]
ROWS = methodcaller("fetchall")
# The sign of a pattern means something else to Django's cursor.
PERCENT = "SELECT name, '100%', ? FROM program WHERE name LIKE 'C%'"


def straight(text: str, *given: Any, take: Any = ROWS) -> Any:
    return connection.straight(text, given, take)  # type: ignore[attr-defined]


def test_it_gives_what_is_taken() -> None:
    program = World().program
    assert straight("SELECT id FROM program WHERE id = ?", program.pk) == [(program.pk,)]
    assert (
        straight("UPDATE program SET name = name WHERE id = ?", program.pk, take=attrgetter("rowcount")) == 1
    )


def test_listeners_hear_of_it_and_get_the_same() -> None:
    World()
    unheard = straight(PERCENT, "?")
    with CaptureQueriesContext(connection) as heard:
        assert straight(PERCENT, "?") == unheard
    assert len(heard) == 1
    texts: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        texts.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        assert straight(PERCENT, "?") == unheard
    assert len(texts) == 1


def test_faults_are_djangos() -> None:
    program = World().program
    with pytest.raises(OperationalError, match="no such table"):
        straight("SELECT 1 FROM nowhere")
    with pytest.raises(IntegrityError, match="UNIQUE"), transaction.atomic():
        straight("INSERT INTO program SELECT * FROM program WHERE id = ?", program.pk)


def test_nothing_runs_in_a_transaction_that_is_broken() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            straight("SELECT 1")
