"""Confidence bounds of shares and averages, and how many observations it takes to clear a line.

All bounds are one-sided: each of the two holds by itself with the confidence asked for, so that together they are the
two-sided interval of level `2 * confidence - 1`.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from throughline.core.student import t_quantile

MOST_NEEDED = 10**12
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Bounds:
    low: float
    high: float


def normal_quantile(confidence: float) -> float:
    """Wichura's algorithm AS 241 (Applied Statistics 37, 1988), as the standard library has it."""
    return _NORMAL.inv_cdf(confidence)


def wilson(k: float, n: float, confidence: float) -> Bounds:
    """Of `k` of `n` units, which need not be whole: E. B. Wilson, JASA 22 (1927) 209-212; recommended over Wald's and
    the exact interval by Brown, Cai and DasGupta, Statistical Science 16 (2001) 101-133."""
    z = normal_quantile(confidence)
    share, weight = k / n, z * z / n
    half = z * math.sqrt((share * (1 - share) + weight / 4) / n)
    middle = share + weight / 2
    low = 0.0 if k == 0 else (middle - half) / (1 + weight)
    high = 1.0 if k == n else (middle + half) / (1 + weight)
    return Bounds(low, high)


def student(n: int, mean: float, variance: float, confidence: float) -> Bounds:
    """Of the mean of `n` units, two at least, with their sample variance (divisor n - 1): Student, Biometrika 6 (1908)
    1-25."""
    half = t_quantile(confidence, n - 1) * math.sqrt(variance / n)
    return Bounds(mean - half, mean + half)


def normal(value: float, standard_error: float, confidence: float) -> Bounds:
    half = normal_quantile(confidence) * standard_error
    return Bounds(value - half, value + half)


def converted(value: float, given: Bounds, level: float, confidence: float) -> Bounds:
    """A two-sided interval of this level, brought to another confidence as if each of its sides were normal."""
    if is_same_level(level, confidence):
        return given
    ratio = normal_quantile(confidence) / normal_quantile((1 + level) / 2)
    return Bounds(value - ratio * (value - given.low), value + ratio * (given.high - value))


def is_same_level(level: float, confidence: float) -> bool:
    """Whether a two-sided interval of this level has the one-sided bounds of this confidence."""
    return math.isclose((1 + level) / 2, confidence, abs_tol=1e-9)


def units_for_share(share: float, line: float, confidence: float) -> int | None:
    """How many units in all put Wilson's bound on the line, if they keep showing this share.

    Wilson's bound lies beyond the line exactly when the score test rejects it, so n = z² line (1 - line) / gap².
    None when no number does: the share is on the line, or the line is no share that can be missed.
    """
    if share == line or not 0 < line < 1:
        return None
    z = normal_quantile(confidence)
    return _count(z * z * line * (1 - line) / (share - line) ** 2)


def units_for_mean(mean: float, variance: float, line: float, confidence: float) -> int | None:
    """How many units in all put Student's bound on the line, if mean and variance stay as they are."""
    gap = mean - line
    if gap * gap == 0:
        return None
    ratio = variance / (gap * gap)
    n = _count(normal_quantile(confidence) ** 2 * ratio)
    if n is None:
        return None
    n = max(n, 2)
    while t_quantile(confidence, n - 1) ** 2 * ratio > n:
        n += 1
    return n


def units_to_show(line: float, truth: float, *, confidence: float, power: float = 0.8) -> int | None:
    """How many units it takes to show that a share clears the line, with this power, when `truth` is the true share.

    n = ((z_confidence sqrt(line (1 - line)) + z_power sqrt(truth (1 - truth))) / (truth - line))², for the one-sided
    score test; Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), section 2.
    """
    if truth == line or not (0 < line < 1 and 0 <= truth <= 1):
        return None
    spread = normal_quantile(confidence) * math.sqrt(line * (1 - line))
    spread += normal_quantile(power) * math.sqrt(truth * (1 - truth))
    return _count((spread / (truth - line)) ** 2)


def _count(units: float) -> int | None:
    """Rounded up, but for what a rounding of the last digits adds; None when it is more than can be meant."""
    return max(math.ceil(units * (1 - 1e-12)), 1) if units <= MOST_NEEDED else None
