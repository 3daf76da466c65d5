"""What every engine speaks: columns with the data's own types, rows for a statement, failures in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FOLDERS = re.compile(r"/(?:[^/\s'\"]+/)+")

Value = object  # whatever a driver returns for one cell; `core.contracts.judging` reads it


class EngineFailed(Exception):
    """Data could not be read or a statement could not be run. `why` is one sentence, `remedy` says what to do."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why, remedy)
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}".strip()


class EngineDown(EngineFailed):
    """The engine itself cannot be reached, signed in to, or was stopped: nothing else will work on it either."""


@dataclass(frozen=True)
class Limits:
    """What reading may cost and reach. `folders` are absolute and free of links; files outside them are refused.
    `allow_hosts` are exact host:port pairs of private networks that may be called."""

    folders: tuple[Path, ...] = ()
    memory_mb: int = 320
    seconds: int = 900
    threads: int = 2
    allow_hosts: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Stored:
    """A column as the data holds it. `type` is the engine's own word for its type. `is_text_only` tells that the format
    has no types (CSV), so that text may stand for any value; `is_json` that it has no dates, so that text may stand for
    them."""

    name: str
    type: str
    is_text_only: bool = False
    is_json: bool = False


@dataclass(frozen=True)
class Relation:
    """A table that can be read: `sql` stands after FROM in the engine's dialect."""

    sql: str
    columns: Sequence[Stored]
    note: str = ""


def shortened(error: object, length: int = 300) -> str:
    """The first line of what an engine said, for people; folders of this machine are left out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = _FOLDERS.sub("", lines[0] if lines else type(error).__name__)
    return said if len(said) <= length else f"{said[: length - 1]}…"
