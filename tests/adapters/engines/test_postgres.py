"""A contract on a real PostgreSQL: columns with its own types, one read-only transaction, failures in words."""

import contextlib
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.adapters.engines.executed import document, outcomes, run
from throughline.adapters.engines.base import EngineDown, Limits
from throughline.core.places import Place, PlaceKind
from tools import postgres

SCHEMA = (
    f"contract_test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # several processes share the server
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    given = os.environ.get(postgres.URL_VARIABLE)
    with contextlib.ExitStack() as stack:
        try:
            url = given or stack.enter_context(postgres.throw_away())
        except postgres.NoPostgres as error:
            if os.environ.get("CI") == "1":
                raise
            pytest.skip(str(error))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            connection.execute(f"CREATE DOMAIN {SCHEMA}.label AS varchar(20)")
            connection.execute(f"CREATE TYPE {SCHEMA}.colour AS ENUM ('red', 'blue')")
            connection.execute(
                f"""CREATE TABLE {SCHEMA}.orders (id bigint, amount double precision, price numeric(10,2),
                    code text, label {SCHEMA}.label, colour {SCHEMA}.colour, at timestamptz, day date, tags int[])"""
            )
            connection.execute(
                f"""INSERT INTO {SCHEMA}.orders VALUES
                    (1, 0.5, 1.50, 'A1', 'x', 'red', '2026-11-26 11:00+00', '2026-11-25', '{{1,2}}'),
                    (2, 2, 2.00, 'B22', 'y', 'blue', '2026-11-01 11:00+00', '2026-11-24', '{{}}'),
                    (2, 'NaN', NULL, '10', NULL, 'red', NULL, NULL, NULL)"""
            )
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def place_of(url: str, **more: str) -> tuple[Place, Limits, dict[str, str]]:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 5432
    place = Place(
        PlaceKind.POSTGRES,
        host=host,
        port=port,
        database=parts.path.strip("/"),
        user=parts.username or "",
        schema=more.pop("schema", SCHEMA),
        **more,
    )
    limits = Limits(seconds=30, allow_hosts=frozenset({f"{host}:{port}"}))
    return place, limits, {"password": parts.password or ""}


COLUMNS = [
    {
        "name": "id",
        "logicalType": "integer",
        "physicalType": "bigint",
        "unique": True,
        "required": True,
        "logicalTypeOptions": {"minimum": 1, "maximum": 10**12},
    },
    {"name": "amount", "logicalType": "integer", "logicalTypeOptions": {"minimum": 0, "maximum": 1.5}},
    {"name": "price", "logicalType": "number", "physicalType": "numeric(10,2)", "required": True},
    {"name": "code", "logicalType": "string", "logicalTypeOptions": {"pattern": "^[A-Z]", "maxLength": 2}},
    {"name": "label", "logicalType": "string", "physicalType": "varchar(20)"},
    {"name": "colour", "logicalType": "string", "enum": [{"value": "red"}]},
    {"name": "at", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
    {"name": "day", "logicalType": "date", "logicalTypeOptions": {"maximum": "2026-11-24"}},
    {"name": "tags", "logicalType": "array", "logicalTypeOptions": {"minItems": 1}},
    {"name": "nowhere", "logicalType": "string", "required": True},
]


def test_every_rule_is_judged_by_the_columns_own_types(server: str) -> None:
    place, limits, secrets = place_of(server)
    rules = [
        {"type": "sql", "query": "SELECT avg(price) FROM orders", "mustBeBetween": [1, 2]},
        {"type": "sql", "query": "SELECT count(*) FROM ${table} WHERE id = 2", "mustBe": 2},
        {"type": "sql", "query": "SELECT nothing FROM orders", "mustBe": 2},
        {"metric": "duplicateValues", "arguments": {"properties": ["colour"]}, "mustBeLessThan": 1},
        {"metric": "rowCount", "mustBe": 3},
    ]
    promised = [
        {"property": "freshness", "value": 2, "unit": "h", "element": "orders.at"},
        {"property": "retention", "value": 2, "unit": "w", "element": "orders.at"},
        {"property": "frequency", "value": 1, "unit": "d", "element": "orders.day"},
    ]
    content = document(COLUMNS, name="orders", quality=rules, slaProperties=promised)
    found = outcomes(run(content, place, limits=limits, secrets=secrets))
    failed = {rule for rule, outcome in found.items() if outcome == "failed"}
    unknown = {rule for rule, outcome in found.items() if outcome == "unknown"}
    assert failed == {
        "orders.id.unique",
        "orders.amount.type",
        "orders.amount.minimum",
        "orders.amount.maximum",
        "orders.price.required",
        "orders.code.pattern",
        "orders.code.max_length",
        "orders.colour.allowed_values",
        "orders.day.maximum",
        "orders.tags.min_items",
        "orders.nowhere.present",
        "orders.quality.duplicateValues",
        "sla.retention",
    }
    assert unknown == {"orders.quality.sql 3", "orders.nowhere.type", "orders.nowhere.required"}


def test_a_table_that_is_missing_fails_and_the_rest_is_unknown(server: str) -> None:
    place, limits, secrets = place_of(server)
    found = outcomes(run(document(COLUMNS[:1], name="absent"), place, limits=limits, secrets=secrets))
    assert found.pop("absent.present") == "failed"
    assert set(found.values()) == {"unknown"}


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone",
        "SELECT count(*) INTO stolen FROM orders",
        "SELECT 1; DROP TABLE orders",
        "SELECT count(*) FROM orders FOR UPDATE",
        "SELECT pg_sleep(30)",
        "SELECT count(*) FROM pg_user",
        "SELECT length(pg_read_file('/etc/passwd'))",
        "COPY orders TO '/tmp/x'",
        "SET transaction_read_only = off",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT nextval('x')",
        "SELECT * FROM generate_series(1, 3)",
    ],
)
def test_a_query_can_only_read_the_tables_of_its_contract(server: str, query: str) -> None:
    place, limits, secrets = place_of(server)
    rules = [{"type": "sql", "query": query, "mustBe": 3}, {"metric": "rowCount", "mustBe": 3}]
    found = run(document([], name="orders", quality=rules), place, limits=limits, secrets=secrets)
    assert (found["orders.quality.sql 1"].outcome, found["orders.quality.rowCount"].outcome) == (
        "unknown",
        "passed",
    )
    assert found["orders.quality.sql 1"].reason


