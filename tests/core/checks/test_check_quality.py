"""Checks of measured values and test results against the lines that a policy draws."""

import math

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, days, dossier, evidence, release, result
from throughline.core.checks import Answer
from throughline.core.dossier import ReleaseKind
from throughline.core.evidence import Outcome

KEY = "metric.auc"


@pytest.mark.parametrize(
    ("value", "bounds", "answer", "said"),
    [
        (0.75, {"at_least": 0.75}, Answer.MET, "metric.auc = 0.75 (mlflow, churn), within at least 0.75"),
        (0.749, {"at_least": 0.75}, Answer.UNMET, "below 0.75"),
        (0.05, {"at_most": 0.05}, Answer.MET, "at most 0.05"),
        (0.051, {"at_most": 0.05}, Answer.UNMET, "above 0.05"),
        (0.5, {"at_least": 0.4, "at_most": 0.6}, Answer.MET, "at least 0.4 and at most 0.6"),
        (0.7, {"at_least": 0.4, "at_most": 0.6}, Answer.UNMET, "above 0.6"),
        (-3, {"at_least": -3}, Answer.MET, "= -3"),
        (1, {}, Answer.MET, "any value"),
        (None, {"at_least": 0}, Answer.UNKNOWN, "no usable number"),
        (math.nan, {"at_least": 0}, Answer.UNKNOWN, "no usable number"),
        (math.inf, {"at_least": 0}, Answer.UNKNOWN, "no usable number"),
    ],
)
def test_within_bounds(value: float | None, bounds: dict[str, float], answer: Answer, said: str) -> None:
    found = ask("quality.within_bounds", dossier(evidence=(evidence(KEY, value),)), key=KEY, **bounds)
    assert found.answer is answer
    assert said in found.text
    assert found.evidence == (500,)


def test_what_was_never_measured_is_unknown() -> None:
    found = ask("quality.within_bounds", dossier(), key=KEY, at_least=0)
    assert (found.answer, found.text) == (Answer.UNKNOWN, "No evidence with the key metric.auc.")


@pytest.mark.parametrize("age", [31, -1])
def test_a_measurement_too_old_or_of_the_future_does_not_count(age: int) -> None:
    seen = evidence(KEY, 0.9, observed_at=NOW - days(age))
    found = ask("quality.within_bounds", dossier(evidence=(seen,)), key=KEY, at_least=0.5, max_age_days=30)
    assert found.answer is Answer.UNMET
    assert "no longer holds" in found.text


def test_a_measurement_of_another_version_does_not_count() -> None:
    other = evidence(KEY, 0.9, detail={"version": "1"}, subject="churn version 1")
    found = ask("quality.within_bounds", dossier(release=release(), evidence=(other,)), key=KEY)
    assert found.answer is Answer.UNMET
    assert found.text == "metric.auc was measured on churn version 1, which is not churn version 2."


def passed(*seen: object, **more: object) -> tuple[Answer, str]:
    found = ask("quality.results_passed", dossier(evidence=seen, **more), prefix="contract.", max_age_days=30)
    return found.answer, found.text


def test_results_pass_only_when_each_newest_one_passed() -> None:
    orders, users = result("contract.orders"), result("contract.users", id=501)
    assert passed(orders, users)[0] is Answer.MET
    failed = result("contract.users", Outcome.FAILED, id=502, observed_at=NOW, summary="2 rules broken")
    assert passed(orders, users, failed) == (
        Answer.UNMET,
        "contract.users: 2 rules broken (2026-03-02).",
    )
    mended = result("contract.users", id=503, observed_at=NOW, recorded_at=NOW)
    assert passed(orders, failed, mended)[0] is Answer.MET


def test_other_keys_are_no_results_of_this_kind() -> None:
    assert passed(result("tests.unit"))[0] is Answer.UNKNOWN
    assert passed()[0] is Answer.UNKNOWN


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NONE])
def test_a_result_that_says_nothing_is_not_a_pass(outcome: Outcome) -> None:
    assert passed(result("contract.orders", outcome))[0] is Answer.UNKNOWN


def test_one_result_that_is_too_old_is_enough() -> None:
    old = result("contract.users", id=501, observed_at=NOW - days(31))
    answer, text = passed(result("contract.orders"), old)
    assert answer is Answer.UNMET
    assert "contract.users no longer holds: it is 31 days old" in text


def test_for_an_update_every_result_is_wanted_anew() -> None:
    update = release(ReleaseKind.UPDATE)
    before = result("contract.users", id=501, observed_at=update.planned_at - days(1))
    answer, text = passed(result("contract.orders"), before, release=update)
    assert answer is Answer.UNKNOWN
    assert "contract.users" in text
    assert passed(result("contract.orders"), release=update)[0] is Answer.MET
