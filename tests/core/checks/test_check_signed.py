"""Sign-offs: by whom, until when, and about what."""

from dataclasses import replace

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, check_of, days, dossier, evidence, model, policy, sign_off, signed
from throughline.core.checks import Answer, Found
from throughline.core.dossier import Dossier, SignOff

CHECK = check_of(policy(signed()))
SEEN = dossier()
GIVEN = sign_off(CHECK, SEEN)


def judge(*given: SignOff, seen: Dossier = SEEN, **changes: object) -> Found:
    return ask("signed.by_person", replace(seen, sign_offs=given), **{**CHECK.parameters, **changes})


def test_a_valid_sign_off_says_who_when_why_and_until_when() -> None:
    found = judge(GIVEN)
    assert found.answer is Answer.MET
    assert found.text == "Stu signed on 2026-02-27: I looked at the list. (valid until 2026-05-01)"
    assert found.sign_off == GIVEN.id


def test_without_one_it_is_the_turn_of_those_who_may() -> None:
    found = judge()
    assert (found.answer, found.turn) == (Answer.UNMET, ("stakeholder",))
    assert judge(replace(GIVEN, check_id="need.other")).answer is Answer.UNMET


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires_at": NOW}, "it expired on 2026-03-02"),
        ({"void_at": NOW - days(1), "void_reason": "Withdrawn."}, "void since 2026-03-01: Withdrawn."),
        ({"roles": ("leader",)}, "not in a role that may"),
        ({"given_at": NOW + days(1)}, "Nobody has signed"),
        ({"covers": ()}, "did not yet ask to look at: model"),
        ({"fingerprint": "other"}, "the question changed"),
    ],
)
def test_a_sign_off_that_does_not_hold_says_why(changes: dict[str, object], said: str) -> None:
    found = judge(replace(GIVEN, **changes))
    assert found.answer is Answer.UNMET
    assert said in found.text


def test_it_is_void_once_what_it_rests_on_changed_and_only_then() -> None:
    changed = judge(GIVEN, seen=dossier(model=model(summary="Something else.")))
    assert changed.answer is Answer.UNMET
    assert "since then this changed: model" in changed.text
    assert judge(GIVEN, seen=dossier(evidence=(evidence("metric.auc"),))).answer is Answer.MET


def test_it_is_void_once_the_question_changed() -> None:
    reworded = check_of(policy(signed(asks="Is the need agreed and paid for?")))
    asked = ask("signed.by_person", replace(SEEN, sign_offs=(GIVEN,)), **reworded.parameters)
    assert "the question changed" in asked.text


def test_the_newest_sign_off_counts() -> None:
    newer = replace(GIVEN, id=301, given_at=NOW - days(1), roles=("leader",))
    assert judge(GIVEN, newer).answer is Answer.UNMET
    assert judge(newer, replace(GIVEN, id=302, given_at=NOW)).answer is Answer.MET


def test_what_a_later_void_mark_says_does_not_reach_back() -> None:
    voided = replace(GIVEN, void_at=NOW + days(1), void_reason="Changed.")
    assert judge(voided).answer is Answer.MET
