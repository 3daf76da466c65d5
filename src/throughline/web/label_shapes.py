"""Label audits made ready to be read: the tab, figures with intervals, the confusion table, items in disagreement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.core.dossier import Dossier
from throughline.core.label_audits import AuditState
from throughline.core.labels.judging import LabelVerdict, percent
from throughline.queries import label_audits as queries
from throughline.queries.rows import LabelAudit, LabelItem, MLModel
from throughline.web import charts
from throughline.web.criteria_drawing import EDGE, Drawing
from throughline.web.drawings import Bar, Bars
from throughline.web.words import Mark

MOST_ITEMS = 200
STATES: Mapping[str, Mark] = {
    AuditState.DRAFT: Mark("Nothing drawn yet", "edit"),
    AuditState.OPEN: Mark("Being labelled", "clock", "accent"),
    AuditState.SETTLING: Mark("To be settled", "clock", "accent"),
    AuditState.CLOSED: Mark("Closed", "lock"),
    AuditState.WITHDRAWN: Mark("Withdrawn", "undo"),
}
VERDICTS: Mapping[str, Mark] = {
    LabelVerdict.GOOD: Mark("Good enough", "met", "met"),
    LabelVerdict.NOT_GOOD: Mark("Not good enough", "unmet", "unmet"),
    LabelVerdict.INCONCLUSIVE: Mark("Not settled: more items needed", "unknown", "unknown"),
    LabelVerdict.UNKNOWN: Mark("Unknown", "unknown", "unknown"),
}
ANSWERS = {LabelVerdict.GOOD: "met", LabelVerdict.NOT_GOOD: "not_met"}


@dataclass(frozen=True)
class AuditLine:
    """One audit on the model's tab, as it stood at the dossier's instant."""

    row: LabelAudit
    mark: Mark
    said: str


@dataclass(frozen=True)
class Figure:
    title: str
    value: str
    interval: str
    how: str
    reason: str
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Confusion:
    """Given labels in rows, settled ones in columns; `rows` hold count and whether both are the same."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int, bool], ...]], ...]


@dataclass(frozen=True)
class ItemLine:
    number: int
    shown: str
    given: str
    answers: tuple[tuple[str, str, str], ...]
    final: str
    settled_by: str

    @property
    def is_wrong(self) -> bool:
        return bool(self.final) and self.final != self.given


def of_model(model: MLModel, dossier: Dossier) -> dict[str, object]:
    """What the tab shows: every audit that had begun, the newest first."""
    facts = {one.id: one for one in dossier.label_audits}
    lines = []
    for row in queries.audits(model).filter(created_at__lte=dossier.at)[:60]:
        fact = facts.get(row.pk)
        is_over = row.closed_at is not None and row.closed_at <= dossier.at
        if fact is not None and fact.verdict is not None:
            lines.append(AuditLine(row, VERDICTS[fact.verdict], fact.said))
        elif is_over:
            lines.append(AuditLine(row, STATES[AuditState.WITHDRAWN], row.reason))
        else:
            lines.append(AuditLine(row, STATES[fact.state if fact else AuditState.DRAFT], ""))
    return {"label_audits": lines}


def mark_of(audit: LabelAudit) -> Mark:
    return VERDICTS[audit.verdict] if audit.state == AuditState.CLOSED else STATES[audit.state]


def results(audit: LabelAudit, items: Sequence[LabelItem]) -> dict[str, object]:
    """The frozen figures of a closed audit."""
    found: dict[str, Any] = audit.results
    answer = ANSWERS.get(LabelVerdict(audit.verdict), "inconclusive")
    lines = [line_of(one) for one in items]
    apart = [one for one in lines if len({label for _, label, _ in one.answers}) > 1]
    wrong = [one for one in lines if one.is_wrong and one not in apart]
    return {
        "found": found,
        "answer": answer,
        "reasons": found["reasons"],
        "error": _error_figure(found["error"], audit.most_error),
        "agreement": [
            _agreement_figure("Krippendorff's alpha", found["agreement"], audit.least_agreement),
            _agreement_figure("Cohen's kappa", found["cohen_kappa"], None),
            _agreement_figure("Fleiss' kappa", found["fleiss_kappa"], None),
        ],
        "pairs": [(one["one"], one["other"], _agreement_figure("", one, None)) for one in found["pairs"]],
        "classes": [(one["label"], one, _error_figure(one, None)) for one in found["classes"]],
        "chart": class_chart(found["classes"]),
        "confusion": confusion(found["confusion"]),
        "labellers": [
            (one, percent(one["right"] / one["compared"]) if one["compared"] else "–")
            for one in found["labellers"]
        ],
        "apart": apart[:MOST_ITEMS],
        "apart_hidden": max(len(apart) - MOST_ITEMS, 0),
        "wrong": wrong[:MOST_ITEMS],
        "wrong_hidden": max(len(wrong) - MOST_ITEMS, 0),
    }


