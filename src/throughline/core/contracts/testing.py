"""How a test of a contract goes: its states, what it comes to in one sentence, and what is kept of it as evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from throughline.core.contracts.results import RuleOutcome, RuleResult, TestResult
from throughline.core.text import Json

EVIDENCE_PREFIX = "contract."
MOST_NAMED = 3
MOST_IN_EVIDENCE = 50


class TestState(StrEnum):
    """*Stopped* is a test that ended without a result: nothing was judged."""

    __test__ = False

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class Trigger(StrEnum):
    HAND = "hand"
    SCHEDULE = "schedule"
    API = "api"


OPEN = (TestState.WAITING, TestState.RUNNING)


@dataclass(frozen=True)
class TestFacts:
    """The newest test of a contract that came to a result."""

    __test__ = False

    id: int
    outcome: RuleOutcome
    sentence: str
    observed_at: datetime


def evidence_key(contract_key: str) -> str:
    """As reports of other tools name it too, so that a policy asks for both by one name."""
    return f"{EVIDENCE_PREFIX}{contract_key}"[:200]


def sentence(results: Iterable[RuleResult]) -> str:
    """What the results come to: failures first, then what could not be told, by the names of their rules."""
    found = tuple(results)
    if not found:
        return "The contract holds no rule, so nothing was judged."
    failed = [one for one in found if one.outcome is RuleOutcome.FAILED]
    unknown = [one for one in found if one.outcome is RuleOutcome.UNKNOWN]
    held = f"{len(found) - len(failed) - len(unknown)} of {len(found)} rules held."
    parts = [held]
    if failed:
        parts.append(f"Failed: {_named(failed)}.")
    if unknown:
        parts.append(f"Could not be judged: {_unjudged(unknown)}.")
    return " ".join(parts)


def ordered(results: Iterable[RuleResult]) -> list[RuleResult]:
    """Failures first, then what is unknown; in the order of the contract otherwise."""
    rank = {RuleOutcome.FAILED: 0, RuleOutcome.UNKNOWN: 1, RuleOutcome.PASSED: 2}
    return sorted(results, key=lambda one: rank[one.outcome])


def in_evidence(result: TestResult) -> dict[str, Json]:
    """The figures and whatever did not pass. Values of rows stay with the test, which fewer people may see."""
    telling = [one for one in ordered(result.results) if one.outcome is not RuleOutcome.PASSED]
    counted = result.count()
    return {
        "engine": result.engine,
        "place": result.place,
        "rows": result.rows,
        "seconds": round(result.seconds, 3),
        "passed": counted[RuleOutcome.PASSED],
        "failed": counted[RuleOutcome.FAILED],
        "unknown": counted[RuleOutcome.UNKNOWN],
        "rules": [
            {
                "rule": one.rule,
                "outcome": str(one.outcome),
                "found": one.found,
                "wanted": one.wanted,
                "reason": one.reason,
            }
            for one in telling[:MOST_IN_EVIDENCE]
        ],
        "more": max(len(telling) - MOST_IN_EVIDENCE, 0),
    }


def _named(results: list[RuleResult]) -> str:
    """With what was found, so that nobody has to look it up."""
    shown = [f"{one.rule}: {told}" if (told := one.found or one.reason) else one.rule for one in results]
    more = len(shown) - MOST_NAMED
    listed = "; ".join(one.rstrip(".") for one in shown[:MOST_NAMED])
    return f"{listed}; and {more} more" if more > 0 else listed


def _unjudged(results: list[RuleResult]) -> str:
    """By their names, or by the reason alone where all share one: a file that is missing is said once."""
    reasons = {one.reason for one in results if not one.found}
    if len(results) <= MOST_NAMED or len(reasons) != 1 or any(one.found for one in results):
        return _named(results)
    reason = reasons.pop().rstrip(".") or "no reason is told"
    return f"{results[0].rule} and {len(results) - 1} more: {reason}"
