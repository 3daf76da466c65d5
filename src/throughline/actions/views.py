"""Saved views are kept, changed and removed by the person who owns them."""

from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries.portfolio import program_row
from throughline.queries.views import own_view
from throughline.records.views import SavedView


@activity.records_refusals("view.refused")
def save_view(
    *,
    actor: Actor,
    name: str,
    query: str,
    program: str = "",
    is_shared: bool = False,
    is_pinned: bool = False,
    now: datetime,
) -> SavedView:
    """Keeps the address of a list under a name; the same name again replaces it. `program` is a slug to share with."""
    permissions.require(actor, "self.change")
    if actor.person_id is None:
        raise NotAllowed("Views belong to people who signed in.")
    name = clean_line(name, field="name", max_length=100)
    query = clean_line(query, field="query", max_length=2_000, required=False).lstrip("?")
    shared_with = program_row(actor, program) if program else None
    if is_shared and shared_with is None:
        raise Refused.field("program", "A view is shared with one program.", "Choose which.")
    with transaction.atomic():
        row, _ = SavedView.objects.update_or_create(
            owner_id=actor.person_id,
            name=name,
            defaults={"query": query, "program": shared_with, "is_shared": is_shared, "is_pinned": is_pinned},
            create_defaults={
                "query": query,
                "program": shared_with,
                "is_shared": is_shared,
                "is_pinned": is_pinned,
                "created_at": now,
            },
        )
        body = {"name": name, "query": query, "is_shared": is_shared}
        activity.record(
            actor, "view.saved", now=now, program_id=shared_with.pk if shared_with else None, body=body
        )
    return row


@activity.records_refusals("view.refused")
def remove_view(*, actor: Actor, view_id: int, now: datetime) -> None:
    permissions.require(actor, "self.change")
    row = own_view(actor, view_id)
    with transaction.atomic():
        row.delete()
        activity.record(actor, "view.removed", now=now, program_id=row.program_id, body={"name": row.name})
