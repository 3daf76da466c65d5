"""What the server answers about contracts. Fields that a newer server adds are left out."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Contract:
    id: int
    program: str
    key: str
    name: str
    direction: str
    source_id: int | None
    model_id: int | None
    state: str
    in_force: str
    pending: str
    is_breaking: bool
    ended_at: datetime | None
    version: int


@dataclass(frozen=True)
class ContractParty:
    side: str
    party_id: int | None
    name: str


@dataclass(frozen=True)
class ContractAnswer:
    side: str
    party_id: int | None
    party: str
    is_agreed: bool
    by: str
    on_behalf_of: str
    words: str
    link: str
    answered_at: datetime


@dataclass(frozen=True)
class ContractVersion:
    """`seen` is the fingerprint that an answer is tied to."""

    number: int
    label: str
    state: str
    is_breaking: bool
    fingerprint: str
    seen: str
    published_at: datetime
    published_by: str
    starts_on: date | None
    ends_on: date | None
    in_force_from: datetime | None
    in_force_until: datetime | None
    withdrawn_at: datetime | None
    answers: tuple[ContractAnswer, ...]
    awaited: tuple[ContractParty, ...]


@dataclass(frozen=True)
class ContractInFull(Contract):
    """`versions` has the newest first."""

    parties: tuple[ContractParty, ...] = ()
    versions: tuple[ContractVersion, ...] = ()


@dataclass(frozen=True)
class ContractChange:
    area: str
    place: str
    weight: str
    text: str
    why: str


@dataclass(frozen=True)
class ContractComparison:
    before: int
    after: int
    is_breaking: bool
    changes: tuple[ContractChange, ...]


@dataclass(frozen=True)
class ImportedContract:
    contract: Contract
    number: int
    is_new: bool
    is_new_version: bool


@dataclass(frozen=True)
class FileOutcome:
    """`state` is created, version, known, refused or left_out."""

    file: str
    state: str
    contract_id: int | None
    key: str
    number: int | None
    is_breaking: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class RuleResult:
    rule: str
    table: str
    column: str
    area: str
    title: str
    outcome: str
    found: str
    wanted: str
    reason: str
    severity: str
    dimension: str
    value: float | None = None


@dataclass(frozen=True)
class ContractTest:
    """`outcome` is empty until `state` is done; *unknown* is never a pass."""

    id: int
    contract_id: int
    version: int
    state: str
    outcome: str
    engine: str
    place: str
    asked_at: datetime
    tables: int
    tables_done: int
    rows: int | None
    passed: int
    failed: int
    unknown: int
    error: str
    said: str
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True)
class DocumentTest:
    """What a document came to against a file that was sent with it."""

    outcome: str
    engine: str
    place: str
    rows: int | None
    said: str
    rules: tuple[RuleResult, ...]
