"""Checks of who is there."""

from tests.core.checks.asking import ask
from tests.core.make_core import DAN, LEA, NOW, PAM, TEAM, days, dossier, held
from throughline.core.checks import Answer
from throughline.core.people import Responsibility


def test_duties_held_names_every_holder_or_every_gap() -> None:
    found = ask("people.duties_held", dossier(), duties=["leader", "stakeholder"])
    assert (found.answer, found.text) == (Answer.MET, "Leader: Lea; Stakeholder or user: Stu.")
    found = ask("people.duties_held", dossier(), duties=["analyst", "leader", "ml_operations"])
    assert found.answer is Answer.UNMET
    assert found.text == "Nobody holds: Analyst, ML operations and livesite."


def test_a_duty_whose_holder_left_is_open() -> None:
    left = dossier(assignments=(held("leader", ends_at=NOW - days(1)),))
    assert ask("people.duties_held", left, duties=["leader"]).answer is Answer.UNMET


def test_responsibilities_owned_needs_all_four() -> None:
    four = tuple(held(duty.value, PAM) for duty in Responsibility)
    assert ask("people.responsibilities_owned", dossier(assignments=four)).answer is Answer.MET
    found = ask("people.responsibilities_owned", dossier(assignments=four[1:]))
    assert found.answer is Answer.UNMET
    assert "Stakeholder engagement" in found.text


def test_backup_named_counts_people_not_names() -> None:
    alone = dossier(assignments=(held("leader"), held("leader", from_program=True)))
    assert ask("people.backup_named", alone, duties=["leader"]).answer is Answer.UNMET
    namesake = dossier(assignments=(held("leader"), held("leader", DAN, name="Lea")))
    assert ask("people.backup_named", namesake, duties=["leader"]).answer is Answer.MET


def test_not_one_person_needs_two_people_whatever_their_roles() -> None:
    alone = dossier(assignments=(held("leader", LEA), held("analyst", LEA)))
    found = ask("people.not_one_person", alone)
    assert (found.answer, found.text) == (Answer.UNMET, "1 person is assigned.")
    assert ask("people.not_one_person", dossier(assignments=())).text == "Nobody is assigned."
    assert ask("people.not_one_person", dossier(assignments=TEAM)).answer is Answer.MET
