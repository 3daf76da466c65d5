"""Stored files: the one that somebody asks for, and which evidence and sign-offs of a model have one."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from throughline.adapters.files import StoredFile, path_of
from throughline.core.errors import Missing
from throughline.core.permissions import Actor
from throughline.queries.portfolio import models
from throughline.records.evidence import Attachment
from throughline.records.portfolio import MLModel


@dataclass(frozen=True)
class File:
    id: UUID
    name: str


def stored_file(actor: Actor, file_id: UUID) -> tuple[Attachment, Path]:
    """Not one that holds the labels under audit: whoever labels must not read them."""
    rows = Attachment.objects.filter(pk=file_id, model__in=models(actor).values("pk"))
    row = rows.filter(label_audits__isnull=True).first()
    path = path_of(settings.ATTACHMENTS_DIR, file_id)
    if row is None or not path.is_file():
        raise Missing("file")
    return row, path


def row_of(file: StoredFile, model: MLModel, *, by: str, at: datetime) -> Attachment:
    """The row of a file that was just stored; the action that takes the file saves it."""
    return Attachment(
        id=file.id,
        model=model,
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=by,
        uploaded_at=at,
    )


def files_of_evidence(model: MLModel) -> dict[int, File]:
    rows = model.evidence.filter(attachment__isnull=False)
    return {
        pk: File(file_id, name)
        for pk, file_id, name in rows.values_list("pk", "attachment_id", "attachment__name")
    }


def files_of_sign_offs(model: MLModel) -> dict[int, File]:
    rows = model.sign_offs.filter(attachment__isnull=False)
    return {
        pk: File(file_id, name)
        for pk, file_id, name in rows.values_list("pk", "attachment_id", "attachment__name")
    }
