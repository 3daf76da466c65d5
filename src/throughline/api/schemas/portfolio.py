"""Programs, models and releases, as they go over the wire."""

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.dossier import ReleaseKind
from throughline.core.stages import Stage, Standing

Tier = Literal["", "low", "medium", "high"]
ScoringChoice = Literal["", "batch", "real_time"]
PROGRAM = {
    "id": 3,
    "slug": "growth",
    "name": "Growth",
    "time_zone": "Europe/Berlin",
    "is_sample": False,
    "created_at": "2026-01-12T08:00:00Z",
    "version": 2,
}
MODEL = {
    "id": 17,
    "program": "growth",
    "name": "Churn scorer",
    "external_id": "churn-scorer",
    "summary": "Says which customers are about to leave, so that somebody can call them.",
    "risk_tier": "medium",
    "scoring": "batch",
    "team": "Retention",
    "unit": "Customer care",
    "tags": [],
    "stage": "prototype",
    "standing": "active",
    "stage_since": "2026-02-20T10:15:00Z",
    "created_at": "2026-01-14T09:00:00Z",
    "changed_at": "2026-03-01T16:40:00Z",
    "version": 5,
}
RELEASE = {
    "id": 4,
    "model_id": 17,
    "name": "1.0",
    "kind": "first",
    "subject": "churn_scorer version 2",
    "notes": "",
    "state": "planned",
    "created_by": "Noor Haddad",
    "created_at": "2026-02-21T10:00:00Z",
    "released_at": None,
    "ended_at": None,
    "version": 1,
}


class ProgramOut(Schema):
    model_config = example(PROGRAM)
    id: int
    slug: str = Field(description="The short name that stands in addresses.")
    name: str
    time_zone: str = Field(description="An IANA name; dates of the program are meant in it.")
    is_sample: bool = Field(description="Whether it is the sample program, made up to look around in.")
    created_at: datetime
    version: int


class ProgramList(Listed):
    model_config = example({"items": [PROGRAM], "next": None})
    items: list[ProgramOut]


class NewProgram(Given):
    model_config = {
        **Given.model_config,
        **example({"name": "Growth", "slug": "growth", "policy": "default"}),
    }
    name: str = Field(max_length=200)
    slug: str = Field(max_length=60, description="a–z, 0–9 and single hyphens.")
    time_zone: str = Field("UTC", max_length=64, description="An IANA name, such as Europe/Berlin.")
    policy: Literal["default", "light", "regulated"] = Field(
        "default", description="The shipped policy to begin with."
    )


class ModelOut(Schema):
    model_config = example(MODEL)
    id: int
    program: str = Field(description="The program's short name.")
    name: str
    external_id: str | None = Field(description="Your own key; unique within the program.")
    summary: str
    risk_tier: Tier = Field(description="Empty while it is not set.")
    scoring: ScoringChoice = Field(description="Empty while it is not set.")
    team: str
    unit: str
    tags: list[str]
    stage: Stage
    standing: Standing
    stage_since: datetime
    created_at: datetime
    changed_at: datetime
    version: int = Field(description="Also in the ETag; send it as If-Match when you write.")


class ModelList(Listed):
    model_config = example({"items": [MODEL], "next": None})
    items: list[ModelOut]


class ModelFields(Given):
    """The fields that may be written. Leave out what shall stay as it is."""

    name: str | None = Field(None, max_length=300)
    summary: str | None = Field(None, max_length=20_000, description="What it is for.")
    risk_tier: Tier | None = None
    scoring: ScoringChoice | None = None
    team: str | None = Field(None, max_length=200)
    unit: str | None = Field(None, max_length=300)

    def given(self) -> dict[str, object]:
        return {
            name: value for name, value in self.model_dump(exclude_unset=True).items() if name != "program"
        }


class NewModel(ModelFields):
    model_config = {
        **Given.model_config,
        **example(
            {
                "program": "growth",
                "name": "Churn scorer",
                "external_id": "churn-scorer",
                "risk_tier": "medium",
            }
        ),
    }
    program: str = Field(max_length=60, description="The short name of the program it belongs to.")
    name: str = Field(max_length=300)
    external_id: str | None = Field(
        None, max_length=200, description="Your own key; unique within the program."
    )


class ModelChange(ModelFields):
    model_config = {
        **Given.model_config,
        **example({"summary": "Says who is about to leave.", "risk_tier": "high"}),
    }
    external_id: str | None = Field(None, max_length=200)


class ModelPut(ModelFields):
    model_config = {**Given.model_config, **example({"name": "Churn scorer", "team": "Retention"})}
    name: str = Field(max_length=300)


class ReleaseOut(Schema):
    model_config = example(RELEASE)
    id: int
    model_id: int
    name: str
    kind: ReleaseKind
    subject: str = Field(description="What is released, in the words of its evidence.")
    notes: str
    state: Literal["planned", "released", "superseded", "withdrawn"]
    created_by: str
    created_at: datetime
    released_at: datetime | None
    ended_at: datetime | None
    version: int


class ReleaseList(Listed):
    model_config = example({"items": [RELEASE], "next": None})
    items: list[ReleaseOut]


class NewRelease(Given):
    model_config = {**Given.model_config, **example({"name": "1.0", "subject": "churn_scorer version 2"})}
    name: str = Field(max_length=100)
    subject: str = Field(
        "", max_length=300, description="The registered version, in the words of its evidence."
    )
    notes: str = Field("", max_length=5_000)


class ReleaseChange(Given):
    model_config = {
        **Given.model_config,
        **example({"subject": "churn_scorer version 3", "notes": "Retrained."}),
    }
    subject: str = Field(max_length=300)
    notes: str = Field("", max_length=5_000)


class WithReason(Given):
    model_config = {**Given.model_config, **example({"reason": "Planned by mistake."})}
    reason: str = Field(max_length=2_000)
