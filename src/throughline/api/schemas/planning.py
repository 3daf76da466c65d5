"""Feasibility, criteria with their verdicts, directions and learnings as they go over the wire."""

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field, JsonValue

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.criteria import CriterionLevel, CriterionRole
from throughline.core.judgement import Advice
from throughline.core.planning import Choice, LearningKind
from throughline.core.verdicts import CriterionAnswer, Ground

Rating = Annotated[int, Field(ge=1, le=5, description="From 1 (poor) to 5 (good).")]
RATED = {"value": 4, "feasibility": 4, "data_readiness": 3, "risk": 4, "effort": 3}
GIVEN = {**RATED, "is_go": True, "reason": "The data are there, and the desk asks for it."}
STORED = {"id": 6, "model_id": 17, **GIVEN, "by": "Noor Haddad", "at": "2026-01-20T14:00:00Z"}
FINGERPRINT = "9f2c6d3b1a8e47f05d6c9b8a7e6f5d4c3b2a19087f6e5d4c3b2a190876f5e4d3"
VERDICT = {
    "key": "precision",
    "title": "Precision of the weekly list",
    "level": "model",
    "role": "goal",
    "metric": "metric.val_precision",
    "unit": "",
    "line": "at least 0.8",
    "answer": "inconclusive",
    "ground": "straddles",
    "reason": "0.82, with bounds 0.786 and 0.849 (95 % each, Wilson, 328 of 400), does not settle the target of "
    "at least 0.8. About 683 more units would settle it, if they look the same.",
    "estimate": 0.82,
    "low": 0.786,
    "high": 0.849,
    "confidence": 0.95,
    "method": "wilson",
    "n": 400,
    "units_needed": 683,
    "is_past_hard_limit": False,
    "evidence_id": 91,
    "source": "mlflow",
    "subject": "churn_scorer version 2",
    "observed_at": "2026-03-01T22:10:00Z",
}
CRITERIA = {
    "spec_number": 3,
    "is_agreed": True,
    "is_borne_out": False,
    "advice": "extend",
    "advice_text": "The picture is mixed (not settled: Precision of the weekly list). Measure on until it is "
    "settled, or let a named person decide with a reason.",
    "fingerprint": FINGERPRINT,
    "items": [VERDICT],
}
DIRECTION = {
    "id": 3,
    "model_id": 17,
    "choice": "change",
    "reason": "The call notes may tell more than the contracts do.",
    "next_look_on": "2026-04-15",
    "verdicts": [],
    "fingerprint": FINGERPRINT,
    "name": "Lea Brandt",
    "at": "2026-03-18T09:00:00Z",
}
LEARNING = {
    "id": 8,
    "model_id": 17,
    "kind": "stop",
    "text": "Labels came three months late, so nothing could be shown in time.",
    "by": "Lea Brandt",
    "at": "2026-03-18T09:00:00Z",
}


class NewFeasibility(Given):
    model_config = {**Given.model_config, **example(GIVEN)}
    value: Rating
    feasibility: Rating
    data_readiness: Rating
    risk: Rating
    effort: Rating
    is_go: bool = Field(description="Whether the work goes on.")
    reason: str = Field(max_length=5_000)


class FeasibilityOut(Schema):
    model_config = example(STORED)
    id: int
    model_id: int
    value: int
    feasibility: int
    data_readiness: int
    risk: int
    effort: int
    is_go: bool
    reason: str
    by: str
    at: datetime


class FeasibilityList(Listed):
    model_config = example({"items": [STORED], "next": None})
    items: list[FeasibilityOut]


class VerdictOut(Schema):
    model_config = example(VERDICT)
    key: str
    title: str
    level: CriterionLevel
    role: CriterionRole
    metric: str = Field(description="The key of the evidence that measures it.")
    unit: str
    line: str = Field(description="The line that a bound must clear, in words.")
    answer: CriterionAnswer
    ground: Ground = Field(description="Why there is no clear answer; empty where there is one.")
    reason: str
    estimate: float | None
    low: float | None = Field(description="The lower one-sided bound.")
    high: float | None = Field(description="The upper one-sided bound.")
    confidence: float = Field(description="Of each of the two bounds.")
    method: str
    n: int | None
    units_needed: int | None = Field(description="How many more would settle it, if they look the same.")
    is_past_hard_limit: bool
    evidence_id: int | None
    source: str
    subject: str
    observed_at: datetime | None


class CriteriaOut(Schema):
    model_config = example(CRITERIA)
    spec_number: int | None = Field(description="The version of the spec that they stand in.")
    is_agreed: bool = Field(description="Whether that version is approved.")
    is_borne_out: bool = Field(description="Every goal of the model is met, and no guardrail is hurt.")
    advice: Advice
    advice_text: str
    fingerprint: str = Field(
        description="Of the verdicts; a decision about direction names what it saw by it."
    )
    items: list[VerdictOut]


class NewDirection(Given):
    model_config = {
        **Given.model_config,
        **example(
            {
                "choice": "change",
                "reason": "The call notes may tell more than the contracts do.",
                "next_look_on": "2026-04-15",
                "seen": FINGERPRINT,
            }
        ),
    }
    choice: Choice
    reason: str = Field(max_length=5_000)
    next_look_on: date | None = Field(None, description="When to look again; none after a stop.")
    seen: str = Field(max_length=64, description="The fingerprint of the verdicts on which it is decided.")


class DirectionOut(Schema):
    model_config = example(DIRECTION)
    id: int
    model_id: int
    choice: Choice
    reason: str
    next_look_on: date | None
    verdicts: list[JsonValue] = Field(description="What the criteria came to at that moment.")
    fingerprint: str
    name: str
    at: datetime


class DirectionList(Listed):
    model_config = example({"items": [DIRECTION], "next": None})
    items: list[DirectionOut]


class NewLearning(Given):
    model_config = {**Given.model_config, **example({"kind": LEARNING["kind"], "text": LEARNING["text"]})}
    kind: LearningKind
    text: str = Field(max_length=5_000)


class LearningOut(Schema):
    model_config = example(LEARNING)
    id: int
    model_id: int
    kind: LearningKind
    text: str
    by: str
    at: datetime


class LearningList(Listed):
    model_config = example({"items": [LEARNING], "next": None})
    items: list[LearningOut]
