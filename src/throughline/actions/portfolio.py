"""Programs, models and releases come into the record and change there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.dossier import ReleaseKind
from throughline.core.errors import Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.portfolio import changes, clean_fields, clean_slug, revision_content
from throughline.core.stages import Stage, Standing
from throughline.core.text import clean, clean_line
from throughline.queries.policies import read, shipped_source
from throughline.queries.portfolio import model_row, program_by_id, release_row
from throughline.records.policies import Policy
from throughline.records.portfolio import MLModel, Program, Release, Revision


@activity.records_refusals("program.refused")
def create_program(
    *,
    actor: Actor,
    name: str,
    slug: str,
    time_zone: str = "UTC",
    policy: str = "default",
    is_sample: bool = False,
    now: datetime,
) -> Program:
    """A program with one of the shipped policies in force."""
    permissions.require(actor, "program.create")
    name, slug = clean_line(name, field="name"), clean_slug(slug)
    source = shipped_source(policy)
    content = read(source)
    with transaction.atomic():
        if Program.objects.filter(slug=slug).exists():
            raise Refused.field("slug", f"There is a program “{slug}” already.", "Choose another short name.")
        program = Program.objects.create(
            name=name, slug=slug, time_zone=time_zone, is_sample=is_sample, created_at=now
        )
        program.policy = Policy.objects.create(
            program=program,
            name=content.name,
            label=content.version,
            source=source,
            content=content.source,
            fingerprint=content.fingerprint,
            note="Shipped with the product.",
            published_at=now,
            published_by=actor.name,
        )
        program.save(update_fields=["policy"])
        activity.record(
            actor,
            "program.created",
            now=now,
            program_id=program.pk,
            body={"name": name, "policy": content.label},
        )
    return program


@activity.records_refusals("model.refused")
def create_model(
    *,
    actor: Actor,
    program_id: int,
    fields: Mapping[str, object],
    stage: Stage = Stage.CONCEPTION,
    now: datetime,
) -> MLModel:
    """A new model, at conception. Imports place models elsewhere; people take them there through the gates."""
    permissions.require(actor, "model.create", noun="program", program_id=program_id)
    cleaned = clean_fields(fields, is_new=True)
    program = program_by_id(actor, program_id)
    external_id = cleaned.pop("external_id", "") or None
    try:
        with transaction.atomic():
            model = MLModel.objects.create(
                program=program,
                policy=program.policy,
                external_id=external_id,
                stage=stage,
                standing=Standing.ACTIVE,
                stage_since=now,
                created_at=now,
                changed_at=now,
                **cleaned,
            )
            _revise(model, {}, actor, now)
            activity.record_on_model(actor, "model.created", model, now=now, body={"name": model.name})
    except IntegrityError:
        raise Refused.field(
            "external_id", f"A model with the external id “{external_id}” exists in this program."
        ) from None
    return model


@activity.records_refusals("model.refused")
def change_model(
    *, actor: Actor, model_id: int, expected_version: int | None, fields: Mapping[str, object], now: datetime
) -> MLModel:
    """Writes the given fields. `expected_version` is the version that the writer saw; None accepts any."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    cleaned: dict[str, str | None] = {**clean_fields(fields, is_new=False)}
    if "external_id" in cleaned:
        cleaned["external_id"] = cleaned["external_id"] or None
    before = revision_content(model)
    written = {name: value for name, value in cleaned.items() if before[name] != value}
    if not written and expected_version in (None, model.version):
        return model
    try:
        with transaction.atomic():
            _write(model, expected_version, written, now)
            model.refresh_from_db()
            changed = _revise(model, before, actor, now)
            activity.record_on_model(actor, "model.changed", model, now=now, body={"changed": changed})
    except IntegrityError:
        raise Refused.field(
            "external_id", f"A model with the external id “{cleaned['external_id']}” exists."
        ) from None
    return model


@activity.records_refusals("model.refused")
def put_model(
    *,
    actor: Actor,
    program_id: int,
    external_id: str,
    fields: Mapping[str, object],
    expected_version: int | None = None,
    now: datetime,
) -> tuple[MLModel, bool]:
    """Creates or changes the model with this external id; true when it was created."""
    program = program_by_id(actor, program_id)
    key = clean_line(external_id, field="external_id")
    found = MLModel.objects.filter(program=program, external_id=key).first()
    if found is None:
        if expected_version is not None:
            raise Refused((Reason("There is no such model to change yet."),), kind="stale", current={})
        return create_model(
            actor=actor, program_id=program_id, fields={**fields, "external_id": key}, now=now
        ), True
    return change_model(
        actor=actor, model_id=found.pk, expected_version=expected_version, fields=fields, now=now
    ), False


