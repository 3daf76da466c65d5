"""Reads the fields of one criterion from plain content, and collects what is wrong with each."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from throughline.core.errors import Reason, Refused
from throughline.core.text import clean_line

# Beyond this, databases write numbers differently from one another.
LARGEST = 1e15
YES = ("on", "yes", "true", "1")
NO = ("", "off", "no", "false", "0")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
E = TypeVar("E", bound=StrEnum)


class Reader:
    """One object's fields. Each method gives the value, or notes a problem and gives the value for "not said"."""

    def __init__(self, given: Mapping[object, object], where: str, problems: list[Reason]) -> None:
        self._given = given
        self._where = where
        self._problems = problems

    def refuse(self, name: str, text: str, remedy: str = "") -> None:
        self._problems.append(Reason(text, f"{self._where}.{name}", remedy))

    def refuse_others(self, names: Iterable[str]) -> None:
        for name in sorted({str(name)[:60] for name in self._given} - set(names)):
            self.refuse(name, "A criterion has no such field.", "Leave it out.")

    def line(self, name: str, *, longest: int = 200, required: bool = False) -> str:
        value = self._value(name)
        try:
            if not isinstance(value, str):
                raise Refused.field(name, "This is not text.", "Send text.")
            return clean_line(value, field=name, max_length=longest, required=required)
        except Refused as refused:
            self.refuse(name, refused.reasons[0].text, refused.reasons[0].remedy)
            return ""

    def choice(self, name: str, kind: type[E], default: E) -> E:
        value = self._value(name)
        if value == "":
            return default
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        self.refuse(name, f"“{str(value)[:60]}” is not among the choices.", f"Choose from {', '.join(kind)}.")
        return default

    def number(self, name: str) -> float | None:
        value = self._value(name)
        if value == "":
            return None
        number = _number(value)
        if number is None:
            self.refuse(name, f"“{str(value)[:60]}” is not a number.", "Write it with a dot, such as 0.85.")
        elif abs(number) > LARGEST:
            self.refuse(name, "This number is too large.", "Choose a larger unit.")
            return None
        return number

    def whole(self, name: str, lowest: int, highest: int) -> int | None:
        number = self.number(name)
        if number is None:
            return None
        if not number.is_integer() or not lowest <= number <= highest:
            self.refuse(name, f"This is not a whole number from {lowest} to {highest:,}.")
            return None
        return int(number)

    def confidence(self, name: str, default: float) -> float:
        number = self.number(name)
        if number is None:
            return default
        if not 0.5 < number <= 0.9999:
            text = "A confidence lies above 0.5 and is 0.9999 at most."
            self.refuse(name, text, "Write 0.95 for 95 %.")
            return default
        return number

    def day(self, name: str) -> date | None:
        said = str(self._value(name)).strip()
        if not said:
            return None
        day = _day(said)
        if day is None:
            self.refuse(name, f"There is no such day: “{said[:60]}”.", "Write it as 2026-03-31.")
        return day

    def yes(self, name: str) -> bool:
        value = self._value(name)
        if isinstance(value, bool):
            return value
        said = str(value).strip().lower()
        if said not in (*YES, *NO):
            self.refuse(name, "This is neither yes nor no.", "Send true or false.")
        return said in YES

    def is_text(self, name: str, text: str) -> bool:
        return self._value(name) == text

    def _value(self, name: str) -> object:
        value = self._given.get(name)
        return "" if value is None or (isinstance(value, str) and not value.strip()) else value


def _number(value: object) -> float | None:
    """A finite number; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value.replace("_", "x") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number + 0.0 if math.isfinite(number) else None


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if DAY.fullmatch(said) else None
    except ValueError:
        return None
