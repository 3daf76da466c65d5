"""Labellers answer, one item at a time or many from a file, and take the last answer back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.actions.label_audits.holding import Held
from throughline.adapters.tables import read_table
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.label_audits import LONGEST_NOTE, AuditState
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries import label_audits as queries
from throughline.records.label_audits import LabelAnswer, LabelAudit, Labeller

# In a file an item that the labeller could not tell; an empty cell is one that they have not answered.
CANNOT_SAY = "?"
MOST_REASONS = 50
COLUMNS = ("item", "answer", "note")


@dataclass(frozen=True)
class AnswerRow:
    """One answer that a program or a file brings; `line` says where it stood. An empty label: they could not tell."""

    item: int
    label: str
    note: str = ""
    line: int = 0


@dataclass(frozen=True)
class Taken:
    """What became of every row: `new` and `changed` answers, those that were the `same`, and rows left `empty`."""

    new: int
    changed: int
    same: int
    empty: int = 0


@activity.records_refusals("label_audit.refused")
def answer_item(
    *, actor: Actor, audit_id: int, number: int, label: str, note: str = "", now: datetime
) -> Labeller:
    """The labeller's own answer, which they may change until labelling ends. The log does not say which label."""
    audit, labeller = _own(actor, audit_id)
    _keep(actor, audit, labeller, [AnswerRow(number, label, note)], now)
    return labeller


@activity.records_refusals("label_audit.refused")
def undo_answer(*, actor: Actor, audit_id: int, now: datetime) -> int:
    """Takes the labeller's last answer back, and says of which item it was."""
    audit, labeller = _own(actor, audit_id)
    with transaction.atomic():
        Held(audit).lock(AuditState.OPEN)
        last = queries.last_answered(labeller)
        if last is None:
            raise Refused.of("There is no answer of yours to take back.")
        number = last.item.number
        last.delete()
        body = {"label_audit_id": audit.pk, "item": number, "labeller": labeller.name}
        activity.record(actor, "label_audit.answer_undone", now=now, body=body, **Held(audit).place)
    return number


@activity.records_refusals("label_audit.refused")
def answer_many(
    *,
    actor: Actor,
    audit_id: int,
    rows: Sequence[AnswerRow],
    labeller_id: int | None = None,
    now: datetime,
) -> Taken:
    """Many answers, all or none; one's own, or those of somebody outside, which the team brings for them.

    Raises `Refused` (invalid) with every row that can't be taken.
    """
    audit, labeller = (
        _own(actor, audit_id) if labeller_id is None else _of_another(actor, audit_id, labeller_id)
    )
    return _keep(actor, audit, labeller, rows, now)


@activity.records_refusals("label_audit.refused")
def answer_file(
    *,
    actor: Actor,
    audit_id: int,
    content: bytes,
    file_name: str,
    labeller_id: int | None = None,
    now: datetime,
) -> Taken:
    """The same from a file that was exported and filled in, CSV or XLSX; an empty answer is none yet."""
    audit, labeller = (
        _own(actor, audit_id) if labeller_id is None else _of_another(actor, audit_id, labeller_id)
    )
    rows, empty = _read(content, file_name)
    return replace(_keep(actor, audit, labeller, rows, now), empty=empty)


def _read(content: bytes, file_name: str) -> tuple[list[AnswerRow], int]:
    """The answers, and how many rows are empty. Raises `Refused` where a column is missing or an item is no number."""
    table = read_table(content, file_name)
    place = {heading.strip().lower(): number for number, heading in reversed(list(enumerate(table.header)))}
    if missing := [name for name in COLUMNS[:2] if name not in place]:
        text = f"The file has no column “{missing[0]}”."
        raise Refused.field(
            "file", text, "Export the items, fill in the column “answer”, and bring that file."
        )
    problems, rows, empty = list[Reason](), list[AnswerRow](), 0
    for row in table.rows:
        item, label = row.cells[place["item"]].strip(), row.cells[place["answer"]].strip()
        note = row.cells[place["note"]].strip() if "note" in place else ""
        if not (item.isascii() and item.isdecimal() and len(item) < 8):
            problems.append(Reason(f"Line {row.line}: “{item[:40]}” is no number of an item.", "file"))
        elif not label:
            empty += 1
        else:
            rows.append(AnswerRow(int(item), "" if label == CANNOT_SAY else label, note, row.line))
    _refuse(problems)
    return rows, empty


