"""The tab with a model's success criteria: each with its verdict, all together, and what was decided on them."""

from dataclasses import dataclass

from throughline.core.criteria import Criterion
from throughline.core.dossier import Dossier
from throughline.core.judgement import Advice
from throughline.core.permissions import may
from throughline.core.planning import not_directed
from throughline.core.prototype import proof_of
from throughline.core.verdicts import CriterionVerdict
from throughline.queries import planning
from throughline.queries.rows import MLModel
from throughline.web.criteria_drawing import Drawing, drawn
from throughline.web.routes import PageRequest

TONES = {
    Advice.GO_ON: ("good", "met"),
    Advice.STOP_OR_ROLL_BACK: ("bad", "block"),
    Advice.STOP_ADVISED: ("bad", "alert"),
    Advice.EXTEND: ("careful", "clock"),
    Advice.MEASURE: ("told", "info"),
    Advice.AGREE: ("told", "info"),
}


@dataclass(frozen=True)
class Line:
    """One criterion as the tab shows it."""

    verdict: CriterionVerdict
    drawing: Drawing | None

    @property
    def criterion(self) -> Criterion:
        return self.verdict.criterion

    @property
    def hard_limit(self) -> str:
        return self.criterion.shown(self.criterion.hard_limit)

    @property
    def baseline(self) -> str:
        return self.criterion.shown(self.criterion.baseline)


def tab(request: PageRequest, row: MLModel, dossier: Dossier) -> dict[str, object]:
    """What the tab needs, in two statements: the decisions about direction and the learnings."""
    proof = proof_of(dossier)
    advice = proof.judgement
    tone, icon = TONES[advice.advice]
    place = {"program_id": row.program_id, "model_id": row.pk}
    is_going = not not_directed(dossier.model.place)
    return {
        "proof": proof,
        "lines": [Line(one, drawn(one)) for one in proof.verdicts],
        "has_hard_limit": any(one.criterion.hard_limit is not None for one in proof.verdicts),
        "advice": advice,
        "advice_tone": tone,
        "advice_icon": icon,
        "may_direct": is_going and may(request.actor, "direction.decide", **place) and bool(proof.verdicts),
        "directions": list(planning.directions(row)[:20]),
        "learnings": list(planning.learnings(request.actor, model_id=row.pk)[:20]),
    }
