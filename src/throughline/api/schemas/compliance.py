"""Compliance reviews and their findings as they go over the wire."""

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import MAX_ID, Given, Listed, example

FINDING = {
    "number": 1,
    "title": "Birth dates are kept for ever",
    "detail": "The training table has no end of retention.",
    "severity": "high",
    "state": "open",
    "is_claimed": False,
    "owner_id": 9,
    "owner": "Felix Brandt",
    "due_on": "2026-03-20",
    "raised_by": "Ines Duarte",
    "raised_at": "2026-03-04T10:00:00Z",
    "reopens": None,
    "resolution": "",
    "link": "",
    "resolved_by": "",
    "resolved_at": None,
    "reason": "",
    "settled_by": "",
    "settled_at": None,
    "version": 1,
}
REVIEW = {
    "id": 6,
    "model_id": 17,
    "model": "Churn",
    "program": "growth",
    "kind": "privacy",
    "release_id": None,
    "subject": "",
    "scope": "Customer data in training and in the weekly list.",
    "reviewer_id": 12,
    "reviewer": "Ines Duarte",
    "state": "open",
    "standing": "blocked",
    "asked_by": "Noor Haddad",
    "asked_at": "2026-03-02T09:30:00Z",
    "due_on": "2026-03-30",
    "conclusion": "",
    "words": "",
    "link": "",
    "closed_by": "",
    "closed_at": None,
    "valid_until": None,
    "renews_id": None,
    "findings": [FINDING],
    "version": 3,
}


class ComplianceFindingOut(Schema):
    model_config = example(FINDING)
    number: int = Field(description="Counts within its review.")
    title: str
    detail: str
    severity: Literal["low", "medium", "high", "critical"]
    state: Literal["open", "resolved", "accepted"]
    is_claimed: bool = Field(description="Its owner resolved it, and nobody has confirmed that yet.")
    owner_id: int | None
    owner: str
    due_on: date | None
    raised_by: str
    raised_at: datetime
    reopens: int | None = Field(description="The number of the settled finding that it takes up again.")
    resolution: str
    link: str
    resolved_by: str
    resolved_at: datetime | None
    reason: str = Field(description="Why it was returned, or why the risk was accepted.")
    settled_by: str
    settled_at: datetime | None
    version: int


class ComplianceReviewOut(Schema):
    model_config = example(REVIEW)
    id: int
    model_id: int
    model: str
    program: str
    kind: str
    release_id: int | None = Field(description="Null for all releases.")
    subject: str = Field(description="What the release put into production when the review was closed.")
    scope: str
    reviewer_id: int | None
    reviewer: str
    state: Literal["asked", "open", "closed", "withdrawn"]
    standing: str = Field(
        description="asked, open, valid, ending, expired, refused, replaced or withdrawn; blocked by a grave finding."
    )
    asked_by: str
    asked_at: datetime
    due_on: date | None
    conclusion: Literal["", "passed", "conditions", "refused"]
    words: str
    link: str
    closed_by: str
    closed_at: datetime | None
    valid_until: date | None = Field(description="The last day on which it holds.")
    renews_id: int | None
    findings: list[ComplianceFindingOut]
    version: int


class ComplianceReviewList(Listed):
    model_config = example({"items": [REVIEW], "next": None})
    items: list[ComplianceReviewOut]


NEW = {"kind": "privacy", "reviewer_id": 12, "scope": "Customer data in training.", "due_on": "2026-03-30"}


class NewComplianceReview(Given):
    model_config = {**Given.model_config, **example(NEW)}
    kind: str = Field(
        max_length=40, description="privacy, security, legal, ethics, accessibility or records."
    )
    reviewer_id: int = Field(ge=1, le=MAX_ID, description="Somebody else than you.")
    scope: str = Field(default="", max_length=5_000)
    release_id: int | None = Field(default=None, ge=1, le=MAX_ID, description="Left out for all releases.")
    due_on: date | None = None
    renews_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="The closed review that it renews."
    )


class ChangedComplianceReview(Given):
    model_config = {**Given.model_config, **example({"due_on": "2026-04-06"})}
    reviewer_id: int | None = Field(default=None, ge=1, le=MAX_ID)
    scope: str | None = Field(default=None, max_length=5_000)
    due_on: date | None = None


class ComplianceConclusion(Given):
    model_config = {
        **Given.model_config,
        **example(
            {"conclusion": "passed", "words": "Nothing personal leaves the store.", "valid_until": None}
        ),
    }
    conclusion: str = Field(max_length=20, description="passed, conditions or refused.")
    words: str = Field(default="", max_length=5_000, description="Needed for conditions and for a refusal.")
    link: str = Field(default="", max_length=1_000)
    valid_until: date | None = Field(
        default=None, description="The last day; left out, as long as the kind of review holds."
    )


class ComplianceReason(Given):
    model_config = {**Given.model_config, **example({"reason": "The use was dropped."})}
    reason: str = Field(max_length=5_000)


NEW_FINDING = {"title": "Birth dates are kept for ever", "severity": "high", "due_on": "2026-03-20"}


class NewComplianceFinding(Given):
    model_config = {**Given.model_config, **example(NEW_FINDING)}
    title: str = Field(max_length=200)
    severity: str = Field(max_length=20, description="low, medium, high or critical.")
    detail: str = Field(default="", max_length=5_000)
    owner_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="Who mends it; left out, the program manager."
    )
    due_on: date | None = None


class ChangedComplianceFinding(Given):
    model_config = {**Given.model_config, **example({"due_on": "2026-04-06"})}
    owner_id: int | None = Field(default=None, ge=1, le=MAX_ID)
    due_on: date | None = None


class ComplianceResolution(Given):
    model_config = {
        **Given.model_config,
        **example({"resolution": "Deleted after 24 months by a nightly job."}),
    }
    resolution: str = Field(max_length=5_000)
    link: str = Field(default="", max_length=1_000)


class ComplianceJudgement(Given):
    model_config = {**Given.model_config, **example({"confirm": True, "words": "Seen in the job's log."})}
    confirm: bool
    words: str = Field(default="", max_length=5_000, description="Needed to return it.")
