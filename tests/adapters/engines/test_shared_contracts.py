"""Every contract that lies beside the project executes on data made for it, or says precisely why not."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.adapters.engines.executed import NOW, run
from tests.shared_data import SHARED, shared_file
from throughline.core.contracts.documents import Column, LogicalType
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.results import RuleOutcome
from throughline.core.contracts.types import Family, physical_of
from throughline.core.places import FileFormat, Place, PlaceKind

FOLDER = SHARED / "livesite" / "odcs"
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.odcs.yaml"))
_KINDS: dict[Family, Any] = {
    Family.INTEGER: pa.int32(),
    Family.FLOAT: pa.float64(),
    Family.DECIMAL: pa.decimal128(10, 2),
    Family.DATE: pa.date32(),
    Family.TIME: pa.time64("us"),
    Family.TIMESTAMP: pa.timestamp("us"),
    Family.BOOLEAN: pa.bool_(),
    Family.ARRAY: pa.list_(pa.string()),
    Family.OBJECT: pa.struct([("id", pa.string())]),
    Family.JSON: pa.string(),
}
_BY_LOGIC = {LogicalType.INTEGER: pa.int64(), LogicalType.NUMBER: pa.float64()}
_BY_LOGIC[LogicalType.TIMESTAMP] = pa.timestamp("us")
# All that may stand as a reason for what is not run, by its first words.
REASONS = (
    "It is written for soda",
    "Values inside lists are not looked into",
    "The contract has no table",
    "JSON values are not looked into",
    "There is no value",
    "“Phone” and VARCHAR cannot be compared",
    "“NameStyle” and VARCHAR cannot be compared",
    "“Flag” and VARCHAR cannot be compared",
    "“OrderNumber” and VARCHAR cannot be compared",
    "“AccountNumber” and VARCHAR cannot be compared",
    "It is stored as VARCHAR; its properties",
    "It is stored as TIMESTAMP",
    "The query returned null",
    "There are no rows",
)


def stored(column: Column) -> Any:
    family = physical_of(column.physical_type).family if column.physical_type else Family.OTHER
    if family is not Family.OTHER:
        return _KINDS.get(family, pa.string())
    return _BY_LOGIC.get(column.logical_type, pa.string()) if column.logical_type else pa.string()


@pytest.mark.parametrize("name", FILES or ["bench/orders-bench.odcs.yaml"])
def test_it_executes_or_says_precisely_why_not(tmp_path: Path, name: str) -> None:
    content = yaml.safe_load(shared_file("livesite", "odcs", name).read_text())
    contract = read_contract(content)
    assert contract.problems == ()
    for table in contract.tables:
        arrays = {one.stored_name: pa.array([None], stored(one)) for one in table.columns}
        pq.write_table(pa.table(arrays or {"x": [1]}), tmp_path / f"{table.stored_name}.parquet")
    place = Place(PlaceKind.FILES, path="{model}.parquet", format=FileFormat.PARQUET)
    found = run(content, place, folders=[tmp_path], now=NOW)
    unknown = [one for one in found.values() if one.outcome is RuleOutcome.UNKNOWN]
    assert [one.reason for one in unknown if not one.reason.startswith(REASONS)] == []
    if contract.tables:
        assert any(one.outcome is RuleOutcome.PASSED for one in found.values())


def test_the_bench_contract_says_what_the_recorded_run_of_the_leading_tool_could_not(tmp_path: Path) -> None:
    """It recorded a warning for each type of a Parquet column; here each is judged."""
    name = "bench/orders-bench.odcs.yaml"
    content = yaml.safe_load(shared_file("livesite", "odcs", name).read_text())
    columns = {
        "order_id": pa.array([1, 2, 2], pa.int64()),
        "customer_id": ["a" * 32] * 3,
        "event_ts": pa.array([NOW.replace(tzinfo=None)] * 3, pa.timestamp("us")),
        "amount": pa.array([1.0, None, 1000.5]),
        "country": ["DE", "XX", "FR"],
        "status": ["new", None, "paid"],
        "score": pa.array([0.5, 1.0004, 1.0]),
        "age": pa.array([0.5, 1.5, 2.0]),
        "email": ["a@b", "nobody", None],
    }
    pq.write_table(pa.table(columns), tmp_path / "orders5m.parquet")
    found = run(content, Place(PlaceKind.FILES, path="orders5m.parquet"), folders=[tmp_path], now=NOW)
    assert {rule for rule, one in found.items() if one.outcome == "failed"} == {
        "orders.order_id.unique",
        "orders.primary_key",
        "orders.amount.required",
        "orders.amount.maximum",
        "orders.amount.quality.nullValues",
        "orders.country.quality.invalidValues",
        "orders.score.maximum",
        "orders.age.type",
        "orders.email.pattern",
        "orders.quality.rowCount",
        "orders.quality.sql 2",
    } - ({"orders.quality.sql 2"} if 400 <= (1 + 1000.5) / 2 <= 600 else set())
    assert "unknown" not in {str(one.outcome) for one in found.values()}
