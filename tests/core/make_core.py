"""Builds frozen facts for the tests of the core: one working default each, and only what matters is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from throughline.core.dossier import (
    Dossier,
    Feasibility,
    ModelFacts,
    ReleaseFacts,
    ReleaseKind,
    RiskTier,
    Scoring,
    SignOff,
    Waiver,
    WaiverKind,
)
from throughline.core.evidence import Evidence, EvidenceKind, Outcome
from throughline.core.gates import sign_off_fingerprint
from throughline.core.people import Assignment
from throughline.core.policy import Policy, PolicyCheck
from throughline.core.policy_reader import parse
from throughline.core.stages import GATES, Stage, Standing

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = "conception_to_prototype"
LEA, PAM, DAN, STU = 1, 2, 3, 4
SUMMARY = "Tells the service team each Monday which customers are about to leave."


def days(count: float) -> timedelta:
    return timedelta(days=count)


def model(**changes: Any) -> ModelFacts:
    made = ModelFacts(
        id=7,
        program_id=1,
        program="Retention",
        name="Churn",
        summary=SUMMARY,
        external_id="m-7",
        risk_tier=RiskTier.LOW,
        scoring=Scoring.BATCH,
        stage=Stage.CONCEPTION,
        standing=Standing.ACTIVE,
        stage_since=NOW - days(10),
        version=1,
    )
    return replace(made, **changes)


def release(kind: ReleaseKind = ReleaseKind.FIRST, **changes: Any) -> ReleaseFacts:
    made = ReleaseFacts(id=70, name="2026.1", kind=kind, subject="churn version 2", planned_at=NOW - days(5))
    return replace(made, **changes)


def held(duty: str, person_id: int = LEA, **changes: Any) -> Assignment:
    names = {LEA: "Lea", PAM: "Pam", DAN: "Dan", STU: "Stu"}
    made = Assignment(person_id, names[person_id], duty, starts_at=NOW - days(100))
    return made._replace(**changes)


TEAM = (
    held("leader", LEA),
    held("program_manager", PAM),
    held("data_scientist", DAN),
    held("stakeholder", STU),
)


def evidence(key: str, value: float | None = None, **changes: Any) -> Evidence:
    made = Evidence(
        id=500,
        kind=EvidenceKind.MEASURED,
        key=key,
        source="mlflow",
        subject="churn",
        observed_at=NOW - days(1),
        recorded_at=NOW - days(1),
        value=value,
    )
    return made._replace(**changes)


def result(key: str, outcome: Outcome = Outcome.PASSED, **changes: Any) -> Evidence:
    return evidence(key, kind=EvidenceKind.TESTED, outcome=outcome, **changes)


def feasibility(is_go: bool = True) -> Feasibility:
    return Feasibility(4, 4, 3, 2, 3, is_go, "The data are there.", "Pam", NOW - days(9))


def waiver(check_id: str, **changes: Any) -> Waiver:
    made = Waiver(
        id=900,
        check_id=check_id,
        gate=GATE,
        kind=WaiverKind.WAIVED,
        reason="The audit is booked for April.",
        asked_by_id=PAM,
        asked_by="Pam",
        granted_by_id=LEA,
        granted_by="Lea",
        granted_at=NOW - days(2),
        until=NOW + days(30),
    )
    return replace(made, **changes)


def dossier(**changes: Any) -> Dossier:
    return replace(Dossier(at=NOW, model=model(), assignments=TEAM), **changes)


def sign_off(check: PolicyCheck, seen: Dossier, **changes: Any) -> SignOff:
    """Given on this dossier by the stakeholder."""
    covered = seen.covered(check.covers)
    made = SignOff(
        id=300,
        check_id=check.id,
        person_id=STU,
        name="Stu",
        roles=("stakeholder",),
        reason="I looked at the list.",
        given_at=NOW - days(3),
        expires_at=NOW + days(60),
        covers=check.covers,
        covered=covered,
        fingerprint=sign_off_fingerprint(check, covered),
        policy="test 1",
    )
    return replace(made, **changes)


def policy_content(*checks: Any, deciders: Any = ("leader",), **gates: Any) -> dict[str, Any]:
    """Plain content of a policy whose first gate has these checks; the others ask nothing."""
    made = {gate: {"deciders": ["leader"], "checks": []} for gate in GATES}
    made[GATE] = {"asks": "Go on?", "deciders": list(deciders), "checks": list(checks)}
    return {"policy": "test", "version": "1", "gates": {**made, **gates}}


def policy(*checks: Any, deciders: Any = ("leader",)) -> Policy:
    return parse(policy_content(*checks, deciders=deciders))


def signed(check_id: str = "need.agreed", **more: Any) -> dict[str, Any]:
    return {
        "id": check_id,
        "asks": "Is the need agreed?",
        "sign_off": {"by": ["stakeholder"], "covers": ["model"]},
        **more,
    }


def check_of(made: Policy, check_id: str = "need.agreed") -> PolicyCheck:
    found = made.gates[GATE].check(check_id)
    assert found is not None
    return found
