"""Any content becomes facts: what is read, what is a problem in words, and never an error."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.contracts.demands import Comparison, Metric, Operator, QualityRule, QualityType, Unit
from throughline.core.contracts.documents import Column, LogicalType, all_columns
from throughline.core.contracts.reading import MAX_COLUMNS, MAX_RULES, read_contract
from throughline.core.contracts.rules import rules_of


def column_of(**said: Any) -> Column:
    contract = read_contract({"schema": [{"name": "t", "properties": [{"name": "c", **said}]}]})
    return contract.tables[0].columns[0]


def rule_of(**said: Any) -> QualityRule:
    (rule,) = column_of(quality=[said]).quality
    return rule


def test_head_tables_columns_and_servers_are_read() -> None:
    properties = {"name": "id", "physicalName": "o_id"}
    contract = read_contract(
        {
            "id": "c",
            "name": "Orders",
            "version": "1.2.0",
            "apiVersion": "v3.0.2",
            "status": "active",
            "schema": [{"name": "orders", "physicalName": "o_1", "properties": [properties]}],
            "servers": [{"server": "main", "type": "Postgres", "host": "h", "port": 5432, "roles": []}],
            "slaProperties": [
                {"property": "freshness", "value": 1, "unit": "d", "element": "orders.at, orders.id"}
            ],
        }
    )
    assert (contract.key, contract.version, contract.standard_version) == ("c", "1.2.0", (3, 0))
    assert contract.table("O_1") is contract.tables[0]
    assert contract.tables[0].column("o_id") is contract.tables[0].columns[0]
    server = contract.server("main")
    assert server is not None
    assert (server.type, server.get("port")) == ("postgres", "5432")
    assert contract.service_levels[0].elements == ("orders.at", "orders.id")
    assert contract.problems == ()


def test_nested_columns_have_paths() -> None:
    inner = {"name": "street", "logicalType": "string"}
    column = column_of(logicalType="object", properties=[inner])
    lines = column_of(logicalType="array", items={"logicalType": "object", "properties": [{"name": "price"}]})
    assert [path for path, _ in all_columns((column,))] == ["c", "c.street"]
    assert [path for path, _ in all_columns((lines,))] == ["c", "c[].price"]


def test_the_key_follows_its_positions() -> None:
    names = [("a", 2), ("b", 1), ("c", -1)]
    columns = [{"name": name, "primaryKey": True, "primaryKeyPosition": place} for name, place in names]
    contract = read_contract({"schema": [{"name": "t", "properties": columns}]})
    assert [one.name for one in contract.tables[0].primary_key] == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("said", "operator", "low", "high"),
    [
        ({"mustBe": 0}, Operator.IS, 0, None),
        ({"mustNotBe": 1.5}, Operator.IS_NOT, 1.5, None),
        ({"mustBeGreaterThan": "3"}, Operator.GREATER, 3, None),
        ({"mustBeGreaterOrEqualTo": 3}, Operator.AT_LEAST, 3, None),
        ({"mustBeLessThan": 3}, Operator.LESS, 3, None),
        ({"mustBeLessOrEqualTo": 3}, Operator.AT_MOST, 3, None),
        ({"mustBeBetween": [1, 2]}, Operator.BETWEEN, 1, 2),
        ({"mustNotBeBetween": [1, 2]}, Operator.NOT_BETWEEN, 1, 2),
    ],
)
def test_every_comparison_is_read(
    said: dict[str, Any], operator: Operator, low: float, high: float | None
) -> None:
    rule = rule_of(metric="nullValues", **said)
    assert (rule.comparison, rule.problem) == (Comparison(operator, low, high), "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"metric": "nullValues"}, "no figure"),
        ({"metric": "nullValues", "mustBe": 1, "mustNotBe": 2}, "one of them"),
        ({"metric": "nullValues", "mustBe": "many"}, "not one"),
        ({"metric": "nullValues", "mustBe": True}, "not one"),
        ({"metric": "nullValues", "mustBeLessThan": None}, "needs a number"),
        ({"metric": "nullValues", "mustBeBetween": [2, 1]}, "greater number first"),
        ({"metric": "nullValues", "mustBeBetween": 2}, "two numbers"),
        ({"metric": "nullValues", "mustBe": 0, "unit": "furlongs"}, "not a unit"),
        ({"metric": "rowCount", "mustBe": 0, "unit": "percent"}, "no share of itself"),
        ({"metric": "niceness", "mustBe": 0}, "not a metric"),
        ({"mustBe": 0}, "names no metric"),
        ({"metric": "invalidValues", "mustBe": 0}, "which values are valid"),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": "a"}}, "must be a list"),
        ({"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": [[1]]}}, "not a single one"),
        ({"type": "sql", "query": "SELECT 1"}, "no figure"),
        ({"type": "sql", "mustBe": 1}, "no query"),
        ({"type": "text"}, "for people"),
        ({"type": "custom", "engine": "soda", "implementation": "x"}, "written for soda"),
        ({"type": "magic", "metric": "nullValues", "mustBe": 0}, "not a type of rule"),
    ],
)
def test_what_cannot_be_run_says_why(said: dict[str, Any], why: str) -> None:
    assert why in rule_of(**said).problem


def test_rules_of_version_3_0_are_read() -> None:
    valid = rule_of(type="library", rule="validValues", validValues=["a"])
    assert (valid.metric, valid.comparison) == (Metric.INVALID_VALUES, Comparison(Operator.IS, 0))
    duplicate = rule_of(rule="duplicateCount", mustBeLessThan=5, unit="percent")
    assert (duplicate.metric, duplicate.unit, duplicate.problem) == (
        Metric.DUPLICATE_VALUES,
        Unit.PERCENT,
        "",
    )
    assert rule_of(query="SELECT 1", mustBe="x").type is QualityType.SQL


def test_exclusive_flags_of_version_3_0_become_limits() -> None:
    options = column_of(
        logicalType="integer", logicalTypeOptions={"maximum": 5, "exclusiveMaximum": True}
    ).options
    assert (options.maximum, options.exclusive_maximum, options.unread) == (None, 5, ())
    alone = column_of(logicalType="integer", logicalTypeOptions={"exclusiveMinimum": True}).options
    assert alone.unread[0][0] == "exclusiveMinimum"


@pytest.mark.parametrize(
    "options",
    [
        {"minimum": "low"},
        {"minimum": True},
        {"maxLength": -1},
        {"multipleOf": 0},
        {"uniqueItems": "yes"},
        {"colour": "red"},
        [1],
    ],
)
def test_an_option_that_cannot_be_read_is_named(options: Any) -> None:
    column = column_of(logicalType="integer", logicalTypeOptions=options)
    assert len(column.options.unread) == 1
    said = {"name": "c", "logicalType": "integer", "logicalTypeOptions": options}
    contract = read_contract({"schema": [{"name": "t", "properties": [said]}]})
    assert [rule.problem for rule in rules_of(contract) if "readable" in rule.id] != [""]


def test_dates_that_yaml_made_are_text_again() -> None:
    column = column_of(logicalType="date", logicalTypeOptions={"minimum": date(2020, 1, 1)})
    assert column.options.minimum == "2020-01-01"


def test_neighbours_of_one_name_are_told_apart() -> None:
    contract = read_contract({"schema": [{"name": "t", "properties": [{"name": "c"}, {"name": "c"}]}]})
    assert [one.name for one in contract.tables[0].columns] == ["c", "c 2"]
    assert "Two columns" in contract.tables[0].columns[1].problems[0]
    ids = [rule.id for rule in rules_of(contract)]
    assert len(ids) == len(set(ids))


def test_a_huge_document_costs_bounded_work_and_says_so() -> None:
    columns = [
        {"name": "c", "quality": [{"metric": "nullValues", "mustBe": 0}]} for _ in range(2 * MAX_COLUMNS)
    ]
    contract = read_contract({"schema": [{"name": "t", "properties": columns}]})
    assert len(contract.tables[0].columns) == MAX_COLUMNS
    assert f"{MAX_COLUMNS:,}" in contract.problems[0]
    assert sum(len(one.quality) for one in contract.tables[0].columns) <= MAX_RULES
    assert any(rule.id == "contract.readable" and rule.problem for rule in rules_of(contract))


def test_depth_is_bounded() -> None:
    content: dict[str, Any] = {"name": "end"}
    for _ in range(50):
        content = {"name": "x", "properties": [content]}
    contract = read_contract({"schema": [content]})
    problems = [
        problem for _, column in all_columns(contract.tables[0].columns) for problem in column.problems
    ]
    assert any("nested deeper" in problem for problem in problems)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    *("name", "logicalType", "logicalTypeOptions", "required", "unique", "primaryKey", "properties", "items"),
    *("quality", "enum", "metric", "mustBe", "mustBeBetween", "unit", "arguments", "type", "query", "tags"),
)
odd_entry = st.dictionaries(st.sampled_from(KEYS), anything, max_size=6)
odd_table = odd_entry | st.fixed_dictionaries({"properties": st.lists(odd_entry, max_size=3)})
odd_level = st.dictionaries(st.sampled_from(("property", "value", "unit")), anything)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "id": anything,
            "apiVersion": anything,
            "schema": anything | st.lists(odd_table, max_size=3),
            "servers": anything,
            "slaProperties": anything | st.lists(odd_level, max_size=3),
            "slaDefaultElement": anything,
        },
    )
)
def test_whatever_comes_is_read_and_implies_rules_with_different_ids(content: dict[str, Any]) -> None:
    ids = [rule.id for rule in rules_of(read_contract(content))]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"classification": "public"}, True),
        ({"classification": "Internal"}, True),
        ({}, False),
        ({"classification": "restricted"}, False),
        ({"classification": "confidential"}, False),
        ({"classification": "1"}, False),
        ({"classification": "public", "tags": ["pii"]}, False),
        (
            {"classification": "public", "customProperties": [{"property": "personalData", "value": True}]},
            False,
        ),
        ({"classification": "public", "customProperties": [{"property": "pii", "value": False}]}, True),
        (
            {"classification": "public", "customProperties": [{"property": "sensitivity", "value": "high"}]},
            False,
        ),
        ({"classification": "public", "encryptedName": "x"}, False),
    ],
)
def test_only_what_is_said_to_be_open_may_be_shown(said: dict[str, Any], shown: bool) -> None:
    assert column_of(**said).may_be_shown is shown


def test_a_measure_is_held_by_no_data() -> None:
    content = {
        "schema": [{"name": "t", "properties": [{"name": "m", "semanticType": "measure", "required": True}]}]
    }
    assert [rule.id for rule in rules_of(read_contract(content))] == ["t.present"]


def test_logical_types_are_read_in_any_case() -> None:
    assert column_of(logicalType="Integer").logical_type is LogicalType.INTEGER
    assert column_of(logicalType="whatever").problems
