"""Assessments of data quality as they go over the wire."""

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.profile_comparison import Moved
from throughline.core.profile_remarks import Topic
from throughline.core.profiles import ColumnKind

ASSESSMENT = {
    "id": 7,
    "source_id": 3,
    "state": "done",
    "engine": "DuckDB",
    "place": "orders/2026-03.parquet",
    "table": "",
    "asked_by": "Noor Haddad",
    "asked_at": "2026-03-02T09:30:00Z",
    "started_at": "2026-03-02T09:30:01Z",
    "finished_at": "2026-03-02T09:30:04Z",
    "columns_done": 2,
    "columns": 2,
    "rows": 1200,
    "error": "",
    "fingerprint": "9f2c…",
    "judgement": "accepted",
    "judged_by": "Lea Stern",
    "judged_at": "2026-03-02T11:00:00Z",
    "reason": "The discount is missing where there was none.",
    "version": 4,
}
COLUMN = {
    "name": "amount",
    "type": "DOUBLE",
    "kind": "number",
    "nulls": 12,
    "empty": 0,
    "not_numbers": 0,
    "missing": 12,
    "unlike": 0,
    "beyond": 0,
    "distinct": 988,
    "is_distinct_exact": True,
    "lowest": "0.5",
    "highest": "412.0",
    "mean": 31.2,
    "sd": 24.9,
    "q1": 14.0,
    "median": 24.5,
    "q3": 40.0,
    "are_quartiles_exact": True,
    "below": 0,
    "above": 31,
    "shortest": None,
    "longest": None,
    "top": [],
    "edges": [0.5, 39.75, 79.0],
    "bins": [890, 267],
}
PROFILE = {
    "rows": 1200,
    "bytes": 48213,
    "files": 1,
    "duplicates": 0,
    "keeps_values": True,
    "notes": [],
    "columns": [COLUMN],
    "remarks": [
        {"topic": "missing", "column": "amount", "text": "is missing in 1.0 % of the rows", "is_heavy": False}
    ],
}
DIFFERENCE = {
    "what": "missing",
    "column": "amount",
    "text": "is missing in 4.0 % of the rows, before it was 1.0 %",
    "deserves_look": True,
    "size": 0.03,
}
State = Literal["waiting", "running", "done", "stopped"]


class AssessmentOut(Schema):
    model_config = example(ASSESSMENT)
    id: int
    source_id: int
    state: State
    engine: str
    place: str = Field(description="What was read; of an upload its name.")
    table: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    columns_done: int
    columns: int
    rows: int | None
    error: str = Field(description="Why it was stopped.")
    fingerprint: str = Field(description="Of the profile; a judgement sends it back as `profile`.")
    judgement: Literal["", "accepted", "rejected"]
    judged_by: str
    judged_at: datetime | None
    reason: str
    version: int


class AssessmentList(Listed):
    model_config = example({"items": [ASSESSMENT], "next": None})
    items: list[AssessmentOut]


class ProfiledColumn(Schema):
    model_config = example(COLUMN)
    name: str
    type: str = Field(
        description="The data's own; of a file without types what nearly all values can be read as."
    )
    kind: ColumnKind
    nulls: int
    empty: int = Field(description="Text without a sign in it.")
    not_numbers: int = Field(description="NaN.")
    missing: int = Field(description="Nulls, empty texts and NaN together.")
    unlike: int = Field(description="Values of a file without types that are not like nearly all others.")
    beyond: int = Field(description="Infinite numbers, and those over 1e150.")
    distinct: int | None
    is_distinct_exact: bool
    lowest: str
    highest: str
    mean: float | None
    sd: float | None = Field(description="Standard deviation of a sample.")
    q1: float | None
    median: float | None
    q3: float | None
    are_quartiles_exact: bool
    below: int | None = Field(
        description="Rows more than 1.5 times the distance of the quartiles below them."
    )
    above: int | None
    shortest: int | None = Field(description="In characters.")
    longest: int | None
    top: list[tuple[str, int]] = Field(description="The commonest values with their rows.")
    edges: list[float] = Field(description="Of the bins; for a time in seconds since 1970.")
    bins: list[int] = Field(description="Rows in each bin; what is far out is in none.")


class ProfileRemark(Schema):
    topic: Topic
    column: str
    text: str
    is_heavy: bool


class ProfileOut(Schema):
    model_config = example(PROFILE)
    rows: int
    bytes: int | None
    files: int | None
    duplicates: int | None = Field(description="Rows that repeat another one; null where nobody counted.")
    keeps_values: bool = Field(description="False for confidential and restricted data: counts alone.")
    notes: list[str]
    columns: list[ProfiledColumn]
    remarks: list[ProfileRemark] = Field(description="What strikes, the heaviest first.")


class ProfileDifference(Schema):
    model_config = example(DIFFERENCE)
    what: Moved
    column: str = Field(description="Empty for the table as a whole.")
    text: str
    deserves_look: bool
    size: float = Field(description="What that was judged by; for a distribution the total variation.")


class ProfileComparison(Schema):
    model_config = example({"before_id": 6, "after_id": 7, "differences": [DIFFERENCE]})
    before_id: int
    after_id: int
    differences: list[ProfileDifference]


class NewAssessment(Given):
    model_config = {**Given.model_config, **example({"table": ""})}
    table: str = Field(default="", max_length=200, description="Of a database with several tables.")


class AssessmentJudgement(Given):
    model_config = {
        **Given.model_config,
        **example({"accept": False, "reason": "Half of the amounts are missing.", "profile": "9f2c…"}),
    }
    accept: bool
    reason: str = Field(max_length=2_000)
    profile: str = Field(max_length=64, description="The fingerprint of the profile that was looked at.")
