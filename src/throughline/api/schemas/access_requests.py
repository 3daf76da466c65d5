"""Requests for access to data, as they go over the wire."""

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.api.schemas.data_sources import Ids

REQUEST = {
    "id": 9,
    "model_id": 17,
    "model": "Churn",
    "source_id": 12,
    "source": "Orders",
    "state": "granted",
    "standing": "holds",
    "needed_by": "Scoring job",
    "reason": "Scores churn each week.",
    "sent_to": "Sales data team",
    "due_on": "2026-03-16",
    "asked_at": "2026-03-02T09:30:00Z",
    "asked_by": "Noor Haddad",
    "answered_at": "2026-03-05T08:00:00Z",
    "answered_by": "Noor Haddad",
    "answer": "Granted by Ada Lind for a year.",
    "link": "https://requests.example.org/81",
    "granted_until": "2027-03-04",
    "ended_at": None,
    "ended_by": "",
    "ended_reason": "",
    "version": 2,
}


class AccessRequestOut(Schema):
    model_config = example(REQUEST)
    id: int
    model_id: int
    model: str
    source_id: int
    source: str
    state: Literal["asked", "granted", "refused", "withdrawn", "revoked"]
    standing: Literal[
        "waiting", "overdue", "holds", "ends_soon", "ended", "refused", "withdrawn", "revoked"
    ] = Field(description="What it is worth today, as the program counts days.")
    needed_by: str
    reason: str
    sent_to: str
    due_on: date
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None
    answered_by: str = Field(description="Who recorded the answer.")
    answer: str
    link: str
    granted_until: date | None = Field(description="The last day; null is without an end.")
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    version: int


class AccessRequestList(Listed):
    model_config = example({"items": [REQUEST], "next": None})
    items: list[AccessRequestOut]


class AccessRequestsMade(Schema):
    model_config = example({"items": [REQUEST]})
    items: list[AccessRequestOut]


class NewAccessRequest(Given):
    model_config = {
        **Given.model_config,
        **example(
            {
                "source_ids": [12],
                "needed_by": "Scoring job",
                "reason": "Scores churn each week.",
                "sent_to": "Sales data team",
                "due_on": "2026-03-16",
            }
        ),
    }
    source_ids: Ids
    needed_by: str = Field(max_length=200)
    reason: str = Field(max_length=5_000)
    sent_to: str = Field(max_length=200)
    due_on: date
    link: str = Field(default="", max_length=1_000)


class AccessAnswer(Given):
    model_config = {
        **Given.model_config,
        **example(
            {"grant": True, "answer": "Granted by Ada Lind.", "link": "https://requests.example.org/81"}
        ),
    }
    grant: bool
    answer: str = Field(
        default="", max_length=5_000, description="Who granted or refused it, on which terms."
    )
    link: str = Field(
        default="", max_length=1_000, description="Needed to grant what you asked for yourself."
    )
    granted_until: date | None = Field(default=None, description="The last day; null is without an end.")


class AccessEnd(Given):
    model_config = {**Given.model_config, **example({"reason": "The contract with the provider ended."})}
    reason: str = Field(default="", max_length=2_000)
