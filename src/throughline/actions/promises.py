"""Promises are given, changed, withdrawn and closed as kept; their recipients acknowledge or dispute them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.drift import why_not_kept
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.promises import Content, PromiseState, changed_fields, clean_content
from throughline.core.promises import Promise as PromiseFact
from throughline.core.stages import Standing
from throughline.core.text import clean
from throughline.queries import promises as queries
from throughline.queries.portfolio import model_row
from throughline.queries.promises import board_of, promise_row
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseAnswer, PromiseRecipient, PromiseVersion
from throughline.records.stakeholders import Stakeholder

OVER = (Standing.STOPPED, Standing.RETIRED)
FIELDS = ("statement", "due_on", "value", "criterion")


@activity.records_refusals("promise.refused")
def give_promise(
    *,
    actor: Actor,
    model_id: int,
    kind: str,
    content: Content,
    stakeholder_ids: Sequence[int],
    now: datetime,
) -> Promise:
    """To stakeholders of the model, at least one. From then on it is compared with the facts."""
    model = model_row(actor, model_id)
    _require(actor, model)
    if model.standing in OVER:
        raise Refused.of(f"Work on {model.name} is over: nothing can be promised of it.")
    content = clean_content(kind, content, criteria=queries.criteria_of(model, now))
    _refuse_past(model, content.due_on, now)
    recipients = _recipients(model, stakeholder_ids, now)
    with transaction.atomic():
        row = Promise.objects.create(model=model, kind=kind, created_at=now)
        _write_version(row, 1, content, "", actor, now)
        PromiseRecipient.objects.bulk_create(
            PromiseRecipient(promise=row, stakeholder=one, since=now) for one in recipients
        )
        body = {**_told(row, 1, content), "to": [one.name for one in recipients]}
        activity.record_on_model(actor, "promise.given", model, now=now, body=body)
    return row


@activity.records_refusals("promise.refused")
def change_promise(
    *,
    actor: Actor,
    promise_id: int,
    fields: Mapping[str, Any],
    reason: str,
    expected_version: int | None = None,
    now: datetime,
) -> Promise:
    """Adds a version. `fields` holds what is said otherwise: statement, due_on, value, criterion."""
    row, fact = _live(actor, promise_id, now)
    _expect(row, fact, expected_version)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    wanted = {name: value for name, value in fields.items() if name in FIELDS}
    said = clean_content(
        row.kind, replace(fact.latest.content, **wanted), criteria=queries.criteria_of(row.model, now)
    )
    if said == fact.latest.content:
        raise Refused.of("This says what the promise says already.", remedy="Change something, or leave it.")
    if said.due_on != fact.latest.due_on:
        _refuse_past(row.model, said.due_on, now)
    number = fact.latest.number + 1
    with transaction.atomic():
        _advance(row)
        version = _write_version(row, number, said, reason, actor, now)
        before = changed_fields(fact.latest, replace(fact.latest, number=number, **vars(said)))
        body = {**_told(row, number, said), "reason": reason, "changed": [list(one) for one in before]}
        activity.record_on_model(
            actor, "promise.changed", row.model, now=now, body={**body, "version": version.number}
        )
    row.refresh_from_db()
    return row


@activity.records_refusals("promise.refused")
def withdraw_promise(
    *, actor: Actor, promise_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> Promise:
    """It no longer stands, and everybody to whom it was given has to be told so."""
    row, fact = _live(actor, promise_id, now)
    _expect(row, fact, expected_version)
    return _close(actor, row, PromiseState.WITHDRAWN, reason, now)


@activity.records_refusals("promise.refused")
def close_promise(
    *, actor: Actor, promise_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> Promise:
    """As kept, with words that say what shows it. Refused while the facts say otherwise."""
    row, fact = _live(actor, promise_id, now)
    _expect(row, fact, expected_version)
    if why := why_not_kept(fact, board_of(row.model, now).facts):
        raise Refused.of(
            f"The facts do not show that it is kept: {why}", remedy="Change or withdraw it instead."
        )
    return _close(actor, row, PromiseState.KEPT, reason, now)


@activity.records_refusals("promise.answer_refused")
def answer_promise(
    *,
    actor: Actor,
    promise_id: int,
    number: int,
    is_acknowledgement: bool,
    words: str = "",
    now: datetime,
) -> PromiseAnswer:
    """A recipient acknowledges the version that they saw, `number`, or disputes it and says why."""
    row = promise_row(actor, promise_id)
    permissions.require(actor, "promise.answer", noun="promise", **_place(row.model))
    person_id = permissions.require_person(actor, "Promises are answered")
    stakeholder = queries.own_stakeholder(actor, row, now)
    if stakeholder is None:
        raise NotAllowed("This was not promised to you, so it is not yours to answer.")
    words = clean(words, field="words", max_length=2_000, required=not is_acknowledgement)
    with transaction.atomic():
        version = _seen(row, number)
        if version.given_by_id == person_id:
            raise NotAllowed("You gave this promise yourself; somebody else to whom it was given answers it.")
        answer = PromiseAnswer.objects.create(
            promise_version=version,
            stakeholder=stakeholder,
            person_id=person_id,
            name=actor.name,
            is_acknowledgement=is_acknowledgement,
            words=words,
            at=now,
        )
        verb = "promise.acknowledged" if is_acknowledgement else "promise.disputed"
        body = {"promise_id": row.pk, "version": number, "stakeholder": stakeholder.name, "words": words}
        activity.record_on_model(actor, verb, row.model, now=now, body=body)
    return answer


@activity.records_refusals("promise.refused")
def add_recipient(*, actor: Actor, promise_id: int, stakeholder_id: int, now: datetime) -> PromiseRecipient:
    """The promise is given to one more stakeholder, who has to be told of it."""
    row, _ = _live(actor, promise_id, now)
    stakeholder = _recipients(row.model, [stakeholder_id], now)[0]
    known = PromiseRecipient.objects.filter(promise=row, stakeholder=stakeholder)
    try:
        with transaction.atomic():
            if not known.filter(ended_at__isnull=False).update(since=now, ended_at=None):
                PromiseRecipient.objects.create(promise=row, stakeholder=stakeholder, since=now)
            _record_recipient(actor, "promise.recipient_added", row, stakeholder, now)
    except IntegrityError:
        raise Refused.of(f"{stakeholder.name} was given this promise already.", kind="lost_race") from None
    return known.get()


@activity.records_refusals("promise.refused")
def remove_recipient(*, actor: Actor, promise_id: int, stakeholder_id: int, now: datetime) -> None:
    """It is no longer given to them. The last recipient stays: a promise to nobody is withdrawn."""
    row, fact = _live(actor, promise_id, now)
    given = {one.stakeholder_id: one.name for one in fact.recipients}
    if set(given) == {stakeholder_id}:
        raise Refused.of("A promise is given to somebody.", remedy="Withdraw it instead.")
    known = PromiseRecipient.objects.filter(promise=row, stakeholder_id=stakeholder_id, ended_at__isnull=True)
    with transaction.atomic():
        if not known.update(ended_at=now):
            raise Refused.of("This is not promised to them, or no longer.", kind="lost_race")
        stakeholder = Stakeholder.objects.get(pk=stakeholder_id)
        _record_recipient(actor, "promise.recipient_removed", row, stakeholder, now)


def _live(actor: Actor, promise_id: int, now: datetime) -> tuple[Promise, PromiseFact]:
    """A promise that still stands, for somebody who may change it."""
    row = promise_row(actor, promise_id)
    _require(actor, row.model)
    fact = next(one for one in board_of(row.model, now).promises.given if one.id == promise_id)
    if row.state != PromiseState.LIVE:
        raise Refused.of(f"This promise was {'withdrawn' if row.state == 'withdrawn' else 'closed as kept'}.")
    return row, fact


def _require(actor: Actor, model: MLModel) -> None:
    permissions.require(actor, "promise.give", noun="promise", **_place(model))


def _place(model: MLModel) -> dict[str, int]:
    return {"program_id": model.program_id, "model_id": model.pk}


def _expect(row: Promise, fact: PromiseFact, expected_version: int | None) -> None:
    if expected_version in (None, row.version):
        return
    content = fact.latest
    said = {**vars(content.content), "number": content.number, "given_by": content.given_by}
    raise Refused(
        Refused.of(
            f"{content.given_by} changed this promise meanwhile.",
            remedy="Look at what it says now, then decide again.",
        ).reasons,
        kind="stale",
        current={name: str(value or "") for name, value in said.items()},
    )


def _advance(row: Promise, **changes: object) -> None:
    """On condition that nobody changed or closed it since it was read."""
    rows = Promise.objects.filter(pk=row.pk, version=row.version, state=PromiseState.LIVE)
    if not rows.update(version=F("version") + 1, **changes):
        raise Refused.of(
            "Somebody else changed this promise a moment ago.", kind="lost_race", remedy="Look again."
        )


def _close(actor: Actor, row: Promise, state: PromiseState, reason: str, now: datetime) -> Promise:
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        _advance(row, state=state, closed_at=now, closed_by=actor.name, closed_reason=reason)
        verb = "promise.kept" if state is PromiseState.KEPT else "promise.withdrawn"
        body = {"promise_id": row.pk, "kind": row.kind, "reason": reason}
        activity.record_on_model(actor, verb, row.model, now=now, body=body)
    row.refresh_from_db()
    return row


def _seen(row: Promise, number: int) -> PromiseVersion:
    """The version that was seen, when it is the newest and stands; nobody can add one until this is written."""
    stands = Promise.objects.filter(pk=row.pk, state=PromiseState.LIVE).update(version=F("version"))
    newest = row.versions.order_by("-number").first()
    if not stands or newest is None:
        raise Refused.of("This promise no longer stands, so there is nothing to answer.")
    if newest.number != number:
        raise Refused.of(
            "It was changed since you saw it.", kind="stale", remedy="Look at what it says now, then answer."
        )
    return newest


def _write_version(
    row: Promise, number: int, content: Content, reason: str, actor: Actor, now: datetime
) -> PromiseVersion:
    spec = queries.spec_of(row.model, now)
    value = {"text": content.value} if content.value else {}
    return PromiseVersion.objects.create(
        promise=row,
        number=number,
        statement=content.statement,
        due_on=content.due_on,
        value={**value, "rests_on": spec.as_base()} if spec else value,
        criterion=content.criterion,
        reason=reason,
        given_by_id=actor.person_id,
        giver_name=actor.name,
        given_at=now,
    )


def _recipients(model: MLModel, ids: Sequence[int], now: datetime) -> list[Stakeholder]:
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in queries.stakeholder_rows(model, now).filter(pk__in=wanted)}
    if not wanted:
        raise Refused.field(
            "stakeholders", "A promise is given to somebody.", "Choose at least one stakeholder."
        )
    if len(found) != len(wanted):
        raise Refused.field(
            "stakeholders", "One of these is no stakeholder of this model, or no longer.", "Choose again."
        )
    return [found[pk] for pk in wanted]


def _refuse_past(model: MLModel, due_on: date | None, now: datetime) -> None:
    if due_on is not None and due_on < now.astimezone(ZoneInfo(model.program.time_zone)).date():
        raise Refused.field("due_on", "This day has passed.", "Promise today or a later day.")


def _record_recipient(actor: Actor, verb: str, row: Promise, stakeholder: Stakeholder, now: datetime) -> None:
    body = {"promise_id": row.pk, "kind": row.kind, "stakeholder": stakeholder.name}
    activity.record_on_model(actor, verb, row.model, now=now, body=body)


def _told(row: Promise, number: int, content: Content) -> dict[str, object]:
    said = {"promise_id": row.pk, "kind": row.kind, "version": number}
    return {**said, **{name: value for name, value in vars(content).items() if value}}
