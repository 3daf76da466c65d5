"""Checks of contracts: in force both ways, nothing breaking on its way, and kept when last tested."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, days, dossier
from throughline.core.checks import Answer
from throughline.core.contracts.agreements import Direction, Given, Side, Version
from throughline.core.contracts.facts import ContractFact, Contracts, TestFact
from throughline.core.contracts.results import RuleOutcome
from throughline.core.dossier import Dossier as Facts
from throughline.core.plain import from_plain, to_plain
from throughline.core.stakeholders import Part, Stakeholder


def given(side: Side, party: int | None = None, person: int = 1, **more: Any) -> Given:
    return Given(side, party, True, person, f"P{person}", "content", NOW - days(3), **more)


def version(number: int = 1, *answers: Given, **more: Any) -> Version:
    made = Version(number, number, f"{number}.0", "content", False, NOW - days(5), "Noor", answers)
    return replace(made, **more)


AGREED = version(1, given(Side.PROVIDER), given(Side.CONSUMER, 7, 2), in_force_from=NOW - days(2))
ORDERS = ContractFact(1, "orders", "Orders", Direction.PROVIDER, 3, "Shop", AGREED)
SCORES = ContractFact(2, "scores", "Scores", Direction.OUTPUT)
LEA = Stakeholder(5, "Lea", False, "", "", Part.USER, 3, 3, None, None, NOW)


def known(*facts: ContractFact, bare: tuple[str, ...] = (), **more: Any) -> Facts:
    return dossier(contracts=Contracts(facts, bare), **more)


def with_test(outcome: RuleOutcome, age: float = 1, *broken: str) -> ContractFact:
    return replace(ORDERS, test=TestFact(9, outcome, NOW - days(age), 1, broken))


class TestInForce:
    def of(self, facts: Facts, direction: str = "provider") -> Any:
        return ask("contracts.in_force", facts, direction=direction)

    def test_both_sides_agreed(self) -> None:
        found = self.of(known(ORDERS))
        assert found.answer is Answer.MET
        assert "“Orders” 1.0 is in force since 2026-02-28, agreed by P1, P2." in found.text

    def test_nothing_recorded_is_unknown(self) -> None:
        assert self.of(known()).answer is Answer.UNKNOWN
        assert self.of(known(), "output").answer is Answer.UNKNOWN

    def test_a_source_without_a_contract_is_named(self) -> None:
        found = self.of(known(ORDERS, bare=("Tills",)))
        assert (found.answer, found.text) == (Answer.UNMET, "“Tills” has no contract.")
        assert found.remedy == "Import the contract for “Tills”."

    def test_a_version_that_waits_names_who_is_asked(self) -> None:
        waiting = replace(ORDERS, in_force=None, pending=version(1, given(Side.PROVIDER)))
        found = self.of(known(waiting))
        assert found.answer is Answer.UNMET
        assert "no answer yet: Churn" in found.text
        assert found.remedy == "Have Churn answer version 1.0 of “Orders”."

    def test_one_that_others_agreed_to_is_not_this_models(self) -> None:
        other = replace(AGREED, answers=(given(Side.PROVIDER), given(Side.CONSUMER, 8, 2)))
        found = self.of(known(replace(ORDERS, in_force=other)))
        assert found.answer is Answer.UNMET
        assert "Churn did not agree to it" in found.text

    def test_consumers_of_the_output_are_its_stakeholders(self) -> None:
        agreed = version(1, given(Side.PROVIDER), given(Side.CONSUMER, 5, 3), in_force_from=NOW - days(1))
        met = known(replace(SCORES, in_force=agreed), stakeholders=(LEA,))
        assert self.of(met, "output").answer is Answer.MET
        another = known(replace(SCORES, in_force=agreed), stakeholders=(LEA, replace(LEA, id=6, name="Desk")))
        assert "Desk did not agree" in self.of(another, "output").text

    def test_an_ended_one_does_not_count(self) -> None:
        assert self.of(known(replace(ORDERS, is_ended=True))).answer is Answer.UNKNOWN

    def test_without_a_direction_both_are_asked(self) -> None:
        found = ask("contracts.in_force", known(ORDERS))
        assert found.answer is Answer.UNKNOWN
        assert "the model's output" in found.text


class TestBreaking:
    def test_a_breaking_version_on_its_way_closes_the_gate(self) -> None:
        coming = replace(ORDERS, pending=version(2, is_breaking=True))
        found = ask("contracts.no_breaking_pending", known(coming))
        assert found.answer is Answer.UNMET
        assert "“Orders” 2.0 breaks something; Noor published it on 2026-02-25." in found.text

    def test_another_version_does_not_and_nothing_known_is_unknown(self) -> None:
        coming = replace(ORDERS, pending=version(2))
        assert ask("contracts.no_breaking_pending", known(coming)).answer is Answer.MET
        assert ask("contracts.no_breaking_pending", known()).answer is Answer.UNKNOWN


class TestTested:
    def of(self, *facts: ContractFact) -> Any:
        return ask("contracts.tested", known(*facts), within_days=7)

    def test_it_passed_lately(self) -> None:
        found = self.of(with_test(RuleOutcome.PASSED))
        assert (found.answer, found.text) == (Answer.MET, "“Orders” was tested on 2026-03-01 and passed.")

    def test_a_failing_rule_is_named(self) -> None:
        found = self.of(with_test(RuleOutcome.FAILED, 1, "amount is at most 100: 3 rows are above it"))
        assert found.answer is Answer.UNMET
        assert "amount is at most 100: 3 rows are above it." in found.text

    def test_old_missing_and_unknown_ones_are_no_pass(self) -> None:
        assert self.of(with_test(RuleOutcome.PASSED, 8)).answer is Answer.UNKNOWN
        assert self.of(ORDERS).answer is Answer.UNKNOWN
        assert self.of(with_test(RuleOutcome.UNKNOWN, 1)).answer is Answer.UNKNOWN
        assert self.of().answer is Answer.UNKNOWN

    def test_one_that_failed_is_told_before_one_that_is_unknown(self) -> None:
        found = self.of(ORDERS, replace(with_test(RuleOutcome.FAILED, 1, "x"), name="Lines"))
        assert found.answer is Answer.UNMET
        assert "“Lines”" in found.text
        assert "“Orders” was never tested." in found.text


def test_a_dossier_with_contracts_survives_being_kept() -> None:
    facts = known(replace(with_test(RuleOutcome.FAILED, 1, "x"), pending=version(2)), bare=("Tills",))
    assert from_plain(Facts, to_plain(facts)) == facts


def test_a_sign_off_rests_on_content_and_not_on_clocks() -> None:
    facts = known(with_test(RuleOutcome.PASSED))
    later = known(replace(ORDERS, test=TestFact(10, RuleOutcome.PASSED, NOW + timedelta(1), 1)))
    other = known(with_test(RuleOutcome.FAILED))
    assert facts.parts()["contracts"] == later.parts()["contracts"] != other.parts()["contracts"]
    assert "contracts" not in dossier().parts()
