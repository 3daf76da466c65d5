"""Imports as they go over the wire: the batch, its mapping, and the account of each row."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example

OutcomeName = Literal["create", "update", "unchanged", "held_back"]
State = Literal["previewed", "imported", "undone"]
MAPPING = {
    "format": 1,
    "columns": {
        "name": "Use Case Name",
        "stage": "Stage of Development",
        "conception_date": "Date Initiated",
    },
    "key": ["Agency", "Use Case Name"],
    "values": {"stage": {"initiated": "conception", "retired": "deprecation/retired"}},
    "defaults": {"stage": "conception"},
    "dates": {
        "Date Initiated": {
            "order": "month_first",
            "typed_year": "keep",
            "leading_number": "keep",
            "fiscal_year_starts": 10,
        }
    },
    "take_long_rows": False,
    "owner_duty": "program_manager",
}
COUNTS = {
    "rows": 2133,
    "create": 2120,
    "update": 0,
    "unchanged": 0,
    "held_back": 13,
    "severities": {"error": 104, "warn": 51},
    "codes": {"typed_year": 60, "backwards": 55},
    "unmapped": {"In mission": 4},
    "backwards": 55,
}
SOURCE = {
    "file_name": "inventory.csv",
    "format": "csv",
    "encoding": "Windows-1252",
    "delimiter": ",",
    "sheet": "",
    "sheets": [],
    "notes": ["1 heading repeats an earlier one and got a number: If Other, please explain. (2)."],
}
BATCH = {
    "id": 4,
    "program": "growth",
    "file_name": "inventory.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "state": "previewed",
    "counts": COUNTS,
    "created_by": "Noor Haddad",
    "created_at": "2026-03-02T09:30:00Z",
    "imported_by": "",
    "imported_at": None,
    "undone_by": "",
    "undone_at": None,
    "version": 1,
}
FULL = {**BATCH, "source": SOURCE, "header": ["Use Case Name", "Agency"], "mapping": MAPPING}
PROBLEM = {
    "code": "typed_year",
    "severity": "error",
    "column": "Date Initiated",
    "value": "7/11/1905",
    "text": "kept as written: a year typed into a date cell: 1905-07-11 is day 2019 of the spreadsheet",
    "remedy": "Correct the file, or choose in the mapping to read such dates as the year (here 2019).",
}
ROW = {
    "number": 7,
    "line": 12,
    "key": "Department of Energy / Churn",
    "name": "Churn",
    "outcome": "create",
    "reason": "",
    "understood": {"name": "Churn", "stage": "production", "standing": "active"},
    "problems": [PROBLEM],
    "model_id": None,
}
KEPT = {"id": 2, "name": "Federal inventory", "saved_by": "Noor Haddad", "saved_at": "2026-03-02T09:30:00Z"}


class ImportOut(Schema):
    model_config = example(BATCH)
    id: int
    program: str = Field(description="The program's short name.")
    file_name: str
    sha256: str = Field(description="Of the file as it came.")
    state: State
    counts: dict[str, Any] = Field(
        description="Rows by outcome; rows by kind of problem; stages without a meaning; and where a column names "
        "owners, `owners`: how many get the duty (`assign`), hold it already, or match nobody, with their names."
    )
    created_by: str
    created_at: datetime
    imported_by: str
    imported_at: datetime | None
    undone_by: str
    undone_at: datetime | None
    version: int


class ImportList(Listed):
    model_config = example({"items": [BATCH], "next": None})
    items: list[ImportOut]


class ImportInFull(ImportOut):
    model_config = example(FULL)
    source: dict[str, Any] = Field(description="How the file was read, and what had to be said about it.")
    header: list[str] = Field(description="The headings, made distinct.")
    mapping: dict[str, Any] = Field(description="Columns, key, meanings of values, reading of dates.")


class Mapping(Given):
    """Which column is which field, what tells rows apart, and what values and dates mean."""

    model_config = {**Given.model_config, **example(MAPPING)}
    format: Literal[1] = 1
    columns: dict[str, str] = Field(description="A heading for each field.")
    key: list[str] = Field(description="The headings that tell rows apart.", max_length=6)
    values: dict[str, dict[str, str]] = Field(
        default={}, description="For stage, risk_tier and scoring: the meaning of each value."
    )
    defaults: dict[str, str] = Field(default={}, description="The meaning of values that have none.")
    dates: dict[str, dict[str, Any]] = Field(default={}, description="By heading: how dates are read.")
    take_long_rows: bool = Field(False, description="Import rows with more cells than headings too.")
    owner_duty: str = Field(
        "program_manager",
        description="The duty that people in the column of owners are given; empty keeps owners as text.",
        max_length=40,
    )


class RowOut(Schema):
    model_config = example(ROW)
    number: int
    line: int = Field(description="Where the row starts in the file.")
    key: str = Field(description="The external id of its model.")
    name: str
    outcome: OutcomeName
    reason: str = Field(description="Why it is held back; else empty.")
    understood: dict[str, Any]
    problems: list[dict[str, Any]]
    model_id: int | None


class RowList(Listed):
    model_config = example({"items": [ROW], "next": None})
    items: list[RowOut]


class Undo(Given):
    model_config = {**Given.model_config, **example({"leaves_changed": False})}
    leaves_changed: bool = Field(
        False, description="Leave models that people went on with, and undo the rest."
    )


class KeptName(Given):
    model_config = {**Given.model_config, **example({"name": "Federal inventory"})}
    name: str = Field(max_length=100)


class KeptMapping(Schema):
    model_config = example(KEPT)
    id: int
    name: str
    saved_by: str
    saved_at: datetime
