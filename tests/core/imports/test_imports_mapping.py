"""A mapping kept as JSON: the same after a round trip, and every fault in it named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.errors import Refused
from throughline.core.imports.mapping import (
    check_mapping,
    mapping_from_json,
    mapping_to_json,
    propose_mapping,
)
from throughline.core.imports.tables import Source, build_table

CONTENT = build_table(
    enumerate(
        [
            ("ID", "Name", "Stage", "Risk", "Date initiated"),
            ("1", "Churn", "Live", "high", "3/25/2024"),
            ("2", "Fraud", "odd", "Both", "TBD"),
        ],
        start=1,
    ),
    Source("portfolio.csv", "csv"),
)


def test_a_mapping_survives_a_round_trip():
    mapping = propose_mapping(CONTENT).mapping
    assert mapping_from_json(mapping_to_json(mapping)) == mapping


def with_identifiers(*identifiers: str):
    lines = [("ID", "Name"), *((one, f"Model {place}") for place, one in enumerate(identifiers))]
    return build_table(enumerate(lines, start=1), Source("portfolio.csv", "csv"))


def test_identifiers_that_differ_in_a_capital_alone_still_tell_rows_apart():
    """They are two models on record, so a file that was exported from there finds both again."""
    assert propose_mapping(with_identifiers("shoreline", "Shoreline")).mapping.key == ("ID",)
    assert propose_mapping(with_identifiers("shore line", "shore  line")).mapping.key == ("Name",)


def test_a_mapping_that_fits_has_no_fault_and_one_that_does_not_names_the_column():
    mapping = propose_mapping(CONTENT).mapping
    assert check_mapping(mapping, CONTENT) == ()
    other = mapping_from_json({"columns": {"name": "Title"}, "key": ["ID", "Nowhere"]})
    reasons = check_mapping(other, CONTENT)
    assert [reason.field for reason in reasons] == ["columns.name", "key.1"]
    assert "Title" in reasons[0].text


def test_a_mapping_without_name_and_key_is_refused_before_use():
    fields = [reason.field for reason in check_mapping(mapping_from_json({}), CONTENT)]
    assert fields == ["columns.name", "key"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([], "mapping"),
        ({"format": 2}, "format"),
        ({"columns": {"colour": "Name"}}, "columns.colour"),
        ({"columns": {"name": 3}}, "columns.name"),
        ({"key": "ID"}, "key"),
        ({"key": [str(number) for number in range(9)]}, "key"),
        ({"values": {"stage": {"Live": "flying"}}}, "values.stage"),
        ({"values": {"name": {"A": "B"}}}, "values.name"),
        ({"defaults": {"stage": "flying"}}, "defaults.stage"),
        ({"dates": {"Date": {"order": "sideways"}}}, "dates.Date.order"),
        ({"dates": {"Date": {"fiscal_year_starts": 13}}}, "dates.Date.fiscal_year_starts"),
        ({"dates": {"Date": {"fiscal_year_starts": True}}}, "dates.Date.fiscal_year_starts"),
    ],
)
def test_every_fault_is_named_where_it_stands(content, field):
    with pytest.raises(Refused) as refusal:
        mapping_from_json(content)
    assert refusal.value.kind == "invalid"
    assert field in [reason.field for reason in refusal.value.reasons]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["columns", "key", "values", "defaults", "dates", "stage", "name"]),
            inner,
            max_size=4,
        )
    ),
)


@settings(deadline=None)
@given(json_values)
def test_no_json_makes_reading_fail_otherwise(content):
    try:
        mapping = mapping_from_json(content)
    except Refused:
        return
    assert mapping_from_json(mapping_to_json(mapping)) == mapping
