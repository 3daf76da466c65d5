"""Kappa and alpha against reference implementations in generated cases, and what they say where nothing can be said."""

import math
import random
import warnings

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from tests.core.labels.cases import for_each_seed
from throughline.core.intervals import normal_quantile
from throughline.core.labels.agreement import (
    NO_OVERLAP,
    ONE_LABEL,
    Scale,
    Weights,
    alpha,
    cohen,
    fleiss,
    pairwise,
)
from throughline.core.labels.estimates import CONFIDENCE

CASES = range(250)


def labelled(seed: int, *, raters: int, missing: float = 0.0, labels: int | None = None):
    """Items with a true label that each rater meets more or less often, and the labels in their order."""
    rng = random.Random(seed)
    names = [str(number) for number in range(1, (labels or rng.randint(2, 6)) + 1)]
    weights = [rng.random() + 0.05 for _ in names]
    skill = rng.uniform(0.0, 1.0)
    items = []
    for _ in range(rng.randint(3, 80)):
        truth = rng.choices(names, weights)[0]
        items.append(
            [
                None if rng.random() < missing else truth if rng.random() < skill else rng.choice(names)
                for _ in range(raters)
            ]
        )
    return items, names


@pytest.mark.parametrize("weights", [Weights.NONE, Weights.LINEAR, Weights.QUADRATIC])
@for_each_seed(CASES)
def test_cohen_is_that_of_scikit_learn(seed, weights):
    items, names = labelled(seed, raters=2)
    pairs = [(one, other) for one, other in items]
    found = cohen(pairs, names, weights=weights)
    given = None if weights is Weights.NONE else weights.value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = cohen_kappa_score(*zip(*pairs, strict=True), labels=names, weights=given)
    if math.isnan(expected):
        assert found.value is None
        assert found.reason == ONE_LABEL
    else:
        assert found.value == pytest.approx(expected, abs=1e-12)


@for_each_seed(CASES)
def test_the_standard_error_of_cohen_is_that_of_statsmodels(seed):
    items, names = labelled(seed, raters=2)
    table = np.zeros((len(names), len(names)))
    for one, other in items:
        table[names.index(one), names.index(other)] += 1
    found = cohen([(one, other) for one, other in items], names)
    if found.value is None or found.value > 0.999:
        return
    with np.errstate(invalid="ignore"):  # it takes the root of a zero that rounding made negative
        expected = cohens_kappa(table)
    half = np.nan_to_num(expected.std_kappa) * normal_quantile(CONFIDENCE)
    assert found.high == pytest.approx(min(1.0, expected.kappa + half), abs=1e-9)
    assert found.low <= max(-1.0, expected.kappa - half) + 1e-9


@pytest.mark.parametrize("raters", [2, 3, 5])
@for_each_seed(CASES)
def test_fleiss_is_that_of_statsmodels(seed, raters):
    items, names = labelled(seed, raters=raters)
    table = np.array([[item.count(name) for name in names] for item in items])
    found = fleiss(items)
    with np.errstate(all="ignore"):
        expected = fleiss_kappa(table)
    if math.isnan(expected):
        assert found.reason == ONE_LABEL
    else:
        assert found.value == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("scale", list(Scale))
@for_each_seed(CASES)
def test_alpha_is_that_of_krippendorff_with_missing_answers_too(seed, scale):
    items, names = labelled(seed, raters=2 + seed % 4, missing=0.3)
    found = alpha(items, names, scale=scale)
    data = np.array([[np.nan if one is None else float(one) for one in item] for item in items]).T
    counted = [[one for one in item if one is not None] for item in items]
    paired = [one for item in counted if len(item) > 1 for one in item]
    if len(set(paired)) < 2:
        assert found.value is None
        return
    expected = krippendorff.alpha(
        reliability_data=data, level_of_measurement=scale.value, value_domain=[float(name) for name in names]
    )
    assert found.value == pytest.approx(expected, abs=1e-9)
    if found.has_bounds:
        assert -1 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("probabilities", [(1, 1, 1), (90, 8, 2)])
@pytest.mark.parametrize("skill", [0.8, 0.95])
def test_the_lower_bound_of_alpha_is_hardly_ever_above_the_truth(skill, probabilities):
    """A thousand audits of 100 items with three labellers; a bound of 97.5 % may miss 25 of them."""
    rng = random.Random(7)

    def sample(n):
        truths = rng.choices("abc", probabilities, k=n)
        return [[t if rng.random() < skill else rng.choice("abc") for _ in range(3)] for t in truths]

    truth = alpha(sample(60_000), "abc").value
    found = [alpha(sample(100), "abc") for _ in range(1_000)]
    assert sum(one.low > truth for one in found) <= 25
    assert sum(one.low <= truth <= one.high for one in found) >= 930


def test_everybody_agreeing_is_no_certainty():
    """Ten items on which all agree leave room for disagreement; a thousand leave little."""
    few, many = ([["a", "a"], ["b", "b"]] * n for n in (5, 500))
    for method in (
        lambda items: alpha(items, "ab"),
        fleiss,
        lambda items: cohen([tuple(one) for one in items], "ab"),
    ):
        assert method(few).value == method(many).value == method(few).high == 1.0
        assert method(few).low < 0.6
        assert 0.98 < method(many).low < 1.0


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], NO_OVERLAP),
        ([[None, None], [None, None]], NO_OVERLAP),
        ([["a", None], [None, "b"]], NO_OVERLAP),
        ([["a", "a"], ["a", "a"]], ONE_LABEL),
    ],
)
def test_where_nothing_can_be_said_there_is_a_reason(items, reason):
    found = alpha(items, "ab")
    assert (found.value, found.low, found.high, found.reason) == (None, None, None, reason)
    assert fleiss(items).value is None
    assert fleiss(items).reason
    pairs = [(one, other) for one, other in items if one and other]
    assert cohen(pairs, "ab").reason == reason


def test_a_figure_that_hangs_on_one_item_has_no_interval():
    for found in (
        alpha([["a", "b"]], "ab"),
        alpha([["a", "a"]] * 9 + [["a", "b"]], "ab"),
        fleiss([["a", "b"]]),
    ):
        assert found.value is not None
        assert not found.has_bounds
        assert "single item" in found.reason


def test_fleiss_leaves_items_out_that_not_everybody_answered():
    items = [["a", "a", "a"], ["a", "b", "b"], ["b", "b", "b"], ["a", None, "a"]]
    assert fleiss(items).units == 3
    assert fleiss(items).value == fleiss(items[:3]).value


def test_each_two_labellers_are_compared_on_what_both_answered():
    answers = {1: {1: "a", 2: "b", 3: "a"}, 2: {1: "a", 2: "b", 3: "b"}, 3: {}}
    found = pairwise(answers, "ab")
    assert found[1, 2].units == 3
    assert found[1, 3].reason == found[2, 3].reason == NO_OVERLAP
