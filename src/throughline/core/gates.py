"""Evaluates a gate over a dossier, and says who may decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from throughline.core.checks import CATALOGUE, Answer, Found
from throughline.core.conditions import why_asked, why_not_asked
from throughline.core.dossier import Dossier, of_question
from throughline.core.people import DUTY_TITLES, holds
from throughline.core.policy import Gate, Level, Policy, PolicyCheck, Seat


class Passing(StrEnum):
    """How a gate stands: `waiting` when nothing but answers of named people is outstanding."""

    PASSED = "passed"
    PASSED_BY_WAIVER = "passed_by_waiver"
    WAITING = "waiting"
    NOT_PASSED = "not_passed"

    @property
    def is_open(self) -> bool:
        return self in (Passing.PASSED, Passing.PASSED_BY_WAIVER)


@dataclass(frozen=True)
class WaiverUse:
    id: int
    kind: str
    reason: str
    asked_by: str
    granted_by: str
    until: datetime


class Finding(NamedTuple):
    """One check's answer, ready to be shown: why it applies, what was found, what would satisfy it, whose turn."""

    check: str
    asks: str
    level: Level
    answer: Answer
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
        return self.answer in (Answer.MET, Answer.NOT_NEEDED) or self.waiver is not None

    @property
    def is_blocking(self) -> bool:
        return self.level is Level.BLOCK and not self.is_satisfied


@dataclass(frozen=True)
class Verdict:
    gate: str
    policy: str
    at: datetime
    passing: Passing
    findings: tuple[Finding, ...]
    dossier_fingerprint: str

    @property
    def is_open(self) -> bool:
        return self.passing.is_open

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_blocking)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.level is Level.WARN and not f.is_satisfied)

    @property
    def waived(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.waiver is not None)

    def count(self) -> dict[str, int]:
        """How many checks are met, waived, unmet, unknown, not needed; together all of them."""
        counts = dict.fromkeys(("met", "waived", "unmet", "unknown", "not_needed"), 0)
        for finding in self.findings:
            counts["waived" if finding.waiver else finding.answer.value] += 1
        return counts


def evaluate(policy: Policy, gate_id: str, dossier: Dossier) -> Verdict:
    """Every check of the gate with its finding. Unknown, and a check that crashes, close the gate."""
    gate = policy.gates[gate_id]
    found: dict[str, Found] = {}
    for check in gate.checks:
        _answer(check, gate, policy, dossier, found)
    label = policy.label
    findings = tuple([_finding(check, found[check.id], gate_id, label, dossier) for check in gate.checks])
    return Verdict(gate_id, label, dossier.at, _passing(findings), findings, dossier.fingerprint())


def _answer(
    check: PolicyCheck, gate: Gate, policy: Policy, dossier: Dossier, found: dict[str, Found]
) -> Found:
    known = found.get(check.id)
    if known is None:
        others = {
            other: _answer(needed, gate, policy, dossier, found).answer
            for other in check.when.others
            if (needed := gate.check(other)) is not None
        }
        known = found[check.id] = why_not_asked(check.when, dossier, others) or _ask(check, dossier)
    return known


def _ask(check: PolicyCheck, dossier: Dossier) -> Found:
    try:
        return CATALOGUE[check.function].answer(dossier, check.parameters)
    except Exception as error:
        text = f"The check could not be carried out ({type(error).__name__}: {error})."
        return Found(Answer.UNKNOWN, text[:300], "Report this to whoever runs this installation.")


def _finding(check: PolicyCheck, found: Found, gate_id: str, policy: str, dossier: Dossier) -> Finding:
    turn = found.turn or check.turn
    is_open = found.answer in (Answer.UNMET, Answer.UNKNOWN)
    return Finding(
        check=check.id,
        asks=check.asks,
        level=check.level,
        answer=found.answer,
        applies=why_asked(check.when, policy),
        why=check.why,
        found=found.text,
        remedy=(found.remedy or check.remedy) if is_open else "",
        turn=turn if is_open else (),
        turn_names=dossier.names(turn) if is_open else (),
        is_sign_off=check.is_sign_off,
        evidence=found.evidence,
        sign_off=found.sign_off,
        waiver=_waiver(check, gate_id, dossier) if is_open else None,
    )


def _waiver(check: PolicyCheck, gate_id: str, dossier: Dossier) -> WaiverUse | None:
    """None where the policy lets nobody waive the check, even if an earlier one did."""
    valid = [
        w
        for w in dossier.waivers
        if w.check_id == check.id and w.gate == gate_id and w.is_in_force(dossier.at)
    ]
    if not valid or not check.waivable_by:
        return None
    longest = max(valid, key=lambda w: (w.until, w.id))
    return WaiverUse(
        longest.id, longest.kind.value, longest.reason, longest.asked_by, longest.granted_by, longest.until
    )


