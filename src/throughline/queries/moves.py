"""Gate reports, moves and decisions: what stands between a model and the next stage, and what was decided."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from throughline.core.dossier import Dossier
from throughline.core.errors import Missing
from throughline.core.gates import Approval, SeatState, Verdict, evaluate, seat_states
from throughline.core.permissions import Actor, may_see
from throughline.core.policy import Gate, Policy
from throughline.core.stages import MoveKind, Place, Stage, Standing, Step, step_for, way_forward
from throughline.queries.dossiers import load, load_many
from throughline.queries.policies import parsed, policy_at, policy_of
from throughline.queries.portfolio import models
from throughline.queries.statements import Parameter, statement
from throughline.records.moves import Answer, Decision, Move, Waiver
from throughline.records.policies import Policy as PolicyRow
from throughline.records.portfolio import MLModel


@dataclass(frozen=True)
class GateReport:
    """One step of one model: the verdict now, the seats that decide, and the move that is open, if any."""

    model: MLModel
    step: Step
    policy_row: PolicyRow
    policy: Policy
    dossier: Dossier
    verdict: Verdict
    seats: tuple[SeatState, ...]
    open_move: Move | None
    given: tuple[Approval, ...] = ()

    @property
    def gate(self) -> Gate:
        return self.policy.gates[self.step.gate]


def place_of(model: MLModel) -> Place:
    return Place(Stage(model.stage), Standing(model.standing))


def gate_report(
    model: MLModel,
    *,
    now: datetime,
    step: Step | None = None,
    as_of: datetime | None = None,
    dossier: Dossier | None = None,
    is_idle: bool = False,
) -> GateReport | None:
    """For a step, or for the way forward; None where nothing leads on. With `as_of`, as it was known then. Who asks may
    have the dossier already, and know that no move is open: `is_idle`."""
    dossier = dossier or load_many([model], now=now, as_of=as_of).get(model.pk)
    step = step or (way_forward(dossier.model.place) if dossier else None)
    if step is None or dossier is None:
        return None
    policy_row, policy = policy_at(model, as_of) if as_of else policy_of(model)
    verdict = evaluate(policy, step.gate, dossier)
    move = open_move(model) if as_of is None and not is_idle else None
    answers = approvals(move) if move and move.gate == step.gate else ()
    requester = move.requested_by_id if move else None
    seats = seat_states(policy.gates[step.gate], dossier, answers, requester)
    return GateReport(model, step, policy_row, policy, dossier, verdict, seats, move)


def report_for_move(move: Move, *, now: datetime, dossier: Dossier | None = None) -> GateReport:
    """A move's own gate under the policy with which it was asked for, on the facts as they are now."""
    kind, to = MoveKind(move.kind), Stage(move.to_stage)
    step = step_for(Place(Stage(move.from_stage), Standing(move.from_standing)), kind, to)
    policy = parsed(move.policy)
    dossier = dossier or load(move.model, now=now)
    verdict = evaluate(policy, move.gate, dossier)
    given = approvals(move)
    seats = seat_states(policy.gates[move.gate], dossier, given, move.requested_by_id)
    return GateReport(move.model, step, move.policy, policy, dossier, verdict, seats, move, given)


def verdicts(models_shown: list[MLModel], *, now: datetime) -> dict[int, Verdict]:
    """The way forward of many models at once, in a fixed number of statements; models that go nowhere are left out."""
    dossiers = load_many(models_shown, now=now)
    found: dict[int, Verdict] = {}
    for model in models_shown:
        step = way_forward(place_of(model))
        row = model.policy or model.program.policy
        if step is not None and row is not None:
            found[model.pk] = evaluate(parsed(row), step.gate, dossiers[model.pk])
    return found


def open_move(model: MLModel) -> Move | None:
    rows = model.moves.select_related("policy", "release").defer("policy__source", "policy__content")
    return rows.filter(state="open").first()


@statement
def _answers() -> QuerySet[Answer]:
    return Answer.objects.filter(move_id=Parameter("move_id")).order_by("pk")


def approvals(move: Move) -> tuple[Approval, ...]:
    """The latest answer of each decider, where it is an approval."""
    latest: dict[int, Answer] = {answer.person_id: answer for answer in _answers(move_id=move.pk)}
    return tuple(
        Approval(answer.person_id, answer.name, tuple(answer.roles), answer.fingerprint)
        for answer in latest.values()
        if answer.is_approval
    )


def moves(actor: Actor) -> QuerySet[Move]:
    """Moves of models that the actor may see, newest first."""
    rows = _with_their_place().order_by("-pk")
    return rows if actor.is_admin else rows.filter(model__in=models(actor).values("pk"))


def move_row(actor: Actor, move_id: int) -> Move:
    row = next(iter(_move_rows(move_id=move_id)), None)
    if row is None or not may_see(actor, program_id=row.model.program_id, model_id=row.model_id):
        raise Missing("move")
    return row


@statement
def _move_rows() -> QuerySet[Move]:
    return _with_their_place().filter(pk=Parameter("move_id"))


def _with_their_place() -> QuerySet[Move]:
    long_texts = (
        "policy__source",
        "policy__content",
        "model__program__policy__source",
        "model__program__policy__content",
    )
    return Move.objects.select_related("model__program__policy", "policy", "release").defer(*long_texts)


def decisions(model: MLModel) -> QuerySet[Decision]:
    """Newest first; the frozen dossier and verdict are left out until asked for."""
    return model.decisions.select_related("move").defer("dossier", "verdict").order_by("-decided_at", "-pk")


def decision_row(actor: Actor, decision_id: int) -> Decision:
    row = (
        Decision.objects.filter(pk=decision_id, model__in=models(actor))
        .select_related("model__program", "policy", "move")
        .first()
    )
    if row is None:
        raise Missing("decision")
    return row


def waivers(model: MLModel) -> QuerySet[Waiver]:
    return model.waivers.order_by("-asked_at", "-pk")


def waiver_row(actor: Actor, waiver_id: int) -> Waiver:
    row = (
        Waiver.objects.filter(pk=waiver_id, model__in=models(actor)).select_related("model__program").first()
    )
    if row is None:
        raise Missing("waiver")
    return row


def in_the_log(move: Move) -> dict[str, object]:
    """How the activity log names a move."""
    return {
        "move_id": move.pk,
        "kind": move.kind,
        "gate": move.gate,
        "from": move.from_stage,
        "to": move.to_stage,
    }
