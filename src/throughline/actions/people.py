"""Duties are assigned, handed on for a time and ended; gaps are taken up with leadership and closed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.access import clean_email
from throughline.core.errors import Missing, Refused
from throughline.core.people import DUTIES, DUTY_TITLES
from throughline.core.permissions import Actor
from throughline.core.text import clean
from throughline.queries import access, people
from throughline.queries.portfolio import model_row, program_by_id
from throughline.records.people import Assignment, GapItem, Person
from throughline.records.portfolio import MLModel, Program

LONGEST_AHEAD = timedelta(days=5 * 366)


@dataclass(frozen=True)
class Place:
    """Where a duty is held: on one model, or on every model of the program."""

    program: Program
    model: MLModel | None

    @property
    def ids(self) -> dict[str, int | None]:
        return {"program_id": self.program.pk, "model_id": self.model.pk if self.model else None}

    @property
    def name(self) -> str:
        return self.model.name if self.model else self.program.name


@activity.records_refusals("duty.refused")
def assign_duty(
    *,
    actor: Actor,
    duty: str,
    person_id: int | None = None,
    email: str = "",
    program_id: int | None = None,
    model_id: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    now: datetime,
) -> Assignment:
    """From `starts_at` (now) until `ends_at` (open). With `model_id` on that model, else on the whole program."""
    place = _place(actor, program_id, model_id)
    permissions.require(actor, "people.change", noun="model", **place.ids)
    duty = _duty(duty)
    person = _person(actor, person_id, email)
    starts_at = starts_at or now
    _check_dates(starts_at, ends_at, now)
    _refuse_twice(place, person, duty, starts_at, ends_at)
    try:
        with transaction.atomic():
            row = Assignment.objects.create(
                person=person,
                duty=duty,
                starts_at=starts_at,
                ends_at=ends_at,
                recorded_at=now,
                recorded_by=actor.name,
                **place.ids,
            )
            body = {
                "duty": duty,
                "person": person.name,
                "assignee_id": person.pk,
                "from": starts_at,
                "until": ends_at,
            }
            _record(actor, "duty.assigned", place, body, now)
    except IntegrityError:
        raise Refused.of(f"{person.name} was given this duty a moment ago.", kind="lost_race") from None
    return row


@activity.records_refusals("duty.refused")
def end_assignment(*, actor: Actor, assignment_id: int, now: datetime) -> Assignment:
    """Ends it now, and with it whatever was delegated from it. One that has not begun never holds."""
    row = people.assignment_row(actor, assignment_id)
    place = Place(row.program, row.model)
    permissions.require(actor, "people.change", noun="assignment", **place.ids)
    with transaction.atomic():
        if not _end(row, now):
            raise Refused.of("This duty has ended already.", kind="lost_race")
        for delegation in row.delegations.all():
            _end(delegation, now)
        body = {"duty": row.duty, "person": row.person.name, "assignee_id": row.person_id}
        _record(actor, "duty.ended", place, body, now)
    row.refresh_from_db()
    return row


@activity.records_refusals("duty.refused")
def delegate(
    *,
    actor: Actor,
    assignment_id: int,
    to_person_id: int | None = None,
    to_email: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime,
    now: datetime,
) -> Assignment:
    """Somebody else stands in until `ends_at`. The holder delegates, or a manager for them; nobody to themselves."""
    row = people.assignment_row(actor, assignment_id)
    place = Place(row.program, row.model)
    if actor.person_id is not None and actor.person_id == row.person_id:
        permissions.require(actor, "self.change")
    else:
        permissions.require(actor, "people.change", noun="assignment", **place.ids)
    person = _person(actor, to_person_id, to_email)
    starts_at = starts_at or now
    _check_delegation(row, person, actor, starts_at, ends_at, now)
    _refuse_twice(place, person, row.duty, starts_at, ends_at)
    with transaction.atomic():
        made = Assignment.objects.create(
            person=person,
            duty=row.duty,
            starts_at=starts_at,
            ends_at=ends_at,
            stands_in_for=row,
            recorded_at=now,
            recorded_by=actor.name,
            **place.ids,
        )
        body = {
            "duty": row.duty,
            "person": person.name,
            "assignee_id": person.pk,
            "stands_in_for": row.person.name,
            "from": starts_at,
            "until": ends_at,
        }
        _record(actor, "duty.delegated", place, body, now)
    return made


@activity.records_refusals("gap.refused")
def take_up_gap(
    *,
    actor: Actor,
    duty: str,
    due_on: date,
    owner_id: int | None = None,
    owner_email: str = "",
    note: str = "",
    program_id: int | None = None,
    model_id: int | None = None,
    now: datetime,
) -> GapItem:
    """Makes a gap somebody's task, with a date. The team may do so for a model, managers for a whole program."""
    place = _place(actor, program_id, model_id)
    verb = "model.change" if place.model else "people.change"
    permissions.require(actor, verb, noun="model", **place.ids)
    duty = _duty(duty)
    owner = _person(actor, owner_id, owner_email)
    note = clean(note, field="note", max_length=2_000)
    if due_on < now.astimezone(ZoneInfo(place.program.time_zone)).date():
        raise Refused.field("due_on", "This day has passed.", "Choose today or a later day.")
    _require_gap(place, duty, now)
    try:
        with transaction.atomic():
            if GapItem.objects.filter(duty=duty, closed_at__isnull=True, **place.ids).exists():
                raise Refused.of("This gap was taken up already.", kind="lost_race")
            row = GapItem.objects.create(
                duty=duty,
                owner=owner,
                due_on=due_on,
                note=note,
                opened_by=actor.name,
                opened_at=now,
                **place.ids,
            )
            body = {"gap_id": row.pk, "duty": duty, "owner": owner.name, "due": due_on, "note": note}
            activity.record(actor, "gap.taken_up", now=now, body=body, **place.ids)
    except IntegrityError:
        raise Refused.of("This gap was taken up a moment ago.", kind="lost_race") from None
    return row


