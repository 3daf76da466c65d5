"""Checks of the specification: complete, approved, measurable, and a simpler way considered."""

from datetime import timedelta
from typing import Any

import pytest

from tests.core.checks.asking import ask
from tests.core.make_core import NOW, dossier
from throughline.core.checks import Answer, Found
from throughline.core.dossier import Dossier
from throughline.core.plain import from_plain, to_plain
from throughline.core.spec_content import clean_content
from throughline.core.specs import SpecFacts, SpecState, SpecVersion, version_facts

WITHOUT_CRITERIA: dict[str, Any] = {
    "problem": {"problem": "Calls come late"},
    "decision": {"decision": "Whom to call"},
    "alternative": {"considered": "A list by contract end", "conclusion": "It misses half"},
    "data": {"sources": [{"source": "CRM", "owner": "Li", "refresh": "daily"}]},
}
CRITERION = {
    "title": "Precision",
    "metric": "metric.precision",
    "baseline": 0.4,
    "baseline_source": "Calls of 2025",
    "target": 0.6,
}
FIRST = {**WITHOUT_CRITERIA, "criteria": [CRITERION]}
GATE = "conception_to_prototype"
CHECKS = ("spec.complete", "spec.approved", "spec.criteria_measurable", "need.alternative_considered")


def version(content: dict[str, Any], number: int = 1, state: SpecState = SpecState.APPROVED) -> SpecVersion:
    at = NOW - timedelta(days=2)
    approved_at = at if state is SpecState.APPROVED else None
    return version_facts(number, state, clean_content(content), f"seal {number}", at, approved_at)


def having(approved: SpecVersion | None = None, in_work: SpecVersion | None = None) -> Dossier:
    return dossier(spec=SpecFacts(approved, in_work))


def asked(check: str, about: Dossier) -> Found:
    return ask(check, about, gate=GATE) if check == "spec.complete" else ask(check, about)


@pytest.mark.parametrize("check", CHECKS)
def test_a_full_and_approved_version_meets_each(check: str) -> None:
    assert asked(check, having(version(FIRST))).answer is Answer.MET


@pytest.mark.parametrize("check", CHECKS)
def test_without_a_version_and_with_a_mere_draft_each_is_unmet_and_says_what_to_do(check: str) -> None:
    for spec in (None, SpecFacts()):
        found = asked(check, dossier(spec=spec))
        assert (found.answer, found.text) == (Answer.UNMET, "There is no specification.")
    found = asked(check, having(in_work=SpecVersion(1, SpecState.DRAFT)))
    assert found.answer is Answer.UNMET
    assert found.remedy == "Submit version 1."


def test_complete_names_what_is_missing_and_why() -> None:
    found = asked("spec.complete", having(version({**FIRST, "decision": {}})))
    assert found.answer is Answer.UNMET
    assert "the decision (an output that changes no decision has no value" in found.text
    assert found.remedy.startswith("Add to the next version: Decision that the output changes")


def test_complete_asks_more_at_a_later_gate_and_counts_what_it_does_not_name() -> None:
    found = ask("spec.complete", having(version(FIRST)), gate="deployment_to_production")
    assert found.answer is Answer.UNMET
    assert "and 10 more" in found.text


def test_complete_does_not_guess_at_a_gate_that_it_does_not_know() -> None:
    assert ask("spec.complete", having(version(FIRST)), gate="to_the_moon").answer is Answer.UNKNOWN


def test_what_is_missing_goes_into_the_draft_that_is_there() -> None:
    found = asked("spec.complete", having(version({"ux": {"ux": "x"}}), SpecVersion(2, SpecState.DRAFT)))
    assert found.remedy.startswith("Add to version 2:")


def test_approved_is_unmet_while_a_newer_version_waits_and_not_while_one_is_written() -> None:
    waiting = version(FIRST, 2, SpecState.SUBMITTED)
    found = ask("spec.approved", having(version(FIRST), waiting))
    assert (found.answer, found.turn) == (Answer.UNMET, ("leader", "stakeholder"))
    assert found.text == "Version 2 waits for approval since 2026-02-28."
    assert ask("spec.approved", having(None, waiting)).answer is Answer.UNMET
    assert ask("spec.approved", having(version(FIRST), SpecVersion(2, SpecState.DRAFT))).answer is Answer.MET


@pytest.mark.parametrize(
    ("criteria", "says"),
    [
        ([], "names no success criterion"),
        ([{**CRITERION, "target": None}], "Precision lacks a target"),
        ([CRITERION, {"title": "Lift", "metric": "metric.lift"}], "Lift lacks a target and a baseline"),
    ],
)
def test_each_criterion_needs_a_baseline_a_target_and_its_source(criteria: list[Any], says: str) -> None:
    found = ask("spec.criteria_measurable", having(version({**WITHOUT_CRITERIA, "criteria": criteria})))
    assert found.answer is Answer.UNMET
    assert says in found.text


def test_criteria_that_can_not_be_read_are_unknown() -> None:
    broken = SpecVersion(1, SpecState.APPROVED, criteria=({"title": "x", "colour": "red"},))
    assert ask("spec.criteria_measurable", having(broken)).answer is Answer.UNKNOWN


def test_measurable_tells_the_way_from_baseline_to_target() -> None:
    found = ask("spec.criteria_measurable", having(version(FIRST)))
    assert found.text == "Precision: from 0.4 to at least 0.6 (method auto)."


def test_half_an_alternative_is_not_one() -> None:
    half = {**FIRST, "alternative": {"considered": "A list"}}
    found = ask("need.alternative_considered", having(version(half)))
    assert (found.answer, found.text) == (Answer.UNMET, "Version 1 does not say why it is not enough.")


def test_a_frozen_dossier_gives_its_specification_back() -> None:
    about = having(version(FIRST), version(FIRST, 2, SpecState.SUBMITTED))
    again = from_plain(Dossier, to_plain(about))
    assert again.spec == about.spec
    assert again.fingerprint() == about.fingerprint()
