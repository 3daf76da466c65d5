"""What makes a well-formed policy sound: a decider in every case, one meaning for each id, no circles."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from throughline.core.dossier import ReleaseKind, RiskTier, Scoring
from throughline.core.policy import Condition, Gate, PolicyCheck, Seat

CASES: Mapping[str, tuple[str, ...]] = {
    "risk_tier": tuple(tier.value for tier in RiskTier),
    "scoring": tuple(scoring.value for scoring in Scoring),
    "release": tuple(kind.value for kind in ReleaseKind),
}


def where_nobody_decides(seats: tuple[Seat, ...]) -> str:
    """The first case in which no seat applies, in words; empty when there is none."""
    for case in product(*CASES.values()):
        named = dict(zip(CASES, case, strict=True))
        if not any(all(_holds(seat.when, name, value) for name, value in named.items()) for seat in seats):
            return ", ".join(f"the {name.replace('_', ' ')} is {value}" for name, value in named.items())
    return ""


def _holds(when: Condition, name: str, value: str) -> bool:
    wanted: tuple[str, ...] = getattr(when, name)
    return not wanted or value in wanted


def other_meanings(gates: Iterable[Gate]) -> Iterator[tuple[str, int, str]]:
    """Gate, index and text for each signed id that means something else at an earlier gate: sign-offs are found by
    the id of their check."""
    first: dict[str, PolicyCheck] = {}
    for gate in gates:
        for index, check in enumerate(gate.checks):
            other = first.setdefault(check.id, check)
            is_signed = check.is_sign_off or other.is_sign_off
            if is_signed and check.parameters != other.parameters:
                text = f"“{check.id}” has another meaning at another gate. What is signed needs an id of its own."
                yield gate.id, index, text


def circle_from(start: str, needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest way from a check back to itself along its conditions; empty when there is none."""
    trails: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while trails:
        trail = trails.pop(0)
        for other in needs.get(trail[-1], ()):
            if other == start:
                return (*trail, start)
            if other not in seen:
                seen.add(other)
                trails.append((*trail, other))
    return ()
