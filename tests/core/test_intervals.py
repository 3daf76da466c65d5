"""Bounds of shares and averages agree with statsmodels and scipy, and the numbers of units they ask for settle it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW, _zconfint_generic

from throughline.core.intervals import (
    Bounds,
    converted,
    normal,
    normal_quantile,
    student,
    units_for_mean,
    units_for_share,
    units_to_show,
    wilson,
)
from throughline.core.student import t_quantile

CASES = 1_000
CLOSE = 1e-9


def test_shares_agree_with_statsmodels() -> None:
    random = np.random.default_rng(20261)
    for _ in range(CASES):
        n = int(10 ** random.uniform(0, 7))
        k = int(random.choice([0, n, random.integers(0, n + 1)], p=[0.05, 0.05, 0.9]))
        confidence = float(random.uniform(0.6, 0.9999))
        low, high = proportion_confint(k, n, alpha=2 * (1 - confidence), method="wilson")
        ours = wilson(k, n, confidence)
        assert ours.low == pytest.approx(low, rel=CLOSE, abs=1e-15)
        assert ours.high == pytest.approx(high, rel=CLOSE)
        assert 0 <= ours.low <= k / n <= ours.high <= 1


def test_averages_agree_with_statsmodels() -> None:
    random = np.random.default_rng(20262)
    for _ in range(CASES):
        n = int(10 ** random.uniform(0.31, 3.5))
        sample = random.normal(random.uniform(-50, 50), 10 ** random.uniform(-3, 3), size=n)
        confidence = float(random.uniform(0.6, 0.9999))
        low, high = DescrStatsW(sample).tconfint_mean(alpha=2 * (1 - confidence))
        ours = student(n, float(sample.mean()), float(sample.var(ddof=1)), confidence)
        width = float(high - low)
        assert ours.low == pytest.approx(low, rel=CLOSE, abs=CLOSE * width)
        assert ours.high == pytest.approx(high, rel=CLOSE, abs=CLOSE * width)


def test_bounds_from_a_standard_error_agree_with_statsmodels() -> None:
    random = np.random.default_rng(20263)
    for _ in range(CASES):
        value, error = float(random.normal()), float(10 ** random.uniform(-4, 3))
        confidence = float(random.uniform(0.6, 0.9999))
        low, high = _zconfint_generic(value, error, 2 * (1 - confidence), "two-sided")
        ours = normal(value, error, confidence)
        assert (ours.low, ours.high) == pytest.approx((low, high), rel=CLOSE, abs=CLOSE * error)


@pytest.mark.parametrize("confidence", [0.6, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999, 0.9999])
def test_quantiles_agree_with_scipy_for_any_degrees_of_freedom(confidence: float) -> None:
    freedoms = [*range(1, 120), 250, 500, 998, 999, 1_000, 1_001, 5_000, 10**5, 10**7, 10**9]
    theirs = stats.t.isf(1 - confidence, freedoms)
    ours = [t_quantile(confidence, df) for df in freedoms]
    assert ours == pytest.approx(list(theirs), rel=1e-11)
    assert normal_quantile(confidence) == pytest.approx(stats.norm.isf(1 - confidence), rel=1e-12)


def test_closed_forms_of_the_quantile() -> None:
    assert t_quantile(0.5, 7) == 0
    assert t_quantile(0.75, 1) == pytest.approx(1, rel=1e-14)
    assert t_quantile(0.95, 2) == pytest.approx(0.9 * (2 / (1 - 0.81)) ** 0.5, rel=1e-14)


def test_a_given_interval_is_kept_at_its_own_level_and_converted_to_another() -> None:
    given_one = Bounds(0.8, 0.9)
    assert converted(0.84, given_one, 0.9, 0.95) == given_one
    wider = converted(0.84, given_one, 0.8, 0.95)
    ratio = stats.norm.ppf(0.95) / stats.norm.ppf(0.9)
    assert (wider.low, wider.high) == pytest.approx((0.84 - 0.04 * ratio, 0.84 + 0.06 * ratio), rel=1e-12)


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.05, 0.95), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_as_many_units_as_are_asked_for_settle_a_share(
    n: int, part: float, line: float, confidence: float
) -> None:
    k = round(part * n)
    assume(abs(k / n - line) > 1e-4)
    needed = units_for_share(k / n, line, confidence)
    assert needed is not None
    # The same share of so many units, where it need not be whole: Wilson's formula takes fractions too.
    settled = wilson(k / n * needed, needed, confidence)  # type: ignore[arg-type]
    reached = settled.low - line if k / n > line else line - settled.high
    assert reached >= -1e-9
    if needed > 2:
        before = wilson(k / n * (needed - 1), needed - 1, confidence)  # type: ignore[arg-type]
        assert before.low < line < before.high or before.high == 1.0


@given(st.floats(-100, 100), st.floats(1e-4, 1e4), st.floats(-100, 100), st.sampled_from([0.8, 0.95, 0.99]))
def test_as_many_units_as_are_asked_for_settle_an_average(
    mean: float, variance: float, line: float, confidence: float
) -> None:
    assume(abs(mean - line) > 1e-2)
    needed = units_for_mean(mean, variance, line, confidence)
    assert needed is not None
    settled = student(needed, mean, variance, confidence)
    reached = settled.low - line if mean > line else line - settled.high
    assert reached >= -1e-9
    if needed > 2:
        before = student(needed - 1, mean, variance, confidence)
        assert before.low < line < before.high


def test_on_the_line_no_number_of_units_settles_it() -> None:
    assert units_for_share(0.8, 0.8, 0.95) is None
    assert units_for_share(0.8, 1.0, 0.95) is None
    assert units_for_share(0.8, 0.8 + 1e-9, 0.95) is None
    assert units_for_mean(3, 1, 3, 0.95) is None
    assert units_for_mean(3, 1, 3 + 1e-200, 0.95) is None
    assert units_for_mean(3, 0, 2, 0.95) == 2


@pytest.mark.parametrize(("truth", "units"), [(0.9, 83), (0.85, 368), (0.83, 1_055), (0.82, 2_408)])
def test_the_units_that_show_a_target_of_four_fifths(truth: float, units: int) -> None:
    """Against the simulated figures of anchors/impact.md: 80, 370, 1,060 and 2,360."""
    assert units_to_show(0.8, truth, confidence=0.95) == units


def test_as_many_units_as_are_planned_show_the_target_four_times_in_five() -> None:
    n = units_to_show(0.8, 0.85, confidence=0.95)
    assert n is not None
    random = np.random.default_rng(7)
    shown = [wilson(int(k), n, 0.95).low >= 0.8 for k in random.binomial(n, 0.85, size=4_000)]
    assert 0.77 < float(np.mean(shown)) < 0.83
    falsely = [wilson(int(k), n, 0.95).low >= 0.8 for k in random.binomial(n, 0.8, size=4_000)]
    assert float(np.mean(falsely)) < 0.065


def test_what_can_not_be_planned_has_no_number() -> None:
    assert units_to_show(0.8, 0.8, confidence=0.95) is None
    assert units_to_show(80, 85, confidence=0.95) is None
    assert units_to_show(0.8, 1.2, confidence=0.95) is None
