"""A policy: for each gate its checks, conditions, freshness and deciders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from throughline.core.fingerprints import fingerprint
from throughline.core.stages import Stage

SIGNED, MEASURED = "signed.by_person", "quality.within_bounds"


class Level(StrEnum):
    """What a check that is not met does: close the gate, be shown as a warning, or be kept on record."""

    BLOCK = "block"
    WARN = "warn"
    RECORD = "record"


@dataclass(frozen=True)
class Condition:
    """When a check or a decider applies; empty means always. `met` and `not_met` name other checks of the gate."""

    risk_tier: tuple[str, ...] = ()
    scoring: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    not_met: tuple[str, ...] = ()

    @cached_property
    def is_always(self) -> bool:
        return not (self.risk_tier or self.scoring or self.release or self.others)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The checks that it names."""
        return (*self.met, *self.not_met)


@dataclass(frozen=True)
class PolicyCheck:
    """One check as a policy asks it. `function` names the catalogue entry that answers it."""

    id: str
    function: str
    parameters: Mapping[str, object]
    level: Level
    when: Condition
    asks: str
    why: str
    remedy: str
    turn: tuple[str, ...]
    waivable_by: tuple[str, ...]

    @property
    def is_sign_off(self) -> bool:
        return self.function == SIGNED

    @property
    def covers(self) -> tuple[str, ...]:
        covers = self.parameters.get("covers", ())
        return tuple(covers) if isinstance(covers, list | tuple) else ()

    @property
    def signed_by(self) -> tuple[str, ...]:
        by = self.parameters.get("by", ())
        return tuple(by) if isinstance(by, list | tuple) else ()

    @property
    def valid_days(self) -> float:
        days = self.parameters.get("valid_days", 365)
        return float(days) if isinstance(days, int | float) else 365.0


@dataclass(frozen=True)
class Seat:
    """A role of which one holder must approve the move."""

    role: str
    when: Condition = field(default_factory=Condition)


@dataclass(frozen=True)
class Gate:
    id: str
    asks: str
    seats: tuple[Seat, ...]
    checks: tuple[PolicyCheck, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the deciders, each once; they may also waive a check that does not say who may."""
        return tuple(dict.fromkeys(seat.role for seat in self.seats))

    def check(self, check_id: str) -> PolicyCheck | None:
        return next((check for check in self.checks if check.id == check_id), None)


@dataclass(frozen=True)
class Policy:
    name: str
    version: str
    title: str
    about: str
    needed: Mapping[str, tuple[str, ...]]
    gates: Mapping[str, Gate]
    source: Mapping[str, object]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.source)

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    def duties_needed(self, stage: Stage) -> tuple[str, ...]:
        return self.needed.get(stage.value, ())

    def check(self, check_id: str) -> PolicyCheck | None:
        return next((found for gate in self.gates.values() if (found := gate.check(check_id))), None)
