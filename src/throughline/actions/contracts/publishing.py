"""A document becomes a contract, or the next version of one; the same document twice is one version."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from throughline.actions import activity
from throughline.actions.contracts.places import (
    changeable,
    locked,
    record,
    refuse_ended,
    require_change,
)
from throughline.adapters.odcs import ContractFile, ContractInvalid, read_contract
from throughline.core import permissions
from throughline.core.contracts.agreements import Direction, refuse_label
from throughline.core.contracts.changes import is_breaking
from throughline.core.contracts.comparison import compare
from throughline.core.contracts.identity import content_fingerprint, key_of, title_of
from throughline.core.errors import Missing, Reason, Refused
from throughline.core.permissions import Actor
from throughline.queries import contracts as queries
from throughline.queries.contract_facts import versions_from
from throughline.queries.portfolio import model_row, program_by_id
from throughline.records.contracts import ContractVersion, DataContract
from throughline.records.data_sources import DataSource
from throughline.records.portfolio import Program


@dataclass(frozen=True)
class Link:
    """What a contract is about: a source (then a provider promises it), or a model's output; or nothing yet."""

    source_id: int | None = None
    model_id: int | None = None


@dataclass(frozen=True)
class Imported:
    """What became of one document."""

    contract: DataContract
    version: ContractVersion
    is_new: bool
    is_new_version: bool

    @property
    def is_known(self) -> bool:
        return not (self.is_new or self.is_new_version)


@dataclass(frozen=True)
class Document:
    """A document that was read, with what tells it apart."""

    file: ContractFile
    key: str
    name: str
    label: str
    fingerprint: str


@activity.records_refusals("contract.refused")
def import_contract(
    *, actor: Actor, program_id: int, body: bytes | str, link: Link | None = None, now: datetime
) -> Imported:
    """Takes a document of the standard, in YAML or JSON. Its id says which contract it is a version of."""
    link = link or Link()
    program = importable(actor, program_id, link)
    document = read_document(body)
    with transaction.atomic():
        done = place_document(actor, program, document, link, now)
        if not done.is_known:
            verb, contract, told = logged(done)
            record(actor, verb, contract, now=now, body=told)
    return done


@activity.records_refusals("contract.refused")
def publish_contract(
    *, actor: Actor, contract_id: int, body: bytes | str, base: int | None = None, now: datetime
) -> Imported:
    """Publishes an edited document as the next version. `base` is the number of the version that was edited."""
    row = changeable(actor, contract_id)
    document = read_document(body)
    if document.key != row.key:
        text = f"The document's id is “{document.key[:80]}”, this contract's is “{row.key[:80]}”."
        raise Refused.field("body", text, "Keep the id, or import it as a contract of its own.")
    with transaction.atomic():
        fresh = locked(row)
        if base is not None and queries.newest_number(fresh) != base:
            text = "Somebody published another version meanwhile."
            raise Refused.of(text, kind="stale", remedy="Look at it, and put both together.")
        done = _next_version(actor, fresh, document, now)
        if not done.is_known:
            verb, contract, told = logged(done)
            record(actor, verb, contract, now=now, body=told)
    return done


def importable(actor: Actor, program_id: int, link: Link) -> Program:
    program = program_by_id(actor, program_id)
    place = {"program_id": program.pk, "model_id": link.model_id}
    permissions.require(actor, "contract.change", noun="program", **place)
    if link.source_id is not None and link.model_id is not None:
        text = "A contract is about a source or about a model's output, not both."
        raise Refused.field("source_id", text, "Name one of them.")
    return program


def read_document(body: bytes | str) -> Document:
    """Raises `Refused` (invalid) with one reason for each fault."""
    try:
        file = read_contract(body)
    except ContractInvalid as invalid:
        reasons = tuple(Reason(str(fault), field="body") for fault in invalid.faults)
        raise Refused(reasons, kind="invalid") from None
    content = file.content
    return Document(
        file=file,
        key=key_of(content),
        name=title_of(content),
        label=str(content["version"]).strip()[:60],
        fingerprint=content_fingerprint(content),
    )


