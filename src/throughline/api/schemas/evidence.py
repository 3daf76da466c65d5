"""Evidence as it goes over the wire."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Discriminator, Field, JsonValue, RootModel, Tag

from throughline.api.schemas.base import MAX_ID, Given, Instant, Listed, example
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.measurements import LARGEST_COUNT

MOST_AT_ONCE = 1_000
EVIDENCE = {
    "id": 91,
    "model_id": 17,
    "release_id": 4,
    "kind": "measured",
    "key": "metric.val_auc",
    "source": "ci",
    "source_ref": "build 4711",
    "subject": "churn_scorer version 2",
    "value": 0.87,
    "outcome": "",
    "unit": "",
    "summary": "AUC on the held-out quarter.",
    "link": "https://ci.example.org/builds/4711",
    "fingerprint": "",
    "detail": {},
    "observed_at": "2026-03-01T22:10:00Z",
    "valid_until": None,
    "recorded_at": "2026-03-01T22:12:31Z",
    "recorded_by": "ci",
    "withdrawn_at": None,
    "withdrawn_by": "",
    "withdrawn_reason": "",
}
NEW = {
    "kind": "measured",
    "key": "metric.val_auc",
    "value": 0.87,
    "source": "ci",
    "source_ref": "build 4711",
    "subject": "churn_scorer version 2",
    "uncertainty": {"kind": "standard_error", "se": 0.011, "n": 1000},
    "slice": "",
    "fingerprint": "sha256:6b0f2c41",
    "observed_at": "2026-03-01T22:10:00Z",
}


class EvidenceOut(Schema):
    model_config = example(EVIDENCE)
    id: int
    model_id: int
    release_id: int | None
    kind: EvidenceKind
    key: str = Field(description="What was observed, as policies name it.")
    source: str = Field(description="The tool that brought it.")
    source_ref: str = Field(description="Where the tool keeps it; stays the same when it is sent again.")
    subject: str = Field(description="What it was observed on.")
    value: float | None
    outcome: Outcome = Field(description="What a test or review came to; empty for a measurement.")
    unit: str
    summary: str
    link: str
    fingerprint: str = Field(description="The digest of what was looked at.")
    detail: dict[str, JsonValue]
    observed_at: datetime
    valid_until: datetime | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = Field(description="From then on it no longer counts.")
    withdrawn_by: str
    withdrawn_reason: str


class EvidenceList(Listed):
    model_config = example({"items": [EVIDENCE], "next": None})
    items: list[EvidenceOut]


Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


class CountsIn(Given):
    """A share: `k` of `n` units. Without a value, it is `k / n`."""

    kind: Literal["counts"]
    k: Count
    n: Count


class MomentsIn(Given):
    """An average of `n` units with its sample variance (divisor n - 1). Without a value, it is the mean."""

    kind: Literal["moments"]
    n: Count
    mean: float
    variance: float


class StandardErrorIn(Given):
    """The standard error of the value; its bounds are taken as normal."""

    kind: Literal["standard_error"]
    se: float
    n: Count | None = Field(None, description="On how many units it was estimated, if that is known.")


class IntervalIn(Given):
    """A two-sided interval of a level. Without a value, it is the middle."""

    kind: Literal["interval"]
    low: float
    high: float
    level: float = Field(0.95, description="0.95 for an interval of 95 %.")


UncertaintyIn = Annotated[
    CountsIn | MomentsIn | StandardErrorIn | IntervalIn,
    Discriminator("kind"),
]


class NewEvidence(Given):
    model_config = {**Given.model_config, **example(NEW)}
    kind: EvidenceKind
    key: str = Field(max_length=200, description="What was observed, as policies name it.")
    source: str = Field("api", max_length=60, description="The tool that brings it.")
    source_ref: str = Field(
        "", max_length=300, description="Where the tool keeps it; the same when sent again."
    )
    subject: str = Field(
        "", max_length=300, description="What it was observed on, such as a registered version."
    )
    value: float | None = Field(None, description="A finite number.")
    outcome: Outcome = Field(Outcome.NONE, description="What a test or review came to.")
    unit: str = Field("", max_length=30)
    summary: str = Field("", max_length=5_000)
    link: str = Field("", max_length=1_000, description="An http(s) address where people can look.")
    fingerprint: str = Field("", max_length=200, description="The digest of what was looked at.")
    observed_at: Instant | None = Field(None, description="When it was observed; now, if it is left out.")
    valid_until: Instant | None = Field(None, description="When it stops counting by itself.")
    release_id: Annotated[int, Field(ge=1, le=MAX_ID)] | None = Field(
        None, description="The release it is about."
    )
    uncertainty: UncertaintyIn | None = Field(
        None, description="How sure a measurement is; kept in `detail`. A criterion needs it to be met."
    )
    slice: str = Field(
        "", max_length=200, description="The part of the data it was measured on; kept in `detail`."
    )
    detail: dict[str, JsonValue] = Field(default_factory=dict, description="Anything else; kept as it is.")


class ManyEvidence(RootModel[list[NewEvidence]]):
    """Up to 1,000 at once; all of them, or none."""

    root: list[NewEvidence] = Field(min_length=1, max_length=MOST_AT_ONCE)


def _one_or_many(content: object) -> str:
    return "(many)" if isinstance(content, list | ManyEvidence) else "(one)"


OneOrMany = Annotated[
    Annotated[NewEvidence, Tag("(one)")] | Annotated[ManyEvidence, Tag("(many)")], Discriminator(_one_or_many)
]


class Attached(Schema):
    model_config = example({"items": [EVIDENCE], "known": 0})
    items: list[EvidenceOut] = Field(description="What was new.")
    known: int = Field(description="How many of those sent were known already, to the last letter.")
