"""Error rates: Wilson's interval as statsmodels has it, strata weighed and covered, classes and confusion."""

import random

import pytest
from statsmodels.stats.proportion import proportion_confint

from tests.core.labels.cases import for_each_seed
from throughline.core.labels.errors import Settled, by_class, confusion, error_rate

ALL = {"": 1_000}


def items(wrong: int, n: int, stratum: str = "", given: str = "a") -> list[Settled]:
    return [Settled(given, "b" if number < wrong else given, stratum) for number in range(n)]


@for_each_seed(range(300))
def test_the_interval_is_that_of_statsmodels(seed):
    rng = random.Random(seed)
    n = rng.randint(1, 400)
    k = rng.choice((0, n, rng.randint(0, n)))
    found = error_rate(items(k, n), ALL)
    low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
    assert found.estimate.value == k / n
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high), abs=1e-9)
    assert (found.wrong, found.settled, found.effective) == (k, n, n)


def test_a_stratum_counts_with_its_share_of_all_rows():
    """9 of 10 rows are in the large stratum, but both were drawn alike: 0.9 · 2 % + 0.1 · 40 %."""
    drawn = [*items(1, 50, "large"), *items(20, 50, "small")]
    found = error_rate(drawn, {"large": 9_000, "small": 1_000})
    assert found.estimate.value == pytest.approx(0.058)
    assert found.wrong == 21
    assert found.estimate.low < 0.058 < found.estimate.high
    assert found.effective < 100


def test_proportional_strata_come_to_the_simple_interval_at_most():
    drawn = [*items(3, 60, "a"), *items(2, 40, "b")]
    found = error_rate(drawn, {"a": 600, "b": 400})
    simple = error_rate(items(5, 100), ALL)
    assert found.estimate.value == pytest.approx(0.05)
    # The variance within strata has divisors n - 1, so that a little is lost and never gained.
    assert 97 < found.effective <= 100
    assert simple.estimate.high <= found.estimate.high < simple.estimate.high + 0.002


def test_no_fault_in_uneven_strata_is_judged_by_the_weights():
    """Kish: with 99 % of the rows in a stratum of 20 items, 200 items are worth about 20."""
    found = error_rate([*items(0, 20, "large"), *items(0, 180, "small")], {"large": 9_900, "small": 100})
    assert found.estimate.value == 0
    assert found.effective == pytest.approx(20.4, abs=0.1)
    assert found.estimate.high > 0.15


@pytest.mark.parametrize(("rates", "sizes"), [((0.02, 0.3), (9_000, 1_000)), ((0.05, 0.05), (5_000, 500))])
def test_strata_cover_the_truth_as_often_as_they_say(rates, sizes):
    rng = random.Random(11)
    truth = sum(rate * size for rate, size in zip(rates, sizes, strict=True)) / sum(sizes)
    hits = 0
    for _ in range(1_000):
        drawn = [
            Settled("a", "b" if rng.random() < rate else "a", name)
            for name, rate, n in zip("xy", rates, (150, 50), strict=True)
            for _ in range(n)
        ]
        found = error_rate(drawn, dict(zip("xy", sizes, strict=True))).estimate
        hits += found.low <= truth <= found.high
    assert hits >= 935


def test_a_stratum_of_which_nothing_is_settled_leaves_no_interval():
    found = error_rate(items(1, 20, "seen"), {"seen": 100, "unseen": 100})
    assert found.left_out == ("unseen",)
    assert found.estimate.value == 0.05
    assert not found.estimate.has_bounds
    assert "unseen" in found.estimate.reason


def test_nothing_settled_is_said():
    found = error_rate([], ALL)
    assert found.estimate.value is None
    assert found.estimate.reason == "No item has a settled label."


def test_classes_are_those_of_the_given_label():
    drawn = [*items(2, 10), *items(0, 5, given="c")]
    found = by_class(drawn, ALL, ["a", "c", "d"])
    low, high = proportion_confint(2, 10, alpha=0.05, method="wilson")
    assert found["a"].estimate.value == pytest.approx(0.2)
    assert (found["a"].estimate.low, found["a"].estimate.high) == pytest.approx((low, high))
    assert found["c"].estimate.value == 0
    assert found["d"].estimate.value is None
    assert found["d"].estimate.reason


def test_classes_weigh_strata_too():
    drawn = [*items(0, 10, "large"), *items(10, 10, "small")]
    found = by_class(drawn, {"large": 900, "small": 100}, ["a"])["a"]
    assert found.estimate.value == pytest.approx(0.1)
    assert found.effective < 20


def test_the_confusion_table_counts_drawn_items():
    drawn = [Settled("a", "a"), Settled("a", "b"), Settled("b", "b"), Settled("a", "b")]
    assert confusion(drawn) == {"a": {"a": 1, "b": 2}, "b": {"b": 1}}
