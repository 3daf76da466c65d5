"""Many documents at once, from a zip or one by one: each is accounted for, and one that is refused stops no other."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from throughline.actions import activity
from throughline.actions.activity import Line
from throughline.actions.contracts.places import record
from throughline.actions.contracts.publishing import (
    Document,
    Imported,
    Link,
    importable,
    logged,
    place_document,
    read_document,
)
from throughline.adapters.odcs import MAX_BYTES
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import Actor
from throughline.queries import contracts as queries
from throughline.records.portfolio import Program

MOST_FILES = 5_000
MOST_BYTES = 200_000_000
AT_ONCE = 100
# Broken, locked by a password, packed in a way that is not known: each unpacker has errors of its own.
UNPACKING = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
)
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `created`, `version`, `known`, `refused` or `left_out`, with the reasons."""

    file: str
    state: str
    contract_id: int | None = None
    key: str = ""
    number: int | None = None
    is_breaking: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """One file. `why_not` says why it is not even read."""

    name: str
    body: bytes = b""
    why_not: str = ""


@dataclass
class _Batch:
    """Files that are written in one transaction."""

    done: list[tuple[str, Imported]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


def unpacked(archive: bytes) -> Iterator[Given]:
    """The contracts in a zip, bounded in number and size; folders and files of other kinds are named as left out.

    Raises `Refused` (invalid) for what is no zip.
    """
    try:
        opened = zipfile.ZipFile(io.BytesIO(archive))
        entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        text = f"This is not a zip archive ({str(error)[:100]})."
        raise Refused.field("file", text, "Send a .zip with the contracts.") from None
    if len(entries) > MOST_FILES:
        text = f"There are {len(entries):,} files in it; {MOST_FILES:,} are read at once."
        raise Refused.field("file", text, "Send it in parts.")
    with opened:
        left = MOST_BYTES
        for entry in entries:
            one = _entry(opened, entry, left)
            left -= len(one.body)
            yield one


def _entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> Given:
    """Read no further than a contract may be long: what an entry says of its own size is not believed."""
    if not entry.filename.lower().endswith(ENDINGS):
        return Given(entry.filename, why_not="It is no YAML or JSON file.")
    if left <= 0:
        return Given(
            entry.filename, why_not=f"The files before it hold more than {MOST_BYTES // 1_000_000} MB."
        )
    try:
        with opened.open(entry) as file:
            return Given(entry.filename, file.read(MAX_BYTES + 1))
    except UNPACKING as error:
        return Given(entry.filename, why_not=f"It can't be unpacked ({str(error)[:100]}).")


@activity.records_refusals("contract.refused")
def import_many(
    *, actor: Actor, program_id: int, files: Iterable[Given], now: datetime
) -> tuple[Outcome, ...]:
    """In the order of the files; written a hundred at a time. Import again what was refused: the rest is known."""
    program = importable(actor, program_id, Link())
    outcomes: list[Outcome] = []
    batch: list[tuple[Given, Document | Outcome]] = []
    for given in files:
        batch.append((given, _read(given)))
        if len(batch) == AT_ONCE:
            outcomes += _write(actor, program, batch, now)
            batch = []
    return (*outcomes, *_write(actor, program, batch, now))


def _read(given: Given) -> Document | Outcome:
    name = given.name[:300]
    if given.why_not:
        is_other = not given.name.lower().endswith(ENDINGS)
        return Outcome(name, "left_out" if is_other else "refused", reasons=(given.why_not,))
    try:
        return read_document(given.body)
    except Refused as refused:
        return Outcome(name, "refused", reasons=tuple(map(str, refused.reasons)))


def _write(
    actor: Actor, program: Program, batch: Sequence[tuple[Given, Document | Outcome]], now: datetime
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    fresh: list[Imported] = []
    with transaction.atomic():
        for given, read in batch:
            if isinstance(read, Outcome):
                outcomes.append(read)
                continue
            try:
                with transaction.atomic():
                    done = place_document(actor, program, read, Link(), now)
            except (Refused, NotAllowed, Missing) as error:
                said = tuple(map(str, error.reasons)) if isinstance(error, Refused) else (str(error),)
                outcomes.append(Outcome(given.name[:300], "refused", key=read.key, reasons=said))
                continue
            outcomes.append(_outcome(given.name[:300], done))
            if not done.is_known:
                fresh.append(done)
        _record(actor, fresh, now)
    return outcomes


def _outcome(name: str, done: Imported) -> Outcome:
    state = "created" if done.is_new else "version" if done.is_new_version else "known"
    version = done.version
    return Outcome(name, state, done.contract.pk, done.contract.key, version.number, version.is_breaking)


def _record(actor: Actor, fresh: Sequence[Imported], now: datetime) -> None:
    """Together where no model is concerned; else on each model, so that its people hear of it."""
    lines = []
    for done in fresh:
        verb, row, body = logged(done)
        if queries.concerned(row):
            record(actor, verb, row, now=now, body=body)
        else:
            told = {"contract_id": row.pk, "contract": row.name, **body}
            lines.append(Line(verb, row.program_id, None, told))
    if lines:
        activity.record_many(actor, lines, now=now)
