"""What became of each model of the sample program: the usual course, and the endings that make it believable."""

from collections.abc import Callable
from datetime import timedelta

from throughline.actions.moves import withdraw_move
from throughline.actions.portfolio import change_model, withdraw_release
from throughline.actions.sign_offs import revoke_waiver
from throughline.core.errors import Refused
from throughline.core.people import Role
from throughline.core.stages import MoveKind, Stage
from throughline.project.demo import proof, specs
from throughline.project.demo.clock import Script
from throughline.project.demo.course import DAY
from throughline.project.demo.life import Life
from throughline.project.demo.staffing import give, raise_gap, take_away

Ending = Callable[[Life], Script]
DEVELOPING = (Stage.CONCEPTION, Stage.PROTOTYPE, Stage.PRODUCTION_READY, Stage.DEPLOYMENT)
METRICS_EVERY_DAYS = 40


def story(life: Life) -> Script:
    """From the first day to the last stage that the model has reached, and what happens there."""
    plan = life.plan
    yield life.since
    yield from life.begin()
    ending = ENDINGS.get(plan.ending, quiet)
    if not plan.days:
        yield from ending(life)
        return
    yield life.on(3)
    life.analyse(is_go=True)
    for stage, days in zip(DEVELOPING, plan.days, strict=False):
        if stage is Stage.PROTOTYPE:
            yield from experiments(life, days)
        yield from life.advance(days)
    if len(plan.days) > len(DEVELOPING):
        yield from in_production(life, plan.days[-1] - 30)
        yield from life.move(MoveKind.DEPRECATE, "Another model covers this need now.", lead_days=25)
    yield from ending(life)