def line_of(item: LabelItem, *, is_blind: bool = False) -> ItemLine:
    """One item with everybody's answers. `is_blind` leaves the given label out, for whoever settles."""
    answers = sorted(item.answers.all(), key=lambda one: one.labeller_id)
    return ItemLine(
        item.number,
        " · ".join(str(value) for value in item.shown.values() if value),
        "" if is_blind else item.given,
        tuple((one.labeller.name, one.label or "could not say", one.note) for one in answers),
        item.final,
        item.settled_by,
    )


def class_chart(classes: Sequence[Mapping[str, Any]]) -> Bars:
    bars = [
        Bar(
            one["label"],
            round(100 * (one["value"] or 0.0), 1),
            "unmet" if one["wrong"] else "met",
            note=f"{one['wrong']} of {one['settled']}",
        )
        for one in classes
        if one["value"] is not None
    ]
    return charts.horizontal_bars("Wrong labels by given label", bars, unit=" %", head="Given label")


def confusion(cells: Sequence[Mapping[str, Any]]) -> Confusion:
    counts = {(one["given"], one["final"]): int(one["items"]) for one in cells}
    finals = sorted({final for _, final in counts} | {given for given, _ in counts})
    givens = sorted({given for given, _ in counts})
    rows = tuple(
        (given, tuple((counts.get((given, final), 0), given == final) for final in finals))
        for given in givens
    )
    return Confusion(tuple(finals), rows)


def _error_figure(found: Mapping[str, Any], line: float | None) -> Figure:
    if found["value"] is None:
        return Figure("Wrong labels", "not known", "", "", found["reason"])
    interval = ""
    if found["low"] is not None:
        interval = f"{percent(found['low'])} to {percent(found['high'])}"
    drawing = _drawing(found, line, is_most=True) if line is not None else None
    return Figure("Wrong labels", percent(found["value"]), interval, found["how"], found["reason"], drawing)


def _agreement_figure(title: str, found: Mapping[str, Any], line: float | None) -> Figure:
    if found["value"] is None:
        return Figure(title, "not known", "", "", found["reason"])
    interval = f"{found['low']:.2f} to {found['high']:.2f}" if found["low"] is not None else ""
    drawing = _drawing(found, line, is_most=False) if line is not None else None
    return Figure(title, f"{found['value']:.3f}", interval, found["how"], found["reason"], drawing)


def _drawing(found: Mapping[str, Any], line: float, *, is_most: bool) -> Drawing | None:
    """Bounds against the line, on the scale of what is told."""
    if found["low"] is None:
        return None
    values = [found["low"], found["high"], line, *([0.0] if is_most else [1.0])]
    first, span = min(values), (max(values) - min(values)) or 1.0

    def at(value: float) -> float:
        return float(round(EDGE + (100 - 2 * EDGE) * (value - first) / span, 2))

    said = percent if is_most else (lambda value: f"{value:.2f}")
    begin, end = (0.0, at(line)) if is_most else (at(line), 100.0)
    low, high = at(found["low"]), at(found["high"])
    words = f"Estimate {said(found['value'])}, bounds {said(found['low'])} and {said(found['high'])}"
    return Drawing(
        begin, round(end - begin, 2), (at(line),), at(found["value"]), low, high, round(high - low, 2), None, None,
        said(first), said(max(values)), f"{words}, at {'most' if is_most else 'least'} {said(line)}.",
    )  # fmt: skip
