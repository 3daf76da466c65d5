"""Stakeholders are told: one or several, of one thing or several, once each; mails leave by the queue of jobs."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from throughline.actions import activity
from throughline.adapters import mail
from throughline.core import permissions
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.tellings import Duty, How
from throughline.core.text import clean, clean_line
from throughline.queries.impact import owed_of
from throughline.queries.portfolio import model_row
from throughline.queries.promises import board_of
from throughline.records.jobs import Job
from throughline.records.portfolio import MLModel
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

SEND = "telling.send"


@activity.records_refusals("stakeholder.telling_refused")
def tell(
    *,
    actor: Actor,
    model_id: int,
    causes: Sequence[str],
    stakeholder_ids: Sequence[int],
    subject: str,
    words: str,
    how: str,
    now: datetime,
) -> list[Telling]:
    """Records that these were told of these things, in these words, and discharges exactly those duties.

    By mail each gets one mail for all of it, sent by the worker; every other way has happened when it is recorded.
    """
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "promise.give", noun="model", **place)
    way = _way(how)
    subject = clean_line(subject, field="subject", max_length=300)
    words = clean(words, field="words", max_length=20_000, required=True)
    owed = _owed(actor, model, causes, stakeholder_ids, now)
    people = Stakeholder.objects.select_related("person").in_bulk({duty.stakeholder_id for duty in owed})
    _refuse_unreachable(way, list(people.values()))
    try:
        with transaction.atomic():
            made = Telling.objects.bulk_create(
                Telling(
                    model=model,
                    stakeholder=people[duty.stakeholder_id],
                    cause=duty.cause,
                    subject=subject,
                    words=words,
                    how=way,
                    told_by_id=actor.person_id,
                    teller_name=actor.name,
                    told_at=now,
                )
                for duty in owed
            )
            if way is How.MAIL:
                _enqueue(made, now)
            body = {
                "to": sorted({people[duty.stakeholder_id].name for duty in owed}),
                "causes": list(dict.fromkeys(duty.cause for duty in owed)),
                "how": way,
                "subject": subject,
            }
            activity.record_on_model(actor, "stakeholder.told", model, now=now, body=body)
    except IntegrityError:
        raise Refused.of(
            "Somebody else told one of them a moment ago.", kind="lost_race", remedy="Look who is left."
        ) from None
    return made


def send_telling(*, actor: Actor, telling_ids: Sequence[int], now: datetime) -> bool:
    """One mail for what one stakeholder is told in the same words. Sent at least once, under an id that stays the same;
    what is sent already is left alone. Raises `MailFailed` so that the job is tried again; the reason stands on it."""
    permissions.require(actor, "installation.administer")
    rows = Telling.objects.filter(pk__in=list(telling_ids), sent_at__isnull=True, how=How.MAIL)
    first = rows.select_related("stakeholder__person", "model").order_by("pk").first()
    if first is None:
        return False
    person = first.stakeholder.person
    try:
        if person is None or not person.email:
            raise mail.MailFailed(f"{first.stakeholder.name} has no address any more.")
        mail.send(
            to=person.email, subject=first.subject, text=first.words, message_id=_message_id(min(telling_ids))
        )
    except mail.MailFailed as failure:
        rows.update(failed=str(failure))
        raise
    with transaction.atomic():
        if rows.update(sent_at=now, failed=""):
            body = {"telling_id": first.pk, "to": first.stakeholder.name, "subject": first.subject}
            place = {"program_id": first.model.program_id, "model_id": first.model_id}
            activity.record(actor, "telling.sent", now=now, body=body, **place)
    return True


@activity.records_refusals("telling.reading_refused")
def read_telling(*, actor: Actor, telling_id: int, now: datetime) -> Telling:
    """Whoever was told says that they read it; with it, all that was said in the same words at the same time."""
    row = Telling.objects.select_related("stakeholder", "model").filter(pk=telling_id).first()
    if row is None:
        raise Missing("telling")
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "promise.answer", noun="telling", **place)
    if actor.person_id is None or row.stakeholder.person_id != actor.person_id:
        raise NotAllowed("This was told to somebody else.")
    same = Telling.objects.filter(
        stakeholder=row.stakeholder, told_at=row.told_at, subject=row.subject, read_at__isnull=True
    )
    with transaction.atomic():
        if same.update(read_at=now):
            body = {"telling_id": row.pk, "stakeholder": row.stakeholder.name}
            activity.record(actor, "telling.read", now=now, body=body, **place)
    row.refresh_from_db()
    return row


def _way(how: str) -> How:
    if how not in list(How):
        raise Refused.field("how", f"“{how[:40]}” is no way of telling.", f"Choose from {', '.join(How)}.")
    if how == How.MAIL and not settings.SENDS_MAIL:
        raise Refused.field("how", "This installation sends no mail.", "Choose another way.")
    return How(how)


def _owed(
    actor: Actor, model: MLModel, causes: Sequence[str], stakeholder_ids: Sequence[int], now: datetime
) -> tuple[Duty, ...]:
    """The open duties that are meant. Refused where one of the causes is none now, or somebody was told already."""
    wanted, people = set(causes), set(stakeholder_ids)
    open_now = (*board_of(model, now).duties, *owed_of(actor, model, causes, now))
    owed = tuple(one for one in open_now if one.cause in wanted and one.stakeholder_id in people)
    if not people:
        raise Refused.field("stakeholders", "Nobody is chosen.", "Choose whom you tell.")
    if wanted - {duty.cause for duty in owed} or people - {duty.stakeholder_id for duty in owed}:
        raise Refused.of(
            "What there is to tell changed since you opened this page: it was told meanwhile, or the facts changed.",
            kind="stale",
            remedy="Look at what is left to tell.",
        )
    return owed


def _refuse_unreachable(way: How, people: Sequence[Stakeholder]) -> None:
    if way not in (How.MAIL, How.PAGE):
        return
    lacking = [
        one.name
        for one in people
        if one.person is None or not one.person.is_active or (way is How.MAIL and not one.person.email)
    ]
    if lacking:
        what = "address" if way is How.MAIL else "page of their own"
        remedy = "Leave them out, or choose another way for them."
        raise Refused.field("how", f"{', '.join(lacking)}: no {what} is known.", remedy)


def _enqueue(made: Sequence[Telling], now: datetime) -> None:
    """One job for each stakeholder; it becomes visible with the tellings."""
    by_person: dict[int, list[int]] = {}
    for row in made:
        by_person.setdefault(row.stakeholder_id, []).append(row.pk)
    Job.objects.bulk_create(
        Job(kind=SEND, payload={"telling_ids": ids}, dedupe=str(ids[0]), run_at=now, created_at=now)
        for ids in by_person.values()
    )


def _message_id(telling_id: int) -> str:
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<telling-{telling_id}@{host}>"
