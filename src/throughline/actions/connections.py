"""Tools are connected, tried, changed and switched off, and their registered models are linked to models."""

import secrets as randomness
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters.base import Reached, SourceFailed
from throughline.adapters.sealing import seal
from throughline.core import permissions
from throughline.core.connections import checked_interval
from throughline.core.errors import Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries.connections import (
    candidates,
    connection_row,
    in_words,
    keys,
    kind_of,
    secrets_of,
    source_from,
    source_of,
)
from throughline.queries.portfolio import model_row, program_by_id
from throughline.records.connections import Connection, ModelLink

MAX_VALUE = 2_000


@activity.records_refusals("connection.refused")
def connect(
    *,
    actor: Actor,
    program_id: int,
    kind: str,
    name: str,
    values: Mapping[str, str],
    interval_minutes: int = 15,
    now: datetime,
) -> Connection:
    """A tool of a program, asked from now on. Its address must be one that this installation may call."""
    permissions.require(actor, "connection.change", noun="program", program_id=program_id)
    program = program_by_id(actor, program_id)
    name, interval = clean_line(name, field="name"), checked_interval(interval_minutes)
    cleaned = _cleaned(kind, values)
    _permitted(kind, cleaned)
    shown, hidden = _parted(kind, cleaned)
    try:
        with transaction.atomic():
            row = Connection.objects.create(
                program=program,
                kind=kind,
                name=name,
                settings=shown,
                secrets=seal(hidden, keys()),
                hook_token=randomness.token_urlsafe(32),
                interval_minutes=interval,
                next_poll_at=now,
                created_at=now,
                created_by=actor.name,
            )
            body = {"connection": name, "kind": kind, "settings": shown, "secrets": sorted(hidden)}
            activity.record(actor, "connection.created", now=now, program_id=program_id, body=body)
    except IntegrityError:
        raise _name_taken(name) from None
    return row


@activity.records_refusals("connection.refused")
def change_connection(
    *,
    actor: Actor,
    connection_id: int,
    expected_version: int,
    name: str,
    values: Mapping[str, str],
    interval_minutes: int,
    now: datetime,
) -> Connection:
    """Writes what was typed. A secret left empty stays as it is, unless the address leads to another host."""
    row = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=row.program_id)
    name, interval = clean_line(name, field="name"), checked_interval(interval_minutes)
    cleaned = _cleaned(row.kind, {**_kept_secrets(row, values), **{k: v for k, v in values.items() if v}})
    _permitted(row.kind, cleaned)
    shown, hidden = _parted(row.kind, cleaned)
    try:
        with transaction.atomic():
            written = Connection.objects.filter(pk=row.pk, version=expected_version).update(
                name=name,
                settings=shown,
                secrets=seal(hidden, keys()),
                interval_minutes=interval,
                next_poll_at=now,
                last_error="",
                failures=0,
                version=F("version") + 1,
            )
            if not written:
                raise _stale(row)
            body = {"connection": name, "settings": shown, "secrets": sorted(hidden)}
            activity.record(actor, "connection.changed", now=now, program_id=row.program_id, body=body)
    except IntegrityError:
        raise _name_taken(name) from None
    return connection_row(actor, connection_id)


@activity.records_refusals("connection.refused")
def switch_connection(*, actor: Actor, connection_id: int, is_active: bool, now: datetime) -> Connection:
    """On or off. A tool that is switched off is not asked, and its webhook is not answered."""
    row = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=row.program_id)
    with transaction.atomic():
        changed = Connection.objects.filter(pk=row.pk, is_active=not is_active).update(
            is_active=is_active, next_poll_at=now, failures=0, version=F("version") + 1
        )
        if not changed:
            raise Refused.of(
                f"{row.name} is switched {'on' if is_active else 'off'} already.", kind="lost_race"
            )
        verb = "connection.switched_on" if is_active else "connection.switched_off"
        activity.record(actor, verb, now=now, program_id=row.program_id, body={"connection": row.name})
    return connection_row(actor, connection_id)


@activity.records_refusals("connection.refused")
def try_connection(*, actor: Actor, connection_id: int, now: datetime) -> Reached:
    """Asks the tool one small question; tells status and time, and nothing of the answer."""
    row = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=row.program_id)
    try:
        reached = source_of(row).test_connection()
    except SourceFailed as error:
        raise in_words(error) from error
    with transaction.atomic():
        body = {"connection": row.name, "status": reached.status, "seconds": round(reached.seconds, 3)}
        activity.record(actor, "connection.tried", now=now, program_id=row.program_id, body=body)
    return reached


