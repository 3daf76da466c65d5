"""Moves are decided: on the facts of the moment, by people other than who asked, and once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Model

from throughline.actions import activity
from throughline.core import permissions
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.gates import Approval, seat_states, seats_of, why_may_not_decide
from throughline.core.permissions import Actor
from throughline.core.plain import to_plain
from throughline.core.portfolio import changes, revision_content
from throughline.core.stages import Place, Stage, Standing
from throughline.core.text import clean
from throughline.queries.moves import GateReport, in_the_log, move_row, report_for_move
from throughline.queries.statements import Insertion, Parameter, Ready, Update
from throughline.queries.turns import in_turn
from throughline.records.moves import Answer, Decision, Move
from throughline.records.portfolio import MLModel, Release, Revision

ROUNDS = 5
# By the state in which an answer leaves the move.
VERBS = {"declined": "move.declined", "open": "move.approved", "approved": "move.decided"}


class _Changed(Exception):
    """Something that the judgement rests on changed while it was made."""


@activity.records_refusals("move.refused")
def decide_move(*, actor: Actor, move_id: int, is_approval: bool, reason: str, now: datetime) -> Move:
    """One decider's answer. The last seat to be filled, or one decline, decides the move.

    Raises `Refused` when the gate is closed on the facts of this moment, when somebody was faster, or when the
    person asked for the move; `NotAllowed` when they hold none of the seats.
    """
    reason = clean(reason, field="reason", max_length=5_000, required=not is_approval)
    with in_turn():
        return _decide(actor, move_id, reason, now, is_approval=is_approval)


def _decide(actor: Actor, move_id: int, reason: str, now: datetime, *, is_approval: bool) -> Move:
    for _ in range(ROUNDS):
        # Judging takes a while and locks nothing; writing is short and holds only if nothing changed meanwhile.
        move = move_row(actor, move_id)
        report = _judge(actor, move, is_approval=is_approval, now=now)
        answer = _answer(actor, move, report, reason, now, is_approval=is_approval)
        outcome = _outcome(actor, move, report, answer, now)
        try:
            with transaction.atomic():
                return _write(move, outcome, now)
        except _Changed:
            continue
    raise Refused.of(
        "The facts keep changing while you decide.", kind="lost_race", remedy="Try again in a moment."
    )


def _judge(actor: Actor, move: Move, *, is_approval: bool, now: datetime) -> GateReport:
    place = {"program_id": move.model.program_id, "model_id": move.model_id}
    permissions.require(actor, "move.decide", noun="move", **place)
    person_id = permissions.require_person(actor, "Moves are decided")
    if move.state != "open":
        raise Refused.of(
            f"This move was {move.state} meanwhile.", kind="lost_race", remedy="Look at its decision."
        )
    report = report_for_move(move, now=now)
    if why := why_may_not_decide(report.gate, report.dossier, person_id, move.requested_by_id):
        raise Refused.of(why) if person_id == move.requested_by_id else NotAllowed(why)
    if is_approval and not report.verdict.is_open:
        reasons = (
            Reason(f"{f.asks} {f.found}", field=f.check, remedy=f.remedy) for f in report.verdict.blocking
        )
        raise Refused((Reason("The gate is closed, so the move can't be approved now."), *reasons))
    return report


def _answer(
    actor: Actor, move: Move, report: GateReport, reason: str, now: datetime, *, is_approval: bool
) -> Answer:
    person_id = permissions.require_person(actor, "Moves are decided")
    return Answer(
        move=move,
        person_id=person_id,
        name=actor.name,
        roles=list(seats_of(report.gate, report.dossier, person_id)),
        is_approval=is_approval,
        reason=reason,
        fingerprint=report.verdict.dossier_fingerprint,
        at=now,
    )


@dataclass(frozen=True)
class Outcome:
    """What an answer comes to, worked out before anything is locked. `state` is that of the move afterwards."""

    state: str
    changes: Sequence[Ready]
    rows: Sequence[Insertion]
    entry: activity.Entry
    decision: Decision | None = None


def _outcome(actor: Actor, move: Move, report: GateReport, answer: Answer, now: datetime) -> Outcome:
    body: dict[str, object] = {**in_the_log(move), "reason": answer.reason}
    decision, rows, changes = None, list[Model](), list[Ready]()
    if not answer.is_approval:
        state = "declined"
    elif open_seats := _open_seats(move, report, answer):
        state, body["still_to_approve"] = "open", open_seats
    else:
        state = "approved"
        body |= {"verdict": report.verdict.passing, "dossier": report.verdict.dossier_fingerprint}
        rows.append(_revision(actor, move, report, now))
        changes.append(_moved(move))
    if state != "open":
        decision = _decision(move, report, answer, state, now)
    place = {"program_id": move.model.program_id, "model_id": move.model_id}
    return Outcome(
        state,
        [_settled(move, state, now), *changes],
        [Insertion(row) for row in (*rows, answer, *([decision] if decision else ()))],
        activity.Entry(actor, VERBS[state], now=now, body=body, **place),
        decision,
    )


def _write(move: Move, outcome: Outcome, now: datetime) -> Move:
    """One short transaction, of which each update holds only on what was judged."""
    for change in outcome.changes:
        if not change.run():
            raise _Changed
    if outcome.state == "approved":
        _finish_release(move, now)
    for row in outcome.rows:
        row.run()
    outcome.entry.append(**({"decision_id": outcome.decision.pk} if outcome.decision else {}))
    move.state, move.closed_at = outcome.state, None if outcome.state == "open" else now
    move.version += 1
    return move


def _open_seats(move: Move, report: GateReport, answer: Answer) -> list[str]:
    """The seats that this answer leaves empty."""
    mine = Approval(answer.person_id, answer.name, tuple(answer.roles), answer.fingerprint)
    given = (*(a for a in report.given if a.person_id != mine.person_id), mine)
    states = seat_states(report.gate, report.dossier, given, move.requested_by_id)
    return [seat.role for seat in states if not seat.filled_by]


_settle_move = Update(
    lambda: Move.objects.filter(pk=Parameter("pk"), state="open", version=Parameter("seen")),
    state=Parameter("state"),
    closed_at=Parameter("closed_at"),
    version=F("version") + 1,
)


def _settled(move: Move, state: str, now: datetime) -> Ready:
    """Every answer counts the move's version up, so that of two people answering at once one begins anew."""
    closed_at = None if state == "open" else now
    return _settle_move.ready(pk=move.pk, seen=move.version, state=state, closed_at=closed_at)


