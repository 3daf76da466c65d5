"""Data sources are added, changed and retired, models begin and end to use them, and what is made from what is said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from throughline.actions import activity
from throughline.adapters import schedules
from throughline.core import permissions
from throughline.core.data_sources import FIELDS, clean_fields, settled
from throughline.core.errors import Reason, Refused
from throughline.core.permissions import Actor
from throughline.core.stages import Stage
from throughline.core.text import clean, clean_line
from throughline.queries import access
from throughline.queries import data_sources as queries
from throughline.queries.portfolio import model_row, program_by_id
from throughline.records.data_sources import DataSource, DataSourceChange, SourceFlow, SourceUse
from throughline.records.people import Person
from throughline.records.portfolio import MLModel, Program

MOST_LINKED = 100


@dataclass(frozen=True)
class NewUse:
    """From which stage on a model uses something, and what for."""

    from_stage: str
    purpose: str = ""


@activity.records_refusals("source.refused")
def add_source(
    *,
    actor: Actor,
    program_id: int,
    fields: Mapping[str, object],
    owner_id: int | None = None,
    model_id: int | None = None,
    use: NewUse | None = None,
    now: datetime,
) -> DataSource:
    """With `model_id` the model uses it from the start; whoever has a part in one model alone adds it for that one."""
    program = program_by_id(actor, program_id)
    model = _user(actor, program, model_id)
    cleaned = _cleaned(fields, is_new=True)
    settled(cleaned)
    owner = _owner(actor, owner_id)
    begun = _clean_use(use or NewUse(model.stage)) if model else None
    try:
        with transaction.atomic():
            row = DataSource.objects.create(
                program=program, owner=owner, created_at=now, created_by=actor.name, **cleaned
            )
            body = {"source_id": row.pk, **queries.kept(row)}
            activity.record(actor, "source.added", now=now, program_id=program.pk, body=body)
            if model and begun:
                _link(actor, model, [row], begun, now)
    except IntegrityError:
        raise _there_already(program, cleaned) from None
    return row


@activity.records_refusals("source.refused")
def change_source(
    *,
    actor: Actor,
    source_id: int,
    fields: Mapping[str, object],
    owner_id: int | None = None,
    changes_owner: bool = False,
    expected_version: int | None = None,
    now: datetime,
) -> DataSource:
    """Only the given fields; the owner where `changes_owner` says so. What stood before is kept."""
    row = queries.source_row(actor, source_id)
    queries.require_change(actor, row)
    cleaned = _cleaned(fields, is_new=False)
    _require_live(row)
    settled({**{name: getattr(row, name) for name in FIELDS}, **cleaned})
    owner = _owner(actor, owner_id, known=row.owner) if changes_owner else row.owner
    before, version = queries.kept(row), row.version if expected_version is None else expected_version
    try:
        with transaction.atomic():
            written = DataSource.objects.filter(pk=row.pk, version=version, ended_at__isnull=True).update(
                **cleaned, owner=owner, version=F("version") + 1
            )
            if not written:
                raise _stale(queries.source_row(actor, source_id))
            DataSourceChange.objects.create(source=row, content=before, until=now, changed_by=actor.name)
            after = queries.kept(DataSource.objects.select_related("owner").get(pk=row.pk))
            changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
            body = {"source_id": row.pk, "name": row.name, "changed": changed}
            _record(actor, "source.changed", row, body, now)
    except IntegrityError:
        raise _there_already(row.program, cleaned) from None
    return queries.source_row(actor, source_id)


@activity.records_refusals("source.refused")
def put_source(
    *,
    actor: Actor,
    program_id: int,
    external_id: str,
    fields: Mapping[str, object],
    owner_id: int | None = None,
    changes_owner: bool = False,
    expected_version: int | None = None,
    now: datetime,
) -> tuple[DataSource, bool]:
    """Adds or changes the source with this external id; true when it was added."""
    program = program_by_id(actor, program_id)
    key = clean_line(external_id, field="external_id")
    found = queries.source_by_key(actor, program.pk, key)
    if found is not None:
        return change_source(
            actor=actor, source_id=found.pk, fields=fields, owner_id=owner_id, changes_owner=changes_owner,
            expected_version=expected_version, now=now,
        ), False  # fmt: skip
    if expected_version is not None:
        raise Refused((Reason("There is no such source to change yet."),), kind="stale", current={})
    new = {"name": key, **fields, "external_id": key}
    return add_source(actor=actor, program_id=program.pk, fields=new, owner_id=owner_id, now=now), True


@activity.records_refusals("source.refused")
def end_source(
    *, actor: Actor, source_id: int, reason: str, expected_version: int | None = None, now: datetime
) -> DataSource:
    """Retires it. Models that still use it say so at their gates until they use another."""
    row = queries.source_row(actor, source_id)
    queries.require_change(actor, row)
    reason = clean(reason, field="reason", max_length=2_000, required=True)
    _require_live(row)
    version = row.version if expected_version is None else expected_version
    with transaction.atomic():
        if not DataSource.objects.filter(pk=row.pk, version=version, ended_at__isnull=True).update(
            ended_at=now, ended_by=actor.name, ended_reason=reason, version=F("version") + 1
        ):
            raise _stale(queries.source_row(actor, source_id))
        _record(actor, "source.ended", row, {"source_id": row.pk, "name": row.name, "reason": reason}, now)
    return queries.source_row(actor, source_id)


@activity.records_refusals("source_use.refused")
def link_sources(
    *, actor: Actor, model_id: int, source_ids: Sequence[int], use: NewUse, now: datetime
) -> list[SourceUse]:
    """The model uses these from a stage on. All or none."""
    model = model_row(actor, model_id)
    permissions.require(actor, "source.change", noun="model", program_id=model.program_id, model_id=model_id)
    begun = _clean_use(use)
    wanted = list(dict.fromkeys(source_ids))
    if not wanted or len(wanted) > MOST_LINKED:
        raise Refused.field("sources", f"Choose 1 to {MOST_LINKED} sources.", "Choose at least one.")
    seen = queries.sources(actor).filter(pk__in=wanted, program_id=model.program_id, ended_at__isnull=True)
    rows = list(seen.order_by("pk"))
    if len(rows) != len(wanted):
        raise Refused.field(
            "sources", "Something chosen is no source of this program now.", "Choose from the list."
        )
    try:
        with transaction.atomic():
            return _link(actor, model, rows, begun, now)
    except IntegrityError:
        raise Refused.field(
            "sources",
            f"{model.name} uses one of them already.",
            "Choose only those that it does not use yet.",
        ) from None


@activity.records_refusals("source_use.refused")
def unlink_source(*, actor: Actor, use_id: int, now: datetime) -> SourceUse:
    """The model does not use it any more. Requests for access stay in the record."""
    row = queries.use_row(actor, use_id)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    permissions.require(actor, "source.change", noun="use of a data source", **place)
    with transaction.atomic():
        if not SourceUse.objects.filter(pk=row.pk, ended_at__isnull=True).update(
            ended_at=now, ended_by=actor.name
        ):
            raise Refused.of(f"{row.model.name} does not use it any more.", kind="lost_race")
        body = {"source_id": row.source_id, "name": row.source.name}
        activity.record_on_model(actor, "source_use.ended", row.model, now=now, body=body)
    row.refresh_from_db()
    return row


@activity.records_refusals("source_flow.refused")
def add_flow(*, actor: Actor, source_id: int, upstream_id: int, now: datetime) -> SourceFlow:
    """Says that `source_id` is made from `upstream_id`."""
    row = queries.source_row(actor, source_id)
    queries.require_change(actor, row)
    _require_live(row)
    upstream = queries.sources(actor).filter(pk=upstream_id, program_id=row.program_id).first()
    if upstream is None or upstream.ended_at is not None:
        raise Refused.field("upstream", "There is no such source in this program.", "Choose from the list.")
    try:
        with transaction.atomic():
            # Whoever draws another flow of this program waits here, so that two together can't close a circle.
            Program.objects.select_for_update().get(pk=row.program_id)
            _require_no_circle(row, upstream)
            made = SourceFlow.objects.create(
                upstream=upstream, downstream=row, created_at=now, created_by=actor.name
            )
            body = {"source_id": row.pk, "name": row.name, "from": upstream.name, "from_id": upstream.pk}
            activity.record(actor, "source_flow.added", now=now, program_id=row.program_id, body=body)
    except IntegrityError:
        raise Refused.field("upstream", f"{row.name} is made from {upstream.name} already.") from None
    return made


@activity.records_refusals("source_flow.refused")
def end_flow(*, actor: Actor, flow_id: int, now: datetime) -> SourceFlow:
    row = queries.flow_row(actor, flow_id)
    queries.require_change(actor, row.downstream)
    with transaction.atomic():
        if not SourceFlow.objects.filter(pk=row.pk, ended_at__isnull=True).update(
            ended_at=now, ended_by=actor.name
        ):
            raise Refused.of("This flow was taken out already.", kind="lost_race")
        body = {"source_id": row.downstream_id, "name": row.downstream.name, "from": row.upstream.name}
        activity.record(actor, "source_flow.ended", now=now, program_id=row.upstream.program_id, body=body)
    return row


def _user(actor: Actor, program: Program, model_id: int | None) -> MLModel | None:
    """The model for which a source is added, when this actor may; without one the program has to be theirs."""
    if model_id is None:
        permissions.require(actor, "source.change", noun="program", program_id=program.pk)
        return None
    model = model_row(actor, model_id)
    if model.program_id != program.pk:
        raise Refused.field("model_id", f"{model.name} belongs to another program.")
    permissions.require(actor, "source.change", noun="model", program_id=program.pk, model_id=model_id)
    return model


def _cleaned(fields: Mapping[str, object], *, is_new: bool) -> dict[str, object]:
    cleaned = clean_fields(fields, is_new=is_new)
    schedules.require_schedule(str(cleaned.get("refresh", "")), field="refresh")
    return cleaned


def _owner(actor: Actor, owner_id: int | None, *, known: Person | None = None) -> Person | None:
    if owner_id is None or (known is not None and known.pk == owner_id):
        return known if owner_id is not None else None
    found = access.known_people(actor).filter(pk=owner_id, is_active=True, is_service=False).first()
    if found is None:
        raise Refused.field("owner_id", "There is no such person here.", "Choose somebody of the program.")
    return found


def _clean_use(use: NewUse) -> NewUse:
    if use.from_stage not in list(Stage):
        raise Refused.field("from_stage", "This is no stage.", f"Choose from {', '.join(Stage)}.")
    return NewUse(use.from_stage, clean_line(use.purpose, field="purpose", max_length=300, required=False))


def _link(
    actor: Actor, model: MLModel, rows: Iterable[DataSource], use: NewUse, now: datetime
) -> list[SourceUse]:
    made = [
        SourceUse.objects.create(
            model=model, source=row, from_stage=use.from_stage, purpose=use.purpose, created_at=now,
            created_by=actor.name,
        )
        for row in rows
    ]  # fmt: skip
    body = {
        "sources": [{"source_id": one.source_id, "name": one.source.name} for one in made],
        "from_stage": use.from_stage,
        "purpose": use.purpose,
    }
    activity.record_on_model(actor, "source_use.begun", model, now=now, body=body)
    return made


def _record(actor: Actor, verb: str, row: DataSource, body: Mapping[str, object], now: datetime) -> None:
    activity.record_on_models(actor, verb, _users(row), program_id=row.program_id, now=now, body=body)


def _users(row: DataSource) -> QuerySet[MLModel]:
    using = SourceUse.objects.filter(source=row, ended_at__isnull=True)
    return MLModel.objects.filter(pk__in=using.values("model_id"))


def _require_live(row: DataSource) -> None:
    if row.ended_at is not None:
        raise Refused.of(f"{row.name} was retired.", remedy="Add the source that took its place.")


def _require_no_circle(row: DataSource, upstream: DataSource) -> None:
    if row.pk == upstream.pk:
        raise Refused.field("upstream", "A source is not made from itself.", "Choose another.")
    below: dict[int, list[int]] = {}
    for above, made in queries.live_flows(row.program_id):
        below.setdefault(above, []).append(made)
    reached, open_ones = {row.pk}, [row.pk]
    while open_ones:
        for made in below.get(open_ones.pop(), ()):
            if made not in reached:
                reached.add(made)
                open_ones.append(made)
    if upstream.pk in reached:
        why = f"{upstream.name} is itself made from {row.name}, so the data would go round in a circle."
        raise Refused.field("upstream", why, "Take the other flow out first.")


def _there_already(program: Program, fields: Mapping[str, object]) -> Refused:
    """Which of the two keys is taken; a retired source keeps its external id and leaves its name."""
    live = DataSource.objects.filter(program=program, ended_at__isnull=True)
    if live.filter(name=fields.get("name")).exists():
        why = f"There is a source named “{fields['name']}” in {program.name}."
        return Refused.field("name", why, "Use that one, or give this one another name.")
    key = fields.get("external_id")
    why = f"A source of {program.name} has the external id “{key}”, or had it before it was retired."
    return Refused.field("external_id", why, "Give another one.")


def _stale(row: DataSource) -> Refused:
    reasons = Refused.of(
        "Somebody else changed or retired this meanwhile.", remedy="Look at what it says now, then save."
    ).reasons
    return Refused(reasons, kind="stale", current={**queries.kept(row), "version": row.version})
