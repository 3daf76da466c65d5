"""Which version of a contract is agreed by whom, which one is in force, and what waits for whom."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint


class Direction(StrEnum):
    """Of the data: from a provider to the models that use a source, or from a model to the consumers of its output."""

    PROVIDER = "provider"
    OUTPUT = "output"


class Side(StrEnum):
    PROVIDER = "provider"
    CONSUMER = "consumer"


class VersionState(StrEnum):
    WAITING = "waiting"
    DECLINED = "declined"
    IN_FORCE = "in_force"
    AGREED = "agreed"
    OVER = "over"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Party:
    """Who stands on one side: the provider (`id` None), a model that uses the source, or a stakeholder."""

    side: Side
    id: int | None
    name: str


@dataclass(frozen=True)
class Given:
    """An answer as it was given. `name` is the person who gave it, `on_behalf_of` the one outside who said it."""

    side: Side
    party_id: int | None
    is_agreed: bool
    person_id: int | None
    name: str
    fingerprint: str
    at: datetime
    on_behalf_of: str = ""
    words: str = ""
    link: str = ""

    @property
    def by(self) -> str:
        return f"{self.on_behalf_of} (recorded by {self.name})" if self.on_behalf_of else self.name


@dataclass(frozen=True)
class Version:
    """One version with its answers. `fingerprint` is that of the content; an answer is to content and period."""

    id: int
    number: int
    label: str
    fingerprint: str
    is_breaking: bool
    published_at: datetime
    published_by: str
    answers: tuple[Given, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    in_force_from: datetime | None = None
    in_force_until: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def seen(self) -> str:
        """What an answer is tied to."""
        return seen_fingerprint(self.fingerprint, self.starts_on, self.ends_on)

    @property
    def title(self) -> str:
        return self.label or f"no. {self.number}"

    def is_in_force(self, at: datetime) -> bool:
        if self.in_force_from is None or self.in_force_from > at:
            return False
        return self.in_force_until is None or at < self.in_force_until

    def answer_of(self, side: Side, party_id: int | None) -> Given | None:
        """The newest one, if it was to what the version says now."""
        given = [one for one in self.answers if one.side is side and one.party_id == party_id]
        newest = max(given, key=lambda one: one.at, default=None)
        return newest if newest is not None and newest.fingerprint == self.seen else None

    def agreed(self, parties: Iterable[Party]) -> tuple[Given, ...]:
        found = (self.answer_of(party.side, party.id) for party in parties)
        return tuple(one for one in found if one is not None and one.is_agreed)

    def declined(self, parties: Iterable[Party]) -> tuple[Given, ...]:
        found = (self.answer_of(party.side, party.id) for party in parties)
        return tuple(one for one in found if one is not None and not one.is_agreed)

    def awaited(self, parties: Iterable[Party]) -> tuple[Party, ...]:
        return tuple(party for party in parties if self.answer_of(party.side, party.id) is None)


@dataclass(frozen=True)
class History:
    """All versions of one contract, by number, and who must agree."""

    versions: tuple[Version, ...]
    parties: tuple[Party, ...]

    @property
    def consumers(self) -> tuple[Party, ...]:
        return tuple(one for one in self.parties if one.side is Side.CONSUMER)

    @property
    def newest(self) -> Version | None:
        """The one that is to be answered: whatever was published before it is asked no more."""
        live = [one for one in self.versions if one.withdrawn_at is None]
        return max(live, key=lambda one: one.number, default=None)

    def in_force(self, at: datetime) -> Version | None:
        return next((one for one in self.versions if one.is_in_force(at)), None)

    def pending(self) -> Version | None:
        """The newest version while it has not been agreed by both sides."""
        newest = self.newest
        if newest is None or newest.in_force_from is not None:
            return None
        return newest

    def is_complete(self, version: Version) -> bool:
        """Whether both sides agreed: the provider, and every consumer there is. Nobody on one side is no agreement."""
        return bool(self.consumers) and len(version.agreed(self.parties)) == len(self.parties)

    def state(self, version: Version, at: datetime) -> VersionState:
        if version.withdrawn_at is not None:
            return VersionState.WITHDRAWN
        if version.is_in_force(at):
            return VersionState.IN_FORCE
        if version.in_force_from is not None:
            return VersionState.AGREED if version.in_force_from > at else VersionState.OVER
        if version is not self.newest:
            return VersionState.REPLACED
        return VersionState.DECLINED if version.declined(self.parties) else VersionState.WAITING


def seen_fingerprint(content: str, starts_on: date | None, ends_on: date | None) -> str:
    """Of what both sides agree to: what the document says, and from when until when."""
    if starts_on is None and ends_on is None:
        return content
    return fingerprint({"content": content, "from": starts_on, "until": ends_on})


def why_may_not_answer(version: Version, side: Side, person_id: int) -> str:
    """Empty for somebody who may. Four eyes: whoever said anything for one side says nothing for the other one."""
    other = next(
        (one for one in version.answers if one.person_id == person_id and one.side is not side), None
    )
    if other is None:
        return ""
    return (
        f"You answered this version for the {other.side} side, so somebody else answers for the {side} side."
    )


def refuse_label(label: str, content: str, versions: Sequence[Version]) -> None:
    """Raises `Refused` for a version label that was used for other content, or that goes backwards."""
    for one in versions:
        if one.fingerprint == content:
            text = f"This content was published as version {one.title} already, and a later version followed."
            raise Refused.of(text, remedy="Publish it under a new version, if it is meant to count again.")
        if one.label == label:
            text = f"Version {label} was published already, with other content."
            raise Refused.of(text, remedy="Give the changed document a new version.")
    newest = max(versions, key=lambda one: one.number, default=None)
    if newest is not None and is_before(label, newest.label):
        text = f"Version {label} is older than {newest.label}, which was published last."
        raise Refused.of(text, remedy="Versions go forwards; give it a higher one.")


PARTS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")


def is_before(label: str, other: str) -> bool:
    """Whether one version comes before another, as semantic versions are ordered; others have no order."""
    one, two = _ordered(label), _ordered(other)
    return one is not None and two is not None and one < two


def _ordered(label: str) -> tuple[list[int], int, list[tuple[int, int, str]]] | None:
    found = PARTS.fullmatch(label.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    before = [
        (0, int(part), "") if part.isdecimal() and len(part) < 10 else (1, 0, part)
        for part in (found[2] or "").split(".")
        if part
    ]
    return numbers, 0 if before else 1, before
