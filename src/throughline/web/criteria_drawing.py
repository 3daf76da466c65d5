"""Where the parts of a criterion's drawing come to lie: bounds against the line that they must clear."""

from dataclasses import dataclass

from throughline.core.criteria import Criterion
from throughline.core.verdicts import CriterionVerdict, lines

EDGE = 6.0


@dataclass(frozen=True)
class Drawing:
    """All places are percent of the width. The zone is where the target is reached."""

    zone_x: float
    zone_width: float
    targets: tuple[float, ...]
    estimate: float
    low: float | None
    high: float | None
    width: float
    hard_limit: float | None
    baseline: float | None
    first: str
    last: str
    words: str


def drawn(verdict: CriterionVerdict) -> Drawing | None:
    """None while there is nothing to draw."""
    criterion, estimate = verdict.criterion, verdict.estimate
    floor, ceiling = lines(criterion)
    if estimate is None or (floor is None and ceiling is None):
        return None
    told = (floor, ceiling, estimate, verdict.low, verdict.high, criterion.hard_limit, criterion.baseline)
    values = [value for value in told if value is not None]
    first, last = min(values), max(values)
    span = (last - first) or abs(first) or 1.0

    def at(value: float | None) -> float | None:
        return None if value is None else round(EDGE + (100 - 2 * EDGE) * (value - first) / span, 2)

    zone_from, zone_to = at(floor), at(ceiling)
    begin, end = zone_from or 0.0, 100.0 if zone_to is None else zone_to
    low, high = at(verdict.low), at(verdict.high)
    return Drawing(
        zone_x=begin,
        zone_width=round(end - begin, 2),
        targets=tuple(place for place in (zone_from, zone_to) if place is not None),
        estimate=at(estimate) or EDGE,
        low=low,
        high=high,
        width=round(high - low, 2) if low is not None and high is not None else 0.0,
        hard_limit=at(criterion.hard_limit),
        baseline=at(criterion.baseline),
        first=criterion.rounded(first),
        last=criterion.rounded(last),
        words=_words(criterion, verdict),
    )


def _words(criterion: Criterion, verdict: CriterionVerdict) -> str:
    said = [f"Estimate {criterion.rounded(verdict.estimate)}"]
    if verdict.has_bounds:
        said.append(f"bounds {criterion.rounded(verdict.low)} and {criterion.rounded(verdict.high)}")
    said.append(f"target {criterion.line}")
    if criterion.hard_limit is not None:
        said.append(f"hard limit {criterion.shown(criterion.hard_limit)}")
    if criterion.baseline is not None:
        said.append(f"baseline {criterion.shown(criterion.baseline)}")
    return ", ".join(said) + "."
