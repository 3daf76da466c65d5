"""Gates, moves and decisions as they go over the wire."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field, JsonValue

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.checks import Answer
from throughline.core.gates import Passing
from throughline.core.policy import Level
from throughline.core.stages import MoveKind, Stage, Standing

FINDING = {
    "check": "quality.validated",
    "asks": "Is the validation AUC at least 0.80?",
    "level": "block",
    "answer": "unmet",
    "applies": "default 1 asks this of every model.",
    "why": "A weaker model costs more calls than it saves customers.",
    "found": "0.78 measured by ci, which is below 0.8.",
    "remedy": "Improve the model, or ask for a waiver.",
    "turn": ["data_scientist"],
    "turn_names": ["Li Wen"],
    "is_sign_off": False,
    "evidence": [91],
    "sign_off": None,
    "waiver": None,
}
GATE = {
    "model_id": 17,
    "kind": "advance",
    "from_stage": "prototype",
    "from_standing": "active",
    "to_stage": "production_ready",
    "to_standing": "active",
    "gate": "prototype_to_production_ready",
    "policy": "default 1",
    "at": "2026-03-02T09:30:00Z",
    "passing": "not_passed",
    "is_open": False,
    "counts": {"met": 6, "waived": 0, "unmet": 1, "unknown": 0, "not_needed": 2},
    "findings": [FINDING],
    "seats": [{"role": "leader", "title": "Leader", "filled_by": "", "could": ["Mira Sol"]}],
    "dossier_fingerprint": "1c7d…",
    "open_move_id": None,
}
MOVE = {
    "id": 21,
    "model_id": 17,
    "model": "Churn scorer",
    "program": "growth",
    "release_id": 4,
    "kind": "advance",
    "gate": "prototype_to_production_ready",
    "from_stage": "prototype",
    "from_standing": "active",
    "to_stage": "production_ready",
    "to_standing": "active",
    "reason": "The prototype holds on last quarter's data.",
    "requester_name": "Noor Haddad",
    "requested_at": "2026-03-02T09:40:00Z",
    "state": "open",
    "closed_at": None,
    "passing": "passed",
    "policy": "default 1",
    "version": 1,
}
DECISION = {
    "id": 7,
    "move_id": 21,
    "model_id": 17,
    "outcome": "approved",
    "kind": "advance",
    "from_place": "Prototype",
    "to_place": "Production ready",
    "requester_name": "Noor Haddad",
    "reason": "The prototype holds on last quarter's data.",
    "decider_names": ["Mira Sol"],
    "policy_label": "default 1",
    "dossier_fingerprint": "1c7d…",
    "decided_at": "2026-03-03T11:05:00Z",
}
ANSWERED = {
    "name": "Mira Sol",
    "roles": ["leader"],
    "is_approval": True,
    "reason": "",
    "at": "2026-03-03T11:05:00Z",
}


class WaiverUse(Schema):
    id: int
    kind: str
    reason: str
    asked_by: str
    granted_by: str
    until: datetime


class FindingOut(Schema):
    check: str
    asks: str
    level: Level
    answer: Answer
    applies: str = Field(description="Why the check applies.")
    why: str = Field(description="Why it is asked at all.")
    found: str = Field(description="What was found.")
    remedy: str = Field(description="What would satisfy it; empty where nothing is open.")
    turn: list[str] = Field(description="Whose move it is, by duty.")
    turn_names: list[str] = Field(description="Whose move it is, by name.")
    is_sign_off: bool
    evidence: list[int] = Field(description="The evidence that was looked at.")
    sign_off: int | None
    waiver: WaiverUse | None = Field(description="The waiver that sets the check aside, if one does.")


class SeatOut(Schema):
    role: str
    title: str
    filled_by: str = Field(description="Who approved; empty while nobody did.")
    could: list[str] = Field(description="Who may.")


class GateOut(Schema):
    model_config = example(GATE)
    model_id: int
    kind: MoveKind
    from_stage: Stage
    from_standing: Standing
    to_stage: Stage
    to_standing: Standing
    gate: str
    policy: str
    at: datetime = Field(description="The instant for which this holds.")
    passing: Passing = Field(description="`waiting`: nothing but named people's answers is outstanding.")
    is_open: bool
    counts: dict[str, int] = Field(description="Checks met, waived, unmet, unknown and not needed.")
    findings: list[FindingOut]
    seats: list[SeatOut] = Field(description="Who has to approve the move.")
    dossier_fingerprint: str
    open_move_id: int | None


class MoveOut(Schema):
    model_config = example(MOVE)
    id: int
    model_id: int
    model: str
    program: str
    release_id: int | None
    kind: MoveKind
    gate: str
    from_stage: Stage
    from_standing: Standing
    to_stage: Stage
    to_standing: Standing
    reason: str
    requester_name: str
    requested_at: datetime
    state: Literal["open", "approved", "declined", "withdrawn"]
    closed_at: datetime | None
    passing: Passing = Field(description="How the gate stood when it was asked.")
    policy: str
    version: int


class MoveList(Listed):
    model_config = example({"items": [MOVE], "next": None})
    items: list[MoveOut]


class NewMove(Given):
    model_config = {
        **Given.model_config,
        **example({"kind": "advance", "reason": "The prototype holds on last quarter's data."}),
    }
    kind: MoveKind
    to_stage: Stage | None = Field(None, description="Needed where the kind can lead to several stages.")
    reason: str = Field(max_length=5_000)


class MoveAnswer(Given):
    model_config = {**Given.model_config, **example({"approve": True, "reason": "Agreed."})}
    approve: bool
    reason: str = Field("", max_length=5_000, description="Needed to decline.")


class DecisionOut(Schema):
    model_config = example(DECISION)
    id: int
    move_id: int
    model_id: int
    outcome: Literal["approved", "declined"]
    kind: MoveKind
    from_place: str
    to_place: str
    requester_name: str
    reason: str
    decider_names: list[str]
    policy_label: str
    dossier_fingerprint: str
    decided_at: datetime


class DecisionList(Listed):
    model_config = example({"items": [DECISION], "next": None})
    items: list[DecisionOut]


class AnswerOut(Schema):
    name: str
    roles: list[str]
    is_approval: bool
    reason: str
    at: datetime


class DecisionInFull(DecisionOut):
    model_config = example(
        {**DECISION, "answers": [ANSWERED], "policy_fingerprint": "77ab…", "dossier": {}, "verdict": {}}
    )
    answers: list[AnswerOut]
    policy_fingerprint: str
    dossier: dict[str, JsonValue] = Field(
        description="Everything known about the model at that moment, frozen."
    )
    verdict: dict[str, JsonValue] = Field(description="Each check with its answer, as it was then.")


class BundleOut(Schema):
    model_config = example(
        {
            "format": "throughline.dossier",
            "format_version": 1,
            "exported_at": "2026-03-02T09:30:00+00:00",
            "exported_by": "Noor Haddad",
            "as_of": None,
            "dossier": {},
            "gate": "prototype_to_production_ready",
            "policy": "77ab…",
            "policies": {"77ab…": {}},
            "verdict": None,
            "decisions": [],
            "activity": {"entries": [], "head": {"seq": 0, "hash": ""}},
            "fingerprint": "c01d…",
        }
    )
    format: Literal["throughline.dossier"]
    format_version: int
    exported_at: datetime
    exported_by: str
    as_of: datetime | None = Field(description="The past instant for which it was asked; null for now.")
    dossier: dict[str, JsonValue]
    gate: str = Field(description="The gate ahead; empty where nothing leads on.")
    policy: str = Field(description="The fingerprint of the policy that the model is under.")
    policies: dict[str, JsonValue] = Field(description="Every policy that is referred to, by fingerprint.")
    verdict: dict[str, JsonValue] | None
    decisions: list[dict[str, Any]] = Field(description="In full, each with its frozen dossier and verdict.")
    activity: dict[str, JsonValue] = Field(
        description="The model's entries of the log with their hashes, and its head."
    )
    fingerprint: str = Field(description="SHA-256 of the canonical form of all of the above.")