def test_the_transaction_itself_is_read_only(server: str) -> None:
    """Behind the parser stands the server: nothing is written even by a statement that gets past it."""
    from throughline.adapters.engines.base import EngineFailed
    from throughline.adapters.engines.postgres import open_postgres
    from throughline.core.contracts.documents import Contract

    place, limits, secrets = place_of(server)
    with open_postgres(place, Contract("c"), limits, secrets) as engine:
        with pytest.raises(EngineFailed, match="read-only transaction"):
            engine.rows(f"DELETE FROM {SCHEMA}.orders")
        assert engine.rows("SELECT 1") == [(1,)]


def test_no_value_of_the_data_stands_in_an_error(server: str) -> None:
    place, limits, secrets = place_of(server)
    rules = [{"type": "sql", "query": "SELECT max(CAST(code AS int)) FROM orders", "mustBe": 1}]
    found = run(document([], name="orders", quality=rules), place, limits=limits, secrets=secrets)
    reason = found["orders.quality.sql 1"].reason
    assert reason == "PostgreSQL says: invalid input syntax for type integer: …"


def test_a_slow_statement_is_stopped(server: str) -> None:
    from throughline.adapters.engines.postgres import open_postgres
    from throughline.core.contracts.documents import Contract

    place, limits, secrets = place_of(server)
    short = Limits(seconds=1, allow_hosts=limits.allow_hosts)
    with (
        open_postgres(place, Contract("c"), short, secrets) as engine,
        pytest.raises(EngineDown, match="within the time"),
    ):
        engine.rows("SELECT pg_sleep(20)")


def test_a_private_address_is_not_called_unless_it_is_allowed(server: str) -> None:
    place, _, secrets = place_of(server)
    with pytest.raises(EngineDown, match="private network"):
        run(document([], name="orders"), place, limits=Limits(), secrets=secrets)


def test_a_server_that_is_down_says_so(server: str) -> None:
    place = Place(PlaceKind.POSTGRES, host="127.0.0.1", port=9, database="x")
    with pytest.raises(EngineDown, match="cannot be used"):
        run(document([]), place, limits=Limits(allow_hosts=frozenset({"127.0.0.1:9"})))
