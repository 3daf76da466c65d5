"""Checks of compliance reviews: which one counts, for how long and for what, and what stands against it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.checks.asking import ask as ask_check
from tests.core.make_compliance import finding, review, running
from tests.core.make_core import NOW, days, dossier, release
from throughline.core.checks import Answer, Found
from throughline.core.compliance import Conclusion, Review, ReviewState, Severity

REFUSED: dict[str, Any] = {"conclusion": Conclusion.REFUSED, "valid_until": None}


def privacy(*reviews: Review, released: Any = None, **parameters: Any) -> Found:
    return ask_check("compliance.privacy_closed", dossier(compliance=reviews, release=released), **parameters)


def test_a_closed_review_that_holds_is_enough_and_none_is_not() -> None:
    assert privacy().text == "No privacy review has been closed."
    found = privacy(review())
    assert found.answer is Answer.MET
    assert found.text == "Privacy review by Rae: passed on 2026-02-25, valid through 2026-12-31."
    assert privacy(review(kind="security")).answer is Answer.UNMET


def test_one_that_is_under_way_says_who_is_waited_for() -> None:
    asked = running(state=ReviewState.ASKED, due_on=date(2026, 3, 9))
    assert privacy(asked).text == "Rae has been asked, due 2026-03-09."
    assert privacy(running()).text == "Rae is at work."
    assert (
        privacy(running(state=ReviewState.WITHDRAWN, closed_at=NOW)).text
        == "No privacy review has been closed."
    )


def test_it_holds_through_its_last_day_and_not_a_day_longer() -> None:
    today = NOW.date()
    assert privacy(review(valid_until=today)).answer is Answer.MET
    found = privacy(review(valid_until=today - days(1)))
    assert (found.answer, found.text) == (Answer.UNMET, "The privacy review held until 2026-03-01.")
    assert found.remedy == "Ask for its renewal."
    assert privacy(review(valid_until=today - days(1)), running()).remedy == "Rae is at work."


def test_the_policy_may_ask_for_a_younger_one_than_its_reviewer_did() -> None:
    assert privacy(review(), max_age_days=5).answer is Answer.MET
    assert "asks for one within 4 days" in privacy(review(), max_age_days=4).text


def test_the_one_that_was_closed_last_counts_whatever_it_came_to() -> None:
    refused = review(pk=2, closed_at=NOW - days(1), **REFUSED)
    assert privacy(review(), refused).text == "Rae refused it on 2026-03-01."
    assert privacy(review(), refused, review(pk=3, closed_at=NOW)).answer is Answer.MET
    assert privacy(review(), running()).answer is Answer.MET


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_a_grave_finding_closes_the_gate_whatever_the_conclusion_and_wherever_it_stands(
    severity: str,
) -> None:
    grave = finding(severity=severity, due_on=date(2026, 3, 9))
    found = privacy(review(grave))
    assert found.text == f"Open: Privacy: “Kept for ever” ({severity}, Amy, due 2026-03-09)."
    assert privacy(review(), review(grave, pk=0, closed_at=NOW - days(90))).answer is Answer.UNMET
    assert privacy(review(), running(findings=(grave,))).answer is Answer.UNMET
    withdrawn = running(state=ReviewState.WITHDRAWN, closed_at=NOW, findings=(grave,))
    assert privacy(review(), withdrawn).answer is Answer.UNMET
    claimed = finding(severity=severity, is_claimed=True)
    assert "resolved, waits to be confirmed" in privacy(review(claimed)).text


def test_settled_and_lesser_findings_do_not_close_it_and_who_bears_a_risk_is_said() -> None:
    assert privacy(review(finding(state="resolved"))).answer is Answer.MET
    found = privacy(review(finding(state="accepted")))
    assert (found.answer, "Ben accepted the risk of “Kept for ever”." in found.text) == (Answer.MET, True)
    lesser = review(finding(severity="medium"), conclusion=Conclusion.CONDITIONS)
    assert privacy(lesser).text.endswith("1 lesser finding is open.")


def test_it_is_of_the_release_where_the_policy_says_so() -> None:
    now = release(subject="churn version 2")
    of_release = review(release_id=70, subject="churn version 2")
    assert privacy(review(), released=now).answer is Answer.MET
    assert privacy(of_release, released=now, scope="release").answer is Answer.MET
    assert "was not of release 2026.1" in privacy(review(), released=now, scope="release").text
    newer = release(subject="churn version 3")
    assert "is now churn version 3" in privacy(of_release, released=newer, scope="release").text
    assert "none is planned" in privacy(of_release, scope="release").text


def test_a_policy_with_a_slip_of_the_keys_is_unknown_and_never_met() -> None:
    asked = dossier(compliance=(review(),))
    assert ask_check("compliance.review_closed", asked, kind="privcay").answer is Answer.UNKNOWN
    assert ask_check("compliance.privacy_closed", asked, scope="version").answer is Answer.UNKNOWN
    assert ask_check("compliance.no_open_findings", asked, **{"from": "severe"}).answer is Answer.UNKNOWN
    assert ask_check("compliance.no_open_findings", asked, kinds=["privcay"]).answer is Answer.UNKNOWN


def test_findings_of_all_reviews_count_from_a_severity_on() -> None:
    asked = dossier(compliance=(review(finding(severity="medium"), kind="security"),))
    assert ask_check("compliance.no_open_findings", asked).answer is Answer.MET
    assert ask_check("compliance.no_open_findings", asked, **{"from": "medium"}).answer is Answer.UNMET
    assert (
        ask_check("compliance.no_open_findings", asked, kinds=["legal"], **{"from": "low"}).answer
        is Answer.MET
    )
    many = dossier(compliance=(review(*(finding(number) for number in range(5))),))
    assert ask_check("compliance.no_open_findings", many).text.endswith("And 2 more.")


@given(
    st.lists(
        st.tuples(st.sampled_from(Severity), st.sampled_from(["open", "resolved", "accepted"])), max_size=6
    )
)
def test_no_set_of_findings_is_met_with_a_grave_one_open(found: list[tuple[Severity, str]]) -> None:
    made = review(*(finding(number, severity, state) for number, (severity, state) in enumerate(found)))
    is_grave = any(severity.is_grave and state == "open" for severity, state in found)
    assert (privacy(made).answer is Answer.MET) is not is_grave
