"""What hangs on a data source, as it goes over the wire."""

from datetime import date, datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import example
from throughline.core.impact import Happened
from throughline.core.stages import Stage

IMPACT_PROMISE = {
    "id": 40,
    "kind": "sla",
    "state": "open",
    "statement": "Scores are there by 06:00 on working days.",
    "due_on": None,
    "value": "06:00 on working days",
}
IMPACT_PERSON = {
    "stakeholder_id": 5,
    "name": "Lea Stern",
    "promise_ids": [40],
    "is_consumer": True,
    "told_at": None,
}
IMPACT_MODEL = {
    "model_id": 17,
    "model": "Churn",
    "stage": "production",
    "standing": "active",
    "is_in_use": True,
    "through": [["Till journal", "Orders"]],
    "releases": [{"id": 3, "name": "1.4", "subject": "churn_scorer version 4", "state": "released"}],
    "contracts": [{"id": 2, "name": "Churn scores", "consumers": ["Lea Stern"]}],
    "promises": [IMPACT_PROMISE],
    "people": [IMPACT_PERSON],
}


class ImpactRelease(Schema):
    id: int
    name: str
    subject: str
    state: Literal["planned", "released"]


class ImpactContract(Schema):
    id: int
    name: str
    consumers: list[str] = Field(description="Stakeholders who agreed to it.")


class ImpactPromise(Schema):
    model_config = example(IMPACT_PROMISE)
    id: int
    kind: str
    state: str = Field(description="What it is worth on the facts, before this happened.")
    statement: str
    due_on: date | None
    value: str


class ImpactPerson(Schema):
    model_config = example(IMPACT_PERSON)
    stakeholder_id: int
    name: str
    promise_ids: list[int]
    is_consumer: bool
    told_at: datetime | None = Field(description="When they were told of this; null while nobody did.")


class ImpactModel(Schema):
    model_config = example(IMPACT_MODEL)
    model_id: int
    model: str
    stage: Stage
    standing: str
    is_in_use: bool = Field(
        description="It reads the data at its present stage; else only its days are at stake."
    )
    through: list[list[str]] = Field(description="The sources on the way, from this one to the one it reads.")
    releases: list[ImpactRelease]
    contracts: list[ImpactContract]
    promises: list[ImpactPromise]
    people: list[ImpactPerson]


class ImpactOut(Schema):
    model_config = example(
        {
            "source_id": 12,
            "source": "Till journal",
            "happened": "late",
            "cause": "source:12:late:2026-03-02",
            "models": [IMPACT_MODEL],
            "hidden_models": 0,
        }
    )
    source_id: int
    source: str
    happened: Happened
    cause: str = Field(description="Send it as a cause to tell the people who are hit.")
    models: list[ImpactModel] = Field(description="The most promises first.")
    hidden_models: int = Field(description="Models that are reached and that you may not see.")
