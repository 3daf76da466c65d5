"""The quality of a source is assessed by a worker, and accepted or rejected by a person."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from throughline.actions import activity
from throughline.adapters import profiling
from throughline.adapters.files import StoredFile, path_of, store
from throughline.adapters.profiling import OnProgress, ProfileStopped, Request
from throughline.core import permissions
from throughline.core.assessments import (
    OPEN,
    AssessmentState,
    Judgement,
    evidence_key,
    keeps_values,
    require_judgeable,
)
from throughline.core.errors import Refused
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.fingerprints import fingerprint
from throughline.core.jobs import JobState
from throughline.core.permissions import Actor
from throughline.core.places import FileFormat, Place, PlaceKind, read_place
from throughline.core.profiles import Profile, read_profile
from throughline.core.text import clean, clean_line
from throughline.queries import assessments as queries
from throughline.queries.assessments import ASSESS
from throughline.records.assessments import Assessment
from throughline.records.data_sources import DataSource
from throughline.records.evidence import Evidence
from throughline.records.jobs import Job

ENGINE = "DuckDB"
READ_HERE = (PlaceKind.FILES, PlaceKind.DUCKDB)
LONGEST_REASON = 2_000
Profiler = Callable[[Request, OnProgress], Profile]


class _Superseded(Exception):
    """Another worker has taken this over; what this one found does not count."""


@activity.records_refusals("assessment.refused")
def start_assessment(*, actor: Actor, source_id: int, table: str = "", now: datetime) -> Assessment:
    """Asks a worker to profile the source where it lies. `table` names one of a database with several."""
    source = queries.require_start(actor, source_id)
    place = read_place(source.location) if source.location else None
    if place is None:
        raise Refused.of(
            "It is not said where this source lies.", remedy="Write it on its page, or upload a file."
        )
    if place.kind not in READ_HERE:
        why = f"Assessments read files and DuckDB databases; this source lies in {place.kind.value}."
        raise Refused.of(why, remedy="Upload an extract of it.")
    wanted = clean_line(table, field="table", required=False) or place.table
    return _asked(actor, source, {**place.to_plain(), "table": wanted}, str(place), wanted, now)


@activity.records_refusals("assessment.refused")
def assess_upload(
    *, actor: Actor, source_id: int, file_name: str, chunks: Iterable[bytes], table: str = "", now: datetime
) -> Assessment:
    """Asks a worker to profile a file that somebody brings. The file is deleted when that is done; its name, size and
    digest are kept."""
    source = queries.require_start(actor, source_id)
    table = clean_line(table, field="table", required=False)
    file = store(_uploads(), file_name, chunks, max_bytes=settings.MAX_UPLOAD_BYTES)
    try:
        place = _place_of(file, table)
        location = {**place.to_plain(), "upload": str(file.id), "sha256": file.sha256, "size": file.size}
        return _asked(actor, source, location, f"{file.name} (uploaded)", table, now)
    except BaseException:
        path_of(_uploads(), file.id).unlink(missing_ok=True)
        raise


def run_assessment(
    *, actor: Actor, assessment_id: int, profiler: Profiler = profiling.profile, now: datetime
) -> None:
    """The worker's part: reads the data in a process of its own, outside any transaction, and keeps what was counted.

    Done again after a worker was lost, it begins anew; what is finished stays as it is.
    """
    permissions.require(actor, "installation.administer")
    version = _taken(assessment_id, now)
    if version is None:
        return
    row = Assessment.objects.select_related("source").get(pk=assessment_id)
    begun = time.monotonic()

    def tell(done: int, columns: int) -> None:
        if not _held(row.pk, version).update(columns_done=done, columns=columns):
            raise _Superseded

    try:
        found, why = profiler(_request(row), tell), ""
    except ProfileStopped as stopped:
        found, why = None, str(stopped)
    except _Superseded:
        return
    ended = now + timedelta(seconds=time.monotonic() - begun)
    if _finished(actor, row, version, found, why, ended):
        _forget_upload(row)


@activity.records_refusals("assessment.refused")
def judge_assessment(
    *, actor: Actor, assessment_id: int, is_accepted: bool, reason: str, seen: str, now: datetime
) -> Assessment:
    """A person says whether the data is good enough, and why; it becomes evidence for each model that uses the source.

    `seen` is the fingerprint of the profile that was on their page.
    """
    row = queries.assessment_row(actor, assessment_id)
    queries.require_judge(actor, row)
    person_id = permissions.require_person(actor, "Data is accepted or rejected")
    require_judgeable(
        state=row.state,
        judgement=row.judgement,
        is_accepted=is_accepted,
        asker_id=row.asker_id,
        person_id=person_id,
    )
    reason = clean(reason, field="reason", max_length=LONGEST_REASON, required=True)
    if seen != row.fingerprint or read_profile(row.profile).fingerprint() != row.fingerprint:
        raise Refused.of("This is not what you were shown.", kind="stale", remedy="Look at it again.")
    judgement = Judgement.ACCEPTED if is_accepted else Judgement.REJECTED
    with transaction.atomic():
        written = Assessment.objects.filter(pk=row.pk, state=AssessmentState.DONE, judgement="").update(
            judgement=judgement,
            judged_at=now,
            judged_by=actor.name,
            judge_id=person_id,
            reason=reason,
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of("Somebody judged it a moment ago.", kind="lost_race", remedy="Look again.")
        row.refresh_from_db()
        models = queries.users_of(row.source)
        Evidence.objects.bulk_create(
            [_evidence(row, pk, now) for pk in models.values_list("pk", flat=True)], ignore_conflicts=True
        )
        body = {**_in_the_log(row), "reason": reason, "fingerprint": row.fingerprint}
        activity.record_on_models(
            actor, f"assessment.{judgement}", models, program_id=row.source.program_id, now=now, body=body
        )
    return queries.assessment_row(actor, assessment_id)


def give_up_lost(*, actor: Actor, now: datetime) -> int:
    """Stops assessments whose job was given up, because a page must not show for ever that they run. Says how many."""
    permissions.require(actor, "installation.administer")
    count = 0
    for row in queries.lost(now):
        why = "The worker ended before it was done, each time it was tried. Assess again, or a part of it."
        if _finished(actor, row, row.version, None, why, now):
            _forget_upload(row)
            count += 1
    return count


def _asked(
    actor: Actor, source: DataSource, location: dict[str, object], place: str, table: str, now: datetime
) -> Assessment:
    with transaction.atomic():
        # Two at once would both find nothing open.
        held = DataSource.objects.select_for_update().get(pk=source.pk)
        if held.ended_at is not None:
            raise Refused.of("This source is retired.", remedy="Assess the one that took its place.")
        if queries.open_assessment(source) is not None:
            raise Refused.of("This source is being assessed already.", remedy="Wait until that is done.")
        row = Assessment.objects.create(
            source=source,
            engine=ENGINE,
            place=place[:1_000],
            location={name: value for name, value in location.items() if value},
            table=table,
            asked_at=now,
            asked_by=actor.name,
            asker_id=actor.person_id,
        )
        payload = {"assessment_id": row.pk}
        Job.objects.create(kind=ASSESS, payload=payload, dedupe=str(row.pk), run_at=now, created_at=now)
        activity.record(
            actor, "assessment.asked", now=now, program_id=source.program_id, body=_in_the_log(row)
        )
    return row


def _taken(assessment_id: int, now: datetime) -> int | None:
    """The version by which this attempt holds the assessment; None when it is finished."""
    rows = Assessment.objects.filter(pk=assessment_id, state__in=OPEN)
    with transaction.atomic():
        if not rows.update(
            state=AssessmentState.RUNNING, started_at=now, columns_done=0, columns=0, version=F("version") + 1
        ):
            return None
        return Assessment.objects.values_list("version", flat=True).get(pk=assessment_id)


def _held(assessment_id: int, version: int) -> QuerySet[Assessment]:
    return Assessment.objects.filter(pk=assessment_id, version=version, state__in=OPEN)


def _request(row: Assessment) -> Request:
    said = {k: v for k, v in row.location.items() if k not in ("upload", "sha256", "size")}
    place = read_place(said)
    if place is None:
        raise ProfileStopped("It is not said where this source lies.")
    is_upload = "upload" in row.location
    if is_upload and not path_of(_uploads(), UUID(row.location["upload"])).exists():
        raise ProfileStopped("The uploaded file is not there any more. Upload it again.")
    return Request(
        place=place,
        folders=(_uploads(),) if is_upload else tuple(settings.DATA_FOLDERS),
        keeps_values=keeps_values(row.source.sensitivity),
        seconds=settings.ENGINE_SECONDS,
        memory_mb=settings.ENGINE_MEMORY_MB,
    )


def _finished(
    actor: Actor, row: Assessment, version: int, found: Profile | None, why: str, now: datetime
) -> bool:
    """False when another worker has taken it over."""
    state = AssessmentState.STOPPED if found is None else AssessmentState.DONE
    done = {} if found is None else {
        "profile": found.to_plain(), "fingerprint": found.fingerprint(), "rows": found.rows,
        "columns": len(found.columns), "columns_done": len(found.columns),
    }  # fmt: skip
    with transaction.atomic():
        written = _held(row.pk, version).update(
            state=state, finished_at=now, error=why, version=F("version") + 1, **done
        )
        if not written:
            return False
        # Where no worker claimed it, nothing is left for one to do.
        Job.objects.filter(kind=ASSESS, dedupe=str(row.pk), state=JobState.READY).delete()
        body = {**_in_the_log(row), "error": why, "fingerprint": done.get("fingerprint", "")}
        activity.record(actor, f"assessment.{state}", now=now, program_id=row.source.program_id, body=body)
    return True


def _evidence(row: Assessment, model_id: int, now: datetime) -> Evidence:
    """As observed when the data was read: a judgement makes old data no younger."""
    is_accepted = row.judgement == Judgement.ACCEPTED
    made = Evidence(
        model_id=model_id,
        kind=EvidenceKind.REVIEWED,
        key=evidence_key(row.source.name),
        source="assessment",
        source_ref=f"assessment:{row.pk}",
        subject=row.source.name[:300],
        outcome=Outcome.PASSED if is_accepted else Outcome.FAILED,
        summary=f"{row.judged_by} {row.judgement} it: {row.reason}",
        fingerprint=row.fingerprint,
        detail={"assessment_id": row.pk, "rows": row.rows, "columns": row.columns, "place": row.place},
        observed_at=row.started_at or now,
        recorded_at=now,
        recorded_by=row.judged_by,
    )
    made.content_hash = fingerprint([made.kind, made.key, made.source_ref, made.outcome, made.fingerprint])
    return made


def _place_of(file: StoredFile, table: str) -> Place:
    """What an uploaded file is, by what it begins with; its name only decides between kinds of text."""
    with path_of(_uploads(), file.id).open("rb") as opened:
        head = opened.read(4_096)
    if head[8:12] == b"DUCK":
        return Place(PlaceKind.DUCKDB, path=str(file.id), table=table)
    if head.startswith(b"PAR1"):
        return Place(PlaceKind.FILES, path=str(file.id), format=FileFormat.PARQUET)
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise Refused.field(
            "file",
            "This is a packed file, a workbook or a document.",
            "Save the table as CSV, Parquet or JSON.",
        )
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    form = FileFormat.JSON if begin in (b"{", b"[") else FileFormat.CSV
    return Place(PlaceKind.FILES, path=str(file.id), format=form)


def _uploads() -> Path:
    return Path(settings.DATA_DIR) / "assessing"


def _forget_upload(row: Assessment) -> None:
    if upload := row.location.get("upload"):
        path_of(_uploads(), UUID(upload)).unlink(missing_ok=True)


def _in_the_log(row: Assessment) -> dict[str, object]:
    return {"assessment_id": row.pk, "source": row.source.name, "place": row.place, "table": row.table}
