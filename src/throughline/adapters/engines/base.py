"""What every engine speaks: columns with the data's own types, rows for a statement, failures in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from throughline.adapters.addresses import addresses_of, target_of
from throughline.adapters.base import SourceFailed
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place

NAME_SECONDS = 5
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


class TableMissing(EngineFailed):
    """The engine answers, and the table is not there."""


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
class Task:
    """What the process that executes a contract must know. `secrets` are for signing in, by the names that the engine
    asks for."""

    contract: Contract
    place: Place
    limits: Limits
    secrets: Mapping[str, str]
    now: datetime
    allow_samples: bool


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
    """A table that can be read: `sql` stands after FROM in the engine's dialect; `parts` are those of a
    name, where it is one."""

    sql: str
    columns: Sequence[Stored]
    note: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """A table that is open: the parts of its name in the engine, and its columns."""

    name: tuple[str, ...]
    columns: Sequence[Stored]


def shortened(error: object, length: int = 300) -> str:
    """The first line of what an engine said, for people; folders of this machine are left out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = _FOLDERS.sub("", lines[0] if lines else type(error).__name__)
    return said if len(said) <= length else f"{said[: length - 1]}…"


def address_of(host: str, port: int, limits: Limits) -> str:
    """The numeric address to connect to, asked for once. Raises `EngineDown` for one that may not be called."""
    shown = f"[{host}]" if ":" in host else host
    try:
        target = target_of(f"https://{shown}:{port}/", limits.allow_hosts)
        return addresses_of(target, limits.allow_hosts, NAME_SECONDS)[0]
    except SourceFailed as failure:
        raise EngineDown(f"{failure.what}: {failure.why}", failure.remedy) from None
