"""What needs one person now: moves and waivers to decide, checks whose turn is theirs, and what is about to end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from throughline.core.dossier import Dossier
from throughline.core.gates import Finding, evaluate, why_may_not_decide, why_may_not_waive
from throughline.core.people import holds
from throughline.core.permissions import Actor
from throughline.core.stages import Stage, way_forward
from throughline.queries import (
    access_requests,
    compliance,
    contracts,
    feedback,
    label_audits,
    outputs,
    stakeholders,
)
from throughline.queries.access_requests import Known as KnownRequest
from throughline.queries.contracts import Waiting as WaitingContract
from throughline.queries.dossiers import load_many
from throughline.queries.moves import moves, place_of
from throughline.queries.policies import parsed
from throughline.queries.portfolio import models
from throughline.queries.promises import Board, awaiting, kept_by
from throughline.queries.spec_approval import Waiting, waiting_for
from throughline.queries.stakeholders import Known
from throughline.records.feedback import Feedback
from throughline.records.label_audits import Labeller
from throughline.records.moves import Move, SignOff, Waiver
from throughline.records.outputs import Output, OutputAnswer
from throughline.records.people import GapItem
from throughline.records.policies import Policy as PolicyRow
from throughline.records.portfolio import MLModel
from throughline.records.promises import PromiseVersion

MOST_MOVES = 60
MOST_MODELS = 60
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Turn:
    """One unanswered check whose turn is this person's."""

    model: MLModel
    gate: str
    finding: Finding


@dataclass(frozen=True)
class WaiverAsked:
    """A waiver that waits for this person, and what its check asks."""

    waiver: Waiver
    asks: str


@dataclass(frozen=True)
class Ending:
    """A waiver or sign-off that ends soon, and what its check asks."""

    model: MLModel
    kind: str
    asks: str
    at: datetime
    number: int


