"""Checks of who wants a model, who approves it and who uses it."""

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, dossier
from throughline.core.checks import Answer
from throughline.core.dossier import Dossier
from throughline.core.stakeholders import Part, Stakeholder


def named(*parts: Part) -> Dossier:
    return dossier(
        stakeholders=tuple(
            Stakeholder(number, f"S{number}", False, "", "", part, 3, 3, None, None, NOW)
            for number, part in enumerate(parts)
        )
    )


def test_sponsor_approver_and_user_must_be_named() -> None:
    found = ask("stakeholders.parts_named", named(Part.SPONSOR, Part.APPROVER, Part.USER, Part.USER))
    assert (found.answer, found.text) == (Answer.MET, "Sponsor: S0; Approver: S1; User: S2, S3.")
    found = ask("stakeholders.parts_named", named(Part.APPROVER))
    assert found.answer is Answer.UNMET
    assert found.text == "Nobody is named as: sponsor, user."


def test_nobody_at_all_is_unmet() -> None:
    assert ask("stakeholders.parts_named", named()).answer is Answer.UNMET


def test_a_policy_may_ask_for_other_parts() -> None:
    assert ask("stakeholders.parts_named", named(Part.SPONSOR), parts=["sponsor"]).answer is Answer.MET
    found = ask("stakeholders.parts_named", named(Part.SPONSOR), parts=["informed"])
    assert (found.answer, found.text) == (Answer.UNMET, "Nobody is named as: kept informed.")


def test_a_sign_off_on_them_is_touched_when_they_change() -> None:
    before, after = named(Part.SPONSOR), named(Part.SPONSOR, Part.USER)
    assert before.covered(["stakeholders"]) != after.covered(["stakeholders"])
    assert named().covered(["stakeholders"]) == {}
