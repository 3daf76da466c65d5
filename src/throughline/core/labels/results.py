"""The figures of one audit, worked out from what labellers answered and what was settled, and kept as plain content."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from throughline.core.labels.agreement import Scale, Weights, alpha, cohen, fleiss, pairwise
from throughline.core.labels.errors import ErrorRate, Settled, by_class, confusion, error_rate
from throughline.core.labels.estimates import Estimate, none
from throughline.core.labels.judging import Judged, Lines, judge


@dataclass(frozen=True)
class Item:
    """One drawn item. `answers` holds for each labeller the label, or "" where they could not say; labellers who did
    not answer are not in it. `settled` is what somebody settled on, "" for cannot be told, None while nobody did."""

    number: int
    given: str
    stratum: str
    answers: Mapping[int, str]
    settled: str | None = None

    @property
    def told(self) -> tuple[str, ...]:
        return tuple(label for label in self.answers.values() if label)

    @property
    def agreed(self) -> str | None:
        """The one label that two labellers at least gave, when nobody gave another or could not say."""
        labels = set(self.answers.values())
        return labels.pop() if len(self.answers) >= 2 and len(labels) == 1 and "" not in labels else None

    @property
    def final(self) -> str | None:
        """The label that counts as true; None where there is none (yet), or where it cannot be told."""
        return self.agreed or self.settled or None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to settle it."""
        return self.agreed is None and self.settled is None


@dataclass(frozen=True)
class Figures:
    """All that an audit comes to. `main` is Krippendorff's alpha, which the line of agreement is held against."""

    error: ErrorRate
    main: Estimate
    kappa: Estimate
    fleiss: Estimate
    pairs: Mapping[tuple[int, int], Estimate]
    classes: Mapping[str, ErrorRate]
    table: Mapping[str, Mapping[str, int]]
    labellers: Mapping[int, "LabellerFigures"]
    disagreed: int
    untold: int
    unsettled: int
    judged: Judged


@dataclass(frozen=True)
class LabellerFigures:
    """What one labeller did: answers with a label, items that they could not tell, and how many of their labels are
    the settled one."""

    labelled: int
    could_not_say: int
    right: int
    compared: int


def figures(
    items: Sequence[Item],
    rows: Mapping[str, int],
    labels: Sequence[str],
    labellers: Sequence[int],
    lines: Lines,
    *,
    scale: Scale = Scale.NOMINAL,
) -> Figures:
    """`rows` is how many rows of the file each stratum has; `labels` are those that could be chosen, in their order."""
    level = lines.confidence
    settled = [Settled(one.given, one.final, one.stratum) for one in items if one.final is not None]
    answers = [[one.answers.get(who) or None for who in labellers] for one in items]
    known = {
        who: {one.number: one.answers[who] for one in items if one.answers.get(who)} for who in labellers
    }
    error = error_rate(settled, rows, confidence=level)
    main = alpha(answers, labels, scale=scale, confidence=level)
    given = sorted({one.given for one in items} | set(labels))
    return Figures(
        error=error,
        main=main,
        kappa=_of_two(known, labels, scale, level),
        fleiss=fleiss(answers, confidence=level),
        pairs=pairwise(known, labels, confidence=level),
        classes=by_class(
            settled, rows, [label for label in given if _occurs(label, items)], confidence=level
        ),
        table=confusion(settled),
        labellers={who: _labeller(who, items) for who in labellers},
        disagreed=sum(len(set(one.told)) > 1 for one in items),
        untold=sum(one.final is None and not one.is_open for one in items),
        unsettled=sum(one.is_open for one in items),
        judged=judge(error, main, lines),
    )


def _occurs(label: str, items: Sequence[Item]) -> bool:
    return any(one.given == label for one in items)


def _of_two(
    known: Mapping[int, Mapping[int, str]], labels: Sequence[str], scale: Scale, level: float
) -> Estimate:
    """Cohen's kappa, which knows two labellers only; weighted where labels have an order."""
    if len(known) != 2:
        return none(f"Cohen's kappa is of two labellers, and there are {len(known)}.")
    one, other = (known[who] for who in sorted(known))
    pairs = [(one[item], other[item]) for item in sorted(one.keys() & other.keys())]
    weights = Weights.NONE if scale is Scale.NOMINAL else Weights.QUADRATIC
    return cohen(pairs, labels, weights=weights, confidence=level)


def _labeller(who: int, items: Sequence[Item]) -> LabellerFigures:
    said = Counter(bool(one.answers[who]) for one in items if who in one.answers)
    compared = [one for one in items if one.answers.get(who) and one.final is not None]
    right = sum(one.answers[who] == one.final for one in compared)
    return LabellerFigures(said[True], said[False], right, len(compared))


def to_plain(found: Figures, names: Mapping[int, str]) -> dict[str, object]:
    """As it is frozen at the close, kept with the audit and given over the API. Labellers are named."""
    return {
        "verdict": found.judged.verdict.value,
        "reasons": list(found.judged.reasons),
        "more": found.judged.more,
        "error": _error(found.error),
        "agreement": found.main.to_plain(),
        "cohen_kappa": found.kappa.to_plain(),
        "fleiss_kappa": found.fleiss.to_plain(),
        "pairs": [
            {"one": names[one], "other": names[other], **estimate.to_plain()}
            for (one, other), estimate in found.pairs.items()
        ],
        "classes": [{"label": label, **_error(rate)} for label, rate in found.classes.items()],
        "confusion": [
            {"given": given, "final": final, "items": count}
            for given, finals in sorted(found.table.items())
            for final, count in sorted(finals.items())
        ],
        "labellers": [
            {
                "name": names[who],
                "labelled": one.labelled,
                "could_not_say": one.could_not_say,
                "right": one.right,
                "compared": one.compared,
            }
            for who, one in found.labellers.items()
        ],
        "disagreed": found.disagreed,
        "untold": found.untold,
        "unsettled": found.unsettled,
    }


def _error(rate: ErrorRate) -> dict[str, object]:
    return {
        **rate.estimate.to_plain(),
        "wrong": rate.wrong,
        "settled": rate.settled,
        "effective": round(rate.effective, 6),
        "left_out": list(rate.left_out),
    }
