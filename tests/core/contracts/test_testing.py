"""What the results of a test come to, in one sentence."""

from throughline.core.contracts.results import RuleOutcome, RuleResult
from throughline.core.contracts.testing import sentence

MISSING = "There is no data file."


def result(rule: str, outcome: RuleOutcome, *, found: str = "", reason: str = "") -> RuleResult:
    return RuleResult(rule, "orders", "", "schema", "It holds", outcome, found=found, reason=reason)


def test_a_reason_that_all_share_is_told_once() -> None:
    results = [result(f"orders.{n}", RuleOutcome.UNKNOWN, reason=MISSING) for n in range(4)]
    assert sentence(results) == (
        "0 of 4 rules held. Could not be judged: orders.0 and 3 more: There is no data file."
    )


def test_reasons_that_differ_are_told_by_the_names_of_their_rules() -> None:
    results = [result(f"orders.{n}", RuleOutcome.UNKNOWN, reason=f"Reason {n}.") for n in range(4)]
    said = sentence(results)
    assert "orders.0: Reason 0; orders.1: Reason 1; orders.2: Reason 2; and 1 more." in said


def test_few_rules_are_named_even_if_they_share_a_reason() -> None:
    results = [result(f"orders.{n}", RuleOutcome.UNKNOWN, reason=MISSING) for n in range(2)]
    assert "orders.0: There is no data file; orders.1: There is no data file." in sentence(results)


def test_what_failed_is_named_with_what_was_found() -> None:
    results = [result(f"orders.{n}", RuleOutcome.FAILED, found="1 of 9 rows") for n in range(4)]
    assert (
        "Failed: orders.0: 1 of 9 rows; orders.1: 1 of 9 rows; orders.2: 1 of 9 rows; and 1 more."
        in sentence(results)
    )
