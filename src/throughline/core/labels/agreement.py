"""How far labellers agree beyond chance: Cohen's and Fleiss' kappa, Krippendorff's alpha, each with an interval.

Intervals. Cohen's kappa has the large-sample standard error of Fleiss, Cohen and Everitt, Psychological Bulletin 72
(1969) 323-327; the other two the jackknife over items (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
chapter 11) with Student's t. Both are too sure where hardly anybody disagrees, so the lower bound is never above the
one that Wilson's upper bound of the observed disagreement gives when the expected disagreement is taken as it is.
Nothing here is random.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from throughline.core.intervals import normal_quantile, wilson
from throughline.core.labels.estimates import CONFIDENCE, Estimate, none
from throughline.core.student import t_quantile

Matrix = list[list[float]]
Answers = Sequence[str | None]


class Scale(StrEnum):
    """What stands between two labels: nothing but a difference, an order, or a distance in numbers."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Weights(StrEnum):
    """How far two labels agree that are not the same: not at all, less with the distance, or with its square."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


ONE_LABEL = (
    "Everybody gave every item the same label, so that nothing can be said about agreement beyond chance."
)
NO_OVERLAP = "No item was answered by two labellers."


def cohen(
    pairs: Sequence[tuple[str, str]],
    labels: Sequence[str],
    *,
    weights: Weights = Weights.NONE,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Of two labellers, over the items that both answered. J. Cohen, Educational and Psychological Measurement 20
    (1960) 37-46; with weights Psychological Bulletin 70 (1968) 213-220, by the places of the labels in `labels`."""
    if not pairs:
        return none(NO_OVERLAP)
    place = {label: number for number, label in enumerate(labels)}
    n, size = len(pairs), len(labels)
    share = [[0.0] * size for _ in range(size)]
    for (one, other), count in Counter(pairs).items():
        share[place[one]][place[other]] += count / n
    row, column = [sum(line) for line in share], [sum(line) for line in zip(*share, strict=True)]
    agree = _weights(size, weights)
    cells = [(i, j) for i in range(size) for j in range(size)]
    seen = sum(share[i][j] * agree[i][j] for i, j in cells)
    expected = sum(row[i] * column[j] * agree[i][j] for i, j in cells)
    if 1 - expected < 1e-12:
        return none(ONE_LABEL, units=n)
    kappa = (seen - expected) / (1 - expected)
    of_row = [sum(column[j] * agree[i][j] for j in range(size)) for i in range(size)]
    of_column = [sum(row[i] * agree[i][j] for i in range(size)) for j in range(size)]
    spread = sum(
        share[i][j] * (agree[i][j] - (of_row[i] + of_column[j]) * (1 - kappa)) ** 2 for i, j in cells
    )
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    half = normal_quantile(confidence) * math.sqrt(max(variance, 0.0))
    cautious = _cautious(1 - seen, 1 - expected, n, confidence)
    how = "Cohen's kappa" if weights is Weights.NONE else f"Cohen's kappa with {weights} weights"
    return _bounded(kappa, half, cautious, n, f"{how}; Fleiss, Cohen and Everitt (1969)")


def fleiss(items: Sequence[Answers], *, confidence: float = CONFIDENCE) -> Estimate:
    """Of a fixed number of labellers, over the items that all of them answered. J. L. Fleiss, Psychological Bulletin 76
    (1971) 378-382."""
    whole = [[label for label in answers if label is not None] for answers in items]
    raters = max((len(answers) for answers in items), default=0)
    patterns = Counter(tuple(sorted(Counter(one).items())) for one in whole if len(one) == raters >= 2)
    n = sum(patterns.values())
    if not n:
        return none("No item was answered by all labellers.")
    agreeing = {one: _pairs_alike(one, raters) for one in patterns}
    total: Counter[str] = Counter()
    for one, times in patterns.items():
        total.update({label: count * times for label, count in one})
    seen = sum(agreeing[one] * times for one, times in patterns.items())

    def kappa(left_out: tuple[tuple[str, int], ...] = ()) -> float | None:
        units = n - bool(left_out)
        less = dict(left_out)
        expected = sum(
            ((count - less.get(label, 0)) / (units * raters)) ** 2 for label, count in total.items()
        )
        observed = (seen - (agreeing[left_out] if left_out else 0)) / units
        return None if 1 - expected < 1e-12 else (observed - expected) / (1 - expected)

    value = kappa()
    if value is None:
        return none(ONE_LABEL, units=n)
    disagreed = 1 - seen / n
    chance = (
        disagreed / (1 - value) if value < 1 else 1 - sum((c / (n * raters)) ** 2 for c in total.values())
    )
    cautious = _cautious(disagreed, chance, n, confidence)
    half = _jackknife([(kappa(one) if n > 1 else None, times) for one, times in patterns.items()], confidence)
    return _bounded(value, half, cautious, n, "Fleiss' kappa; jackknife over items")


