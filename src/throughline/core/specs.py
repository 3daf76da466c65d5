"""Specifications as facts: which version counts, what it lacks at a gate, and who may approve it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from throughline.core.fingerprints import fingerprint as fingerprint_of
from throughline.core.spec_content import Content, criteria_of, fields_of, rows_of
from throughline.core.spec_sections import CRITERIA, PROTOTYPING, SECTIONS, reaches

NOBODY_APPROVES = "No approver is named. Name a sponsor, approver or leader first."


class SpecState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    SUPERSEDED = "superseded"

    @property
    def is_in_work(self) -> bool:
        return self in (SpecState.DRAFT, SpecState.SUBMITTED)


class ReasonKind(StrEnum):
    """Why the scope of an approved specification is to change."""

    NEW_NEED = "new_need"
    DATA_MISSING = "data_missing"
    DATA_POOR = "data_poor"
    TAKES_LONGER = "takes_longer"
    GOOD_ENOUGH = "good_enough"
    OTHER = "other"

    @property
    def label(self) -> str:
        return REASON_TITLES[self]


REASON_TITLES = {
    ReasonKind.NEW_NEED: "There is a new need",
    ReasonKind.DATA_MISSING: "Data are missing",
    ReasonKind.DATA_POOR: "Data are poor",
    ReasonKind.TAKES_LONGER: "A suitable model takes longer",
    ReasonKind.GOOD_ENOUGH: "It is good enough already",
    ReasonKind.OTHER: "Another reason",
}


@dataclass(frozen=True)
class SpecVersion:
    """What a gate knows of one version. `filled` names what is said in it, as `filled_in` does; `sections` holds the
    fingerprint of each section; `criteria` are plain, for `core.criteria.parse_criteria`. A draft, for which nobody
    answers yet, says nothing."""

    number: int
    state: SpecState
    fingerprint: str = ""
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    filled: tuple[str, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict, hash=False)
    criteria: tuple[Mapping[str, object], ...] = field(default=(), hash=False)
    run_frequency: str = ""
    limitations: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecFacts:
    """The version that is approved, and the one that is being written or waits for approval."""

    approved: SpecVersion | None = None
    in_work: SpecVersion | None = None

    @property
    def waiting(self) -> SpecVersion | None:
        """A version that was submitted and not answered yet."""
        is_waiting = self.in_work is not None and self.in_work.state is SpecState.SUBMITTED
        return self.in_work if is_waiting else None

    @property
    def standing(self) -> SpecVersion | None:
        """The version that counts: the approved one, or else the one that waits."""
        return self.approved or self.waiting

    def parts(self) -> dict[str, object]:
        """What sign-offs may rest on: `spec` is the text that counts, so that approving what was signed voids nothing;
        `spec.waiting` is the text that waits for approval."""
        found = {"spec": self.standing, "spec.waiting": self.waiting}
        return {name: version.fingerprint for name, version in found.items() if version}


@dataclass(frozen=True)
class Lack:
    """One thing that a specification must say at a gate and does not. `anchor` is `section.field`."""

    anchor: str
    section: str
    title: str
    why: str


@dataclass(frozen=True)
class Approver:
    """Somebody who may approve a model's specification, and as what."""

    person_id: int
    name: str
    role: str


def version_facts(
    number: int,
    state: SpecState,
    content: Content,
    fingerprint: str = "",
    submitted_at: datetime | None = None,
    approved_at: datetime | None = None,
) -> SpecVersion:
    """Of a version that was submitted."""
    said = fields_of(content, "frequency").get("every", "")
    return SpecVersion(
        number=number,
        state=state,
        fingerprint=fingerprint,
        submitted_at=submitted_at,
        approved_at=approved_at,
        filled=filled_in(content),
        sections={key: fingerprint_of(said) for key, said in content.items() if said},
        criteria=criteria_of(content),
        run_frequency=str(said).replace("_", " "),
        limitations=str(fields_of(content, "limitations").get("limitations", "")),
        sources=tuple(str(row.get("source", "")) for row in rows_of(content, "data", "sources")),
    )


def filled_in(content: Content) -> tuple[str, ...]:
    """What is said: `section.field`, for rows `section.field.column` too where every row has it, and `criteria`."""
    found = [CRITERIA] if content.get(CRITERIA) else []
    for section, fields in _ANCHORS:
        said = content.get(section)
        if not isinstance(said, Mapping):
            continue
        for key, anchor, columns in fields:
            if not said.get(key):
                continue
            found.append(anchor)
            if columns:
                rows = rows_of(content, section, key)
                found += [name for column, name in columns if all(row.get(column) for row in rows)]
    return tuple(sorted(found))


def lacks(filled: Iterable[str], gate: str) -> tuple[Lack, ...]:
    """What a specification must say at this gate and does not, in its own order; nothing at gates off the way."""
    said = frozenset(filled)
    return tuple(
        lack for needed_from, lack in _NEEDS if reaches(needed_from, gate) and _is_missing(lack.anchor, said)
    )


def needs_at(gate: str) -> int:
    """How many things a specification must say at this gate."""
    return sum(reaches(needed_from, gate) and lack.anchor.count(".") < 2 for needed_from, lack in _NEEDS)


def _is_missing(anchor: str, said: frozenset[str]) -> bool:
    """A column is missing only where there are rows: without any, the field itself is."""
    parent = anchor.rpartition(".")[0]
    return anchor not in said and ("." not in parent or parent in said)


def _needs() -> Iterable[tuple[str, Lack]]:
    for section in SECTIONS:
        if section.key == CRITERIA:
            why = "Without a number that was agreed beforehand, success is a matter of taste."
            yield PROTOTYPING, Lack(CRITERIA, CRITERIA, section.title, why)
        for one in section.fields:
            anchor = f"{section.key}.{one.key}"
            if one.needed_from:
                title = section.title if len(section.fields) == 1 else f"{section.title}: {_low(one.title)}"
                yield one.needed_from, Lack(anchor, section.key, title, one.why)
            for column in one.columns:
                if column.needed_from:
                    title = f"{section.title}: {_low(column.title)} in every row of {_low(one.title)}"
                    yield column.needed_from, Lack(f"{anchor}.{column.key}", section.key, title, column.why)


def _low(title: str) -> str:
    return title[0].lower() + title[1:]


_NEEDS = tuple(_needs())
# Looked through for thousands of models at a time, so the names are made once.
_ANCHORS = tuple(
    (
        section.key,
        tuple(
            (
                one.key,
                f"{section.key}.{one.key}",
                tuple((column.key, f"{section.key}.{one.key}.{column.key}") for column in one.columns),
            )
            for one in section.fields
        ),
    )
    for section in SECTIONS
)


def why_may_not_approve(
    approvers: Iterable[Approver], person_id: int | None, hands: Iterable[int | None]
) -> str:
    """Empty for somebody who may. `hands` are all who began, wrote or submitted the version: nobody approves their
    own work."""
    named = {approver.person_id: approver.name for approver in approvers}
    touched = frozenset(hands)
    if person_id is not None and person_id in touched:
        free = [name for one, name in named.items() if one not in touched]
        who = f"Another approver answers: {', '.join(free)}." if free else "Name another approver first."
        return f"You wrote or submitted this version, so you can't approve it. {who}"
    if person_id is None or person_id not in named:
        who = ", ".join(named.values())
        return f"This is approved by: {who}." if who else NOBODY_APPROVES
    return ""
