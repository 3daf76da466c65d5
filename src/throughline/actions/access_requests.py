"""Access to data is asked for, answered, withdrawn and revoked; nothing of it is ever deleted."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.access_requests import (
    MOST_AT_ONCE,
    AccessState,
    Asked,
    clean_request,
    require_proof,
    require_until,
)
from throughline.core.errors import Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_link
from throughline.queries import access_requests as queries
from throughline.queries.portfolio import model_row
from throughline.records.data_sources import AccessRequest, SourceUse
from throughline.records.portfolio import MLModel


@activity.records_refusals("access.refused")
def ask_access(
    *, actor: Actor, model_id: int, source_ids: Sequence[int], asked: Asked, now: datetime
) -> list[AccessRequest]:
    """The same request for each of these sources; all or none. One at a time waits for an answer per model and
    source; what was answered before may be asked again."""
    model = model_row(actor, model_id)
    permissions.require(actor, "source.change", noun="model", program_id=model.program_id, model_id=model_id)
    wanted = list(dict.fromkeys(source_ids))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise Refused.field("sources", f"Choose 1 to {MOST_AT_ONCE} sources.", "Choose at least one.")
    said = clean_request(asked, today=_today(model, now))
    with transaction.atomic():
        uses = _locked(model, wanted)
        _require_none_waiting(model, uses)
        made = [
            AccessRequest.objects.create(
                model=model, source=use.source, needed_by=said.needed_by, reason=said.reason, sent_to=said.sent_to,
                due_on=said.due_on, link=said.link, asked_at=now, asked_by=actor.name, asker_id=actor.person_id,
            )
            for use in uses
        ]  # fmt: skip
        body = {
            "sources": [{"request_id": one.pk, "name": one.source.name} for one in made],
            **{name: getattr(said, name) for name in ("needed_by", "reason", "sent_to", "due_on")},
        }
        activity.record_on_model(actor, "access.asked", model, now=now, body=body)
    return made


@activity.records_refusals("access.refused")
def answer_access(
    *,
    actor: Actor,
    request_id: int,
    is_granted: bool,
    answer: str = "",
    link: str = "",
    granted_until: date | None = None,
    expected_version: int | None = None,
    now: datetime,
) -> AccessRequest:
    """Records what the provider said. `granted_until` is the last day; None is without an end."""
    row = _changeable(actor, request_id)
    answer = clean(answer, field="answer", max_length=5_000, required=not is_granted)
    link = clean_link(link)
    if is_granted:
        require_until(granted_until, today=_today(row.model, now))
        is_own = row.asker_id is not None and row.asker_id == actor.person_id
        require_proof(is_own=is_own, answer=answer, link=link)
    elif granted_until is not None:
        raise Refused.field("granted_until", "A refusal has no last day.", "Leave it out.")
    state = AccessState.GRANTED if is_granted else AccessState.REFUSED
    given = {"answer": answer, "granted_until": granted_until, **({"link": link} if link else {})}
    with transaction.atomic():
        _write(
            row, AccessState.ASKED, expected_version,
            state=state, answered_at=now, answered_by=actor.name, **given,
        )  # fmt: skip
        activity.record_on_model(
            actor, f"access.{_recorded(state)}", row.model, now=now, body={**_in_the_log(row), **given}
        )
    return queries.request_row(actor, request_id)


@activity.records_refusals("access.refused")
def withdraw_access(
    *, actor: Actor, request_id: int, reason: str = "", expected_version: int | None = None, now: datetime
) -> AccessRequest:
    """Takes back what nobody has answered."""
    return _end(actor, request_id, AccessState.ASKED, AccessState.WITHDRAWN, reason, expected_version, now)


@activity.records_refusals("access.refused")
def revoke_access(
    *, actor: Actor, request_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> AccessRequest:
    """Records that a grant does not hold any more."""
    return _end(actor, request_id, AccessState.GRANTED, AccessState.REVOKED, reason, expected_version, now)


def _end(
    actor: Actor,
    request_id: int,
    before: AccessState,
    after: AccessState,
    reason: str,
    expected_version: int | None,
    now: datetime,
) -> AccessRequest:
    row = _changeable(actor, request_id)
    reason = clean(reason, field="reason", max_length=2_000, required=after is AccessState.REVOKED)
    with transaction.atomic():
        _write(
            row, before, expected_version, state=after, ended_at=now, ended_by=actor.name, ended_reason=reason
        )
        body = {**_in_the_log(row), "reason": reason}
        activity.record_on_model(actor, f"access.{after}", row.model, now=now, body=body)
    return queries.request_row(actor, request_id)


def _changeable(actor: Actor, request_id: int) -> AccessRequest:
    row = queries.request_row(actor, request_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "source.change", noun="request for access", **place)
    return row


def _locked(model: MLModel, source_ids: Sequence[int]) -> list[SourceUse]:
    """The uses, held until the end of the transaction, so that two requests at once find out about each other."""
    rows = SourceUse.objects.select_for_update().filter(
        model=model, source_id__in=source_ids, ended_at__isnull=True, source__ended_at__isnull=True
    )
    uses = list(rows.order_by("pk"))
    if len(uses) != len(source_ids):
        why = f"{model.name} does not use one of them, or it was retired."
        raise Refused.field("sources", why, "Link the source to the model first.")
    return uses


def _require_none_waiting(model: MLModel, uses: Sequence[SourceUse]) -> None:
    waiting = AccessRequest.objects.filter(
        model=model, source_id__in=[use.source_id for use in uses], state=AccessState.ASKED
    ).select_related("source")
    if first := waiting.order_by("pk").first():
        why = f"Access to {first.source.name} was asked for already, and {first.sent_to} has not answered."
        raise Refused.field("sources", why, "Wait for the answer, or withdraw that request.")


def _write(row: AccessRequest, before: AccessState, expected_version: int | None, **to: object) -> None:
    version = row.version if expected_version is None else expected_version
    rows = AccessRequest.objects.filter(pk=row.pk, version=version, state=before)
    if rows.update(**to, version=F("version") + 1):
        return
    fresh = AccessRequest.objects.get(pk=row.pk)
    if fresh.state != before:
        told = {"asked": "has not been answered yet"}.get(fresh.state, f"is {fresh.state} already")
        raise Refused.of(f"This request {told}.", kind="lost_race", remedy="Look at it again.")
    raise Refused(
        Refused.of("Somebody else changed this meanwhile.", remedy="Look at it again, then save.").reasons,
        kind="stale",
        current={"state": fresh.state, "version": fresh.version},
    )


def _recorded(state: AccessState) -> str:
    """`access.refused` is the name of what the rules refuse, so a provider's no has another."""
    return "granted" if state is AccessState.GRANTED else "declined"


def _today(model: MLModel, now: datetime) -> date:
    return now.astimezone(ZoneInfo(model.program.time_zone)).date()


def _in_the_log(row: AccessRequest) -> dict[str, object]:
    return {"request_id": row.pk, "source_id": row.source_id, "name": row.source.name, "sent_to": row.sent_to}
