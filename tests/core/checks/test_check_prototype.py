"""A prototype advances when its criteria are met; a decision to continue is asked for, and opens nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.core.make_core import NOW, days, dossier, evidence, release
from throughline.core.checks import CATALOGUE, Answer, Found
from throughline.core.criteria import Criterion, CriterionLevel, CriterionRole
from throughline.core.criteria import to_plain as criteria_to_plain
from throughline.core.dossier import Dossier
from throughline.core.plain import from_plain, to_plain
from throughline.core.planning import Choice, DirectionFacts
from throughline.core.prototype import proof_of
from throughline.core.specs import SpecFacts, SpecState, SpecVersion

PRECISION = Criterion("precision", "Precision", "metric.precision", target=0.8)
HARM = Criterion(
    "harm",
    "Complaints",
    "metric.harm",
    target=0.5,
    role=CriterionRole.GUARDRAIL,
    level=CriterionLevel.BUSINESS,
)


def counts(k: int, key: str = "metric.precision", **changes: Any) -> Any:
    detail = {"uncertainty": {"kind": "counts", "k": k, "n": 100}}
    return evidence(key, k / 100, **{"detail": detail, **changes})


def spec_with(criteria: tuple[Criterion, ...], *, is_agreed: bool) -> SpecFacts:
    state = SpecState.APPROVED if is_agreed else SpecState.SUBMITTED
    version = SpecVersion(1, state, "abc", criteria=tuple(criteria_to_plain(criteria)))
    return SpecFacts(approved=version) if is_agreed else SpecFacts(in_work=version)


def seen(
    *facts: Any, criteria: tuple[Criterion, ...] = (PRECISION,), is_agreed: bool = True, **more: Any
) -> Dossier:
    return dossier(evidence=facts, spec=spec_with(criteria, is_agreed=is_agreed), **more)


def decided(facts: Dossier, choice: Choice = Choice.CONTINUE, **changes: Any) -> Dossier:
    look = None if choice is Choice.STOP else (NOW + days(14)).date()
    made = DirectionFacts(1, choice, "Labels come.", look, proof_of(facts).fingerprint, "Lea", NOW - days(1))
    return replace(facts, direction=replace(made, **changes))


def borne_out(facts: Dossier) -> Found:
    return CATALOGUE["prototype.bears_out_assumptions"].answer(facts, {})


def direction(facts: Dossier) -> Found:
    return CATALOGUE["prototype.direction_decided"].answer(facts, {})


def test_met_criteria_open_it_and_ask_for_no_decision() -> None:
    facts = seen(counts(95))
    assert borne_out(facts).answer is Answer.MET
    assert borne_out(facts).evidence == (500,)
    assert direction(facts).answer is Answer.NOT_NEEDED


@pytest.mark.parametrize("k", [60, 80])
def test_a_missed_or_open_criterion_closes_it_and_awaits_a_decision(k: int) -> None:
    found = borne_out(seen(counts(k)))
    assert found.answer is Answer.UNMET
    assert "Precision: 0." in found.text
    assert "It is not decided whether to continue" in found.text
    assert found.turn == ("leader",)
    assert direction(seen(counts(k))).answer is Answer.UNMET


@pytest.mark.parametrize("choice", list(Choice))
def test_a_decision_opens_nothing_but_is_there(choice: Choice) -> None:
    facts = decided(seen(counts(60)), choice)
    found = borne_out(facts)
    assert found.answer is Answer.UNMET
    assert f"“{choice.label}” was decided by Lea on 2026-03-01" in found.text
    assert direction(facts).answer is Answer.MET


def test_the_next_look_is_said_and_whose_turn_it_is() -> None:
    found = borne_out(decided(seen(counts(60))))
    assert "next look on 2026-03-16" in found.text
    assert found.turn == ("data_scientist",)
    assert borne_out(decided(seen(counts(60)), Choice.STOP)).turn == ("program_manager",)


def test_a_next_look_that_has_passed_asks_again() -> None:
    facts = decided(seen(counts(60)), next_look_on=(NOW - timedelta(days=1)).date())
    assert "which has passed" in borne_out(facts).text
    assert borne_out(facts).turn == ("leader",)
    assert direction(facts).answer is Answer.UNMET
    today = decided(seen(counts(60)), next_look_on=NOW.date())
    assert direction(today).answer is Answer.MET


def test_a_decision_on_other_verdicts_does_not_count() -> None:
    before = decided(seen(counts(60)))
    after = replace(before, evidence=(counts(61),))
    assert direction(after).answer is Answer.UNMET
    assert "have come to something else since" in borne_out(after).text


def test_a_hurt_guardrail_of_any_level_closes_it_and_an_open_one_does_not() -> None:
    both = (PRECISION, HARM)
    hurt = seen(counts(95), counts(20, "metric.harm", id=501), criteria=both)
    assert borne_out(hurt).answer is Answer.UNMET
    assert "Complaints" in borne_out(hurt).text
    for harm in (counts(50, "metric.harm", id=501), counts(90, "metric.harm", id=501)):
        assert borne_out(seen(counts(95), harm, criteria=both)).answer is Answer.MET


def test_business_goals_are_not_the_prototype_s_to_show() -> None:
    revenue = replace(
        PRECISION, key="revenue", title="Revenue", metric="metric.revenue", level=CriterionLevel.BUSINESS
    )
    assert borne_out(seen(counts(95), criteria=(PRECISION, revenue))).answer is Answer.MET


def test_nothing_measured_is_first_measured() -> None:
    found = borne_out(seen())
    assert found.answer is Answer.UNMET
    assert found.turn == ("data_scientist",)
    assert "decided" not in found.text
    assert direction(seen()).answer is Answer.NOT_NEEDED


def test_criteria_that_nobody_approved_bear_out_nothing() -> None:
    found = borne_out(seen(counts(95), is_agreed=False))
    assert found.answer is Answer.UNMET
    assert found.turn == ("program_manager",)


def test_without_criteria_it_is_unknown() -> None:
    assert borne_out(dossier()).answer is Answer.UNKNOWN
    assert borne_out(seen(criteria=())).answer is Answer.UNKNOWN
    assert borne_out(seen(criteria=(HARM,))).answer is Answer.UNKNOWN
    assert direction(dossier()).answer is Answer.NOT_NEEDED


def test_what_was_measured_on_another_version_is_set_aside() -> None:
    other = counts(95, subject="churn version 1", release_id=None, detail={"version": "1"})
    found = borne_out(seen(other, release=release()))
    assert found.answer is Answer.UNMET
    assert "It was measured on churn version 1, which is not churn version 2." in found.text


def test_a_dossier_with_all_of_this_is_frozen_and_read_back() -> None:
    facts = decided(seen(counts(60), criteria=(PRECISION, HARM)))
    again = from_plain(Dossier, to_plain(facts))
    assert again == facts
    assert again.fingerprint() == facts.fingerprint()
    assert set(facts.parts()) >= {"spec", "direction"}
