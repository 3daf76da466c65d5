"""The bound, never the point, clears the line; what can't be told is said with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from throughline.core.criteria import Criterion, CriterionLevel, CriterionRole, Direction, Method
from throughline.core.evidence import Evidence, EvidenceKind
from throughline.core.fingerprints import canonical
from throughline.core.judgement import Advice, has_assumptions, judge, not_borne_out
from throughline.core.measurements import (
    Counts,
    Interval,
    Measurement,
    Moments,
    StandardError,
    Uncertainty,
)
from throughline.core.plain import to_plain
from throughline.core.verdicts import (
    CriterionAnswer,
    CriterionVerdict,
    Ground,
    verdict,
    verdicts,
    verdicts_fingerprint,
)

NOW = datetime(2026, 3, 31, tzinfo=UTC)
MET, NOT_MET = CriterionAnswer.MET, CriterionAnswer.NOT_MET
INCONCLUSIVE, NOT_MEASURED = CriterionAnswer.INCONCLUSIVE, CriterionAnswer.NOT_MEASURED
PRECISION = Criterion("precision", "Precision", "metric.precision", baseline=0.74, target=0.8)
ERROR = Criterion("error", "Error", "metric.error", target=5.0, direction=Direction.DECREASE, unit="ms")


def measured(
    value: float | None = None,
    uncertainty: Uncertainty | None = None,
    *,
    metric: str = "metric.precision",
    days_ago: float = 1,
    slice: str = "",  # noqa: A002 - as the field is called
    unit: str = "",
    set_aside: str = "",
    pk: int = 1,
) -> Measurement:
    at = NOW - timedelta(days=days_ago)
    evidence = Evidence(pk, EvidenceKind.MEASURED, metric, "ci", "churn version 2", at, at, value, unit=unit)
    return Measurement(evidence, uncertainty, slice, set_aside)


def answer(criterion: Criterion, *found: Measurement) -> CriterionVerdict:
    return verdict(criterion, found, now=NOW)


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (900, 1000, MET),
        (821, 1000, MET),
        (815, 1000, INCONCLUSIVE),
        (800, 1000, INCONCLUSIVE),
        (778, 1000, NOT_MET),
    ],
)
def test_a_share_is_met_when_its_bound_clears_the_target(k: int, n: int, expected: CriterionAnswer) -> None:
    assert answer(PRECISION, measured(k / n, Counts(k, n))).answer is expected


def test_the_point_alone_never_decides() -> None:
    found = answer(PRECISION, measured(0.95))
    assert found.answer is INCONCLUSIVE
    assert found.ground is Ground.NO_UNCERTAINTY
    assert "inconclusive: no uncertainty supplied" in found.reason
    few = answer(PRECISION, measured(1.0, Counts(5, 5)))
    assert few.answer is INCONCLUSIVE


def test_a_point_is_enough_where_the_criterion_says_so() -> None:
    enough = replace(PRECISION, point_is_enough=True)
    assert answer(enough, measured(0.81)).answer is MET
    assert answer(enough, measured(0.79)).answer is NOT_MET
    # An uncertainty that is there is still looked at, unless the method is the point itself.
    assert answer(enough, measured(0.81, Counts(81, 100))).answer is INCONCLUSIVE
    assert answer(replace(enough, method=Method.POINT), measured(0.81, Counts(81, 100))).answer is MET


def test_an_upper_limit_is_a_lower_one_mirrored() -> None:
    def of(mean: float) -> CriterionAnswer:
        return answer(ERROR, measured(mean, Moments(100, mean, 1.0), metric="metric.error")).answer

    assert (of(4.8), of(4.95), of(5.05), of(5.2)) == (MET, INCONCLUSIVE, INCONCLUSIVE, NOT_MET)


def test_a_range_needs_both_bounds_inside() -> None:
    bias = Criterion("bias", "Bias", "metric.precision", direction=Direction.RANGE, low=-0.1, high=0.1)
    assert answer(bias, measured(0.0, StandardError(0.01))).answer is MET
    assert answer(bias, measured(0.09, StandardError(0.01))).answer is INCONCLUSIVE
    assert answer(bias, measured(0.2, StandardError(0.01))).answer is NOT_MET
    assert answer(bias, measured(-0.2, StandardError(0.01))).answer is NOT_MET
    assert answer(bias, measured(0.0, Moments(20, 0.0, 1.0))).units_needed == 253


def test_an_interval_of_another_level_is_converted_and_that_is_said() -> None:
    found = answer(PRECISION, measured(0.84, Interval(0.81, 0.87, 0.95)))
    assert found.answer is MET
    assert "from a given two-sided 95 % interval, taken as normal" in found.reason
    assert "as given" in answer(PRECISION, measured(0.84, Interval(0.81, 0.87, 0.9))).reason


def test_beyond_the_hard_limit_is_not_met_and_said() -> None:
    hard = replace(PRECISION, hard_limit=0.7)
    found = answer(hard, measured(0.6, Counts(600, 1000)))
    assert (found.answer, found.is_past_hard_limit) == (NOT_MET, True)
    assert "beyond the hard limit of 0.7" in found.reason
    near = answer(hard, measured(0.75, Counts(750, 1000)))
    assert (near.answer, near.is_past_hard_limit) == (NOT_MET, False)


def test_what_looks_worse_than_the_hard_limit_without_being_shown_is_said_too() -> None:
    found = answer(replace(PRECISION, hard_limit=0.7), measured(0.6, Counts(6, 10)))
    assert (found.answer, found.is_past_hard_limit) == (INCONCLUSIVE, False)
    assert "It looks worse than the hard limit of 0.7." in found.reason
    assert "hard limit" in answer(replace(PRECISION, hard_limit=0.7), measured(0.6)).reason


@pytest.mark.parametrize(
    ("method", "uncertainty", "is_fit"),
    [
        (Method.WILSON, Counts(900, 1000), True),
        (Method.WILSON, StandardError(0.001), False),
        (Method.T, Moments(1000, 0.9, 0.01), True),
        (Method.T, Counts(900, 1000), False),
        (Method.GIVEN, StandardError(0.001), True),
        (Method.GIVEN, Interval(0.89, 0.91), True),
        (Method.GIVEN, Counts(900, 1000), False),
    ],
)
def test_a_named_method_asks_for_its_own_uncertainty(
    method: Method, uncertainty: Uncertainty, is_fit: bool
) -> None:
    found = answer(replace(PRECISION, method=method), measured(0.9, uncertainty))
    assert (found.answer is MET) == is_fit
    assert (found.ground is Ground.WRONG_METHOD) != is_fit


@pytest.mark.parametrize(
    ("found", "ground", "said"),
    [
        ([], Ground.NO_MEASUREMENT, "Nobody has measured metric.precision yet."),
        ([measured(0.9, metric="metric.other")], Ground.NO_MEASUREMENT, "Nobody"),
        ([measured(0.9, days_ago=-1)], Ground.NO_MEASUREMENT, "Nobody"),
        ([measured(0.9, slice="EU", days_ago=40)], Ground.TOO_OLD, "40 days old and may be 30"),
        ([measured(0.9, slice="US")], Ground.OTHER_SLICE, "on “US”; the criterion is about “EU”"),
        ([measured(0.9)], Ground.OTHER_SLICE, "on all of the data"),
        ([measured(0.9, slice="EU", unit="%")], Ground.OTHER_UNIT, "measured in %"),
        ([measured(0.9, slice="EU", set_aside="Of version 1.")], Ground.SET_ASIDE, "Of version 1."),
        ([measured(None, slice="EU")], Ground.NO_NUMBER, "gave no usable number"),
    ],
)
def test_what_does_not_count_is_not_measured_and_said(
    found: list[Measurement], ground: Ground, said: str
) -> None:
    criterion = replace(PRECISION, slice="EU", window_days=30)
    verdict = answer(criterion, *found)
    assert (verdict.answer, verdict.ground) == (NOT_MEASURED, ground)
    assert said in verdict.reason


def test_a_criterion_without_a_target_is_not_measured() -> None:
    assert answer(replace(PRECISION, target=None), measured(0.9)).ground is Ground.NO_TARGET


def test_the_newest_measurement_that_fits_counts() -> None:
    old = measured(0.9, Counts(900, 1000), days_ago=9, pk=1)
    new = measured(0.7, Counts(700, 1000), days_ago=2, pk=2)
    other_slice = measured(0.9, Counts(900, 1000), days_ago=1, slice="US", pk=3)
    assert answer(PRECISION, old, new, other_slice).evidence_id == 2
    assert answer(PRECISION, new, old).answer is NOT_MET


def test_rounding_never_makes_a_number_look_as_if_it_were_on_the_line() -> None:
    assert PRECISION.rounded(0.786287) == "0.7863"
    assert PRECISION.rounded(0.79999) == "0.79999"
    assert PRECISION.rounded(0.8) == "0.8"
    assert ERROR.rounded(4.12345) == "4.123 ms"
    assert ERROR.rounded(None) == ""


def test_shares_in_percent() -> None:
    percent = replace(PRECISION, unit="%", baseline=74, target=80)
    found = answer(percent, measured(87.0, Counts(870, 1000), unit="%"))
    assert (found.answer, found.estimate) == (MET, 87.0)
    assert "87%" in found.reason
    assert answer(percent, measured(81.0, Counts(81, 100))).units_needed == 4229


def test_what_would_settle_it_is_said() -> None:
    found = answer(PRECISION, measured(0.82, Counts(328, 400)))
    assert found.units_needed == 683
    assert "About 683 more units would settle it" in found.reason
    assert answer(PRECISION, measured(0.82, Counts(888, 1083))).answer is INCONCLUSIVE  # 888 / 1083 < 0.82
    assert answer(PRECISION, measured(0.82, Counts(889, 1083))).answer is MET
    assert "more units would hardly settle it" in answer(PRECISION, measured(0.8, Counts(80, 100))).reason
    assert answer(PRECISION, measured(0.82, StandardError(0.1))).units_needed is None


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.05, 0.95), st.sampled_from(list(Direction)[:2]))
def test_no_share_is_met_and_missed_and_the_estimate_agrees(
    n: int, part: float, target: float, direction: Direction
) -> None:
    k = round(part * n)
    criterion = replace(PRECISION, baseline=None, target=target, direction=direction)
    found = answer(criterion, measured(k / n, Counts(k, n)))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= k / n <= found.high
    is_good = k / n >= target if direction is Direction.INCREASE else k / n <= target
    assert found.answer is not (NOT_MET if is_good else MET)
    if found.answer is INCONCLUSIVE and abs(k / n - target) > 1e-4:
        assert found.units_needed is not None


@given(st.floats(-1e15, 1e15), st.floats(0, 1e100), st.floats(-1e15, 1e15), st.integers(2, 10**9))
def test_any_numbers_give_a_verdict_that_can_be_kept(
    mean: float, variance: float, target: float, n: int
) -> None:
    criterion = replace(PRECISION, target=target, baseline=None)
    for uncertainty in (Moments(n, mean, variance), StandardError(variance), Interval(-1e100, 1e100, 0.5)):
        found = answer(criterion, measured(mean, uncertainty))
        canonical(to_plain(found))
        assert verdicts_fingerprint([found])


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_looser_target_never_turns_met_into_missed(share: float, target: float) -> None:
    assume(target > 0.02)
    found = measured(share, Counts(round(share * 1000), 1000))
    strict = answer(replace(PRECISION, baseline=None, target=target), found)
    loose = answer(replace(PRECISION, baseline=None, target=target - 0.01), found)
    order = [NOT_MET, INCONCLUSIVE, MET]
    assert order.index(loose.answer) >= order.index(strict.answer)


def test_the_fingerprint_is_of_what_was_found_and_not_of_the_clock() -> None:
    def of(*found: Measurement, criterion: Criterion = PRECISION) -> str:
        return verdicts_fingerprint(verdicts([criterion], found, now=NOW))

    first = measured(0.9, Counts(900, 1000), pk=1)
    again = measured(0.9, Counts(900, 1000), pk=2, days_ago=0.5)
    assert of(first) == of(first, again)
    assert of(first) != of(first, measured(0.91, Counts(910, 1000), pk=2, days_ago=0.5))
    assert of(first) != of(first, criterion=replace(PRECISION, target=0.8000001))
    assert of(first) != of(first, criterion=replace(PRECISION, hard_limit=0.5))
    assert of(first) != of(
        measured(0.9, Counts(900, 1000), days_ago=1), criterion=replace(PRECISION, slice="EU")
    )


def found_to_be(
    answer: CriterionAnswer,
    role: CriterionRole = CriterionRole.GOAL,
    level: CriterionLevel = CriterionLevel.MODEL,
) -> CriterionVerdict:
    return CriterionVerdict(replace(PRECISION, role=role, level=level), answer, "As it was found.")


GUARD = CriterionRole.GUARDRAIL


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        ([], Advice.AGREE),
        ([found_to_be(MET, GUARD)], Advice.AGREE),
        ([found_to_be(MET)], Advice.GO_ON),
        ([found_to_be(MET), found_to_be(MET, GUARD)], Advice.GO_ON),
        ([found_to_be(MET), found_to_be(NOT_MET, GUARD)], Advice.STOP_OR_ROLL_BACK),
        ([found_to_be(MET), found_to_be(INCONCLUSIVE, GUARD)], Advice.EXTEND),
        ([found_to_be(NOT_MET), found_to_be(MET, GUARD)], Advice.STOP_ADVISED),
        ([found_to_be(NOT_MET), found_to_be(MET)], Advice.EXTEND),
        ([found_to_be(INCONCLUSIVE)], Advice.EXTEND),
        ([found_to_be(NOT_MEASURED), found_to_be(NOT_MEASURED, GUARD)], Advice.MEASURE),
    ],
)
def test_all_criteria_together_come_to_an_advice(found: list[CriterionVerdict], advice: Advice) -> None:
    assert judge(found).advice is advice


def test_a_prototype_bears_out_its_assumptions_with_its_model_goals_and_no_guardrail_hurt() -> None:
    assert not_borne_out([found_to_be(MET), found_to_be(INCONCLUSIVE, GUARD)]) == ()
    assert not_borne_out([found_to_be(MET), found_to_be(NOT_MET, level=CriterionLevel.BUSINESS)]) == ()
    for bad in (NOT_MET, INCONCLUSIVE, NOT_MEASURED):
        assert len(not_borne_out([found_to_be(MET), found_to_be(bad)])) == 1
    assert len(not_borne_out([found_to_be(MET), found_to_be(NOT_MET, GUARD, CriterionLevel.ECONOMIC)])) == 1
    assert has_assumptions([found_to_be(MET)])
    assert not has_assumptions([found_to_be(MET, GUARD), found_to_be(MET, level=CriterionLevel.BUSINESS)])
