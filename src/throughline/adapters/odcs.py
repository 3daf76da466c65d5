"""Reads and writes data contracts of the Open Data Contract Standard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from throughline.adapters import odcs_schema
from throughline.adapters.odcs_schema import NEWEST, READ
from throughline.adapters.odcs_text import (
    MAX_BYTES,
    Marks,
    Path,
    TextUnreadable,
    decoded,
    is_ambiguous,
    places,
    read_text,
)

__all__ = [
    "MAX_BYTES",
    "NEWEST",
    "READ",
    "ContractFile",
    "ContractInvalid",
    "Fault",
    "read_contract",
    "write_contract",
]


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a document. `line` and `column` count from 1; `path` is as in `schema[0].name`."""

    text: str
    line: int
    column: int
    path: str = ""

    def __str__(self) -> str:
        where = f"Line {self.line}, column {self.column}"
        return f"{where}, {self.path}: {self.text}" if self.path else f"{where}: {self.text}"


class ContractInvalid(Exception):
    """Carries every fault that was found."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class ContractFile:
    """A document that holds against the standard: its text, and the same as data in its own order."""

    text: str
    content: dict[str, Any]


def read_contract(body: bytes | str) -> ContractFile:
    """The document in YAML or JSON. Raises `ContractInvalid` with what is wrong, and where."""
    try:
        text = decoded(body) if isinstance(body, bytes) else body
        content = read_text(text)
    except TextUnreadable as error:
        raise ContractInvalid((Fault(error.text, error.line, error.column),)) from None
    faults = odcs_schema.problems(content)
    if faults:
        marks = places(text)
        raise ContractInvalid(tuple(_fault(path, said, marks) for path, said in faults))
    assert isinstance(content, dict)
    return ContractFile(text, content)


def checked(content: Mapping[str, Any]) -> ContractFile:
    """A document that was put together here, written out and read again. Raises `ContractInvalid`."""
    return read_contract(write_contract(content))


def write_contract(content: Mapping[str, Any]) -> str:
    """As YAML, in the order of the content; reading it gives the same content."""
    text: str = yaml.dump(
        dict(content),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=False,
    )
    return text


def spelled(path: Path) -> str:
    """As in `schema[0].properties[2].logicalType`."""
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return said.removeprefix(".")


def _fault(path: Path, said: str, marks: Marks) -> Fault:
    known = path
    while known and known not in marks:
        known = known[:-1]
    line, column = marks.get(known, (1, 1))
    return Fault(said, line, column, spelled(path))


class _Dumper(yaml.SafeDumper):
    """Quotes whatever one version of YAML or another would take for something else than text."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - given by the library
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    is_block = "\n" in value and not any(line.endswith((" ", "\t")) for line in value.split("\n"))
    style = "|" if is_block else '"' if is_ambiguous(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
