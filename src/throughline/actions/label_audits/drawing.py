"""A label audit begins with a file of labelled rows, and items are drawn from it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.label_audits.holding import Held, Somebody
from throughline.adapters.files import StoredFile, path_of, store
from throughline.adapters.label_files import MAX_BYTES, LabelFile, file_within
from throughline.core import permissions
from throughline.core.errors import Refused
from throughline.core.label_audits import LONGEST_LABEL, AuditState, clean_labels, typed_lines
from throughline.core.labels.agreement import Scale
from throughline.core.labels.drawing import Candidate, Draw, Method, draw
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line
from throughline.queries import label_audits as queries
from throughline.queries.attachments import row_of
from throughline.queries.portfolio import model_row
from throughline.records.label_audits import LabelAudit, LabelItem

MOST_SHOWN = 20
LONGEST_KEY = 300
LONGEST_SHOWN = 4_000


@dataclass(frozen=True)
class NewAudit:
    """`origin` says where the file comes from. `maker_id` is who made the labels, if they are of the program."""

    name: str
    question: str = ""
    origin: str = ""
    maker_id: int | None = None


@dataclass(frozen=True)
class DrawPlan:
    """Columns by their heading; an empty `key` counts rows instead. `labels` that could be right but stand nowhere in
    the file may be added. With a stratified draw and no `stratum` column, the given labels are the strata."""

    label: str
    size: int
    seed: int
    key: str = ""
    shown: tuple[str, ...] = ()
    stratum: str = ""
    method: Method = Method.SIMPLE
    least: int = 0
    labels: tuple[str, ...] = ()
    scale: Scale = Scale.NOMINAL
    most_error: float | None = None
    least_agreement: float | None = None


@activity.records_refusals("label_audit.refused")
def begin_audit(
    *, actor: Actor, model_id: int, item: NewAudit, file_name: str, chunks: Iterable[bytes], now: datetime
) -> LabelAudit:
    """Takes a file of labelled rows in; nothing is drawn from it yet. A file that can't be read is not kept."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    maker = None if item.maker_id is None else Somebody.of(model, item.maker_id, "maker_id").person
    row = LabelAudit(
        model=model,
        name=clean_line(item.name, field="name"),
        question=clean(item.question, field="question", max_length=2_000),
        origin=clean_line(item.origin, field="origin", max_length=1_000, required=False),
        maker=maker,
        maker_name=maker.name if maker else "",
        created_at=now,
        created_by=actor.name,
    )
    most = min(MAX_BYTES, int(settings.MAX_UPLOAD_BYTES))
    file = store(settings.ATTACHMENTS_DIR, file_name, chunks, max_bytes=most)
    path = path_of(settings.ATTACHMENTS_DIR, file.id)
    try:
        row.header = _header(path)
        return _begun(actor, row, file, now)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@activity.records_refusals("label_audit.refused")
