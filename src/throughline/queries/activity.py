"""Reads the activity log: of a model, of a program, and the whole chain for an auditor."""

from collections.abc import Iterator

from django.db.models import QuerySet

from throughline.core.activity import Entry
from throughline.core.errors import NotAllowed
from throughline.core.permissions import Actor, require
from throughline.queries.installation import head
from throughline.records.activity import Activity
from throughline.records.portfolio import MLModel, Program

CHUNK = 2_000
FIELDS = ("seq", "at", "actor", "door", "verb", "program_id", "model_id", "body", "previous", "hash")

__all__ = ["Entry", "chain_of", "entries", "head", "of_model", "rows_of_model"]


def entries(actor: Actor, program: Program | None) -> QuerySet[Activity]:
    """Of one program, or for an administrator of the whole installation; newest first."""
    _require(actor, program)
    rows = Activity.objects.order_by("-seq")
    return rows if program is None else rows.filter(program_id=program.pk)


def rows_of_model(model: MLModel) -> QuerySet[Activity]:
    """Everything that was written about one model, in the order of the log."""
    return Activity.objects.filter(model_id=model.pk).order_by("seq")


def of_model(model: MLModel) -> list[Entry]:
    return [Entry(*row) for row in rows_of_model(model).values_list(*FIELDS)]


def chain_of(actor: Actor, program: Program | None) -> Iterator[tuple[Entry, bool]]:
    """Every entry from the first on, so that the chain can be walked; the flag says whether it may be shown."""
    _require(actor, program)
    for row in Activity.objects.order_by("seq").values_list(*FIELDS).iterator(chunk_size=CHUNK):
        entry = Entry(*row)
        yield entry, program is None or entry.program_id == program.pk


def _require(actor: Actor, program: Program | None) -> None:
    if program is None and not actor.is_admin:
        raise NotAllowed("Name a program; only an administrator reads the log of the whole installation.")
    if program is not None:
        require(actor, "audit.view", noun="program", program_id=program.pk)
