"""Seats, approvals, waivers and sign-offs: who may, and in which words others are told."""

from dataclasses import replace
from typing import Any

from tests.core.make_core import (
    DAN,
    GATE,
    LEA,
    NOW,
    PAM,
    STU,
    TEAM,
    check_of,
    days,
    dossier,
    held,
    model,
    policy,
    signed,
)
from throughline.core.dossier import Dossier, RiskTier
from throughline.core.gates import (
    Approval,
    seat_states,
    seats,
    seats_of,
    sign_off_fingerprint,
    why_may_not_decide,
    why_may_not_sign,
    why_may_not_waive,
)
from throughline.core.policy import Gate

BOTH = ("leader", {"role": "stakeholder", "when": {"risk_tier": ["high"]}})


def gate(*deciders: Any) -> Gate:
    return policy(deciders=deciders or ("leader",)).gates[GATE]


def high(**changes: Any) -> Dossier:
    return dossier(model=model(risk_tier=RiskTier.HIGH), **changes)


def approval(seen: Dossier, person_id: int = LEA, *roles: str) -> Approval:
    return Approval(person_id, "Lea", roles or ("leader",), seen.fingerprint())


def roles_of(made: Gate, seen: Dossier) -> list[str]:
    return [seat.role for seat in seats(made, seen)]


def test_seats_follow_the_risk_tier_and_when_in_doubt_they_apply() -> None:
    assert roles_of(gate(*BOTH), dossier()) == ["leader"]
    assert roles_of(gate(*BOTH), high()) == ["leader", "stakeholder"]
    assert roles_of(gate(*BOTH), dossier(model=model(risk_tier=None))) == ["leader", "stakeholder"]


def test_a_seat_is_filled_by_a_valid_approval_and_names_who_could() -> None:
    seen = dossier()
    (empty,) = seat_states(gate(), seen, (), PAM)
    assert (empty.filled_by, empty.could, empty.title) == ("", ("Lea",), "Leader")
    (filled,) = seat_states(gate(), seen, (approval(seen),), PAM)
    assert filled.filled_by == "Lea"


def test_one_person_with_two_roles_fills_both_seats() -> None:
    seen = high()
    states = seat_states(gate(*BOTH), seen, (approval(seen, LEA, "leader", "stakeholder"),), PAM)
    assert [state.filled_by for state in states] == ["Lea", "Lea"]


def test_the_requester_fills_no_seat() -> None:
    seen = dossier()
    (state,) = seat_states(gate(), seen, (approval(seen),), LEA)
    assert (state.filled_by, state.could) == ("", ())


def test_an_approval_of_another_dossier_fills_no_seat() -> None:
    given = approval(dossier())
    changed = dossier(model=model(summary="Another need altogether."))
    assert seat_states(gate(), changed, (given,), PAM)[0].filled_by == ""
    later = dossier(at=NOW + days(1))
    assert seat_states(gate(), later, (given,), PAM)[0].filled_by == "Lea"


def test_an_approval_in_another_role_fills_no_seat() -> None:
    seen = dossier()
    assert seat_states(gate(), seen, (approval(seen, LEA, "analyst"),), PAM)[0].filled_by == ""


def test_an_approval_of_someone_who_left_fills_no_seat() -> None:
    given = approval(dossier())
    left = dossier(assignments=(*TEAM[1:], held("leader", ends_at=NOW - days(1))))
    assert seat_states(gate(), left, (given,), PAM)[0].filled_by == ""


def test_who_may_decide() -> None:
    seen = dossier()
    assert why_may_not_decide(gate(), seen, LEA, PAM) == ""
    assert seats_of(gate(), seen, LEA) == ("leader",)
    assert seats_of(gate(), seen, DAN) == ()


def test_nobody_decides_their_own_move() -> None:
    text = why_may_not_decide(gate(), dossier(), LEA, LEA)
    assert text.startswith("You asked for this move yourself")
    assert "nobody yet, assign one" in text


def test_others_are_told_who_decides() -> None:
    assert why_may_not_decide(gate(*BOTH), high(), DAN, PAM) == (
        "This move is decided by: Leader: Lea; Stakeholder or user: Stu."
    )
    assert why_may_not_decide(gate(), dossier(), None, None).startswith("This move is decided by")


WAIVABLE = check_of(policy(signed(waivable_by=["leader", "program_manager"])))


def test_who_may_waive() -> None:
    assert why_may_not_waive(WAIVABLE, dossier(), LEA, PAM) == ""
    assert "a leader or program manager (Lea, Pam)" in why_may_not_waive(WAIVABLE, dossier(), DAN, STU)


def test_nobody_grants_their_own_waiver() -> None:
    text = why_may_not_waive(WAIVABLE, dossier(), PAM, PAM)
    assert (
        text
        == "You asked for this waiver yourself, so somebody else grants it: a leader or program manager (Lea)."
    )


def test_what_may_not_be_waived_is_waived_by_nobody() -> None:
    strict = check_of(policy(signed(waivable_by=[])))
    assert "lets nobody waive" in why_may_not_waive(strict, dossier(), LEA, PAM)


def test_without_a_word_the_deciders_waive() -> None:
    assert check_of(policy(signed())).waivable_by == ("leader",)


def test_who_may_sign() -> None:
    check = check_of(policy(signed()))
    assert why_may_not_sign(check, dossier(), STU) == ""
    assert why_may_not_sign(check, dossier(), LEA) == "This is signed off by a stakeholder or user (Stu)."
    nobody = dossier(assignments=TEAM[:3])
    assert "nobody yet, assign one" in why_may_not_sign(check, nobody, STU)


def test_a_role_that_ended_no_longer_lets_one_sign() -> None:
    ended = dossier(assignments=(held("stakeholder", STU, ends_at=NOW),))
    assert why_may_not_sign(check_of(policy(signed())), ended, STU) != ""


def test_what_a_signer_saw_is_the_question_and_what_it_rests_on() -> None:
    check = check_of(policy(signed()))
    seen = {"model": "abc"}
    assert sign_off_fingerprint(check, seen) == sign_off_fingerprint(check, dict(seen))
    assert sign_off_fingerprint(check, seen) != sign_off_fingerprint(check, {"model": "abd"})
    assert sign_off_fingerprint(check, seen) != sign_off_fingerprint(replace(check, asks="Else?"), seen)