def alpha(
    items: Sequence[Answers],
    labels: Sequence[str],
    *,
    scale: Scale = Scale.NOMINAL,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Of any number of labellers, each of whom may have left items out; an item counts with two answers at least.

    K. Krippendorff, Content Analysis, 4th edition (2018), chapter 12: 1 minus the observed over the expected
    disagreement, from the matrix of coincidences. `labels` gives the order of an ordinal scale; on an interval scale
    labels are numbers.
    """
    place = {label: number for number, label in enumerate(labels)}
    patterns: Counter[tuple[tuple[int, int], ...]] = Counter()
    for answers in items:
        counted = Counter(place[label] for label in answers if label is not None)
        if counted.total() >= 2:
            patterns[tuple(sorted(counted.items()))] += 1
    n = sum(patterns.values())
    if not n:
        return none(NO_OVERLAP)
    pairs: Matrix = [[0.0] * len(labels) for _ in labels]
    for one, times in patterns.items():
        _add_pairs(pairs, one, times)
    distance = _distances(labels, scale)
    value = _alpha_of(pairs, distance)
    if value is None:
        return none(ONE_LABEL, units=n)

    def without(one: tuple[tuple[int, int], ...]) -> float | None:
        rest = [line[:] for line in pairs]
        _add_pairs(rest, one, -1)
        return _alpha_of(rest, distance)

    seen, chance = _disagreements(pairs, distance)
    farthest = max(max(line) for line in distance(_marginals(pairs)))
    cautious = _cautious(seen / farthest, chance / farthest, n, confidence)
    half = _jackknife(
        [(without(one) if n > 1 else None, times) for one, times in patterns.items()], confidence
    )
    return _bounded(value, half, cautious, n, f"Krippendorff's alpha, {scale}; jackknife over items")


def _weights(size: int, kind: Weights) -> Matrix:
    if kind is Weights.NONE:
        return [[float(i == j) for j in range(size)] for i in range(size)]
    power, widest = (1 if kind is Weights.LINEAR else 2), max(size - 1, 1)
    return [[1 - (abs(i - j) / widest) ** power for j in range(size)] for i in range(size)]


def _pairs_alike(pattern: tuple[tuple[str, int], ...], raters: int) -> float:
    return sum(count * (count - 1) for _, count in pattern) / (raters * (raters - 1))


def _add_pairs(pairs: Matrix, pattern: tuple[tuple[int, int], ...], times: int) -> None:
    """Each item adds as many pairs as it has answers."""
    weight = times / (sum(count for _, count in pattern) - 1)
    for one, count in pattern:
        for other, others in pattern:
            pairs[one][other] += weight * count * (others - (one == other))


def _marginals(pairs: Matrix) -> list[float]:
    return [sum(line) for line in pairs]


def _distances(labels: Sequence[str], scale: Scale) -> Callable[[Sequence[float]], Matrix]:
    """Squared distances; those of an ordinal scale depend on how often each label was given."""
    size = len(labels)
    if scale is Scale.ORDINAL:
        return lambda margins: [
            [
                (sum(margins[min(i, j) : max(i, j) + 1]) - (margins[i] + margins[j]) / 2) ** 2
                for j in range(size)
            ]
            for i in range(size)
        ]
    numbers = [float(label) for label in labels] if scale is Scale.INTERVAL else []
    fixed = [
        [(numbers[i] - numbers[j]) ** 2 if numbers else float(i != j) for j in range(size)]
        for i in range(size)
    ]
    return lambda _: fixed


def _disagreements(pairs: Matrix, distance: Callable[[Sequence[float]], Matrix]) -> tuple[float, float]:
    """Observed and expected, both as an average over pairs."""
    margins = _marginals(pairs)
    total, apart = sum(margins), distance(margins)
    cells = [(i, j) for i in range(len(pairs)) for j in range(len(pairs)) if apart[i][j]]
    seen = sum(pairs[i][j] * apart[i][j] for i, j in cells) / total
    chance = sum(margins[i] * margins[j] * apart[i][j] for i, j in cells) / (total * (total - 1))
    return seen, chance


def _alpha_of(pairs: Matrix, distance: Callable[[Sequence[float]], Matrix]) -> float | None:
    """None where everybody gave one label."""
    given = [margin for margin in _marginals(pairs) if margin > 0.5]
    if len(given) < 2:
        return None
    seen, chance = _disagreements(pairs, distance)
    return 1 - seen / chance if chance > 0 else None


def _jackknife(left_out: Sequence[tuple[float | None, int]], confidence: float) -> float | None:
    """Half the width of the interval, from the figure without each item and how often such an item stands there."""
    n = sum(times for _, times in left_out)
    known = [(value, times) for value, times in left_out if value is not None]
    if n < 2 or len(known) < len(left_out):
        return None
    mean = sum(value * times for value, times in known) / n
    variance = (n - 1) / n * sum(times * (value - mean) ** 2 for value, times in known)
    return t_quantile(confidence, n - 1) * math.sqrt(variance)


def _cautious(seen: float, chance: float, n: int, confidence: float) -> float:
    """The coefficient if as much was disagreed about as Wilson's upper bound allows."""
    return 1 - wilson(min(max(seen, 0.0), 1.0) * n, n, confidence).high / chance


def _bounded(value: float, half: float | None, cautious: float, units: int, how: str) -> Estimate:
    if half is None:
        reason = "It hangs on a single item, so that it has no interval; more items are needed."
        return Estimate(value, units=units, how=how, reason=reason)
    low = max(-1.0, min(value - half, cautious))
    return Estimate(value, low, min(1.0, value + half), units, how)


def pairwise(
    answers: Mapping[int, Mapping[int, str]], labels: Sequence[str], *, confidence: float = CONFIDENCE
) -> dict[tuple[int, int], Estimate]:
    """Cohen's kappa of each two labellers, whose answers are given by item."""
    ids = sorted(answers)
    found: dict[tuple[int, int], Estimate] = {}
    for number, one in enumerate(ids):
        for other in ids[number + 1 :]:
            both = sorted(answers[one].keys() & answers[other].keys())
            pairs = [(answers[one][item], answers[other][item]) for item in both]
            found[one, other] = cohen(pairs, labels, confidence=confidence)
    return found
