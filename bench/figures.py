"""All figures, in the order in which they are printed."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import contract_import, contracts, imports, moves, pages, promises, seed, served, verdicts
from throughline.records.people import Person

PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "pages": pages.measure,
    "verdicts": verdicts.measure,
    "promises": promises.measure,
    "imports": imports.measure,
    "contract_import": contract_import.measure,
    "served": lambda: served.measure(Path(os.environ["THROUGHLINE_DATA_DIR"]), _token()),
    "moves": moves.measure,
    "contracts": contracts.measure,
}


def figures(models: int, parts: Sequence[str]) -> Iterator[str]:
    when, load = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", os.getloadavg()[0]
    yield f"{when}; load {load:.1f}; {os.cpu_count()} cores; {models:,} models"
    started = time.perf_counter()
    seed.fill(models)
    yield f"filled in {time.perf_counter() - started:.0f} s"
    for part in parts or PARTS:
        yield from PARTS[part]()


def _token() -> str:
    from throughline.actions.tokens import create_token
    from throughline.queries.access import actor_for

    person = Person.objects.filter(email__startswith="p0.").get()
    now = datetime.now(UTC)
    _, secret = create_token(
        actor=actor_for(person, door="cli", now=now),
        name="bench",
        scopes=("read",),
        expires_at=now + timedelta(days=1),
        now=now,
    )
    return secret
