"""Specifications, their comments and differences, and changes of scope, as they go over the wire."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.specs import ReasonKind, SpecState

CONTENT = {
    "problem": {"problem": "The desk calls customers when they have left already."},
    "outputs": {"mode": "batch", "schema": [{"column": "score", "type": "number", "unit": "%"}]},
}
HEAD = {
    "model_id": 17,
    "number": 2,
    "state": "submitted",
    "fingerprint": "9f2c…",
    "author_name": "Noor Haddad",
    "started_at": "2026-02-20T09:00:00Z",
    "changed_at": "2026-02-25T13:00:00Z",
    "submitted_at": "2026-02-25T13:00:00Z",
    "settled_at": None,
    "version": 9,
}
LACK = {
    "anchor": "outputs.where",
    "section": "outputs",
    "title": "Outputs: where it is found",
    "why": "People must be able to find it without asking.",
}
SPEC = {
    **HEAD,
    "content": CONTENT,
    "writers": ["Noor Haddad"],
    "missing": {"conception_to_prototype": [], "production_ready_to_deployment": [LACK]},
}
COMMENT = {
    "id": 31,
    "spec_number": 2,
    "section": "problem",
    "name": "Li Wen",
    "text": "How late is late?",
    "at": "2026-02-26T10:00:00Z",
    "resolved_at": None,
    "resolved_by": "",
}
FIELD = {
    "key": "problem",
    "title": "The problem",
    "change": "changed",
    "before": "Calls come late",
    "after": "Calls come too late",
    "pieces": [
        {"change": "same", "text": "Calls come "},
        {"change": "added", "text": "too "},
        {"change": "same", "text": "late"},
    ],
}
SECTION = {"key": "problem", "title": "Problem and context", "fields": [FIELD], "tables": []}
ASKED = {
    "reason_kind": "data_poor",
    "reason": "Half of the calls have no outcome.",
    "effect_on_scope": "Only customers with a contract.",
    "effect_on_dates": "Four weeks later.",
    "effect_on_criteria": "",
}
CHANGE = {
    "id": 5,
    "model_id": 17,
    "spec_number": 1,
    "next_spec_number": None,
    **ASKED,
    "asker_name": "Noor Haddad",
    "asked_at": "2026-03-02T09:30:00Z",
    "state": "asked",
    "decider_name": "",
    "decided_at": None,
    "decision_reason": "",
    "to_tell": ["Sales desk"],
    "version": 1,
}


class LackOut(Schema):
    model_config = example(LACK)
    anchor: str = Field(description="`section.field`, or `section.field.column` for rows.")
    section: str
    title: str
    why: str = Field(description="Why it is needed.")


class SpecHead(Schema):
    model_config = example(HEAD)
    model_id: int
    number: int
    state: SpecState
    fingerprint: str = Field(description="Of the content, from submission on.")
    author_name: str
    started_at: datetime
    changed_at: datetime
    submitted_at: datetime | None
    settled_at: datetime | None = Field(description="When it was approved or returned.")
    version: int = Field(description="Also in the ETag; send it as If-Match when you write.")


class SpecList(Listed):
    model_config = example({"items": [HEAD], "next": None})
    items: list[SpecHead]


class SpecOut(SpecHead):
    model_config = example(SPEC)
    content: dict[str, Any] = Field(description="By section; success criteria are a list.")
    writers: list[str] = Field(description="Whoever began, wrote or submitted it; none of them approves it.")
    missing: dict[str, list[LackOut]] = Field(description="What it lacks, by gate.")


class SectionContent(Given):
    model_config = {**Given.model_config, **example({"content": CONTENT["problem"]})}
    content: dict[str, Any] | list[Any] = Field(
        description="The section's fields, whole; success criteria are a list of objects."
    )


class NewComment(Given):
    model_config = {**Given.model_config, **example({"section": "problem", "text": "How late is late?"})}
    section: str = Field(max_length=60)
    text: str = Field(max_length=5_000)


class CommentOut(Schema):
    model_config = example(COMMENT)
    id: int
    spec_number: int
    section: str
    name: str
    text: str
    at: datetime
    resolved_at: datetime | None
    resolved_by: str


class CommentList(Listed):
    model_config = example({"items": [COMMENT], "next": None})
    items: list[CommentOut]


class Approval(Given):
    model_config = {**Given.model_config, **example({"seen": "9f2c…", "reason": "Agreed with sales."})}
    seen: str = Field(max_length=64, description="The `fingerprint` of the version that you read.")
    reason: str = Field("", max_length=5_000)


class PieceOut(Schema):
    change: Literal["same", "added", "removed", "changed"]
    text: str


class FieldDifference(Schema):
    model_config = example(FIELD)
    key: str
    title: str
    change: Literal["same", "added", "removed", "changed"]
    before: str
    after: str
    pieces: list[PieceOut] = Field(description="All words of both, in order.")


class RowDifference(Schema):
    name: str = Field(description="What the row is about: its first column, or the key of a criterion.")
    change: Literal["same", "added", "removed", "changed"]
    cells: list[FieldDifference]


class TableDifference(Schema):
    key: str
    title: str
    rows: list[RowDifference]


class SectionDifference(Schema):
    model_config = example(SECTION)
    key: str
    title: str
    fields: list[FieldDifference]
    tables: list[TableDifference]


class ComparisonOut(Schema):
    model_config = example({"before": 1, "after": 2, "sections": [SECTION], "same": ["Data needs"]})
    before: int
    after: int
    sections: list[SectionDifference] = Field(description="Only those that differ.")
    same: list[str]


class NewScopeChange(Given):
    model_config = {**Given.model_config, **example(ASKED)}
    reason_kind: ReasonKind
    reason: str = Field(max_length=5_000)
    effect_on_scope: str = Field("", max_length=5_000)
    effect_on_dates: str = Field("", max_length=5_000)
    effect_on_criteria: str = Field("", max_length=5_000, description="At least one effect is named.")


class ScopeDecision(Given):
    model_config = {**Given.model_config, **example({"approve": True, "reason": "Agreed with the sponsor."})}
    approve: bool
    reason: str = Field(max_length=5_000)


class ScopeChangeOut(Schema):
    model_config = example(CHANGE)
    id: int
    model_id: int
    spec_number: int
    next_spec_number: int | None = Field(description="The version that takes an approved change in.")
    reason_kind: ReasonKind
    reason: str
    effect_on_scope: str
    effect_on_dates: str
    effect_on_criteria: str
    asker_name: str
    asked_at: datetime
    state: Literal["asked", "approved", "declined", "withdrawn"]
    decider_name: str
    decided_at: datetime | None
    decision_reason: str
    to_tell: list[str] = Field(description="The stakeholders who are to be told.")
    version: int


class ScopeChangeList(Listed):
    model_config = example({"items": [CHANGE], "next": None})
    items: list[ScopeChangeOut]
