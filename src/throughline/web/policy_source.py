"""The text of a policy that is being written: what is wrong with it, line by line."""

import re
from dataclasses import dataclass

from throughline.core.errors import Refused
from throughline.queries.policies import read

PLACE = re.compile(r"Line (\d+), column (\d+): (.*)", re.DOTALL)
AROUND = 3


@dataclass(frozen=True)
class Mistake:
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class SourceLine:
    number: int
    text: str
    mistakes: tuple[Mistake, ...]
    is_first_of_part: bool


@dataclass(frozen=True)
class Source:
    """`lines` are those with mistakes and a few around each."""

    label: str
    checks: int
    mistakes: tuple[Mistake, ...]
    lines: tuple[SourceLine, ...]

    @property
    def is_sound(self) -> bool:
        return not self.mistakes


def source_of(text: str) -> Source:
    try:
        policy = read(text)
    except Refused as refusal:
        mistakes = tuple(_mistake(reason.text) for reason in refusal.reasons)
        return Source("", 0, mistakes, lines_around(text, mistakes))
    return Source(policy.label, sum(len(gate.checks) for gate in policy.gates.values()), (), ())


def _mistake(said: str) -> Mistake:
    found = PLACE.fullmatch(said)
    return Mistake(int(found[1]), int(found[2]), found[3]) if found else Mistake(1, 1, said)


def lines_around(text: str, mistakes: tuple[Mistake, ...]) -> tuple[SourceLine, ...]:
    """YAML counts lines by line breaks alone."""
    lines = text.split("\n")
    wanted = {
        n
        for m in mistakes
        for n in range(m.line - AROUND, m.line + AROUND + 1)
        if 1 <= n <= max(len(lines), 1)
    }
    return tuple(
        SourceLine(
            n, lines[n - 1].rstrip("\r")[:400], tuple(m for m in mistakes if m.line == n), n - 1 not in wanted
        )
        for n in sorted(wanted)
    )
