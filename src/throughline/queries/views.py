"""Saved views of the portfolio: a person's own, and those that others share with a program."""

from django.db.models import Q, QuerySet

from throughline.core.errors import Missing
from throughline.core.permissions import Actor
from throughline.records.views import SavedView


def views(actor: Actor) -> QuerySet[SavedView]:
    """The actor's own, and shared ones of the programs that the actor sees; pinned first."""
    own = Q(owner_id=actor.person_id)
    shared = Q(is_shared=True, program__isnull=True) | Q(is_shared=True, program_id__in=actor.program_ids())
    visible = Q(is_shared=True) if actor.is_admin else shared
    return (
        SavedView.objects.filter(own | visible)
        .select_related("owner", "program")
        .order_by("-is_pinned", "name", "pk")
    )


def own_view(actor: Actor, view_id: int) -> SavedView:
    row = SavedView.objects.filter(owner_id=actor.person_id, pk=view_id).first()
    if row is None:
        raise Missing("view")
    return row
