"""Checks of what is written about the model itself."""

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import dossier, feasibility, model
from throughline.core.checks import Answer
from throughline.core.dossier import RiskTier, Scoring


@pytest.mark.parametrize(
    ("summary", "answer", "said"),
    [
        ("one two three four five six seven eight", Answer.MET, "8 words"),
        ("one two three four five six seven", Answer.UNMET, "7 words"),
        ("  ", Answer.UNMET, "no description"),
    ],
)
def test_need_described(summary: str, answer: Answer, said: str) -> None:
    found = ask("model.need_described", dossier(model=model(summary=summary)))
    assert found.answer is answer
    assert said in found.text


def test_risk_tier_and_scoring_are_set_or_not() -> None:
    told = dossier(model=model(risk_tier=RiskTier.HIGH, scoring=Scoring.REAL_TIME))
    assert ask("model.risk_tier_set", told).text == "Risk tier: high."
    assert ask("model.scoring_set", told).text == "Scoring: real time."
    untold = dossier(model=model(risk_tier=None, scoring=None))
    assert ask("model.risk_tier_set", untold).answer is Answer.UNMET
    assert ask("model.scoring_set", untold).answer is Answer.UNMET


def test_feasibility_is_go_no_go_or_missing() -> None:
    assert ask("planning.feasibility_is_go", dossier(feasibility=feasibility())).answer is Answer.MET
    no_go = ask("planning.feasibility_is_go", dossier(feasibility=feasibility(is_go=False)))
    assert no_go.answer is Answer.UNMET
    assert no_go.text == "Pam recorded a no-go: The data are there."
    assert "No feasibility" in ask("planning.feasibility_is_go", dossier()).text