def place_document(actor: Actor, program: Program, document: Document, link: Link, now: datetime) -> Imported:
    """Inside a transaction: a new contract, its next version, or the version that there is already."""
    row = (
        DataContract.objects.select_for_update(of=("self",)).filter(program=program, key=document.key).first()
    )
    if row is None:
        return _first_version(actor, program, document, link, now)
    if link != Link() and link != Link(row.source_id, row.model_id):
        text = f"“{row.name}” is there already, and is about something else."
        raise Refused.of(text, remedy="Link it on its page, or give the document an id of its own.")
    require_change(actor, row)
    return _next_version(actor, row, document, now)


def _first_version(actor: Actor, program: Program, document: Document, link: Link, now: datetime) -> Imported:
    about = linked(actor, program, link)
    try:
        with transaction.atomic():
            row = DataContract.objects.create(
                program=program,
                key=document.key,
                name=document.name,
                created_at=now,
                created_by=actor.name,
                **about,
            )
    except IntegrityError:
        text = "Somebody else imported this contract at the same moment."
        raise Refused.of(text, kind="lost_race", remedy="Look at it, and import again.") from None
    return Imported(row, _written(actor, row, document, 1, (), now), True, True)


def linked(actor: Actor, program: Program, link: Link) -> dict[str, Any]:
    """The fields that say what a contract is about. Raises `Missing` for a source or model outside the program."""
    if link.model_id is not None:
        model = model_row(actor, link.model_id)
        if model.program_id != program.pk:
            raise Missing("model")
        return {"direction": Direction.OUTPUT, "model": model, "source": None}
    source = None
    if link.source_id is not None:
        source = DataSource.objects.filter(pk=link.source_id, program=program, ended_at__isnull=True).first()
        if source is None:
            raise Missing("data source")
    return {"direction": Direction.PROVIDER, "source": source, "model": None}


def _next_version(actor: Actor, row: DataContract, document: Document, now: datetime) -> Imported:
    rows = list(row.versions.defer("text", "content", "changes").order_by("number"))
    newest = rows[-1]
    live = [one for one in rows if one.withdrawn_at is None]
    if live and live[-1].fingerprint == document.fingerprint:
        return Imported(row, live[-1], False, False)
    refuse_ended(row)
    refuse_label(document.label, document.fingerprint, versions_from(queries.version_lines(rows), now))
    in_force = [one for one in live if queries.is_in_force(one, now)]
    base = row.versions.get(pk=(in_force or live or [newest])[-1].pk)
    changes = compare(base.content, document.file.content)
    made = _written(actor, row, document, newest.number + 1, changes, now)
    DataContract.objects.filter(pk=row.pk).update(name=document.name, version=F("version") + 1)
    row.name = document.name
    return Imported(row, made, False, True)


def _written(
    actor: Actor, row: DataContract, document: Document, number: int, changes: Any, now: datetime
) -> ContractVersion:
    content = document.file.content
    return ContractVersion.objects.create(
        contract=row,
        number=number,
        label=document.label,
        status=str(content.get("status") or "")[:60],
        standard=str(content["apiVersion"])[:20],
        text=document.file.text,
        content=content,
        fingerprint=document.fingerprint,
        changes=[one.to_plain() for one in changes],
        is_breaking=is_breaking(changes),
        published_at=now,
        published_by=actor.name,
        publisher_id=actor.person_id,
    )


def logged(done: Imported) -> tuple[str, DataContract, Mapping[str, object]]:
    """The verb and content of the entry in the log, for what was published."""
    version = done.version
    body: dict[str, object] = {
        "version": version.number,
        "label": version.label,
        "fingerprint": version.fingerprint,
        "is_breaking": version.is_breaking,
    }
    if version.is_breaking:
        body["breaking"] = [
            f"{c['place']}: {c['text']}" for c in version.changes if c["weight"] == "breaking"
        ][:50]
    return "contract.published", done.contract, body
