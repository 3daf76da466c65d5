"""Whether a criterion is met, as far as its measurement can tell: the bound must clear the line, never the point.

With L and U the one-sided bounds at the criterion's confidence, and up the good direction: met if L reaches the target;
not met if U stays below it; inconclusive otherwise. If the truth lies exactly on the target, at most 5 % of
measurements say "met" at the usual 0.95, where the point alone would say so in half of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from throughline.core.bounds import Bounded, bounded
from throughline.core.criteria import Criterion, Direction
from throughline.core.evidence import Evidence, why_stale
from throughline.core.fingerprints import fingerprint
from throughline.core.measurements import Measurement


class CriterionAnswer(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not_measured"


class Ground(StrEnum):
    """Why there is no clear answer; empty where there is one."""

    NONE = ""
    STRADDLES = "straddles"
    NO_UNCERTAINTY = "no_uncertainty"
    WRONG_METHOD = "wrong_method"
    NO_MEASUREMENT = "no_measurement"
    NO_TARGET = "no_target"
    NO_NUMBER = "no_number"
    TOO_OLD = "too_old"
    OTHER_SLICE = "other_slice"
    OTHER_UNIT = "other_unit"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class CriterionVerdict:
    """`low` and `high` are the one-sided bounds; `units_needed` says how many more would settle it if they look the
    same, for shares and averages."""

    criterion: Criterion
    answer: CriterionAnswer
    reason: str
    ground: Ground = Ground.NONE
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    n: int | None = None
    units_needed: int | None = None
    is_past_hard_limit: bool = False
    evidence_id: int | None = None
    source: str = ""
    subject: str = ""
    observed_at: datetime | None = None

    @property
    def has_bounds(self) -> bool:
        return self.low is not None and self.high is not None


def verdict(criterion: Criterion, measurements: Iterable[Measurement], *, now: datetime) -> CriterionVerdict:
    """Of the newest measurement that is about this criterion: its metric, slice and unit, and not set aside."""
    if not criterion.has_line:
        return _not_measured(criterion, Ground.NO_TARGET, "There is no target yet to measure against.")
    found = [m for m in measurements if m.evidence.key == criterion.metric and m.evidence.observed_at <= now]
    counting = [m for m in found if not m.set_aside]
    fitting = [m for m in counting if _folded(m.slice) == _folded(criterion.slice)]
    if not fitting:
        return _nothing_fits(criterion, found, counting)
    newest = max(fitting, key=_order)
    if why := why_stale(newest.evidence, max_age_days=criterion.window_days, now=now):
        text = f"The newest measurement no longer counts: {why}."
        return _not_measured(criterion, Ground.TOO_OLD, text, newest)
    if why := _other_unit(criterion, newest.evidence):
        return _not_measured(criterion, Ground.OTHER_UNIT, why, newest)
    return _judged(criterion, newest)


def verdicts(
    criteria: Iterable[Criterion], measurements: Iterable[Measurement], *, now: datetime
) -> tuple[CriterionVerdict, ...]:
    by_metric: dict[str, list[Measurement]] = {}
    for one in measurements:
        by_metric.setdefault(one.evidence.key, []).append(one)
    return tuple(verdict(one, by_metric.get(one.metric, ()), now=now) for one in criteria)


def verdicts_fingerprint(found: Iterable[CriterionVerdict]) -> str:
    """Of what the criteria ask and what they came to, so that a decision rests on just these: a new number, another
    answer or another line is another fingerprint; the same measured again is not."""
    return fingerprint([_content(one) for one in found])


def _content(one: CriterionVerdict) -> dict[str, object]:
    return {
        "key": one.criterion.key,
        "lines": (*lines(one.criterion), one.criterion.hard_limit, one.criterion.confidence),
        "answer": one.answer,
        "estimate": one.estimate,
        "low": one.low,
        "high": one.high,
        "subject": one.subject,
    }


def _order(one: Measurement) -> tuple[datetime, datetime, int]:
    return (one.evidence.observed_at, one.evidence.recorded_at, one.evidence.id)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _nothing_fits(
    criterion: Criterion, found: list[Measurement], counting: list[Measurement]
) -> CriterionVerdict:
    if counting:
        newest = max(counting, key=_order)
        text = f"It was measured on {_slice(newest.slice)}; the criterion is about {_slice(criterion.slice)}."
        return _not_measured(criterion, Ground.OTHER_SLICE, text, newest)
    if found:
        newest = max(found, key=_order)
        return _not_measured(criterion, Ground.SET_ASIDE, newest.set_aside, newest)
    text = f"Nobody has measured {criterion.metric} yet."
    return _not_measured(criterion, Ground.NO_MEASUREMENT, text)


def _slice(name: str) -> str:
    return f"“{name}”" if name else "all of the data"


def _other_unit(criterion: Criterion, evidence: Evidence) -> str:
    """A measurement without a unit is taken to be in the criterion's; percent are never taken for shares."""
    unit = evidence.unit.strip()
    is_other = bool(unit) and unit != criterion.unit and (bool(criterion.unit) or unit == "%")
    ours = criterion.unit or "a plain number"
    return f"It was measured in {unit}; the criterion is in {ours}." if is_other else ""


