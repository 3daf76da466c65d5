"""How long does it take to import 1,000 contracts from one zip, and to find that all of them are known?"""

import io
import time
import zipfile
from collections import Counter

import yaml

from bench.seed import NOW
from bench.words import line
from throughline.actions.contracts import bulk
from throughline.actions.portfolio import create_program
from throughline.queries.access import system_actor

COUNT = 1_000
COLUMNS = 20
LIMIT_S = 20.0


def measure() -> list[str]:
    """Lines to print: each figure beside its limit."""
    actor = system_actor("cli")
    slug = f"contracts-{time.time_ns()}"
    program = create_program(actor=actor, name="Contracts", slug=slug, now=NOW)
    archive = _archive()
    took, counts = _imported(actor, program.pk, archive)
    again, known = _imported(actor, program.pk, archive)
    size = f"{COUNT:,} contracts of {COLUMNS} columns ({len(archive) / 1e6:.1f} MB zipped)"
    return [
        f"{line(f'import of {size}', took, LIMIT_S, ' s')}: {dict(counts)}",
        f"{line('the same again', again, LIMIT_S, ' s')}: {dict(known)}",
    ]


def _imported(actor: object, program_id: int, archive: bytes) -> tuple[float, Counter[str]]:
    started = time.perf_counter()
    found = bulk.import_many(
        actor=actor,  # type: ignore[arg-type]
        program_id=program_id,
        files=bulk.unpacked(archive),
        now=NOW,
    )
    return time.perf_counter() - started, Counter(one.state for one in found)


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(COUNT):
            archive.writestr(f"{number:04}.odcs.yaml", yaml.safe_dump(_document(number), sort_keys=False))
    return out.getvalue()


def _document(number: int) -> dict[str, object]:
    kinds = ("integer", "string", "number", "timestamp", "boolean")
    columns = [
        {
            "name": f"column_{n}", "logicalType": kinds[n % len(kinds)], "required": n % 3 == 0,
            "description": f"What column {n} of table {number} means, in a sentence.",
            "quality": [{"type": "library", "metric": "nullValues", "mustBe": 0}] if n % 4 == 0 else [],
        }
        for n in range(COLUMNS)
    ]  # fmt: skip
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": f"contract-{number}", "name": f"Contract {number}",
        "version": "1.0.0", "status": "active",
        "servers": [{"server": "lake", "type": "local", "path": f"{number}.parquet", "format": "parquet"}],
        "schema": [{"name": f"table_{number}", "properties": columns}],
        "slaProperties": [{"property": "freshness", "value": 1, "unit": "d", "element": f"table_{number}.column_3"}],
    }  # fmt: skip
