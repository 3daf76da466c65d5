"""Builders of label audits: files of labelled rows, audits drawn from them, and people who label."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.make import World
from throughline.actions import label_audits as actions
from throughline.actions.evidence import close_audit
from throughline.core.permissions import AccessRole
from throughline.records.label_audits import LabelAudit, LabelItem, Labeller
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

PLAN: dict[str, Any] = {
    "label": "label",
    "key": "id",
    "shown": ("text",),
    "size": 20,
    "seed": 7,
    "most_error": 0.2,
}


def csv_of(
    rows: Sequence[Sequence[object]], heads: Sequence[str] = ("id", "text", "label", "region")
) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode()


def tickets(count: int = 100) -> bytes:
    """Every third is urgent; every tenth was given the wrong label. The text tells the truth."""
    rows = []
    for number in range(1, count + 1):
        truth = "urgent" if number % 3 == 0 else "calm"
        other = "calm" if truth == "urgent" else "urgent"
        rows.append(
            (f"t{number}", f"Ticket {number} is {truth}", other if number % 10 == 0 else truth, number % 4)
        )
    return csv_of(rows)


def truth_of(item: LabelItem) -> str:
    return str(item.shown["text"]).rpartition(" ")[2]


class Audits:
    """Audits of one model, made through the real actions by its program manager."""

    def __init__(self, world: World, model: MLModel | None = None) -> None:
        self.world = world
        self.model = model or world.model()

    def begin(self, content: bytes | None = None, name: str = "Tickets", **item: Any) -> LabelAudit:
        return actions.begin_audit(
            actor=self.world.actor(self.world.pm),
            model_id=self.model.pk,
            item=actions.NewAudit(name, **item),
            file_name="tickets.csv",
            chunks=[content or tickets()],
            now=self.world.now,
        )

    def drawn(self, content: bytes | None = None, *, maker_id: int | None = None, **plan: Any) -> LabelAudit:
        audit = self.begin(content, maker_id=maker_id)
        return actions.draw_items(
            actor=self.world.actor(self.world.pm),
            audit_id=audit.pk,
            plan=actions.DrawPlan(**{**PLAN, **plan}),
            now=self.world.now,
        )

    def person(self, name: str, role: AccessRole = AccessRole.MEMBER) -> Person:
        person = self.world.person(name)
        self.world.member(person, role)
        return person

    def invite(self, audit: LabelAudit, person: Person | None = None, name: str = "") -> Labeller:
        return actions.invite_labeller(
            actor=self.world.actor(self.world.pm),
            audit_id=audit.pk,
            person_id=person.pk if person else None,
            name=name,
            now=self.world.now,
        )

    def label(
        self,
        audit: LabelAudit,
        person: Person,
        says: Callable[[LabelItem], str] | Mapping[int, str] = truth_of,
    ) -> None:
        """All items at once, as `says` has it; an item that a mapping does not know stays unanswered."""
        given = {
            item.number: says(item) if callable(says) else says.get(item.number)
            for item in audit.items.order_by("number")
        }
        rows = [actions.AnswerRow(number, label) for number, label in given.items() if label is not None]
        actions.answer_many(actor=self.world.actor(person), audit_id=audit.pk, rows=rows, now=self.world.now)

    def end(self, audit: LabelAudit, *, leaves_unanswered: bool = False) -> LabelAudit:
        return actions.end_labelling(
            actor=self.world.actor(self.world.pm),
            audit_id=audit.pk,
            leaves_unanswered=leaves_unanswered,
            now=self.world.now,
        )

    def settle(self, audit: LabelAudit, number: int, label: str, person: Person | None = None) -> LabelItem:
        return actions.settle_item(
            actor=self.world.actor(person or self.world.leader),
            audit_id=audit.pk,
            number=number,
            label=label,
            now=self.world.now,
        )

    def close(self, audit: LabelAudit, person: Person | None = None) -> LabelAudit:
        actor = self.world.actor(person or self.world.pm)
        return close_audit(actor=actor, audit_id=audit.pk, now=self.world.now)

    def closed(self, content: bytes | None = None, **plan: Any) -> LabelAudit:
        """An audit in which two people told the truth about everything."""
        audit = self.drawn(content, **plan)
        for name in ("Ada", "Bo"):
            person = self.person(name)
            self.invite(audit, person)
            self.label(audit, person)
        self.end(audit)
        return self.close(audit)
