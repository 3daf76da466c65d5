"""Labelling itself: one item at a time by keyboard or touch, by file, and settling what labellers disagree on."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from throughline.actions import label_audits as actions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.label_audits import AuditState, require_settler
from throughline.core.permissions import may, require_person
from throughline.queries import label_audits as queries
from throughline.queries.label_audits import BlindItem
from throughline.queries.rows import LabelAudit, LabelItem, Labeller
from throughline.web import label_shapes as shapes
from throughline.web.label_audits import as_csv, permitted, surround, url_of
from throughline.web.routes import Crumb, PageRequest, done, page, show

# Which key chooses which label. Letters that mean something else on this page, or everywhere, are left out.
CANNOT_SAY = "0"
KEYS = "123456789abdfhilmopqrtvwyz"


@page("label.answer", at="model")
def start(request: PageRequest, audit_id: int) -> HttpResponse:
    """On to the next item without an answer."""
    row, own = invited(request, audit_id)
    number = queries.next_open(own)
    if number is None or row.state != AuditState.OPEN:
        return drawn(request, row, own, None)
    if request.refusal is not None:
        return drawn(request, row, own, queries.blind_item(own, number))
    return redirect(reverse("label_item", args=[row.pk, number]))


@page("label.answer", at="model", activity="label_audit.answered", methods=("GET", "POST"))
def item(request: PageRequest, audit_id: int, number: int) -> HttpResponse:
    row, own = invited(request, audit_id)
    if request.method == "POST":
        answer(request, row, own, number)
        return onward(request, row, own, queries.next_open(own, after=number))
    return drawn(request, row, own, queries.blind_item(own, number))


@page("label.answer", at="model", activity="label_audit.answer_undone", methods=("POST",), redraws=start)
def undo(request: PageRequest, audit_id: int) -> HttpResponse:
    """Back to the item that was answered last, without its answer."""
    row, own = invited(request, audit_id)
    number = actions.undo_answer(actor=request.actor, audit_id=audit_id, now=request.now)
    return onward(request, row, own, number)


@page("label.answer", at="model")
def export_own(request: PageRequest, audit_id: int) -> HttpResponse:
    """The labeller's own items and answers, to go on in a spreadsheet."""
    row, own = invited(request, audit_id)
    return answers_csv(row, own)


@page("model.change", at="model")
def export_outside(request: PageRequest, audit_id: int, labeller_id: int) -> HttpResponse:
    """The items for somebody outside, without anybody's answers."""
    row = permitted(request, audit_id, "model.change")
    labeller = queries.labeller_row(row, labeller_id)
    if labeller.person_id is not None:
        raise NotAllowed(f"{labeller.name} exports their own items.")
    return answers_csv(row, labeller, is_blank=True)


@page("label.answer", at="model", activity="label_audit.answered", methods=("POST",), redraws=start)
def bring_own(request: PageRequest, audit_id: int) -> HttpResponse:
    row, _ = invited(request, audit_id)
    said = brought(request, row, None)
    return done(request, reverse("labelling", args=[row.pk]), said)


@page("model.change", at="model", activity="label_audit.answered", methods=("POST",))
def bring_outside(request: PageRequest, audit_id: int, labeller_id: int) -> HttpResponse:
    row = permitted(request, audit_id, "model.change")
    return done(request, url_of(row), brought(request, row, labeller_id))


@page("label.settle", at="model")
def settle(request: PageRequest, audit_id: int, number: int = 0) -> HttpResponse:  # noqa: ARG001 - where one is refused
    """All that labellers disagree on. The given label is not shown: it would lead whoever settles."""
    row = permitted(request, audit_id, "label.settle")
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    person_id = require_person(request.actor, "Disagreements are settled")
    require_settler(row.maker_id, row.labellers.values_list("person_id", flat=True), person_id)
    if row.state != AuditState.SETTLING:
        raise Refused.of("There is nothing to settle: labelling goes on, or the audit is over.")
    disputed = {one.number for one in queries.items_of(row) if one.agreed is None}
    found = [one for one in queries.seen_rows(row) if one.number in disputed]
    waiting = [one for one in found if one.settled_at is None]
    context = {
        **surround(row, Crumb("Settle")),
        "lines": [
            (one, shapes.line_of(one, is_blind=True)) for one in [*waiting[:50], *settled(found)[:100]]
        ],
        "hidden": max(len(waiting) - 50, 0),
        "waiting": len(waiting),
        "total": len(found),
        "may_close": may(request.actor, "model.change", **place) and not waiting,
    }
    return show(request, "label_audits/settle.html", context)


