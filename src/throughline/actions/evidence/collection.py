"""Evidence comes in from tools: collected from connected ones, announced by their webhooks, or brought as a report."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings as installation
from django.db import IntegrityError, transaction

from throughline.actions import activity
from throughline.actions.evidence.attaching import NewEvidence, attach_evidence
from throughline.adapters.base import (
    HookRefused,
    NotThere,
    Observation,
    ReportUnreadable,
    Source,
    SourceFailed,
    plain,
)
from throughline.adapters.files import path_of, store
from throughline.adapters.reports import read_report
from throughline.core import permissions
from throughline.core.connections import next_poll
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole, Actor, Grant
from throughline.queries.connections import by_hook_token, connection_row, due, links, source_of
from throughline.queries.portfolio import model_row
from throughline.records.connections import Connection, HookReceipt, ModelLink
from throughline.records.evidence import Evidence
from throughline.records.jobs import Job

COLLECT = "connections.collect"
KEPT = timedelta(hours=1)
MOST_AT_ONCE = 100

_LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}\Z")


@dataclass(frozen=True)
class Collected:
    """What one look at a tool brought. `failures` holds a sentence for each model that could not be read."""

    models: int
    evidence: int
    failures: tuple[str, ...]


@activity.records_refusals("connection.refused")
def collect(*, actor: Actor, connection_id: int, remote_name: str = "", now: datetime) -> Collected:
    """Reads every linked model of a connection (or the one called `remote_name`) and attaches what is new.

    Reading the same twice adds nothing. A tool that does not answer is written down on the connection, and is
    asked again later; a model that it does not have is written down on the link.
    """
    connection = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=connection.program_id)
    if not connection.is_active:
        return Collected(0, 0, (f"{connection.name} is switched off.",))
    wanted = [link for link in links(connection) if remote_name in ("", link.remote_name)]
    brought, failures = 0, []
    try:
        source = source_of(connection)
        if not wanted and not remote_name:
            source.test_connection()
        for link in wanted:
            found, error = _collect_link(connection, link, source, now)
            brought += found
            failures.extend([error] if error else [])
    except (SourceFailed, Refused) as error:
        _write_down(actor, connection, str(error), now)
        return Collected(len(wanted), brought, (*failures, str(error)))
    _write_down(actor, connection, "", now)
    return Collected(len(wanted), brought, tuple(failures))


@activity.records_refusals("connection.refused")
def request_collection(*, actor: Actor, connection_id: int, now: datetime) -> None:
    """Has the worker collect as soon as it can."""
    connection = connection_row(actor, connection_id)
    permissions.require(actor, "connection.change", noun="connection", program_id=connection.program_id)
    if not connection.is_active:
        raise Refused.of(f"{connection.name} is switched off.", remedy="Switch it on first.")
    with transaction.atomic():
        _enqueue(connection, "", now)
        body = {"connection": connection.name}
        activity.record(
            actor, "connection.collection_requested", now=now, program_id=connection.program_id, body=body
        )


def enqueue_due(*, actor: Actor, now: datetime) -> int:
    """One job for each connection that is due; of several workers, one enqueues it. Says how many."""
    permissions.require(actor, "installation.administer")
    count = 0
    for connection in due(now)[:MOST_AT_ONCE]:
        later = next_poll(now, interval_minutes=connection.interval_minutes, failures=connection.failures)
        with transaction.atomic():
            mine = Connection.objects.filter(pk=connection.pk, next_poll_at=connection.next_poll_at)
            if mine.update(next_poll_at=later):
                _enqueue(connection, "", now)
                count += 1
    HookReceipt.objects.filter(received_at__lt=now - KEPT).delete()
    return count


def receive_hook(
    *,
    actor: Actor,  # noqa: ARG001 - nobody is signed in: the signature is what is presented
    kind: str,
    token: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> bool:
    """A webhook call: has the worker look at the registered model that it names. False for a repetition.

    Missing for an unknown address, NotAllowed for a signature or an age that is not right.
    """
    connection = by_hook_token(kind, token)
    if connection is None:
        raise Missing("webhook")
    try:
        event = source_of(connection).received(headers, body, now=now)
    except HookRefused as error:
        raise NotAllowed(str(error)) from error
    try:
        with transaction.atomic():
            HookReceipt.objects.create(connection=connection, delivery_id=event.delivery_id, received_at=now)
            if event.model and connection.links.filter(remote_name=event.model).exists():
                _enqueue(connection, event.model, now)
    except IntegrityError:
        return False
    return True


@activity.records_refusals("evidence.refused")
def attach_report(
    *, actor: Actor, model_id: int, file_name: str, body: bytes, label: str = "", now: datetime
) -> tuple[Evidence, ...]:
    """A report file that a person or a pipeline brings: its facts become evidence, and the file is kept with them.

    `label` names what it is about, as policies ask for it (`unit` makes `tests.unit`). Bringing the same file twice
    adds nothing.
    """
    model = model_row(actor, model_id)
    permissions.require(
        actor, "evidence.attach", noun="model", program_id=model.program_id, model_id=model_id
    )
    if label and not _LABEL.match(label):
        raise Refused.field(
            "label", "A label has lower-case letters, digits, dots, dashes.", "Write “unit”, for example."
        )
    try:
        observed = read_report(body, label)
    except ReportUnreadable as error:
        raise Refused.field("file", error.why, error.remedy) from error
    folder = installation.ATTACHMENTS_DIR
    file = store(folder, file_name, [body], max_bytes=installation.MAX_UPLOAD_BYTES)
    try:
        items = [_new_evidence(one) for one in observed]
        fresh = attach_evidence(actor=actor, model_id=model_id, items=items, file=file, now=now)
    except BaseException:
        path_of(folder, file.id).unlink(missing_ok=True)
        raise
    if not fresh:
        path_of(folder, file.id).unlink(missing_ok=True)
    return fresh


def _collect_link(connection: Connection, link: ModelLink, source: Source, now: datetime) -> tuple[int, str]:
    """How many new facts, and why none could be read."""
    try:
        observed = source.observations(link.remote_name, link.alias)
        fresh = attach_evidence(
            actor=_on_behalf_of(connection),
            model_id=link.model_id,
            items=[_new_evidence(one, origin=f"{connection.pk}:") for one in observed],
            now=now,
        )
    except (NotThere, Refused) as error:
        _note_on_link(link, now, error=str(error))
        return 0, str(error)
    except SourceFailed as error:
        _note_on_link(link, now, error=str(error))
        raise
    _note_on_link(link, now, subject=observed[0].subject if observed else "")
    return len(fresh), ""


def _note_on_link(link: ModelLink, now: datetime, *, subject: str = "", error: str = "") -> None:
    subject = plain(subject or link.last_subject, 300)
    ModelLink.objects.filter(pk=link.pk).update(last_collected_at=now, last_subject=subject, last_error=error)


def _on_behalf_of(connection: Connection) -> Actor:
    """The tool itself, with no more rights than to attach evidence in its program."""
    grants = frozenset({Grant(AccessRole.MEMBER, connection.program_id)})
    return Actor(
        None,
        connection.name,
        "worker",
        grants=grants,
        scopes=frozenset({"read", "evidence"}),
        is_service=True,
    )


def _new_evidence(one: Observation, origin: str = "") -> NewEvidence:
    """Which release it is about is told by its subject, so that a release may be named before or after."""
    return NewEvidence(
        kind=one.kind,
        key=_fitting(one.key, 200),
        source=one.source,
        subject=_fitting(one.subject, 300),
        source_ref=_fitting(f"{origin}{one.source_ref}", 300),
        value=one.value,
        outcome=one.outcome,
        unit=one.unit[:30],
        summary=one.summary,
        link=one.link if len(one.link) <= 1_000 else "",
        fingerprint=_fitting(one.fingerprint, 200),
        observed_at=one.observed_at,
        detail=dict(one.detail),
    )


def _fitting(text: str, limit: int) -> str:
    """Long names are cut and told apart by a digest of the whole."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 17]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _write_down(actor: Actor, connection: Connection, error: str, now: datetime) -> None:
    """The outcome on the connection, and one entry in the log when it begins to fail or works again."""
    is_turn = bool(error) != bool(connection.last_error)
    failures = connection.failures + 1 if error else 0
    later = next_poll(now, interval_minutes=connection.interval_minutes, failures=failures)
    with transaction.atomic():
        rows = Connection.objects.filter(pk=connection.pk)
        rows.update(last_polled_at=now, last_error=error, failures=failures, next_poll_at=later)
        if not error:
            rows.update(last_worked_at=now)
        if is_turn:
            verb = "connection.failed" if error else "connection.recovered"
            body = {"connection": connection.name, "error": error}
            activity.record(actor, verb, now=now, program_id=connection.program_id, body=body)


def _enqueue(connection: Connection, remote_name: str, now: datetime) -> None:
    """At most one job waits for the same. One that runs may have passed the model already, so one may follow it."""
    same = f"{connection.pk}:{hashlib.sha256(remote_name.encode()).hexdigest()[:32]}"
    is_running = Job.objects.filter(kind=COLLECT, dedupe=same, state="running").exists()
    payload = {"connection_id": connection.pk, "remote_name": remote_name}
    dedupe = f"{same}:next" if is_running else same
    job = Job(kind=COLLECT, payload=payload, dedupe=dedupe, run_at=now, created_at=now)
    Job.objects.bulk_create([job], ignore_conflicts=True)
