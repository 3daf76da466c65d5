"""One audit that an action is about to change: in which state it must be, held against others, and rid of its file."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import F

from throughline.adapters.files import path_of
from throughline.core.errors import Refused
from throughline.core.label_audits import AuditState
from throughline.core.permissions import Actor
from throughline.queries import access
from throughline.queries import label_audits as queries
from throughline.records.evidence import Attachment
from throughline.records.label_audits import LabelAudit
from throughline.records.people import Person
from throughline.records.portfolio import MLModel


@dataclass(frozen=True)
class Held:
    audit: LabelAudit

    @classmethod
    def of(cls, actor: Actor, audit_id: int) -> "Held":
        return cls(queries.audit_row(actor, audit_id))

    @property
    def place(self) -> dict[str, int]:
        return {"program_id": self.audit.model.program_id, "model_id": self.audit.model_id}

    def require_state(self, *states: AuditState) -> None:
        if self.audit.state not in states:
            text = f"This audit is {self.audit.state}, so that can't be done."
            raise Refused.of(text, remedy="Begin another audit.")

    def lock(self, *states: AuditState) -> None:
        """Inside the transaction: whoever changes the state at the same moment waits, or has been faster."""
        live = LabelAudit.objects.filter(pk=self.audit.pk, state__in=states)
        if not live.update(version=F("version") + 1):
            raise Refused.of(
                "This audit has gone on meanwhile.", kind="lost_race", remedy="Look at it again."
            )

    def drop_file(self) -> None:
        """The rest of the data is no business of ours: the row now, the file once that is certain."""
        if self.audit.attachment_id is None:
            return
        path = path_of(settings.ATTACHMENTS_DIR, self.audit.attachment_id)
        Attachment.objects.filter(pk=self.audit.attachment_id).delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


@dataclass(frozen=True)
class Somebody:
    """A person as they are named in a form: of the program, or refused."""

    person: Person

    @classmethod
    def of(cls, model: MLModel, person_id: int, field: str = "person_id") -> "Somebody":
        found = access.people_of(model.program_id).filter(pk=person_id).first()
        if found is None:
            raise Refused.field(field, "This is nobody of the program.", "Choose from its people.")
        return cls(found)
