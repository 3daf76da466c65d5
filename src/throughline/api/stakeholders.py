"""Stakeholders of a model and contacts with them over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import stakeholders as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import stakeholders as shapes
from throughline.api.schemas.base import Id
from throughline.core.stakeholders import FIELDS
from throughline.queries import stakeholders as queries
from throughline.queries.rows import Contact, Stakeholder
from throughline.queries.stakeholders import Known

router = Router(tags=["Stakeholders"])
ENDED = ("created_at", "created_by", "ended_at", "ended_by", "ended_reason", "version")
CONTACT = ("id", "stakeholder_id", "kind", "note", "at", "recorded_at", "recorded_by")


@operation(
    router, "GET", "/models/{model_id}/stakeholders", verb="stakeholder.view", at="model",
    gives=shapes.StakeholderList,
)  # fmt: skip
def list_stakeholders(
    request: ApiRequest,
    model_id: Id,
    with_ended: Annotated[bool, Field(description="Also those who no longer are one.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Who has a part in a model, what they need, and whether contact with them is overdue."""
    rows = queries.listed(request.actor, model_id, with_ended=with_ended)
    found = page_of_rows(rows, ("name", "pk"), lambda row: _shown(request, row), limit=limit, cursor=cursor)
    return reply(found)


@operation(
    router, "POST", "/models/{model_id}/stakeholders", verb="stakeholder.change", at="model",
    activity="stakeholder.added", gives=shapes.StakeholderOut, status=201,
)  # fmt: skip
def add_stakeholder(request: ApiRequest, model_id: Id, payload: shapes.NewStakeholder) -> HttpResponse:
    """Names a stakeholder. With an account they see this model, and answer for themselves."""
    row = actions.add_stakeholder(
        actor=request.actor,
        model_id=model_id,
        fields=payload.given(),
        email=payload.email,
        makes_account=payload.makes_account,
        now=request.now,
    )
    return _replied(request, row, status=201)


@operation(
    router, "GET", "/stakeholders/{stakeholder_id}", verb="stakeholder.view", at="model",
    gives=shapes.StakeholderOut, is_versioned=True,
)  # fmt: skip
def get_stakeholder(request: ApiRequest, stakeholder_id: Id) -> HttpResponse:
    """One stakeholder."""
    return _replied(request, queries.stakeholder_row(request.actor, stakeholder_id))


@operation(
    router, "PATCH", "/stakeholders/{stakeholder_id}", verb="stakeholder.change", at="model",
    activity="stakeholder.changed", gives=shapes.StakeholderOut, is_versioned=True,
)  # fmt: skip
def change_stakeholder(
    request: ApiRequest, stakeholder_id: Id, payload: shapes.StakeholderChange
) -> HttpResponse:
    """Writes the given fields and leaves the others. Send If-Match, so that nobody's change is overwritten."""
    row = actions.change_stakeholder(
        actor=request.actor,
        stakeholder_id=stakeholder_id,
        fields=payload.given(),
        email=payload.email,
        makes_account=payload.makes_account,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row)


@operation(
    router, "POST", "/stakeholders/{stakeholder_id}/end", verb="stakeholder.change", at="model",
    activity="stakeholder.ended", gives=shapes.StakeholderOut, is_versioned=True,
)  # fmt: skip
def end_stakeholder(request: ApiRequest, stakeholder_id: Id, payload: shapes.StakeholderEnd) -> HttpResponse:
    """They are no stakeholder from now on, and see the model no longer by this. What they answered stays."""
    row = actions.end_stakeholder(
        actor=request.actor,
        stakeholder_id=stakeholder_id,
        reason=payload.reason,
        expected_version=expected_version(request),
        now=request.now,
    )
    return _replied(request, row)


@operation(
    router, "GET", "/stakeholders/{stakeholder_id}/contacts", verb="stakeholder.view", at="model",
    gives=shapes.ContactList,
)  # fmt: skip
def list_contacts(
    request: ApiRequest, stakeholder_id: Id, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Contacts that were recorded, newest first. Answers to promises and outputs are listed with those."""
    rows = queries.recorded_contacts(queries.stakeholder_row(request.actor, stakeholder_id))
    return reply(page_of_rows(rows, ("-at", "-pk"), contact_shown, limit=limit, cursor=cursor))


@operation(
    router, "POST", "/stakeholders/{stakeholder_id}/contacts", verb="stakeholder.change", at="model",
    activity="contact.recorded", gives=shapes.ContactOut, status=201,
)  # fmt: skip
def record_contact(request: ApiRequest, stakeholder_id: Id, payload: shapes.NewContact) -> HttpResponse:
    """Records a contact of today or of an earlier day. It is never changed."""
    made = actions.record_contact(
        actor=request.actor,
        stakeholder_id=stakeholder_id,
        kind=payload.kind.value,
        note=payload.note,
        day=payload.day,
        now=request.now,
    )
    return reply(contact_shown(made), status=201)


def contact_shown(row: Contact) -> dict[str, object]:
    return {name: getattr(row, name) for name in CONTACT}


def stakeholder_shown(request: ApiRequest, known: Known) -> dict[str, object]:
    row, fact = known.row, known.fact
    return {
        "id": row.pk,
        "model_id": row.model_id,
        **{name: getattr(row, name) for name in (*FIELDS, "person_id", *ENDED)},
        "quadrant": fact.quadrant,
        "last_contact": fact.last_contact,
        "contact_due": fact.due_at if row.ended_at is None else None,
        "is_overdue": known.is_overdue(request.now),
    }


def _shown(request: ApiRequest, row: Stakeholder) -> dict[str, object]:
    return stakeholder_shown(request, Known(row, queries.fact_of(row)))


def _replied(request: ApiRequest, row: Stakeholder, *, status: int = 200) -> HttpResponse:
    content = stakeholder_shown(request, queries.known_one(row))
    return reply(content, status=status, version=row.version)
