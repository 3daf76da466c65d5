"""Are the labels good enough? Error rate and agreement against their lines, or how many more items it takes to say."""

import math
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.intervals import units_for_share
from throughline.core.labels.errors import ErrorRate
from throughline.core.labels.estimates import CONFIDENCE, Estimate


class LabelVerdict(StrEnum):
    GOOD = "good"
    NOT_GOOD = "not_good"
    INCONCLUSIVE = "inconclusive"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Lines:
    """What was agreed before anybody labelled. Shares from 0 to 1; `source` says where they come from."""

    most_error: float | None
    least_agreement: float | None = None
    confidence: float = CONFIDENCE
    source: str = ""


@dataclass(frozen=True)
class Judged:
    """`more` is how many further items would settle it, if they show what these do; None where no number does."""

    verdict: LabelVerdict
    reasons: tuple[str, ...]
    more: int | None = None


def judge(error: ErrorRate, agreement: Estimate, lines: Lines) -> Judged:
    """Good enough only if the upper bound of the error rate is at or below its line, and the lower bound of agreement,
    where it has a line, at or above."""
    if lines.most_error is None:
        return Judged(LabelVerdict.UNKNOWN, ("No highest error rate was agreed to hold the labels against.",))
    parts = [_of_error(error, lines.most_error, lines.confidence)]
    if lines.least_agreement is not None:
        parts.append(_of_agreement(agreement, lines.least_agreement))
    verdicts = [one.verdict for one in parts]
    worst = next(
        (
            one
            for one in (LabelVerdict.NOT_GOOD, LabelVerdict.UNKNOWN, LabelVerdict.INCONCLUSIVE)
            if one in verdicts
        ),
        LabelVerdict.GOOD,
    )
    needed = [one.more for one in parts if one.verdict is LabelVerdict.INCONCLUSIVE]
    more = max((n for n in needed if n is not None), default=None) if None not in needed else None
    reasons = tuple(reason for one in parts for reason in one.reasons)
    return Judged(worst, reasons, more if worst is LabelVerdict.INCONCLUSIVE else None)


def _of_error(rate: ErrorRate, line: float, confidence: float) -> Judged:
    found = rate.estimate
    if found.value is None or found.low is None or found.high is None:
        return Judged(LabelVerdict.UNKNOWN, (f"The error rate is not known: {_lower(found.reason)}",))
    said = f"{percent(found.value)} of the labels are wrong ({percent(found.low)} to {percent(found.high)})"
    if found.high <= line:
        return Judged(LabelVerdict.GOOD, (f"{said}, at most {percent(line)}.",))
    if found.low > line:
        return Judged(LabelVerdict.NOT_GOOD, (f"{said}, more than {percent(line)}.",))
    units = units_for_share(found.value, line, confidence)
    if units is None:
        return Judged(
            LabelVerdict.INCONCLUSIVE,
            (f"{said}, on the line of {percent(line)}: no number of items settles it.",),
        )
    # The same design, larger: items count as much as they do now.
    more = max(math.ceil(units * rate.settled / rate.effective) - rate.settled, 1)
    text = f"{said}, which may be over or under {percent(line)}. About {more:,} more items would tell."
    return Judged(LabelVerdict.INCONCLUSIVE, (text,), more)


def _of_agreement(found: Estimate, line: float) -> Judged:
    if found.value is None:
        return Judged(LabelVerdict.UNKNOWN, (f"Agreement is not known: {_lower(found.reason)}",))
    if found.low is None or found.high is None:
        text = f"Agreement is {found.value:.2f}, without an interval. {found.reason}"
        return Judged(LabelVerdict.INCONCLUSIVE, (text,))
    said = f"Agreement is {found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
    if found.low >= line:
        return Judged(LabelVerdict.GOOD, (f"{said}, at least {line:g}.",))
    if found.high < line:
        return Judged(LabelVerdict.NOT_GOOD, (f"{said}, less than {line:g}.",))
    gap = abs(found.value - line)
    if gap < 1e-9:
        return Judged(LabelVerdict.INCONCLUSIVE, (f"{said}, on the line of {line:g}.",))
    # Widths shrink with the root of the number of items.
    half = found.value - found.low if found.value > line else found.high - found.value
    more = max(math.ceil(found.units * (half / gap) ** 2) - found.units, 1)
    text = f"{said}, which may be over or under {line:g}. About {more:,} more items would tell."
    return Judged(LabelVerdict.INCONCLUSIVE, (text,), more)


def percent(share: float) -> str:
    """With one digit, or as many as tell small shares from nothing."""
    shown = share * 100
    return f"{shown:.1f} %" if shown >= 0.095 or shown == 0 else f"{shown:.2g} %"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
