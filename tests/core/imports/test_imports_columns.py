"""Which column states which fact, and what the values of a column mean."""

from throughline.core.imports.columns import propose_columns
from throughline.core.imports.mapping import propose_mapping
from throughline.core.imports.tables import Source, Table, build_table
from throughline.core.imports.values import propose_risks, propose_stages


def table(*records: tuple[str, ...]) -> Table:
    return build_table(enumerate(records, start=1), Source("portfolio.csv", "csv"))


def proposed(*records: tuple[str, ...]) -> dict[str, str]:
    return {one.target: one.column for one in propose_columns(table(*records)) if one.column}


def test_headings_of_many_houses_are_recognised():
    assert proposed(
        ("Model name", "Status", "Owner", "Department", "Go-live date", "Description"),
        ("Churn", "Production", "ana@example.org", "Sales", "2024-05-01", "Who leaves"),
    ) == {
        "name": "Model name",
        "stage": "Status",
        "owner": "Owner",
        "team": "Department",
        "production_date": "Go-live date",
        "summary": "Description",
    }


def test_a_long_question_that_happens_to_hold_a_word_is_no_match():
    assert proposed(
        ("Name", "Does this use case have an owner who was told about the stage of the data?"),
        ("Churn", "No"),
    ) == {"name": "Name"}


def test_a_column_is_proposed_once_and_says_why():
    proposals = propose_columns(table(("Title", "Name"), ("Dr", "Churn")))
    named = [one for one in proposals if one.column]
    assert [(one.target, one.column) for one in named] == [("name", "Name")]
    assert "name" in named[0].reason
    assert 0 < named[0].confidence <= 1


def test_an_identifier_that_repeats_is_not_taken_as_the_key():
    content = (("ID", "Name", "Team"), ("1", "Churn", "A"), ("1", "Fraud", "A"))
    assert propose_mapping(table(*content)).mapping.key == ("Team", "Name")


def test_an_identifier_without_repeats_is_the_key():
    content = (("ID", "Name"), ("1", "Churn"), ("2", "Churn"))
    assert propose_mapping(table(*content)).mapping.key == ("ID",)


def test_a_date_column_is_read_by_its_own_evidence():
    proposal = propose_mapping(table(("Name", "Date initiated"), ("A", "3/4/2024"), ("B", "3/25/2024")))
    assert proposal.mapping.reading("Date initiated").order == "month_first"
    unsure = propose_mapping(table(("Name", "Date initiated"), ("A", "3/4/2024")))
    assert unsure.mapping.reading("Date initiated").order == "unsure"


def test_stages_are_proposed_where_they_are_known_and_nowhere_else():
    expected = {
        "Initiated": "conception",
        "Acquisition and/or Development": "prototype",
        "Implementation and Assessment": "deployment",
        "Operation and Maintenance": "production",
        "Retired": "deprecation/retired",
        "production_ready": "production_ready",
        "In mission": "",
        "Successfully tested but not in production.": "",
        "": "",
    }
    assert {one.value: one.meaning for one in propose_stages(expected)} == expected


def test_values_are_counted_without_regard_to_case_and_blanks():
    (one,) = propose_risks(["Safety-impacting", "Safety-Impacting\n", " safety-impacting"])
    assert (one.count, one.meaning) == (3, "high")
