"""Decisions of one process take turns on SQLite, and nobody who holds up the writers waits for one of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from throughline.queries.turns import in_turn

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S, MOMENT_S = 30, 0.2


@contextmanager
def somebody_in_turn() -> Iterator[None]:
    """Another thread has its turn meanwhile."""
    has_it, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with in_turn():
            has_it.set()
            is_over.wait(PATIENCE_S)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_it.wait(PATIENCE_S)
    try:
        yield
    finally:
        is_over.set()
        thread.join(PATIENCE_S)


def next_one() -> tuple[threading.Thread, threading.Event]:
    came = threading.Event()

    def come() -> None:
        with in_turn():
            came.set()

    thread = threading.Thread(target=come)
    thread.start()
    return thread, came


def test_the_next_one_waits_where_one_file_is_written() -> None:
    with somebody_in_turn():
        thread, came = next_one()
        assert came.wait(MOMENT_S) is (connection.vendor != "sqlite")
    thread.join(PATIENCE_S)
    assert came.is_set()


def test_a_turn_ends_with_a_failure_too() -> None:
    with pytest.raises(LookupError), in_turn():
        raise LookupError
    thread, came = next_one()
    thread.join(PATIENCE_S)
    assert came.is_set()


def test_whoever_is_in_a_transaction_does_not_wait() -> None:
    with somebody_in_turn(), transaction.atomic(), in_turn():
        assert connection.in_atomic_block
