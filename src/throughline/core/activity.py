"""The hash chain of the activity log: how an entry is sealed, and which entry is the first bad one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from throughline.core.fingerprints import fingerprint

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One line of the log. `seq` counts from 1 without gaps; `hash` seals the line and all lines before it."""

    seq: int
    at: datetime
    actor: str
    door: str
    verb: str
    program_id: int | None
    model_id: int | None
    body: Mapping[str, object]
    previous: str
    hash: str


@dataclass(frozen=True)
class Chain:
    """What a check of the log came to. `first_bad` is the number of the first entry that does not hold."""

    entries: int
    head: str
    first_bad: int | None = None
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        return self.first_bad is None


def seal(
    *,
    seq: int,
    at: datetime,
    actor: str,
    door: str,
    verb: str,
    program_id: int | None,
    model_id: int | None,
    body: Mapping[str, object],
    previous: str,
) -> str:
    """The hash of one entry: SHA-256 over its canonical content and the hash before it."""
    content = [seq, at.timestamp(), actor, door, verb, program_id, model_id, _settled(body), previous]
    return fingerprint(content)


def _settled(content: object) -> object:
    """Whole fractions as integers: PostgreSQL gives 1e16 back as 10000000000000000, SQLite as it was written."""
    if isinstance(content, float) and content.is_integer():
        return int(content)
    if isinstance(content, Mapping):
        return {key: _settled(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_settled(value) for value in content]
    return content


def verify(entries: Iterable[Entry], *, anchored: Mapping[int, str] | None = None) -> Chain:
    """Walks the log in order. `anchored` holds heads that were written down outside, by entry number; an anchor
    beyond the last entry shows that the tail was cut."""
    anchors = {seq: head for seq, head in (anchored or {}).items() if seq > 0}
    count, head = 0, GENESIS
    for entry in entries:
        if problem := _problem(entry, count + 1, head, anchors.pop(entry.seq, None)):
            return Chain(count, head, count + 1, problem)
        count, head = entry.seq, entry.hash
    if anchors:
        last = max(anchors)
        return Chain(
            count,
            head,
            count + 1,
            f"Entries up to {last} were anchored outside, but the log ends at {count}.",
        )
    return Chain(count, head)


def _problem(entry: Entry, expected: int, head: str, anchor: str | None) -> str:
    if entry.seq != expected:
        return f"Entry {expected} is missing; entry {entry.seq} follows."
    if entry.previous != head:
        return f"Entry {entry.seq} does not follow from the entry before it."
    sealed = seal(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        door=entry.door,
        verb=entry.verb,
        program_id=entry.program_id,
        model_id=entry.model_id,
        body=entry.body,
        previous=entry.previous,
    )
    if sealed != entry.hash:
        return f"The content of entry {entry.seq} is not what was sealed."
    if anchor is not None and anchor != entry.hash:
        return f"Entry {entry.seq} is not the one that was anchored outside."
    return ""
