"""Dates as people type them: what is understood, with which precision, and what is kept as written."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.imports.dates import (
    DateReading,
    Kept,
    Span,
    order_evidence,
    read_date,
    runs_backwards,
)

MONTH_FIRST = DateReading(order="month_first")


def span(text: str, reading: DateReading = MONTH_FIRST) -> tuple[str, str, str]:
    found = read_date(text, reading)
    assert isinstance(found, Span), found
    return found.first.isoformat(), found.last.isoformat(), found.precision


def kept(text: str, reading: DateReading = MONTH_FIRST) -> Kept:
    found = read_date(text, reading)
    assert isinstance(found, Kept), found
    return found


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2024-02-29", "2024-02-29", "2024-02-29", "day"),
        ("2024-02-29T10:00:00Z", "2024-02-29", "2024-02-29", "day"),
        ("20240229", "2024-02-29", "2024-02-29", "day"),
        ("10/1/2023", "2023-10-01", "2023-10-01", "day"),
        ("1.10.2023", "2023-10-01", "2023-10-01", "day"),
        ("10/25/23", "2023-10-25", "2023-10-25", "day"),
        ("1 October 2023", "2023-10-01", "2023-10-01", "day"),
        ("October 1st, 2023", "2023-10-01", "2023-10-01", "day"),
        ("01-Oct-2023", "2023-10-01", "2023-10-01", "day"),
        ("01-Oct-23", "2023-10-01", "2023-10-01", "day"),
        ("Oct-23", "2023-10-01", "2023-10-31", "month"),
        ("Oct 2023", "2023-10-01", "2023-10-31", "month"),
        ("2022-08", "2022-08-01", "2022-08-31", "month"),
        ("45200", "2023-10-01", "2023-10-01", "day"),
        ("2019", "2019-01-01", "2019-12-31", "year"),
        ("Q3 2024", "2024-07-01", "2024-09-30", "quarter"),
        ("Q4FY25", "2025-07-01", "2025-09-30", "fiscal_quarter"),
        ("FY25 Q1", "2024-10-01", "2024-12-31", "fiscal_quarter"),
        ("FY2025", "2024-10-01", "2025-09-30", "fiscal_year"),
        ("2022-08 (estimated)", "2022-08-01", "2022-08-31", "month"),
    ],
)
def test_a_date_is_understood_as_exactly_as_it_was_written(text, first, last, precision):
    assert span(text) == (first, last, precision)


@pytest.mark.parametrize("text", ["", "  ", "N/A", "NA", "n/a ", "\xa0", "-"])
def test_an_empty_cell_is_no_date_and_no_problem(text):
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("7/11/1905", "typed_year", "error"),
        ("1905-07-15", "typed_year", "error"),
        ("2/30/2023", "impossible_date", "error"),
        ("13/32/2023", "impossible_date", "error"),
        ("1/1/1900", "impossible_date", "error"),
        ("2023-13", "impossible_date", "error"),
        ("TBD", "no_date_yet", "note"),
        ("To Be Determined (calendar 2025)", "no_date_yet", "note"),
        ("N/A -Consolidated into another use case.", "not_applicable", "note"),
        ("24-Aug", "number_unknown", "warn"),
        ("10/12023", "not_a_date", "warn"),
        ("Pre-2021", "not_a_date", "warn"),
        ("2015-2022", "not_a_date", "warn"),
        ("2024-02-15 (kick-off); 2024-08-23 (signed)", "not_a_date", "warn"),
    ],
)
def test_what_cannot_be_known_is_kept_with_its_reason(text, code, severity):
    found = kept(text)
    assert (found.code, found.severity) == (code, severity)
    assert found.reason


def test_a_year_typed_into_a_date_cell_is_read_as_the_year_only_when_a_person_says_so():
    assert "day 2019" in kept("7/11/1905").reason
    assert span("7/11/1905", DateReading(order="month_first", typed_year="year")) == (
        "2019-01-01",
        "2019-12-31",
        "year",
    )


def test_a_number_before_a_month_is_a_year_when_it_can_be_nothing_else_or_a_person_says_so():
    assert span("24-Aug", DateReading(leading_number="year")) == ("2024-08-01", "2024-08-31", "month")
    assert span("95-Aug") == ("1995-08-01", "1995-08-31", "month")


def test_day_and_month_are_not_told_apart_without_evidence():
    assert kept("3/4/2024", DateReading()).code == "order_unknown"
    assert span("5/5/2024", DateReading())[0] == "2024-05-05"
    assert span("3/25/2024", DateReading())[0] == "2024-03-25"
    assert span("3/4/2024", DateReading(order="day_first"))[0] == "2024-04-03"


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/4/2024", "12/31/2023"], "month_first"),
        (["3/4/2024", "31/12/2023"], "day_first"),
        (["3/4/2024", "31/12/2023", "12/31/2023"], "unsure"),
        (["3/4/2024"], "unsure"),
        (["TBD", ""], "unsure"),
    ],
)
def test_a_column_shows_by_its_own_dates_which_number_is_the_month(texts, order):
    assert order_evidence(texts).order == order


def test_a_fiscal_year_can_start_in_another_month():
    assert span("Q1FY25", DateReading(fiscal_year_starts=1))[0] == "2025-01-01"
    assert span("Q4FY25", DateReading(fiscal_year_starts=4))[:2] == ("2025-01-01", "2025-03-31")


def test_only_what_certainly_lies_earlier_runs_backwards():
    year = Span(date(2023, 1, 1), date(2023, 12, 31), "year")
    june = Span(date(2023, 6, 1), date(2023, 6, 30), "month")
    before = Span(date(2022, 12, 31), date(2022, 12, 31), "day")
    assert runs_backwards(year, before)
    assert not runs_backwards(year, june)
    assert not runs_backwards(june, june)


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from(["unsure", "month_first", "day_first"]))
def test_no_text_makes_reading_fail(text, order):
    found = read_date(text, DateReading(order=order))
    assert found is None or isinstance(found, Kept) or found.first <= found.last


@settings(deadline=None)
@given(st.from_regex(r"[QFY0-9/.\- ]{1,12}(Oct|May|jan)?[0-9 /-]{0,6}", fullmatch=True))
def test_no_text_that_resembles_a_date_makes_reading_fail(text):
    found = read_date(text, DateReading(order="day_first", typed_year="year", leading_number="year"))
    assert found is None or isinstance(found, Kept) or 1949 <= found.first.year <= 2101


@settings(deadline=None)
@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_in_each_way_of_writing_it(day):
    ways = (
        f"{day:%Y-%m-%d}",
        f"{day:%m/%d/%Y}",
        f"{day:%d %B %Y}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%d-%b-%Y}",
    )
    assert {span(way)[0] for way in ways} == {day.isoformat()}
