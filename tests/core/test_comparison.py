"""Two versions side by side: nothing of either is lost, and rows are found again by their names."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.comparison import Change, Piece, compare, compare_words

texts = st.text(max_size=200) | st.lists(st.sampled_from(["the ", "cat", "\n", "sat. ", "a,b", "<b>"])).map(
    "".join
)


@given(texts, texts)
def test_the_words_of_both_versions_are_there(before: str, after: str) -> None:
    pieces = compare_words(before, after)
    assert "".join(p.text for p in pieces if p.change is not Change.ADDED) == before
    assert "".join(p.text for p in pieces if p.change is not Change.REMOVED) == after
    assert all(p.text for p in pieces)


@given(texts)
def test_the_same_text_is_one_piece_or_none(text: str) -> None:
    assert compare_words(text, text) == ((Piece(Change.SAME, text),) if text else ())


def test_one_word_is_marked_and_no_more() -> None:
    assert compare_words("We call late payers.", "We call likely leavers, late payers.") == (
        Piece(Change.SAME, "We call "),
        Piece(Change.ADDED, "likely leavers, "),
        Piece(Change.SAME, "late payers."),
    )


@pytest.mark.parametrize(
    ("before", "after"), [("a " * 9_000, "a b " * 4_500), ("!?" * 10_000, "?!" * 10_000)]
)
def test_hostile_text_takes_no_longer_than_any_other(before: str, after: str) -> None:
    start = time.monotonic()
    compare_words(before, after)
    assert time.monotonic() - start < 5


V1 = {
    "problem": {"problem": "Late calls"},
    "outputs": {
        "mode": "batch",
        "schema": [
            {"column": "id", "type": "text"},
            {"column": "score", "type": "number", "unit": "%"},
            {"column": "old", "type": "text"},
        ],
    },
    "criteria": [{"key": "auc", "title": "AUC", "target": 0.7}],
}
V2 = {
    "problem": {"problem": "Late calls"},
    "outputs": {
        "mode": "real_time",
        "schema": [
            {"column": "score", "type": "number", "unit": "per mille"},
            {"column": "id", "type": "text"},
            {"column": "new", "type": "date"},
        ],
    },
    "criteria": [{"key": "auc", "title": "AUC", "target": 0.75}, {"key": "lift", "title": "Lift"}],
}


def test_rows_are_found_by_name_and_only_what_differs_is_told() -> None:
    found = compare(V1, V2)
    outputs, criteria = found.sections
    assert [(one.before, one.after) for one in outputs.fields] == [
        ("Batch: scored in runs", "Real time: scored on request")
    ]
    (table,) = outputs.tables
    assert [(row.name, row.change) for row in table.rows] == [
        ("score", Change.CHANGED),
        ("new", Change.ADDED),
        ("old", Change.REMOVED),
    ]
    assert [(cell.title, cell.before, cell.after) for cell in table.rows[0].cells] == [
        ("Unit", "%", "per mille")
    ]
    rows = criteria.tables[0].rows
    assert [(row.name, row.change) for row in rows] == [("auc", Change.CHANGED), ("lift", Change.ADDED)]
    assert (rows[0].cells[0].before, rows[0].cells[0].after) == ("0.7", "0.75")
    assert "Problem and context" in found.same


def test_two_equal_versions_differ_in_nothing_whatever_the_order_of_rows() -> None:
    turned = {**V1, "outputs": {**V1["outputs"], "schema": V1["outputs"]["schema"][::-1]}}  # type: ignore[dict-item,index]
    assert compare(V1, V1).is_empty
    assert compare(V1, turned).is_empty


def test_a_field_that_came_or_went_is_called_so() -> None:
    (section,) = compare({}, {"problem": {"problem": "x"}}).sections
    assert section.fields[0].change is Change.ADDED
    (section,) = compare({"problem": {"problem": "x"}}, {}).sections
    assert section.fields[0].change is Change.REMOVED