def _not_measured(
    criterion: Criterion, ground: Ground, reason: str, about: Measurement | None = None
) -> CriterionVerdict:
    answer = CriterionAnswer.NOT_MEASURED
    if about is None:
        return CriterionVerdict(criterion, answer, reason, ground)
    return CriterionVerdict(criterion, answer, reason, ground, **_origin(about))  # type: ignore[arg-type]


def _origin(one: Measurement) -> dict[str, object]:
    evidence = one.evidence
    return {
        "evidence_id": evidence.id,
        "source": evidence.source,
        "subject": evidence.subject,
        "observed_at": evidence.observed_at,
    }


def _judged(criterion: Criterion, measurement: Measurement) -> CriterionVerdict:
    found = bounded(criterion, measurement)
    answer = _answer(criterion, found)
    is_past = _is_past_hard_limit(criterion, found)
    needed = found.more(criterion) if answer is CriterionAnswer.INCONCLUSIVE else None
    ground = found.ground or ("straddles" if answer is CriterionAnswer.INCONCLUSIVE else "")
    return CriterionVerdict(
        criterion,
        answer,
        _sentence(criterion, found, answer, needed, is_past=is_past),
        Ground(ground),
        found.estimate,
        found.low,
        found.high,
        found.method,
        found.n,
        needed,
        is_past,
        **_origin(measurement),  # type: ignore[arg-type]
    )


def _answer(criterion: Criterion, found: Bounded) -> CriterionAnswer:
    low, high = found.low, found.high
    if found.estimate is None:
        return CriterionAnswer.NOT_MEASURED
    if low is None or high is None:
        return CriterionAnswer.INCONCLUSIVE
    floor, ceiling = lines(criterion)
    if (floor is None or low >= floor) and (ceiling is None or high <= ceiling):
        return CriterionAnswer.MET
    if (floor is not None and high < floor) or (ceiling is not None and low > ceiling):
        return CriterionAnswer.NOT_MET
    return CriterionAnswer.INCONCLUSIVE


def lines(criterion: Criterion) -> tuple[float | None, float | None]:
    """The lowest and the highest value allowed."""
    if criterion.direction is Direction.RANGE:
        return criterion.low, criterion.high
    is_up = criterion.direction is Direction.INCREASE
    return (criterion.target, None) if is_up else (None, criterion.target)


def _is_past_hard_limit(criterion: Criterion, found: Bounded) -> bool:
    """Shown by the bound to lie beyond the limit that must never be crossed."""
    if criterion.hard_limit is None or found.low is None or found.high is None:
        return False
    is_up = criterion.direction is Direction.INCREASE
    return found.high < criterion.hard_limit if is_up else found.low > criterion.hard_limit


def _seems_past_hard_limit(criterion: Criterion, found: Bounded) -> bool:
    if criterion.hard_limit is None or found.estimate is None:
        return False
    is_up = criterion.direction is Direction.INCREASE
    return found.estimate < criterion.hard_limit if is_up else found.estimate > criterion.hard_limit


def _sentence(
    criterion: Criterion, found: Bounded, answer: CriterionAnswer, needed: int | None, *, is_past: bool
) -> str:
    shown, rounded = criterion.shown, criterion.rounded
    if found.estimate is None:
        return found.why_not
    hard = f" It looks worse than the hard limit of {shown(criterion.hard_limit)}."
    warning = hard if _seems_past_hard_limit(criterion, found) and not is_past else ""
    if found.low is None or found.high is None:
        return f"{rounded(found.estimate)}, inconclusive: {found.why_not}{warning}"
    figures = (
        f"{rounded(found.estimate)}, with bounds {rounded(found.low)} and {rounded(found.high)} ({found.how})"
    )
    if found.is_point:
        figures = f"{rounded(found.estimate)} (a point, which this criterion says is enough)"
    if is_past:
        return f"{figures}, is beyond the hard limit of {shown(criterion.hard_limit)}."
    if answer is CriterionAnswer.MET:
        return f"{figures}, clears the target of {criterion.line}."
    if answer is CriterionAnswer.NOT_MET:
        return f"{figures}, misses the target of {criterion.line}."
    return f"{figures}, does not settle the target of {criterion.line}.{_settling(found, needed)}{warning}"


def _settling(found: Bounded, needed: int | None) -> str:
    if needed is not None:
        return f" About {needed:,} more units would settle it, if they look the same."
    return " At this estimate, more units would hardly settle it." if found.is_counted else ""
