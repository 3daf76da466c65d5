"""Takes plain content apart; notes each problem with its place and goes on, so that all are told at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
LONGEST_TEXT = 2_000
LARGEST_NUMBER = 1e15


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a policy, with the path to it (for line and column)."""

    path: Path
    text: str


class Content:
    """Answers with something of the right shape in any case; what was wrong is in `problems`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, path: Path, text: str) -> None:
        self.problems.append(Problem(path, text.strip()))

    def mapping(self, content: object, path: Path, known: Iterable[str]) -> dict[str, object]:
        if not isinstance(content, Mapping):
            self.problem(path, "This must be a list of names with values (a YAML mapping).")
            return {}
        names = list(known)
        for key in content:
            if key not in names:
                place = key if isinstance(key, str | int) else str(key)
                self.problem((*path, place), f"“{key}” is not known here. {nearest(str(key), names)}")
        return {str(key): value for key, value in content.items()}

    def sequence(self, content: object, path: Path) -> list[object]:
        if not isinstance(content, list | tuple):
            self.problem(path, "This must be a list.")
            return []
        return list(content)

    def choices(self, content: object, path: Path, allowed: Sequence[str] | None) -> tuple[str, ...]:
        """One text or a list of texts; None allows any."""
        given = [content] if isinstance(content, str) else self.sequence(content, path)
        for index, value in enumerate(given):
            where = path if isinstance(content, str) else (*path, index)
            if not isinstance(value, str) or not value.strip():
                self.problem(where, "This must be text; put it in quotation marks.")
            elif allowed is not None and value not in allowed:
                self.problem(where, f"“{value}” is not one of: {', '.join(allowed)}.")
            elif value in given[:index]:
                self.problem(where, f"“{value}” stands here twice.")
        return tuple(str(value) for value in given)

    def choice(self, value: object, path: Path, allowed: Sequence[str]) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        self.problem(path, f"“{value}” is not one of: {', '.join(allowed)}.")
        return allowed[0]

    def line(self, item: Mapping[str, object], name: str, path: Path, *, required: bool = True) -> str:
        value = item.get(name, "")
        where = (*path, name) if name in item else path
        if not isinstance(value, str):
            self.problem(where, "This must be text; put it in quotation marks.")
            return str(value)
        if required and not value.strip():
            self.problem(where, f"“{name}” is missing.")
        if len(value) > LONGEST_TEXT:
            self.problem(where, f"This is longer than {LONGEST_TEXT:,} characters.")
        return value.strip()

    def number(self, value: object, path: Path) -> float | None:
        """None, and a problem, for anything but a finite number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(path, "This must be a number.")
        elif not abs(value) <= LARGEST_NUMBER:  # NaN is not
            self.problem(path, "This must be a finite number.")
        else:
            return float(value)
        return None


def nearest(word: str, known: Iterable[str]) -> str:
    """Imported where it is used: difflib is wanted only when something is wrong."""
    from difflib import get_close_matches

    close = get_close_matches(word[:100], list(known), n=1)
    return f"Did you mean “{close[0]}”?" if close else ""