def _passing(findings: tuple[Finding, ...]) -> Passing:
    blocking = [finding for finding in findings if finding.is_blocking]
    if blocking:
        is_only_waiting = all(f.is_sign_off and f.answer is Answer.UNMET for f in blocking)
        return Passing.WAITING if is_only_waiting else Passing.NOT_PASSED
    is_waived = any(finding.waiver and finding.level is Level.BLOCK for finding in findings)
    return Passing.PASSED_BY_WAIVER if is_waived else Passing.PASSED


@dataclass(frozen=True)
class Approval:
    """One decider's answer to a move, tied to the dossier that they saw. `roles` are the seats it fills."""

    person_id: int
    name: str
    roles: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class SeatState:
    role: str
    title: str
    filled_by: str
    could: tuple[str, ...]


def seats(gate: Gate, dossier: Dossier) -> tuple[Seat, ...]:
    """The seats that this model's deciders fill. Where it can't be told whether a seat applies, it does."""
    return tuple(
        seat
        for seat in gate.seats
        if (state := why_not_asked(seat.when, dossier, {})) is None or state.answer is Answer.UNKNOWN
    )


def seat_states(
    gate: Gate, dossier: Dossier, approvals: tuple[Approval, ...], requester_id: int | None
) -> tuple[SeatState, ...]:
    """Each seat with who filled it; the requester and approvals of another dossier fill none."""
    now = dossier.fingerprint()
    valid = [a for a in approvals if a.fingerprint == now and a.person_id != requester_id]
    return tuple(
        SeatState(
            role=seat.role,
            title=DUTY_TITLES[seat.role],
            filled_by=next((a.name for a in valid if seat.role in a.roles), ""),
            could=tuple(h.name for h in dossier.holders(seat.role) if h.person_id != requester_id),
        )
        for seat in seats(gate, dossier)
    )


def seats_of(gate: Gate, dossier: Dossier, person_id: int | None) -> tuple[str, ...]:
    return tuple(
        s.role for s in seats(gate, dossier) if holds(dossier.assignments, person_id, s.role, dossier.at)
    )


def why_may_not_decide(gate: Gate, dossier: Dossier, person_id: int | None, requester_id: int | None) -> str:
    """Empty when this person may decide the move; otherwise the reason, with who can."""
    roles = {state.title: state.could for state in seat_states(gate, dossier, (), requester_id)}
    can = "; ".join(
        f"{title}: {', '.join(names) or 'nobody yet, assign one'}" for title, names in roles.items()
    )
    if person_id is not None and person_id == requester_id:
        return f"You asked for this move yourself, so somebody else decides it ({can})."
    if not seats_of(gate, dossier, person_id):
        return f"This move is decided by: {can}."
    return ""


def why_may_not_waive(
    check: PolicyCheck, dossier: Dossier, person_id: int | None, asked_by_id: int | None
) -> str:
    """Empty when this person may grant the waiver; otherwise the reason, with who can."""
    titles = " or ".join(DUTY_TITLES[role].lower() for role in check.waivable_by)
    if not check.waivable_by:
        return "The policy lets nobody waive this check."
    names = [
        h.name for role in check.waivable_by for h in dossier.holders(role) if h.person_id != asked_by_id
    ]
    can = f"a {titles} ({', '.join(dict.fromkeys(names)) or 'nobody yet, assign one'})"
    if person_id is not None and person_id == asked_by_id:
        return f"You asked for this waiver yourself, so somebody else grants it: {can}."
    if not any(holds(dossier.assignments, person_id, role, dossier.at) for role in check.waivable_by):
        return f"This waiver is granted by {can}."
    return ""


def why_may_not_sign(check: PolicyCheck, dossier: Dossier, person_id: int | None) -> str:
    titles = " or ".join(DUTY_TITLES[role].lower() for role in check.signed_by)
    if any(holds(dossier.assignments, person_id, role, dossier.at) for role in check.signed_by):
        return ""
    names = dossier.names(check.signed_by)
    return f"This is signed off by a {titles} ({', '.join(names) or 'nobody yet, assign one'})."


def sign_off_fingerprint(check: PolicyCheck, covered: Mapping[str, str]) -> str:
    """Of the question together with what it rests on: what the signer saw."""
    return of_question(check.asks, covered)
