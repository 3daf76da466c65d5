"""What was shown to stakeholders, the fingerprint of every byte of it, and what their answers come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint

# The part of a stakeholder whose word counts; whoever else was asked can return, but not approve for them.
APPROVER = "approver"
SAMPLE_ROWS = 200


class OutputKind(StrEnum):
    FILE = "file"
    LINK = "link"
    SAMPLE = "sample"


class Purpose(StrEnum):
    """A draft is shown to hear whether it goes the right way; acceptance is asked for one release."""

    DRAFT = "draft"
    ACCEPTANCE = "acceptance"


class Reply(StrEnum):
    NONE = ""
    APPROVED = "approved"
    RETURNED = "returned"


class OutputState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Sample:
    """The first rows of a table as text, as they are shown. `total` is None where nobody counted them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int | None = None
    notes: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, object]:
        return {
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "total": self.total,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Shown:
    """Everything that the people who were asked could see. `file` is the SHA-256 of the file's bytes.

    `subject` is what the release put into production when it was shown, so that another version is other content.
    """

    kind: OutputKind
    purpose: Purpose
    title: str
    note: str = ""
    link: str = ""
    file: str = ""
    sample: Mapping[str, object] | None = None
    release_id: int | None = None
    subject: str = ""

    def fingerprint(self) -> str:
        content = {
            "kind": self.kind,
            "purpose": self.purpose,
            "title": self.title,
            "note": self.note,
            "link": self.link,
            "file": self.file,
            "sample": self.sample,
            "release": self.release_id,
            "subject": self.subject,
        }
        return fingerprint(content)


@dataclass(frozen=True)
class Ask:
    """One stakeholder who was asked, and their answer. `by` is the person who gave it, as named then."""

    stakeholder_id: int
    name: str
    part: str
    asked_at: datetime
    is_ended: bool = False
    reply: Reply = Reply.NONE
    words: str = ""
    by: str = ""
    fingerprint: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True)
class SharedOutput:
    """One share with everybody who was asked. `told` holds the stakeholders who know the updated timeline."""

    id: int
    purpose: Purpose
    kind: OutputKind
    title: str
    fingerprint: str
    release_id: int | None
    is_of_update: bool
    subject: str
    shared_by: str
    shared_at: datetime
    asks: tuple[Ask, ...] = ()
    withdrawn_at: datetime | None = None
    timeline_on: date | None = None
    timeline_note: str = ""
    timeline_at: datetime | None = None
    told: tuple[int, ...] = ()

    def holds(self, ask: Ask) -> bool:
        """An answer to something else than what is shown is no answer."""
        return bool(ask.reply) and ask.fingerprint == self.fingerprint

    @property
    def line(self) -> tuple[str, int | None]:
        return line_of(self.purpose, self.release_id, is_of_update=self.is_of_update)

    @property
    def returned(self) -> tuple[Ask, ...]:
        return tuple(ask for ask in self.asks if ask.reply is Reply.RETURNED and self.holds(ask))

    @property
    def deciding(self) -> tuple[Ask, ...]:
        """The approvers whose answers count: who left before answering is waited for no longer."""
        return tuple(a for a in self.asks if a.part == APPROVER and (not a.is_ended or self.holds(a)))

    @property
    def awaited(self) -> tuple[Ask, ...]:
        return tuple(ask for ask in self.deciding if not self.holds(ask))

    @property
    def state(self) -> OutputState:
        if self.withdrawn_at is not None:
            return OutputState.WITHDRAWN
        if self.returned:
            return OutputState.RETURNED
        is_approved = bool(self.deciding) and not self.awaited
        return OutputState.APPROVED if is_approved else OutputState.WAITING

    @property
    def untold(self) -> tuple[Ask, ...]:
        """Who still has to be told the updated timeline; nobody while nothing was returned."""
        if self.state is not OutputState.RETURNED:
            return ()
        return tuple(a for a in self.asks if not a.is_ended and a.stakeholder_id not in self.told)

    @property
    def owes_timeline(self) -> bool:
        """A return obliges: to a new date, and to tell everybody who was asked."""
        return self.state is OutputState.RETURNED and (self.timeline_on is None or bool(self.untold))

    def content(self) -> dict[str, object]:
        """What a sign-off on it is tied to."""
        answers = [(ask.stakeholder_id, ask.reply) for ask in self.asks if self.holds(ask)]
        return {"fingerprint": self.fingerprint, "state": self.state, "answers": sorted(answers)}


def line_of(purpose: Purpose, release_id: int | None, *, is_of_update: bool) -> tuple[str, int | None]:
    """Shares in one line replace each other: a newer one counts instead of the older.

    Drafts of the prototype and of the first release are one line; each update, and each acceptance, is its own.
    """
    is_own = purpose is Purpose.ACCEPTANCE or is_of_update
    return (purpose, release_id if is_own else None)


def newest(outputs: Iterable[SharedOutput], line: tuple[str, int | None]) -> SharedOutput | None:
    """The share that counts in a line."""
    live = [one for one in outputs if one.line == line and one.withdrawn_at is None]
    return max(live, key=lambda one: (one.shared_at, one.id), default=None)


def replaced(outputs: Sequence[SharedOutput]) -> frozenset[int]:
    """The shares in whose place a newer one counts."""
    counting = {line: newest(outputs, line) for line in {one.line for one in outputs}}
    return frozenset(
        one.id
        for one in outputs
        if one.withdrawn_at is None and (at := counting[one.line]) is not None and at.id != one.id
    )


def asked_again(before: SharedOutput | None) -> frozenset[int]:
    """Who must be asked about what replaces a share: its approvers, and whoever returned it. Nobody is passed over."""
    if before is None:
        return frozenset()
    wanted = {*before.deciding, *before.returned}
    return frozenset(ask.stakeholder_id for ask in wanted if not ask.is_ended)


def timeline_cause(output_id: int) -> str:
    """How a telling names the updated timeline of one share."""
    return f"output:{output_id}:timeline"


def require_consistent(shown: Shown) -> None:
    """Raises `Refused` (invalid) where what is shown does not fit together."""
    if shown.purpose is Purpose.ACCEPTANCE and shown.release_id is None:
        raise Refused.field("release_id", "Acceptance is asked for a release.", "Choose the release.")
    if shown.kind is OutputKind.LINK and not shown.link:
        raise Refused.field("link", "There is nothing to look at.", "Give a link, or a file.")
    if shown.kind is not OutputKind.LINK and not shown.file:
        raise Refused.field("file", "There is nothing to look at.", "Choose a file, or give a link.")


def require_timeline(output: SharedOutput, on: date, today: date) -> None:
    """Raises `Refused` where this share owes no timeline, or one that was told would change under those who know it."""
    if output.state is not OutputState.RETURNED:
        raise Refused.of("Only something that was returned needs an updated timeline.")
    if output.told:
        raise Refused.of(
            "This timeline was told already.",
            remedy="Change the promised date under Promises; it is told anew.",
        )
    if on < today:
        raise Refused.field("on", f"{on:%Y-%m-%d} has passed.", "Give the day on which they can expect it.")
