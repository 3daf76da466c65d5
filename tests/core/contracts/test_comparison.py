"""Which changes of a contract break something: for consumers a dropped guarantee does, a new one never."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.contracts.changes import Change, Weight, from_plain, is_breaking
from throughline.core.contracts.compared_rules import is_within
from throughline.core.contracts.comparison import compare
from throughline.core.contracts.demands import Comparison, Operator

Document = dict[str, Any]
Edit = Callable[[Document], object]
BREAKING, COMPATIBLE, NOTE = Weight.BREAKING, Weight.COMPATIBLE, Weight.NOTE


def document() -> Document:
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "x", "version": "1", "status": "active",
        "servers": [{"server": "lake", "type": "local", "path": "a", "format": "csv"}],
        "schema": [
            {
                "name": "orders",
                "properties": [
                    {"name": "id", "logicalType": "integer", "required": True, "unique": True, "primaryKey": True},
                    {
                        "name": "amount", "logicalType": "number", "physicalType": "decimal(10,2)",
                        "logicalTypeOptions": {"minimum": 0, "maximum": 100},
                        "quality": [{"type": "library", "metric": "nullValues", "mustBeLessThan": 5}],
                    },
                    {"name": "note", "logicalType": "string", "description": "Free text.",
                     "logicalTypeOptions": {"maxLength": 20, "pattern": "^a"}},
                    {"name": "kind", "logicalType": "string", "enum": [{"value": "a"}, {"value": "b"}]},
                ],
                "quality": [{"type": "sql", "name": "sums", "query": "select 1", "mustBe": 1, "severity": "error"}],
            },
            {"name": "lines", "properties": [{"name": "n", "logicalType": "integer"}]},
        ],
        "slaProperties": [
            {"property": "latency", "value": 1, "unit": "d", "element": "orders.id"},
            {"property": "retention", "value": 2, "unit": "y", "element": "orders.id"},
            {"property": "timeOfAvailability", "value": "09:00-08:00", "element": "orders.id"},
            {"property": "generalAvailability", "value": "2026-05-01"},
            {"property": "availability", "value": "99.5", "unit": "%"},
            {"property": "custom", "value": "weekly"},
        ],
        "support": [{"channel": "help"}],
        "domain": "shop",
    }  # fmt: skip


def column(doc: Document, name: str) -> Document:
    found: Document = next(one for one in doc["schema"][0]["properties"] if one["name"] == name)
    return found


def level(doc: Document, name: str) -> Document:
    found: Document = next(one for one in doc["slaProperties"] if one["property"] == name)
    return found


def options(doc: Document, name: str) -> Document:
    found: Document = column(doc, name)["logicalTypeOptions"]
    return found


def changed(edit: Edit) -> tuple[Change, ...]:
    after = copy.deepcopy(document())
    edit(after)
    return compare(document(), after)


CASES: list[tuple[str, Edit, Weight, str]] = [
    ("column removed", lambda d: d["schema"][0]["properties"].pop(2), BREAKING, "The column was removed."),
    ("column added", lambda d: d["schema"][0]["properties"].append({"name": "z"}), COMPATIBLE, "A column was added."),
    ("table removed", lambda d: d["schema"].pop(1), BREAKING, "The table was removed."),
    ("table added", lambda d: d["schema"].append({"name": "t"}), COMPATIBLE, "A table was added."),
    ("column renamed", lambda d: column(d, "note").update(name="remark"), BREAKING, "note, is called remark"),
    (
        "column stored elsewhere",
        lambda d: column(d, "note").update(physicalName="n2"), BREAKING, "was called note, is called n2",
    ),
    (
        "called otherwise, stored the same",
        lambda d: column(d, "note").update(name="remark", physicalName="note"), NOTE, "in the data it keeps its name",
    ),
    ("type narrowed", lambda d: column(d, "amount").update(logicalType="integer"), BREAKING, "was number, is integer"),
    ("type widened", lambda d: column(d, "id").update(logicalType="number"), BREAKING, "was integer, is number"),
    (
        "physical type", lambda d: column(d, "amount").update(physicalType="decimal(8,2)"), BREAKING, "decimal(8,2)",
    ),
    ("required dropped", lambda d: column(d, "id").update(required=False), BREAKING, "no longer required"),
    ("required added", lambda d: column(d, "note").update(required=True), COMPATIBLE, "is required now"),
    ("unique dropped", lambda d: column(d, "id").update(unique=False), BREAKING, "no longer unique"),
    ("key dropped", lambda d: column(d, "id").update(primaryKey=False), BREAKING, "no longer part of the primary key"),
    ("range widened", lambda d: options(d, "amount").update(maximum=200), BREAKING, "was 100, is 200"),
    ("range narrowed", lambda d: options(d, "amount").update(maximum=50), COMPATIBLE, "was 100, is 50"),
    ("low end lowered", lambda d: options(d, "amount").update(minimum=-1), BREAKING, "was 0, is -1"),
    ("low end raised", lambda d: options(d, "amount").update(minimum=1), COMPATIBLE, "was 0, is 1"),
    ("range opened", lambda d: options(d, "amount").pop("maximum"), BREAKING, "is open now"),
    (
        "end now outside",
        lambda d: options(d, "amount").update(exclusiveMaximum=options(d, "amount").pop("maximum")),
        COMPATIBLE, "itself outside",
    ),
    ("longer texts", lambda d: options(d, "note").update(maxLength=30), BREAKING, "greatest length"),
    ("pattern dropped", lambda d: options(d, "note").pop("pattern"), BREAKING, "no longer demanded"),
    ("pattern changed", lambda d: options(d, "note").update(pattern="^b"), BREAKING, "was ^a, is ^b"),
    ("value added", lambda d: column(d, "kind")["enum"].append({"value": "c"}), BREAKING, "Values were added: c"),
    ("value gone", lambda d: column(d, "kind")["enum"].pop(), COMPATIBLE, "Values no longer come: b"),
    ("values unlisted", lambda d: column(d, "kind").pop("enum"), BREAKING, "no longer listed"),
    ("description", lambda d: column(d, "note").update(description="Other."), NOTE, "description changed"),
    ("class", lambda d: column(d, "note").update(classification="restricted"), NOTE, "The class was"),
    ("rule dropped", lambda d: d["schema"][0].pop("quality"), BREAKING, "was dropped"),
    (
        "rule added",
        lambda d: d["schema"][1].update(quality=[{"metric": "rowCount", "mustBe": 1}]), COMPATIBLE, "was added",
    ),
    (
        "rule loosened",
        lambda d: column(d, "amount")["quality"][0].update(mustBeLessThan=9), BREAKING, "asks for less than 9",
    ),
    (
        "rule tightened",
        lambda d: column(d, "amount")["quality"][0].update(mustBeLessThan=1), COMPATIBLE, "asks for less than 1",
    ),
    ("query changed", lambda d: d["schema"][0]["quality"][0].update(query="select 2"), BREAKING, "something else"),
    ("severity lowered", lambda d: d["schema"][0]["quality"][0].update(severity="warning"), BREAKING, "severity"),
    ("slower", lambda d: level(d, "latency").update(value=2), BREAKING, "was 1 d, is 2 d"),
    ("slower by unit", lambda d: level(d, "latency").update(value=25, unit="h"), BREAKING, "is 25 h"),
    ("quicker by unit", lambda d: level(d, "latency").update(value=23, unit="hours"), COMPATIBLE, "is 23 hours"),
    ("the same by unit", lambda d: level(d, "latency").update(value=24, unit="h"), NOTE, "That is the same."),
    ("kept for less", lambda d: level(d, "retention").update(value=23, unit="months"), BREAKING, "23 months"),
    ("kept for longer", lambda d: level(d, "retention").update(value=3), COMPATIBLE, "is 3 y"),
    ("later in the day", lambda d: level(d, "timeOfAvailability").update(value="10:00-08:00"), BREAKING, "10:00"),
    (
        "the same in another zone", lambda d: level(d, "timeOfAvailability").update(value="17:00Z"), NOTE, "the same",
    ),
    ("postponed", lambda d: level(d, "generalAvailability").update(value="2026-06-01"), BREAKING, "2026-06-01"),
    ("less available", lambda d: level(d, "availability").update(value="99"), BREAKING, "is 99 %"),
    ("unknown property", lambda d: level(d, "custom").update(value="daily"), BREAKING, "was weekly, is daily"),
    ("a unit that is none", lambda d: level(d, "latency").update(unit="moons"), BREAKING, "moons"),
    ("level dropped", lambda d: d["slaProperties"].pop(0), BREAKING, "no longer promised"),
    (
        "an end is named",
        lambda d: d["slaProperties"].append({"property": "endOfSupport", "value": "2027-01-01"}), BREAKING, "An end",
    ),
    (
        "a level is added",
        lambda d: d["slaProperties"].append({"property": "freshness", "value": 1, "unit": "h"}), COMPATIBLE, "promised",
    ),
    ("server moved", lambda d: d["servers"][0].update(path="b"), BREAKING, "path was a, is b"),
    ("server gone", lambda d: d.pop("servers"), BREAKING, "The server is gone."),
    ("server added", lambda d: d["servers"].append({"server": "z", "type": "s3"}), COMPATIBLE, "A server was added."),
    ("retired", lambda d: d.update(status="retired"), BREAKING, "was active, is retired"),
    ("deprecated", lambda d: d.update(status="deprecated"), BREAKING, "was active, is deprecated"),
    ("status otherwise", lambda d: d.update(status="draft"), NOTE, "was active, is draft"),
    ("support ended", lambda d: d.pop("support"), BREAKING, "no channel for support"),
    ("domain", lambda d: d.update(domain="x"), NOTE, "The domain changed."),
    ("an unknown name", lambda d: d.update(tags=["x"]), NOTE, "The tags was added."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "weight", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_one_change_has_its_weight_and_its_words(edit: Edit, weight: Weight, said: str) -> None:
    found = changed(edit)
    assert [one.weight for one in found] == [weight], found
    assert said in found[0].text
    assert weight is not BREAKING or found[0].why


def test_the_same_document_has_no_changes_and_its_version_is_none() -> None:
    assert changed(lambda d: d.update(version="2")) == ()


def test_the_breaking_ones_come_first_and_survive_being_kept() -> None:
    def edit(doc: Document) -> None:
        doc["domain"] = "y"
        doc["schema"].append({"name": "t"})
        doc["schema"].pop(1)

    found = changed(edit)
    assert [one.weight for one in found] == [BREAKING, COMPATIBLE, NOTE]
    assert tuple(from_plain(one.to_plain()) for one in found) == found
    assert is_breaking(found)
    assert not is_breaking(found[1:])


def test_an_end_that_comes_later_or_is_no_longer_named_takes_nothing_away() -> None:
    before = {**document(), "slaProperties": [{"property": "endOfSupport", "value": "2027-01-01"}]}
    later = {**before, "slaProperties": [{"property": "endOfSupport", "value": "2028-01-01"}]}
    none = {**before, "slaProperties": []}
    assert [one.weight for one in compare(before, later)] == [COMPATIBLE]
    assert [one.weight for one in compare(later, before)] == [BREAKING]
    assert [one.weight for one in compare(before, none)] == [COMPATIBLE]


NUMBERS = st.integers(-6, 6).map(float)
COMPARISONS = st.builds(
    lambda operator, pair: Comparison(
        operator, *(sorted(pair) if operator in (Operator.BETWEEN, Operator.NOT_BETWEEN) else (pair[0], None))
    ),
    st.sampled_from(list(Operator)),
    st.tuples(NUMBERS, NUMBERS),
)


def passes(one: Comparison, value: float) -> bool:
    low, high = one.low or 0.0, one.high or 0.0
    return {
        Operator.IS: value == low,
        Operator.IS_NOT: value != low,
        Operator.GREATER: value > low,
        Operator.AT_LEAST: value >= low,
        Operator.LESS: value < low,
        Operator.AT_MOST: value <= low,
        Operator.BETWEEN: low <= value <= high,
        Operator.NOT_BETWEEN: not low <= value <= high,
    }[one.operator]


@given(COMPARISONS, COMPARISONS)
def test_a_comparison_is_within_another_when_it_lets_no_further_number_pass(
    one: Comparison, other: Comparison
) -> None:
    tried = [step / 4 for step in range(-40, 41)]
    holds = all(passes(other, value) for value in tried if passes(one, value))
    assert is_within(one, other) == holds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["schema", "slaProperties", "servers", "status", "support", "description", "team", "x"]
)


@given(st.dictionaries(NAMES, JSON), st.dictionaries(NAMES, JSON))
def test_documents_of_any_shape_are_compared_without_an_error(one: Document, other: Document) -> None:
    compare(one, other)
    assert not is_breaking(compare(one, one))
