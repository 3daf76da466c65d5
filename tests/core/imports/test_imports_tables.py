"""A table as it stood in a file: nothing is dropped, and what had to be changed is said."""

import pytest

from throughline.core.errors import Refused
from throughline.core.imports import tables
from throughline.core.imports.tables import Source, Table, build_table

SOURCE = Source("portfolio.csv", "csv")


def table(*records: tuple[str, ...]) -> Table:
    return build_table(enumerate(records, start=1), SOURCE)


def test_repeated_and_missing_headings_become_distinct_and_are_reported():
    found = table(("If Other", "Name", "if other", "", "If Other"), ("a", "b", "c", "d", "e"))
    assert found.header == ("If Other", "Name", "if other (2)", "Column 4", "If Other (3)")
    assert any("2 headings repeat" in note for note in found.notes)
    assert any("Column 4" in note for note in found.notes)


def test_ragged_rows_stay_and_are_reported():
    found = table(("Name", "Stage"), ("A",), ("B", "live", "extra"))
    assert [row.cells for row in found.rows] == [("A", "", ""), ("B", "live", "extra")]
    assert found.header == ("Name", "Stage", "Column 3")
    assert found.named_width == 2
    assert any("1 row has fewer cells" in note and "line 2" in note for note in found.notes)
    assert any("1 row has more cells" in note and "line 3" in note for note in found.notes)


def test_trailing_empty_cells_are_no_extra_columns():
    found = table(("Name", "Stage", ""), ("A", "live", "", ""))
    assert found.header == ("Name", "Stage")
    assert found.notes == ()


def test_blank_rows_are_counted_and_lines_still_tell_the_place():
    found = table(("Name", "Stage"), ("", " "), ("A", "live"))
    assert [(row.number, row.line) for row in found.rows] == [(1, 3)]
    assert any("1 empty row" in note and "line 2" in note for note in found.notes)


def test_a_title_above_the_headings_is_not_taken_for_them():
    found = table(("Portfolio 2024",), ("Name", "Stage", "Owner"), ("A", "live", "B"))
    assert found.header == ("Name", "Stage", "Owner")
    assert any("Portfolio 2024" in note for note in found.notes)


def test_a_shielded_formula_gets_back_its_first_sign():
    found = table(("Name",), ("'=1+1",), ("'tis",))
    assert found.column("Name") == ("=1+1", "'tis")


def test_what_no_database_keeps_is_replaced_and_said():
    found = table(("Name",), ("A\0B",), ("\ud800",), ("fine",))
    assert found.column("Name") == ("A�B", "�", "fine")
    assert any("2 cells held NUL" in note for note in found.notes)


@pytest.mark.parametrize("records", [(), (("Name",),), (("", ""), (" ",))])
def test_a_file_without_a_table_is_refused(records):
    with pytest.raises(Refused) as refusal:
        table(*records)
    assert refusal.value.kind == "invalid"
    assert refusal.value.reasons[0].field == "file"


@pytest.mark.parametrize(
    ("limit", "records", "word"),
    [
        ("MAX_ROWS", [("Name",)] + [("A",)] * 4, "rows"),
        ("MAX_COLUMNS", [("A", "B", "C", "D", "E")], "columns"),
        ("MAX_CELLS", [("A", "B")] * 4, "cells"),
        ("MAX_CELL", [("Name",), ("AAAAA",)], "characters"),
    ],
)
def test_each_limit_is_named_when_it_is_passed(monkeypatch, limit, records, word):
    monkeypatch.setattr(tables, limit, 3)
    with pytest.raises(Refused, match=word):
        table(*records)
