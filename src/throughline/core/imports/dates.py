"""Dates as people type them into spreadsheets: understood with their precision, or kept with the reason."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Precision = Literal["day", "month", "quarter", "fiscal_quarter", "year", "fiscal_year"]
Severity = Literal["error", "warn", "note"]
Order = Literal["month_first", "day_first", "unsure"]

EARLIEST_YEAR = 1950
LATEST_YEAR = 2100
LONGEST_DATE_TEXT = 200
SPREADSHEET_EPOCH = date(1899, 12, 30)
TYPED_YEARS_FALL_IN = 1905  # spreadsheet days 1950 to 2100


@dataclass(frozen=True)
class DateReading:
    """What one column's dates mean where the text alone leaves it open.

    `order` says which number of 3/4/2024 is the month. `typed_year` says whether a day of 1905 is taken as
    the year whose number became a spreadsheet day. `leading_number` says what the 24 of “24-Aug” is.
    `fiscal_year_starts` is the first month of the fiscal year that ends in the named year.
    """

    order: Order = "unsure"
    typed_year: Literal["keep", "year"] = "keep"
    leading_number: Literal["keep", "year"] = "keep"
    fiscal_year_starts: int = 10


@dataclass(frozen=True)
class Span:
    """A date as exactly as it was written: from `first` to `last`, both included."""

    first: date
    last: date
    precision: Precision
    note: str = ""


@dataclass(frozen=True)
class Kept:
    """A text that stays as written, and why; `code` names the kind of reason."""

    code: str
    reason: str
    remedy: str = ""
    severity: Severity = "warn"


@dataclass(frozen=True)
class OrderEvidence:
    """How many dates of a column can only be read month first, only day first, or either way."""

    month_first: int = 0
    day_first: int = 0
    either: int = 0

    @property
    def order(self) -> Order:
        if self.month_first and not self.day_first:
            return "month_first"
        return "day_first" if self.day_first and not self.month_first else "unsure"

    @property
    def reason(self) -> str:
        if self.order == "month_first":
            return (
                f"{_dates(self.month_first)} can only be read with the month first, none with the day first"
            )
        if self.order == "day_first":
            return f"{_dates(self.day_first)} can only be read with the day first, none with the month first"
        if self.month_first:
            return f"month first and day first are mixed: {self.month_first} and {self.day_first} dates"
        return f"{_dates(self.either)} can be read either way" if self.either else "no dates like 3/4/2024"


_EMPTY = {
    "",
    "n/a",
    "na",
    "n.a.",
    "n.a",
    "#n/a",
    "none",
    "nil",
    "null",
    "not applicable",
    "-",
    "--",
    "–",
    "—",
}
_OPEN = re.compile(
    r"(tbd|tbc|to ?do|to be (determined|confirmed|decided)|unknown|pending|on-?going|open|unspecified)\b",
    re.IGNORECASE,
)
_NOT_APPLICABLE = re.compile(r"(n/a|not applicable)\b", re.IGNORECASE)
_MONTHS = {name[:3].casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?:Z| ?[+-]\d{2}:?\d{2})?)?"
_FIGURES = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[/.-])(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})" + _TIME, re.IGNORECASE
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_ISO_DAY = _pattern(r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})" + _TIME)
_COMPACT_DAY = _pattern(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_NAMED_DAY = (
    _pattern(
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -]?(?:of )?" + _MONTH + r",?[ -]?(?P<year>\d{4}|(?<=[ -])\d{2})"
    ),
    _pattern(_MONTH + r"[ -]?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:, ?|[ -])(?P<year>\d{4})"),
)
_MONTHS_OF_YEAR = (
    _pattern(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})"),
    _pattern(r"(?P<month>\d{1,2})[-/](?P<year>\d{4})"),
    _pattern(_MONTH + r"(?:,? ?|[-/.])(?P<year>\d{4})"),
    _pattern(_MONTH + r"(?:[-/]| ?['’])(?P<year>\d{2})"),
    _pattern(r"(?P<year>\d{4})[-/ .]?" + _MONTH),
)
_NUMBER_THEN_MONTH = _pattern(r"(?P<number>\d{1,2})[- /]" + _MONTH)
_YEAR = _pattern(r"(?:CY ?)?(?P<year>\d{4})(?:\.0)?")
_SERIAL = _pattern(r"(?P<serial>\d{5})(?:\.\d+)?")
_FISCAL_QUARTER = (
    _pattern(r"Q(?P<quarter>[1-4])[ ,/-]*FY ?'?(?P<year>\d{4}|\d{2})"),
    _pattern(r"FY ?'?(?P<year>\d{4}|\d{2})[ ,/-]*Q(?P<quarter>[1-4])"),
)
_QUARTER = (
    _pattern(r"Q(?P<quarter>[1-4])[ ,/-]*(?:CY ?)?(?P<year>\d{4})"),
    _pattern(r"(?:CY ?)?(?P<year>\d{4})[ ,/-]*Q(?P<quarter>[1-4])"),
)
_FISCAL_YEAR = _pattern(r"FY ?'?(?P<year>\d{4}|\d{2})")
_WITH_REMARK = re.compile(r"(?P<date>\d{4}-\d{2}(?:-\d{2})?)[ ,;:]+(?P<remark>\D+)")


def read_date(text: str, reading: DateReading = DateReading()) -> Span | Kept | None:
    """The date that the text states, why it states none, or None for an empty or not applicable cell."""
    plain = " ".join(text.split())
    if plain.casefold() in _EMPTY:
        return None
    if len(plain) > LONGEST_DATE_TEXT or not plain.isprintable():
        return Kept("not_a_date", "this is not a date")
    if _NOT_APPLICABLE.match(plain):
        return Kept("not_applicable", "says that no date applies, with a remark", severity="note")
    if _OPEN.match(plain):
        return Kept("no_date_yet", "no date is known yet", "Import again when there is one.", severity="note")
    found = _read(plain, reading)
    if found is None and (remark := _WITH_REMARK.fullmatch(plain)):
        found = _read(remark["date"], reading)
        if isinstance(found, Span):
            return replace(
                found, note=f"the remark “{_short(remark['remark'])}” beside it is kept as written"
            )
    if found is None:
        return Kept("not_a_date", "this is not a date that can be understood", "Write it as YYYY-MM-DD.")
    return found if isinstance(found, Kept) else _plausible(found, reading)


def order_evidence(texts: Iterable[str]) -> OrderEvidence:
    """What a column's own dates say about which number is the month."""
    month_first = day_first = either = 0
    for text in texts:
        match = _FIGURES.fullmatch(" ".join(text.split()))
        if not match:
            continue
        first, second = int(match["a"]), int(match["b"])
        if match["sep"] == "." or first > 12 >= second:
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second:
            either += 1
    return OrderEvidence(month_first, day_first, either)


