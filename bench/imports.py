"""How long does it take to read, check and import the federal inventory of 2,133 rows, and to take it back?"""

import time
from pathlib import Path

from bench.seed import NOW
from throughline.actions import imports
from throughline.actions.portfolio import create_program
from throughline.queries.access import system_actor

FILE = (
    Path(__file__).resolve().parents[2]
    / "shared"
    / "data"
    / "portfolio"
    / "us_federal_ai_inventory_2024.csv.gz"
)
LIMIT_S = 10.0


def measure() -> list[str]:
    """Lines to print: each figure beside its limit."""
    if not FILE.exists():
        return ["import of the federal inventory: not measured, the file is not beside the project"]
    actor = system_actor("cli")
    slug = f"import-{time.time_ns()}"
    program = create_program(actor=actor, name="Import", slug=slug, now=NOW)
    started = time.perf_counter()
    batch = imports.preview_import(
        actor=actor, program_id=program.pk, file_name=FILE.name, content=FILE.read_bytes(), now=NOW
    )
    checked = time.perf_counter()
    batch = imports.run_import(actor=actor, batch_id=batch.pk, expected_version=batch.version, now=NOW)
    imported = time.perf_counter()
    imports.undo_import(actor=actor, batch_id=batch.pk, now=NOW)
    undone = time.perf_counter()
    took = imported - started
    size = f"{batch.counts['rows']:,} rows × {len(batch.header)} columns"
    limit = f"limit {LIMIT_S:g} s, ratio {took / LIMIT_S:.2f}"
    return [
        f"import of {size}: {took:.1f} s, of which {checked - started:.1f} s to read and check ({limit})",
        f"undoing it: {undone - imported:.1f} s",
    ]
