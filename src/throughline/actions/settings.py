"""People change how they are shown and see the pages; managers change a program's name and time zone."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.access import clean_theme, clean_time_zone
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean_line
from throughline.queries.access import person_by_id
from throughline.queries.portfolio import program_by_id
from throughline.records.people import Person
from throughline.records.portfolio import Program


@activity.records_refusals("person.refused")
def change_profile(
    *, actor: Actor, name: str, time_zone: str, theme: str, has_shortcuts: bool, now: datetime
) -> Person:
    """One's own. The address that identifies somebody is an administrator's to change."""
    permissions.require(actor, "self.change")
    person = person_by_id(actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise NotAllowed("Only a person who signed in has a profile.")
    written: dict[str, str | bool] = {
        "name": clean_line(name, field="name"),
        "time_zone": clean_time_zone(time_zone, required=False),
        "theme": clean_theme(theme),
        "has_shortcuts": has_shortcuts,
    }
    changed = {
        key: [getattr(person, key), value] for key, value in written.items() if getattr(person, key) != value
    }
    if not changed:
        return person
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(**written, version=F("version") + 1)
        activity.record(actor, "person.changed", now=now, body={"changed_id": person.pk, "changed": changed})
    person.refresh_from_db()
    return person


@activity.records_refusals("program.refused")
def change_program(
    *, actor: Actor, program_id: int, expected_version: int | None, name: str, time_zone: str, now: datetime
) -> Program:
    permissions.require(actor, "program.change", noun="program", program_id=program_id)
    program = program_by_id(actor, program_id)
    written = {"name": clean_line(name, field="name"), "time_zone": clean_time_zone(time_zone)}
    version = program.version if expected_version is None else expected_version
    changed = {key: [getattr(program, key), value] for key, value in written.items()}
    with transaction.atomic():
        if not Program.objects.filter(pk=program_id, version=version).update(
            **written, version=F("version") + 1
        ):
            raise Refused.of(
                "Somebody changed this program after you opened it.", kind="stale", remedy="Look again."
            )
        told = {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
        activity.record(actor, "program.changed", now=now, program_id=program_id, body={"changed": told})
    program.refresh_from_db()
    return program
