"""The verdict: good enough only by the bound, and how many more items it takes otherwise."""

import pytest

from throughline.core.labels.errors import Settled, error_rate
from throughline.core.labels.estimates import Estimate, none
from throughline.core.labels.judging import LabelVerdict, Lines, judge, percent

GOOD_AGREEMENT = Estimate(0.9, 0.85, 0.95, 100, "alpha")


def rate(wrong: int, n: int):
    return error_rate([Settled("a", "b" if one < wrong else "a") for one in range(n)], {"": 10_000})


@pytest.mark.parametrize(
    ("wrong", "n", "verdict"),
    [
        (0, 200, LabelVerdict.GOOD),
        (0, 100, LabelVerdict.INCONCLUSIVE),
        (1, 100, LabelVerdict.INCONCLUSIVE),
        (10, 100, LabelVerdict.NOT_GOOD),
        (4, 100, LabelVerdict.INCONCLUSIVE),
    ],
)
def test_the_bound_decides_and_not_the_estimate(wrong, n, verdict):
    assert judge(rate(wrong, n), GOOD_AGREEMENT, Lines(0.02)).verdict is verdict


@pytest.mark.parametrize(("wrong", "n"), [(0, 50), (1, 100), (6, 150)])
def test_the_items_that_are_missing_settle_it(wrong, n):
    """With so many more that show the same share, the bound is over the line; with a tenth less it is not."""
    lines = Lines(0.02)
    found = judge(rate(wrong, n), GOOD_AGREEMENT, lines)
    assert found.verdict is LabelVerdict.INCONCLUSIVE
    total = n + found.more

    def at(units):
        return judge(error_rate_of(wrong / n, units), GOOD_AGREEMENT, lines).verdict

    assert at(total + 1) is (LabelVerdict.GOOD if wrong / n < 0.02 else LabelVerdict.NOT_GOOD)
    assert at(total * 0.9) is LabelVerdict.INCONCLUSIVE


def error_rate_of(share: float, units: float):
    from throughline.core.intervals import wilson
    from throughline.core.labels.errors import ErrorRate

    bounds = wilson(share * units, units, 0.975)
    return ErrorRate(Estimate(share, bounds.low, bounds.high, int(units)), 0, int(units), units)


def test_a_share_on_the_line_is_settled_by_no_number():
    found = judge(rate(2, 100), GOOD_AGREEMENT, Lines(0.02))
    assert (found.verdict, found.more) == (LabelVerdict.INCONCLUSIVE, None)
    assert "no number of items" in found.reasons[0]


@pytest.mark.parametrize(
    ("agreement", "verdict"),
    [
        (Estimate(0.9, 0.85, 0.95, 100), LabelVerdict.GOOD),
        (Estimate(0.85, 0.75, 0.95, 100), LabelVerdict.INCONCLUSIVE),
        (Estimate(0.5, 0.4, 0.6, 100), LabelVerdict.NOT_GOOD),
        (Estimate(0.9, reason="It hangs on one item."), LabelVerdict.INCONCLUSIVE),
        (none("Nobody answered."), LabelVerdict.UNKNOWN),
    ],
)
def test_agreement_has_a_line_of_its_own(agreement, verdict):
    found = judge(rate(0, 1_000), agreement, Lines(0.02, 0.8))
    assert found.verdict is verdict
    assert len(found.reasons) == 2


def test_the_worse_of_the_two_counts():
    assert judge(rate(100, 200), GOOD_AGREEMENT, Lines(0.02, 0.8)).verdict is LabelVerdict.NOT_GOOD
    assert judge(rate(100, 200), none("x"), Lines(0.02, 0.8)).verdict is LabelVerdict.NOT_GOOD
    assert judge(rate(0, 50), none("x"), Lines(0.02, 0.8)).verdict is LabelVerdict.UNKNOWN


def test_without_a_line_nothing_is_judged():
    found = judge(rate(0, 1_000), GOOD_AGREEMENT, Lines(None))
    assert found.verdict is LabelVerdict.UNKNOWN
    assert "agreed" in found.reasons[0]
    assert judge(rate(0, 0), GOOD_AGREEMENT, Lines(0.02)).verdict is LabelVerdict.UNKNOWN


def test_small_shares_are_told_from_nothing():
    assert [percent(one) for one in (0, 0.5, 0.0204, 0.0004)] == ["0.0 %", "50.0 %", "2.0 %", "0.04 %"]
