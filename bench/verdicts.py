"""How long do the verdicts of all models take, and one gate with its loading?"""

import time

from bench.seed import NOW
from bench.words import line
from throughline.project.serving import get_ready_to_fork
from throughline.queries.access import system_actor
from throughline.queries.moves import gate_report, verdicts
from throughline.queries.portfolio import model_row, models

ALL_LIMIT_S, ONE_LIMIT_MS = 10.0, 20.0
CHUNK = 1000


def measure() -> list[str]:
    """Lines to print: each figure beside its limit."""
    get_ready_to_fork()  # so that the collector of cycles works as it does in a web worker
    actor = system_actor("cli")
    rows = list(models(actor))
    started = time.perf_counter()
    judged = sum(len(verdicts(rows[n : n + CHUNK], now=NOW)) for n in range(0, len(rows), CHUNK))
    took = time.perf_counter() - started
    times = sorted(_one(row.pk) for row in rows[:200])
    return [
        line(f"verdicts of {judged:,} of {len(rows):,} models", took, ALL_LIMIT_S, " s"),
        line("one gate with loading, median of 200", times[100], ONE_LIMIT_MS, " ms"),
        line("one gate with loading, 95 of 100", times[190], ONE_LIMIT_MS, " ms"),
    ]


def _one(model_id: int) -> float:
    started = time.perf_counter()
    gate_report(model_row(system_actor("cli"), model_id), now=NOW)
    return (time.perf_counter() - started) * 1000