@activity.records_refusals("release.refused")
def plan_release(
    *, actor: Actor, model_id: int, name: str, subject: str = "", notes: str = "", now: datetime
) -> Release:
    """The next version on its way to users: the first release walks the gates, later ones are updates.

    `subject` names the registered version, in the words that its evidence uses (`churn_scorer version 2`).
    """
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    name = clean_line(name, field="name", max_length=100)
    subject = clean_line(subject, field="subject", max_length=300, required=False)
    notes = clean(notes, field="notes", max_length=5_000)
    if model.standing != Standing.ACTIVE or model.stage == Stage.DEPRECATION:
        raise Refused.of(
            f"{model.name} is {model.standing} in {Stage(model.stage).label}, so nothing new is released."
        )
    kind = ReleaseKind.UPDATE if model.stage == Stage.PRODUCTION else ReleaseKind.FIRST
    try:
        with transaction.atomic():
            release = Release.objects.create(
                model=model,
                name=name,
                kind=kind,
                subject=subject,
                notes=notes,
                created_by=actor.name,
                created_at=now,
            )
            body = {"release": name, "kind": kind, "subject": subject}
            activity.record_on_model(actor, "release.planned", model, now=now, body=body)
    except IntegrityError:
        raise Refused.field(
            "name",
            f"A release called “{name}” exists, or another release is planned already.",
            "Withdraw or finish that one first.",
        ) from None
    return release


@activity.records_refusals("release.refused")
def change_release(
    *,
    actor: Actor,
    model_id: int,
    release_id: int,
    expected_version: int,
    subject: str,
    notes: str,
    now: datetime,
) -> Release:
    """Says which registered version a planned release is; sign-offs that rested on another one become void."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    release = release_row(model, release_id)
    subject = clean_line(subject, field="subject", max_length=300, required=False)
    notes = clean(notes, field="notes", max_length=5_000)
    with transaction.atomic():
        written = Release.objects.filter(pk=release_id, version=expected_version, state="planned").update(
            subject=subject, notes=notes, version=F("version") + 1
        )
        if not written:
            raise Refused.of(
                "This release was changed or finished meanwhile.", kind="stale", remedy="Look again."
            )
        body = {"release": release.name, "subject": [release.subject, subject]}
        activity.record_on_model(actor, "release.changed", model, now=now, body=body)
    release.refresh_from_db()
    return release


@activity.records_refusals("release.refused")
def withdraw_release(*, actor: Actor, model_id: int, release_id: int, reason: str, now: datetime) -> Release:
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    release = release_row(model, release_id)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    if release.moves.filter(state="open").exists():
        raise Refused.of(
            "A move with this release is waiting for its decision.", remedy="Withdraw the move first."
        )
    with transaction.atomic():
        if not Release.objects.filter(pk=release_id, state="planned").update(
            state="withdrawn", ended_at=now, version=F("version") + 1
        ):
            raise Refused.of("Only a planned release can be withdrawn.")
        body = {"release": release.name, "reason": reason}
        activity.record_on_model(actor, "release.withdrawn", model, now=now, body=body)
    release.refresh_from_db()
    return release


@activity.records_refusals("policy.refused")
def adopt_policy(*, actor: Actor, model_id: int, now: datetime) -> MLModel:
    """Moves a model from the policy version under which it started its gate to the one now in force."""
    model = model_row(actor, model_id)
    permissions.require(actor, "model.change", noun="model", program_id=model.program_id, model_id=model_id)
    old, new = model.policy, model.program.policy
    if old == new:
        raise Refused.of("This model is on the policy in force already.")
    before = revision_content(model)
    with transaction.atomic():
        if not MLModel.objects.filter(pk=model_id, policy=old).update(
            policy=new, version=F("version") + 1, changed_at=now
        ):
            raise Refused.of("Somebody else moved this model to another policy first.", kind="lost_race")
        model.refresh_from_db()
        _revise(model, before, actor, now)
        labels = [f"{row.name} {row.label}" if row else "" for row in (old, new)]
        activity.record_on_model(actor, "policy.adopted", model, now=now, body={"policy": labels})
    return model


def _write(
    model: MLModel, expected_version: int | None, written: Mapping[str, str | None], now: datetime
) -> None:
    """The conditional update; zero rows mean that somebody was faster."""
    version = model.version if expected_version is None else expected_version
    rows = MLModel.objects.filter(pk=model.pk, version=version)
    if not rows.update(**written, changed_at=now, version=F("version") + 1):
        model.refresh_from_db()
        last = model.revisions.order_by("-number").first()
        who = f"{last.by} changed it on {last.at:%Y-%m-%d at %H:%M} UTC" if last else "It was changed"
        current = {
            "version": model.version,
            **revision_content(model),
            "changed": last.changed if last else {},
        }
        text = f"{who}, after you opened it."
        raise Refused(
            (Reason(text, remedy="Compare, and save again what still holds."),), kind="stale", current=current
        )


def _revise(
    model: MLModel, before: Mapping[str, object], actor: Actor, now: datetime
) -> dict[str, list[object]]:
    content = revision_content(model)
    changed = changes(before, content)
    Revision.objects.create(
        model=model, number=model.version, at=now, by=actor.name, content=content, changed=changed
    )
    return changed
