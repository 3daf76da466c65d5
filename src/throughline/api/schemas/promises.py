"""Promises, drift, duties to tell and tellings, as they go over the wire."""

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.drift_facts import DriftState
from throughline.core.promises import PromiseKind
from throughline.core.tellings import How

VERSION = {
    "number": 2,
    "statement": "Scores arrive in the desk's list every morning.",
    "due_on": "2026-09-15",
    "value": "",
    "criterion": "",
    "reason": "Addresses of moved customers are missing.",
    "given_by": "Ana Ruiz",
    "given_at": "2026-03-09T09:30:00Z",
}
RECIPIENT = {
    "stakeholder_id": 9,
    "name": "Kim Okafor",
    "answer": "disputed",
    "words": "The campaign begins in August.",
    "is_untold": False,
}
PROMISE = {
    "id": 31,
    "model_id": 17,
    "model": "Churn scorer",
    "program": "growth",
    "kind": "production_date",
    "state": "at_risk",
    "reason": "It was sent back on 9 Mar 2026 from Deployment to Prototype, and is not there again.",
    "is_live": True,
    "slip_days": 14,
    "times_moved": 1,
    "recipients": [RECIPIENT],
    "versions": [VERSION],
    "closed_by": "",
    "closed_reason": "",
    "version": 2,
}
DUTY = {
    "cause": "promise:31:v2",
    "stakeholder_id": 9,
    "stakeholder": "Kim Okafor",
    "state": "changed",
    "title": "In production",
    "reason": "Changed on 9 Mar 2026: Addresses of moved customers are missing.",
    "promise_id": 31,
    "draft_subject": "Churn scorer: “in production” has changed, now on 15 September 2026",
    "draft_words": "Hello,\n\nThis is about Churn scorer.\n",
}
TELLING = {
    "id": 44,
    "model_id": 17,
    "stakeholder_id": 9,
    "stakeholder": "Kim Okafor",
    "cause": "promise:31:v2",
    "subject": "Churn scorer: a new day",
    "words": "It comes on 15 September, because addresses are missing.",
    "how": "in_person",
    "teller_name": "Ana Ruiz",
    "told_at": "2026-03-09T10:00:00Z",
    "sent_at": None,
    "failed": "",
    "read_at": None,
}


class PromiseVersionOut(Schema):
    model_config = example(VERSION)
    number: int
    statement: str
    due_on: date | None
    value: str
    criterion: str
    reason: str
    given_by: str
    given_at: datetime


class RecipientOut(Schema):
    model_config = example(RECIPIENT)
    stakeholder_id: int
    name: str
    answer: Literal["acknowledged", "disputed", "unanswered"] = Field(description="To the latest version.")
    words: str
    is_untold: bool = Field(description="Whether there is something about this promise to tell them.")


class PromiseOut(Schema):
    model_config = example(PROMISE)
    id: int
    model_id: int
    model: str
    program: str
    kind: PromiseKind
    state: DriftState = Field(description="What it is worth on the facts as they now stand.")
    reason: str
    is_live: bool = Field(description="False once it was withdrawn or closed as kept.")
    slip_days: int = Field(description="From its first day to its latest; earlier is negative.")
    times_moved: int
    recipients: list[RecipientOut]
    versions: list[PromiseVersionOut] = Field(description="The oldest first.")
    closed_by: str
    closed_reason: str
    version: int = Field(description="Of the record, for If-Match.")


class PromiseList(Schema):
    model_config = example({"items": [PROMISE]})
    items: list[PromiseOut]


class PromiseListed(Listed):
    model_config = example({"items": [PROMISE], "next": None})
    items: list[PromiseOut]


class NewPromise(Given):
    model_config = {
        **Given.model_config,
        **example(
            {
                "kind": "production_date",
                "statement": "Scores arrive in the desk's list every morning.",
                "due_on": "2027-09-01",
                "stakeholder_ids": [9],
            }
        ),
    }
    kind: PromiseKind
    statement: str = Field(max_length=2_000)
    due_on: date | None = Field(None, description="Needed for dates; for others the day by which it holds.")
    value: str = Field("", max_length=300, description="Needed for run_frequency and sla.")
    criterion: str = Field(
        "", max_length=60, description="Needed for criterion: its key in the specification."
    )
    stakeholder_ids: list[int] = Field(max_length=200)


class ChangedPromise(Given):
    model_config = {
        **Given.model_config,
        **example({"due_on": "2027-09-15", "reason": "Addresses of moved customers are missing."}),
    }
    statement: str | None = Field(None, max_length=2_000)
    due_on: date | None = None
    value: str | None = Field(None, max_length=300)
    criterion: str | None = Field(None, max_length=60)
    reason: str = Field(max_length=2_000, description="Whoever was promised it reads this.")


class PromiseReason(Given):
    model_config = {**Given.model_config, **example({"reason": "The need is gone."})}
    reason: str = Field(max_length=2_000)


class NewPromiseAnswer(Given):
    model_config = {
        **Given.model_config,
        **example({"number": 1, "acknowledge": False, "words": "The campaign begins in August."}),
    }
    number: int = Field(
        ge=1, le=2**31 - 1, description="The version that was seen; 412 when there is a newer one."
    )
    acknowledge: bool
    words: str = Field("", max_length=2_000, description="Needed to dispute it.")


class PromiseAnswerOut(Schema):
    model_config = example(
        {
            "promise_id": 31,
            "number": 1,
            "acknowledged": False,
            "words": "Too late.",
            "at": "2026-03-09T10:00:00Z",
        }
    )
    promise_id: int
    number: int
    acknowledged: bool
    words: str
    at: datetime


class NewRecipient(Given):
    model_config = {**Given.model_config, **example({"stakeholder_id": 9})}
    stakeholder_id: int = Field(ge=1, le=2**63 - 1)


class DutyOut(Schema):
    model_config = example(DUTY)
    cause: str = Field(description="What exactly has to be told; another one as soon as that changes.")
    stakeholder_id: int
    stakeholder: str
    state: str
    title: str
    reason: str
    promise_id: int | None
    draft_subject: str
    draft_words: str


class DutyList(Schema):
    model_config = example({"items": [DUTY]})
    items: list[DutyOut]


class NewTelling(Given):
    model_config = {
        **Given.model_config,
        **example(
            {
                "causes": ["promise:31:v2"],
                "stakeholder_ids": [9],
                "subject": "Churn scorer: a new day",
                "words": "It comes on 15 September, because addresses are missing.",
                "how": "in_person",
            }
        ),
    }
    causes: list[str] = Field(max_length=100, description="As the list of what is owed gives them.")
    stakeholder_ids: list[int] = Field(max_length=200)
    subject: str = Field(max_length=300)
    words: str = Field(max_length=20_000)
    how: How


class TellingOut(Schema):
    model_config = example(TELLING)
    id: int
    model_id: int
    stakeholder_id: int
    stakeholder: str
    cause: str
    subject: str
    words: str
    how: str
    teller_name: str
    told_at: datetime
    sent_at: datetime | None = Field(description="When the mail left; null for every other way.")
    failed: str = Field(description="Why the mail has not left yet.")
    read_at: datetime | None


class TellingList(Listed):
    model_config = example({"items": [TELLING], "next": None})
    items: list[TellingOut]


class TellingsMade(Schema):
    model_config = example({"items": [TELLING]})
    items: list[TellingOut]
