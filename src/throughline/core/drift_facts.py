"""What promises are compared with, and what the comparison comes to: frozen values, without a rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from throughline.core.dossier import Dossier
from throughline.core.promises import PlaceChange, Promise
from throughline.core.prototype import proof_of
from throughline.core.specs import SpecVersion
from throughline.core.stages import Place
from throughline.core.verdicts import CriterionAnswer, CriterionVerdict

SECTION_TITLES = {"outputs": "outputs", "limitations": "known limitations"}


class DriftState(StrEnum):
    KEPT = "kept"
    OPEN = "open"
    AT_RISK = "at_risk"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class CriterionFound:
    """What one success criterion came to, with its numbers in one sentence."""

    state: CriterionAnswer
    text: str


@dataclass(frozen=True)
class SpecGround:
    """The approved specification, as far as promises rest on it. `sections` maps a section to the fingerprint of its
    content; one that is empty is left out."""

    number: int
    approved_at: datetime
    run_frequency: str = ""
    sections: Mapping[str, str] = field(default_factory=dict, hash=False)

    def as_base(self) -> dict[str, object]:
        """What a promise that is given now keeps of it."""
        return {"spec": self.number, **self.sections}


@dataclass(frozen=True)
class Planned:
    """The day for which something is planned or forecast now, and where that is said."""

    day: date
    said_by: str


@dataclass(frozen=True)
class Facts:
    """What promises of one model are compared with. Fields that nothing fills yet are empty, and a rule then says that
    nothing is known. `verdicts` is None where criteria are not judged at all."""

    now: datetime
    place: Place
    stage_since: datetime
    zone: str = "UTC"
    changes: tuple[PlaceChange, ...] = ()
    shown_at: tuple[datetime, ...] = ()
    spec: SpecGround | None = None
    verdicts: Mapping[str, CriterionFound] | None = None
    planned: Mapping[str, Planned] = field(default_factory=dict)
    runs: str = ""

    @cached_property
    def today(self) -> date:
        return self.day(self.now)

    def day(self, instant: datetime) -> date:
        """Days are counted as the program counts them."""
        return instant.astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True)
class Drift:
    """What a promise is worth now, and why in one sentence.

    `ground` names what the state rests on. `turn` names exactly what would have to be told: it is another one as soon
    as the version, the state or the ground is. `is_only_version` is true when that is no more than the version itself.
    """

    promise: Promise
    state: DriftState
    reason: str
    ground: str = ""

    @property
    def is_only_version(self) -> bool:
        return not self.ground

    @property
    def turn(self) -> str:
        version = f"v{self.promise.latest.number}"
        return f"{version}.{self.state}.{self.ground}" if self.ground else version

    @property
    def cause(self) -> str:
        return f"promise:{self.promise.id}:{self.turn}"

    @property
    def needs_attention(self) -> bool:
        return self.state in (DriftState.AT_RISK, DriftState.BROKEN)


def ground_of(approved: SpecVersion | None) -> SpecGround | None:
    if approved is None or approved.approved_at is None:
        return None
    sections = {name: approved.sections[name] for name in SECTION_TITLES if name in approved.sections}
    return SpecGround(approved.number, approved.approved_at, approved.run_frequency, sections)


def found_of(
    judged: Iterable[CriterionVerdict], spec: SpecGround | None
) -> Mapping[str, CriterionFound] | None:
    """None where no criterion is judged and none was agreed."""
    found = {one.criterion.key: CriterionFound(one.answer, one.reason) for one in judged}
    return found or (None if spec is None else {})


def facts_in(dossier: Dossier) -> Facts:
    """What a gate's dossier says of the things that promises are compared with."""
    promises, model = dossier.promises, dossier.model
    spec = ground_of(dossier.spec.approved if dossier.spec else None)
    return Facts(
        now=dossier.at,
        place=model.place,
        stage_since=model.stage_since,
        zone=promises.zone,
        changes=promises.changes,
        shown_at=promises.shown_at,
        spec=spec,
        verdicts=found_of(proof_of(dossier).verdicts, spec),
    )
