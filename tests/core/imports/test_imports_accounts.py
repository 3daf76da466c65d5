"""The account of every row: what becomes of it, why, and that no row is lost or taken twice."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.imports.accounts import Account, Known, Outcome, RowAccount, understand
from throughline.core.imports.dates import DateReading
from throughline.core.imports.mapping import ImportMapping, complete, propose_mapping
from throughline.core.imports.tables import Row, Source, Table, build_table

TODAY = date(2026, 3, 2)
HEADER = ("Name", "Stage", "Team", "Date initiated", "Date implemented")
SOURCE = Source("portfolio.csv", "csv")


def table(*records: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Table:
    return build_table(enumerate((header, *records), start=1), SOURCE)


def account(
    content: Table, known: dict[str, Known] | None = None, mapping: ImportMapping | None = None
) -> Account:
    return understand(content, mapping or propose_mapping(content).mapping, known=known or {}, today=TODAY)


def only(*records: tuple[str, ...], mapping: ImportMapping | None = None) -> RowAccount:
    (row,) = account(table(*records), mapping=mapping).rows
    return row


def as_known(result: Account) -> dict[str, Known]:
    return {
        row.key: Known(row.fingerprint, str(row.understood["stage"]))
        for row in result.rows
        if row.outcome is not Outcome.HELD_BACK
    }


def codes(row: RowAccount) -> set[str]:
    return {problem.code for problem in row.problems}


def test_a_row_is_understood_and_kept_raw():
    row = only(("Churn", "Production", "Sales", "2023-01-05", "Q4FY25"))
    assert row.outcome is Outcome.CREATE
    assert (row.key, row.name) == ("Sales / Churn", "Churn")
    assert row.understood["stage"] == "production"
    assert row.understood["standing"] == "active"
    dates = row.understood["dates"]
    assert isinstance(dates, dict)
    assert dates["conception"]["first"] == "2023-01-05"
    assert dates["production"]["precision"] == "fiscal_quarter"
    assert row.raw["Date implemented"] == "Q4FY25"


def test_a_stage_that_nobody_mapped_holds_the_row_back_until_a_default_is_chosen():
    content = table(("A", "In mission", "", "", ""), ("B", "", "", "", ""), ("C", "Retired", "", "", ""))
    mapping = propose_mapping(content).mapping
    result = account(content, mapping=mapping)
    assert [row.outcome for row in result.rows] == [Outcome.HELD_BACK, Outcome.HELD_BACK, Outcome.CREATE]
    assert result.unmapped == {"In mission": 1, "": 1}
    assert "In mission" in result.rows[0].reason
    chosen = account(content, mapping=replace(mapping, defaults={"stage": "conception"}))
    assert chosen.outcomes[Outcome.CREATE] == 3
    assert chosen.rows[0].understood["stage"] == "conception"
    assert chosen.rows[0].raw["Stage"] == "In mission"


def test_rows_can_be_left_out_by_choice_and_say_so():
    content = table(("A", "Retired", "", "", ""))
    mapping = replace(propose_mapping(content).mapping, values={"stage": {"retired": "leave_out"}})
    (row,) = account(content, mapping=mapping).rows
    assert row.outcome is Outcome.HELD_BACK
    assert "leaves out" in row.reason


def test_dates_that_run_backwards_name_both_dates():
    row = only(("A", "Production", "", "2024-06-24", "2024-06-23"))
    (problem,) = [problem for problem in row.problems if problem.code == "backwards"]
    assert problem.severity == "error"
    assert "2024-06-24" in problem.text
    assert "2024-06-23" in problem.text
    assert row.outcome is Outcome.CREATE
    assert "backwards" not in codes(only(("A", "Production", "", "2024-06-23", "2024-06-24")))


def test_a_year_typed_as_a_date_is_wrong_and_not_understood():
    row = only(("A", "Production", "", "7/11/1905", ""))
    assert "typed_year" in codes(row)
    assert "dates" not in row.understood
    assert row.raw["Date initiated"] == "7/11/1905"


def test_a_date_in_the_future_is_reported():
    assert "future" in codes(only(("A", "Production", "", "", "2027-01-01")))
    assert "future" not in codes(only(("A", "Production", "", "", "2026-03-02")))


def test_rows_that_share_a_key_stay_apart():
    result = account(
        table(("A", "Live", "X", "", ""), ("A", "Live", "X", "", ""), ("A", "Live", "Y", "", ""))
    )
    assert [row.key for row in result.rows] == ["X / A", "X / A #2", "Y / A"]
    assert "shared_key" in codes(result.rows[0])
    assert "shared_key" not in codes(result.rows[2])


def test_a_key_that_a_row_already_has_is_not_given_to_another():
    header = ("ID", "Name", "Stage")
    content = table(("A", "1", "Live"), ("A", "2", "Live"), ("A #2", "3", "Live"), header=header)
    result = account(
        content, mapping=complete(ImportMapping({"name": "Name", "stage": "Stage"}, ("ID",)), content)
    )
    assert [row.key for row in result.rows] == ["A", "A #3", "A #2"]


def test_the_same_file_again_changes_nothing_even_when_its_rows_stand_otherwise():
    rows = [("A", "Live", "X", "2023", ""), ("A", "Live", "X", "2024", ""), ("B", "Live", "X", "", "")]
    known = as_known(account(table(*rows)))
    again = account(table(*reversed(rows)), known)
    assert again.outcomes[Outcome.UNCHANGED] == 3
    assert again.outcomes[Outcome.CREATE] == again.outcomes[Outcome.UPDATE] == 0


def test_a_changed_cell_is_an_update_of_that_row_alone():
    rows = [("A", "Live", "X", "2023", ""), ("B", "Live", "X", "", "")]
    known = as_known(account(table(*rows)))
    again = account(table(rows[0], ("B", "Live", "X", "2022", "")), known)
    assert [row.outcome for row in again.rows] == [Outcome.UNCHANGED, Outcome.UPDATE]


def test_an_import_says_that_it_does_not_move_a_model():
    known = as_known(account(table(("A", "Initiated", "X", "", ""))))
    (row,) = account(table(("A", "Live", "X", "", "")), known).rows
    assert row.outcome is Outcome.UPDATE
    assert "stays_in_place" in codes(row)


def test_a_row_with_more_cells_than_headings_waits_for_a_person():
    content = table(("A", "Live", "X", "", "", "stray"))
    mapping = propose_mapping(content).mapping
    (row,) = account(content, mapping=mapping).rows
    assert row.outcome is Outcome.HELD_BACK
    (taken,) = account(content, mapping=replace(mapping, take_long_rows=True)).rows
    assert taken.outcome is Outcome.CREATE
    assert taken.raw["Column 6"] == "stray"


def test_a_name_that_cannot_be_used_holds_the_row_back():
    assert only(("A\x07", "Live", "", "", "")).outcome is Outcome.HELD_BACK
    assert only(("", "Live", "X", "", "")).outcome is Outcome.HELD_BACK


def test_a_long_name_is_shortened_and_kept_whole():
    row = only(("A" * 400, "Live", "", "", ""))
    assert len(row.name) == 300
    assert row.raw["Name"] == "A" * 400
    assert "name_shortened" in codes(row)


def test_a_long_key_stays_distinct_from_one_with_the_same_beginning():
    result = account(table(("A" * 300, "Live", "", "", ""), ("A" * 301, "Live", "", "", "")))
    keys = {row.key for row in result.rows}
    assert len(keys) == 2
    assert max(map(len, keys)) <= 200


cells = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["Live", "Retired", "In mission", "N/A", "7/11/1905", "2024-06-24", "TBD", "Q4FY25", "A"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=5, max_size=5), min_size=1, max_size=12),
    st.sampled_from(["", "conception"]),
)
def test_every_row_has_one_account_and_a_second_import_creates_nothing(records, default):
    rows = tuple(Row(number, number + 1, tuple(record), 5) for number, record in enumerate(records, start=1))
    content = Table(HEADER, rows, 5, SOURCE)
    mapping = replace(propose_mapping(content).mapping, defaults={"stage": default}, key=("Team", "Name"))
    result = account(content, mapping=mapping)
    assert [row.number for row in result.rows] == [row.number for row in rows]
    assert sum(result.outcomes.values()) == len(rows)
    taken = [row.key for row in result.rows if row.outcome is not Outcome.HELD_BACK]
    assert len(set(taken)) == len(taken)
    again = account(content, as_known(result), mapping)
    assert again.outcomes[Outcome.CREATE] == again.outcomes[Outcome.UPDATE] == 0
    assert again.outcomes[Outcome.HELD_BACK] == result.outcomes[Outcome.HELD_BACK]


def test_a_mapping_decides_how_a_column_of_dates_is_read():
    content = table(("A", "Live", "", "3/4/2024", ""))
    mapping = propose_mapping(content).mapping
    assert "order_unknown" in codes(account(content, mapping=mapping).rows[0])
    told = replace(mapping, dates={"Date initiated": DateReading(order="day_first")})
    dates = account(content, mapping=told).rows[0].understood["dates"]
    assert isinstance(dates, dict)
    assert dates["conception"]["first"] == "2024-04-03"


def test_a_standing_beside_the_stage_is_heeded_where_the_two_go_together():
    header = ("Name", "Stage", "Standing")
    rows = [
        ("A", "Deprecation", "retired"),
        ("B", "Prototype", "Paused"),
        ("C", "Prototype", "retired"),
        ("D", "Prototype", ""),
    ]
    result = account(table(*rows, header=header))
    places = [(row.understood["stage"], row.understood["standing"]) for row in result.rows]
    assert places == [
        ("deprecation", "retired"), ("prototype", "paused"), ("prototype", "active"), ("prototype", "active"),
    ]  # fmt: skip
    assert ["value_unmapped" in codes(row) for row in result.rows] == [False, False, True, False]