@page("label.settle", at="model", activity="label_audit.item_settled", methods=("POST",), redraws=settle)
def settle_item(request: PageRequest, audit_id: int, number: int) -> HttpResponse:
    permitted(request, audit_id, "label.settle")
    label = request.POST.get("label")
    if label is None:
        raise Refused.field(
            "label", "No label was chosen.", "Choose the right one, or say that it can't be told."
        )
    actions.settle_item(actor=request.actor, audit_id=audit_id, number=number, label=label, now=request.now)
    return done(request, reverse("label_settle", args=[audit_id]), f"Item {number} is settled.")


def invited(request: PageRequest, audit_id: int) -> tuple[LabelAudit, Labeller]:
    row = permitted(request, audit_id, "label.answer")
    own = queries.own_place(row, request.actor)
    if own is None:
        raise NotAllowed("Only labellers who were invited see the items of this audit.")
    return row, own


def answer(request: PageRequest, row: LabelAudit, own: Labeller, number: int) -> None:
    """A button says the label. The note alone can be kept for an item that has its answer."""
    label, note = request.POST.get("label"), request.POST.get("note", "")
    if label is None and request.POST.get("cannot_say") is None:
        label = queries.blind_item(own, number).label
        if label is None:
            raise Refused.field("note", "This item has no label yet.", "Choose one; the note goes with it.")
    actions.answer_item(
        actor=request.actor, audit_id=row.pk, number=number, label=label or "", note=note, now=request.now
    )


def onward(request: PageRequest, row: LabelAudit, own: Labeller, number: int | None) -> HttpResponse:
    """The next item; with scripts in place of this one, so that the keys go on working at once."""
    url = reverse("label_item", args=[row.pk, number]) if number else reverse("labelling", args=[row.pk])
    if not request.htmx:
        return redirect(url)
    response = drawn(request, row, own, queries.blind_item(own, number) if number else None)
    response["HX-Push-Url"] = url
    return response


def drawn(request: PageRequest, row: LabelAudit, own: Labeller, blind: BlindItem | None) -> HttpResponse:
    progress = queries.progress_of(own, row)
    keys = [*KEYS, *[""] * len(row.labels)]
    context = {
        **surround(row, Crumb("Label")),
        "own": progress,
        "blind": blind if row.state == AuditState.OPEN else None,
        "choices": list(zip(row.labels, keys, strict=False)),
        "cannot_say_key": CANNOT_SAY,
        "shown": list(blind.shown.items()) if blind else [],
        "previous": blind.number - 1 if blind and blind.number > 1 else None,
        "following": blind.number + 1 if blind and blind.number < row.size else None,
        "typed_note": request.typed.get("note", "") if request.typed is not None else None,
    }
    return show(request, "label_audits/label.html", context, part="labelling")


def answers_csv(row: LabelAudit, labeller: Labeller, *, is_blank: bool = False) -> HttpResponse:
    heads = list(row.columns.get("shown", []))
    lines = [["item", "answer", "note", *heads]]
    for one in queries.blind_items(labeller):
        label = "" if one.label is None or is_blank else one.label or actions.CANNOT_SAY
        note = "" if is_blank else one.note
        lines.append([str(one.number), label, note, *(str(one.shown.get(head, "")) for head in heads)])
    return as_csv(lines, f"label-audit-{row.pk}-items.csv")


def brought(request: PageRequest, row: LabelAudit, labeller_id: int | None) -> str:
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused.field("file", "No file was chosen.", "Choose the file that was filled in.")
    taken = actions.answer_file(
        actor=request.actor,
        audit_id=row.pk,
        content=file.read(),
        file_name=file.name or "",
        labeller_id=labeller_id,
        now=request.now,
    )
    return (
        f"{taken.new} new answers, {taken.changed} changed, {taken.same} as they were; "
        f"{taken.empty} rows are not answered yet."
    )


def settled(found: list[LabelItem]) -> list[LabelItem]:
    """The newest first, so that the last one can be said anew."""
    done_with = [(one.settled_at, one.number, one) for one in found if one.settled_at is not None]
    return [one for _, _, one in sorted(done_with, key=lambda of: of[:2], reverse=True)]
