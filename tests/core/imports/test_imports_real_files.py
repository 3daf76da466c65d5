"""The published federal inventories: every row has an account, and none is guessed."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from throughline.adapters.tables import read_table
from throughline.core.imports.accounts import Account, Known, Outcome, understand
from throughline.core.imports.mapping import ImportMapping, propose_mapping
from throughline.core.imports.tables import Table

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "portfolio"
TODAY = date(2026, 3, 2)


def inventory(year: int) -> tuple[Table, ImportMapping, Account]:
    file = FOLDER / f"us_federal_ai_inventory_{year}.csv.gz"
    if not file.exists():
        pytest.skip(f"the federal inventory of {year} is not in ../shared/data/portfolio")
    table = read_table(file.read_bytes(), file.name)
    mapping = propose_mapping(table).mapping
    return table, mapping, understand(table, mapping, known={}, today=TODAY)


@pytest.fixture(scope="module")
def of_2024() -> tuple[Table, ImportMapping, Account]:
    return inventory(2024)


@pytest.fixture(scope="module")
def of_2023() -> tuple[Table, ImportMapping, Account]:
    return inventory(2023)


def problems(account: Account) -> Counter[str]:
    return Counter(problem.code for row in account.rows for problem in row.problems)


def test_2024_is_read_with_its_real_signs(of_2024):
    table, _, _ = of_2024
    assert (len(table.rows), len(table.header)) == (2133, 62)
    assert table.source.encoding == "Windows-1252"
    assert any("0x92 → ’" in note for note in table.notes)
    assert "Describe the AI system’s outputs." in table.header
    assert "If Other, please explain. (8)" in table.header


def test_2024_columns_are_found(of_2024):
    _, mapping, _ = of_2024
    assert mapping.columns["name"] == "Use Case Name"
    assert mapping.columns["stage"] == "Stage of Development"
    assert mapping.columns["team"] == "Agency"
    assert mapping.columns["unit"] == "Bureau"
    assert mapping.columns["retired_date"] == "Date Retired"
    assert mapping.columns["risk_tier"].startswith("Is the AI use case rights-impacting")
    assert "external_id" not in mapping.columns
    assert mapping.key == ("Agency", "Bureau", "Use Case Name")


def test_2024_has_an_account_for_every_row(of_2024):
    table, _, account = of_2024
    assert [row.number for row in account.rows] == [row.number for row in table.rows]
    assert account.outcomes[Outcome.CREATE] == 2120
    assert account.outcomes[Outcome.HELD_BACK] == 13
    assert account.unmapped == {"Research or Administrative Action Complete": 5, "In mission": 4, "": 4}
    assert len({row.key for row in account.rows}) == 2133
    for row, source in zip(account.rows, table.rows, strict=True):
        assert list(row.raw.values()) == [cell for cell in source.cells if cell.strip()]


def test_2024_wrong_dates_are_found_and_none_is_guessed(of_2024):
    _, _, account = of_2024
    found = problems(account)
    assert found["typed_year"] == 134
    assert account.backwards == 55
    assert found["number_unknown"] == 65
    assert found["not_a_date"] == 9
    understood = [
        str(span["first"])
        for row in account.rows
        if isinstance(dates := row.understood.get("dates", {}), dict)
        for span in dates.values()
        if isinstance(span, dict)
    ]
    assert len(understood) > 2000
    assert not [first for first in understood if first.startswith("19") and first < "1990"]
    fiscal = [row for row in account.rows if row.raw.get("Date Initiated") == "Q4FY25"]
    assert [row.understood["dates"]["conception"]["precision"] for row in fiscal] == ["fiscal_quarter"] * 2


def test_2024_a_second_time_changes_nothing(of_2024):
    table, mapping, account = of_2024
    known = {row.key: Known(row.fingerprint, "") for row in account.rows if row.outcome is Outcome.CREATE}
    again = understand(table, mapping, known=known, today=TODAY)
    assert again.outcomes[Outcome.UNCHANGED] == 2120
    assert again.outcomes[Outcome.CREATE] == again.outcomes[Outcome.UPDATE] == 0


def test_2023_is_read_by_its_identifier(of_2023):
    table, mapping, account = of_2023
    assert (len(table.rows), len(table.header)) == (710, 10)
    assert table.source.encoding == "UTF-8"
    assert any("21 characters were already lost" in note for note in table.notes)
    assert mapping.key == ("Use_Case_ID",)
    assert (mapping.columns["team"], mapping.columns["unit"]) == ("Department", "Agency")
    assert mapping.columns["name"] == "Title"
    assert account.rows[0].key == "DHS-0000-2023"


def test_2023_rows_without_a_stage_wait_for_a_choice(of_2023):
    _, _, account = of_2023
    assert account.outcomes[Outcome.CREATE] == 376
    assert account.outcomes[Outcome.HELD_BACK] == 334
    assert account.unmapped[""] == 321
    assert sum(account.unmapped.values()) == 334
