"""Tests of data contracts as they go over the wire."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example

RULE = {
    "rule": "orders.amount.maximum",
    "table": "orders",
    "column": "amount",
    "area": "schema",
    "title": "amount is at most 1000",
    "outcome": "failed",
    "found": "3 of 5,000,000 rows above 1000",
    "wanted": "at most 1000",
    "value": 3.0,
    "reason": "The greatest value is 1000.4.",
    "severity": "error",
    "dimension": "conformity",
    "sample": [{"order_id": "17", "amount": "1000.4"}],
}
TEST = {
    "id": 41,
    "contract_id": 3,
    "version": 2,
    "label": "1.1.0",
    "state": "done",
    "outcome": "failed",
    "trigger": "schedule",
    "engine": "duckdb",
    "place": "orders/*.parquet",
    "asked_at": "2026-03-02T06:00:00Z",
    "asked_by": "Throughline",
    "started_at": "2026-03-02T06:00:01Z",
    "finished_at": "2026-03-02T06:00:09Z",
    "tables": 1,
    "tables_done": 1,
    "rows": 5_000_000,
    "passed": 10,
    "failed": 1,
    "unknown": 0,
    "error": "",
    "said": "10 of 11 rules held. Failed: orders.amount.maximum: 3 of 5,000,000 rows above 1000.",
    "rules": [RULE],
}
LINE = {name: value for name, value in TEST.items() if name not in ("rules", "said")}
SETUP = {
    "server": "",
    "location": {"kind": "files", "path": "orders/*.parquet"},
    "schedule": "0 6 * * *",
    "time_zone": "Europe/Oslo",
    "next_test_at": "2026-03-03T05:00:00Z",
    "has_password": False,
    "version": 4,
}


class RuleOut(Schema):
    model_config = example(RULE)
    rule: str = Field(description="Stays the same from test to test.")
    table: str
    column: str
    area: str = Field(description="schema, quality or sla.")
    title: str = Field(description="A statement that should be true.")
    outcome: str = Field(description="passed, failed, or unknown, which is never a pass.")
    found: str
    wanted: str
    value: float | None
    reason: str
    severity: str
    dimension: str
    sample: list[dict[str, str]] = Field(
        description="Of rows that fail, where the contract allows them to be seen."
    )


class ContractTestLine(Schema):
    model_config = example(LINE)
    id: int
    contract_id: int
    version: int
    label: str
    state: str = Field(description="waiting, running, done, or stopped without a result.")
    outcome: str = Field(description="Empty until it is done; then passed, failed or unknown.")
    trigger: str
    engine: str
    place: str
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    finished_at: datetime | None
    tables: int
    tables_done: int
    rows: int | None
    passed: int
    failed: int
    unknown: int
    error: str


class ContractTestOut(ContractTestLine):
    model_config = example(TEST)
    said: str = Field(description="What it came to, in one sentence or two.")
    rules: list[RuleOut] = Field(description="Failures first.")


class ContractTestList(Listed):
    model_config = example({"items": [LINE], "next": None})
    items: list[ContractTestLine]


class ContractTestSetup(Given):
    model_config = example({name: SETUP[name] for name in ("server", "location", "schedule", "time_zone")})
    server: Annotated[str, Field(max_length=200)] = ""
    location: dict[str, str | int | None] = Field(
        default_factory=dict, description="Where the data lies; goes before the servers of the document."
    )
    password: Annotated[str, Field(max_length=1_000)] | None = Field(
        default=None, description="Kept encrypted, never given out. Left out: as it was; empty: removed."
    )
    schedule: Annotated[str, Field(max_length=100)] = Field(
        default="", description="A cron expression of five parts."
    )
    time_zone: Annotated[str, Field(max_length=64)] = ""


class ContractTestSetupOut(Schema):
    model_config = example(SETUP)
    server: str
    location: dict[str, str | int | None]
    schedule: str
    time_zone: str
    next_test_at: datetime | None
    has_password: bool
    version: int


class DocumentTest(Schema):
    model_config = example(
        {name: TEST[name] for name in ("outcome", "engine", "place", "rows", "said", "rules")}
    )
    outcome: str
    engine: str
    place: str
    rows: int | None
    said: str
    rules: list[RuleOut]
