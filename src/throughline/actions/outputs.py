"""Output is shown to stakeholders, who approve it or return it; what was returned gets an updated timeline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from throughline.actions import activity
from throughline.adapters.files import StoredFile, path_of, store
from throughline.adapters.samples import read_sample
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Refused
from throughline.core.outputs import (
    OutputKind,
    Purpose,
    Reply,
    Sample,
    Shown,
    asked_again,
    require_consistent,
    require_timeline,
    timeline_cause,
)
from throughline.core.permissions import Actor
from throughline.core.text import clean, clean_line, clean_link
from throughline.queries import outputs as queries
from throughline.queries.attachments import row_of
from throughline.queries.portfolio import model_row, release_row
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.portfolio import MLModel, Release
from throughline.records.promises import Telling
from throughline.records.stakeholders import Stakeholder

MOST_ASKED = 100


@dataclass(frozen=True)
class NewOutput:
    """What a door brings to be shown. `release_id` None means the prototype."""

    title: str
    purpose: Purpose = Purpose.DRAFT
    note: str = ""
    link: str = ""
    release_id: int | None = None
    stakeholder_ids: tuple[int, ...] = ()


@activity.records_refusals("output.refused")
def share_output(
    *,
    actor: Actor,
    model_id: int,
    item: NewOutput,
    file: StoredFile | None = None,
    sample: Sample | None = None,
    now: datetime,
) -> Output:
    """Shows a link, a file or a sample to named stakeholders; it takes the place of the share before it.

    Approvers of the share before it, and whoever returned it, are asked again.
    """
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    release = release_row(model, item.release_id) if item.release_id is not None else None
    shown = _shown(item, release, file, sample)
    with transaction.atomic():
        MLModel.objects.select_for_update().get(
            pk=model.pk
        )  # two shares at once would both miss whom to ask again
        asked = _to_ask(model, item, release, actor.person_id, now)
        row = Output(
            model=model,
            release=release,
            purpose=shown.purpose,
            kind=shown.kind,
            title=shown.title,
            note=shown.note,
            link=shown.link,
            sample=shown.sample,
            subject=shown.subject,
            fingerprint=shown.fingerprint(),
            shared_by_id=actor.person_id,
            sharer_name=actor.name,
            shared_at=now,
        )
        if file is not None:
            row.attachment = row_of(file, model, by=actor.name, at=now)
            row.attachment.save()
        row.save()
        OutputAnswer.objects.bulk_create(
            OutputAnswer(output=row, stakeholder=one, asked_at=now) for one in asked
        )
        told = {**_in_the_log(row), "asked": [one.name for one in asked], "fingerprint": row.fingerprint}
        activity.record_on_model(actor, "output.shared", model, now=now, body=told)
    return row


def share_file(
    *,
    actor: Actor,
    model_id: int,
    item: NewOutput,
    file_name: str,
    chunks: Iterable[bytes],
    is_sample: bool,
    now: datetime,
) -> Output:
    """Stores the file first, and takes it away again when it is refused. With `is_sample` its first rows are shown."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    folder = settings.ATTACHMENTS_DIR
    file = store(folder, file_name, chunks, max_bytes=settings.MAX_UPLOAD_BYTES)
    try:
        sample = read_sample(path_of(folder, file.id)) if is_sample else None
        return share_output(actor=actor, model_id=model_id, item=item, file=file, sample=sample, now=now)
    except BaseException:
        path_of(folder, file.id).unlink(missing_ok=True)
        raise


@activity.records_refusals("output.refused")
def ask_about_output(
    *, actor: Actor, output_id: int, stakeholder_ids: Iterable[int], now: datetime
) -> Output:
    """Asks further stakeholders about something that was shown already."""
    row = _changeable(actor, output_id)
    asked = _stakeholders(row.model, stakeholder_ids, but=row.shared_by_id)
    known = {answer.stakeholder_id for answer in row.answers.all()}
    fresh = [one for one in asked if one.pk not in known]
    if not fresh:
        raise Refused.field("stakeholders", "They were asked already.", "Choose somebody else.")
    with transaction.atomic():
        written = _live(row).update(version=F("version") + 1)
        if not written:
            raise Refused.of("This was withdrawn, or changed a moment ago.", kind="lost_race")
        OutputAnswer.objects.bulk_create(
            OutputAnswer(output=row, stakeholder=one, asked_at=now) for one in fresh
        )
        body = {**_in_the_log(row), "asked": [one.name for one in fresh]}
        activity.record_on_model(actor, "output.asked", row.model, now=now, body=body)
    return queries.output_row(actor, output_id)


