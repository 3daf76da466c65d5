"""The rows of a list or schema inside a section's form, read from what was sent, with one more or one less.

Cells are called `<section>.<field>.<n>.<column>`, as the rules name them, so a refusal finds its cell. `rows.do` is the
name of the buttons that add and remove rows; they send the form, so it works without scripts.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from throughline.core.errors import Refused
from throughline.core.spec_sections import Field

BUTTON = "rows.do"
BLANKS = 2
MOST = 250
_DO = re.compile(r"(add|remove):([a-z_]+)(?::(\d{1,3}))?\Z")


@dataclass(frozen=True)
class Cell:
    name: str
    title: str
    value: str
    choices: tuple[tuple[str, str], ...]
    error: str


@dataclass(frozen=True)
class Row:
    number: int
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    field: Field
    rows: tuple[Row, ...]
    error: str

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.field.columns)


def typed(section: str, field: Field, sent: Mapping[str, object]) -> list[dict[str, str]]:
    """What was typed, in the order of the rows' numbers, after the button that was pressed did its work."""
    pattern = re.compile(rf"{section}\.{field.key}\.(\d{{1,3}})\.([a-z_]+)\Z")
    rows: dict[int, dict[str, str]] = {}
    for name, value in sent.items():
        if found := pattern.match(name):
            rows.setdefault(int(found[1]), {})[found[2]] = str(value)
    kept = [rows[number] for number in sorted(rows)][:MOST]
    done = _DO.match(str(sent.get(BUTTON, "")))
    if done and done[2] == field.key and done[1] == "remove" and done[3]:
        return [row for number, row in enumerate(kept) if number != int(done[3])]
    return kept


def more(field: Field, sent: Mapping[str, object]) -> int:
    """How many rows are to be added to those that were sent, blank ones among them."""
    return BLANKS if sent.get(BUTTON) == f"add:{field.key}" else 0


def is_rearranging(sent: Mapping[str, object]) -> bool:
    return bool(sent.get(BUTTON))


def table(
    section: str,
    field: Field,
    rows: Sequence[Mapping[str, str]],
    refusal: Refused | None,
    *,
    blanks: int = BLANKS,
) -> Table:
    """As the template draws it, with some blank rows at the end and each refusal beside its cell."""
    errors = {reason.field: str(reason) for reason in refusal.reasons if reason.field} if refusal else {}
    padded = [*rows, *({} for _ in range(blanks if rows else blanks + 1))]
    drawn = tuple(
        _row(f"{section}.{field.key}.{number}", number, field, row, errors)
        for number, row in enumerate(padded)
    )
    return Table(field, drawn, errors.get(f"{section}.{field.key}", ""))


def _row(where: str, number: int, field: Field, row: Mapping[str, str], errors: Mapping[str, str]) -> Row:
    cells = tuple(
        Cell(
            f"{where}.{column.key}",
            column.title,
            row.get(column.key, ""),
            (("", "–"), *column.choices.items()) if column.choices else (),
            errors.get(f"{where}.{column.key}", ""),
        )
        for column in field.columns
    )
    return Row(number, cells[0].value or f"row {number + 1}", cells)
