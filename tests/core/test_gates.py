"""Verdicts: what opens a gate, what closes it, and what each finding tells."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.core.make_core import (
    GATE,
    NOW,
    check_of,
    days,
    dossier,
    evidence,
    model,
    policy,
    release,
    sign_off,
    signed,
    waiver,
)
from throughline.core.checks import CATALOGUE, Answer
from throughline.core.checks.registry import CatalogueCheck, Found
from throughline.core.dossier import Dossier, ReleaseKind, RiskTier, Scoring, WaiverKind
from throughline.core.gates import Finding, Passing, Verdict, evaluate

AUC = {"id": "quality.precise_enough", "measured": {"key": "metric.auc", "at_least": 0.7}}


def judge(*checks: Any, seen: Dossier | None = None) -> Verdict:
    return evaluate(policy(*checks), GATE, seen or dossier())


def one(*checks: Any, seen: Dossier | None = None) -> Finding:
    """The finding of the last check."""
    return judge(*checks, seen=seen).findings[-1]


@pytest.fixture
def crashing_check() -> Iterator[str]:
    def crash(dossier: object, parameters: object) -> Found:
        raise ZeroDivisionError("a bug")

    CATALOGUE["made.crashing"] = CatalogueCheck("made.crashing", "?", "", "", (), (), crash)
    yield "made.crashing"
    del CATALOGUE["made.crashing"]


def test_a_gate_without_checks_is_passed() -> None:
    assert judge().passing is Passing.PASSED


def test_a_met_check_opens_and_an_unmet_one_closes() -> None:
    assert judge("model.need_described").passing is Passing.PASSED
    verdict = judge("model.need_described", seen=dossier(model=model(summary="")))
    assert verdict.passing is Passing.NOT_PASSED
    assert not verdict.is_open
    assert [finding.check for finding in verdict.blocking] == ["model.need_described"]


def test_a_finding_tells_why_what_and_whose_turn() -> None:
    finding = one("model.need_described", seen=dossier(model=model(summary="Two words")))
    assert finding.found == "The description has 2 words."
    assert finding.remedy == "Describe the need in 8 words or more."
    assert finding.applies == "test 1 asks this of every model."
    assert (finding.turn, finding.turn_names) == (("program_manager",), ("Pam",))
    assert finding.asks
    assert finding.why


def test_a_met_finding_asks_nothing_of_anybody() -> None:
    finding = one("model.need_described")
    assert (finding.remedy, finding.turn, finding.turn_names) == ("", (), ())


def test_unknown_closes_the_gate() -> None:
    verdict = judge(AUC)
    assert verdict.findings[0].answer is Answer.UNKNOWN
    assert verdict.passing is Passing.NOT_PASSED


def test_a_check_that_crashes_is_unknown_and_closes_the_gate(crashing_check: str) -> None:
    verdict = judge(crashing_check)
    (finding,) = verdict.findings
    assert finding.answer is Answer.UNKNOWN
    assert finding.found == "The check could not be carried out (ZeroDivisionError: a bug)."
    assert verdict.passing is Passing.NOT_PASSED


def test_a_check_that_this_version_does_not_know_is_unknown(crashing_check: str) -> None:
    made = policy(crashing_check)
    known = CATALOGUE.pop(crashing_check)
    try:
        assert evaluate(made, GATE, dossier()).findings[0].answer is Answer.UNKNOWN
    finally:
        CATALOGUE[crashing_check] = known


def test_endless_numbers_close_the_gate_and_break_nothing() -> None:
    verdict = judge(AUC, seen=dossier(evidence=(evidence("metric.auc", float("nan")),)))
    assert verdict.findings[0].answer is Answer.UNKNOWN
    assert verdict.dossier_fingerprint


@pytest.mark.parametrize("level", ["warn", "record"])
def test_only_blocking_checks_close_the_gate(level: str) -> None:
    verdict = judge({**AUC, "level": level})
    assert verdict.passing is Passing.PASSED
    assert len(verdict.warnings) == (level == "warn")
    assert verdict.count() == {"met": 0, "waived": 0, "unmet": 0, "unknown": 1, "not_needed": 0}


def test_a_gate_that_lacks_only_signatures_is_waiting() -> None:
    assert judge(signed(), "model.need_described").passing is Passing.WAITING
    assert judge(signed(), AUC).passing is Passing.NOT_PASSED


def test_a_given_signature_opens_the_gate_and_an_expired_one_makes_it_wait() -> None:
    seen = dossier()
    given = sign_off(check_of(policy(signed())), seen)
    assert judge(signed(), seen=replace(seen, sign_offs=(given,))).passing is Passing.PASSED
    late = replace(seen, sign_offs=(replace(given, expires_at=NOW),))
    assert judge(signed(), seen=late).passing is Passing.WAITING


def test_a_signature_of_which_nobody_knows_whether_it_is_needed_is_no_mere_waiting() -> None:
    verdict = judge(signed(when={"risk_tier": ["high"]}), seen=dossier(model=model(risk_tier=None)))
    assert verdict.findings[0].answer is Answer.UNKNOWN
    assert verdict.passing is Passing.NOT_PASSED


# Conditions


@pytest.mark.parametrize(
    ("when", "changes", "answer", "said"),
    [
        ({"risk_tier": ["low", "high"]}, {}, Answer.UNMET, ""),
        (
            {"risk_tier": ["medium", "high"]},
            {},
            Answer.NOT_NEEDED,
            "the risk tier is medium or high; here it is low",
        ),
        ({"scoring": "real_time"}, {}, Answer.NOT_NEEDED, "real time; here it is batch"),
        ({"scoring": ["real_time"]}, {"scoring": Scoring.REAL_TIME}, Answer.UNMET, ""),
        ({"risk_tier": ["high"]}, {"risk_tier": None}, Answer.UNKNOWN, "The risk tier is not set"),
        ({"scoring": ["batch"]}, {"scoring": None}, Answer.UNKNOWN, "The scoring is not set"),
        (
            {"risk_tier": ["high"], "scoring": ["batch"]},
            {"risk_tier": None, "scoring": Scoring.REAL_TIME},
            Answer.NOT_NEEDED,
            "scoring is batch",
        ),
        (
            {"risk_tier": ["high"], "scoring": ["batch"]},
            {"risk_tier": RiskTier.HIGH, "scoring": None},
            Answer.UNKNOWN,
            "scoring",
        ),
        ({"release": ["update"]}, {}, Answer.NOT_NEEDED, "release is update; here it is first"),
    ],
)
def test_a_condition_says_why_a_check_is_not_needed_or_why_nobody_can_tell(
    when: dict[str, Any], changes: dict[str, Any], answer: Answer, said: str
) -> None:
    finding = one(signed(when=when), seen=dossier(model=model(**changes)))
    assert finding.answer is answer
    assert said in finding.found
    assert finding.is_satisfied == (answer is Answer.NOT_NEEDED)


def test_who_can_settle_an_unknown_condition_is_named() -> None:
    finding = one({**AUC, "when": {"risk_tier": ["high"]}}, seen=dossier(model=model(risk_tier=None)))
    assert finding.remedy == "Set the risk tier."
    assert finding.turn_names == ("Pam",)


def test_an_update_is_asked_what_a_first_release_is_not() -> None:
    when = {"release": ["update"]}
    assert one(signed(when=when), seen=dossier(release=release())).answer is Answer.NOT_NEEDED
    update = dossier(release=release(ReleaseKind.UPDATE))
    assert one(signed(when=when), seen=update).answer is Answer.UNMET


GOOD = dossier(evidence=(evidence("metric.auc", 0.8),))
POOR = dossier(evidence=(evidence("metric.auc", 0.1),))


@pytest.mark.parametrize(
    ("seen", "once_met", "while_not_met"),
    [
        (GOOD, Answer.UNMET, Answer.NOT_NEEDED),
        (POOR, Answer.NOT_NEEDED, Answer.UNMET),
        (dossier(), Answer.UNKNOWN, Answer.UNMET),
    ],
)
@pytest.mark.parametrize("is_listed_first", [True, False])
def test_a_check_may_depend_on_another_whatever_their_order(
    seen: Dossier, once_met: Answer, while_not_met: Answer, is_listed_first: bool
) -> None:
    for when, answer in (("met", once_met), ("not_met", while_not_met)):
        asked = signed(when={when: [AUC["id"]]})
        listed = [asked, AUC] if is_listed_first else [AUC, asked]
        found = {finding.check: finding for finding in judge(*listed, seen=seen).findings}
        assert found["need.agreed"].answer is answer
        assert f"“{AUC['id']}” is " in found["need.agreed"].applies


def test_conditions_follow_each_other() -> None:
    first, second = signed("a.first"), signed("a.second", when={"met": ["a.first"]})
    third = signed("a.third", when={"not_met": ["a.second"]})
    answers = [finding.answer for finding in judge(first, second, third).findings]
    assert answers == [Answer.UNMET, Answer.NOT_NEEDED, Answer.UNMET]


def test_the_finding_says_to_which_models_it_applies() -> None:
    finding = one(signed(when={"risk_tier": ["low"], "scoring": ["batch"]}))
    assert finding.applies == "test 1 asks this of models with risk tier low, scoring batch."


# Waivers

WAIVED = waiver("quality.precise_enough")


def waived(*given: Any, check: dict[str, Any] = AUC) -> Verdict:
    return judge(check, seen=dossier(waivers=given))


def test_a_waiver_opens_the_gate_and_is_told_apart_from_passing() -> None:
    verdict = waived(WAIVED)
    assert verdict.passing is Passing.PASSED_BY_WAIVER
    assert verdict.is_open
    (finding,) = verdict.waived
    assert finding.waiver
    assert (finding.waiver.granted_by, finding.waiver.reason) == ("Lea", "The audit is booked for April.")
    assert finding.answer is Answer.UNKNOWN
    assert verdict.count()["waived"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"until": NOW},
        {"granted_at": NOW + days(1)},
        {"revoked_at": NOW - days(1)},
        {"granted_by_id": WAIVED.asked_by_id},
        {"gate": "send_back"},
        {"check_id": "quality.other"},
    ],
)
def test_a_waiver_that_is_not_in_force_here_opens_nothing(changes: dict[str, Any]) -> None:
    verdict = waived(replace(WAIVED, **changes))
    assert verdict.passing is Passing.NOT_PASSED
    assert verdict.waived == ()


def test_a_waiver_of_a_check_that_may_no_longer_be_waived_opens_nothing() -> None:
    assert waived(WAIVED, check={**AUC, "waivable_by": []}).passing is Passing.NOT_PASSED


def test_of_several_waivers_the_longest_is_shown() -> None:
    longer = replace(WAIVED, id=901, until=NOW + days(60), kind=WaiverKind.NOT_APPLICABLE)
    (finding,) = waived(longer, WAIVED).waived
    assert finding.waiver
    assert (finding.waiver.id, finding.waiver.kind) == (901, "not_applicable")


def test_a_waiver_is_not_used_where_the_check_is_met() -> None:
    verdict = judge(AUC, seen=replace(GOOD, waivers=(WAIVED,)))
    assert verdict.passing is Passing.PASSED
    assert verdict.waived == ()


def test_a_waived_warning_does_not_make_the_gate_passed_by_waiver() -> None:
    assert waived(WAIVED, check={**AUC, "level": "warn"}).passing is Passing.PASSED


def test_the_counts_add_up() -> None:
    checks = [AUC, signed(), "model.need_described", signed("a.other", when={"risk_tier": ["high"]})]
    verdict = judge(*checks, seen=dossier(waivers=(waiver("need.agreed"),)))
    assert verdict.count() == {"met": 1, "waived": 1, "unmet": 0, "unknown": 1, "not_needed": 1}


def test_the_verdict_names_policy_gate_instant_and_dossier() -> None:
    seen = dossier()
    verdict = judge(seen=seen)
    assert (verdict.gate, verdict.policy, verdict.at) == (GATE, "test 1", NOW)
    assert verdict.dossier_fingerprint == seen.fingerprint()
