"""Checks of what stakeholders were promised."""

from dataclasses import replace
from typing import Any

from tests.core.checks.asking import ask
from tests.core.make_core import dossier
from tests.core.make_promises import DUE, NOW, answered, later, promise, recipient, version
from throughline.core.checks import Answer, Found
from throughline.core.dossier import Dossier
from throughline.core.promises import Promise, PromiseKind, Promises, PromiseState, Told

KIM, DESK = recipient(1, "Kim"), replace(recipient(2, "Retention desk"), person_id=None)
PRODUCTION = promise(version(due_on=DUE), to=(KIM,))
EVALUATION = replace(promise(version(due_on=DUE), kind=PromiseKind.EVALUATION_DATE, to=(KIM,)), id=8)
FREQUENCY = replace(promise(version(value="daily"), kind=PromiseKind.RUN_FREQUENCY, to=(KIM,)), id=9)
ALL = (PRODUCTION, EVALUATION, FREQUENCY)
AGREED = tuple(replace(one, answers=(answered(1, 1),)) for one in ALL)


def of(*given: Promise, told: tuple[Told, ...] = (), **more: Any) -> Dossier:
    return dossier(promises=Promises(given=given, told=told), at=NOW, **more)


def answer(found: Found) -> tuple[Answer, str]:
    return found.answer, found.text


def test_expectations_are_the_three_that_stakeholders_plan_by() -> None:
    found = ask("promises.expectations_given", of(*ALL))
    assert answer(found) == (
        Answer.MET, "In production: 1 Apr 2026; Ready for evaluation: 1 Apr 2026; How often it runs: daily.",
    )  # fmt: skip
    lacking = ask("promises.expectations_given", of(PRODUCTION))
    assert answer(lacking) == (
        Answer.UNMET,
        "Nothing is promised about: ready for evaluation, how often it runs.",
    )
    assert ask("promises.expectations_given", of(PRODUCTION), kinds=["production_date"]).answer is Answer.MET


def test_what_was_withdrawn_or_is_given_to_nobody_is_no_expectation() -> None:
    gone = replace(PRODUCTION, state=PromiseState.WITHDRAWN)
    alone = replace(PRODUCTION, recipients=())
    for one in (gone, alone):
        assert ask("promises.expectations_given", of(one), kinds=["production_date"]).answer is Answer.UNMET
    kept = replace(PRODUCTION, state=PromiseState.KEPT)
    assert ask("promises.expectations_given", of(kept), kinds=["production_date"]).answer is Answer.MET


def test_acknowledged_means_the_latest_version_by_everybody() -> None:
    assert answer(ask("promises.acknowledged", of(*AGREED))) == (Answer.MET, "Acknowledged by Kim.")
    waiting = ask("promises.acknowledged", of(*AGREED[1:], PRODUCTION))
    assert answer(waiting) == (Answer.UNMET, "Not answered yet: Kim (“in production”).")
    changed = replace(AGREED[0], versions=(version(1, due_on=DUE), version(2, due_on=DUE)))
    assert ask("promises.acknowledged", of(changed)).answer is Answer.UNMET
    assert answer(ask("promises.acknowledged", of())) == (
        Answer.UNMET,
        "Nothing of this kind is promised yet.",
    )


def test_a_dispute_is_unmet_and_says_whose_words() -> None:
    disputed = replace(PRODUCTION, answers=(answered(1, 1, words="We need it in March."),))
    found = ask("promises.acknowledged", of(disputed))
    assert answer(found) == (Answer.UNMET, "Kim disputes “in production”: “We need it in March.”")


def test_a_group_for_which_nobody_answers_is_named() -> None:
    found = ask("promises.acknowledged", of(replace(AGREED[0], recipients=(KIM, DESK))))
    assert answer(found) == (Answer.UNMET, "Nobody can answer for Retention desk.")
    assert "Name the person" in found.remedy


def test_other_kinds_and_closed_ones_ask_nobody() -> None:
    other = promise(kind=PromiseKind.OTHER, to=(KIM,))
    assert ask("promises.acknowledged", of(*AGREED, other)).answer is Answer.MET
    kept = replace(PRODUCTION, state=PromiseState.KEPT)
    assert ask("promises.acknowledged", of(kept)).answer is Answer.MET


def test_nobody_untold() -> None:
    assert answer(ask("promises.nobody_untold", of())) == (
        Answer.MET,
        "Nothing is promised, so nothing is to tell.",
    )
    assert ask("promises.nobody_untold", of(*AGREED)).answer is Answer.MET
    missed = replace(of(*AGREED), at=later(40))
    found = ask("promises.nobody_untold", missed)
    assert found.answer is Answer.UNMET
    assert (
        "Kim: in production (The day, 1 Apr 2026, passed 10 days ago, and it is not reached.)" in found.text
    )
    assert found.remedy == "Tell Kim."
    known = tuple(Told(1, f"promise:{one.id}:v1.broken.missed", later(39)) for one in AGREED)
    assert (
        ask("promises.nobody_untold", replace(missed, promises=Promises(AGREED, known))).answer is Answer.MET
    )
