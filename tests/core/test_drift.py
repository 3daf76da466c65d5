"""Every rule of drift from both sides, and that no promise is ever called kept against the facts."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.make_promises import DUE, NOW, change, facts, later, promise, version
from throughline.core.drift import RULES, drift, why_not_kept
from throughline.core.drift_facts import (
    CriterionFound,
    Drift,
    DriftState,
    Facts,
    Planned,
    SpecGround,
)
from throughline.core.promises import PromiseKind, PromiseState
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.core.verdicts import CriterionAnswer

KEPT, OPEN, AT_RISK, BROKEN = DriftState.KEPT, DriftState.OPEN, DriftState.AT_RISK, DriftState.BROKEN
TO_PRODUCTION = (Stage.DEPLOYMENT, Stage.PRODUCTION)
MET, NOT_MET = CriterionAnswer.MET, CriterionAnswer.NOT_MET


def of(kind: str, facts_now: Facts, **said: Any) -> Drift:
    return drift(promise(version(**said), kind=PromiseKind(kind)), facts_now)


def arrived(days: float) -> Facts:
    move = change(MoveKind.ADVANCE, TO_PRODUCTION, later(days))
    return facts(later(days + 1), Stage.PRODUCTION, changes=(move,), stage_since=move.at)


def test_every_kind_has_a_rule() -> None:
    assert set(RULES) == set(PromiseKind)


class TestADate:
    def test_is_open_until_its_day_is_over(self) -> None:
        assert of("production_date", facts(), due_on=DUE).state is OPEN
        assert of("production_date", facts(later(30)), due_on=DUE).reason == "It is due today, on 1 Apr 2026."
        missed = of("production_date", facts(later(31)), due_on=DUE)
        assert (missed.state, missed.reason) == (
            BROKEN,
            "The day, 1 Apr 2026, passed 1 day ago, and it is not reached.",
        )

    def test_is_kept_when_it_was_reached_by_its_day_and_never_later(self) -> None:
        assert of("production_date", arrived(30), due_on=DUE).state is KEPT
        late = of("production_date", arrived(33), due_on=DUE)
        assert (late.state, late.reason) == (BROKEN, "Reached on 4 Apr 2026, 3 days after the promised day.")

    def test_the_day_is_counted_in_the_zone_of_the_program(self) -> None:
        last_minute = arrived(30).changes[0].at.replace(hour=23, minute=30)
        there = replace(
            arrived(30), changes=(replace(arrived(30).changes[0], at=last_minute),), zone="Europe/Berlin"
        )
        assert of("production_date", there, due_on=DUE).state is BROKEN
        assert of("production_date", replace(there, zone="UTC"), due_on=DUE).state is KEPT

    def test_reached_stays_reached_when_the_model_is_retired(self) -> None:
        there = arrived(20)
        assert (
            of(
                "production_date", replace(there, place=facts(standing=Standing.RETIRED).place), due_on=DUE
            ).state
            is KEPT
        )

    def test_production_before_it_was_promised_is_another_arrival(self) -> None:
        before = arrived(-5)
        assert of("production_date", before, due_on=DUE).state is OPEN
        update = change(MoveKind.UPDATE, (Stage.PRODUCTION, Stage.PRODUCTION), later(9), 2)
        after = replace(before, changes=(*before.changes, update), now=later(10))
        assert of("production_date", after, due_on=DUE).state is KEPT

    def test_an_imported_model_has_arrived_without_a_move(self) -> None:
        assert (
            of("production_date", facts(later(9), Stage.PRODUCTION, stage_since=later(5)), due_on=DUE).state
            is KEPT
        )

    def test_a_later_plan_is_a_risk_and_another_day_another_turn(self) -> None:
        plan = {"production_date": Planned(DUE + timedelta(days=14), "The plan")}
        risky = of("production_date", facts(planned=plan), due_on=DUE)
        assert (risky.state, risky.reason) == (
            AT_RISK,
            "The plan says 15 Apr 2026, 14 days after the promised day.",
        )
        worse = {"production_date": Planned(DUE + timedelta(days=15), "The plan")}
        assert of("production_date", facts(planned=worse), due_on=DUE).turn != risky.turn
        good = {"production_date": Planned(DUE, "The plan")}
        assert of("production_date", facts(planned=good), due_on=DUE).state is OPEN

    def test_sent_back_is_a_risk_until_it_has_caught_up(self) -> None:
        back = change(MoveKind.SEND_BACK, (Stage.DEPLOYMENT, Stage.PROTOTYPE), later(3))
        assert of("production_date", facts(later(4), changes=(back,)), due_on=DUE).state is AT_RISK
        caught_up = facts(later(9), Stage.DEPLOYMENT, changes=(back,))
        assert of("production_date", caught_up, due_on=DUE).state is OPEN
        known = replace(back, at=later(-1))
        assert of("production_date", facts(later(4), changes=(known,)), due_on=DUE).state is OPEN

    def test_is_evaluated_once_output_was_shown_or_the_prototype_is_behind(self) -> None:
        assert of("evaluation_date", facts(later(9), shown_at=(later(5),)), due_on=DUE).state is KEPT
        assert of("evaluation_date", facts(later(9), shown_at=(later(-5),)), due_on=DUE).state is OPEN
        passed = change(MoveKind.ADVANCE, (Stage.PROTOTYPE, Stage.PRODUCTION_READY), later(8))
        assert (
            of(
                "evaluation_date", facts(later(9), Stage.PRODUCTION_READY, changes=(passed,)), due_on=DUE
            ).state
            is KEPT
        )
        assert (
            of(
                "production_date", facts(later(9), Stage.PRODUCTION_READY, changes=(passed,)), due_on=DUE
            ).state
            is OPEN
        )


@pytest.mark.parametrize("kind", sorted(set(PromiseKind) - {PromiseKind.LIMITATION}))
@pytest.mark.parametrize(
    ("move", "standing"),
    [
        (MoveKind.PAUSE, Standing.PAUSED),
        (MoveKind.STOP, Standing.STOPPED),
        (MoveKind.RETIRE, Standing.RETIRED),
    ],
)
class TestWhatStandsStill:
    def test_breaks_what_was_promised_before(self, kind: str, move: MoveKind, standing: Standing) -> None:
        halted = facts(
            later(5), standing=standing, changes=(change(move, (Stage.PROTOTYPE,) * 2, later(3), 9),)
        )
        found = of(kind, halted, due_on=DUE, value="daily", criterion="auc")
        assert (found.state, found.ground) == (BROKEN, "move9")

    def test_a_pause_that_was_known_breaks_nothing(
        self, kind: str, move: MoveKind, standing: Standing
    ) -> None:
        halted = facts(
            later(5), standing=standing, changes=(change(move, (Stage.PROTOTYPE,) * 2, later(-3)),)
        )
        found = of(kind, halted, due_on=DUE, value="daily", criterion="auc")
        assert (found.state is BROKEN) == (standing is not Standing.PAUSED)


def test_another_pause_is_another_turn() -> None:
    first = change(MoveKind.PAUSE, (Stage.PROTOTYPE,) * 2, later(3), 1)
    second = change(MoveKind.PAUSE, (Stage.PROTOTYPE,) * 2, later(6), 2)
    turns = [
        of("production_date", facts(later(7), standing=Standing.PAUSED, changes=moves), due_on=DUE).turn
        for moves in ((first,), (first, second))
    ]
    assert turns == ["v1.broken.move1", "v1.broken.move2"]


def test_an_announced_deprecation_ends_what_runs() -> None:
    announced = change(MoveKind.DEPRECATE, (Stage.PRODUCTION, Stage.DEPRECATION), later(3))
    ending = facts(later(4), Stage.DEPRECATION, changes=(announced,))
    for kind in ("run_frequency", "sla", "capability", "criterion"):
        verdicts = {"auc": CriterionFound(MET, "It is 0.9.")}
        assert of(kind, replace(ending, verdicts=verdicts), value="daily", criterion="auc").state is AT_RISK
    assert of("limitation", ending).state is OPEN
    assert of("production_date", replace(ending, now=later(31)), due_on=DUE).state is BROKEN


class TestRunFrequency:
    def test_follows_the_approved_specification(self) -> None:
        spec = SpecGround(2, later(-2), run_frequency="Daily")
        assert of("run_frequency", facts(spec=spec), value="daily").state is OPEN
        other = of("run_frequency", facts(spec=replace(spec, run_frequency="weekly")), value="daily")
        assert (other.state, other.reason) == (
            BROKEN,
            "Version 2 of the specification says weekly; promised is daily.",
        )
        assert of("run_frequency", facts(), value="daily").state is OPEN

    def test_is_kept_only_when_a_schedule_says_so(self) -> None:
        assert of("run_frequency", facts(runs="daily"), value="daily").state is KEPT
        assert of("run_frequency", facts(runs="weekly"), value="daily").state is BROKEN
        contradicted = facts(runs="daily", spec=SpecGround(2, later(-2), run_frequency="weekly"))
        assert of("run_frequency", contradicted, value="daily").state is BROKEN


class TestWhatASpecificationTouches:
    SPEC = SpecGround(3, later(5), sections={"limitations": "b", "outputs": "o"})

    @pytest.mark.parametrize("kind", ["capability", "limitation"])
    def test_stands_and_yet_has_to_be_told(self, kind: str) -> None:
        base = {"spec": 2, "limitations": "a", "outputs": "o"}
        found = of(kind, facts(later(6), spec=self.SPEC), rests_on=base)
        assert (found.state, found.turn) == (OPEN, "v1.open.spec3")
        assert "known limitations" in found.reason
        assert "outputs" not in found.reason

    def test_is_not_touched_by_other_sections_or_by_its_own_ground(self) -> None:
        same = {"spec": 2, **self.SPEC.sections}
        assert of("capability", facts(later(6), spec=self.SPEC), rests_on=same).is_only_version
        own = {"spec": 3, "limitations": "a"}
        assert of("capability", facts(later(6), spec=self.SPEC), rests_on=own).is_only_version
        earlier = replace(self.SPEC, approved_at=later(-1))
        assert of("capability", facts(later(6), spec=earlier), rests_on={}).is_only_version


class TestACriterion:
    @pytest.mark.parametrize(
        ("state", "due_on", "expected"),
        [
            (MET, None, KEPT), (NOT_MET, None, BROKEN), (CriterionAnswer.INCONCLUSIVE, None, OPEN),
            (CriterionAnswer.NOT_MEASURED, None, OPEN), (MET, DUE, KEPT), (NOT_MET, DUE, AT_RISK),
        ],
    )  # fmt: skip
    def test_follows_its_verdict(
        self, state: CriterionAnswer, due_on: date | None, expected: DriftState
    ) -> None:
        now = facts(verdicts={"auc": CriterionFound(state, "It is 0.7.")})
        assert of("criterion", now, criterion="auc", due_on=due_on).state is expected

    @pytest.mark.parametrize("state", sorted(set(CriterionAnswer) - {MET}))
    def test_is_broken_once_its_day_has_passed_unmet(self, state: CriterionAnswer) -> None:
        now = facts(later(31), verdicts={"auc": CriterionFound(state, "It is 0.7.")})
        assert of("criterion", now, criterion="auc", due_on=DUE).state is BROKEN

    def test_that_is_gone_is_a_risk(self) -> None:
        assert of("criterion", facts(verdicts={}), criterion="auc").state is AT_RISK
        assert of("criterion", facts(), criterion="auc").state is OPEN


def test_a_day_that_passed_unproven_is_a_risk_and_not_kept() -> None:
    for kind in ("other", "capability", "sla"):
        assert of(kind, facts(later(31)), due_on=DUE, value="x").state is AT_RISK
        assert of(kind, facts(later(30)), due_on=DUE, value="x").state is OPEN


def test_closed_promises_keep_their_words_unless_the_facts_contradict() -> None:
    closed = {"closed_at": later(2), "closed_by": "Ana", "closed_reason": "See the report."}
    kept = promise(version(), kind=PromiseKind.OTHER, state=PromiseState.KEPT, **closed)
    assert drift(kept, facts()).reason == "Closed as kept on 4 Mar 2026 by Ana: See the report."
    false = promise(version(due_on=DUE), state=PromiseState.KEPT, **closed)
    assert drift(false, facts(later(40))).state is BROKEN
    gone = promise(version(due_on=DUE), state=PromiseState.WITHDRAWN, **closed)
    assert drift(gone, facts(later(40))).turn == "v1.withdrawn.withdrawn"


def test_a_promise_is_not_closed_as_kept_against_the_facts() -> None:
    assert why_not_kept(promise(), facts())
    assert why_not_kept(promise(), arrived(33))
    assert not why_not_kept(promise(), arrived(3))
    assert not why_not_kept(promise(version(), kind=PromiseKind.CAPABILITY), facts())


STAGES, STANDINGS = st.sampled_from(list(Stage)), st.sampled_from(list(Standing))
INSTANTS = st.integers(-60, 90).map(later)
MOVES = st.builds(
    change, st.sampled_from(list(MoveKind)), st.tuples(STAGES, STAGES), INSTANTS, st.integers(1, 99)
)
FACTS = st.builds(
    facts, st.integers(0, 90).map(later), STAGES, STANDINGS, stage_since=INSTANTS,
    changes=st.lists(MOVES, max_size=5).map(tuple), shown_at=st.lists(INSTANTS, max_size=3).map(tuple),
    spec=st.none() | st.builds(SpecGround, st.integers(1, 4), INSTANTS, st.sampled_from(["", "daily", "weekly"])),
    verdicts=st.none() | st.dictionaries(
        st.just("auc"), st.builds(CriterionFound, st.sampled_from(list(CriterionAnswer)), st.just("It is 0.7."))
    ),
    runs=st.sampled_from(["", "daily", "weekly"]),
)  # fmt: skip


@settings(max_examples=500)
@given(
    facts_now=FACTS,
    kind=st.sampled_from(list(PromiseKind)),
    due_on=st.none() | st.integers(-30, 60).map(lambda days: later(days).date()),
    state=st.sampled_from([PromiseState.LIVE, PromiseState.KEPT]),
)
def test_no_promise_is_called_kept_against_the_facts(
    facts_now: Facts, kind: PromiseKind, due_on: date | None, state: PromiseState
) -> None:
    said = version(due_on=due_on, value="daily", criterion="auc")
    found = drift(promise(said, kind=kind, state=state, closed_by="Ana", closed_reason="So."), facts_now)
    assert found.reason
    assert found.ground or found.state in (KEPT, OPEN)
    assert len(found.cause) <= 200
    if found.state is not KEPT:
        return
    if kind in (PromiseKind.EVALUATION_DATE, PromiseKind.PRODUCTION_DATE):
        if state is PromiseState.LIVE:
            events = [*facts_now.shown_at, *(c.at for c in facts_now.changes), facts_now.stage_since]
            assert due_on is not None
            assert any(said.given_at <= at and at.date() <= due_on for at in events)
    else:
        assert (
            facts_now.place.standing not in (Standing.STOPPED, Standing.RETIRED)
            or kind is PromiseKind.LIMITATION
        )
    if kind is PromiseKind.RUN_FREQUENCY:
        assert facts_now.runs != "weekly"
        assert facts_now.spec is None or facts_now.spec.run_frequency != "weekly"
    if kind is PromiseKind.CRITERION and state is PromiseState.LIVE:
        assert facts_now.verdicts is not None
        assert facts_now.verdicts["auc"].state is MET


@given(first=FACTS, second=FACTS, kind=st.sampled_from(list(PromiseKind)))
def test_the_turn_is_another_one_as_soon_as_state_or_ground_is(
    first: Facts, second: Facts, kind: PromiseKind
) -> None:
    one, two = (of(kind, now, due_on=DUE, value="daily", criterion="auc") for now in (first, second))
    same = (one.state, one.ground) == (two.state, two.ground)
    if one.ground or two.ground:
        assert (one.turn == two.turn) == same
    assert replace(one, promise=promise(version(1), version(2))).turn != one.turn


def test_now_is_given_and_not_read() -> None:
    assert of("production_date", facts(NOW), due_on=DUE) == of("production_date", facts(NOW), due_on=DUE)
