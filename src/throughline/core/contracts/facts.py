"""What a gate knows of the contracts of one model: those for its sources, and those for its output."""

from dataclasses import dataclass
from datetime import datetime

from throughline.core.contracts.agreements import Direction, Version
from throughline.core.contracts.results import RuleOutcome


@dataclass(frozen=True)
class TestFact:
    """The last finished test. `broken` names what did not pass, with the reason, the failed rules first."""

    __test__ = False  # its name makes pytest look for tests in it

    id: int
    outcome: RuleOutcome
    at: datetime
    version: int
    broken: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class ContractFact:
    """One contract with its version in force and the one that waits for agreement; either may be missing."""

    id: int
    key: str
    name: str
    direction: Direction
    source_id: int | None = None
    source: str = ""
    in_force: Version | None = None
    pending: Version | None = None
    is_ended: bool = False
    test: TestFact | None = None

    def content(self) -> dict[str, object]:
        """What a sign-off on it is tied to; the outcome of a test is, its time is not."""
        return {
            "id": self.id,
            "in_force": self.in_force and self.in_force.seen,
            "pending": self.pending and self.pending.seen,
            "is_ended": self.is_ended,
            "test": self.test and self.test.outcome,
        }


@dataclass(frozen=True)
class Contracts:
    """`bare` names the sources in use for which there is no contract."""

    known: tuple[ContractFact, ...] = ()
    bare: tuple[str, ...] = ()

    def of(self, direction: Direction) -> tuple[ContractFact, ...]:
        return tuple(one for one in self.known if one.direction is direction and not one.is_ended)

    def content(self) -> object:
        """None where there is nothing, so that models without contracts keep their fingerprints."""
        if not (self.known or self.bare):
            return None
        return {"contracts": [one.content() for one in self.known], "bare": sorted(self.bare)}
