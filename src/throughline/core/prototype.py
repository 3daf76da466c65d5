"""How a model's criteria stand, from its dossier alone, and whether a decision about its direction rests on that."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from throughline.core.criteria import CriteriaFacts, stored_criteria
from throughline.core.dossier import Dossier, ReleaseFacts
from throughline.core.evidence import Evidence, EvidenceKind
from throughline.core.judgement import Judgement, has_assumptions, judge, not_borne_out
from throughline.core.measurements import Measurement, measurement_of
from throughline.core.planning import DirectionFacts
from throughline.core.specs import SpecFacts
from throughline.core.verdicts import CriterionAnswer, CriterionVerdict, verdicts, verdicts_fingerprint


@dataclass(frozen=True)
class Proof:
    """`agreed` is None while no spec was submitted; `direction` is the newest decision, on whatever verdicts."""

    agreed: CriteriaFacts | None
    verdicts: tuple[CriterionVerdict, ...]
    direction: DirectionFacts | None

    @property
    def is_agreed(self) -> bool:
        return self.agreed is not None and self.agreed.is_agreed

    @cached_property
    def fingerprint(self) -> str:
        return verdicts_fingerprint(self.verdicts)

    @property
    def judgement(self) -> Judgement:
        return judge(self.verdicts)

    @property
    def open(self) -> tuple[CriterionVerdict, ...]:
        """What keeps the prototype from bearing out its assumptions."""
        return not_borne_out(self.verdicts)

    @property
    def is_borne_out(self) -> bool:
        return self.is_agreed and has_assumptions(self.verdicts) and not self.open

    @property
    def has_something_to_decide(self) -> bool:
        """Whether something was measured that does not bear out the assumptions; before that, measuring comes first."""
        return any(one.answer is not CriterionAnswer.NOT_MEASURED for one in self.open)

    @property
    def decided(self) -> DirectionFacts | None:
        """The decision that was taken on just these verdicts."""
        is_bound = self.direction is not None and self.direction.fingerprint == self.fingerprint
        return self.direction if is_bound else None


def criteria_in(spec: SpecFacts | None) -> CriteriaFacts | None:
    """The criteria of the version that is approved, or else of the one that waits for approval."""
    version = spec.standing if spec else None
    if spec is None or version is None:
        return None
    return CriteriaFacts(stored_criteria(version.criteria), version.number, version is spec.approved)


def proof_of(dossier: Dossier) -> Proof:
    agreed = criteria_in(dossier.spec)
    criteria = agreed.criteria if agreed else ()
    found = measurements(dossier.evidence, dossier.release, {one.metric for one in criteria})
    return Proof(agreed, verdicts(criteria, found, now=dossier.at), dossier.direction)


def measurements(
    evidence: Iterable[Evidence], release: ReleaseFacts | None, metrics: set[str]
) -> tuple[Measurement, ...]:
    """Those of these metrics; what is about another release than the one at hand is set aside."""
    return tuple(
        measurement_of(one, set_aside=_set_aside(one, release))
        for one in evidence
        if one.kind is EvidenceKind.MEASURED and one.key in metrics
    )


def _set_aside(evidence: Evidence, release: ReleaseFacts | None) -> str:
    if release is None or release.is_shown_by(evidence):
        return ""
    subject = release.subject or release.name
    return f"It was measured on {evidence.subject or 'something else'}, which is not {subject}."
