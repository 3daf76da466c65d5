"""A policy as people read it: per gate its question, who decides, and each check with its whys and whos."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from throughline.core.conditions import of_whom
from throughline.core.dossier import RiskTier
from throughline.core.people import DUTY_TITLES
from throughline.core.policy import MEASURED, Gate, Level, Policy, PolicyCheck
from throughline.core.stages import Stage
from throughline.web.charts import stacked_bars
from throughline.web.drawings import Stacked
from throughline.web.findings import GATE_TITLES
from throughline.web.sentences import part

TIERS = tuple(RiskTier)
OTHER_GATES = {
    "send_back": "Send back",
    "pause": "Pause",
    "resume": "Resume",
    "stop": "Stop",
    "reinstate": "Reinstate",
}
LEVEL_WORDS = {
    Level.BLOCK: "Closes the gate",
    Level.WARN: "Warns the deciders",
    Level.RECORD: "Is kept on record",
}
PARTS = (("Every model", "accent"), ("From medium risk on", "unknown"), ("High risk only", "unmet"))


@dataclass(frozen=True)
class CheckShown:
    """`tiers` says for low, medium and high risk what the check does there; empty where it is not asked."""

    id: str
    asks: str
    why: str
    remedy: str
    level: Level
    does: str
    tiers: tuple[tuple[str, str], ...]
    only: str
    answered: str
    holds: str
    waived: str


@dataclass(frozen=True)
class GateShown:
    id: str
    title: str
    asks: str
    deciders: tuple[str, ...]
    checks: tuple[CheckShown, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StageShown:
    stage: Stage
    duties: tuple[str, ...]


def gate_title(gate_id: str) -> str:
    return GATE_TITLES.get(gate_id) or OTHER_GATES.get(gate_id) or gate_id.replace("_", " ")


def gates(policy: Policy) -> list[GateShown]:
    return [_gate(gate) for gate in policy.gates.values()]


def needed(policy: Policy) -> list[StageShown]:
    return [StageShown(stage, titles(policy.duties_needed(stage))) for stage in Stage]


def titles(duties: Iterable[str]) -> tuple[str, ...]:
    return tuple(DUTY_TITLES.get(duty, duty) for duty in duties)


def chart(policy: Policy) -> Stacked:
    """How many checks close each gate, by the risk tier from which on they are asked."""
    rows = []
    for gate in policy.gates.values():
        if gate.id in GATE_TITLES:
            low, medium, high = (closing(gate, tier) for tier in TIERS)
            rows.append((GATE_TITLES[gate.id], (low, max(medium - low, 0), max(high - max(medium, low), 0))))
    return stacked_bars("Checks that close a gate", PARTS, rows)


def closing(gate: Gate, tier: RiskTier) -> int:
    """At most; conditions on scoring, release and other checks may ask for fewer."""
    return sum(1 for check in gate.checks if check.level is Level.BLOCK and _is_asked(check, tier))


def _gate(gate: Gate) -> GateShown:
    deciders = tuple(
        DUTY_TITLES[seat.role] + ("" if seat.when.is_always else f" ({of_whom(seat.when)})")
        for seat in gate.seats
    )
    asks = {check.id: check.asks for check in gate.checks}
    return GateShown(
        id=gate.id,
        title=gate_title(gate.id),
        asks=gate.asks,
        deciders=deciders,
        checks=tuple(_check(check, asks) for check in gate.checks),
        counts=tuple((tier.value, closing(gate, tier)) for tier in TIERS),
    )


def _check(check: PolicyCheck, asks: Mapping[str, str]) -> CheckShown:
    return CheckShown(
        id=check.id,
        asks=check.asks,
        why=check.why,
        remedy=check.remedy,
        level=check.level,
        does=LEVEL_WORDS[check.level],
        tiers=tuple((tier.value, check.level.value if _is_asked(check, tier) else "") for tier in TIERS),
        only=_only(check, asks),
        answered=_answered(check),
        holds=_holds(check),
        waived=", ".join(titles(check.waivable_by)) or "Nobody",
    )


def _is_asked(check: PolicyCheck, tier: RiskTier) -> bool:
    return not check.when.risk_tier or tier.value in check.when.risk_tier


def _only(check: PolicyCheck, asks: Mapping[str, str]) -> str:
    """Conditions other than the risk tier, which has columns of its own; other checks by what they ask."""
    when = check.when
    parts = [
        f"{name} is {' or '.join(word.replace('_', ' ') for word in values)}"
        for name, values in (("scoring", when.scoring), ("release", when.release))
        if values
    ]
    parts += [f"“{asks.get(other, other)}” is met" for other in when.met]
    parts += [f"“{asks.get(other, other)}” is not met" for other in when.not_met]
    return "only where " + " and ".join(parts) if parts else ""


def _answered(check: PolicyCheck) -> str:
    if check.is_sign_off:
        return f"Signed by: {' or '.join(titles(check.signed_by)).lower()}"
    if check.function == MEASURED:
        return f"Measured: {check.parameters.get('key')} {_bounds(check)}".strip()
    given = ", ".join(_parameters(check))
    return f"Computed{f' ({given})' if given else ''}"


def _bounds(check: PolicyCheck) -> str:
    low, high = check.parameters.get("at_least"), check.parameters.get("at_most")
    said = [f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else ""]
    return " and ".join(filter(None, said))


def _parameters(check: PolicyCheck) -> Iterator[str]:
    for name, value in check.parameters.items():
        if name == "duties" and isinstance(value, list | tuple):
            yield ", ".join(titles(str(duty) for duty in value)).lower()
        elif name != "max_age_days":
            said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield f"{name} {said}".replace("_", " ")


def _holds(check: PolicyCheck) -> str:
    age = check.parameters.get("max_age_days")
    if check.is_sign_off:
        covers = ", ".join(map(part, check.covers))
        return f"for {check.valid_days:g} days, while this stays as it was: {covers}"
    return f"evidence up to {age} days old" if age is not None else ""
