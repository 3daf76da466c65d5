"""Threads of one process that judge and then write, one after the other where that is faster."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from throughline.queries.statements import database

_turn = threading.Lock()


@contextmanager
def in_turn() -> Iterator[None]:
    """On SQLite all that a decision takes is work of this process, and threads that do it side by side only take the
    interpreter from each other. A database server works by itself meanwhile, so there nobody waits.

    Whoever is in a transaction holds up all writers already and must not wait here for one of them.
    """
    here = database()
    if here.vendor != "sqlite" or here.in_atomic_block:
        yield
        return
    with _turn:
        yield