def begin_audit_from(*, actor: Actor, model_id: int, item: NewAudit, place: str, now: datetime) -> LabelAudit:
    """The same from a file below one of the folders that this installation may read."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    path = file_within(clean_line(place, field="place", max_length=1_000), settings.DATA_FOLDERS)
    known = item if item.origin else replace(item, origin=place.strip())
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(1_000_000), b"")
        return begin_audit(
            actor=actor, model_id=model_id, item=known, file_name=path.name, chunks=chunks, now=now
        )


@activity.records_refusals("label_audit.refused")
def draw_items(*, actor: Actor, audit_id: int, plan: DrawPlan, now: datetime) -> LabelAudit:
    """Draws the items that people label, and fixes what the result is held against. The file is taken away."""
    held = Held.of(actor, audit_id)
    audit = held.audit
    permissions.require(actor, "model.change", noun="label audit", **held.place)
    held.require_state(AuditState.DRAFT)
    plan = replace(plan, method=Method(plan.method), scale=Scale(plan.scale))
    if audit.attachment_id is None:
        raise Refused.of("The file of this audit is gone.", remedy="Withdraw it and begin another.")
    spec_lines = queries.lines_of_spec(audit.model, now)
    lines = spec_lines or typed_lines(plan.most_error, plan.least_agreement)
    path = path_of(settings.ATTACHMENTS_DIR, audit.attachment_id)
    reading = _Reading(LabelFile(path), plan)
    labels = clean_labels(plan.labels, sorted(set(reading.given.values())), plan.scale)
    drawn = draw(
        reading.candidates, size=plan.size, seed=plan.seed, method=plan.method, least=plan.least,
        labels=list(reading.given.values()),
    )  # fmt: skip
    items = reading.items(drawn)
    with transaction.atomic():
        written = LabelAudit.objects.filter(pk=audit.pk, version=audit.version, state=AuditState.DRAFT).update(
            **reading.kept(), **_of_draw(plan, drawn), labels=labels, scale=plan.scale, state=AuditState.OPEN,
            most_error=lines.most_error, least_agreement=lines.least_agreement, confidence=lines.confidence,
            lines_from=lines.source, drawn_at=now, drawn_by=actor.name, attachment=None, version=F("version") + 1,
        )  # fmt: skip
        if not written:
            raise Refused.of("Somebody else drew or changed it a moment ago.", kind="lost_race")
        for one in items:
            one.audit = audit
        LabelItem.objects.bulk_create(items, batch_size=500)
        held.drop_file()
        body = {
            "label_audit_id": audit.pk, "name": audit.name, "items": len(items), "population": drawn.population,
            "method": plan.method, "seed": plan.seed, "fingerprint": drawn.fingerprint, "lines": lines.source,
            "most_error": lines.most_error, "least_agreement": lines.least_agreement,
        }  # fmt: skip
        activity.record_on_model(actor, "label_audit.drawn", audit.model, now=now, body=body)
    return queries.audit_row(actor, audit_id)


class _Reading:
    """The rows of a file that can be drawn, and why the others can't."""

    def __init__(self, file: LabelFile, plan: DrawPlan) -> None:
        self.file, self.plan = file, plan
        _check_columns(file.header, plan)
        place = {heading: number for number, heading in enumerate(file.header)}
        self._key, self._stratum = place.get(plan.key), place.get(plan.stratum)
        self._shown = [(heading, place[heading]) for heading in plan.shown]
        self.candidates: list[Candidate] = []
        self.given: dict[int, str] = {}
        self.skipped = {"no label": 0, "no key": 0}
        label_at = place[plan.label]
        for number, (_, cells) in enumerate(file.rows(), start=1):
            self._take(number, cells, cells[label_at])

    def _take(self, number: int, cells: Sequence[str], label: str) -> None:
        key = cells[self._key] if self._key is not None else str(number)
        if not label or not key:
            self.skipped["no label" if not label else "no key"] += 1
            return
        clean_line(label, field="label", max_length=LONGEST_LABEL)
        key = clean_line(key, field="key", max_length=LONGEST_KEY)
        stratum = cells[self._stratum] if self._stratum is not None else label
        is_divided = self.plan.method is Method.STRATIFIED
        self.given[number] = label
        self.candidates.append(Candidate(number, key, stratum[:200] if is_divided else ""))

    def items(self, drawn: Draw) -> list[LabelItem]:
        """In the order in which they are labelled. The file is walked once more, for what is shown of them."""
        by_place = {one.place: one for one in self.candidates}
        numbers = {place: number for number, place in enumerate(drawn.places, start=1)}
        found = []
        for place, (_, cells) in enumerate(self.file.rows(), start=1):
            if place in numbers:
                shown = {heading: _readable(cells[at]) for heading, at in self._shown}
                one = by_place[place]
                found.append(
                    LabelItem(
                        number=numbers[place],
                        key=one.key,
                        shown=shown,
                        given=self.given[place],
                        stratum=one.stratum,
                    )
                )
        return sorted(found, key=lambda item: item.number)

    def kept(self) -> dict[str, object]:
        plan = self.plan
        columns = {"key": plan.key, "label": plan.label, "shown": list(plan.shown), "stratum": plan.stratum}
        return {"columns": columns, "skipped": {why: count for why, count in self.skipped.items() if count}}


def _of_draw(plan: DrawPlan, drawn: Draw) -> dict[str, object]:
    return {
        "method": plan.method,
        "seed": plan.seed,
        "size": len(drawn.places),
        "least": plan.least,
        "population": drawn.population,
        "strata": {name: list(counts) for name, counts in drawn.strata.items()},
        "fingerprint": drawn.fingerprint,
    }


def _check_columns(header: Sequence[str], plan: DrawPlan) -> None:
    named: Mapping[str, Iterable[str]] = {
        "label": (plan.label,), "key": (plan.key,), "stratum": (plan.stratum,), "shown": plan.shown
    }  # fmt: skip
    for field, headings in named.items():
        for heading in headings:
            if heading and heading not in header:
                text = f"The file has no column “{heading[:60]}”."
                raise Refused.field(field, text, f"Choose one of: {', '.join(header[:20])}.")
    if not plan.label:
        raise Refused.field(
            "label", "No column of labels is chosen.", "Choose the column that holds the labels."
        )
    if not plan.shown:
        raise Refused.field("shown", "Labellers would see nothing.", "Choose at least one column to show.")
    if len(plan.shown) > MOST_SHOWN:
        raise Refused.field(
            "shown", f"At most {MOST_SHOWN} columns can be shown.", "Choose what tells the label."
        )
    if plan.label in plan.shown:
        text = f"“{plan.label}” holds the labels under audit, so labellers must not see it."
        raise Refused.field("shown", text, "Take it off the columns that are shown.")
    if plan.key == plan.label:
        raise Refused.field("key", "The labels do not tell rows apart.", "Choose another column, or none.")


def _readable(cell: str) -> str:
    """Long text is cut: nobody labels by what does not fit a page."""
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", " ", cell)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _header(path: Path) -> list[str]:
    """Looks at the rows too, so that a file that breaks off in the middle is refused at once."""
    file = LabelFile(path)
    for _ in file.rows():
        continue
    return list(file.header)


def _begun(actor: Actor, row: LabelAudit, file: StoredFile, now: datetime) -> LabelAudit:
    with transaction.atomic():
        attachment = row_of(file, row.model, by=actor.name, at=now)
        attachment.save()
        row.attachment, row.file_name, row.file_hash = attachment, file.name, file.sha256
        row.save()
        body = {"label_audit_id": row.pk, "name": row.name, "file": file.sha256, "maker": row.maker_name}
        activity.record(actor, "label_audit.begun", now=now, body=body, **Held(row).place)
    return row