def runs_backwards(earlier: Span, later: Span) -> bool:
    """Whether the second certainly lies before the first, allowing for how exactly each was written."""
    return later.last < earlier.first


def _read(text: str, reading: DateReading) -> Span | Kept | None:
    if match := _ISO_DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text):
        return _day(int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _FIGURES.fullmatch(text):
        return _figures(match, reading)
    if match := _first_match(_NAMED_DAY, text):
        return _day(_full_year(match["year"]), _MONTHS[match["mon"][:3].casefold()], int(match["day"]))
    if match := _first_match(_MONTHS_OF_YEAR, text):
        groups = match.groupdict()
        month = int(groups["month"]) if groups.get("month") else _MONTHS[match["mon"][:3].casefold()]
        return _months(_full_year(match["year"]), month, 1, "month")
    if match := _NUMBER_THEN_MONTH.fullmatch(text):
        return _number_then_month(match, reading)
    return _periods(text, reading)


def _periods(text: str, reading: DateReading) -> Span | Kept | None:
    if match := _YEAR.fullmatch(text):
        return _months(int(match["year"]), 1, 12, "year")
    if match := _SERIAL.fullmatch(text):
        day = SPREADSHEET_EPOCH + timedelta(days=int(match["serial"]))
        return Span(day, day, "day", f"read from the spreadsheet day number {match['serial']}")
    if match := _first_match(_FISCAL_QUARTER, text):
        year, month = _fiscal_start(_full_year(match["year"]), reading)
        start = month + 3 * (int(match["quarter"]) - 1)
        return _months(
            year + (start - 1) // 12, (start - 1) % 12 + 1, 3, "fiscal_quarter", _fiscal_note(reading)
        )
    if match := _first_match(_QUARTER, text):
        return _months(int(match["year"]), 3 * int(match["quarter"]) - 2, 3, "quarter")
    if match := _FISCAL_YEAR.fullmatch(text):
        year, month = _fiscal_start(_full_year(match["year"]), reading)
        return _months(year, month, 12, "fiscal_year", _fiscal_note(reading))
    return None


def _figures(match: re.Match[str], reading: DateReading) -> Span | Kept:
    first, second, year = int(match["a"]), int(match["b"]), _full_year(match["year"])
    if first > 12 or second > 12 or first == second or match["sep"] == ".":
        month_first = second > 12 >= first or first == second
    elif reading.order == "unsure" and (typed := _typed_year_either_way(year, first, second)):
        return typed
    elif reading.order == "unsure":
        return Kept(
            "order_unknown",
            "day and month cannot be told apart",
            "Choose in the mapping whether this column writes the day or the month first.",
        )
    else:
        month_first = reading.order == "month_first"
    month, day = (first, second) if month_first else (second, first)
    return _day(year, month, day)


def _typed_year_either_way(year: int, first: int, second: int) -> Span | None:
    """The one reading under which this is a year typed into a date cell, when the other is none."""
    ways = ((first, second), (second, first)) if year == TYPED_YEARS_FALL_IN else ()
    days = [date(year, month, day) for month, day in ways]
    typed = [day for day in days if EARLIEST_YEAR <= (day - SPREADSHEET_EPOCH).days <= LATEST_YEAR]
    return Span(typed[0], typed[0], "day") if len(typed) == 1 else None


def _number_then_month(match: re.Match[str], reading: DateReading) -> Span | Kept:
    number, month = int(match["number"]), _MONTHS[match["mon"][:3].casefold()]
    if number > 31 or reading.leading_number == "year":
        return _months(_full_year(match["number"]), month, 1, "month")
    name = calendar.month_name[month]
    return Kept(
        "number_unknown",
        f"this can be {name} {2000 + number} or {number} {name} of an unnamed year",
        "Choose in the mapping that the number is the year, or correct the file.",
    )


def _plausible(found: Span, reading: DateReading) -> Span | Kept:
    serial = (found.first - SPREADSHEET_EPOCH).days
    if found.precision == "day" and EARLIEST_YEAR <= serial <= LATEST_YEAR:
        if reading.typed_year == "year":
            year = _months(serial, 1, 12, "year")
            return (
                replace(year, note=f"read as the year {serial} typed into a date cell")
                if isinstance(year, Span)
                else year
            )
        return Kept(
            "typed_year",
            f"a year typed into a date cell: {found.first.isoformat()} is day {serial} of the spreadsheet",
            f"Correct the file, or choose in the mapping to read such dates as the year (here {serial}).",
            severity="error",
        )
    if not EARLIEST_YEAR <= found.first.year <= LATEST_YEAR:
        return Kept(
            "impossible_date",
            f"the year {found.first.year} cannot be meant",
            "Correct the file.",
            severity="error",
        )
    return found


def _day(year: int, month: int, day: int) -> Span | Kept:
    try:
        there = date(year, month, day)
    except ValueError:
        return Kept(
            "impossible_date",
            f"there is no day {day} in month {month} of {year}",
            "Correct the file.",
            severity="error",
        )
    return Span(there, there, "day")


def _months(year: int, month: int, count: int, precision: Precision, note: str = "") -> Span | Kept:
    if not (1 <= month <= 12 and EARLIEST_YEAR <= year <= LATEST_YEAR):
        reason = f"there is no month {month}" if not 1 <= month <= 12 else f"the year {year} cannot be meant"
        return Kept("impossible_date", reason, "Correct the file.", severity="error")
    end = month + count - 1
    last_year, last_month = year + (end - 1) // 12, (end - 1) % 12 + 1
    last = date(last_year, last_month, calendar.monthrange(last_year, last_month)[1])
    return Span(date(year, month, 1), last, precision, note)


def _fiscal_start(year: int, reading: DateReading) -> tuple[int, int]:
    start = reading.fiscal_year_starts
    return (year if start == 1 else year - 1), start


def _fiscal_note(reading: DateReading) -> str:
    return f"the fiscal year taken to start in {calendar.month_name[reading.fiscal_year_starts]}"


def _full_year(digits: str) -> int:
    if len(digits) > 2:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 70 else 1900)


def _first_match(patterns: Iterable[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(text))), None)


def _dates(count: int) -> str:
    return f"{count:,} date" if count == 1 else f"{count:,} dates"


def _short(text: str) -> str:
    plain = text.strip()
    return plain if len(plain) <= 60 else f"{plain[:59]}…"
