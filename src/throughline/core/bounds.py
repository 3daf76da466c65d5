"""The bounds that a measurement gives for a criterion, by the method that fits, or why it gives none."""

import math
from dataclasses import dataclass

from throughline.core import intervals
from throughline.core.criteria import Criterion, Direction, Method
from throughline.core.intervals import Bounds
from throughline.core.measurements import (
    Counts,
    Interval,
    Measurement,
    Moments,
    StandardError,
    Uncertainty,
    estimate_of,
)

NEEDS = {
    Method.WILSON: "counts (k of n)",
    Method.T: "the number of units, their mean and variance",
    Method.GIVEN: "an interval or a standard error",
}


@dataclass(frozen=True)
class Bounded:
    """An estimate with its bounds, if there are any; `why_not` says why there are none, `how` where they come from."""

    estimate: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    how: str = ""
    n: int | None = None
    why_not: str = ""
    ground: str = ""
    uncertainty: Uncertainty | None = None

    @property
    def is_point(self) -> bool:
        return self.method == "point"

    @property
    def is_counted(self) -> bool:
        """Whether more units would make its bounds narrower in a way that can be foreseen."""
        return isinstance(self.uncertainty, Counts | Moments) and not self.is_point

    def more(self, criterion: Criterion) -> int | None:
        """How many more units would put a bound on the line, if they look the same."""
        if not self.is_counted or self.estimate is None or self.n is None:
            return None
        low, high = criterion.low, criterion.high
        if criterion.direction is not Direction.RANGE:
            needed = [self._units(criterion, criterion.target)]
        elif low is not None and high is not None and low <= self.estimate <= high:
            needed = [self._units(criterion, low), self._units(criterion, high)]
        else:
            nearest = low if low is not None and self.estimate < low else high
            needed = [self._units(criterion, nearest)]
        counted = [units for units in needed if units is not None]
        return max(max(counted) - self.n, 1) if len(counted) == len(needed) else None

    def _units(self, criterion: Criterion, line: float | None) -> int | None:
        if line is None:
            return None
        match self.uncertainty:
            case Counts(k, n):
                return intervals.units_for_share(k / n, line / _scale(criterion), criterion.confidence)
            case Moments(_, mean, variance):
                return intervals.units_for_mean(mean, variance, line, criterion.confidence)
        return None


def bounded(criterion: Criterion, measurement: Measurement) -> Bounded:
    uncertainty, value = measurement.uncertainty, measurement.evidence.value
    estimate = (
        estimate_of(uncertainty, criterion.unit) if isinstance(uncertainty, Counts | Moments) else value
    )
    if estimate is None or not math.isfinite(estimate):
        said = measurement.evidence.summary or "no number"
        return Bounded(
            None, why_not=f"{measurement.evidence.source} gave no usable number: {said}.", ground="no_number"
        )
    if criterion.method is Method.POINT or (uncertainty is None and criterion.point_is_enough):
        return Bounded(estimate, estimate, estimate, "point", "point")
    if uncertainty is None:
        text = "no uncertainty supplied. Send counts, moments, a standard error or an interval with it."
        return Bounded(estimate, why_not=text, ground="no_uncertainty")
    if not _fits(criterion.method, uncertainty):
        needs = NEEDS[criterion.method]
        text = f"the criterion asks for the method “{criterion.method}”, which needs {needs}."
        return Bounded(estimate, why_not=text, ground="wrong_method")
    return _by(uncertainty, estimate, criterion)


def _fits(method: Method, uncertainty: Uncertainty) -> bool:
    fitting: dict[Method, tuple[type, ...]] = {
        Method.WILSON: (Counts,),
        Method.T: (Moments,),
        Method.GIVEN: (Interval, StandardError),
    }
    return isinstance(uncertainty, fitting.get(method, (object,)))


def _by(uncertainty: Uncertainty, estimate: float, criterion: Criterion) -> Bounded:
    level = f"{criterion.confidence * 100:g} % each"
    match uncertainty:
        case Counts(k, n):
            found = intervals.wilson(k, n, criterion.confidence)
            scale = _scale(criterion)
            bounds, n_units = Bounds(found.low * scale, found.high * scale), n
            method, how = "wilson", f"{level}, Wilson, {k:,} of {n:,}"
        case Moments(n, mean, variance):
            bounds, n_units = intervals.student(n, mean, variance, criterion.confidence), n
            method, how = "t", f"{level}, Student’s t, n = {n:,}"
        case StandardError(se, known):
            bounds, n_units = intervals.normal(estimate, se, criterion.confidence), known or 0
            method, how = "normal", f"{level}, from a standard error of {se:.3g}, taken as normal"
        case Interval(low, high, given):
            bounds = intervals.converted(estimate, Bounds(low, high), given, criterion.confidence)
            method, how, n_units = "given", _converted(level, given, criterion.confidence), 0
    if not (math.isfinite(bounds.low) and math.isfinite(bounds.high)):
        return Bounded(estimate, why_not="its bounds are too large for a number.", ground="no_uncertainty")
    return Bounded(estimate, bounds.low, bounds.high, method, how, n_units or None, uncertainty=uncertainty)


def _converted(level: str, given: float, confidence: float) -> str:
    if intervals.is_same_level(given, confidence):
        return f"{level}, as given"
    return f"{level}, from a given two-sided {given * 100:g} % interval, taken as normal"


def _scale(criterion: Criterion) -> int:
    """Shares are counted from 0 to 1, and shown in percent where the criterion says so."""
    return 100 if criterion.unit == "%" else 1
