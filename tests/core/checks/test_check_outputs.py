"""Checks of what was shown to stakeholders, and of the feedback that they gave."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests.core.checks.asking import ask as ask_check
from tests.core.make_core import NOW, days, dossier, release
from tests.core.make_outputs import ask, shared
from throughline.core.checks import Answer, Found
from throughline.core.dossier import Dossier, ReleaseKind
from throughline.core.feedback import OpenFeedback, Triage
from throughline.core.outputs import Purpose, Reply, SharedOutput

APPROVED = (ask(1, Reply.APPROVED), ask(2, Reply.APPROVED))
RETURNED = (ask(1, Reply.APPROVED), ask(2, Reply.RETURNED))


def at_hand(*outputs: SharedOutput, **more: Any) -> Dossier:
    return dossier(outputs=outputs, **{"release": None, **more})


def draft(*outputs: SharedOutput, **more: Any) -> Found:
    return ask_check("outputs.draft_approved", at_hand(*outputs, **more))


def test_a_draft_is_approved_when_every_approver_who_was_asked_approved() -> None:
    assert draft().text == "No draft has been shown."
    assert draft(shared()).text == "“Week 9” waits for the answer of Lea, Stu."
    found = draft(shared(asks=APPROVED))
    assert (found.answer, found.text) == (
        Answer.MET,
        "“Week 9” was approved by Lea on 2026-03-01; Stu on 2026-03-01.",
    )
    assert "no approver was asked" in draft(shared(asks=(ask(3, Reply.APPROVED, part="user"),))).text


def test_a_return_says_by_whom_in_their_words_and_what_is_owed() -> None:
    found = draft(shared(asks=RETURNED))
    assert found.answer is Answer.UNMET
    assert found.text == "“Week 9” was returned. Stu on 2026-03-01: “The top ten are missing.”"
    assert found.remedy.startswith("Update the timeline, and tell everybody who was asked.")
    dated = shared(asks=RETURNED, timeline_on=date(2026, 4, 1), timeline_at=NOW)
    assert draft(dated).remedy.startswith("Tell Lea, Stu the updated timeline.")
    assert draft(replace(dated, told=(1, 2))).remedy == "Share the next draft with them."


def test_only_the_newest_draft_counts_and_a_withdrawn_one_does_not() -> None:
    newer = shared(id=81, shared_at=NOW - days(1))
    assert draft(shared(asks=APPROVED), newer).answer is Answer.UNMET
    assert draft(shared(asks=APPROVED), replace(newer, withdrawn_at=NOW)).answer is Answer.MET
    assert draft(shared(asks=APPROVED, withdrawn_at=NOW)).answer is Answer.UNMET


def test_a_draft_of_another_version_or_another_release_does_not_count() -> None:
    of_release = shared(release_id=70, subject="churn version 2", asks=APPROVED)
    assert draft(of_release, release=release()).answer is Answer.MET
    found = draft(of_release, release=release(subject="churn version 3"))
    assert found.text == "“Week 9” shows churn version 2, and release 2026.1 is now churn version 3."
    assert draft(of_release, release=release(ReleaseKind.UPDATE, id=71)).answer is Answer.UNMET


def test_acceptance_is_of_the_release_at_hand_and_its_version() -> None:
    for_release = shared(purpose=Purpose.ACCEPTANCE, release_id=70, subject="churn version 2", asks=APPROVED)

    def accepted(*outputs: SharedOutput, **more: Any) -> Found:
        return ask_check("outputs.accepted", at_hand(*outputs, **{"release": release(), **more}))

    assert accepted(for_release).answer is Answer.MET
    assert accepted(shared(asks=APPROVED)).text == "No output for acceptance has been shown."
    assert accepted(for_release, release=release(subject="churn version 3")).answer is Answer.UNMET
    assert accepted(for_release, release=release(id=71)).answer is Answer.UNMET
    assert accepted(for_release, release=None).text == "No release is planned that could be accepted."
    assert accepted(replace(for_release, fingerprint="e" * 64)).answer is Answer.UNMET


def test_the_gate_stays_closed_until_the_updated_timeline_was_told_even_if_the_next_draft_is_approved() -> (
    None
):
    def told(*outputs: SharedOutput) -> Found:
        return ask_check("outputs.timeline_told", at_hand(*outputs))

    assert told().answer is Answer.MET
    returned = shared(asks=RETURNED)
    following = shared(id=81, shared_at=NOW - days(1), asks=APPROVED)
    assert told(returned).text == "“Week 9” was returned, and has no updated timeline."
    assert told(returned, following).answer is Answer.UNMET
    dated = replace(returned, timeline_on=date(2026, 4, 1), timeline_at=NOW, told=(1,))
    assert told(dated, following).text == "“Week 9” is now expected on 2026-04-01; not told: Stu."
    found = told(replace(dated, told=(1, 2)), following)
    assert (found.answer, found.text) == (Answer.MET, "“Week 9”: 2026-04-01, told to all.")


def test_feedback_is_answered_in_time() -> None:
    def answered(*feedback: OpenFeedback, **more: Any) -> Found:
        return ask_check("feedback.answered", dossier(feedback=feedback), **more)

    late = OpenFeedback(1, "Lea", NOW - days(8))
    assert answered().answer is Answer.MET
    assert answered(replace(late, given_at=NOW - days(7))).answer is Answer.MET
    found = answered(late)
    assert (found.answer, found.text) == (
        Answer.UNMET,
        "1 without an answer, the oldest for 8 days, from Lea.",
    )
    assert answered(replace(late, triage=Triage.DATA_FIX)).answer is Answer.MET
    assert answered(late, days=30).answer is Answer.MET


def test_what_was_shown_is_content_that_a_signature_can_rest_on() -> None:
    before, after = at_hand(shared()), at_hand(shared(asks=APPROVED))
    assert "outputs" not in at_hand().parts()
    assert before.covered(["outputs"]) != after.covered(["outputs"])
    assert before.covered(["outputs"]) == at_hand(shared(title="Only the words on the page")).covered(
        ["outputs"]
    )
