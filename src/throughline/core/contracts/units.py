"""Lengths of time in contracts: one reading of every unit, everywhere.

A day is 24 hours and a week seven days; months, quarters and years follow the calendar (UTC), the last day of a month
standing for days that it lacks. `m` alone is refused: it is a minute to some and a month to others.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.contracts.quality import number

LONGEST_YEARS = 1_000

_SECONDS = {
    "millisecond": 0.001,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3_600.0,
    "day": 86_400.0,
    "week": 604_800.0,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_NAMES = {
    "millisecond": "ms msec millis millisecond milliseconds",
    "second": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "d day days",
    "week": "w wk wks week weeks",
    "month": "mo mon mth mths month months",
    "quarter": "q qtr quarter quarters",
    "year": "y yr yrs year years annum",
}
UNITS = {word: unit for unit, words in _NAMES.items() for word in words.split()}
_ISO = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """A length of time: calendar months and seconds, of which one may be zero. `said` is how people read it."""

    months: int
    seconds: float
    said: str

    def before(self, moment: datetime) -> datetime:
        return _months_earlier(moment, self.months) - timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        return self.said


def read_span(value: Scalar, unit: str) -> tuple[Span | None, str]:
    """The length, or why it cannot be read. `value` is a number with a unit, or text such as `24h` or `P1DT12H`."""
    said = describe_scalar(value).strip().replace(",", "")
    unit = unit.strip()
    if isinstance(value, str) and (match := _ISO.fullmatch(said)) and any(match.groups()):
        return _checked(*_iso(match), said)
    if isinstance(value, str) and not unit and (match := _WRITTEN.fullmatch(said)):
        value, unit = match[1], match[2]
    figure = None if isinstance(value, bool) else number(value)
    if figure is None:
        return None, f"“{said[:40]}” is not a length of time."
    if not unit:
        return None, f"{said} has no unit; say for example d for days."
    word = unit.lower().rstrip(".")
    if word == "m":
        return None, "The unit m is a minute to some and a month to others; write min or month."
    if word not in UNITS:
        return None, f"“{unit[:40]}” is not a unit of time that is known."
    name = UNITS[word]
    shown = f"{describe_scalar(figure)} {name}{'' if figure == 1 else 's'}"
    if name in _MONTHS:
        months = figure * _MONTHS[name]
        if not float(months).is_integer():
            return None, f"{shown} is not a whole number of months."
        return _checked(int(months), 0, shown)
    return _checked(0, figure * _SECONDS[name], shown)


def _iso(match: re.Match[str]) -> tuple[int, float]:
    years, months, weeks, days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return int(years * 12 + months), weeks * 604_800 + days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def _checked(months: int, seconds: float, said: str) -> tuple[Span | None, str]:
    if months < 0 or seconds < 0 or not (months or seconds):
        return None, f"{said} is not a length of time above nothing."
    if months / 12 + seconds / 31_557_600 > LONGEST_YEARS:
        return None, f"{said} is longer than {LONGEST_YEARS:,} years."
    return Span(months, seconds, said), ""


def _months_earlier(moment: datetime, months: int) -> datetime:
    index = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(index, 12)
    if year < 1:
        return datetime.min.replace(tzinfo=moment.tzinfo) + timedelta(days=366 * 2)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def describe_seconds(seconds: float) -> str:
    """In the two greatest units that fit: `2 days 3 hours`."""
    left = int(abs(seconds))
    if left == 0:
        return "less than a second"
    parts: list[str] = []
    for name in ("day", "hour", "minute", "second"):
        count, left = divmod(left, int(_SECONDS[name]))
        if count:
            parts.append(f"{count:,} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2])