@activity.records_refusals("output.refused")
def withdraw_output(*, actor: Actor, output_id: int, now: datetime) -> Output:
    """Takes a share back; the record keeps it. What was returned stays, because a new timeline is owed for it."""
    row = _changeable(actor, output_id)
    if queries.share_of(row, now).fact.returned:
        raise Refused.of(
            "It was returned, so it can't be withdrawn.",
            remedy="Update its timeline, and share the next draft.",
        )
    with transaction.atomic():
        unreturned = _live(row).exclude(answers__answer=Reply.RETURNED)
        if not unreturned.update(withdrawn_at=now, withdrawn_by=actor.name, version=F("version") + 1):
            raise Refused.of("It was withdrawn or answered a moment ago.", kind="lost_race")
        activity.record_on_model(actor, "output.withdrawn", row.model, now=now, body=_in_the_log(row))
    return queries.output_row(actor, output_id)


@activity.records_refusals("output.refused")
def answer_output(
    *, actor: Actor, output_id: int, is_approval: bool, words: str = "", seen: str, now: datetime
) -> Output:
    """The person who was asked approves what they saw, or returns it with words.

    `seen` is the fingerprint of what was on their page. Somebody who was asked for several groups answers for all.
    """
    row = queries.output_row(actor, output_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "output.answer", noun="output", **place)
    person_id = permissions.require_person(actor, "Output is approved or returned")
    words = clean(words, field="words", max_length=5_000)
    if not is_approval and not words:
        raise Refused.field("words", "Say what is wrong with it.", "The team works with your words.")
    asks = _own_asks(row, person_id)
    if seen != row.fingerprint or queries.shown_now(row).fingerprint() != row.fingerprint:
        raise Refused.of("This is not what you were shown.", kind="stale", remedy="Look at it again.")
    reply = Reply.APPROVED if is_approval else Reply.RETURNED
    with transaction.atomic():
        _require_live(row, now)
        written = OutputAnswer.objects.filter(pk__in=[ask.pk for ask in asks], answer="").update(
            answer=reply,
            words=words,
            person_id=person_id,
            name=actor.name,
            fingerprint=row.fingerprint,
            answered_at=now,
            version=F("version") + 1,
        )
        if written != len(asks):
            raise Refused.of("You answered this a moment ago, in another place.", kind="lost_race")
        told = {**_in_the_log(row), "for": [ask.stakeholder.name for ask in asks], "words": words}
        body = {**told, "fingerprint": row.fingerprint}
        activity.record_on_model(actor, f"output.{reply}", row.model, now=now, body=body)
    return queries.output_row(actor, output_id)


