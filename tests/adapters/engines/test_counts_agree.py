"""On random small tables, what the engine counts is what plain Python counts."""

import math
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.engines.executed import on_file

PATTERN = "^[ab]+$"
VALID = ["a", "ab", ""]
numbers = st.none() | st.floats(width=64) | st.integers(-5, 5).map(float)
wholes = st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5)
words = st.none() | st.text(st.sampled_from("ab1é \n'\\"), max_size=4)
rows = st.lists(st.tuples(numbers, wholes, words), max_size=12)
limits = st.integers(-3, 3) | st.floats(-3, 3).map(lambda value: round(value, 2))

COLUMNS: list[dict[str, Any]] = [
    {"name": "n", "logicalType": "integer", "required": True, "logicalTypeOptions": {}},
    {"name": "w", "logicalType": "integer", "unique": True, "logicalTypeOptions": {}},
    {
        "name": "s",
        "logicalType": "string",
        "logicalTypeOptions": {"pattern": PATTERN, "minLength": 2, "maxLength": 3},
        "enum": [{"value": value} for value in VALID],
        "quality": [
            {"metric": "missingValues", "arguments": {"missingValues": [None, "a"]}, "mustBe": 0},
            {"metric": "duplicateValues", "mustBe": 0},
        ],
    },
]


def surplus(values: list[Any]) -> int:
    present = [value for value in values if value is not None]
    return len(present) - len(Counter(present))


def expected(table: list[tuple[Any, Any, Any]], low: float, high: float) -> dict[str, int]:
    n = [row[0] for row in table if row[0] is not None]
    w = [row[1] for row in table if row[1] is not None]
    s = [row[2] for row in table if row[2] is not None]
    return {
        "t.n.required": len(table) - len(n),
        "t.n.type": sum(not math.isfinite(one) or one != math.floor(one) for one in n),
        "t.n.minimum": sum(math.isnan(one) or one < low for one in n),
        "t.n.maximum": sum(math.isnan(one) or one > high for one in n),
        "t.w.exclusive_minimum": sum(one <= low for one in w),
        "t.w.exclusive_maximum": sum(one >= high for one in w),
        "t.w.unique": surplus(w),
        "t.s.pattern": sum(not re.search(r"\A[ab]+\Z", one) for one in s),
        "t.s.min_length": sum(len(one) < 2 for one in s),
        "t.s.max_length": sum(len(one) > 3 for one in s),
        "t.s.allowed_values": sum(one not in VALID for one in s),
        "t.s.quality.missingValues": sum(row[2] in (None, "a") for row in table),
        "t.s.quality.duplicateValues": surplus([row[2] for row in table]),
    }


@pytest.mark.slow
@settings(max_examples=25)
@given(rows, limits, limits)
def test_counts_of_parquet_are_those_of_plain_python(
    table: list[tuple[Any, Any, Any]], low: float, high: float
) -> None:
    COLUMNS[0]["logicalTypeOptions"] = {"minimum": low, "maximum": high}
    COLUMNS[1]["logicalTypeOptions"] = {"exclusiveMinimum": low, "exclusiveMaximum": high}
    columns = list(zip(*table, strict=True)) if table else [(), (), ()]
    kinds = zip("nws", columns, (pa.float64(), pa.int64(), pa.string()), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.parquet"
        pq.write_table(pa.table({name: pa.array(values, kind) for name, values, kind in kinds}), path)
        found = on_file(path, COLUMNS)
    wanted = expected(table, low, high)
    assert {rule: found[rule].value for rule in wanted} == wanted
    assert all((found[rule].outcome == "failed") is (count > 0) for rule, count in wanted.items())
    assert "unknown" not in {str(one.outcome) for one in found.values()}


digits = st.sampled_from(
    ["1", "-2", "+3", "1.5", "1e3", "", "abc", "٣", "0x1", " 1", "nan", "99999999999999999999"]
)


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.tuples(digits, digits), min_size=1, max_size=8))
def test_text_of_csv_reads_as_numbers_where_a_number_is_written(table: list[tuple[str, str]]) -> None:
    columns = [
        {"name": "i", "logicalType": "integer", "logicalTypeOptions": {"maximum": 2}},
        {"name": "n", "logicalType": "number", "logicalTypeOptions": {"maximum": 2}},
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("i,n\n" + "".join(f"{i},{n}\n" for i, n in table))
        found = on_file(path, columns)
    whole, number = re.compile("[+-]?[0-9]+"), re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?")
    assert found["t.i.type"].value == sum(not whole.fullmatch(one) for one, _ in table if one)
    assert found["t.n.type"].value == sum(not number.fullmatch(one) for _, one in table if one)
    for rule in ("t.i.maximum", "t.n.maximum"):
        assert found[rule].outcome != "unknown"
