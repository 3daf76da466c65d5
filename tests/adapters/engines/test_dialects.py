"""One plan in seven dialects: each statement reads back in its dialect, and is what was looked at once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlglot

from tests.adapters.engines.executed import document
from throughline.adapters.engines import statements
from throughline.adapters.engines.base import Stored
from throughline.adapters.engines.compiling import Plan, compile_table
from throughline.adapters.engines.dialects import strptime_of
from throughline.adapters.engines.warehouse import columns_statement
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.rules import rules_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DIALECTS = ("duckdb", "postgres", "spark", "trino", "snowflake", "bigquery", "databricks")
SNAPSHOTS = Path(__file__).parent / "statements"
NUMERIC = "numeric(10,2)"
# The words of each engine for: big integer, double, decimal, text, date, an instant, list of integers.
TYPES = {
    "duckdb": (
        "BIGINT",
        "DOUBLE",
        "DECIMAL(10,2)",
        "VARCHAR",
        "DATE",
        "TIMESTAMP WITH TIME ZONE",
        "INTEGER[]",
    ),
    "postgres": (
        "bigint",
        "double precision",
        "numeric(10,2)",
        "text",
        "date",
        "timestamp with time zone",
        "integer[]",
    ),
    "spark": ("bigint", "double", "decimal(10,2)", "string", "date", "timestamp", "array<int>"),
    "trino": (
        "bigint",
        "double",
        "decimal(10,2)",
        "varchar",
        "date",
        "timestamp(3) with time zone",
        "array(integer)",
    ),
    "snowflake": ("NUMBER(38,0)", "FLOAT", "NUMBER(10,2)", "TEXT", "DATE", "TIMESTAMP_TZ", "ARRAY"),
    "bigquery": ("INT64", "FLOAT64", "NUMERIC(10, 2)", "STRING", "DATE", "TIMESTAMP", "ARRAY<INT64>"),
    "databricks": ("BIGINT", "DOUBLE", "DECIMAL(10,2)", "STRING", "DATE", "TIMESTAMP", "ARRAY<INT>"),
}
NAMES = ("id", "score", "price", "code", "day", "at", "tags")
COLUMNS = [
    {"name": "id", "logicalType": "integer", "required": True, "unique": True},
    {
        "name": "score",
        "logicalType": "integer",
        "logicalTypeOptions": {"minimum": 0, "maximum": 1, "multipleOf": 0.5},
    },
    {"name": "price", "logicalType": "integer", "logicalTypeOptions": {"exclusiveMinimum": 0.5}},
    {
        "name": "code",
        "logicalType": "string",
        "logicalTypeOptions": {"pattern": r"^\d+'$", "minLength": 2},
        "enum": [{"value": "it's"}, {"value": "b\\c"}],
    },
    {"name": "day", "logicalType": "date", "logicalTypeOptions": {"minimum": "2020-01-01"}},
    {
        "name": "at",
        "logicalType": "timestamp",
        "logicalTypeOptions": {"maximum": "2027-01-01T00:00:00+01:00"},
    },
    {"name": "tags", "logicalType": "array", "logicalTypeOptions": {"maxItems": 3}},
]
LEVELS = [
    {"property": "freshness", "value": 1, "unit": "d", "element": "t.at"},
    {"property": "frequency", "value": 1, "unit": "w", "element": "t.at"},
    {"property": "frequency", "value": 1, "unit": "month", "element": "t.day"},
    {
        "property": "latency",
        "value": 1,
        "unit": "h",
        "element": "t.day",
        "customProperties": [{"property": "arrivalElement", "value": "t.at"}],
    },
]
KEY = [{"metric": "duplicateValues", "arguments": {"properties": ["id", "code"]}, "mustBe": 0}]


def plan_for(dialect: str) -> Plan:
    stored = [Stored(name, kind) for name, kind in zip(NAMES, TYPES[dialect], strict=True)]
    rules = rules_of(read_contract(document(COLUMNS, quality=KEY, slaProperties=LEVELS)))
    return compile_table(rules, stored, dialect=dialect, now=NOW)


def written(dialect: str) -> str:
    plan = plan_for(dialect)
    nulls = [statements.key_nulls(key) for key in plan.keys]
    table = ("a b", "t")
    found = [statements.aggregate([*plan.measures, *nulls], table, dialect).sql]
    found += [statements.key_statement(key, table, dialect) for key in plan.keys]
    bad = next(one.bad for one in plan.measures if one.bad is not None)
    found.append(statements.sample(bad, [("id", plan.keys[0].columns[0])], table, dialect, 5))
    found.append(statements.pattern_probe(r"^\d", dialect))
    pretty = [sqlglot.parse_one(one, read=dialect).sql(dialect=dialect, pretty=True) for one in found]
    return ";\n\n".join(pretty) + ";\n"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_are_those_that_were_looked_at(dialect: str) -> None:
    """Write a new snapshot by deleting the file; read it before it is committed."""
    path = SNAPSHOTS / f"{dialect}.sql"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(written(dialect))
        pytest.fail(f"{path.name} was written anew: read it, and run again.")
    assert written(dialect) == path.read_text()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_rule_is_compiled_in_every_dialect(dialect: str) -> None:
    plan = plan_for(dialect)
    assert [one.reason for one in plan.settled if one.outcome == "unknown"] == []
    assert len(plan.keys) == 2
    assert {one.rule.id for one in plan.measures} == {one.rule.id for one in plan_for("duckdb").measures}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_figure_is_asked_for_once(dialect: str) -> None:
    plan = plan_for(dialect)
    twice = statements.aggregate([*plan.measures, *plan.measures], ("t",), dialect)
    assert twice.sql == statements.aggregate(plan.measures, ("t",), dialect).sql


def test_names_of_schemas_and_tables_cannot_end_the_literal() -> None:
    text = columns_statement("information_schema.columns", "s' OR '1'='1", "t\\' OR 1=1 --")
    for dialect in ("bigquery", "snowflake", "trino"):
        (statement,) = sqlglot.parse(text, read=dialect)
        assert statement is not None
        assert list(statement.find_all(sqlglot.exp.Or)) == []


@pytest.mark.parametrize(
    ("java", "python"),
    [
        ("yyyy-MM-dd", "%Y-%m-%d"),
        ("dd.MM.yy HH:mm:ss", "%d.%m.%y %H:%M:%S"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "%Y-%m-%dT%H:%M:%S%z"),
        ("EEEE", None),
        ("yyyyMMdd", "%Y%m%d"),
    ],
)
def test_formats_of_java_are_translated(java: str, python: str | None) -> None:
    assert strptime_of(java) == python
