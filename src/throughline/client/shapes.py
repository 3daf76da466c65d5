"""What the server answers, as frozen values with types. Fields that a newer server adds are left out."""

from dataclasses import dataclass
from datetime import date, datetime

from throughline.core.stages import MoveKind, Stage, Standing

PASSED, PASSED_BY_WAIVER, WAITING, NOT_PASSED = "passed", "passed_by_waiver", "waiting", "not_passed"


@dataclass(frozen=True)
class Me:
    person_id: int | None
    name: str
    is_admin: bool
    is_service: bool
    scopes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class Program:
    id: int
    slug: str
    name: str
    time_zone: str
    is_sample: bool
    created_at: datetime
    version: int


@dataclass(frozen=True)
class Model:
    id: int
    program: str
    name: str
    external_id: str | None
    summary: str
    risk_tier: str
    scoring: str
    team: str
    unit: str
    tags: tuple[str, ...]
    stage: Stage
    standing: Standing
    stage_since: datetime
    created_at: datetime
    changed_at: datetime
    version: int


@dataclass(frozen=True)
class Evidence:
    id: int
    model_id: int
    kind: str
    key: str
    source: str
    source_ref: str
    subject: str
    value: float | None
    outcome: str
    unit: str
    summary: str
    link: str
    fingerprint: str
    observed_at: datetime
    valid_until: datetime | None
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None
    release_id: int | None = None


@dataclass(frozen=True)
class Attached:
    """`known` counts those that the server had already."""

    items: tuple[Evidence, ...]
    known: int


@dataclass(frozen=True)
class WaiverUse:
    id: int
    kind: str
    reason: str
    asked_by: str
    granted_by: str
    until: datetime


@dataclass(frozen=True)
class Finding:
    check: str
    asks: str
    level: str
    answer: str
    applies: str
    why: str
    found: str
    remedy: str
    turn: tuple[str, ...]
    turn_names: tuple[str, ...]
    is_sign_off: bool
    evidence: tuple[int, ...] = ()
    sign_off: int | None = None
    waiver: WaiverUse | None = None

    @property
    def is_satisfied(self) -> bool:
        return self.answer in ("met", "not_needed") or self.waiver is not None

    @property
    def is_blocking(self) -> bool:
        return self.level == "block" and not self.is_satisfied


@dataclass(frozen=True)
class Seat:
    """A role of which one holder must approve the move."""

    role: str
    title: str
    filled_by: str
    could: tuple[str, ...]


@dataclass(frozen=True)
class GateReport:
    """What stands between a model and a stage; `at` is the instant for which it holds.

    `passing` is `passed`, `passed_by_waiver`, `waiting` (for named people's answers alone) or `not_passed`.
    """

    model_id: int
    gate: str
    policy: str
    at: datetime
    passing: str
    findings: tuple[Finding, ...]
    dossier_fingerprint: str
    to_stage: Stage | None = None
    kind: MoveKind | None = None
    seats: tuple[Seat, ...] = ()
    open_move_id: int | None = None

    @property
    def is_open(self) -> bool:
        return self.passing in (PASSED, PASSED_BY_WAIVER)


@dataclass(frozen=True)
class Move:
    id: int
    model_id: int
    model: str
    program: str
    kind: MoveKind
    gate: str
    from_stage: Stage
    from_standing: Standing
    to_stage: Stage
    to_standing: Standing
    reason: str
    requester_name: str
    requested_at: datetime
    state: str
    closed_at: datetime | None
    passing: str
    policy: str
    version: int


@dataclass(frozen=True)
class Decision:
    id: int
    move_id: int
    model_id: int
    outcome: str
    kind: MoveKind
    from_place: str
    to_place: str
    requester_name: str
    reason: str
    decider_names: tuple[str, ...]
    policy_label: str
    dossier_fingerprint: str
    decided_at: datetime


@dataclass(frozen=True)
class PromiseVersion:
    number: int
    statement: str
    due_on: date | None
    value: str
    criterion: str
    reason: str
    given_by: str
    given_at: datetime


@dataclass(frozen=True)
class PromiseRecipient:
    """`answer` to the latest version: acknowledged, disputed or unanswered."""

    stakeholder_id: int
    name: str
    answer: str
    words: str
    is_untold: bool


@dataclass(frozen=True)
class Promise:
    """`state` is what it is worth on the facts: kept, open, at_risk, broken, or withdrawn."""

    id: int
    model_id: int
    model: str
    program: str
    kind: str
    state: str
    reason: str
    is_live: bool
    slip_days: int
    times_moved: int
    recipients: tuple[PromiseRecipient, ...]
    versions: tuple[PromiseVersion, ...]
    version: int
