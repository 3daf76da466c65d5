"""A specification is begun, written section by section, and submitted; from then on it never changes."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.specs.versions import NewVersion
from throughline.core import permissions
from throughline.core.errors import Reason, Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.permissions import Actor
from throughline.core.spec_content import clean_section, content_fingerprint, section_of
from throughline.core.specs import SpecState
from throughline.queries import specs
from throughline.queries.portfolio import model_row
from throughline.records.portfolio import MLModel
from throughline.records.specs import Spec

TRIES = 3


@activity.records_refusals("spec.refused")
def start_draft(*, actor: Actor, model_id: int, now: datetime) -> Spec:
    """The next version, empty or with the content of the approved one."""
    model = _writable(actor, model_id)
    base = specs.approved(model)
    try:
        with transaction.atomic():
            row = NewVersion(
                content=base.content if base else {},
                author_id=actor.person_id,
                author_name=actor.name,
            ).begin(model, now)
            body = {"spec": row.number, "base": base.number if base else None}
            activity.record_on_model(actor, "spec.started", model, now=now, body=body)
    except IntegrityError:
        raise Refused.of(
            "A version is being written or waits for approval already.",
            kind="lost_race",
            remedy="Go on with that one.",
        ) from None
    return row


@activity.records_refusals("spec.refused")
def write_section(
    *,
    actor: Actor,
    model_id: int,
    section: str,
    content: object,
    expected_version: int | None = None,
    now: datetime,
) -> Spec:
    """Writes one section of the draft whole; the others are left as they are.

    `expected_version` is the row's version that the writer saw. What others wrote into other sections since then is
    kept; what they wrote into this one is never overwritten: `Refused` (stale), with what it says now as `current`.
    """
    model = _writable(actor, model_id)
    section_of(section)
    said = clean_section(section, content)
    for _ in range(TRIES):
        row = _draft(model)
        before = row.content.get(section) or type(said)()
        if before == said:
            return row
        _refuse_overwriting(actor, row, section, before, expected_version)
        if _write(actor, model, row, section, said, now):
            row.refresh_from_db()
            return row
    raise Refused.of(
        "Others are writing at this moment.", kind="lost_race", remedy="Nothing was lost: save again."
    )


@activity.records_refusals("spec.refused")
def submit_spec(*, actor: Actor, model_id: int, expected_version: int | None = None, now: datetime) -> Spec:
    """Puts the draft before its approvers. Its content is final from here."""
    model = _writable(actor, model_id)
    row = _draft(model)
    if not row.content:
        raise Refused.of("Nothing is written yet.", remedy="Fill in a section first.")
    if expected_version not in (None, row.version):
        raise Refused.of(
            "Somebody wrote in this draft after you opened it.",
            kind="stale",
            remedy="Look again, then submit.",
        )
    sealed = content_fingerprint(row.content)
    with transaction.atomic():
        written = Spec.objects.filter(pk=row.pk, state=SpecState.DRAFT, version=row.version).update(
            state=SpecState.SUBMITTED,
            fingerprint=sealed,
            submitted_at=now,
            changed_at=now,
            writers=_with_writer(actor, row, "", now),
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of("Somebody else wrote or submitted this draft a moment ago.", kind="lost_race")
        body = {"spec": row.number, "fingerprint": sealed}
        activity.record_on_model(actor, "spec.submitted", model, now=now, body=body)
    row.refresh_from_db()
    return row


def _writable(actor: Actor, model_id: int) -> MLModel:
    model = model_row(actor, model_id)
    permissions.require(actor, "spec.write", noun="model", program_id=model.program_id, model_id=model_id)
    return model


def _draft(model: MLModel) -> Spec:
    row = specs.in_work(model)
    if row is None:
        raise Refused.of("No version is being written.", remedy="Begin one first.")
    if row.state != SpecState.DRAFT:
        raise Refused.of(
            f"Version {row.number} was submitted, so it can't be changed any more.",
            remedy="Have it returned, then go on with the next version.",
        )
    return row


def _refuse_overwriting(
    actor: Actor, row: Spec, section: str, before: object, expected_version: int | None
) -> None:
    last = specs.last_writer(row, section)
    if expected_version is None or last is None or last.version <= expected_version:
        return
    is_own = last.person_id is not None and last.person_id == actor.person_id
    who = "You changed this section in another tab" if is_own else f"{last.name} changed this section too"
    reason = Reason(
        f"{who}, on {last.at:%Y-%m-%d at %H:%M} UTC.", section, "Put both together, then save over it."
    )
    current: Mapping[str, object] = {"version": row.version, "section": section, "content": before}
    raise Refused((reason,), kind="stale", current=current)


def _write(actor: Actor, model: MLModel, row: Spec, section: str, said: object, now: datetime) -> bool:
    """False when somebody else wrote in between."""
    content = {**row.content, section: said}
    with transaction.atomic():
        written = Spec.objects.filter(pk=row.pk, state=SpecState.DRAFT, version=row.version).update(
            content={key: value for key, value in content.items() if value},
            writers=_with_writer(actor, row, section, now),
            changed_at=now,
            version=F("version") + 1,
        )
        if not written:
            return False
        body = {"spec": row.number, "section": section, "fingerprint": fingerprint(said)}
        place = {"program_id": model.program_id, "model_id": model.pk}
        activity.record(actor, "spec.section_written", now=now, body=body, **place)
    return True


def _with_writer(actor: Actor, row: Spec, section: str, now: datetime) -> list[dict[str, object]]:
    """One entry for each person and section, the last time that they wrote it."""
    others = [one for one in row.writers if (one["person_id"], one["section"]) != (actor.person_id, section)]
    entry = {
        "person_id": actor.person_id,
        "name": actor.name,
        "section": section,
        "at": now.isoformat(),
        "version": row.version + 1,
    }
    return [*others, entry]
