"""Other tools that execute contracts or rules, installed for the benchmark alone, each in its own environment."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(os.environ.get("THROUGHLINE_BENCH_CACHE", "~/.cache/throughline-bench")).expanduser()
INSTALL_SECONDS = 900


@dataclass(frozen=True)
class Peer:
    """`files` are written beside the data, `{path}` standing for it; `command` is run there, its first word a program
    of the peer's own environment."""

    name: str
    folder: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    answers: tuple[int, ...] = (0,)  # the exit codes with which it has done its work


# The same eleven rules as in bench/data/orders.odcs.yaml, in the words of each.
_SODA_CHECKS = """
checks for orders:
  - row_count > 1000
  - missing_count(order_id) = 0
  - duplicate_count(order_id) = 0
  - invalid_count(customer_id) = 0:
      valid min length: 32
      valid max length: 32
  - invalid_count(amount) = 0:
      valid min: 0
      valid max: 1000
  - missing_percent(amount) < 1
  - invalid_count(country) = 0:
      valid values: [DE, FR, US, GB, JP, BR]
  - invalid_count(email) = 0:
      valid regex: ^[^@]+@[^@]+$
  - freshness(event_ts) < 24h
"""
_SODA_PROGRAM = """
import duckdb
from soda.scan import Scan
connection = duckdb.connect(config={"threads": 2})
connection.execute("CREATE VIEW orders AS SELECT * FROM read_parquet('{path}')")
scan = Scan()
scan.disable_telemetry()
scan.add_duckdb_connection(connection)
scan.set_data_source_name("duckdb")
scan.add_sodacl_yaml_files("soda_checks.yml")
scan.execute()
results = scan.get_scan_results()
outcomes = [check["outcome"] for check in results["checks"]]
print({outcome: outcomes.count(outcome) for outcome in set(outcomes)})
"""
_GX_PROGRAM = """
import great_expectations as gx
import pandas as pd
context = gx.get_context(mode="ephemeral")
frame = pd.read_parquet("{path}")
batch = context.data_sources.add_pandas("orders").add_dataframe_asset("orders") \\
    .add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
e = gx.expectations
wanted = [
    e.ExpectTableRowCountToBeBetween(min_value=1001),
    e.ExpectColumnValuesToNotBeNull(column="order_id"),
    e.ExpectColumnValuesToBeUnique(column="order_id"),
    e.ExpectColumnValueLengthsToBeBetween(column="customer_id", min_value=32, max_value=32),
    e.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=1000),
    e.ExpectColumnValuesToNotBeNull(column="amount", mostly=0.99),
    e.ExpectColumnValuesToBeInSet(column="country", value_set=["DE", "FR", "US", "GB", "JP", "BR"]),
    e.ExpectColumnValuesToMatchRegex(column="email", regex="^[^@]+@[^@]+$"),
    e.ExpectColumnMaxToBeBetween(column="event_ts", min_value=pd.Timestamp.now() - pd.Timedelta(hours=24)),
]
outcomes = [batch.validate(one).success for one in wanted]
print({outcome: outcomes.count(outcome) for outcome in set(outcomes)})
"""
_QUIET = {"GX_ANALYTICS_ENABLED": "False", "SODA_TELEMETRY": "false", "DATACONTRACT_TELEMETRY": "false"}
PEERS = (
    Peer(
        "datacontract-cli",
        "datacontract",
        ("datacontract-cli[duckdb]",),
        ("datacontract", "test", "orders.odcs.yaml"),
        {"orders.odcs.yaml": (Path(__file__).parent / "data" / "orders.odcs.yaml").read_text()},
        _QUIET,
        (0, 1),
    ),
    Peer(
        "Soda (usage traces off)",
        "soda",
        ("soda-core-duckdb", "setuptools<81"),
        ("python", "soda_program.py"),
        {"soda_checks.yml": _SODA_CHECKS, "soda_program.py": _SODA_PROGRAM},
        _QUIET,
    ),
    Peer(
        "Great Expectations (pandas)",
        "gx",
        ("great_expectations", "pandas", "pyarrow"),
        ("python", "gx_program.py"),
        {"gx_program.py": _GX_PROGRAM},
        _QUIET,
    ),
)


def prepared(peer: Peer, data: Path) -> tuple[Sequence[str], str]:
    """The command to run beside the data, or nothing and why it cannot be."""
    home = CACHE / peer.folder
    if why := _installed(peer, home):
        return (), why
    for name, content in peer.files.items():
        (data.parent / name).write_text(content.replace("{path}", str(data)))
    return (str(home / "bin" / peer.command[0]), *peer.command[1:]), ""


def _installed(peer: Peer, home: Path) -> str:
    """Once; later runs find it in the cache. Says why where it cannot be had."""
    if (home / "complete").exists():
        return ""
    print(f"  installing {peer.name} into {home} ...", flush=True)
    steps = (
        [sys.executable, "-m", "venv", str(home)],
        [str(home / "bin" / "pip"), "install", "--quiet", *peer.packages],
    )
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"it was not installed within {INSTALL_SECONDS} s"
        if done.returncode:
            return f"it cannot be installed ({' '.join(done.stderr.split())[-300:]})"
    (home / "complete").touch()
    return ""