def experiments(life: Life, days: float) -> Script:
    """Run after run, each a little better."""
    rounds = max(2, int(days // 25))
    for number in range(rounds):
        yield life.on((number + 0.5) * days * 0.5 / rounds)
        life.attach(proof.metric(life.plan, 0.75 * (number + 1) / rounds, life.scene))


def in_production(life: Life, days: float) -> Script:
    """Measured every few weeks, with contract results; updates at the planned days."""
    for day in range(METRICS_EVERY_DAYS, int(days), METRICS_EVERY_DAYS):
        yield life.on(day)
        if not life.is_being_decided:
            progress = 0.94 + 0.06 * min(1.0, day / 300)
            measured = proof.metric(life.plan, progress, life.scene, version=life.version)
            life.attach([*measured, *proof.contracts(life.plan, life.scene)])


def quiet(life: Life) -> Script:
    """Nothing special: measured and, where planned, updated."""
    if life.plan.days and len(life.plan.days) >= len(DEVELOPING):
        begun = life.since
        for day in life.plan.updates:
            yield from in_production(life, day - (life.since - begun).days - 12)
            yield from life.move(MoveKind.UPDATE, "The update is better and tested.", lead_days=12)
        yield from in_production(life, 600)
    elif life.plan.days:
        yield from experiments(life, 60)


def update_waits(life: Life) -> Script:
    """One update went well; the next waits for its last approvals."""
    begun = life.since
    for day in life.plan.updates:
        yield from in_production(life, day - (life.since - begun).days - 14)
        yield from life.move(MoveKind.UPDATE, "Trained on two more quarters.", lead_days=14)
    yield from in_production(life, (life.ago(22) - life.since).days)
    yield from life.prepare(life.ago(5), kind=MoveKind.UPDATE)
    yield life.in_days(0.2)
    move_id = life.ask("Promotions are told apart by kind now; a comparison is linked.", kind=MoveKind.UPDATE)
    yield life.in_days(1)
    life.answer(move_id, Role.DATA_SCIENTIST)
    yield life.in_days(0.4)
    life.answer(move_id, Role.DEVOPS_ENGINEER, reason="Tried the way back; an hour.")


def update_blocked(life: Life) -> Script:
    """Asked too early: the move stands open with a closed gate."""
    yield from in_production(life, (life.ago(24) - life.since).days)
    yield from life.prepare(life.ago(9), kind=MoveKind.UPDATE, leave=("support.", "privacy."))
    yield life.in_days(1)
    life.ask("We would like to have the smaller model out before the holidays.", kind=MoveKind.UPDATE)


def update_declined(life: Life) -> Script:
    yield from in_production(life, 90)
    yield from life.prepare(life.scene.now + 12 * DAY, kind=MoveKind.UPDATE)
    yield life.in_days(0.3)
    move_id = life.ask("The new version wastes less in the evening.", kind=MoveKind.UPDATE)
    yield life.in_days(1)
    reason = "It lowers prices before noon, which our shops can't explain."
    life.answer(move_id, Role.DEVOPS_ENGINEER, is_approval=False, reason=reason)
    yield life.in_days(4)
    withdraw_release(
        actor=life.manager, model_id=life.model_id, release_id=life.release_id(),
        reason="Declined; it comes back with a limit on the hour.", now=life.scene.now,
    )  # fmt: skip
    yield from in_production(life, 400)


def stale(life: Life) -> Script:
    """Went well, then the contract tests were switched off and nobody noticed."""
    begun = life.since
    for day in life.plan.updates:
        yield from in_production(life, day - 12)
        yield from life.move(MoveKind.UPDATE, "Faster, same quality.", lead_days=12)
    yield from in_production(life, life.plan.rest - (life.since - begun).days - 95)


def paused(life: Life) -> Script:
    if life.plan.days[-1:] and len(life.plan.days) == len(DEVELOPING):
        yield from in_production(life, 205)
        life.attach(proof.contracts(life.plan, life.scene, broken="loyalty"), life.held(Role.DATA_ENGINEER))
        reason = "The loyalty feed lost a third of its rows; the list would be wrong."
        yield from life.move(MoveKind.PAUSE, reason, lead_days=1.5)
    else:
        yield from experiments(life, 70)
        yield life.on(80)
        yield from life.move(MoveKind.PAUSE, "Waits for the new cameras, which come in spring.", lead_days=3)


def engineer_left(life: Life) -> Script:
    """The data engineer left; leadership knows, and the date by which somebody was to follow has passed."""
    yield from in_production(life, 60)
    take_away(life.scene, life.model_id, "felix")
    yield life.in_days(6)
    raise_gap(
        life.scene, life.model_id, Role.DATA_ENGINEER, "henrik",
        due_on=(life.scene.now + timedelta(days=30)).date(), note="Two candidates; the second interview is next week.",
    )  # fmt: skip
    yield from in_production(life, 400)


def notice_runs(life: Life) -> Script:
    yield life.in_days(3)
    life.sign("farewell.consumers_moved", (Role.PROGRAM_MANAGER,))


def retire_waits(life: Life) -> Script:
    """Everything is signed; the leader has to say yes."""
    yield from life.prepare(life.ago(4), kind=MoveKind.RETIRE)
    yield life.in_days(0.3)
    life.ask("The notice period is over, nobody reads it any more.", kind=MoveKind.RETIRE)


def retired(life: Life) -> Script:
    yield from life.prepare(life.since + 72 * DAY, kind=MoveKind.RETIRE)
    yield life.in_days(0.3)
    move_id = life.ask("Switched off, archived, and everyone has moved.", kind=MoveKind.RETIRE)
    yield life.in_days(1)
    yield from life.decide(move_id)


def contract_broken(life: Life) -> Script:
    """A trial with a contract that is not kept, set aside for some weeks."""
    yield life.on(9)
    life.attach(proof.contracts(life.plan, life.scene, broken="suppliers"), life.held(Role.DATA_ENGINEER))
    yield life.on(11)
    yield from life.waive(
        "deployment_to_production", "data.contracts_kept",
        "The supplier list is late on Mondays; Friday's list serves until their new system runs.", days=45,
    )  # fmt: skip
    yield from life.prepare(life.since + 20 * DAY, leave=("contract.", "rollout.", "review."))


def waits(life: Life) -> Script:
    """The gate is open and the move waits to be decided."""
    if life.plan.days and len(life.plan.days) == 1:
        yield from experiments(life, life.plan.rest - 5)
    yield from life.prepare(life.ago(4))
    yield life.in_days(0.5)
    life.ask("All that the gate asks for is there.")


def waits_with_waiver(life: Life) -> Script:
    yield from life.prepare(life.ago(9), leave=("support.fallback_tried",))
    yield from life.waive(
        "production_ready_to_deployment", "support.fallback_tried",
        "The way back can only be tried when the bakery's new order screen is there, in three weeks.", days=40,
    )  # fmt: skip
    yield life.in_days(1)
    life.ask("Ready but for the way back, which is set aside until the order screen is there.")


def waiver_asked(life: Life) -> Script:
    """Evidence is coming in; two waivers were asked for, one was declined."""
    yield from life.prepare(
        life.since + 30 * DAY, leave=("fairness.", "validation.", "tests.", "support.", "compliance.")
    )
    yield from life.waive(
        "production_ready_to_deployment", "compliance.review_closed",
        "The reviewer is on leave.", days=60, outcome="declined",
    )  # fmt: skip
    yield life.in_days(6)
    yield from life.waive(
        "production_ready_to_deployment", "validation.live_test_planned",
        "A test on live orders would show two prices; we propose a shadow run.", days=90, outcome="asked",
    )  # fmt: skip


def sent_back(life: Life) -> Script:
    """The trial showed too little, so it went back to be made ready anew."""
    yield life.on(3)
    yield from life.move(MoveKind.SEND_BACK, "Price changes of promotions are not in the data that arrive at night.",
                         lead_days=1, to=Stage.PRODUCTION_READY)  # fmt: skip
    yield life.in_days(2)
    life.attach(proof.junit(life.plan, life.scene, failures=3), life.held(Role.DATA_SCIENTIST))


def tests_fail(life: Life) -> Script:
    yield from life.prepare(life.since + 26 * DAY, leave=("contract.", "platform.", "monitoring."))
    yield life.in_days(2)
    life.attach([*proof.contracts(life.plan, life.scene), *proof.junit(life.plan, life.scene, failures=7)])
    yield from life.waive(
        "production_ready_to_deployment", "tests.passed", "The failing tests belong to the old ranking.", days=10,
    )  # fmt: skip
    yield life.in_days(2)
    revoke_waiver(
        actor=life.held(Role.LEADER), waiver_id=life.last_waiver,
        reason="Two of them do concern the new ranking.", now=life.scene.now,
    )  # fmt: skip


def stuck(life: Life) -> Script:
    """Always nearly there: nine months of runs that no longer get better, and a waiver that expired."""
    for number in range(9):
        yield life.on(20 + number * 27)
        life.attach(proof.metric(life.plan, min(0.8, 0.3 + number * 0.12), life.scene))
        if number == 3:
            leave = ("outputs.", "promises.", "evaluation.target")
            yield from life.prepare(life.scene.now + 15 * DAY, leave=leave)
            yield from life.waive(
                "prototype_to_production_ready", "evaluation.target_reached_by_slice",
                "Too few cases in small stores to tell; we measure again in summer.", days=60,
            )  # fmt: skip
            take_away(life.scene, life.model_id, "jonas")
        if number == 5:
            move_id = life.ask("It is good enough to go on, we think.")
            yield life.in_days(2)
            reason = "The stakeholder has not looked at it."
            withdraw_move(actor=life.manager, move_id=move_id, reason=reason, now=life.scene.now)
            give(life.scene, life.model_id, life.scene.people["priya"], Role.DATA_SCIENTIST)


def purpose_widened(life: Life) -> Script:
    """Its purpose was widened, and what was signed before became void."""
    yield from experiments(life, 50)
    yield from life.prepare(life.since + 60 * DAY)
    yield life.in_days(3)
    fields = {"summary": f"{life.plan.summary} It is now to propose who works at weekends, too."}
    change_model(
        actor=life.manager, model_id=life.model_id, expected_version=None, fields=fields, now=life.scene.now
    )
    yield life.in_days(4)
    life.sign("review.peer_held", (Role.DATA_SCIENTIST,))


def stopped(life: Life) -> Script:
    yield from experiments(life, 80)
    yield life.on(90)
    reason = "Stopped by the rule that was agreed: the result stayed below the limit for three months."
    yield from life.move(MoveKind.STOP, reason, lead_days=5)


def no_go(life: Life) -> Script:
    yield life.on(6)
    life.analyse(
        is_go=False, reason="The need is met by a phone line for a tenth of the cost; too few would use it."
    )
    yield life.on(9)
    yield from life.move(
        MoveKind.STOP, "No-go: the analysis says that it is not worth a prototype.", lead_days=4
    )


def young(life: Life) -> Script:
    yield life.on(9)
    specs.write(life, specs.EARLY[:2])
    life.sign("privacy.personal_data_declared", (Role.PROGRAM_MANAGER,))


def ready(life: Life) -> Script:
    """Open gate; nobody has asked yet."""
    yield life.on(3)
    life.analyse(is_go=True)
    yield from life.prepare(life.ago(2), leave=("spec.approved",))


def nobody_asks(life: Life) -> Script:
    """The stakeholder changed jobs; nobody has taken their place."""
    yield life.on(10)
    specs.write(life, specs.EARLY[:3])
    life.sign("risk.first_risks_written", (Role.PROGRAM_MANAGER,))
    yield life.on(21)
    take_away(life.scene, life.model_id, "marco", [Role.STAKEHOLDER])
    yield life.on(40)
    raise_gap(
        life.scene, life.model_id, Role.STAKEHOLDER, "grace",
        due_on=(life.scene.now + timedelta(days=45)).date(), note="Purchasing wants to name somebody.",
    )  # fmt: skip


def declined(life: Life) -> Script:
    yield life.on(4)
    life.analyse(is_go=True)
    yield from life.prepare(life.since + 20 * DAY)
    yield life.in_days(0.5)
    move_id = life.ask("Small, useful, and nobody else does it.")
    yield life.in_days(0.5)
    own_approval(life, move_id)
    yield life.in_days(1.5)
    reason = "First the picking times must be measured; come back with them."
    life.answer(move_id, Role.LEADER, is_approval=False, reason=reason)


def own_approval(life: Life, move_id: int) -> None:
    """Tried and refused, which the log keeps."""
    from throughline.actions.decisions import decide_move

    try:
        decide_move(actor=life.manager, move_id=move_id, is_approval=True, reason="", now=life.scene.now)
    except Refused:
        return
    raise AssertionError("one's own move was approved")


ENDINGS: dict[str, Ending] = {
    "update_waits": update_waits,
    "update_blocked": update_blocked,
    "update_declined": update_declined,
    "stale": stale,
    "paused": paused,
    "engineer_left": engineer_left,
    "notice_runs": notice_runs,
    "retire_waits": retire_waits,
    "retired": retired,
    "contract_broken": contract_broken,
    "waits": waits,
    "waits_with_waiver": waits_with_waiver,
    "waiver_asked": waiver_asked,
    "sent_back": sent_back,
    "tests_fail": tests_fail,
    "stuck": stuck,
    "purpose_widened": purpose_widened,
    "stopped": stopped,
    "no_go": no_go,
    "young": young,
    "ready": ready,
    "nobody_asks": nobody_asks,
    "declined": declined,
}
