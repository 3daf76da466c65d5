"""The check of the time served in a stage."""

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, days, dossier, model
from throughline.core.checks import Answer
from throughline.core.dossier import RiskTier

AGREED = {"at_least_days": 60, "low_days": 30, "high_days": 90}


@pytest.mark.parametrize(
    ("tier", "served", "answer"),
    [
        (RiskTier.LOW, 30, Answer.MET),
        (RiskTier.LOW, 29.9, Answer.UNMET),
        (RiskTier.MEDIUM, 60, Answer.MET),
        (RiskTier.MEDIUM, 59, Answer.UNMET),
        (RiskTier.HIGH, 90, Answer.MET),
        (RiskTier.HIGH, 60, Answer.UNMET),
        (None, 60, Answer.MET),
        (None, 30, Answer.UNMET),
    ],
)
def test_the_time_that_a_tier_must_serve(tier: RiskTier | None, served: float, answer: Answer) -> None:
    facts = dossier(model=model(risk_tier=tier, stage_since=NOW - days(served)))
    assert ask("operation.time_in_stage_served", facts, **AGREED).answer is answer


def test_days_are_not_rounded_up() -> None:
    facts = dossier(model=model(stage_since=NOW - days(29.9)))
    assert ask("operation.time_in_stage_served", facts, **AGREED).text == "29 of 30 days have passed."


def test_a_policy_without_days_leaves_it_unknown() -> None:
    assert ask("operation.time_in_stage_served", dossier()).answer is Answer.UNKNOWN
