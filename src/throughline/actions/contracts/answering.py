"""Both sides agree to a version or decline it; once all have agreed it comes into force by itself."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.contracts.places import changeable, locked, record, refuse_ended
from throughline.core import permissions
from throughline.core.contracts.agreements import (
    Direction,
    History,
    Party,
    Side,
    Version,
    VersionState,
    why_may_not_answer,
)
from throughline.core.errors import NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line, clean_link
from throughline.queries import contracts as queries
from throughline.queries.contract_seats import seat_of
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract


@dataclass(frozen=True)
class Answer:
    """What one side says to a version. `party_id` is the model or stakeholder on the consumer side, None for the
    provider; `seen` is the fingerprint of what was read; `on_behalf_of` names a person outside who said it."""

    number: int
    side: Side
    is_agreed: bool
    seen: str
    party_id: int | None = None
    words: str = ""
    link: str = ""
    on_behalf_of: str = ""


@activity.records_refusals("contract.refused")
def answer_contract(*, actor: Actor, contract_id: int, answer: Answer, now: datetime) -> DataContract:
    """Agrees to the newest version or declines it, for one side. Nobody answers for both sides of a version."""
    row = queries.contract_row(actor, contract_id)
    permissions.require(
        actor, "contract.answer", noun="contract", **queries.place_for(actor, "contract.answer", row)
    )
    person_id = permissions.require_person(actor, "Contracts are agreed to and declined")
    answer = _cleaned(answer)
    with transaction.atomic():
        row = locked(row)
        refuse_ended(row)
        history = queries.history_of(row, now)
        version = _answerable(history, answer, now)
        party = _party(history, answer)
        _require_seat(actor, row, party, answer)
        if why := why_may_not_answer(version, answer.side, person_id):
            raise NotAllowed(why)
        _write(actor, person_id, row, version, party, answer, now)
        body = {
            "version": version.number, "side": answer.side, "party": party.name, "fingerprint": version.seen,
            "words": answer.words, "link": answer.link, "on_behalf_of": answer.on_behalf_of,
        }  # fmt: skip
        verb = "contract.agreed" if answer.is_agreed else "contract.declined"
        record(actor, verb, row, now=now, body=body)
        _put_in_force(actor, row, version.id, now)
    return queries.contract_row(actor, contract_id)


@activity.records_refusals("contract.refused")
def propose_period(
    *,
    actor: Actor,
    contract_id: int,
    number: int,
    starts_on: date | None,
    ends_on: date | None,
    now: datetime,
) -> DataContract:
    """Says from when until when the version that waits shall be in force. Whoever answered it is asked again."""
    row = changeable(actor, contract_id)
    _refuse_period(row, starts_on, ends_on, now)
    with transaction.atomic():
        row = locked(row)
        refuse_ended(row)
        pending = queries.history_of(row, now).pending()
        if pending is None or pending.number != number:
            raise Refused.of("This version does not wait for agreement any more.", kind="lost_race")
        ContractVersion.objects.filter(pk=pending.id).update(starts_on=starts_on, ends_on=ends_on)
        DataContract.objects.filter(pk=row.pk).update(version=F("version") + 1)
        body = {"version": number, "from": starts_on, "until": ends_on}
        record(actor, "contract.proposed", row, now=now, body=body)
    return queries.contract_row(actor, contract_id)


def _cleaned(answer: Answer) -> Answer:
    words = clean(answer.words, field="words", max_length=5_000)
    behalf = clean_line(answer.on_behalf_of, field="on_behalf_of", required=False)
    link = clean_link(answer.link)
    if not answer.is_agreed and not words:
        raise Refused.field("words", "Say what stands against it.", "The other side works with your words.")
    if behalf and not (words and link):
        text = "Somebody outside agrees by their own words, and with a link to where they said them."
        raise Refused.field("words" if not words else "link", text, "Give both.")
    return Answer(
        answer.number, answer.side, answer.is_agreed, answer.seen, answer.party_id, words, link, behalf
    )


def _answerable(history: History, answer: Answer, now: datetime) -> Version:
    """The version that is asked about, if it may be answered: the newest, and what the person read of it."""
    newest = history.newest
    if newest is None or newest.number != answer.number:
        raise Refused.of(
            "Another version was published, or this one was withdrawn.",
            kind="stale",
            remedy="Look at it again.",
        )
    if answer.seen != newest.seen:
        raise Refused.of("This is not what you were shown.", kind="stale", remedy="Look at it again.")
    state = history.state(newest, now)
    if state in (VersionState.IN_FORCE, VersionState.AGREED) and not answer.is_agreed:
        text = "This version is agreed already; it can't be declined any more."
        raise Refused.of(text, remedy="Publish a version that says what should change, or end the contract.")
    if state is VersionState.OVER:
        raise Refused.of("This version is no longer in force.", remedy="Publish the next one.")
    return newest


def _party(history: History, answer: Answer) -> Party:
    wanted = (answer.side, answer.party_id)
    party = next((one for one in history.parties if (one.side, one.id) == wanted), None)
    if party is not None:
        return party
    text = "This is neither the provider nor one of the consumers of this contract."
    raise Refused.field("party", text, "Choose one of those who are asked.")


def _require_seat(actor: Actor, row: DataContract, party: Party, answer: Answer) -> None:
    seat = seat_of(actor, row, party)
    if seat.why_not:
        raise NotAllowed(seat.why_not)
    if seat.needs_name and not answer.on_behalf_of:
        text = f"You are not {party.name}: say who answered, in their words, with a link to them."
        raise Refused.field("on_behalf_of", text, "Name the person who said it.")
    if answer.on_behalf_of and not seat.is_outside:
        text = f"People here answer for {party.name} themselves."
        raise Refused.field("on_behalf_of", text, "Leave it empty.")


def _write(
    actor: Actor,
    person_id: int,
    row: DataContract,
    version: Version,
    party: Party,
    answer: Answer,
    now: datetime,
) -> None:
    before = version.answer_of(party.side, party.id)
    if before is not None and before.is_agreed == answer.is_agreed:
        raise Refused.of(f"{party.name} answered this already: {before.by}.", kind="lost_race")
    of_model = row.direction == Direction.PROVIDER and party.side is Side.CONSUMER
    ContractAnswer.objects.create(
        version_id=version.id,
        side=party.side,
        model_id=party.id if of_model else None,
        stakeholder_id=None if of_model else party.id,
        person_id=person_id,
        name=actor.name,
        on_behalf_of=answer.on_behalf_of,
        is_agreed=answer.is_agreed,
        words=answer.words,
        link=answer.link,
        fingerprint=version.seen,
        answered_at=max(now, *(one.at + timedelta(microseconds=1) for one in version.answers), now),
    )
    DataContract.objects.filter(pk=row.pk).update(version=F("version") + 1)


def _put_in_force(actor: Actor, row: DataContract, version_id: int, now: datetime) -> None:
    """From the agreed day on, or at once; whatever was in force until then ends where it begins."""
    history = queries.history_of(row, now)
    version = next(one for one in history.versions if one.id == version_id)
    if version.in_force_from is not None or not history.is_complete(version):
        return
    _refuse_period(row, None, version.ends_on, now)
    zone = ZoneInfo(row.program.time_zone)
    start = (
        now if version.starts_on is None else max(now, datetime.combine(version.starts_on, time.min, zone))
    )
    until = (
        None
        if version.ends_on is None
        else datetime.combine(version.ends_on + timedelta(days=1), time.min, zone)
    )
    earlier = ContractVersion.objects.filter(contract=row, in_force_from__isnull=False)
    earlier.filter(in_force_until__isnull=True).update(in_force_until=start)
    earlier.filter(in_force_until__gt=start).update(in_force_until=start)
    ContractVersion.objects.filter(pk=version_id).update(in_force_from=start, in_force_until=until)
    agreed = [one.by for one in version.agreed(history.parties)]
    body = {"version": version.number, "from": start, "until": until, "agreed_by": agreed}
    record(actor, "contract.in_force", row, now=now, body=body)


def _refuse_period(row: DataContract, starts_on: date | None, ends_on: date | None, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(row.program.time_zone)).date()
    if ends_on is not None and ends_on < (starts_on or today):
        text = "The period would end before it begins."
        raise Refused.field("ends_on", text, "Give a later last day, or none.")
    if ends_on is not None and ends_on < today:
        raise Refused.field("ends_on", "That day has passed.", "Give a later last day, or none.")
