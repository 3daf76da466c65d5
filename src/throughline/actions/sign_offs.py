"""Sign-offs are given, and waivers asked for, granted, declined and revoked: always by name, never on one's own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from throughline.actions import activity
from throughline.adapters.files import StoredFile, path_of, store
from throughline.core import permissions
from throughline.core.dossier import Dossier, WaiverKind
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.gates import sign_off_fingerprint, why_may_not_sign, why_may_not_waive
from throughline.core.people import holds
from throughline.core.permissions import Actor
from throughline.core.policy import Policy, PolicyCheck
from throughline.core.text import clean, clean_link
from throughline.queries.attachments import row_of
from throughline.queries.dossiers import load
from throughline.queries.moves import waiver_row
from throughline.queries.policies import policy_of
from throughline.queries.portfolio import model_row
from throughline.records.moves import SignOff, Waiver
from throughline.records.portfolio import MLModel

LONGEST_WAIVER = timedelta(days=366)


@activity.records_refusals("sign_off.refused")
def give_sign_off(
    *,
    actor: Actor,
    model_id: int,
    check_id: str,
    reason: str,
    link: str = "",
    file: StoredFile | None = None,
    seen: str = "",
    now: datetime,
) -> SignOff:
    """Puts a name to one check, with a reason and a link or file.

    `seen` is the dossier's fingerprint on the page that was signed; when the facts changed since, it is refused.
    """
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "sign_off.give", noun="model", **place)
    if actor.person_id is None:
        raise NotAllowed("Sign-offs carry a person's name; sign in first.")
    _, policy = policy_of(model)
    check = _check(policy, check_id)
    if not check.is_sign_off:
        raise Refused.of(f"“{check_id}” is computed from evidence; nobody signs it off.", remedy=check.remedy)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    link = clean_link(link)
    if not link and file is None:
        raise Refused.field("link", "A sign-off needs a link or a file to look at.", "Give one of them.")
    dossier = load(model, now=now)
    if why := why_may_not_sign(check, dossier, actor.person_id):
        raise NotAllowed(why)
    if seen and seen != dossier.fingerprint():
        raise Refused.of(
            "The facts changed after you opened this page.", kind="stale", remedy="Look again, then sign."
        )
    row = _sign_off(actor, model, check, policy.label, dossier, now)
    row.reason, row.link = reason, link
    with transaction.atomic():
        if file is not None:
            row.attachment = row_of(file, model, by=actor.name, at=now)
            row.attachment.save()
        SignOff.objects.filter(model=model, check_id=check_id, void_at__isnull=True).update(
            void_at=now, void_reason=f"{actor.name} signed again."
        )
        row.save()
        body = {"check": check_id, "roles": row.roles, "reason": reason, "fingerprint": row.fingerprint}
        told = {**body, "until": row.expires_at}
        activity.record_on_model(actor, "sign_off.given", model, now=now, body=told)
    return row


def sign_off_with_file(
    *,
    actor: Actor,
    model_id: int,
    check_id: str,
    reason: str,
    link: str = "",
    file_name: str,
    chunks: Iterable[bytes],
    seen: str = "",
    now: datetime,
) -> SignOff:
    """Stores the file first and takes it away again when the sign-off is refused."""
    model = model_row(actor, model_id)
    permissions.require(actor, "sign_off.give", noun="model", program_id=model.program_id, model_id=model_id)
    folder = settings.ATTACHMENTS_DIR
    file = store(folder, file_name, chunks, max_bytes=settings.MAX_UPLOAD_BYTES)
    try:
        return give_sign_off(
            actor=actor,
            model_id=model_id,
            check_id=check_id,
            reason=reason,
            link=link,
            file=file,
            seen=seen,
            now=now,
        )
    except BaseException:
        path_of(folder, file.id).unlink(missing_ok=True)
        raise


@activity.records_refusals("waiver.refused")
def request_waiver(
    *,
    actor: Actor,
    model_id: int,
    gate: str,
    check_id: str,
    kind: WaiverKind,
    reason: str,
    until: datetime,
    now: datetime,
) -> Waiver:
    """Asks somebody else to set a check aside for a time, or to agree that it does not apply for now."""
    model = model_row(actor, model_id)
    place = {"program_id": model.program_id, "model_id": model_id}
    permissions.require(actor, "waiver.request", noun="model", **place)
    if actor.person_id is None or actor.is_service:
        raise NotAllowed("Waivers are asked for by people who signed in, not by service accounts.")
    _, policy = policy_of(model)
    check = _check(policy, check_id, gate)
    if not check.waivable_by:
        raise Refused.of("The policy lets nobody waive this check.", remedy=check.remedy)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    if not now < until <= now + LONGEST_WAIVER:
        raise Refused.field("until", "A waiver ends after now and within a year.", "Choose such a date.")
    with transaction.atomic():
        row = Waiver.objects.create(
            model=model,
            gate=gate,
            check_id=check_id,
            kind=kind,
            reason=reason,
            until=until,
            asked_by_id=actor.person_id,
            asker_name=actor.name,
            asked_at=now,
            policy_label=policy.label,
        )
        body = {
            "waiver_id": row.pk,
            "gate": gate,
            "check": check_id,
            "kind": kind,
            "reason": reason,
            "until": until,
        }
        activity.record(actor, "waiver.requested", now=now, body=body, **place)
    return row


@activity.records_refusals("waiver.refused")
def decide_waiver(*, actor: Actor, waiver_id: int, is_granted: bool, reason: str, now: datetime) -> Waiver:
    """Grants or declines what somebody else asked for."""
    row = waiver_row(actor, waiver_id)
    model = model_row(actor, row.model_id)
    place = {"program_id": model.program_id, "model_id": model.pk}
    permissions.require(actor, "waiver.decide", noun="waiver", **place)
    _, policy = policy_of(model)
    check = _check(policy, row.check_id, row.gate)
    reason = clean(reason, field="reason", max_length=5_000, required=True)
    if why := why_may_not_waive(check, load(model, now=now), actor.person_id, row.asked_by_id):
        raise Refused.of(why) if actor.person_id == row.asked_by_id else NotAllowed(why)
    if is_granted and row.until <= now:
        raise Refused.of("The date asked for has passed.", remedy="Ask for a new waiver.")
    state = "granted" if is_granted else "declined"
    with transaction.atomic():
        written = Waiver.objects.filter(pk=waiver_id, state="asked").update(
            state=state,
            decided_by_id=actor.person_id,
            decider_name=actor.name,
            decided_at=now,
            decision_reason=reason,
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of("Somebody else decided this waiver a moment ago.", kind="lost_race")
        body = {
            "waiver_id": waiver_id,
            "gate": row.gate,
            "check": row.check_id,
            "reason": reason,
            "until": row.until,
        }
        activity.record_on_model(actor, f"waiver.{state}", model, now=now, body=body)
    row.refresh_from_db()
    return row


@activity.records_refusals("waiver.refused")
def revoke_waiver(*, actor: Actor, waiver_id: int, reason: str, now: datetime) -> Waiver:
    """Ends a waiver early; it is never undone, so that past verdicts keep it."""
    row = waiver_row(actor, waiver_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "waiver.decide", noun="waiver", **place)
    _require_revoker(actor, row, now)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    with transaction.atomic():
        written = Waiver.objects.filter(pk=waiver_id, state="granted").update(
            state="revoked",
            revoked_at=now,
            revoked_by=actor.name,
            revoke_reason=reason,
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of("Only a waiver that is in force can be revoked.", kind="lost_race")
        body = {"waiver_id": waiver_id, "gate": row.gate, "check": row.check_id, "reason": reason}
        activity.record_on_model(actor, "waiver.revoked", row.model, now=now, body=body)
    row.refresh_from_db()
    return row


def _sign_off(
    actor: Actor, model: MLModel, check: PolicyCheck, policy_label: str, dossier: Dossier, now: datetime
) -> SignOff:
    """Names, roles and what was seen are copied, so that they stand whatever becomes of them."""
    covered = dossier.covered(check.covers)
    return SignOff(
        model=model,
        release_id=dossier.release.id if dossier.release else None,
        check_id=check.id,
        person_id=actor.person_id or 0,
        name=actor.name,
        roles=[role for role in check.signed_by if holds(dossier.assignments, actor.person_id, role, now)],
        covers=list(check.covers),
        covered=covered,
        fingerprint=sign_off_fingerprint(check, covered),
        policy_label=policy_label,
        given_at=now,
        expires_at=now + timedelta(days=check.valid_days),
    )


def _require_revoker(actor: Actor, row: Waiver, now: datetime) -> None:
    """Whoever could grant it, or a manager."""
    model = row.model
    if permissions.may(actor, "people.change", program_id=model.program_id, model_id=model.pk):
        return
    _, policy = policy_of(model)
    check = policy.gates[row.gate].check(row.check_id)
    why = why_may_not_waive(check, load(model, now=now), actor.person_id, None) if check else ""
    if check is None or why:
        raise NotAllowed(f"{why} A manager can revoke it too.".strip())


def _check(policy: Policy, check_id: str, gate: str = "") -> PolicyCheck:
    if gate and gate not in policy.gates:
        raise Missing("gate")
    check = policy.gates[gate].check(check_id) if gate else policy.check(check_id)
    if check is None:
        raise Refused.field("check_id", f"{policy.label} has no check “{check_id[:100]}”.")
    return check
