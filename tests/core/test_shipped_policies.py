"""The three policies as shipped: whole, short where risk is low, and complete where the article asks."""

from collections.abc import Iterable

import pytest

from tests.core.shipped import FOLDER, shipped, text
from throughline.core.checks import CATALOGUE
from throughline.core.dossier import ReleaseKind, RiskTier, Scoring
from throughline.core.people import DUTIES, Responsibility
from throughline.core.permissions import VERBS, access_of
from throughline.core.policy import SIGNED, Gate, Level, PolicyCheck
from throughline.core.stages import GATES, Stage

NAMES = ("default", "light", "regulated")
DEPLOYMENT_REVIEW = "production_ready_to_deployment"


def applies(check: PolicyCheck, tier: str) -> bool:
    return not check.when.risk_tier or tier in check.when.risk_tier


def blocking(gate: Gate, tier: str) -> list[str]:
    return [check.id for check in gate.checks if check.level is Level.BLOCK and applies(check, tier)]


def checks(name: str) -> Iterable[PolicyCheck]:
    return (check for gate in shipped(name).gates.values() for check in gate.checks)


def test_these_policies_are_shipped_and_no_others() -> None:
    found = {entry.name for entry in FOLDER.iterdir() if not entry.name.startswith("__")}
    assert found == {f"{name}.yml" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_policy_is_whole_and_named_like_its_file(name: str) -> None:
    made = shipped(name)
    assert made.name == name
    assert set(made.gates) == set(GATES)
    assert made.title
    assert all(gate.asks for gate in made.gates.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_low_tier_has_five_closing_checks_or_fewer_at_each_gate(name: str) -> None:
    crowded = {gate.id: blocking(gate, "low") for gate in shipped(name).gates.values()}
    assert {gate: ids for gate, ids in crowded.items() if len(ids) > 5} == {}
    assert [gate for gate in GATES[:4] if not crowded[gate]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_higher_tier_never_asks_less(name: str) -> None:
    replaced = {
        "readiness.ml_test_score_medium",
        "data.contract_results_seen",
        "labels.good_enough_medium",
    }
    for gate in shipped(name).gates.values():
        low, medium, high = (
            {check.id for check in gate.checks if applies(check, tier)} - replaced for tier in RiskTier
        )
        assert low <= medium <= high, gate.id


def test_light_asks_least_and_regulated_most() -> None:
    for gate in GATES:
        for tier in RiskTier:
            light, default, regulated = (
                len(blocking(shipped(n).gates[gate], tier)) for n in ("light", "default", "regulated")
            )
            assert light <= default <= regulated, (gate, tier)


@pytest.mark.parametrize("name", NAMES)
def test_every_check_asks_says_why_and_what_would_satisfy_it(name: str) -> None:
    for check in checks(name):
        assert check.asks.endswith("?"), check.id
        assert check.why.endswith("."), check.id
        assert check.remedy.endswith("."), check.id
        assert len(check.asks) <= 130, check.id
        assert check.turn, check.id
        if check.is_sign_off:
            assert (check.why, check.remedy) != (CATALOGUE[SIGNED].why, CATALOGUE[SIGNED].remedy), check.id


@pytest.mark.parametrize("name", NAMES)
def test_what_the_catalogue_can_compute_is_not_signed(name: str) -> None:
    assert [check.id for check in checks(name) if check.is_sign_off and check.id in CATALOGUE] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_policy_says_what_is_signed_by_hand_until_its_records_exist(name: str) -> None:
    assert "igned by hand until" in shipped(name).about
    assert "omputed" in shipped(name).about or "can be computed" in shipped(name).about


@pytest.mark.parametrize("name", NAMES)
def test_the_text_explains_how_to_change_it_and_its_lines_can_be_read(name: str) -> None:
    assert "How to change it" in text(name)
    assert max(len(line) for line in text(name).splitlines()) <= 120
    assert "\t" not in text(name)


def test_the_default_needs_every_duty_somewhere_and_all_four_responsibilities_in_production() -> None:
    needed = shipped("default").needed
    assert set(needed) == {stage.value for stage in Stage}
    assert {duty for duties in needed.values() for duty in duties} == set(DUTIES)
    assert {duty.value for duty in Responsibility} <= set(needed["production"])


def test_the_deployment_review_holds_the_four_questions_of_the_article_for_every_tier() -> None:
    four = {
        "data.sources_automated",
        "outputs.accepted",
        "support.plan_agreed",
        "privacy.review_closed",
    }
    for name in ("default", "regulated"):
        review = shipped(name).gates[DEPLOYMENT_REVIEW]
        assert all(four <= set(blocking(review, tier)) for tier in RiskTier)
        assert {"data_scientist", "devops_engineer"} <= {seat.role for seat in review.seats}
        assert not any(check.when.release for check in review.checks if check.id in four)


@pytest.mark.parametrize("name", ["default", "regulated"])
def test_an_update_is_asked_what_only_concerns_updates(name: str) -> None:
    for_updates = [
        check
        for check in shipped(name).gates[DEPLOYMENT_REVIEW].checks
        if check.when.release == (ReleaseKind.UPDATE.value,)
    ]
    assert len(for_updates) >= 2
    assert all("release" in check.covers for check in for_updates)


def test_batch_and_real_time_are_asked_different_things() -> None:
    review = shipped("default").gates[DEPLOYMENT_REVIEW]
    asked = {check.when.scoring for check in review.checks if check.when.scoring}
    assert asked == {(Scoring.BATCH.value,), (Scoring.REAL_TIME.value,)}


def test_every_kind_of_computed_check_is_used_by_the_default() -> None:
    used = {check.function for check in checks("default")}
    assert set(CATALOGUE) - used == set()


def test_regulated_ages_evidence_faster_and_lets_nobody_waive_what_protects_people() -> None:
    default = {check.id: check for check in checks("default") if check.is_sign_off}
    shared = [(default[check.id], check) for check in checks("regulated") if check.id in default]
    assert len(shared) > 50
    assert all(strict.valid_days < usual.valid_days for usual, strict in shared)
    for area in ("privacy.", "security.", "compliance.", "fairness.", "oversight."):
        found = [check for check in checks("regulated") if check.id.startswith(area)]
        assert found
        assert all(check.waivable_by == () for check in found), area


def test_regulated_seats_a_leader_and_an_analyst_at_the_deployment_review_from_the_medium_tier_on() -> None:
    seats = {seat.role: seat.when.risk_tier for seat in shipped("regulated").gates[DEPLOYMENT_REVIEW].seats}
    assert seats["leader"] == seats["analyst"] == ("medium", "high")


@pytest.mark.parametrize("name", NAMES)
def test_sign_offs_at_the_deployment_review_rest_on_the_release_unless_they_outlive_it(name: str) -> None:
    outlive = {"support.plan_agreed", "monitoring.ground_truth_planned"}
    review = shipped(name).gates[DEPLOYMENT_REVIEW]
    loose = {check.id for check in review.checks if check.is_sign_off and "release" not in check.covers}
    assert loose <= outlive


@pytest.mark.parametrize("name", NAMES)
def test_who_may_waive_sign_or_decide_by_the_policy_also_has_the_access(name: str) -> None:
    def lets(verb: str, roles: Iterable[str]) -> bool:
        return any(access_of(role) in VERBS[verb].roles for role in roles)

    for check in checks(name):
        assert not check.waivable_by or lets("waiver.decide", check.waivable_by), check.id
        assert not check.is_sign_off or lets("sign_off.give", check.signed_by), check.id
    for gate in shipped(name).gates.values():
        assert all(lets("move.decide", [seat.role]) for seat in gate.seats), gate.id