@activity.records_refusals("connection.refused")
def link_model(
    *, actor: Actor, connection_id: int, model_id: int, remote_name: str, alias: str = "", now: datetime
) -> ModelLink:
    """From now on, evidence of the tool's registered model is brought to this model."""
    connection = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=connection.program_id)
    model = model_row(actor, model_id)
    if model.program_id != connection.program_id:
        raise Refused.field("model", f"{model.name} belongs to another program than {connection.name}.")
    remote_name = clean_line(remote_name, field="remote_name", max_length=300)
    alias = clean_line(alias, field="alias", required=False)
    try:
        with transaction.atomic():
            link = ModelLink.objects.create(
                model=model,
                connection=connection,
                remote_name=remote_name,
                alias=alias,
                created_at=now,
                created_by=actor.name,
            )
            Connection.objects.filter(pk=connection.pk).update(next_poll_at=now)
            body = {"connection": connection.name, "registered_model": remote_name, "alias": alias}
            activity.record_on_model(actor, "connection.model_linked", model, now=now, body=body)
    except IntegrityError:
        raise Refused.field(
            "model", f"{model.name} is linked to {connection.name} already.", "Unlink it first."
        ) from None
    return link


@activity.records_refusals("connection.refused")
def link_proposed(*, actor: Actor, connection_id: int, now: datetime) -> tuple[ModelLink, ...]:
    """Links every registered model whose name tells which model it is. Asks the tool."""
    connection = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=connection.program_id)
    found = [(one.name, one.proposed.pk) for one in candidates(actor, connection) if one.proposed]
    return tuple(
        link_model(actor=actor, connection_id=connection_id, model_id=model_id, remote_name=name, now=now)
        for name, model_id in found
    )


@activity.records_refusals("connection.refused")
def unlink_model(*, actor: Actor, connection_id: int, link_id: int, now: datetime) -> None:
    """Nothing more is brought; the evidence that was brought stays."""
    connection = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=connection.program_id)
    with transaction.atomic():
        link = connection.links.select_related("model").filter(pk=link_id).first()
        if link is None:
            raise Refused.of("This model is not linked any more.", kind="lost_race")
        link.delete()
        body = {"connection": connection.name, "registered_model": link.remote_name}
        activity.record_on_model(actor, "connection.model_unlinked", link.model, now=now, body=body)


def _cleaned(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    fields = kind_of(kind).fields
    known = {one.name for one in fields}
    if unknown := sorted(set(values) - known):
        raise Refused.field(
            "settings", f"There is no setting “{unknown[0]}”.", f"There are: {', '.join(sorted(known))}."
        )
    cleaned = {
        one.name: clean_line(
            values.get(one.name, ""), field=one.name, max_length=MAX_VALUE, required=one.required
        )
        for one in fields
    }
    return {name: value for name, value in cleaned.items() if value}


def _permitted(kind: str, values: Mapping[str, str]) -> str:
    """The `host:port` of the address; refused at the field where this installation may not call it."""
    try:
        return source_from(kind, values).permit()
    except SourceFailed as error:
        reason = Reason(f"{error.what}: {error.why}", field="base_url", remedy=error.remedy)
        raise Refused((reason,), kind="invalid") from error


def _parted(kind: str, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be shown, and what must be hidden."""
    secret = {one.name for one in kind_of(kind).fields if one.is_secret}
    hidden = {name: value for name, value in values.items() if name in secret}
    return {name: value for name, value in values.items() if name not in secret}, hidden


def _kept_secrets(row: Connection, values: Mapping[str, str]) -> dict[str, str]:
    """Secrets are bound to their host: at another address they have to be entered again."""
    missing = [one.name for one in kind_of(row.kind).fields if one.is_secret and not values.get(one.name)]
    if not missing or not row.secrets:
        return {}
    kept = {name: value for name, value in secrets_of(row).items() if name in missing}
    before = {str(name): str(value) for name, value in row.settings.items()}
    if kept and _permitted(row.kind, values) != _permitted(row.kind, before):
        raise Refused.field(
            next(iter(kept)),
            "The address leads to another host than the stored credentials belong to.",
            "Enter the credentials again for the new address.",
        )
    return kept


def _stale(row: Connection) -> Refused:
    row.refresh_from_db()
    current = {"version": row.version, "name": row.name, "settings": row.settings}
    text = "Somebody else changed this connection after you opened it."
    return Refused(
        (Reason(text, remedy="Compare, and save again what still holds."),), kind="stale", current=current
    )


def _name_taken(name: str) -> Refused:
    return Refused.field(
        "name", f"There is a connection “{name}” in this program already.", "Choose another name."
    )
