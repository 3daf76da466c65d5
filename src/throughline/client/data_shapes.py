"""What the server answers about data and reviews of it, as frozen values with types."""

from dataclasses import dataclass
from datetime import date, datetime

from throughline.core.stages import Stage


@dataclass(frozen=True)
class Source:
    """`next_refreshes` are the next instants at which fresh data is expected."""

    id: int
    program: str
    external_id: str | None
    name: str
    description: str
    provider: str
    systems: str
    sensitivity: str
    refresh: str
    time_zone: str
    automation: str
    is_supported: bool | None
    supported_until: date | None
    owner: str
    next_refreshes: tuple[datetime, ...]
    used_by: int
    ended_at: datetime | None
    version: int


@dataclass(frozen=True)
class SourceUse:
    id: int
    model_id: int
    model: str
    source_id: int
    source: str
    from_stage: Stage
    purpose: str


@dataclass(frozen=True)
class AccessRequest:
    """`standing` is what it is worth today: waiting, overdue, holds, ends_soon, ended, or its final state."""

    id: int
    model_id: int
    model: str
    source_id: int
    source: str
    state: str
    standing: str
    needed_by: str
    reason: str
    sent_to: str
    due_on: date
    asked_at: datetime
    asked_by: str
    answered_at: datetime | None
    answer: str
    link: str
    granted_until: date | None
    version: int


@dataclass(frozen=True)
class Assessment:
    """Quality of a source's data as it was counted, and what somebody made of it."""

    id: int
    source_id: int
    state: str
    place: str
    table: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    columns_done: int
    columns: int
    rows: int | None
    error: str
    fingerprint: str
    judgement: str
    judged_by: str
    judged_at: datetime | None
    reason: str
    version: int

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "stopped")


@dataclass(frozen=True)
class Labeller:
    id: int
    name: str
    is_outside: bool
    answered: int


@dataclass(frozen=True)
class LabelAudit:
    """`state` is draft, open, settling, closed or withdrawn; `verdict` is empty before the close."""

    id: int
    model_id: int
    name: str
    state: str
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    items: int
    population: int
    seed: int
    fingerprint: str
    labellers: tuple[Labeller, ...]
    verdict: str
    said: str
    sealed: str
    version: int


@dataclass(frozen=True)
class LabelItem:
    """An item as a labeller sees it. `label` is None where there is no answer, or they could not say."""

    item: int
    shown: dict[str, str]
    label: str | None
    is_answered: bool
    note: str


@dataclass(frozen=True)
class ComplianceFinding:
    """`is_claimed`: its owner resolved it, and nobody has confirmed that yet."""

    number: int
    title: str
    detail: str
    severity: str
    state: str
    is_claimed: bool
    owner_id: int | None
    owner: str
    due_on: date | None
    raised_by: str
    raised_at: datetime
    reopens: int | None
    resolution: str
    link: str
    resolved_by: str
    resolved_at: datetime | None
    reason: str
    settled_by: str
    settled_at: datetime | None
    version: int


@dataclass(frozen=True)
class ComplianceReview:
    """`standing` is asked, open, valid, ending, expired, blocked, refused, replaced or withdrawn."""

    id: int
    model_id: int
    model: str
    program: str
    kind: str
    release_id: int | None
    subject: str
    scope: str
    reviewer_id: int | None
    reviewer: str
    state: str
    standing: str
    asked_by: str
    asked_at: datetime
    due_on: date | None
    conclusion: str
    words: str
    link: str
    closed_by: str
    closed_at: datetime | None
    valid_until: date | None
    renews_id: int | None
    findings: tuple[ComplianceFinding, ...]
    version: int
