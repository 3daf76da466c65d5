"""Label audits as they go over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import MAX_ID, Given, Listed, example
from throughline.core.label_audits import LONGEST_LABEL, LONGEST_NOTE, AuditState
from throughline.core.labels.agreement import Scale
from throughline.core.labels.drawing import LARGEST_SEED, MOST_ITEMS, Method

LABELLER = {"id": 3, "name": "Ada Klein", "is_outside": False, "answered": 120}
AUDIT = {
    "id": 6,
    "model_id": 17,
    "name": "Tickets of spring",
    "question": "Is it urgent?",
    "origin": "s3://tickets/spring.csv",
    "state": "open",
    "columns": ["id", "text", "label"],
    "labels": ["calm", "urgent"],
    "scale": "nominal",
    "method": "simple",
    "seed": 20260302,
    "items": 200,
    "population": 48210,
    "strata": {},
    "skipped": {"no label": 3},
    "fingerprint": "9f2c…",
    "file_hash": "77aa…",
    "most_error": 0.02,
    "least_agreement": 0.8,
    "lines_from": "agreed with the audit",
    "maker": "",
    "labellers": [LABELLER],
    "verdict": "",
    "said": "",
    "sealed": "",
    "reason": "",
    "created_by": "Noor Haddad",
    "created_at": "2026-03-02T09:30:00Z",
    "drawn_at": "2026-03-02T09:35:00Z",
    "ended_at": None,
    "closed_at": None,
    "closed_by": "",
    "version": 2,
}
ESTIMATE = {"value": 0.87, "low": 0.79, "high": 0.95, "units": 200, "how": "jackknife", "reason": ""}
RATE = {
    "value": 0.015,
    "low": 0.005,
    "high": 0.043,
    "units": 200,
    "how": "Wilson (1927)",
    "reason": "",
    "wrong": 3,
    "settled": 200,
    "effective": 200.0,
    "left_out": [],
}
RESULTS = {
    "verdict": "inconclusive",
    "reasons": ["1.5 % of the labels are wrong (0.5 % to 4.3 %), which may be over or under 2.0 %."],
    "more": 2811,
    "error": RATE,
    "agreement": ESTIMATE,
    "cohen_kappa": ESTIMATE,
    "fleiss_kappa": ESTIMATE,
    "pairs": [{"one": "Ada Klein", "other": "Bo Lind", **ESTIMATE}],
    "classes": [{"label": "calm", **RATE}],
    "confusion": [{"given": "calm", "final": "urgent", "items": 3}],
    "labellers": [{"name": "Ada Klein", "labelled": 200, "could_not_say": 0, "right": 196, "compared": 200}],
    "disagreed": 9,
    "untold": 0,
    "unsettled": 0,
    "seed": 20260302,
    "method": "simple",
    "population": 48210,
    "fingerprint": "9f2c…",
    "sealed": "41d0…",
    "closed_at": "2026-03-09T15:00:00Z",
}


class LabellerOut(Schema):
    model_config = example(LABELLER)
    id: int
    name: str
    is_outside: bool = Field(description="Without an account: the answers come by file.")
    answered: int = Field(description="Items, those that they could not tell too.")


class LabelAuditOut(Schema):
    model_config = example(AUDIT)
    id: int
    model_id: int
    name: str
    question: str
    origin: str
    state: AuditState
    columns: list[str] = Field(description="Of the file.")
    labels: list[str] = Field(description="Those that may be chosen, in their order.")
    scale: Scale
    method: Method
    seed: int
    items: int = Field(description="How many were drawn.")
    population: int = Field(description="Rows that could be drawn.")
    strata: dict[str, list[int]] = Field(
        description="Of each stratum how many rows there are and were drawn."
    )
    skipped: dict[str, int] = Field(description="Rows that could not be drawn, by the reason.")
    fingerprint: str = Field(description="Of the rows that it was drawn from.")
    file_hash: str = Field(description="SHA-256 of the uploaded file.")
    most_error: float | None
    least_agreement: float | None
    lines_from: str
    maker: str
    labellers: list[LabellerOut]
    verdict: Literal["", "good", "not_good", "inconclusive", "unknown"]
    said: str
    sealed: str = Field(description="Fingerprint of the results and of all that they follow from.")
    reason: str = Field(description="Why it was withdrawn.")
    created_by: str
    created_at: datetime
    drawn_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    version: int


class LabelAuditList(Listed):
    model_config = example({"items": [AUDIT], "next": None})
    items: list[LabelAuditOut]


DRAW = {
    "label": "label",
    "key": "id",
    "shown": ["text"],
    "method": "simple",
    "size": 200,
    "seed": 20260302,
    "most_error": 0.02,
    "least_agreement": 0.8,
}
Heading = Annotated[str, Field(max_length=300)]


class LabelDraw(Given):
    model_config = {**Given.model_config, **example(DRAW)}
    label: Heading = Field(description="The column with the labels under audit.")
    key: Heading = Field(
        default="", description="The column that tells rows apart; left out, rows are counted."
    )
    shown: Annotated[list[Heading], Field(max_length=20)] = Field(
        description="The columns that labellers see."
    )
    method: Method = Method.SIMPLE
    stratum: Heading = Field(default="", description="Left out, the labels themselves are the strata.")
    size: int = Field(ge=1, le=MOST_ITEMS)
    least: int = Field(default=0, ge=0, le=MOST_ITEMS, description="Items of each stratum, at least.")
    seed: int = Field(ge=0, le=LARGEST_SEED)
    labels: Annotated[list[Annotated[str, Field(max_length=LONGEST_LABEL)]], Field(max_length=50)] = Field(
        default=[], description="In their order; those of the file are added."
    )
    scale: Scale = Scale.NOMINAL
    most_error: float | None = Field(
        default=None, gt=0, lt=1, description="Left out where the approved specification says it."
    )
    least_agreement: float | None = Field(default=None, gt=0, le=1)


class NewLabeller(Given):
    model_config = {**Given.model_config, **example({"person_id": 5})}
    person_id: int | None = Field(default=None, ge=1, le=MAX_ID)
    name: str = Field(default="", max_length=200, description="Of somebody outside, without an account.")


class LabelAnswerIn(Given):
    model_config = {**Given.model_config, **example({"item": 1, "label": "calm", "note": ""})}
    item: int = Field(ge=1, le=MAX_ID)
    label: str | None = Field(max_length=LONGEST_LABEL, description="Null: they could not say.")
    note: str = Field(default="", max_length=LONGEST_NOTE)


ANSWERS = {"answers": [{"item": 1, "label": "calm", "note": ""}]}


class LabelAnswers(Given):
    model_config = {**Given.model_config, **example(ANSWERS)}
    answers: Annotated[list[LabelAnswerIn], Field(min_length=1, max_length=MOST_ITEMS)]
    labeller_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="Of somebody outside; left out for your own answers."
    )


class LabelAnswersTaken(Schema):
    model_config = example({"new": 1, "changed": 0, "same": 0, "empty": 0})
    new: int
    changed: int
    same: int
    empty: int = Field(description="Rows of a file that hold no answer yet.")


ITEM = {"item": 1, "shown": {"text": "It does not start."}, "label": None, "is_answered": False, "note": ""}


class LabelItemOut(Schema):
    model_config = example(ITEM)
    item: int
    shown: dict[str, str]
    label: str | None = Field(description="Your answer; null where there is none, or you could not say.")
    is_answered: bool
    note: str


class LabelItems(Schema):
    model_config = example({"items": [ITEM]})
    items: list[LabelItemOut]


class LabellingEnd(Given):
    model_config = {**Given.model_config, **example({"leaves_unanswered": False})}
    leaves_unanswered: bool = Field(default=False, description="Ends it although not everybody is through.")


class LabelSettled(Given):
    model_config = {**Given.model_config, **example({"label": "urgent"})}
    label: str | None = Field(max_length=LONGEST_LABEL, description="Null: it can't be told.")


class LabelAuditWithdrawal(Given):
    model_config = {**Given.model_config, **example({"reason": "The file was the wrong one."})}
    reason: str = Field(max_length=2_000)


class LabelEstimate(Schema):
    model_config = example(ESTIMATE)
    value: float | None
    low: float | None
    high: float | None
    units: int = Field(description="Items that it rests on.")
    how: str
    reason: str = Field(description="Why there is no value, or no interval.")


class LabelErrorRate(LabelEstimate):
    model_config = example(RATE)
    wrong: int
    settled: int
    effective: float = Field(description="The sample size that the interval was taken at.")
    left_out: list[str] = Field(description="Strata of which no item is settled.")


class LabelClassRate(LabelErrorRate):
    model_config = example({"label": "calm", **RATE})
    label: str


class LabelPair(LabelEstimate):
    model_config = example({"one": "Ada Klein", "other": "Bo Lind", **ESTIMATE})
    one: str
    other: str


class LabelConfusion(Schema):
    model_config = example({"given": "calm", "final": "urgent", "items": 3})
    given: str
    final: str
    items: int


class LabellerResults(Schema):
    model_config = example(
        {"name": "Ada Klein", "labelled": 200, "could_not_say": 0, "right": 196, "compared": 200}
    )
    name: str
    labelled: int
    could_not_say: int
    right: int = Field(description="Labels that are the settled ones.")
    compared: int


class LabelResults(Schema):
    model_config = example(RESULTS)
    verdict: Literal["good", "not_good", "inconclusive", "unknown"]
    reasons: list[str]
    more: int | None = Field(description="About how many more items would settle it.")
    error: LabelErrorRate
    agreement: LabelEstimate = Field(description="Krippendorff's alpha.")
    cohen_kappa: LabelEstimate
    fleiss_kappa: LabelEstimate
    pairs: list[LabelPair]
    classes: list[LabelClassRate]
    confusion: list[LabelConfusion]
    labellers: list[LabellerResults]
    disagreed: int
    untold: int
    unsettled: int
    seed: int
    method: Method
    population: int
    fingerprint: str
    sealed: str
    closed_at: datetime
