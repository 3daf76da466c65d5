"""Label audits as gates and pages know them: their states, who may do what in them, and the lines they are held to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from throughline.core.criteria import Criterion, Direction
from throughline.core.errors import NotAllowed, Refused
from throughline.core.labels.agreement import Scale
from throughline.core.labels.estimates import CONFIDENCE
from throughline.core.labels.judging import LabelVerdict, Lines
from throughline.core.labels.results import Item
from throughline.core.text import clean_line

# Under these keys the results of an audit become evidence; a criterion with the first or second as its metric draws
# the line for the next audit.
ERROR_RATE = "data.labels.error_rate"
AGREEMENT = "data.labels.agreement"
AUDIT = "data.labels.audit"
SOURCE = "label audit"
MOST_LABELS = 50
MOST_LABELLERS = 20
LONGEST_LABEL = 200
LONGEST_NOTE = 500


class AuditState(StrEnum):
    """A file without items; people label; people settle what labellers disagree on; frozen; given up."""

    DRAFT = "draft"
    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class AuditFact:
    """What a gate knows of one audit whose items were drawn. `verdict` is None until it is closed."""

    id: int
    name: str
    state: AuditState
    drawn_at: datetime
    closed_at: datetime | None = None
    verdict: LabelVerdict | None = None
    said: str = ""
    sealed: str = ""


def newest_closed(audits: Iterable[AuditFact]) -> AuditFact | None:
    closed = [one for one in audits if one.verdict is not None]
    return max(closed, key=lambda one: (one.closed_at or one.drawn_at, one.id), default=None)


def lines_from(criteria: Sequence[Criterion], spec_number: int) -> Lines | None:
    """What an approved specification asks of labels; None where it says nothing of their error rate."""
    error = _line(criteria, ERROR_RATE, Direction.DECREASE)
    agreement = _line(criteria, AGREEMENT, Direction.INCREASE)
    if error is None or error.target is None:
        return None
    most = error.target / 100 if error.unit == "%" else error.target
    least = agreement.target if agreement else None
    return Lines(most, least, error.confidence, f"specification, version {spec_number}: “{error.title}”")


def typed_lines(most_error: float | None, least_agreement: float | None) -> Lines:
    """Lines that were agreed with the audit itself. Raises `Refused` (invalid) where they can't be missed or met."""
    if most_error is None:
        raise Refused.field(
            "most_error",
            "No line is drawn yet, and the specification has none.",
            "Say how many of the labels may be wrong at most, before anybody labels.",
        )
    if not 0 < most_error < 1:
        raise Refused.field(
            "most_error", f"{most_error:g} is no share between 0 and 1.", "Write 0.02 for 2 %."
        )
    if least_agreement is not None and not 0 < least_agreement <= 1:
        text = f"{least_agreement:g} is not between 0 and 1."
        raise Refused.field("least_agreement", text, "Write 0.8, for example, or leave it empty.")
    return Lines(most_error, least_agreement, CONFIDENCE, "agreed with the audit")


def clean_labels(given: Sequence[str], found: Sequence[str], scale: Scale) -> list[str]:
    """The labels that may be chosen: those that were typed, in their order, then those of the file that were not.

    Raises `Refused` (invalid) where they are too few or too many to choose from, or no numbers on an interval scale.
    """
    typed = [clean_line(label, field="labels", max_length=LONGEST_LABEL) for label in given if label.strip()]
    rest = sorted(set(found) - set(typed), key=_label_order)
    labels = list(dict.fromkeys((*typed, *rest)))
    if len(labels) > MOST_LABELS:
        text = f"This column has {len(labels):,} different values; up to {MOST_LABELS} labels can be chosen from."
        raise Refused.field("label", text, "Choose the column that holds the labels.")
    if len(labels) < 2:
        text = f"There is one label only, “{labels[0]}”." if labels else "There is no label."
        raise Refused.field("labels", text, "Name the other labels that could be right, too.")
    if scale is Scale.INTERVAL and (words := [label for label in labels if not _is_number(label)]):
        raise Refused.field("scale", f"“{words[0]}” is no number.", "Choose “in an order”, or “names only”.")
    return labels


def settled_items(items: Sequence[Item]) -> int:
    return sum(not one.is_open for one in items)


def require_settler(audit_maker: int | None, labellers: Iterable[int | None], person_id: int) -> None:
    """Four eyes: neither whoever made the labels nor one of the labellers says which of them is right."""
    if audit_maker is not None and audit_maker == person_id:
        raise NotAllowed("You made these labels, so somebody else settles what labellers disagree on.")
    if person_id in set(labellers):
        raise NotAllowed(
            "You labelled in this audit, so somebody who did not settles what labellers disagree on."
        )


def require_closer(audit_maker: int | None, person_id: int | None) -> None:
    if audit_maker is not None and audit_maker == person_id:
        raise NotAllowed("You made these labels, so somebody else closes the audit of them.")


def require_all_settled(items: Sequence[Item]) -> None:
    if waiting := [one.number for one in items if one.is_open]:
        count = f"{len(waiting)} item is" if len(waiting) == 1 else f"{len(waiting)} items are"
        raise Refused.of(f"{count} not settled yet.", remedy="Settle them, or say that they can't be told.")


def require_labellers(answered: Mapping[str, int], drawn: int, *, leaves_unanswered: bool) -> None:
    """Raises `Refused` where labelling can't end: fewer than two people answered, or items are open unsaid.

    `answered` is how many items each labeller answered, by name.
    """
    at_work = [name for name, count in answered.items() if count]
    if len(at_work) < 2:
        raise Refused.of(
            "Fewer than two labellers have answered anything.",
            remedy="Invite two at least: what one says alone, nobody can check.",
        )
    late = [f"{name} ({drawn - count})" for name, count in answered.items() if count < drawn]
    if late and not leaves_unanswered:
        raise Refused.field(
            "leaves_unanswered",
            f"Not everybody is through: {', '.join(late)} still to answer.",
            "Wait for them, or end it as it is: their items count with the answers that there are.",
        )


def _line(criteria: Sequence[Criterion], metric: str, direction: Direction) -> Criterion | None:
    fitting = [
        one for one in criteria if one.metric == metric and one.direction is direction and not one.slice
    ]
    return next((one for one in fitting if one.target is not None), None)


def _label_order(label: str) -> tuple[bool, float, str]:
    """Numbers by their size, and before words."""
    return (False, float(label), label) if _is_number(label) else (True, 0.0, label)


def _is_number(label: str) -> bool:
    try:
        return abs(float(label)) <= 1e100
    except ValueError:
        return False
