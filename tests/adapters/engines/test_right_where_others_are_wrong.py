"""Where the leading tool casts first, and so passes what is wrong: each case on a real file."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.adapters.engines.executed import NOW, on_file, outcomes

INTEGER = {"name": "x", "logicalType": "integer"}


def parquet(folder: Path, **columns: Any) -> Path:
    path = folder / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_a_double_column_with_halves_is_no_integer(tmp_path: Path) -> None:
    found = on_file(parquet(tmp_path, x=[0.5, 1.5, 2.0]), [INTEGER])["t.x.type"]
    assert (found.outcome, found.value) == ("failed", 2)
    assert found.reason == "2 of 3 rows are not of this type (stored as DOUBLE)."


def test_a_double_column_of_whole_numbers_is_an_integer(tmp_path: Path) -> None:
    found = on_file(parquet(tmp_path, x=[1.0, None, 1e17]), [INTEGER])["t.x.type"]
    assert found.outcome == "passed"
    assert "stored as DOUBLE" in found.found


def test_text_is_no_integer_even_when_it_reads_as_one(tmp_path: Path) -> None:
    found = on_file(parquet(tmp_path, x=["10", "11"]), [INTEGER])["t.x.type"]
    assert (found.outcome, found.reason) == ("failed", "It is stored as VARCHAR.")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0004], pa.float64()),
        ([1.0004], pa.float32()),
        ([Decimal("1.0004")], pa.decimal128(10, 4)),
    ],
)
def test_a_little_above_the_maximum_fails(tmp_path: Path, values: list[Any], kind: pa.DataType) -> None:
    path = parquet(tmp_path, x=pa.array(values, kind))
    number = {"name": "x", "logicalType": "number", "logicalTypeOptions": {"maximum": 1}}
    assert on_file(path, [number])["t.x.maximum"].outcome == "failed"


def test_a_single_precision_column_meets_a_limit_of_its_own_precision(tmp_path: Path) -> None:
    path = parquet(tmp_path, x=pa.array([0.1], pa.float32()))
    number = {"name": "x", "logicalType": "number", "logicalTypeOptions": {"maximum": 0.1, "minimum": 0.1}}
    found = on_file(path, [number])
    assert found["t.x.maximum"].outcome == found["t.x.minimum"].outcome == "passed"


@pytest.mark.parametrize("value", [1e17, 3_000_000_000.0, math.nan, math.inf, -math.inf])
def test_one_strange_value_costs_no_other_check(tmp_path: Path, value: float) -> None:
    path = parquet(tmp_path, x=[1.0, value], y=["a", "b"], z=[1, 2])
    columns = [
        {
            **INTEGER,
            "required": True,
            "logicalTypeOptions": {"minimum": 0, "maximum": 10**18, "format": "i64"},
        },
        {"name": "y", "logicalType": "string", "unique": True, "logicalTypeOptions": {"maxLength": 1}},
        {"name": "z", "logicalType": "integer", "logicalTypeOptions": {"maximum": 1}},
    ]
    found = outcomes(on_file(path, columns))
    assert "unknown" not in found.values()
    assert found["t.z.maximum"] == "failed"
    assert found["t.y.unique"] == found["t.y.max_length"] == found["t.x.required"] == "passed"
    assert found["t.x.type"] == ("passed" if math.isfinite(value) else "failed")


def test_an_id_of_three_billion_is_a_whole_number(tmp_path: Path) -> None:
    path = parquet(tmp_path, x=[1, 3_000_000_000])
    found = outcomes(on_file(path, [{**INTEGER, "unique": True, "logicalTypeOptions": {"minimum": 1}}]))
    assert set(found.values()) == {"passed"}


def test_an_id_of_three_billion_does_not_fit_32_bits(tmp_path: Path) -> None:
    path = parquet(tmp_path, x=[1, 3_000_000_000])
    found = on_file(path, [{**INTEGER, "logicalTypeOptions": {"format": "i32"}}])["t.x.format"]
    assert (found.outcome, found.value) == ("failed", 1)


def test_one_cell_of_words_among_numbers_costs_no_other_check(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,5\nabc,6\n3,7\n")
    columns = [
        {**INTEGER, "required": True, "logicalTypeOptions": {"minimum": 1, "maximum": 2}},
        {"name": "y", "logicalType": "integer", "unique": True},
    ]
    found = on_file(path, columns)
    assert (found["t.x.type"].outcome, found["t.x.type"].value) == ("failed", 1)
    assert (found["t.x.maximum"].outcome, found["t.x.maximum"].value) == ("failed", 1)
    assert found["t.x.minimum"].outcome == found["t.x.required"].outcome == "passed"
    assert found["t.y.type"].outcome == found["t.y.unique"].outcome == "passed"


@pytest.mark.parametrize(
    ("stored", "declared", "outcome"),
    [
        (pa.int64(), "BIGINT", "passed"),
        (pa.int64(), "int", "failed"),
        (pa.int32(), "integer", "passed"),
        (pa.float64(), "double", "passed"),
        (pa.float64(), "BIGINT", "failed"),
        (pa.string(), "varchar", "passed"),
        (pa.string(), "bigint", "failed"),
        (pa.timestamp("us"), "timestamp", "passed"),
        (pa.timestamp("us", tz="UTC"), "timestamptz", "passed"),
        (pa.timestamp("us"), "timestamptz", "failed"),
        (pa.date32(), "timestamp", "failed"),
        (pa.bool_(), "boolean", "passed"),
        (pa.decimal128(10, 2), "decimal(10,2)", "passed"),
        (pa.decimal128(10, 2), "decimal(12,4)", "failed"),
        (pa.list_(pa.int32()), "array", "passed"),
        (pa.int32(), "Phone", "unknown"),
    ],
)
def test_physical_types_of_parquet_are_compared(
    tmp_path: Path, stored: pa.DataType, declared: str, outcome: str
) -> None:
    path = parquet(tmp_path, x=pa.array([None], stored))
    assert on_file(path, [{"name": "x", "physicalType": declared}])["t.x.physical_type"].outcome == outcome


@pytest.mark.parametrize(
    ("stored", "logical", "outcome"),
    [
        (pa.int64(), "string", "failed"),
        (pa.int64(), "number", "passed"),
        (pa.int64(), "boolean", "failed"),
        (pa.bool_(), "integer", "failed"),
        (pa.date32(), "date", "passed"),
        (pa.date32(), "timestamp", "failed"),
        (pa.string(), "date", "failed"),
        (pa.string(), "timestamp", "failed"),
        (pa.time64("us"), "time", "passed"),
        (pa.struct([("a", pa.int32())]), "object", "passed"),
        (pa.list_(pa.int32()), "array", "passed"),
        (pa.list_(pa.int32()), "object", "failed"),
        (pa.decimal128(10, 0), "integer", "passed"),
    ],
)
def test_logical_types_of_parquet_are_real(
    tmp_path: Path, stored: pa.DataType, logical: str, outcome: str
) -> None:
    path = parquet(tmp_path, x=pa.array([None], stored))
    assert on_file(path, [{"name": "x", "logicalType": logical}])["t.x.type"].outcome == outcome


def test_a_timestamp_at_midnight_is_a_date_and_one_at_noon_is_none(tmp_path: Path) -> None:
    day = {"name": "x", "logicalType": "date"}
    assert on_file(parquet(tmp_path, x=[datetime(2026, 1, 1)]), [day])["t.x.type"].outcome == "passed"
    assert on_file(parquet(tmp_path, x=[datetime(2026, 1, 1, 12)]), [day])["t.x.type"].outcome == "failed"


def level(name: str, value: Any, unit: str = "", element: str = "t.at", **more: Any) -> dict[str, Any]:
    return {"slaProperties": [{"property": name, "value": value, "unit": unit, "element": element, **more}]}


AT = [{"name": "at", "logicalType": "timestamp"}, {"name": "there", "logicalType": "timestamp"}]


def kept(tmp_path: Path, moments: list[datetime], promised: dict[str, Any], **columns: Any) -> str:
    there = columns.pop("there", moments)
    path = parquet(tmp_path, at=moments, there=there)
    (name,) = [one["property"] for one in promised["slaProperties"]]
    return str(on_file(path, AT, **promised)[f"sla.{name}"].outcome)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAIVE = NOW.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("age", "outcome"), [(23 * HOUR, "passed"), (24 * HOUR, "passed"), (25 * HOUR, "failed")]
)
def test_freshness_is_the_age_of_the_newest_value(tmp_path: Path, age: timedelta, outcome: str) -> None:
    assert kept(tmp_path, [NAIVE - 90 * DAY, NAIVE - age], level("freshness", 24, "h")) == outcome


def test_a_value_from_the_future_makes_nothing_fresh(tmp_path: Path) -> None:
    assert kept(tmp_path, [NAIVE - 9 * DAY, NAIVE + DAY], level("freshness", 1, "d")) == "failed"
    assert kept(tmp_path, [NAIVE + DAY], level("freshness", 1, "d")) == "failed"


@pytest.mark.parametrize(("days", "outcome"), [(365, "passed"), (366, "failed")])
def test_retention_allows_nothing_older(tmp_path: Path, days: int, outcome: str) -> None:
    assert kept(tmp_path, [NAIVE - days * DAY, NAIVE], level("retention", 1, "y")) == outcome


def test_frequency_wants_a_value_in_every_whole_period(tmp_path: Path) -> None:
    daily = [NAIVE - n * DAY for n in range(1, 9)]
    assert kept(tmp_path, daily, level("frequency", 1, "d")) == "passed"
    assert kept(tmp_path, [*daily[:3], *daily[4:]], level("frequency", 1, "d")) == "failed"
    assert kept(tmp_path, [NAIVE], level("frequency", 1, "d")) == "unknown"
    assert kept(
        tmp_path, [NAIVE - 40 * DAY, *[NAIVE - n * DAY for n in range(1, 31)]], level("frequency", 1, "d")
    ) == ("passed")
    monthly = [datetime(2026, month, 3) for month in range(1, 11)]
    assert kept(tmp_path, monthly, level("frequency", 1, "month")) == "passed"
    assert kept(tmp_path, [*monthly[:4], *monthly[5:]], level("frequency", 1, "month")) == "failed"


def test_latency_is_the_age_of_the_newest_value_or_the_longest_delay_of_a_row(tmp_path: Path) -> None:
    moments = [NAIVE - 30 * DAY, NAIVE - 3 * HOUR]
    assert kept(tmp_path, moments, level("latency", 4, "h")) == "passed"
    assert kept(tmp_path, moments, level("latency", 2, "h")) == "failed"
    arrival = {"customProperties": [{"property": "arrivalElement", "value": "t.there"}]}
    late = [moments[0] + 5 * HOUR, moments[1] + HOUR]
    assert kept(tmp_path, moments, level("latency", 4, "h", **arrival), there=late) == "failed"
    assert kept(tmp_path, moments, level("latency", 5, "h", **arrival), there=late) == "passed"


@pytest.mark.parametrize(
    ("newest", "clock", "outcome"),
    [
        (datetime(2026, 11, 25, 0, 0), "09:00", "passed"),  # yesterday's data, and nine has passed
        (datetime(2026, 11, 24, 23, 59), "09:00", "failed"),
        (datetime(2026, 11, 24, 23, 59), "13:00", "passed"),  # not due before one o'clock
        (
            datetime(2026, 11, 24, 8, 0),
            "09:00-08:00",
            "passed",
        ),  # nine o'clock there is 17:00 UTC, still to come
        (datetime(2026, 11, 24, 7, 59), "09:00-08:00", "failed"),
    ],
)
def test_time_of_availability_asks_for_the_day_before(
    tmp_path: Path, newest: datetime, clock: str, outcome: str
) -> None:
    assert kept(tmp_path, [newest], level("timeOfAvailability", clock)) == outcome


@pytest.mark.parametrize("unit", ["d", "day", "days", "D"])
def test_units_of_time_mean_one_thing(tmp_path: Path, unit: str) -> None:
    assert kept(tmp_path, [NAIVE - 25 * HOUR], level("freshness", 2, unit)) == "passed"
    assert kept(tmp_path, [NAIVE - 49 * HOUR], level("freshness", 2, unit)) == "failed"


def test_a_unit_with_two_meanings_is_unknown(tmp_path: Path) -> None:
    assert kept(tmp_path, [NAIVE], level("freshness", 2, "m")) == "unknown"


def test_rules_that_cannot_be_run_are_unknown_with_their_reason(tmp_path: Path) -> None:
    path = parquet(tmp_path, x=["a"], n=[1])
    columns = [
        {"name": "x", "logicalType": "string", "logicalTypeOptions": {"pattern": "(?<=a)b"}},
        {"name": "n", "logicalType": "integer", "quality": [{"metric": "invalidValues", "mustBe": 0}]},
    ]
    rules = [
        {"type": "text", "description": "People like it"},
        {"type": "custom", "engine": "soda", "implementation": "x"},
        {"type": "sql", "query": "SELECT nothing FROM t", "mustBe": 0},
        {"type": "sql", "query": "DROP TABLE t", "mustBe": 0},
        {"type": "sql", "query": "SELECT count(*) FROM elsewhere", "mustBe": 0},
        {"metric": "rowCount"},
        {"metric": "rowCount", "mustBe": 1},
    ]
    found = on_file(path, columns, quality=rules)
    unknown = [one for one in found.values() if one.outcome == "unknown"]
    assert all(one.reason for one in unknown)
    assert len(unknown) == 8
    assert found["t.quality.rowCount 2"].outcome == "passed"
    assert found["t.x.type"].outcome == found["t.n.type"].outcome == "passed"


def test_dates_are_compared_with_their_limits(tmp_path: Path) -> None:
    path = parquet(tmp_path, x=[date(2020, 1, 1), date(2021, 1, 1)])
    options = {"exclusiveMinimum": "2020-01-01", "maximum": "2021-01-01"}
    found = on_file(path, [{"name": "x", "logicalType": "date", "logicalTypeOptions": options}])
    assert (found["t.x.exclusive_minimum"].value, found["t.x.maximum"].value) == (1, 0)


def test_instants_are_compared_across_zones(tmp_path: Path) -> None:
    moment = datetime(2020, 1, 1, 0, 0, tzinfo=UTC)
    path = parquet(tmp_path, x=pa.array([moment], pa.timestamp("us", tz="UTC")))
    for limit, outcome in (("2020-01-01 00:00:00+10:00", "passed"), ("2020-01-01 00:00:00-10:00", "failed")):
        column = {"name": "x", "logicalType": "timestamp", "logicalTypeOptions": {"minimum": limit}}
        assert on_file(path, [column])["t.x.minimum"].outcome == outcome
