"""What an import writes, and what it leaves to people."""

from datetime import UTC, datetime

import pytest

from throughline.core.imports.mapping import ImportMapping
from throughline.core.imports.writing import changed_fields, first_fields, stage_since, told
from throughline.core.text import Json

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ON_RECORD: dict[str, Json] = {
    "name": "Churn", "summary": "Theirs", "risk_tier": "high", "scoring": "", "team": "Sales", "unit": "", "tags": [],
    "dates": {}, "kept": {"Name": "Churn"},
}  # fmt: skip


ALL = ImportMapping({name: name for name in ("name", "summary", "risk_tier", "team", "production_date")})


def changed(
    said: dict[str, Json],
    raw: dict[str, str],
    *,
    last: dict[str, Json] | None,
    current: dict[str, Json],
    mapping: ImportMapping = ALL,
    header: tuple[str, ...] = ("Name", "Note"),
) -> dict[str, Json]:
    return changed_fields(said, raw, last=last, current=current, mapping=mapping, header=header)


def span(first: str, precision: str) -> dict[str, Json]:
    return {"first": first, "last": first, "precision": precision}


def test_a_field_that_the_file_did_not_change_stays_as_people_left_it():
    said: dict[str, Json] = {"name": "Churn", "team": "Old team"}
    assert changed(said, {"Name": "Churn"}, last=said, current=ON_RECORD) == {}
    news = {**said, "team": "New team"}
    assert changed(news, {"Name": "Churn"}, last=said, current=ON_RECORD) == {"team": "New team"}


def test_a_field_that_the_file_now_leaves_empty_is_emptied_only_if_the_file_had_filled_it():
    filled: dict[str, Json] = {"name": "Churn", "summary": "Theirs"}
    emptied: dict[str, Json] = {"name": "Churn"}
    assert changed(emptied, {"Name": "Churn"}, last=filled, current=ON_RECORD) == {"summary": ""}
    assert changed(emptied, {"Name": "Churn"}, last=None, current=ON_RECORD) == {}


def test_a_stage_is_never_written():
    said: dict[str, Json] = {"name": "Churn", "stage": "production", "standing": "active"}
    assert "stage" not in changed(said, {}, last=None, current=ON_RECORD)


def test_the_log_tells_fields_and_only_the_headings_of_what_is_kept():
    before: dict[str, Json] = {"team": "A", "kept": {"Note": "long", "Name": "x"}}
    assert told(before, {"team": "B", "kept": {"Note": "longer", "Name": "x"}}) == {
        "team": ["A", "B"],
        "kept": ["Note"],
    }


@pytest.mark.parametrize(
    ("place", "dates", "since"),
    [
        (("production", "active"), {"production": span("2024-05-01", "day")}, "2024-05-01"),
        (("production", "active"), {"production": span("2024-05-01", "month")}, "2024-05-01"),
        (("production", "active"), {"production": span("2024-01-01", "year")}, "2026-03-02"),
        (("production", "active"), {"prototype": span("2024-05-01", "day")}, "2026-03-02"),
        (("production", "active"), {"production": span("2027-05-01", "day")}, "2026-03-02"),
        (("deprecation", "retired"), {"retired": span("2023-06-30", "day")}, "2023-06-30"),
        (("conception", "active"), {}, "2026-03-02"),
    ],
)
def test_a_stage_began_when_the_file_says_so_to_the_month(place, dates, since):
    said: dict[str, Json] = {"stage": place[0], "standing": place[1], "dates": dates}
    assert stage_since(said, now=NOW).date().isoformat() == since


def test_a_new_model_has_every_field():
    fields = first_fields({"name": "A", "stage": "prototype", "standing": "active"}, {"Name": "A"}, now=NOW)
    assert (fields["name"], fields["team"], fields["tags"], fields["kept"]) == ("A", "", [], {"Name": "A"})


def test_a_file_without_a_column_for_something_leaves_it_as_it_is():
    current: dict[str, Json] = {
        **ON_RECORD,
        "dates": {"production": span("2024-05-01", "day"), "retired": span("2025-05-01", "day")},
        "kept": {"Name": "Churn", "Elsewhere": "kept"},
    }
    last: dict[str, Json] = {"name": "Churn", "summary": "Theirs", "dates": current["dates"]}
    less = ImportMapping({"name": "Name"})
    said: dict[str, Json] = {"name": "Churn"}
    assert changed(said, {"Name": "Churn"}, last=last, current=current, mapping=less, header=("Name",)) == {}
    found = changed(said, {"Name": "Churn"}, last=last, current=current, header=("Name",))
    assert found == {"summary": "", "dates": {"retired": span("2025-05-01", "day")}}
