"""The same contract on the same data has the same verdicts, whichever engine reads it: DuckDB, PostgreSQL, Spark."""

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_wine

from tests.adapters.engines.executed import document, outcomes, run
from throughline.adapters.engines.base import Limits
from throughline.core.contracts.results import RuleResult
from throughline.core.places import FileFormat, Place, PlaceKind
from tools import postgres

DAY = [datetime(2026, 11, 1 + n % 26, 9, tzinfo=UTC) for n in range(178)]
COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "logicalType": "integer", "required": True, "unique": True, "primaryKey": True},
    {
        "name": "alcohol",
        "logicalType": "number",
        "logicalTypeOptions": {"minimum": 11.5, "exclusiveMaximum": 14.83},
        "quality": [{"metric": "nullValues", "mustBeLessThan": 2, "unit": "percent"}],
    },
    {"name": "magnesium", "logicalType": "integer", "logicalTypeOptions": {"multipleOf": 2, "maximum": 151}},
    {"name": "hue", "logicalType": "integer"},
    {
        "name": "kind",
        "logicalType": "string",
        "logicalTypeOptions": {"pattern": "^class_[01]$", "minLength": 7, "maxLength": 7},
        "enum": [{"value": "class_0"}, {"value": "class_2"}],
        "quality": [
            {"metric": "invalidValues", "arguments": {"validValues": ["class_0"]}, "mustBeLessThan": 50},
            {"metric": "missingValues", "arguments": {"missingValues": ["class_1", None]}, "mustBe": 71},
            {"metric": "duplicateValues", "mustBe": 175},
        ],
    },
    {
        "name": "at",
        "logicalType": "timestamp",
        "logicalTypeOptions": {"minimum": "2026-11-02 00:00:00+00:00", "maximum": "2026-12-01"},
    },
    {"name": "flag", "logicalType": "boolean"},
    {"name": "gone", "logicalType": "string"},
    {
        "name": "kind_again",
        "physicalName": "kind",
        "logicalType": "string",
        "logicalTypeOptions": {"pattern": r"\d$"},
    },
]
RULES = [
    {"metric": "rowCount", "mustBeBetween": [178, 178]},
    {"type": "sql", "query": "SELECT avg(alcohol) FROM {object}", "mustBeBetween": [12.9, 13.1]},
    {"type": "sql", "query": "SELECT count(*) FROM wine WHERE kind = 'class_2'", "mustBe": 48},
    {"metric": "duplicateValues", "arguments": {"properties": ["kind", "flag"]}, "mustBe": 0},
]
LEVELS = [
    {"property": "freshness", "value": 6, "unit": "h", "element": "wine.at"},
    {"property": "retention", "value": 3, "unit": "weeks", "element": "wine.at"},
    {"property": "frequency", "value": 1, "unit": "day", "element": "wine.at"},
    {"property": "timeOfAvailability", "value": "08:00", "element": "wine.at"},
]
CONTRACT = document(COLUMNS, name="wine", quality=RULES, slaProperties=LEVELS)


@pytest.fixture(scope="module")
def wine() -> pa.Table:
    data = load_wine()
    names = dict(zip(data.feature_names, data.data.T, strict=True))
    alcohol = [None if n in (3, 5) else float(value) for n, value in enumerate(names["alcohol"])]
    return pa.table(
        {
            "id": pa.array([n or 1 for n in range(178)], pa.int64()),
            "alcohol": pa.array(alcohol, pa.float64()),
            "magnesium": pa.array([float(value) for value in names["magnesium"]], pa.float64()),
            "hue": pa.array([float(value) for value in names["hue"]], pa.float64()),
            "kind": pa.array([str(data.target_names[one]) for one in data.target]),
            "at": pa.array(DAY, pa.timestamp("us", tz="UTC")),
            "flag": pa.array([n % 2 == 0 for n in range(178)]),
        }
    )


@pytest.fixture(scope="module")
def by_duckdb(wine: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RuleResult]:
    folder = tmp_path_factory.mktemp("wine")
    pq.write_table(wine, folder / "wine.parquet")
    return run(CONTRACT, Place(PlaceKind.FILES, path="wine.parquet"), folders=[folder])


def figures(results: dict[str, RuleResult]) -> dict[str, Any]:
    """Averages differ in their last digits, by the order in which an engine adds."""
    return {rule: round(one.value, 9) for rule, one in results.items() if one.value is not None}