@activity.records_refusals("output.refused")
def update_timeline(
    *,
    actor: Actor,
    output_id: int,
    on: date,
    note: str,
    expected_version: int | None = None,
    now: datetime,
) -> Output:
    """Says when something that was returned can be expected now. Whoever was asked has to be told of it."""
    row = _changeable(actor, output_id)
    note = clean(note, field="note", max_length=5_000, required=True)
    require_timeline(queries.share_of(row, now).fact, on, now.date())
    if expected_version is not None and expected_version != row.version:
        raise Refused.of("Somebody changed this meanwhile.", kind="stale", remedy="Look again.")
    with transaction.atomic():
        telling = Telling.objects.filter(model_id=row.model_id, cause=timeline_cause(row.pk))
        written = not telling.exists() and _live(row).update(
            timeline_on=on,
            timeline_note=note,
            timeline_by=actor.name,
            timeline_at=now,
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of("Somebody else was faster.", kind="lost_race", remedy="Look again.")
        body = {**_in_the_log(row), "on": on.isoformat(), "note": note}
        activity.record_on_model(actor, "output.timeline_updated", row.model, now=now, body=body)
    return queries.output_row(actor, output_id)


def _shown(item: NewOutput, release: Release | None, file: StoredFile | None, sample: Sample | None) -> Shown:
    kind = OutputKind.SAMPLE if sample else OutputKind.FILE if file else OutputKind.LINK
    shown = Shown(
        kind=kind,
        purpose=Purpose(item.purpose),
        title=clean_line(item.title, field="title"),
        note=clean(item.note, field="note", max_length=5_000),
        link=clean_link(item.link),
        file=file.sha256 if file else "",
        sample=sample.to_plain() if sample else None,
        release_id=release.pk if release else None,
        subject=release.subject if release else "",
    )
    require_consistent(shown)
    return shown


def _to_ask(
    model: MLModel, item: NewOutput, release: Release | None, person_id: int | None, now: datetime
) -> list[Stakeholder]:
    wanted = {*item.stakeholder_ids, *asked_again(queries.before(model, item.purpose, release, now))}
    if not wanted:
        raise Refused.field("stakeholders", "Nobody is asked.", "Choose at least one stakeholder.")
    return _stakeholders(model, wanted, but=person_id)


def _stakeholders(model: MLModel, ids: Iterable[int], *, but: int | None) -> list[Stakeholder]:
    """Four eyes: whoever shows something is not asked about it, by any door or under any name."""
    wanted = set(ids)
    if len(wanted) > MOST_ASKED:
        raise Refused.field("stakeholders", f"At most {MOST_ASKED} can be asked.", "Choose fewer.")
    found = list(Stakeholder.objects.filter(model=model, pk__in=wanted, ended_at__isnull=True).order_by("pk"))
    if len(found) != len(wanted):
        raise Refused.field(
            "stakeholders", "Somebody chosen is not a stakeholder of this model now.", "Choose from the list."
        )
    if own := next((one for one in found if one.person_id is not None and one.person_id == but), None):
        why = f"{own.name} can't be asked about what the same person shows."
        raise Refused.field("stakeholders", why, "Let somebody else share it, or ask somebody else.")
    return found


def _changeable(actor: Actor, output_id: int) -> Output:
    row = queries.output_row(actor, output_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "model.change", noun="output", **place)
    return row


def _live(row: Output) -> QuerySet[Output]:
    """The row as it was read, unless somebody was faster."""
    return Output.objects.filter(pk=row.pk, version=row.version, withdrawn_at__isnull=True)


def _own_asks(row: Output, person_id: int) -> list[OutputAnswer]:
    """What this person was asked and has not answered."""
    if row.shared_by_id == person_id:
        raise NotAllowed("You showed this yourself; somebody else answers.")
    own = [one for one in row.answers.all() if one.stakeholder.person_id == person_id]
    live = [one for one in own if one.stakeholder.ended_at is None]
    if not live:
        raise NotAllowed("Only the stakeholders who were asked answer this.")
    unanswered = [one for one in live if not one.answer]
    if not unanswered:
        raise Refused.of("You have answered this.", remedy="When it changes, you are asked anew.")
    return unanswered


def _require_live(row: Output, now: datetime) -> None:
    """Asked inside the transaction: a share that is gone, or that a newer one replaced, takes no answer.

    The version goes up, so that whoever withdraws it at the same moment finds out that it was answered.
    """
    live = Output.objects.filter(pk=row.pk, withdrawn_at__isnull=True)
    if not live.update(version=F("version") + 1):
        raise Refused.of("This was withdrawn; nothing more is asked.", kind="lost_race")
    if queries.is_replaced(row, now):
        raise Refused.of(
            "Something newer was shown in its place.", kind="stale", remedy="Answer the newer one."
        )


def _in_the_log(row: Output) -> dict[str, object]:
    return {"output_id": row.pk, "title": row.title, "purpose": row.purpose, "kind": row.kind}
