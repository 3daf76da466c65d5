"""Output that was shown, and feedback, as they go over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import MAX_ID, Given, Listed, example
from throughline.core.feedback import Triage
from throughline.core.outputs import OutputKind, Purpose

MOST_ASKED = 100
ASK = {
    "stakeholder_id": 5,
    "name": "Lea Stern",
    "part": "approver",
    "asked_at": "2026-03-02T09:30:00Z",
    "answer": "returned",
    "is_void": False,
    "words": "The ten largest customers are missing.",
    "by": "Lea Stern",
    "answered_at": "2026-03-03T08:00:00Z",
}
OUTPUT = {
    "id": 8,
    "model_id": 17,
    "release_id": None,
    "subject": "",
    "purpose": "draft",
    "kind": "sample",
    "title": "Scores of week 9",
    "note": "The first hundred customers, as the desk would get them.",
    "link": "",
    "file_id": "6f1c2f4e-8f43-4c0e-9b57-0a4f2a0b7a11",
    "file_name": "week-9.csv",
    "fingerprint": "9f2c…",
    "state": "returned",
    "shared_by": "Noor Haddad",
    "shared_at": "2026-03-02T09:30:00Z",
    "withdrawn_at": None,
    "timeline_on": "2026-03-16",
    "timeline_note": "The customers come from another system.",
    "owes_timeline": True,
    "untold": ["Lea Stern"],
    "asks": [ASK],
    "version": 2,
}
SAMPLE = {
    "columns": ["customer", "score"],
    "rows": [["1001", "0.83"], ["1002", "0.11"]],
    "total": 100,
    "notes": [],
}
FEEDBACK = {
    "id": 4,
    "model_id": 17,
    "stakeholder_id": 5,
    "giver_name": "Lea Stern",
    "came_by": "link",
    "text": "Scores come after nine, when the desk is already calling.",
    "given_at": "2026-03-02T09:30:00Z",
    "triage": "work_item",
    "triage_note": "The job starts at seven from now on.",
    "link": "https://tracker.example.org/411",
    "triaged_by": "Noor Haddad",
    "triaged_at": "2026-03-03T08:00:00Z",
    "outcome": "",
    "closed_by": "",
    "closed_at": None,
    "overdue": "",
    "version": 2,
}
Ids = Annotated[list[Annotated[int, Field(ge=1, le=MAX_ID)]], Field(max_length=MOST_ASKED)]


class AskOut(Schema):
    model_config = example(ASK)
    stakeholder_id: int
    name: str
    part: str = Field(description="Of the stakeholder; approval is that of all approvers who were asked.")
    asked_at: datetime
    answer: Literal["", "approved", "returned"]
    is_void: bool = Field(description="The answer was to something else than what is shown.")
    words: str
    by: str = Field(description="The person who answered.")
    answered_at: datetime | None


class OutputOut(Schema):
    model_config = example(OUTPUT)
    id: int
    model_id: int
    release_id: int | None = Field(description="Null for the prototype.")
    subject: str = Field(description="What the release put into production when it was shown.")
    purpose: Purpose
    kind: OutputKind
    title: str
    note: str
    link: str
    file_id: str | None
    file_name: str
    fingerprint: str = Field(description="Of every byte that was shown; an answer sends it back as `seen`.")
    state: Literal["waiting", "approved", "returned", "withdrawn", "replaced"]
    shared_by: str
    shared_at: datetime
    withdrawn_at: datetime | None
    timeline_on: date | None = Field(description="After a return: when it can be expected now.")
    timeline_note: str
    owes_timeline: bool = Field(description="It was returned, and not everybody knows the updated timeline.")
    untold: list[str] = Field(description="Who still has to be told the updated timeline.")
    asks: list[AskOut]
    version: int


class OutputList(Listed):
    model_config = example({"items": [OUTPUT], "next": None})
    items: list[OutputOut]


class SampleOut(Schema):
    model_config = example(SAMPLE)
    columns: list[str]
    rows: list[list[str]]
    total: int | None = Field(description="Rows of the whole file; null where nobody counted.")
    notes: list[str]


NEW_OUTPUT = {
    "title": "Dashboard of the pilot",
    "purpose": "draft",
    "note": "Week 9, live.",
    "link": "https://bi.example.org/churn",
    "stakeholder_ids": [5],
}


class NewOutput(Given):
    model_config = {**Given.model_config, **example(NEW_OUTPUT)}
    title: str = Field(max_length=200)
    purpose: Purpose = Purpose.DRAFT
    note: str = Field(default="", max_length=5_000)
    link: str = Field(max_length=1_000, description="To what is shown.")
    release_id: int | None = Field(default=None, ge=1, le=MAX_ID, description="Left out for the prototype.")
    stakeholder_ids: Ids


class Asked(Given):
    model_config = {**Given.model_config, **example({"stakeholder_ids": [6]})}
    stakeholder_ids: Ids


class OutputAnswer(Given):
    model_config = {
        **Given.model_config,
        **example({"approve": False, "words": "The ten largest are missing.", "seen": "9f2c"}),
    }
    approve: bool
    words: str = Field(default="", max_length=5_000, description="Needed to return it.")
    seen: str = Field(max_length=64, description="The fingerprint of what you looked at.")


class Timeline(Given):
    model_config = {
        **Given.model_config,
        **example({"due_on": "2026-03-16", "note": "The customers come from another system."}),
    }
    due_on: date = Field(description="When it can be expected now.")
    note: str = Field(max_length=5_000)


class FeedbackOut(Schema):
    model_config = example(FEEDBACK)
    id: int
    model_id: int
    stakeholder_id: int | None
    giver_name: str
    came_by: str = Field(description="web, link or api; by_hand where it was written down for somebody.")
    text: str
    given_at: datetime
    triage: str = Field(description="What follows from it; empty while nobody said.")
    triage_note: str
    link: str
    triaged_by: str
    triaged_at: datetime | None
    outcome: str
    closed_by: str
    closed_at: datetime | None
    overdue: str = Field(description="Why it has waited too long; empty if it has not.")
    version: int


class FeedbackList(Listed):
    model_config = example({"items": [FEEDBACK], "next": None})
    items: list[FeedbackOut]


class NewFeedback(Given):
    model_config = {
        **Given.model_config,
        **example({"text": "Scores come after nine, when the desk is already calling."}),
    }
    text: str = Field(max_length=10_000)
    stakeholder_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="Whose words these are; left out for your own."
    )
    giver_name: str = Field(default="", max_length=200, description="Whose words, if not a stakeholder's.")


class FeedbackTriage(Given):
    model_config = {
        **Given.model_config,
        **example({"kind": "work_item", "note": "The job starts at seven from now on."}),
    }
    kind: Triage
    note: str = Field(default="", max_length=5_000, description="Needed to decline.")
    link: str = Field(default="", max_length=1_000, description="To the change, item or release.")


class FeedbackOutcome(Given):
    model_config = {**Given.model_config, **example({"outcome": "Scores are there at seven since Monday."})}
    outcome: str = Field(max_length=5_000, description="The giver reads this.")
