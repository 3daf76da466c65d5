"""Everything known about one model at one moment, frozen: a gate reads a dossier and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property

from throughline.core.assessments import SourceQuality
from throughline.core.compliance import Review
from throughline.core.contracts.facts import Contracts
from throughline.core.data_sources import SourceInUse
from throughline.core.evidence import Evidence, latest, newest_by_key
from throughline.core.feedback import OpenFeedback
from throughline.core.fingerprints import fingerprint
from throughline.core.label_audits import AuditFact
from throughline.core.outputs import SharedOutput
from throughline.core.people import Assignment, by_duty
from throughline.core.planning import DirectionFacts
from throughline.core.promises import Promises
from throughline.core.specs import SpecFacts
from throughline.core.stages import Place, Stage, Standing
from throughline.core.stakeholders import Stakeholder


class RiskTier(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Scoring(StrEnum):
    BATCH = "batch"
    REAL_TIME = "real_time"


class ReleaseKind(StrEnum):
    FIRST = "first"
    UPDATE = "update"


class WaiverKind(StrEnum):
    """A check set aside for a time, or one that does not apply, to be looked at again on a date."""

    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class ModelFacts:
    id: int
    program_id: int
    program: str
    name: str
    summary: str
    external_id: str
    risk_tier: RiskTier | None
    scoring: Scoring | None
    stage: Stage
    standing: Standing
    stage_since: datetime
    version: int

    @property
    def place(self) -> Place:
        return Place(self.stage, self.standing)


@dataclass(frozen=True)
class ReleaseFacts:
    """`subject` names what is released, as evidence names it (for instance `churn_scorer version 2`)."""

    id: int
    name: str
    kind: ReleaseKind
    subject: str
    planned_at: datetime

    def is_shown_by(self, evidence: Evidence) -> bool:
        """Whether evidence says something about this release: another release's, another version's, and what was
        seen before an update was planned do not."""
        if evidence.release_id is not None:
            return evidence.release_id == self.id
        if evidence.is_about_a_version:
            return not self.subject or evidence.subject == self.subject
        return self.kind is ReleaseKind.FIRST or evidence.observed_at >= self.planned_at


@dataclass(frozen=True)
class SignOff:
    """A named person's approval of one check, tied to what they saw.

    `covers` names the parts of the dossier that it rests on, as patterns; `covered` holds the fingerprint of each of
    them; `fingerprint` is that of all of them together with the question.
    """

    id: int
    check_id: str
    person_id: int
    name: str
    roles: tuple[str, ...]
    reason: str
    given_at: datetime
    expires_at: datetime
    covers: tuple[str, ...]
    covered: Mapping[str, str]
    fingerprint: str
    policy: str
    release_id: int | None = None
    link: str = ""
    file_name: str = ""
    void_at: datetime | None = None
    void_reason: str = ""


@dataclass(frozen=True)
class Waiver:
    """A check set aside by somebody other than the person who asked for it, until an instant."""

    id: int
    check_id: str
    gate: str
    kind: WaiverKind
    reason: str
    asked_by_id: int
    asked_by: str
    granted_by_id: int
    granted_by: str
    granted_at: datetime
    until: datetime
    revoked_at: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        is_kept = self.revoked_at is None or now < self.revoked_at
        return is_kept and self.granted_at <= now < self.until and self.asked_by_id != self.granted_by_id


@dataclass(frozen=True)
class Feasibility:
    """The analysis at conception: five ratings from 1 (poor) to 5 (good), and go or no-go."""

    value: int
    feasibility: int
    data_readiness: int
    risk: int
    effort: int
    is_go: bool
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Dossier:
    at: datetime
    model: ModelFacts
    release: ReleaseFacts | None = None
    assignments: tuple[Assignment, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    feasibility: Feasibility | None = None
    stakeholders: tuple[Stakeholder, ...] = ()
    outputs: tuple[SharedOutput, ...] = ()
    feedback: tuple[OpenFeedback, ...] = ()
    promises: Promises = Promises()
    spec: SpecFacts | None = None
    direction: DirectionFacts | None = None
    contracts: Contracts = Contracts()
    sources: tuple[SourceInUse, ...] = ()
    label_audits: tuple[AuditFact, ...] = ()
    compliance: tuple[Review, ...] = ()
    quality: tuple[SourceQuality, ...] = ()

    def latest(self, key: str) -> Evidence | None:
        """The newest evidence under a key that is about the release at hand."""
        return self._newest.get(key)

    def passed_over(self, key: str) -> Evidence | None:
        """The newest evidence under a key when it does not count, because it is about something else."""
        newest = latest(self.evidence, key)
        is_counted = newest is None or self.release is None or self.release.is_shown_by(newest)
        return None if is_counted else newest

    def holders(self, duty: str) -> tuple[Assignment, ...]:
        """Who holds a duty now."""
        return self._holders.get(duty, ())

    def names(self, duties: Iterable[str]) -> tuple[str, ...]:
        """Who holds one of these duties now, each once, in the order of the duties."""
        holders = self._holders
        return tuple(dict.fromkeys([holder.name for duty in duties for holder in holders.get(duty, ())]))

    @cached_property
    def _holders(self) -> Mapping[str, tuple[Assignment, ...]]:
        return by_duty(self.assignments, self.at)

    @cached_property
    def _newest(self) -> Mapping[str, Evidence]:
        release = self.release
        return newest_by_key(e for e in self.evidence if release is None or release.is_shown_by(e))

    def parts(self) -> Mapping[str, object]:
        """The content by part, as sign-offs cover it. Ages, times of recording and the clock are not content."""
        return self._parts

    @cached_property
    def _parts(self) -> Mapping[str, object]:
        model = self.model
        content: dict[str, object] = {
            "model": {
                "name": model.name,
                "summary": model.summary,
                "risk_tier": model.risk_tier,
                "scoring": model.scoring,
            },
            "release": {"id": self.release.id, "subject": self.release.subject} if self.release else None,
            "people": sorted({(a.duty, a.person_id) for a in self.assignments if a.holds_at(self.at)}),
            "feasibility": self.feasibility and (self.feasibility.is_go, self.feasibility.reason),
        }
        if self.direction is not None:
            content["direction"] = (self.direction.choice, self.direction.reason)
        if self.spec is not None:
            content.update(self.spec.parts())
        if promises := self.promises.content():
            content["promises"] = promises
        if self.stakeholders:
            content["stakeholders"] = sorted((one.id, *one.content()) for one in self.stakeholders)
        if self.outputs:
            content["outputs"] = [(one.id, one.content()) for one in self.outputs]
        if contracts := self.contracts.content():
            content["contracts"] = contracts
        if self.sources:
            content["sources"] = sorted((one.id, *one.content()) for one in self.sources)
        if reviewed := [one for one in self.compliance if one.closed_at or one.findings]:
            content["compliance"] = [(one.id, one.content()) for one in reviewed]
        if self.quality:
            content["quality"] = [one.content() for one in self.quality]
        for key in sorted({evidence.key for evidence in self.evidence}):
            newest = self.latest(key)
            content[f"evidence.{key}"] = newest.content() if newest else None
        return content

    def covered(self, patterns: Iterable[str]) -> dict[str, str]:
        """The fingerprint of each part that one of the patterns names (`model`, `evidence.contract.*`)."""
        wanted = tuple(patterns)
        named = [name for name in self._parts if any(fnmatchcase(name, pattern) for pattern in wanted)]
        for name in named:
            if name not in self._part_fingerprints:
                self._part_fingerprints[name] = fingerprint(self._parts[name])
        return {name: self._part_fingerprints[name] for name in named}

    @cached_property
    def _part_fingerprints(self) -> dict[str, str]:
        """Filled as they are asked for: a gate asks for the same few parts once for each of its sign-offs."""
        return {}

    def fingerprint(self) -> str:
        """Of all content: what a decider saw. Two dossiers that differ only in their clock have the same one."""
        return fingerprint(self._parts)


def of_question(asks: str, covered: Mapping[str, str]) -> str:
    """The fingerprint of a question together with what its answer rests on: what a signer saw."""
    return fingerprint({"asks": asks, "covered": dict(covered)})


def touched(sign_off: SignOff, dossier: Dossier) -> tuple[str, ...]:
    """The parts that are not what they were when this was signed; new and vanished ones too. Empty when it is void
    or expired anyway."""
    is_void = sign_off.void_at is not None and sign_off.void_at <= dossier.at
    if is_void or sign_off.expires_at <= dossier.at:
        return ()
    now = dossier.covered(sign_off.covers)
    names = sorted({*sign_off.covered, *now})
    return tuple(name for name in names if sign_off.covered.get(name) != now.get(name))
