"""A contract is executed against its data: asked for or scheduled, run by the worker, and kept as evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import available_timezones

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.evidence.attaching import NewEvidence, attach_evidence
from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.running import Progress, run_contract
from throughline.adapters.files import path_of, store
from throughline.adapters.odcs import ContractInvalid
from throughline.adapters.odcs import read_contract as read_document
from throughline.adapters.schedules import require_schedule
from throughline.adapters.sealing import seal
from throughline.core import permissions
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.results import TestResult
from throughline.core.contracts.servers import place_of
from throughline.core.contracts.testing import OPEN, TestState, Trigger, evidence_key, in_evidence, sentence
from throughline.core.errors import Reason, Refused
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.permissions import Actor
from throughline.core.places import SUFFIXES, Place, PlaceKind, read_place
from throughline.core.text import clean_line
from throughline.queries import contract_tests as queries
from throughline.queries.connections import keys
from throughline.queries.contracts import concerned, contract_row, place_for
from throughline.records.contracts import ContractTest, ContractVersion, DataContract
from throughline.records.jobs import Job

TEST = "contracts.test"
SHOWN = ("public", "internal")
VERB, SET_UP = "contract.test", "connection.change"
MOST_AT_ONCE = 100
# A worker may need all its attempts, each as long as an engine may take.
PATIENCE = timedelta(hours=12)


@activity.records_refusals("contract.refused")
def request_test(
    *, actor: Actor, contract_id: int, trigger: Trigger = Trigger.HAND, now: datetime
) -> ContractTest:
    """Puts a test of the version in force, else of the newest, into the queue. One at a time for each contract."""
    contract = contract_row(actor, contract_id)
    permissions.require(actor, VERB, noun="contract", **place_for(actor, VERB, contract))
    return _ask(actor, contract, trigger, now)


def _ask(actor: Actor, contract: DataContract, trigger: Trigger, now: datetime) -> ContractTest:
    if contract.ended_at is not None:
        raise Refused.of(f"{contract.name} has ended.", remedy="Test the contract that took its place.")
    version = queries.version_to_test(contract, now)
    place = place_of_contract(contract, version)
    row = ContractTest(
        contract=contract,
        version=version,
        trigger=trigger,
        place=str(place)[:1000],
        asked_at=now,
        asked_by=actor.name,
        tables=len(read_contract(version.content).tables),
    )
    try:
        with transaction.atomic():
            row.save()
            payload = {"test_id": row.pk}
            Job.objects.create(kind=TEST, payload=payload, dedupe=str(row.pk), run_at=now, created_at=now)
            body = {
                "contract": contract.name,
                "version": version.number,
                "place": str(place),
                "trigger": trigger,
            }
            activity.record(
                actor, "contract.test_requested", now=now, program_id=contract.program_id, body=body
            )
    except IntegrityError:
        raise Refused.of(
            "A test of this contract is waiting or running already.",
            kind="lost_race",
            remedy="Wait for its result.",
        ) from None
    return row


def place_of_contract(contract: DataContract, version: ContractVersion) -> Place:
    """Raises `Refused`, saying why no place can be told."""
    source: Mapping[str, object] = contract.source.location if contract.source is not None else {}
    document = read_contract(version.content)
    return place_of(document, server=contract.server, location=contract.location, source=source)


@dataclass(frozen=True)
class Setup:
    """How a contract is tested. `server` names one of the document's; a `location` goes before it. A `password` that is
    None keeps what is stored, and empty text removes it."""

    server: str = ""
    location: Mapping[str, object] = field(default_factory=dict)
    password: str | None = None
    schedule: str = ""
    time_zone: str = ""


@activity.records_refusals("contract.refused")
def set_up_tests(
    *, actor: Actor, contract_id: int, setup: Setup, expected_version: int | None = None, now: datetime
) -> DataContract:
    """Says where the data lies and when it is tested; for whoever may connect tools."""
    contract = contract_row(actor, contract_id)
    permissions.require(actor, SET_UP, noun="contract", program_id=contract.program_id)
    place = read_place(setup.location)
    schedule = " ".join(setup.schedule.split())
    require_schedule(schedule, field="schedule")
    secrets = contract.secrets if setup.password is None else seal(_secret(setup.password), keys())
    contract.schedule, contract.time_zone = schedule, _zone(setup.time_zone)
    with transaction.atomic():
        written = DataContract.objects.filter(
            pk=contract.pk, version=expected_version or contract.version
        ).update(
            server=clean_line(setup.server, field="server", required=False),
            location=place.to_plain() if place else {},
            secrets=secrets,
            schedule=schedule,
            time_zone=contract.time_zone,
            next_test_at=queries.next_test(contract, now),
            version=F("version") + 1,
        )
        if not written:
            raise Refused.of(
                "Somebody changed this contract a moment ago.", kind="stale", remedy="Look at it again."
            )
        body = {"contract": contract.name, "place": str(place or setup.server), "schedule": schedule}
        activity.record(actor, "contract.tests_set_up", now=now, program_id=contract.program_id, body=body)
    return contract_row(actor, contract_id)


def _secret(password: str) -> dict[str, str]:
    return {"password": clean_line(password, field="password", max_length=1_000)} if password else {}


def _zone(name: str) -> str:
    if name and name not in available_timezones():
        raise Refused.field(
            "time_zone", f"There is no time zone “{name[:60]}”.", "Write one such as Europe/Oslo."
        )
    return name


def run_test(*, actor: Actor, test_id: int, now: datetime) -> None:
    """Executes a test that waits; what it finds becomes evidence of each model that it concerns.

    A test that a worker left half done is run again from its start; one that has a result is left alone.
    """
    permissions.require(actor, "installation.administer")
    row = ContractTest.objects.select_related("version", "contract__source", "contract__model").get(
        pk=test_id
    )
    mine = ContractTest.objects.filter(pk=test_id, state__in=OPEN)
    if not mine.update(state=TestState.RUNNING, started_at=now, tables_done=0):
        return

    def note(progress: Progress) -> None:
        mine.update(tables_done=progress.tables_done, tables=progress.tables)

    try:
        place, secrets = place_of_contract(row.contract, row.version), queries.secrets_of(row.contract)
    except Refused as refusal:
        _stop(actor, row, str(refusal), now)
        return
    result = run_contract(
        read_contract(row.version.content),
        place,
        limits=limits(),
        now=now,
        secrets=secrets,
        allow_samples=may_show_rows(row.contract),
        on_progress=note,
    )
    _keep(actor, row, result, now)


def may_show_rows(contract: DataContract) -> bool:
    """Values of a source that only some may see are not kept; the document may hide further columns."""
    return contract.source is None or contract.source.sensitivity in SHOWN


def limits() -> Limits:
    return Limits(
        folders=settings.DATA_FOLDERS,
        memory_mb=settings.ENGINE_MEMORY_MB,
        seconds=settings.ENGINE_SECONDS,
        allow_hosts=settings.ALLOW_HOSTS,
    )


def _keep(actor: Actor, row: ContractTest, result: TestResult, now: datetime) -> None:
    counted, finished = result.count(), now + timedelta(seconds=result.seconds)
    with transaction.atomic():
        written = ContractTest.objects.filter(pk=row.pk, state=TestState.RUNNING).update(
            state=TestState.DONE,
            outcome=result.outcome,
            engine=result.engine,
            place=result.place[:1000],
            finished_at=finished,
            tables_done=row.tables,
            rows=result.rows,
            results=[one.to_plain() for one in result.results],
            **{str(outcome): number for outcome, number in counted.items()},
        )
        if not written:
            return
        for model in concerned(row.contract):
            attach_evidence(
                actor=actor, model_id=model.pk, items=[_evidence(row, result)], now=max(now, finished)
            )
        body = {"contract": row.contract.name, "version": row.version.number, "outcome": result.outcome}
        told = {**body, "said": sentence(result.results)}
        activity.record(actor, "contract.tested", now=now, program_id=row.contract.program_id, body=told)


def _evidence(row: ContractTest, result: TestResult) -> NewEvidence:
    label = row.version.label or str(row.version.number)
    return NewEvidence(
        kind=EvidenceKind.TESTED,
        key=evidence_key(row.contract.key),
        source="throughline",
        subject=f"{row.contract.name} {label}"[:300],
        source_ref=f"contract test {row.pk}",
        outcome=Outcome(str(result.outcome)),
        summary=sentence(result.results)[:5000],
        link=f"{settings.BASE_URL}/contracts/tests/{row.pk}",
        fingerprint=row.version.fingerprint,
        observed_at=result.observed_at,
        detail={"contract_test": row.pk, "contract": row.contract.key, **in_evidence(result)},
    )


def _stop(actor: Actor, row: ContractTest, why: str, now: datetime) -> None:
    with transaction.atomic():
        mine = ContractTest.objects.filter(pk=row.pk, state__in=OPEN)
        if mine.update(state=TestState.STOPPED, finished_at=now, error=why[:4000]):
            body = {"contract": row.contract.name, "reason": why}
            activity.record(
                actor, "contract.test_stopped", now=now, program_id=row.contract.program_id, body=body
            )


def ask_due_tests(*, actor: Actor, now: datetime) -> int:
    """Asks for each scheduled test that is due, once, and ends those that no worker can be at any more."""
    permissions.require(actor, "installation.administer")
    for row in queries.left_behind(now - PATIENCE).select_related("contract"):
        _stop(actor, row, "The worker ended before this was done, each time it was tried.", now)
    count = 0
    for contract in queries.due(now)[:MOST_AT_ONCE]:
        mine = DataContract.objects.filter(pk=contract.pk, next_test_at=contract.next_test_at)
        if mine.update(next_test_at=queries.next_test(contract, now)):
            count += _ask_by_schedule(actor, contract, now)
    return count


def _ask_by_schedule(actor: Actor, contract: DataContract, now: datetime) -> int:
    """A contract that cannot be tested is written down as a test that was stopped, so that it shows."""
    try:
        _ask(actor, contract, Trigger.SCHEDULE, now)
    except Refused as refusal:
        if refusal.kind == "lost_race":
            return 0
        version = contract.versions.order_by("-number").first()
        if version is None:
            return 0
        row = ContractTest.objects.create(
            contract=contract, version=version, trigger=Trigger.SCHEDULE, asked_at=now, asked_by=actor.name
        )
        _stop(actor, row, str(refusal), now)
        return 0
    return 1


def try_document(
    *, actor: Actor, body: bytes, file_name: str, chunks: Iterable[bytes], now: datetime
) -> TestResult:
    """Tests a document against one file that is brought with it; nothing of either is kept.

    Each table of the document is looked for in that file, so a document has one table as a rule.
    """
    permissions.require(actor, "contract.test_document")
    try:
        document = read_contract(read_document(body).content)
    except ContractInvalid as error:
        raise Refused(
            tuple(Reason(str(fault), "contract") for fault in error.faults), kind="invalid"
        ) from None
    suffix = next((ending for ending in SUFFIXES if file_name.lower().endswith(ending)), "")
    if not suffix:
        raise Refused.field(
            "data",
            f"“{file_name[:100]}” does not say by its ending what it is.",
            f"Choose one of {', '.join(SUFFIXES)}.",
        )
    with TemporaryDirectory(prefix="throughline-") as folder:
        file = store(Path(folder), file_name, chunks, max_bytes=settings.MAX_UPLOAD_BYTES)
        data = Path(folder) / f"data{suffix}"
        path_of(Path(folder), file.id).rename(data)
        place = Place(PlaceKind.FILES, path=str(data.resolve()), format=SUFFIXES[suffix])
        within = replace(limits(), folders=(Path(folder).resolve(),))
        return run_contract(document, place, limits=within, now=now)
