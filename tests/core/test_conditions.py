"""Conditions in words; their answers are tested with the gates that ask them."""

import pytest

from tests.core.make_core import dossier, model
from throughline.core.checks import Answer
from throughline.core.conditions import of_whom, why_asked, why_not_asked
from throughline.core.policy import Condition


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (Condition(), "every model"),
        (Condition(risk_tier=("medium", "high")), "models with risk tier medium or high"),
        (
            Condition(scoring=("real_time",), release=("update",)),
            "models with scoring real time, release update",
        ),
        (Condition(met=("a.b",)), "every model, once “a.b” is met"),
        (Condition(not_met=("a.b", "a.c")), "every model, while “a.b” and “a.c” is not met"),
    ],
)
def test_a_condition_in_words(when: Condition, said: str) -> None:
    assert of_whom(when) == said
    assert why_asked(when, "default 1") == f"default 1 asks this of {said}."


def test_without_a_condition_a_check_is_asked() -> None:
    assert why_not_asked(Condition(), dossier(model=model(risk_tier=None, scoring=None)), {}) is None


def test_what_certainly_does_not_hold_settles_it_whatever_is_unknown() -> None:
    when = Condition(risk_tier=("high",), met=("a.b",))
    untold = dossier(model=model(risk_tier=None))
    settled = why_not_asked(when, untold, {"a.b": Answer.UNMET})
    open_still = why_not_asked(when, untold, {"a.b": Answer.UNKNOWN})
    assert settled
    assert open_still
    assert (settled.answer, open_still.answer) == (Answer.NOT_NEEDED, Answer.UNKNOWN)


def test_a_check_that_is_not_needed_is_not_met() -> None:
    found = why_not_asked(Condition(met=("a.b",)), dossier(), {"a.b": Answer.NOT_NEEDED})
    assert found
    assert found.answer is Answer.NOT_NEEDED
    assert why_not_asked(Condition(not_met=("a.b",)), dossier(), {"a.b": Answer.NOT_NEEDED}) is None
