"""What the verdicts of all criteria come to together; it advises, and a person decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.criteria import CriterionLevel
from throughline.core.verdicts import CriterionAnswer, CriterionVerdict


class Advice(StrEnum):
    """Stop or roll back when a guardrail is hurt; stop is advised when no goal is reached; extend while it is open."""

    GO_ON = "go_on"
    STOP_OR_ROLL_BACK = "stop_or_roll_back"
    STOP_ADVISED = "stop_advised"
    EXTEND = "extend"
    MEASURE = "measure"
    AGREE = "agree"


@dataclass(frozen=True)
class Judgement:
    advice: Advice
    text: str


def judge(verdicts: Iterable[CriterionVerdict]) -> Judgement:
    """Every goal is required, so none of them needs an adjustment for being one of several."""
    found = tuple(verdicts)
    goals = [one for one in found if not one.criterion.is_guardrail]
    guardrails = [one for one in found if one.criterion.is_guardrail]
    hurt = _titles(one for one in guardrails if one.answer is CriterionAnswer.NOT_MET)
    if not goals:
        text = "No goal is agreed, so nothing can be shown. Agree on one criterion at least."
        return Judgement(Advice.AGREE, text)
    if hurt:
        return Judgement(
            Advice.STOP_OR_ROLL_BACK,
            f"A guardrail is not met: {hurt}. Stop, or roll back, whatever the goals say.",
        )
    if all(one.answer is CriterionAnswer.MET for one in found):
        return Judgement(Advice.GO_ON, "Every goal is met and every guardrail holds: go on.")
    if all(one.answer is CriterionAnswer.NOT_MET for one in goals):
        text = "No goal is met. Think hard about going on: stopping is advised, and a person decides."
        return Judgement(Advice.STOP_ADVISED, text)
    if all(one.answer is CriterionAnswer.NOT_MEASURED for one in goals):
        return Judgement(Advice.MEASURE, "No goal is measured yet. Measure before anybody decides.")
    return Judgement(Advice.EXTEND, _open(found))


def _open(found: tuple[CriterionVerdict, ...]) -> str:
    missed = _titles(one for one in found if one.answer is CriterionAnswer.NOT_MET)
    unsettled = _titles(
        one for one in found if one.answer in (CriterionAnswer.INCONCLUSIVE, CriterionAnswer.NOT_MEASURED)
    )
    said = [f"not met: {missed}" if missed else "", f"not settled: {unsettled}" if unsettled else ""]
    return (
        f"The picture is mixed ({'; '.join(filter(None, said))}). Measure on until it is settled, or let a named "
        "person decide with a reason."
    )


def not_borne_out(verdicts: Iterable[CriterionVerdict]) -> tuple[CriterionVerdict, ...]:
    """Those that keep a prototype from bearing out its assumptions: goals of the model that are not met, for whatever
    reason, and guardrails of any level that are hurt."""
    return tuple(one for one in verdicts if _keeps_back(one))


def has_assumptions(verdicts: Iterable[CriterionVerdict]) -> bool:
    """Whether there is a goal of the model to bear out."""
    return any(_is_model_goal(one) for one in verdicts)


def _keeps_back(one: CriterionVerdict) -> bool:
    if one.criterion.is_guardrail:
        return one.answer is CriterionAnswer.NOT_MET
    return _is_model_goal(one) and one.answer is not CriterionAnswer.MET


def _is_model_goal(one: CriterionVerdict) -> bool:
    return one.criterion.level is CriterionLevel.MODEL and not one.criterion.is_guardrail


def _titles(found: Iterable[CriterionVerdict]) -> str:
    return ", ".join(one.criterion.title for one in found)