def _revision(actor: Actor, move: Move, report: GateReport, now: datetime) -> Revision:
    """The model's record as it will be, set on the row in hand, which is not written yet."""
    model, target = move.model, report.step.target
    before = revision_content(model)
    is_new_stage = target.stage != model.stage
    model.stage, model.standing, model.changed_at = target.stage, target.standing, now
    model.version += 1
    if is_new_stage:
        # A model stays on a policy version while it is in a gate; the next gate begins under the one in force.
        model.stage_since, model.policy_id = now, model.program.policy_id
    content = revision_content(model)
    changed = changes(before, content)
    return Revision(
        model=model, number=model.version, at=now, by=actor.name, content=content, changed=changed
    )


WRITTEN = ("stage", "standing", "stage_since", "policy_id", "changed_at", "version")

_move_model = Update(
    lambda: MLModel.objects.filter(
        pk=Parameter("pk"),
        stage=Parameter("from_stage"),
        standing=Parameter("from_standing"),
        facts=Parameter("facts"),
        version=Parameter("seen"),
    ),
    **{name: Parameter(name) for name in WRITTEN},
    facts=F("facts") + 1,
)


def _moved(move: Move) -> Ready:
    """Moves the model, on condition that it and its facts are what was judged."""
    model = move.model
    return _move_model.ready(
        pk=model.pk,
        from_stage=move.from_stage,
        from_standing=move.from_standing,
        facts=model.facts,
        seen=model.version - 1,
        **{name: getattr(model, name) for name in WRITTEN},
    )


def _decision(move: Move, report: GateReport, answer: Answer, outcome: str, now: datetime) -> Decision:
    """Written once: names, roles, dossier, verdict and policy as they are at this moment."""
    answers = [
        {
            "name": a.name,
            "roles": a.roles,
            "is_approval": a.is_approval,
            "reason": a.reason,
            "at": a.at.isoformat(),
        }
        for a in (*_earlier(move, report), answer)
    ]
    return Decision(
        move=move,
        model=move.model,
        outcome=outcome,
        kind=move.kind,
        from_place=_place(move.from_stage, move.from_standing),
        to_place=_place(move.to_stage, move.to_standing),
        requester_name=move.requester_name,
        reason=move.reason,
        decider_names=[given["name"] for given in answers],
        answers=answers,
        policy_label=report.policy.label,
        policy=report.policy_row,
        dossier=to_plain(report.dossier),
        dossier_fingerprint=report.verdict.dossier_fingerprint,
        verdict=to_plain(report.verdict),
        decided_at=now,
    )


def _earlier(move: Move, report: GateReport) -> list[Answer]:
    """Asked for only where there were some, which with one seat is never."""
    return list(move.answers.order_by("pk")) if report.given else []


def _finish_release(move: Move, now: datetime) -> None:
    """The first release is in use once the model is in production; an update replaces the one before it."""
    if move.release is None or move.to_stage != Stage.PRODUCTION:
        return
    Release.objects.filter(model=move.model, state="released").update(state="superseded", ended_at=now)
    Release.objects.filter(pk=move.release.pk, state="planned").update(
        state="released", released_at=now, version=F("version") + 1
    )


def _place(stage: str, standing: str) -> str:
    return str(Place(Stage(stage), Standing(standing)))
