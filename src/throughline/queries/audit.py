"""The activity log as an auditor reads it: filtered, entry by entry, verified as a whole, exported for one model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from throughline.core.activity import Chain, Entry
from throughline.core.errors import Missing, NotAllowed
from throughline.core.permissions import VERBS, Actor, require
from throughline.queries import installation
from throughline.queries.activity import CHUNK, FIELDS
from throughline.queries.policies import parsed
from throughline.records.activity import Activity
from throughline.records.portfolio import MLModel, Program

DOORS = ("web", "api", "cli", "worker", "terminal", "sample")


@dataclass(frozen=True)
class LogFilters:
    """What narrows the log; each is empty for “any”. Days are whole days in `zone`, both ends included."""

    program: str = ""
    model_id: int | None = None
    person: str = ""
    verb: str = ""
    door: str = ""
    since: date | None = None
    until: date | None = None
    zone: str = "UTC"
    shows_removed: bool = False


@dataclass(frozen=True)
class Slice:
    """One page of the log, newest first. `newer` and `older` are the entry numbers to go on from."""

    rows: tuple[Activity, ...]
    newer: int | None
    older: int | None


def visible(actor: Actor) -> QuerySet[Activity]:
    """What this actor may read: everything of programs and models on which they audit or manage."""
    rows = Activity.objects.all()
    if actor.is_admin:
        return rows
    grants = [grant for grant in actor.grants if grant.role in VERBS["audit.view"].roles]
    if not grants:
        raise NotAllowed(
            "The activity log is read by auditors and managers. Ask a manager for the auditor role."
        )
    programs = {grant.program_id for grant in grants if grant.model_id is None}
    singles = {grant.model_id for grant in grants if grant.model_id is not None}
    return rows.filter(Q(program_id__in=programs) | Q(model_id__in=singles))


def filtered(actor: Actor, filters: LogFilters) -> QuerySet[Activity]:
    rows = visible(actor)
    if filters.program:
        rows = rows.filter(program_id__in=Program.objects.filter(slug=filters.program).values("pk"))
    elif not filters.shows_removed:
        rows = rows.filter(Q(program_id__isnull=True) | Q(program_id__in=Program.objects.values("pk")))
        rows = rows.exclude(program_id__isnull=True, door="sample")
    if filters.model_id is not None:
        rows = rows.filter(model_id=filters.model_id)
    if filters.person:
        rows = rows.filter(actor__icontains=filters.person)
    if filters.verb:
        # A noun stands for all that happens to it.
        wanted = Q(verb=filters.verb) if "." in filters.verb else Q(verb__startswith=f"{filters.verb}.")
        rows = rows.filter(wanted)
    if filters.door:
        rows = rows.filter(door=filters.door)
    if filters.since:
        rows = rows.filter(at__gte=_midnight(filters.since, filters.zone))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1), filters.zone))
    return rows


def page_of(
    rows: QuerySet[Activity], *, size: int, before: int | None = None, after: int | None = None
) -> Slice:
    """Entries older than `before`, or newer than `after`, or the newest."""
    if after is not None:
        found = list(rows.filter(seq__gt=after).order_by("seq")[: size + 1])
        has_newer, shown = len(found) > size, found[:size][::-1]
        has_older = bool(shown)
    else:
        older = rows.filter(seq__lt=before) if before is not None else rows
        found = list(older.order_by("-seq")[: size + 1])
        has_older, shown, has_newer = len(found) > size, found[:size], before is not None and bool(found)
    ends = (shown[0].seq, shown[-1].seq) if shown else (None, None)
    return Slice(tuple(shown), ends[0] if has_newer else None, ends[1] if has_older else None)


def entry_row(actor: Actor, seq: int) -> Activity:
    row = Activity.objects.filter(seq=seq).first()
    if row is None or (row.program_id is None and not actor.is_admin):
        raise Missing("entry")
    if row.program_id is not None:
        require(actor, "audit.view", noun="entry", program_id=row.program_id, model_id=row.model_id)
    return row


def verbs(actor: Actor) -> list[str]:
    return sorted(set(visible(actor).order_by().values_list("verb", flat=True).distinct()))


def model_names(rows: tuple[Activity, ...]) -> Mapping[int, str]:
    ids = {row.model_id for row in rows if row.model_id is not None}
    return dict(MLModel.objects.filter(pk__in=ids).values_list("pk", "name"))


def program_names(rows: tuple[Activity, ...]) -> Mapping[int, str]:
    ids = {row.program_id for row in rows if row.program_id is not None}
    return dict(Program.objects.filter(pk__in=ids).values_list("pk", "name"))


def questions(rows: tuple[Activity, ...]) -> Mapping[tuple[int, str], str]:
    """What each check asks, by program and check, in the policies in force."""
    ids = {row.program_id for row in rows if row.program_id is not None and row.body.get("check")}
    under = Program.objects.filter(pk__in=ids, policy__isnull=False).select_related("policy")
    return {
        (program.pk, check.id): check.asks
        for program in under
        if program.policy is not None
        for gate in parsed(program.policy).gates.values()
        for check in gate.checks
    }


def verified(actor: Actor, anchor_file: Path | None) -> tuple[Chain, int]:
    """The whole log walked, against what was written down outside; with the number of those anchors."""
    visible(actor)
    anchors = installation.anchors(anchor_file) if anchor_file is not None else {}
    return installation.chain(anchors), len(anchors)


def last_anchor(anchor_file: Path | None) -> tuple[int, str] | None:
    anchors = installation.anchors(anchor_file) if anchor_file is not None else {}
    return max(anchors.items(), default=None)


def chain_of_model(actor: Actor, model: MLModel) -> Iterator[tuple[Entry, bool]]:
    """Every entry from the first to the head, so that the chain can be walked; others' to be shown by hash alone."""
    require(actor, "audit.view", noun="model", program_id=model.program_id, model_id=model.pk)
    return _walk(model.pk)


def _walk(model_id: int) -> Iterator[tuple[Entry, bool]]:
    for row in Activity.objects.order_by("seq").values_list(*FIELDS).iterator(chunk_size=CHUNK):
        entry = Entry(*row)
        yield entry, entry.model_id == model_id


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