def test_what_duckdb_finds(by_duckdb: dict[str, RuleResult]) -> None:
    failed = {rule for rule, outcome in outcomes(by_duckdb).items() if outcome == "failed"}
    assert failed == {
        "wine.id.unique",
        "wine.primary_key",
        "wine.alcohol.minimum",
        "wine.alcohol.exclusive_maximum",
        "wine.magnesium.multiple_of",
        "wine.magnesium.maximum",
        "wine.hue.type",
        "wine.kind.pattern",
        "wine.kind.allowed_values",
        "wine.kind.quality.invalidValues",
        "wine.at.minimum",
        "wine.gone.present",
        "wine.quality.duplicateValues",
        "sla.retention",
    }
    assert {rule for rule, one in outcomes(by_duckdb).items() if one == "unknown"} == {"wine.gone.type"}


def test_postgres_says_the_same(wine: pa.Table, by_duckdb: dict[str, RuleResult]) -> None:
    with contextlib.ExitStack() as stack:
        url = os.environ.get(postgres.URL_VARIABLE) or stack.enter_context(postgres.throw_away())
        parts = urlsplit(url)
        connection = stack.enter_context(psycopg.connect(url, autocommit=True))
        stack.callback(connection.execute, "DROP TABLE IF EXISTS wine")
        connection.execute("DROP TABLE IF EXISTS wine")
        connection.execute(
            "CREATE TABLE wine (id bigint, alcohol double precision, magnesium double precision, "
            "hue double precision, kind text, at timestamptz, flag boolean)"
        )
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * 7)
            rows = [tuple(row.values()) for row in wine.to_pylist()]
            cursor.executemany(f"INSERT INTO wine VALUES ({marks})", rows)
        host, port = parts.hostname or "127.0.0.1", parts.port or 5432
        place = Place(
            PlaceKind.POSTGRES,
            host=host,
            port=port,
            database=parts.path.strip("/"),
            user=parts.username or "",
        )
        limits = Limits(allow_hosts=frozenset({f"{host}:{port}"}))
        found = run(CONTRACT, place, limits=limits, secrets={"password": parts.password or ""})
    assert outcomes(found) == outcomes(by_duckdb)
    assert figures(found) == figures(by_duckdb)


@pytest.mark.spark
def test_spark_says_the_same(
    wine: pa.Table, by_duckdb: dict[str, RuleResult], tmp_path: Path, java_program: str
) -> None:
    pq.write_table(wine, tmp_path / "wine.parquet")
    place = Place(PlaceKind.SPARK, path="wine.parquet", format=FileFormat.PARQUET)
    found = run(CONTRACT, place, folders=[tmp_path])
    assert outcomes(found) == outcomes(by_duckdb)
    assert figures(found) == figures(by_duckdb)


CSV = "id,n,day,at,ok,name\n1,1.5,2026-01-01,2026-11-26T10:00:00Z,true,a\n2,abc,2026-13-01,soon,yes,\n3,7,,,false,c\n"
CSV_COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "logicalType": "integer", "unique": True, "logicalTypeOptions": {"maximum": 2}},
    {"name": "n", "logicalType": "number", "logicalTypeOptions": {"maximum": 5, "minimum": 1.5}},
    {"name": "day", "logicalType": "date", "logicalTypeOptions": {"minimum": "2026-01-02"}},
    {"name": "at", "logicalType": "timestamp"},
    {"name": "ok", "logicalType": "boolean"},
    {"name": "name", "logicalType": "string", "required": True, "enum": [{"value": "a"}]},
]


@pytest.mark.spark
@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_text_files_are_read_alike_by_spark(tmp_path: Path, suffix: str, java_program: str) -> None:
    path = tmp_path / f"t.{suffix}"
    path.write_text(
        CSV if suffix == "csv" else '{"id": 1, "n": 0.5, "name": "a"}\n{"id": 2, "n": null, "name": "b"}\n'
    )
    columns = CSV_COLUMNS if suffix == "csv" else [CSV_COLUMNS[0], CSV_COLUMNS[1], CSV_COLUMNS[5]]
    content = document(
        columns, slaProperties=[{"property": "freshness", "value": 3, "unit": "h", "element": "t.at"}]
    )
    spark = run(content, Place(PlaceKind.SPARK, path=path.name), folders=[tmp_path])
    duck = run(content, Place(PlaceKind.FILES, path=path.name), folders=[tmp_path])
    assert outcomes(spark) == outcomes(duck)
    assert figures(spark) == figures(duck)
    if suffix == "csv":
        assert {rule for rule, one in outcomes(duck).items() if one == "failed"} == {
            "t.id.maximum",
            "t.n.type",
            "t.n.maximum",
            "t.day.type",
            "t.day.minimum",
            "t.at.type",
            "t.ok.type",
            "t.name.required",
            "t.name.allowed_values",
        }