@dataclass(frozen=True)
class Today:
    to_decide: tuple[Move, ...]
    to_waive: tuple[WaiverAsked, ...]
    turns: tuple[Turn, ...]
    endings: tuple[Ending, ...]
    gap_items: tuple[GapItem, ...]
    waiting_on_others: tuple[Move, ...]
    own_models: tuple[MLModel, ...]
    to_approve: Waiting
    reviews: compliance.Waiting = compliance.Waiting()
    to_answer: tuple[OutputAnswer, ...] = ()
    promised: tuple[PromiseVersion, ...] = ()
    timelines: tuple[Output, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    overdue: tuple[Known, ...] = ()
    untold: tuple[Board, ...] = ()
    access: tuple[KnownRequest, ...] = ()
    contracts: tuple[WaitingContract, ...] = ()
    to_label: tuple[Labeller, ...] = ()

    @property
    def count(self) -> int:
        """What only this person can do next."""
        mine = (self.to_decide, self.to_waive, self.to_answer, self.promised, self.gap_items, self.to_label)
        agreeing = sum(one.is_own for one in self.contracts)
        return sum(len(rows) for rows in mine) + agreeing + self.to_approve.count + self.reviews.count


def for_person(actor: Actor, *, now: datetime) -> Today:
    """In a fixed number of statements. The lists are capped; each page has the rest."""
    asked = list(moves(actor).filter(state="open").order_by("requested_at")[:MOST_MOVES])
    waivers = list(
        Waiver.objects.filter(state="asked", until__gt=now, model__in=models(actor))
        .exclude(asked_by_id=actor.person_id)
        .select_related("model__program", "model__policy")
        .order_by("asked_at")[:MOST_MOVES]
    )
    own = list(models(actor).filter(pk__in=actor.model_ids()).order_by("stage_since")[:MOST_MODELS])
    everyone = {m.pk: m for m in (*own, *(move.model for move in asked), *(w.model for w in waivers))}
    dossiers = load_many(everyone.values(), now=now)
    policies = _policies(everyone.values())
    before = _gates_before(own, asked, policies)
    return Today(
        to_decide=tuple(move for move in asked if _decides(actor, move, dossiers[move.model_id])),
        to_waive=tuple(_to_waive(actor, waivers, dossiers, policies)),
        turns=tuple(_turns(actor, before, dossiers)),
        endings=_endings(before, now),
        gap_items=tuple(
            GapItem.objects.filter(owner_id=actor.person_id, closed_at__isnull=True)
            .select_related("model", "program")
            .order_by("due_on")[:MOST_MOVES]
        ),
        waiting_on_others=tuple(move for move in asked if move.requested_by_id == actor.person_id),
        own_models=tuple(own),
        to_answer=tuple(outputs.awaiting(actor, now)),
        promised=tuple(awaiting(actor)),
        timelines=tuple(outputs.owing_timeline(actor)),
        feedback=tuple(feedback.untriaged(actor)),
        overdue=tuple(stakeholders.overdue_for(actor, now)),
        untold=tuple(board for board in kept_by(actor, now).values() if board.duties or board.disputes),
        to_approve=waiting_for(actor, now),
        access=tuple(access_requests.pressing(actor, now)),
        contracts=tuple(contracts.awaiting(actor, now)),
        reviews=compliance.waiting_for(actor, now),
        to_label=tuple(label_audits.waiting_for(actor)),
    )


def is_overdue(item: GapItem, today: date) -> bool:
    return item.due_on < today


def _policies(rows: Iterable[MLModel]) -> dict[int, PolicyRow]:
    return PolicyRow.objects.in_bulk({pk for row in rows if (pk := row.policy_id or row.program.policy_id)})


def _decides(actor: Actor, move: Move, dossier: Dossier) -> bool:
    gate = parsed(move.policy).gates[move.gate]
    return not why_may_not_decide(gate, dossier, actor.person_id, move.requested_by_id)


def _to_waive(
    actor: Actor, waivers: list[Waiver], dossiers: dict[int, Dossier], policies: dict[int, PolicyRow]
) -> Iterable[WaiverAsked]:
    for waiver in waivers:
        row = policies.get(waiver.model.policy_id or waiver.model.program.policy_id or 0)
        gate = parsed(row).gates.get(waiver.gate) if row else None
        check = gate.check(waiver.check_id) if gate else None
        dossier = dossiers[waiver.model_id]
        if check and not why_may_not_waive(check, dossier, actor.person_id, waiver.asked_by_id):
            yield WaiverAsked(waiver, check.asks)


@dataclass(frozen=True)
class _Before:
    """The gate that is before a model, in the policy that judges it."""

    model: MLModel
    policy: PolicyRow
    gate: str

    def checks(self) -> dict[str, str]:
        """What each check of the gate asks, by its id."""
        return {check.id: check.asks for check in parsed(self.policy).gates[self.gate].checks}


def _gates_before(own: list[MLModel], asked: list[Move], policies: dict[int, PolicyRow]) -> list[_Before]:
    """That of the open move, else of the way forward; before a model in production no gate presses."""
    moves_of = {move.model_id: move for move in asked}
    found: list[_Before] = []
    for model in own:
        move, step = moves_of.get(model.pk), way_forward(place_of(model))
        row = move.policy if move else policies.get(model.policy_id or model.program.policy_id or 0)
        gate = move.gate if move else step.gate if step and model.stage != Stage.PRODUCTION else ""
        if gate and row is not None:
            found.append(_Before(model, row, gate))
    return found


def _turns(actor: Actor, before: list[_Before], dossiers: dict[int, Dossier]) -> Iterable[Turn]:
    for one in before:
        dossier = dossiers[one.model.pk]
        for finding in evaluate(parsed(one.policy), one.gate, dossier).blocking:
            if any(holds(dossier.assignments, actor.person_id, duty, dossier.at) for duty in finding.turn):
                yield Turn(one.model, one.gate, finding)


def _endings(before: list[_Before], now: datetime) -> tuple[Ending, ...]:
    """What the gate before a model rests on and will not rest on for long."""
    gates = {one.model.pk: one for one in before}
    soon = Q(model_id__in=list(gates))
    waivers = Waiver.objects.filter(soon, state="granted", until__gt=now, until__lte=now + SOON)
    sign_offs = SignOff.objects.filter(
        soon, void_at__isnull=True, expires_at__gt=now, expires_at__lte=now + SOON
    )
    asks = {pk: one.checks() for pk, one in gates.items()}
    ending = [("waiver", w, w.until) for w in waivers] + [("sign-off", s, s.expires_at) for s in sign_offs]
    found = [
        Ending(gates[row.model_id].model, kind, asks[row.model_id][row.check_id], at, row.pk)
        for kind, row, at in ending
        if row.check_id in asks[row.model_id]
    ]
    return tuple(sorted(found, key=lambda one: one.at))
