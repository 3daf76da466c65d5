"""Quantiles of Student's t distribution.

From 1,000 degrees of freedom on by the expansion 26.7.5 of Abramowitz and Stegun, Handbook of Mathematical Functions
(1964), whose next term is below 1e-12 there. Below that, by solving for the upper tail, which is half the incomplete
beta function I_x(df/2, 1/2) at x = df / (df + t²) (ibid. 26.7.1), itself from its continued fraction by the method of
Lentz (Press et al., Numerical Recipes, section 6.4).
"""

import math
from functools import lru_cache
from statistics import NormalDist

EXPANDED_FROM = 1_000
_TINY = 1e-300
_PRECISION = 1e-16
_MOST_STEPS = 10_000


@lru_cache(maxsize=1_024)
def t_quantile(confidence: float, df: int) -> float:
    """The t that is exceeded with probability `1 - confidence`; `confidence` from 0.5 up to 1, `df` from 1."""
    if confidence == 0.5:
        return 0.0
    z = NormalDist().inv_cdf(confidence)
    if df >= EXPANDED_FROM:
        return _expanded(z, df)
    return _solved(1 - confidence, df, start=_expanded(z, max(df, 4)))


def _expanded(z: float, df: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, start=1))


def _solved(tail: float, df: int, *, start: float) -> float:
    """Newton's steps on the logarithm of the tail, kept inside a bracket that shrinks with each of them."""
    low, high = 0.0, start
    while upper_tail(high, df) > tail:
        low, high = high, 2 * high
    t = min(max(start, (low + high) / 2), high)
    for _ in range(200):
        found = upper_tail(t, df)
        low, high = (t, high) if found > tail else (low, t)
        step = t + math.log(found / tail) * found / _density(t, df)
        step = step if low < step < high else (low + high) / 2
        if abs(step - t) <= 4e-16 * t:
            return step
        t = step
    return t


def upper_tail(t: float, df: int) -> float:
    """The probability of more than `t`, for `t` of zero or more."""
    return _half_beta(df, t * t)


def _density(t: float, df: int) -> float:
    constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return math.exp(constant - (df + 1) / 2 * math.log1p(t * t / df))


def _half_beta(df: int, square: float) -> float:
    """Half of I_x(df/2, 1/2) at x = df / (df + square), from the side on which the fraction converges fast."""
    a, b = df / 2, 0.5
    x, rest = df / (df + square), square / (df + square)
    if rest == 0:
        return 0.5
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / (2 * a)
    return 0.5 - front * _fraction(b, a, rest) / (2 * b)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_STEPS):
        for factor in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _apart(1 + factor * d)
            c = _apart(1 + factor / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION * 4:
            break
    return value


def _apart(value: float) -> float:
    """Kept from zero, as it is divided by."""
    return value if abs(value) > _TINY else _TINY
