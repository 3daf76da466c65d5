"""What a test of a contract found: one result for each rule, and what they come to together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RuleOutcome(StrEnum):
    """*Unknown* is a rule that could not be run; it is never a pass, and says why."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class RuleResult:
    """One rule. `rule` is stable from test to test (`orders.amount.maximum`); `area` is schema, quality or sla;
    `title` is a statement that should be true; `found` and `wanted` are the figures in words; `value` is the measured
    figure where there is one number; `reason` is one sentence for whatever did not pass. `sample` holds values of rows
    that fail, only where the contract allows them to be seen."""

    rule: str
    table: str
    column: str
    area: str
    title: str
    outcome: RuleOutcome
    found: str = ""
    wanted: str = ""
    value: float | None = None
    reason: str = ""
    severity: str = ""
    dimension: str = ""
    sample: tuple[Mapping[str, str], ...] = ()

    def to_plain(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "table": self.table,
            "column": self.column,
            "area": self.area,
            "title": self.title,
            "outcome": str(self.outcome),
            "found": self.found,
            "wanted": self.wanted,
            "value": self.value,
            "reason": self.reason,
            "severity": self.severity,
            "dimension": self.dimension,
            "sample": [dict(row) for row in self.sample],
        }


@dataclass(frozen=True)
class TestResult:
    """All rules of one contract on data as they stood at `observed_at`. `rows` is None where no table could be read."""

    __test__ = False  # its name makes pytest look for tests in it

    results: tuple[RuleResult, ...]
    engine: str
    place: str
    observed_at: datetime
    rows: int | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> RuleOutcome:
        return outcome_of(self.results)

    def count(self) -> Mapping[RuleOutcome, int]:
        found = Counter(one.outcome for one in self.results)
        return {outcome: found[outcome] for outcome in RuleOutcome}


def outcome_of(results: Iterable[RuleResult]) -> RuleOutcome:
    """One failure fails the whole; one unknown, or no rule at all, leaves it unknown."""
    outcomes = {one.outcome for one in results}
    if RuleOutcome.FAILED in outcomes:
        return RuleOutcome.FAILED
    return RuleOutcome.PASSED if outcomes == {RuleOutcome.PASSED} else RuleOutcome.UNKNOWN


_TEXTS = ("rule", "table", "column", "area", "title", "found", "wanted", "reason", "severity", "dimension")


def from_plain(given: Mapping[str, object]) -> RuleResult:
    """One result as `to_plain` wrote it."""
    value, sample = given.get("value"), given.get("sample")
    rows = sample if isinstance(sample, list) else []
    texts = {name: str(given.get(name) or "") for name in _TEXTS}
    return RuleResult(
        **texts,
        outcome=RuleOutcome(str(given["outcome"])),
        value=float(value) if isinstance(value, int | float) else None,
        sample=tuple({str(name): str(cell) for name, cell in row.items()} for row in rows),
    )
