"""What a specification must say at which gate, what may be written into it, and who may approve it."""

from itertools import pairwise
from typing import Any

import pytest

from throughline.core.errors import Missing, Refused
from throughline.core.spec_content import (
    LONGEST_PROSE,
    MOST_ROWS,
    clean_content,
    clean_section,
    content_fingerprint,
)
from throughline.core.spec_sections import CRITERIA, SECTIONS, WAY, reaches
from throughline.core.specs import (
    Approver,
    SpecFacts,
    SpecState,
    SpecVersion,
    filled_in,
    lacks,
    needs_at,
    version_facts,
    why_may_not_approve,
)
from throughline.core.stages import GATES

CRITERION = {
    "title": "AUC on hold-out",
    "metric": "metric.auc",
    "baseline": 0.6,
    "baseline_source": "rule",
    "target": 0.7,
}
FULL: dict[str, Any] = {
    section.key: {
        field.key: (
            [{c.key: next(iter(c.choices)) if c.choices else "x" for c in field.columns}]
            if field.kind.has_rows
            else next(iter(field.choices))
            if field.choices
            else "Something"
        )
        for field in section.fields
    }
    for section in SECTIONS
} | {CRITERIA: [CRITERION]}


def names(refused: pytest.ExceptionInfo[Refused]) -> list[str | None]:
    return [reason.field for reason in refused.value.reasons]


@pytest.mark.parametrize("gate", GATES)
def test_a_full_specification_lacks_nothing_at_any_gate_and_an_empty_one_what_is_needed(gate: str) -> None:
    assert lacks(filled_in(clean_content(FULL)), gate) == ()
    assert len(lacks((), gate)) == needs_at(gate)
    assert bool(needs_at(gate)) == (gate in WAY)


def test_what_one_gate_asks_the_next_one_asks_too() -> None:
    for earlier, later in pairwise(WAY):
        assert set(lacks((), earlier)) <= set(lacks((), later))
    assert reaches(WAY[1], WAY[3])
    assert not reaches(WAY[3], WAY[1])


@pytest.mark.parametrize("lack", lacks((), WAY[-1]), ids=lambda lack: lack.anchor)
def test_each_thing_alone_is_missed_and_says_why_it_is_needed(lack: Any) -> None:
    section, _, field = lack.anchor.partition(".")
    content = clean_content(FULL)
    rest = {key: value for key, value in FULL[section].items() if key != field} if field else {}
    content = {**content, section: rest}
    assert [one.anchor for one in lacks(filled_in(content), WAY[-1])] == [lack.anchor]
    assert lack.why.endswith(".")


def test_a_source_without_owner_is_enough_at_first_and_not_later() -> None:
    content = {
        **FULL,
        "data": {"sources": [{"source": "CRM", "refresh": "daily"}, {"source": "Web", "owner": "Li"}]},
    }
    filled = filled_in(clean_content(content))
    assert lacks(filled, WAY[0]) == ()
    assert [one.anchor for one in lacks(filled, WAY[1])] == ["data.sources.owner", "data.sources.refresh"]


