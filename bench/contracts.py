"""A contract on ten million rows: ours beside the same aggregates written by hand, and beside three other tools.

Each is a process of its own on the same Parquet file, so that start and imports count for everyone.
THROUGHLINE_BENCH_ROWS sets the number of rows; THROUGHLINE_BENCH_PEERS=1 installs the other tools (bench/peers.py) and
runs them as well.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import peers
from bench.words import line

ROWS = int(os.environ.get("THROUGHLINE_BENCH_ROWS", "10000000"))
ROUNDS = 3
LIMIT_RATIO = 1.3
LIMIT_MIB = 400
MEMORY_MB = 320  # the default of THROUGHLINE_ENGINE_MEMORY_MB
HAND_MB = 210  # what is left of it for DuckDB itself
CONTRACT = Path(__file__).parent / "data" / "orders.odcs.yaml"

_DATA = """
    COPY (SELECT range::BIGINT AS order_id, md5(range::VARCHAR) AS customer_id,
        TIMESTAMP '2026-11-01' + INTERVAL (range % 2000000) SECOND AS event_ts,
        CASE WHEN random() < 0.005 THEN NULL ELSE random() * 1000 END AS amount,
        ['DE', 'FR', 'US', 'GB', 'JP', 'BR'][1 + (range % 6)] AS country,
        ['new', 'paid', 'shipped', 'returned'][1 + (range % 4)] AS status,
        random() AS score, (random() * 90)::INTEGER AS age, 'u' || range || '@example.org' AS email,
        'note ' || (range % 1000) AS note FROM range({rows})) TO '{path}' (FORMAT parquet)"""

# What a person would write who knows the file: the same figures, nothing else.
_BY_HAND = """
import duckdb, sys
path, aside, memory = sys.argv[1:]
c = duckdb.connect(config={"threads": 2, "memory_limit": memory, "temp_directory": aside})
c.execute("SET preserve_insertion_order=false")
c.execute('''
    SELECT count(*), count(*) - count(order_id),
        count_if(length(customer_id) < 32), count_if(length(customer_id) > 32),
        max(CASE WHEN event_ts <= now()::TIMESTAMP THEN event_ts END), min(event_ts),
        count_if(event_ts > now()::TIMESTAMP),
        count_if(NOT isfinite(amount)), count_if(amount < 0 OR isnan(amount)),
        count_if(amount > 1000 OR isnan(amount)), count(*) - count(amount),
        count_if(country NOT IN ('DE', 'FR', 'US', 'GB', 'JP', 'BR')), count_if(NOT isfinite(score)),
        count_if(NOT regexp_matches(email, '^[^@]+@[^@]+$'))
    FROM read_parquet(?)''', [path]).fetchall()
c.execute("SELECT count(DISTINCT order_id) FROM read_parquet(?)", [path]).fetchall()
"""

_OURS = """
import json, sys, yaml
from datetime import UTC, datetime
from pathlib import Path
from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.running import run_contract
from throughline.core.contracts.reading import read_contract
from throughline.core.places import Place, PlaceKind
path, contract, memory = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
result = run_contract(
    read_contract(yaml.safe_load(contract.read_text())), Place(PlaceKind.FILES, path=path.name),
    limits=Limits(folders=(path.parent.resolve(),), memory_mb=memory), now=datetime.now(UTC))
print(json.dumps({str(outcome): count for outcome, count in result.count().items()}))
"""


@dataclass(frozen=True)
class Timed:
    """`busy` is the time of the processors, which other work on the machine doesn't change."""

    seconds: float
    busy: float
    mib: float
    said: str
    code: int


def measure() -> Iterator[str]:
    """Lines to print: each figure beside its limit or its peer."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="throughline-bench-data-") as folder:
        data = Path(folder) / "orders.parquet"
        duckdb.sql(_DATA.format(rows=ROWS, path=data))
        aside = Path(folder) / "aside"
        aside.mkdir()
        hand = [sys.executable, "-c", _BY_HAND, str(data), str(aside), f"{HAND_MB}MB"]
        ours = [sys.executable, "-c", _OURS, str(data), str(CONTRACT), str(MEMORY_MB)]
        rounds = [(timed(hand), timed(ours)) for _ in range(ROUNDS)]
        by_hand = min((one for one, _ in rounds), key=lambda one: one.seconds)
        own = min((one for _, one in rounds), key=lambda one: one.seconds)
        if by_hand.code or own.code:
            yield f"NOT MEASURED: contract on {ROWS:,} rows: {by_hand.said or own.said}"
            return
        yield f"contract on {ROWS:,} rows × 10 columns × 11 rules: {own.seconds:.1f} s; {own.said}"
        yield f"  the same aggregates by hand: {by_hand.seconds:.1f} s"
        yield line("  times the aggregates by hand", own.seconds / by_hand.seconds, LIMIT_RATIO, digits=2)
        busy = min(one.busy for _, one in rounds) / min(one.busy for one, _ in rounds)
        yield line("  the same in the time of the processors", busy, LIMIT_RATIO, digits=2)
        yield line(
            "  peak memory of the process", max(one.mib for _, one in rounds), LIMIT_MIB, " MiB", digits=0
        )
        yield from _peers(data, by_hand)


def _peers(data: Path, by_hand: Timed) -> Iterator[str]:
    if os.environ.get("THROUGHLINE_BENCH_PEERS") != "1":
        yield "  other tools: not run; set THROUGHLINE_BENCH_PEERS=1 to install and run them"
        return
    for peer in peers.PEERS:
        command, why = peers.prepared(peer, data)
        if not command:
            yield f"  !! NOT RUN: {peer.name}: {why}"
            continue
        found = timed(command, environment=peer.environment, folder=data.parent)
        if found.code not in peer.answers:
            yield f"  !! FAILED: {peer.name}: {found.said[-300:]}"
            continue
        ratio = found.seconds / by_hand.seconds
        yield f"  {peer.name}: {found.seconds:.1f} s, {ratio:.1f} × by hand, {found.mib:.0f} MiB; {found.said[-100:]}"


def timed(
    command: Sequence[str], *, environment: dict[str, str] | None = None, folder: Path | None = None
) -> Timed:
    """Runs it under a small parent, whose children's peak memory is read when it ends."""
    wrapper = (
        "import json, resource, subprocess, sys, time; started = time.perf_counter(); "
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True); took = time.perf_counter() - started; "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); busy = used.ru_utime + used.ru_stime; "
        "said = done.stdout.strip()[-2000:] or done.stderr[-2000:]; "
        "print(json.dumps([took, busy, used.ru_maxrss / 1024, said, done.returncode]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", wrapper, *command],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        check=False,
    )
    if done.returncode:
        return Timed(0, 0, 0, done.stderr[-500:], -1)
    seconds, busy, mib, said, code = json.loads(done.stdout)
    return Timed(seconds, busy, mib, " ".join(said.split()), code)


if __name__ == "__main__":
    for said in measure():
        print(said, flush=True)
