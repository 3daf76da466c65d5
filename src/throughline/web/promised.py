"""How promises are shown: each with its state, its recipients and their answers, and its versions with the slip."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from throughline.core.dossier import Dossier
from throughline.core.drift import drifts
from throughline.core.drift_facts import Drift, DriftState, facts_in
from throughline.core.permissions import may
from throughline.core.promises import (
    PromiseAnswer,
    PromiseVersion,
    Recipient,
    Slip,
    Step,
    changed_fields,
    slip_of,
)
from throughline.core.tellings import Duty, duties_in
from throughline.queries import promises as queries
from throughline.queries.promises import Board
from throughline.queries.rows import MLModel, Telling
from throughline.web.routes import PageRequest

MOST_TOLD = 50
FIELD_WORDS = {"statement": "Statement", "due_on": "Day", "value": "In short", "criterion": "Criterion"}
# What needs somebody comes first.
ORDER = (
    DriftState.BROKEN,
    DriftState.AT_RISK,
    DriftState.OPEN,
    DriftState.KEPT,
    DriftState.WITHDRAWN,
)


@dataclass(frozen=True)
class Line:
    """One recipient of a promise: what they answered to its latest version, and whether they must be told."""

    who: Recipient
    answer: PromiseAnswer | None
    is_untold: bool

    @property
    def state(self) -> str:
        if self.answer is None:
            return "unanswered"
        return "acknowledged" if self.answer.is_acknowledgement else "disputed"


@dataclass(frozen=True)
class Change:
    """One version in the chain, with what it says otherwise than the one before."""

    version: PromiseVersion
    step: Step | None
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Shown:
    """One promise on a page. `own` is the recipient that the reader is, if any."""

    drift: Drift
    lines: tuple[Line, ...]
    chain: tuple[Change, ...]
    untold: tuple[Duty, ...]
    today: date
    own: Line | None = None

    @property
    def slip(self) -> Slip:
        return self.drift.promise.slip

    @property
    def slipped(self) -> str:
        """How far, in words."""
        if not self.slip.times:
            return ""
        times = {1: "once", 2: "twice"}.get(self.slip.times, f"{self.slip.times} times")
        days = self.slip.days
        way = f"{abs(days)} {'day' if abs(days) == 1 else 'days'} {'later' if days > 0 else 'earlier'}"
        return f"moved {times}, {way}" if days else f"moved {times}, back to the first day"


def tab(request: PageRequest, row: MLModel, dossier: Dossier, *, is_past: bool) -> dict[str, object]:
    """Of the present or of a past instant, from what the dossier says; of the past nothing can be done."""
    facts = facts_in(dossier)
    found = drifts(dossier.promises, facts)
    board = Board(
        row.pk,
        row.name,
        row.program.slug,
        row.program_id,
        facts,
        dossier.promises,
        found,
        duties_in(dossier.promises, found),
    )
    place = {"program_id": row.program_id, "model_id": row.pk}
    lines = shown(board, None if is_past else request.actor.person_id)
    may_give = not is_past and may(request.actor, "promise.give", **place)
    live = [one for one in lines if one.drift.promise.is_live]
    return {
        "board": board,
        "promises": live,
        "closed": [one for one in lines if not one.drift.promise.is_live],
        "told": told(request, row) if dossier.promises.told and not is_past else [],
        "may_give": may_give,
        "has_stakeholders": bool(live) or (may_give and queries.stakeholder_rows(row, request.now).exists()),
    }


def told(request: PageRequest, row: MLModel) -> list[Telling]:
    return list(queries.tellings(request.actor, row)[:MOST_TOLD])


def shown(board: Board, person_id: int | None) -> list[Shown]:
    """What needs somebody first, then what is due next."""
    found = [_shown(board, one, person_id) for one in board.drifts]
    far = date.max
    return sorted(
        found, key=lambda one: (ORDER.index(one.drift.state), one.drift.promise.latest.due_on or far)
    )


def _shown(board: Board, one: Drift, person_id: int | None) -> Shown:
    untold = board.untold(one.promise.id)
    owed = {duty.stakeholder_id for duty in untold}
    lines = tuple(
        Line(who, one.promise.answer_of(who.stakeholder_id), who.stakeholder_id in owed)
        for who in one.promise.recipients
    )
    own = next((line for line in lines if person_id is not None and line.who.person_id == person_id), None)
    return Shown(
        one, lines, tuple(_chain(one)), untold, board.facts.today, own if one.promise.is_live else None
    )


def _chain(one: Drift) -> Iterable[Change]:
    """The newest version first."""
    versions = one.promise.versions
    steps = {step.number: step for step in slip_of(versions).steps}
    for place in range(len(versions) - 1, -1, -1):
        version = versions[place]
        before = versions[place - 1] if place else None
        changed = changed_fields(before, version) if before else ()
        fields = tuple((FIELD_WORDS[name], was, now) for name, was, now in changed if name != "due_on")
        yield Change(version, steps.get(version.number), fields)
