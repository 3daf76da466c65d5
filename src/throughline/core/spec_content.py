"""Reads what people write into a specification: every text through one boundary, each fault under its name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from throughline.core.criteria import parse_criteria
from throughline.core.criteria import to_plain as criteria_to_plain
from throughline.core.errors import Missing, Reason, Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.spec_sections import BY_KEY, CRITERIA, SECTIONS, Column, Field, Kind, Section
from throughline.core.text import clean, clean_line

LONGEST_PROSE, LONGEST_LINE, LONGEST_CELL, MOST_ROWS = 20_000, 300, 500, 200

Content = Mapping[str, object]
T = TypeVar("T")


def section_of(key: str) -> Section:
    """Raises `Missing` for a section that there is not."""
    if key not in BY_KEY:
        raise Missing("section of a specification")
    return BY_KEY[key]


def clean_content(given: object) -> dict[str, object]:
    """All sections, as `clean_section` gives them; empty ones are left out."""
    if not isinstance(given, Mapping):
        raise Refused.field("content", "A specification is an object of sections.")
    problems = [
        Reason(f"“{str(key)[:60]}” is not a section.", str(key)[:60], f"Choose from {', '.join(BY_KEY)}.")
        for key in given
        if key not in BY_KEY
    ]
    found = {
        section.key: _kept(problems, partial(clean_section, section.key, given[section.key]), None)
        for section in SECTIONS
        if section.key in given
    }
    _refuse(problems)
    return {key: said for key, said in found.items() if said}


def clean_section(key: str, given: object) -> dict[str, object] | list[dict[str, object]]:
    """One section's fields, those that are empty left out; success criteria are a list.

    Raises `Refused` (invalid) with every fault, under the names `<section>.<field>` and
    `<section>.<field>.<row>.<column>`; rows count from 0.
    """
    section = section_of(key)
    if key == CRITERIA:
        if not isinstance(given, list | tuple):
            raise Refused.field(CRITERIA, "Success criteria are a list.")
        return criteria_to_plain(parse_criteria(given))
    if not isinstance(given, Mapping):
        raise Refused.field(key, f"The section “{section.title}” is an object of fields.")
    names = [field.key for field in section.fields]
    problems = [
        Reason(
            f"“{str(name)[:60]}” is not a field here.",
            f"{key}.{str(name)[:60]}",
            f"Choose from {', '.join(names)}.",
        )
        for name in given
        if name not in names
    ]
    found: dict[str, object] = {
        field.key: _kept(problems, partial(_value, field, given[field.key], f"{key}.{field.key}"), None)
        for field in section.fields
        if given.get(field.key) is not None
    }
    _refuse(problems)
    return {name: value for name, value in found.items() if value}


def content_fingerprint(content: Content) -> str:
    """Of what is said, section by section, whatever the order in which it was written."""
    return fingerprint({key: said for key, said in content.items() if said})


def fields_of(content: Content, section: str) -> Mapping[str, object]:
    """A section's fields as they stand; none where nothing was written."""
    said = content.get(section)
    return said if isinstance(said, Mapping) else {}


def rows_of(content: Content, section: str, field: str) -> tuple[Mapping[str, str], ...]:
    said = fields_of(content, section).get(field)
    return tuple(row for row in said if isinstance(row, Mapping)) if isinstance(said, list | tuple) else ()


def criteria_of(content: Content) -> tuple[Mapping[str, object], ...]:
    """The success criteria as plain content; `core.criteria.parse_criteria` reads them."""
    said = content.get(CRITERIA)
    return tuple(one for one in said if isinstance(one, Mapping)) if isinstance(said, list | tuple) else ()


def _value(field: Field, given: object, name: str) -> object:
    if field.kind.has_rows:
        return _rows(field, given, name)
    if not isinstance(given, str):
        raise Refused.field(name, f"{field.title}: this is not text.", "Send text.")
    if field.kind is Kind.MARKDOWN:
        return clean(given, field=name, max_length=LONGEST_PROSE)
    line = clean_line(given, field=name, max_length=LONGEST_LINE, required=False)
    return _chosen(line, field.choices, name)


def _chosen(line: str, choices: Mapping[str, str] | None, name: str) -> str:
    if line and choices is not None and line not in choices:
        raise Refused.field(
            name, f"“{line[:60]}” is not among the choices.", f"Choose from {', '.join(choices)}."
        )
    return line


def _rows(field: Field, given: object, name: str) -> list[dict[str, str]]:
    """Rows in which nothing stands are left out; the first column names the row, once."""
    if not isinstance(given, list | tuple):
        raise Refused.field(name, f"{field.title}: this is not a list.", "Send a list of objects.")
    if len(given) > MOST_ROWS:
        raise Refused.field(name, f"These are {len(given)} rows; {MOST_ROWS} are allowed.")
    problems: list[Reason] = []
    read = [(number, _row(field, row, f"{name}.{number}", problems)) for number, row in enumerate(given)]
    rows = [(number, row) for number, row in read if any(row.values())]
    problems += _faults_of_names(field, rows, name)
    _refuse(problems)
    return [{key: cell for key, cell in row.items() if cell} for _, row in rows]


def _row(field: Field, given: object, name: str, problems: list[Reason]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        problems.append(Reason("This is not a row.", name, "Send an object with its columns."))
        return {}
    known = [column.key for column in field.columns]
    problems += [
        Reason(
            f"“{str(key)[:60]}” is not a column here.",
            f"{name}.{str(key)[:60]}",
            f"Choose from {', '.join(known)}.",
        )
        for key in given
        if key not in known
    ]
    return {
        column.key: _kept(problems, partial(_cell, column, given.get(column.key), f"{name}.{column.key}"), "")
        for column in field.columns
    }


def _cell(column: Column, given: object, name: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Refused.field(name, f"{column.title}: this is not text.", "Send text.")
    return _chosen(
        clean_line(given, field=name, max_length=LONGEST_CELL, required=False), column.choices, name
    )


def _faults_of_names(field: Field, rows: Sequence[tuple[int, Mapping[str, str]]], name: str) -> list[Reason]:
    first, seen, problems = field.columns[0], set[str](), list[Reason]()
    for number, row in rows:
        said, where = row.get(first.key, ""), f"{name}.{number}.{first.key}"
        if not said:
            problems.append(Reason(f"{first.title}: this is empty.", where, "Name it, or clear the row."))
        elif said in seen:
            problems.append(Reason(f"“{said[:60]}” stands twice.", where, "Keep one of them."))
        seen.add(said)
    return problems


def _kept(problems: list[Reason], read: Callable[[], T], otherwise: T) -> T:
    """What was read, or its faults put with the others."""
    try:
        return read()
    except Refused as refusal:
        problems.extend(refusal.reasons)
        return otherwise


def _refuse(problems: Sequence[Reason]) -> None:
    if problems:
        raise Refused(tuple(problems), kind="invalid")
