"""A contract runs in a process of its own: what crashes, hangs or grows there costs answers, and nothing here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.engines.executed import document
from throughline.adapters.engines import registry, running
from throughline.adapters.engines.base import EngineDown, Limits
from throughline.adapters.engines.running import Progress, run_contract
from throughline.core.contracts.documents import Contract
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.results import TestResult
from throughline.core.places import Place, PlaceKind

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
COLUMNS = [{"name": "a", "logicalType": "integer", "required": True}]


def ran(path: Path, content: Mapping[str, object] | None = None, **limits: int) -> TestResult:
    contract = read_contract(content or document(COLUMNS))
    bounds = Limits(folders=(path.parent,), **limits)  # type: ignore[arg-type]
    return run_contract(contract, Place(PlaceKind.FILES, path=path.name), limits=bounds, now=NOW)


def test_results_come_back_in_the_order_of_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n\nx\n")
    seen: list[Progress] = []
    result = run_contract(
        read_contract(document(COLUMNS)),
        Place(PlaceKind.FILES, path=path.name),
        limits=Limits(folders=(tmp_path,)),
        now=NOW,
        on_progress=seen.append,
    )
    assert [one.rule for one in result.results] == ["t.present", "t.a.present", "t.a.type", "t.a.required"]
    assert [str(one.outcome) for one in result.results] == ["passed", "passed", "failed", "failed"]
    assert (result.engine, result.place, result.rows, result.observed_at) == ("duckdb", "t.csv", 3, NOW)
    assert seen == [Progress(1, 1, "t")]
    assert result.seconds > 0


def test_a_place_that_is_not_there_leaves_nothing_passed(tmp_path: Path) -> None:
    result = ran(tmp_path / "absent.csv")
    assert {str(one.outcome) for one in result.results} == {"failed", "unknown"}
    assert all("no data file" in one.reason for one in result.results)
    assert result.rows is None


def test_time_that_runs_out_leaves_the_rest_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "GRACE_SECONDS", 3)
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "1\n" * 2_000)
    slow = "SELECT count(*) FROM t a, t b, t c, t d WHERE a.a || b.a <> c.a || d.a"
    rules = [{"type": "sql", "query": slow, "mustBe": 0}]
    result = ran(path, document(COLUMNS, quality=rules), seconds=2)
    by_rule = {one.rule: one for one in result.results}
    assert by_rule["t.a.required"].outcome == "passed"
    assert by_rule["t.quality.sql 1"].outcome == "unknown"
    assert "longer than" in by_rule["t.quality.sql 1"].reason


def test_no_setting_of_the_installation_reaches_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, str] = {}

    def remember(*_: object, **options: object) -> None:
        given.update(options["env"])  # type: ignore[call-overload]
        raise InterruptedError

    monkeypatch.setenv("THROUGHLINE_SECRET_KEY", "secret")
    monkeypatch.setattr(running.subprocess, "Popen", remember)
    with pytest.raises(InterruptedError):
        ran(tmp_path / "t.csv")
    assert given
    assert not any(name.startswith("THROUGHLINE") for name in given)


def in_a_fork(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> None:
    """The child runs this program instead of ours; it finds `child` and `registry` to its hand."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nexec {running.sys.executable} {tmp_path}/program.py\n")
    script.chmod(0o755)
    (tmp_path / "program.py").write_text(
        "import os, signal, sys, time\nsys.path[:0] = os.environ['PYTHONPATH'].split(os.pathsep)\n"
        "from contextlib import contextmanager\nfrom throughline.adapters.engines import child, registry\n"
        "from throughline.adapters.engines.base import Opened, Stored\nfrom throughline.core.places import PlaceKind\n"
        "class Doomed:\n    name = dialect = 'duckdb'\n"
        "    def open(self, table): return Opened(('t',), [Stored('a', 'BIGINT')])\n"
        f"    def rows(self, statement):\n        {program}\n"
        "@contextmanager\ndef opened(*_):\n    yield Doomed()\n"
        "registry.ENGINES = {**registry.ENGINES, PlaceKind.FILES: opened}\nchild.main()\n"
    )
    monkeypatch.setattr(running.sys, "executable", str(script))


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed (SIGSEGV)"),
        ("os._exit(3)", "ended without an answer (code 3)"),
        ("hoard = bytearray(600_000_000); time.sleep(30)", "more than the 320 MB"),
        ("time.sleep(60)", "longer than the 1 seconds"),
        ("raise RuntimeError('secret')", "The engine failed: RuntimeError."),
    ],
)
def test_whatever_ends_the_child_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, why: str
) -> None:
    in_a_fork(monkeypatch, tmp_path, program)
    monkeypatch.setattr(running, "GRACE_SECONDS", 2)
    result = ran(tmp_path / "t.csv", seconds=1 if "sleep(60)" in program else 60)
    by_rule = {one.rule: one for one in result.results}
    assert by_rule["t.a.type"].outcome == "passed"  # settled before the end
    assert by_rule["t.a.required"].outcome == "unknown"
    assert why in by_rule["t.a.required"].reason
    assert "secret" not in str(result)


def test_a_contract_without_rules_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    result = ran(path, {"id": "c", "apiVersion": "v3.1.0"})
    assert (result.results, result.outcome) == ((), "unknown")


def test_every_kind_of_place_has_an_engine() -> None:
    assert set(registry.ENGINES) == set(PlaceKind)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (PlaceKind.TRINO, "The driver trino is not installed here."),
        (PlaceKind.SNOWFLAKE, "The driver snowflake-connector-python is not installed here."),
        (PlaceKind.BIGQUERY, "The driver google-cloud-bigquery is not installed here."),
        (PlaceKind.DATABRICKS, "The driver databricks-sql-connector is not installed here."),
    ],
)
def test_a_missing_driver_is_named(kind: PlaceKind, why: str) -> None:
    place = Place(kind, host="example.com", catalog="c", schema="s")
    with pytest.raises(EngineDown) as caught, registry.ENGINES[kind](place, Contract("c"), Limits(), {}):
        pass
    assert caught.value.why == why
