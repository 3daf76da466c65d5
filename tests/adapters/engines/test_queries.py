"""A SQL rule is one SELECT over the contract's tables; placeholders are filled in, and everything else is not run."""

import pytest

from throughline.adapters.engines.conditions import NotRun
from throughline.adapters.engines.queries import prepare

TABLES = {"orders": ("s", "t 1"), "lines": ("lines",)}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM orders",
        "select count(*) from Orders;",
        "SELECT count(*) FROM ${table}",
        "SELECT count(*) FROM {model}",
        "SELECT count(*) FROM ${object}",
        "SELECT count(*) FROM {{ table }}",
    ],
)
def test_every_way_to_name_the_table_leads_to_it(query: str) -> None:
    expected = 'SELECT * FROM (SELECT COUNT(*) FROM "s"."t 1" AS'
    assert prepare(query, TABLES, "duckdb", table="orders").startswith(expected)


def test_a_column_is_filled_in_and_quoted() -> None:
    written = prepare("SELECT max({column}) FROM orders", TABLES, "postgres", table="orders", column='a "b')
    assert 'MAX("a ""b")' in written


def test_joins_subqueries_and_names_of_its_own_are_kept() -> None:
    query = (
        "WITH big AS (SELECT * FROM orders WHERE amount > 5) "
        "SELECT count(*) FROM big JOIN lines l ON l.id = big.id WHERE l.x IN (SELECT x FROM lines)"
    )
    written = prepare(query, TABLES, "duckdb", table="orders")
    assert written.count('"lines"') >= 2
    assert '"s"."t 1"' in written
    assert "FROM big" in written


def test_a_repetition_in_a_pattern_is_no_placeholder() -> None:
    assert "[0-9]{8}" in prepare(
        "SELECT count(*) FROM orders WHERE a ~ '[0-9]{8}'", TABLES, "postgres", table="orders"
    )


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "empty"),
        ("SELEC 1", "cannot be read|Only a SELECT"),
        ("SELECT 1; SELECT 2", "exactly one"),
        ("DROP TABLE orders", "Only a SELECT"),
        ("INSERT INTO orders VALUES (1)", "Only a SELECT"),
        ("ATTACH 'x'", "Only a SELECT"),
        ("PRAGMA database_list", "Only a SELECT"),
        ("CALL x()", "Only a SELECT"),
        ("COPY orders TO 'x'", "Only a SELECT"),
        ("SELECT count(*) FROM secrets", "not a table of this contract"),
        ("SELECT count(*) FROM 'x.csv'", "not a table of this contract"),
        ("SELECT count(*) FROM information_schema.tables", "not a table of this contract"),
        ("SELECT count(*) FROM read_csv('/etc/passwd')", "function"),
        ("SELECT count(*) FROM orders, read_text('/etc/passwd')", "function"),
        ("SELECT getenv('HOME') FROM orders", "getenv"),
        ("SELECT pg_read_file('/etc/passwd')", "pg_read_file"),
        ("SELECT count(*) FROM {else}", "not known"),
        ("SELECT max(${column}) FROM orders", "not known"),
        ("WITH orders2 AS (SELECT 1) SELECT count(*) FROM x.orders2", "not a table of this contract"),
        ("SELECT " + "(" * 4_000 + "1" + ")" * 4_000, "cannot be read"),
        ("SELECT 1 -- " + "x" * 20_000, "longer than"),
    ],
)
def test_whatever_else_it_does_is_not_run(query: str, why: str) -> None:
    with pytest.raises(NotRun, match=why):
        prepare(query, TABLES, "duckdb", table="orders")
