"""How often the given labels are wrong, overall and by class, held against the labels that people settled on.

Of a simple draw the interval is Wilson's. Of a stratified draw each stratum counts with its share of all rows, and
Wilson's interval is taken at the effective sample size, as Dean and Pagano (Journal of Survey Statistics and
Methodology 3, 2015, 484-503) and Franco et al. (ibid. 7, 2019, 334-364) recommend for shares from surveys: the size of
the simple sample with the same variance. Two such sizes are known, that of the weights alone (Kish, Survey Sampling,
1965, 11.7) and that of the estimated variance; the smaller one is taken, and never more than there are items.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from throughline.core.intervals import wilson
from throughline.core.labels.estimates import CONFIDENCE, Estimate, none


@dataclass(frozen=True)
class Settled:
    """One drawn item whose true label people know. `given` is the label under audit."""

    given: str
    final: str
    stratum: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.given != self.final


@dataclass(frozen=True)
class ErrorRate:
    """`wrong` of `settled` drawn items; the estimate weighs them where strata were drawn unevenly. `effective` is the
    size that the interval was taken at; `left_out` names strata of which no item was settled."""

    estimate: Estimate
    wrong: int
    settled: int
    effective: float
    left_out: tuple[str, ...] = ()


def error_rate(
    items: Sequence[Settled], rows: Mapping[str, int], *, confidence: float = CONFIDENCE
) -> ErrorRate:
    """`rows` is how many rows each stratum has in the file; one entry for a simple draw."""
    wrong, n = sum(one.is_wrong for one in items), len(items)
    if not n:
        return ErrorRate(none("No item has a settled label."), 0, 0, 0.0)
    if len(rows) < 2:
        bounds = wilson(wrong, n, confidence)
        estimate = Estimate(wrong / n, bounds.low, bounds.high, n, "Wilson (1927)")
        return ErrorRate(estimate, wrong, n, float(n))
    counts, faults = (
        Counter(one.stratum for one in items),
        Counter(one.stratum for one in items if one.is_wrong),
    )
    left_out = tuple(name for name in sorted(rows) if not counts[name])
    total = sum(rows[name] for name in counts)
    weights = {name: rows[name] / total for name in counts}
    share = sum(weight * faults[name] / counts[name] for name, weight in weights.items())
    effective = _effective(share, weights, counts, faults)
    bounds = wilson(share * effective, effective, confidence)
    how = "stratified; Wilson at the effective sample size"
    if left_out:
        shown = ", ".join(f"“{name}”" for name in left_out[:5])
        reason = f"Of some strata no item is settled, so nothing is known of them: {shown}."
        return ErrorRate(Estimate(share, units=n, how=how, reason=reason), wrong, n, effective, left_out)
    return ErrorRate(Estimate(share, bounds.low, bounds.high, n, how), wrong, n, effective)


def _effective(
    share: float, weights: Mapping[str, float], counts: Mapping[str, int], faults: Mapping[str, int]
) -> float:
    n = sum(counts.values())
    by_weights = 1 / sum(weight**2 / counts[name] for name, weight in weights.items())
    variance = sum(
        weight**2 * (p := faults[name] / counts[name]) * (1 - p) / max(counts[name] - 1, 1)
        for name, weight in weights.items()
    )
    by_variance = share * (1 - share) / variance if variance > 0 else by_weights
    return min(float(n), by_weights, by_variance)


def by_class(
    items: Sequence[Settled],
    rows: Mapping[str, int],
    labels: Iterable[str],
    *,
    confidence: float = CONFIDENCE,
) -> dict[str, ErrorRate]:
    """Of the items that were given each label, how many are wrong. Each item counts with the rows that it stands for;
    the interval is Wilson's at Kish's effective size."""
    counts = Counter(one.stratum for one in items)
    weight = {name: rows.get(name, n) / n for name, n in counts.items()} if len(rows) > 1 else {}
    found: dict[str, ErrorRate] = {}
    for label in labels:
        own = [one for one in items if one.given == label]
        if not own:
            found[label] = ErrorRate(none("No settled item was given this label."), 0, 0, 0.0)
            continue
        weights = [weight.get(one.stratum, 1.0) for one in own]
        total = sum(weights)
        share = sum(w for one, w in zip(own, weights, strict=True) if one.is_wrong) / total
        effective = min(float(len(own)), total**2 / sum(w * w for w in weights))
        bounds = wilson(share * effective, effective, confidence)
        wrong = sum(one.is_wrong for one in own)
        estimate = Estimate(min(share, 1.0), bounds.low, min(bounds.high, 1.0), len(own), "Wilson (1927)")
        found[label] = ErrorRate(estimate, wrong, len(own), effective)
    return found


def confusion(items: Iterable[Settled]) -> dict[str, dict[str, int]]:
    """By given label, how many items were settled on each label; drawn items, not weighed."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in items:
        found[one.given][one.final] += 1
    return {given: dict(finals) for given, finals in found.items()}
