"""Compliance reviews: where one stands, what it may be closed with, and who may settle a finding."""

from datetime import timedelta

import pytest

from tests.core.make_compliance import finding, review, running
from tests.core.make_core import NOW, days
from throughline.core import compliance
from throughline.core.compliance import KINDS, Conclusion, ReviewState, standing
from throughline.core.errors import Refused

TODAY = NOW.date()


def closing(conclusion: str = "passed", *findings: object, words: str = "", until: object = TODAY) -> object:
    return compliance.require_closable(conclusion, until, words, findings, TODAY)  # type: ignore[arg-type]


def test_one_word_for_where_a_review_stands() -> None:
    assert standing(running(state=ReviewState.ASKED), TODAY) == "asked"
    assert standing(running(), TODAY) == "open"
    assert standing(review(), TODAY) == "valid"
    assert standing(review(valid_until=TODAY + compliance.AHEAD), TODAY) == "ending"
    assert standing(review(valid_until=TODAY + compliance.AHEAD + days(1)), TODAY) == "valid"
    assert standing(review(valid_until=TODAY - days(1)), TODAY) == "expired"
    assert standing(review(conclusion=Conclusion.REFUSED, valid_until=None), TODAY) == "refused"
    assert standing(review(finding()), TODAY) == "blocked"
    assert standing(review(finding()), TODAY, is_counting=False) == "blocked"
    assert standing(review(), TODAY, is_counting=False) == "replaced"


def test_somebody_is_needed_when_it_is_late_blocked_or_ending_and_not_renewed() -> None:
    def needs(one: compliance.Review, *, counts: bool = True, renewed: bool = False) -> bool:
        return compliance.needs_somebody(one, TODAY, is_counting=counts, is_renewed=renewed)

    ending = review(valid_until=TODAY + days(3))
    assert needs(ending)
    assert not needs(ending, renewed=True)
    assert not needs(ending, counts=False)
    assert not needs(review())
    assert needs(review(finding()), counts=False)
    assert needs(review(finding(severity="low", due_on=TODAY - days(1))))
    assert needs(running(due_on=TODAY - days(1)))
    assert not needs(running(due_on=TODAY))


@pytest.mark.parametrize("conclusion", ["passed", "conditions"])
def test_nothing_passes_with_a_grave_finding_open(conclusion: str) -> None:
    for severity in ("high", "critical"):
        with pytest.raises(Refused, match="high severity"):
            closing(conclusion, finding(severity=severity), words="Keep it short.")
        with pytest.raises(Refused, match="high severity"):
            closing(conclusion, finding(severity=severity, is_claimed=True), words="Keep it short.")
    assert closing(conclusion, finding(state="resolved"), words="Keep it short.") == conclusion


def test_lesser_findings_pass_with_conditions_only_and_conditions_are_written() -> None:
    with pytest.raises(Refused, match="still open"):
        closing("passed", finding(severity="low"))
    assert closing("conditions", finding(severity="medium"), words="By June.") is Conclusion.CONDITIONS
    with pytest.raises(Refused, match="not written"):
        closing("conditions", finding(severity="medium"))


def test_a_refusal_needs_its_reason_and_has_no_end() -> None:
    assert closing("refused", finding(), words="No ground for it.", until=None) is Conclusion.REFUSED
    with pytest.raises(Refused, match="reason"):
        closing("refused", until=None)
    with pytest.raises(Refused, match="no end"):
        closing("refused", words="No.", until=TODAY)


@pytest.mark.parametrize(
    ("until", "said"),
    [(None, "how long"), (TODAY - days(1), "has passed"), (TODAY + timedelta(days=1_831), "five years")],
)
def test_a_day_is_needed_that_lies_ahead_and_not_too_far(until: object, said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        closing(until=until)
    assert refusal.value.reasons[0].field == "valid_until"


def test_conclusions_kinds_and_severities_are_those_of_the_catalogue() -> None:
    for given in ("", "maybe", "PASSED"):
        with pytest.raises(Refused, match="no conclusion"):
            closing(given)
    with pytest.raises(Refused, match="no such kind"):
        compliance.require_kind("privcay")
    with pytest.raises(Refused, match="no severity"):
        compliance.require_severity("grave")
    assert all(
        kind.title and kind.asks.endswith("?") is not None and kind.days > 0 for kind in KINDS.values()
    )
    assert compliance.review_of("ethics") == "responsible AI review"
    assert compliance.review_of("gone_kind") == "gone kind review"


def test_nobody_settles_what_they_hold_held_resolved_or_asked_for() -> None:
    def why(person: int | None) -> str:
        return compliance.why_may_not_settle(person, held_by=[1, 2], resolver_id=3, asker_id=4)

    assert all(why(person) for person in (None, 1, 2, 3, 4))
    assert why(5) == ""