@pytest.mark.parametrize(
    ("section", "content", "fields"),
    [
        ("problem", {"problem": "x\0"}, ["problem.problem"]),
        ("problem", {"problem": "x" * (LONGEST_PROSE + 1)}, ["problem.problem"]),
        ("problem", {"problem": 3, "king": "x"}, ["problem.king", "problem.problem"]),
        ("problem", ["x"], ["problem"]),
        ("outputs", {"mode": "sometimes"}, ["outputs.mode"]),
        ("outputs", {"schema": "x"}, ["outputs.schema"]),
        ("outputs", {"schema": [{}] * (MOST_ROWS + 1)}, ["outputs.schema"]),
        ("outputs", {"schema": ["x"]}, ["outputs.schema.0"]),
        ("outputs", {"schema": [{"column": "a"}, {"type": "text"}]}, ["outputs.schema.1.column"]),
        ("outputs", {"schema": [{"column": "a"}, {}, {"column": "a"}]}, ["outputs.schema.2.column"]),
        ("outputs", {"schema": [{"column": "a", "type": "wave"}]}, ["outputs.schema.0.type"]),
        ("outputs", {"schema": [{"column": "a", "size": "1"}]}, ["outputs.schema.0.size"]),
        ("outputs", {"schema": [{"column": "a", "unit": 3}]}, ["outputs.schema.0.unit"]),
        ("criteria", {"title": "x"}, ["criteria"]),
        ("criteria", [{**CRITERION, "target": 0.5}], ["criteria.0.target"]),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(section: str, content: Any, fields: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        clean_section(section, content)
    assert refused.value.kind == "invalid"
    assert names(refused) == fields


def test_an_unknown_section_is_refused_by_name() -> None:
    with pytest.raises(Missing):
        clean_section("king", {})
    with pytest.raises(Refused) as refused:
        clean_content({"king": {}, "problem": {"problem": "\0"}})
    assert names(refused) == ["king", "problem.problem"]


def test_scripts_are_kept_as_the_words_they_are() -> None:
    said = "<script>alert(1)</script> & <b>bold</b>"
    assert clean_section("problem", {"problem": said}) == {"problem": said}


def test_blank_fields_rows_and_sections_are_left_out_and_do_not_change_the_fingerprint() -> None:
    blank = {
        "problem": {"problem": " Late ", "context": " "},
        "ux": {"ux": ""},
        "data": {"sources": [{"source": " "}]},
    }
    plain = {"problem": {"problem": "Late"}}
    assert clean_content(blank) == plain
    assert content_fingerprint(clean_content(blank)) == content_fingerprint(plain)
    assert content_fingerprint({**plain, "ux": {}}) == content_fingerprint(plain)
    assert content_fingerprint({"problem": {"problem": "Later"}}) != content_fingerprint(plain)


def test_facts_of_a_version_name_the_frequency_limits_and_each_section() -> None:
    content = clean_content({**FULL, "frequency": {"every": "on_demand"}})
    facts = version_facts(2, SpecState.SUBMITTED, content, "abc")
    assert facts.run_frequency == "on demand"
    assert facts.limitations == "Something"
    assert set(facts.sections) == set(FULL)
    assert facts.criteria[0]["key"] == "auc_on_hold_out"


def test_approving_what_was_signed_changes_nothing_that_a_signature_rests_on() -> None:
    waiting = SpecVersion(1, SpecState.SUBMITTED, "a")
    approved = SpecVersion(1, SpecState.APPROVED, "a")
    assert SpecFacts(None, waiting).parts()["spec"] == SpecFacts(approved, None).parts()["spec"] == "a"
    newer = SpecVersion(2, SpecState.SUBMITTED, "b")
    assert SpecFacts(approved, newer).parts() == {"spec": "a", "spec.waiting": "b"}
    assert SpecFacts(None, SpecVersion(1, SpecState.DRAFT)).parts() == {}


ANA, LI = Approver(1, "Ana", "Leader"), Approver(2, "Li", "Sponsor")


@pytest.mark.parametrize(
    ("person", "hands", "says"),
    [
        (2, {1}, ""),
        (
            1,
            {1},
            "You wrote or submitted this version, so you can't approve it. Another approver answers: Li.",
        ),
        (1, {1, 2}, "Name another approver first."),
        (3, {1}, "This is approved by: Ana, Li."),
        (None, set(), "This is approved by: Ana, Li."),
    ],
)
def test_nobody_approves_their_own_work(person: int | None, hands: set[int], says: str) -> None:
    why = why_may_not_approve((ANA, LI), person, hands)
    assert says in why
    assert bool(says) == bool(why)


def test_where_no_approver_is_named_it_is_said() -> None:
    assert "No approver is named" in why_may_not_approve((), 1, ())