@activity.records_refusals("gap.refused")
def close_gap_item(
    *, actor: Actor, item_id: int, outcome: str, expected_version: int | None = None, now: datetime
) -> GapItem:
    """Its owner says how it ended, or a manager. The gap itself ends only when somebody holds the duty."""
    row = people.gap_item_row(actor, item_id)
    place = Place(row.program, row.model)
    if actor.person_id is not None and actor.person_id == row.owner_id:
        permissions.require(actor, "self.change")
    else:
        permissions.require(actor, "people.change", noun="gap", **place.ids)
    outcome = clean(outcome, field="outcome", max_length=2_000, required=True)
    version = row.version if expected_version is None else expected_version
    with transaction.atomic():
        if not GapItem.objects.filter(pk=item_id, version=version, closed_at__isnull=True).update(
            closed_at=now, closed_by=actor.name, outcome=outcome, version=F("version") + 1
        ):
            raise Refused.of("Somebody else closed or changed this meanwhile.", kind="lost_race")
        body = {"gap_id": item_id, "duty": row.duty, "outcome": outcome}
        activity.record(actor, "gap.closed", now=now, body=body, **place.ids)
    row.refresh_from_db()
    return row


def _place(actor: Actor, program_id: int | None, model_id: int | None) -> Place:
    if model_id is not None:
        model = model_row(actor, model_id)
        if program_id not in (None, model.program_id):
            raise Missing("model")
        return Place(model.program, model)
    if program_id is None:
        raise Refused.field("program", "Say for which program or model.")
    return Place(program_by_id(actor, program_id), None)


def _duty(duty: str) -> str:
    if duty not in DUTIES:
        raise Refused.field("duty", f"“{duty[:60]}” is not a duty.", f"Choose from {', '.join(DUTIES)}.")
    return duty


def _person(actor: Actor, person_id: int | None, email: str) -> Person:
    """By id only among those whom the actor knows; so ids cannot be tried to learn names."""
    if person_id is not None:
        found = access.known_people(actor).filter(pk=person_id, is_active=True, is_service=False).first()
        if found is None:
            raise Missing("person")
        return found
    by_address = access.person_by_email(clean_email(email))
    if by_address is None:
        raise Refused.field("email", "Nobody with this address has an account.", "Invite them first.")
    return by_address


def _check_dates(starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
    if starts_at > now + LONGEST_AHEAD:
        raise Refused.field("starts_at", "This is more than five years ahead.", "Choose an earlier day.")
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise Refused.field("ends_at", "This ends before it begins, or has ended.", "Choose a later day.")


def _check_delegation(
    row: Assignment, person: Person, actor: Actor, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    if person.pk in (row.person_id, actor.person_id):
        raise Refused.of("Nobody delegates to themselves.", remedy="Choose somebody else.")
    if row.stands_in_for_id is not None:
        raise Refused.of("A delegated duty is not delegated further.", remedy="Ask its holder.")
    if row.ends_at is not None and row.ends_at <= now:
        raise Refused.of("This duty has ended already.")
    _check_dates(starts_at, ends_at, now)
    if starts_at < row.starts_at or (row.ends_at is not None and ends_at > row.ends_at):
        raise Refused.field(
            "ends_at", "A delegation lies within the time of the duty itself.", "Choose such days."
        )


def _refuse_twice(
    place: Place, person: Person, duty: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    overlapping = Assignment.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at), person=person, duty=duty, **place.ids
    )
    if ends_at is not None:
        overlapping = overlapping.filter(starts_at__lt=ends_at)
    if overlapping.exists():
        raise Refused.of(f"{person.name} holds this duty on {place.name} at that time already.")


def _require_gap(place: Place, duty: str, now: datetime) -> None:
    rows = (
        [place.model]
        if place.model
        else list(people.staffed(access.system_actor("web"), program=place.program.slug))
    )
    cells = [cell for line in people.coverage_of(rows, now) for cell in line.cells if cell.duty == duty]
    if not any(cell.is_gap for cell in cells):
        title = DUTY_TITLES[duty]
        raise Refused.of(
            f"There is no gap in “{title}” here: it is held, or the policy does not ask for it now."
        )


def _end(row: Assignment, now: datetime) -> bool:
    running = Assignment.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), pk=row.pk)
    return bool(running.update(ends_at=max(now, row.starts_at)))


def _record(actor: Actor, verb: str, place: Place, body: dict[str, object], now: datetime) -> None:
    if place.model is not None:
        activity.record_on_model(actor, verb, place.model, now=now, body=body)
    else:
        activity.record_on_program(actor, verb, place.program.pk, now=now, body=body)
