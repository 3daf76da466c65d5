"""Stakeholders are added, changed and ended, and contacts with them are recorded."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.access import clean_email
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.stakeholders import (
    FIELDS,
    clean_contact_day,
    clean_contact_kind,
    clean_fields,
)
from throughline.core.text import clean
from throughline.queries import access
from throughline.queries.portfolio import model_row
from throughline.queries.stakeholders import stakeholder_row
from throughline.records.people import Person
from throughline.records.portfolio import MLModel
from throughline.records.stakeholders import Contact, Stakeholder, StakeholderChange

NOON = time(12)


@activity.records_refusals("stakeholder.refused")
def add_stakeholder(
    *,
    actor: Actor,
    model_id: int,
    fields: Mapping[str, object],
    email: str = "",
    person_id: int | None = None,
    makes_account: bool = False,
    now: datetime,
) -> Stakeholder:
    """With `email` the account of that address is theirs, and they see this model; that is for managers to give.

    `person_id` names an account that the actor knows instead. `makes_account` makes one where there is none: it is
    entered by a personal link, or by the provider.
    """
    model = model_row(actor, model_id)
    permissions.require(
        actor, "stakeholder.change", noun="model", program_id=model.program_id, model_id=model_id
    )
    cleaned = clean_fields(fields, is_new=True)
    address, known = _address(actor, model, email), _known(actor, model, person_id)
    try:
        with transaction.atomic():
            person = known or _person(actor, model, address, str(cleaned["name"]), makes_account, now)
            row = Stakeholder.objects.create(
                model=model, person=person, created_at=now, created_by=actor.name, **cleaned
            )
            body = {"stakeholder_id": row.pk, **cleaned, "person": person.name if person else None}
            activity.record_on_model(actor, "stakeholder.added", model, now=now, body=body)
    except IntegrityError:
        raise _there_already(known or access.person_by_email(address)) from None
    return row


@activity.records_refusals("stakeholder.refused")
def change_stakeholder(
    *,
    actor: Actor,
    stakeholder_id: int,
    fields: Mapping[str, object],
    email: str | None = None,
    makes_account: bool = False,
    expected_version: int | None = None,
    now: datetime,
) -> Stakeholder:
    """Only the given fields. `email` None leaves the account as it is; empty takes it, and their sight, away."""
    row = stakeholder_row(actor, stakeholder_id)
    permissions.require(actor, "stakeholder.change", noun="stakeholder", **_place(row.model))
    cleaned = clean_fields(fields, is_new=False)
    _require_live(row)
    version = row.version if expected_version is None else expected_version
    address = _changed_address(actor, row, email)
    try:
        with transaction.atomic():
            person = _new_person(actor, row, address, cleaned, makes_account, now)
            written = Stakeholder.objects.filter(pk=row.pk, version=version, ended_at__isnull=True).update(
                **cleaned, person=person, version=F("version") + 1
            )
            if not written:
                raise _stale(stakeholder_row(actor, stakeholder_id))
            _keep(row, actor, now)
            changed = _changed(row, cleaned, person)
            body = {"stakeholder_id": row.pk, "name": row.name, "changed": changed}
            activity.record_on_model(actor, "stakeholder.changed", row.model, now=now, body=body)
    except IntegrityError:
        raise _there_already(access.person_by_email(address or "")) from None
    return stakeholder_row(actor, stakeholder_id)


@activity.records_refusals("stakeholder.refused")
def end_stakeholder(
    *, actor: Actor, stakeholder_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> Stakeholder:
    """They keep what they were told and what they answered; what they see of the model by this ends with it."""
    row = stakeholder_row(actor, stakeholder_id)
    permissions.require(actor, "stakeholder.change", noun="stakeholder", **_place(row.model))
    if row.person_id is not None:
        _require_giver_of_access(actor, row.model)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    _require_live(row)
    version = row.version if expected_version is None else expected_version
    with transaction.atomic():
        if not Stakeholder.objects.filter(pk=row.pk, version=version, ended_at__isnull=True).update(
            ended_at=now, ended_by=actor.name, ended_reason=reason, version=F("version") + 1
        ):
            raise _stale(stakeholder_row(actor, stakeholder_id))
        body = {"stakeholder_id": row.pk, "name": row.name, "part": row.part, "reason": reason}
        activity.record_on_model(actor, "stakeholder.ended", row.model, now=now, body=body)
    return stakeholder_row(actor, stakeholder_id)


@activity.records_refusals("contact.refused")
def record_contact(
    *,
    actor: Actor,
    stakeholder_id: int,
    kind: str,
    note: str = "",
    day: date | None = None,
    now: datetime,
) -> Contact:
    """A contact of today, or of an earlier day as the program counts days. It is appended and never changed."""
    row = stakeholder_row(actor, stakeholder_id)
    permissions.require(actor, "stakeholder.change", noun="stakeholder", **_place(row.model))
    kind, note = clean_contact_kind(kind), clean(note, field="note", max_length=2_000)
    _require_live(row)
    zone = ZoneInfo(row.model.program.time_zone)
    today = now.astimezone(zone).date()
    day = clean_contact_day(day or today, today)
    at = now if day == today else datetime.combine(day, NOON, zone)
    with transaction.atomic():
        made = Contact.objects.create(
            stakeholder=row, kind=kind, note=note, at=at, recorded_at=now, recorded_by=actor.name
        )
        body = {"stakeholder_id": row.pk, "name": row.name, "kind": kind, "day": day, "note": note}
        activity.record(actor, "contact.recorded", now=now, body=body, **_place(row.model))
    return made


def _place(model: MLModel) -> dict[str, int]:
    return {"program_id": model.program_id, "model_id": model.pk}


def _require_live(row: Stakeholder) -> None:
    if row.ended_at is not None:
        raise Refused.of(
            f"{row.name} is no longer a stakeholder of {row.model.name}.", remedy="Add them again."
        )


def _require_giver_of_access(actor: Actor, model: MLModel) -> None:
    if not permissions.may(actor, "people.change", **_place(model)):
        raise NotAllowed(
            "An account gives them sight of this model, so only a manager of the model or the program ties one to a "
            "stakeholder or takes it away. Leave the e-mail as it is, or ask a manager."
        )


def _address(actor: Actor, model: MLModel, email: str) -> str:
    address = clean_email(email) if email.strip() else ""
    if address:
        _require_giver_of_access(actor, model)
    return address


def _known(actor: Actor, model: MLModel, person_id: int | None) -> Person | None:
    if person_id is None:
        return None
    _require_giver_of_access(actor, model)
    found = access.known_people(actor).filter(pk=person_id, is_active=True, is_service=False).first()
    if found is None:
        raise Refused.field("person_id", "There is no such person here.", "Choose somebody of the program.")
    return found


def _changed_address(actor: Actor, row: Stakeholder, email: str | None) -> str | None:
    """None when the account stays."""
    known = row.person.email or "" if row.person else ""
    if email is None or (row.person is not None and email.strip().lower() == known):
        return None
    if not email.strip() and row.person is None:
        return None
    _require_giver_of_access(actor, row.model)
    return _address(actor, row.model, email)


def _new_person(
    actor: Actor,
    row: Stakeholder,
    address: str | None,
    fields: Mapping[str, object],
    makes_account: bool,
    now: datetime,
) -> Person | None:
    if address is None:
        return row.person
    return _person(actor, row.model, address, str(fields.get("name", row.name)), makes_account, now)


def _person(
    actor: Actor, model: MLModel, address: str, name: str, makes_account: bool, now: datetime
) -> Person | None:
    if not address:
        return None
    found = access.person_by_email(address)
    if found is not None:
        return found
    if not makes_account:
        raise Refused.field(
            "email",
            "Nobody with this address has an account.",
            "Correct it, or choose to make an account for it.",
        )
    return _invited(actor, model, address, name, now)


def _invited(actor: Actor, model: MLModel, address: str, name: str, now: datetime) -> Person:
    """Without a role and without a way in; both are given by other actions."""
    if not permissions.may(actor, "people.change", program_id=model.program_id):
        raise NotAllowed(
            "Only a manager of the whole program makes an account. Ask one to invite them first."
        )
    person = Person(name=name, email=address, created_at=now)
    person.set_unusable_password()
    person.save()
    body = {"invited_id": person.pk, "name": name, "email": address, "role": None, "is_admin": False}
    activity.record(actor, "person.invited", now=now, program_id=model.program_id, body=body)
    return person


def _there_already(person: Person | None) -> Refused:
    if person is None:
        return Refused.field("email", "There is an account with this address that was switched off.")
    return Refused.field("email", f"{person.name} is a stakeholder of this model already.")


def _keep(row: Stakeholder, actor: Actor, now: datetime) -> None:
    """What stood until now, for whoever looks at the past."""
    before = {name: getattr(row, name) for name in FIELDS}
    StakeholderChange.objects.create(
        stakeholder=row, person_id=row.person_id, until=now, changed_by=actor.name, **before
    )


def _changed(
    row: Stakeholder, fields: Mapping[str, object], person: Person | None
) -> dict[str, list[object]]:
    changed = {
        name: [getattr(row, name), value] for name, value in fields.items() if getattr(row, name) != value
    }
    if (person.pk if person else None) != row.person_id:
        changed["person"] = [row.person.name if row.person else None, person.name if person else None]
    return changed


def _stale(row: Stakeholder) -> Refused:
    fresh: dict[str, object] = {name: getattr(row, name) for name in FIELDS}
    return Refused(
        Refused.of(
            "Somebody else changed or ended this meanwhile.", remedy="Look at what it says now, then save."
        ).reasons,
        kind="stale",
        current={**fresh, "version": row.version},
    )