def _own(actor: Actor, audit_id: int) -> tuple[LabelAudit, Labeller]:
    held = Held.of(actor, audit_id)
    permissions.require(actor, "label.answer", noun="label audit", **held.place)
    permissions.require_person(actor, "Items are labelled")
    labeller = queries.own_place(held.audit, actor)
    if labeller is None:
        raise NotAllowed("Only labellers who were invited answer in this audit.")
    return held.audit, labeller


def _of_another(actor: Actor, audit_id: int, labeller_id: int) -> tuple[LabelAudit, Labeller]:
    """Only for people outside; and nobody who still labels sees what somebody else said."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "model.change", noun="label audit", **held.place)
    held.require_state(AuditState.OPEN)
    labeller = queries.labeller_row(audit, labeller_id)
    if labeller.person_id is not None:
        raise NotAllowed(f"{labeller.name} has an account and answers in person.")
    own = queries.own_place(audit, actor)
    if own is not None and not queries.progress_of(own, audit).is_through:
        raise NotAllowed(
            "You label in this audit too: answer all items before you see what somebody else said."
        )
    return audit, labeller


def _keep(
    actor: Actor, audit: LabelAudit, labeller: Labeller, rows: Sequence[AnswerRow], now: datetime
) -> Taken:
    if not rows:
        raise Refused.field("answers", "There is no answer in this.", "Fill in at least one.")
    with transaction.atomic():
        Held(audit).lock(AuditState.OPEN)
        items = dict(audit.items.values_list("number", "pk"))
        said = _checked(audit, rows, items)
        known = {
            answer.item_id: answer for answer in labeller.answers.filter(item_id__in=[items[n] for n in said])
        }
        fresh, changed, same = [], [], 0
        for number, (label, note) in said.items():
            old = known.get(items[number])
            if old is None:
                fresh.append(
                    LabelAnswer(
                        item_id=items[number], labeller=labeller, label=label, note=note, answered_at=now
                    )
                )
            elif (old.label, old.note) == (label, note):
                same += 1
            else:
                old.label, old.note, old.answered_at = label, note, now
                changed.append(old)
        LabelAnswer.objects.bulk_create(fresh, batch_size=500)
        LabelAnswer.objects.bulk_update(changed, ["label", "note", "answered_at"], batch_size=200)
        body = {
            "label_audit_id": audit.pk, "labeller": labeller.name, "new": len(fresh), "changed": len(changed),
            "same": same, "items": sorted(said)[:50],
        }  # fmt: skip
        activity.record(actor, "label_audit.answered", now=now, body=body, **Held(audit).place)
    return Taken(len(fresh), len(changed), same)


def _checked(
    audit: LabelAudit, rows: Sequence[AnswerRow], items: dict[int, int]
) -> dict[int, tuple[str, str]]:
    """By number of the item. Raises `Refused` (invalid) with a reason for each row that can't be taken."""
    said: dict[int, tuple[str, str]] = {}
    problems: list[Reason] = []
    for row in rows:
        where = f"Line {row.line}: " if row.line else ""
        if row.item not in items:
            problems.append(Reason(f"{where}There is no item {row.item} in this audit.", "item"))
        elif row.label and row.label not in audit.labels:
            shown = ", ".join(audit.labels[:12])
            problems.append(
                Reason(
                    f"{where}“{row.label[:60]}” is none of the labels.", "label", f"Choose one of: {shown}."
                )
            )
        elif row.item in said and said[row.item][0] != row.label:
            problems.append(Reason(f"{where}Item {row.item} is answered twice, with two labels.", "item"))
        else:
            said[row.item] = (row.label, _note(row, where))
    _refuse(problems)
    return said


def _note(row: AnswerRow, where: str) -> str:
    text = row.note.replace("\n", " ")
    try:
        return clean_line(text, field="note", max_length=LONGEST_NOTE, required=False)
    except Refused as refusal:
        told = (Reason(f"{where}{one.text}", "note", one.remedy) for one in refusal.reasons)
        raise Refused(tuple(told), kind="invalid") from None


def _refuse(problems: Sequence[Reason]) -> None:
    if not problems:
        return
    shown = list(problems[:MOST_REASONS])
    if len(problems) > MOST_REASONS:
        shown.append(Reason(f"And {len(problems) - MOST_REASONS:,} more rows."))
    raise Refused(tuple(shown), kind="invalid")
