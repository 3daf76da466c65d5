"""What two policies ask differently, told field by field with its direction."""

from typing import Any

import pytest

from tests.core.make_core import GATE, policy_content, signed
from tests.core.shipped import shipped
from throughline.core.policy_diff import Change, CheckChange, GateChange, PolicyDiff, SeatChange, compare
from throughline.core.policy_fields import Direction
from throughline.core.policy_reader import parse
from throughline.core.stages import Stage

TIGHTER, LOOSER, OTHER = Direction.TIGHTER, Direction.LOOSER, Direction.OTHER
AUC = {"id": "quality.precise", "measured": {"key": "metric.auc", "at_least": 0.7, "max_age_days": 30}}


def differ(before: dict[str, Any], after: dict[str, Any]) -> PolicyDiff:
    return compare(parse(before), parse(after))


def gate_change(before: dict[str, Any], after: dict[str, Any]) -> GateChange:
    (gate,) = differ(before, after).gates
    assert gate.gate == GATE
    return gate


def one_check(before: Any, after: Any) -> CheckChange:
    gate = gate_change(policy_content(before), policy_content(after))
    (change,) = gate.checks
    return change


def field(before: Any, after: Any) -> tuple[str, str, str, Direction]:
    """Name, before, after and direction of the one field that differs."""
    change = one_check(before, after)
    (found,) = change.fields
    assert change.change is Change.CHANGED
    return found.name, found.before, found.after, found.direction


def seat_change(before: list[Any], after: list[Any]) -> SeatChange:
    (change,) = gate_change(policy_content(deciders=before), policy_content(deciders=after)).deciders
    return change


def measured(**changes: Any) -> dict[str, Any]:
    merged = {**AUC["measured"], **changes}  # type: ignore[dict-item]
    return {"id": AUC["id"], "measured": {name: value for name, value in merged.items() if value is not None}}


def test_the_same_policy_has_no_difference_whatever_its_version_and_order() -> None:
    before = policy_content(signed(), AUC)
    after = {**policy_content(AUC, signed()), "version": "2"}
    diff = differ(before, after)
    assert diff.is_empty
    assert (diff.before, diff.after) == ("test 1", "test 2")
    assert set(diff.count().values()) == {0}


@pytest.mark.parametrize(("level", "direction"), [("block", TIGHTER), ("warn", TIGHTER), ("record", OTHER)])
def test_checks_come_and_go(level: str, direction: Direction) -> None:
    check = signed(level=level)
    added = gate_change(policy_content(), policy_content(check)).checks[0]
    assert (added.check, added.asks, added.fields) == ("need.agreed", "Is the need agreed?", ())
    assert (added.change, added.direction) == (Change.ADDED, direction)
    removed = gate_change(policy_content(check), policy_content()).checks[0]
    assert removed.change is Change.REMOVED
    assert removed.direction is (LOOSER if direction is TIGHTER else OTHER)


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [("warn", "block", TIGHTER), ("record", "warn", TIGHTER), ("block", "record", LOOSER)],
)
def test_levels_tighten_and_loosen(before: str, after: str, direction: Direction) -> None:
    assert field(signed(level=before), signed(level=after)) == ("level", before, after, direction)


@pytest.mark.parametrize(
    ("changes", "name", "before", "after", "direction"),
    [
        ({"at_least": 0.8}, "at_least", "0.7", "0.8", TIGHTER),
        ({"at_least": 0.6}, "at_least", "0.7", "0.6", LOOSER),
        ({"at_least": None}, "at_least", "0.7", "", LOOSER),
        ({"at_most": 0.9}, "at_most", "", "0.9", TIGHTER),
        ({"max_age_days": 10}, "max_age_days", "30", "10", TIGHTER),
        ({"max_age_days": 90}, "max_age_days", "30", "90", LOOSER),
        ({"max_age_days": None}, "max_age_days", "30", "", LOOSER),
        ({"key": "metric.f1"}, "key", "metric.auc", "metric.f1", OTHER),
    ],
)
def test_bounds_and_freshness(
    changes: dict[str, Any], name: str, before: str, after: str, direction: Direction
) -> None:
    assert field(AUC, measured(**changes)) == (name, before, after, direction)


@pytest.mark.parametrize(
    ("sign_off", "expected"),
    [
        ({"valid_days": 90}, ("valid_days", "365", "90", TIGHTER)),
        ({"valid_days": 400}, ("valid_days", "365", "400", LOOSER)),
        ({"covers": ["model", "people"]}, ("covers", "model", "model, people", TIGHTER)),
        (
            {"by": ["stakeholder", "leader"]},
            ("by", "Stakeholder or user", "Stakeholder or user, Leader", LOOSER),
        ),
        ({"by": ["leader"]}, ("by", "Stakeholder or user", "Leader", OTHER)),
    ],
)
def test_sign_offs(sign_off: dict[str, Any], expected: tuple[str, str, str, Direction]) -> None:
    whole = {"by": ["stakeholder"], "covers": ["model"], **sign_off}
    assert field(signed(), signed(sign_off=whole)) == expected


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ({"risk_tier": ["high"]}, {"risk_tier": ["medium", "high"]}, TIGHTER),
        ({"risk_tier": ["high"]}, {}, TIGHTER),
        ({}, {"release": ["update"]}, LOOSER),
        ({"risk_tier": ["high"]}, {"risk_tier": ["low"]}, OTHER),
        ({"risk_tier": ["high"]}, {"scoring": ["batch"]}, OTHER),
        ({"met": ["a.b"]}, {}, TIGHTER),
        ({}, {"not_met": ["a.b"]}, LOOSER),
        ({"met": ["a.b"]}, {"not_met": ["a.b"]}, OTHER),
        ({}, {"risk_tier": ["low", "medium", "high"]}, OTHER),
    ],
)
def test_conditions(before: dict[str, Any], after: dict[str, Any], direction: Direction) -> None:
    other = signed("a.b")
    gate = gate_change(policy_content(signed(when=before), other), policy_content(signed(when=after), other))
    (found,) = gate.checks[0].fields
    assert (found.name, found.direction) == ("when", direction)


def test_conditions_are_told_in_words() -> None:
    _, before, after, _ = field(signed(), signed(when={"risk_tier": ["medium", "high"]}))
    assert (before, after) == ("every model", "models with risk tier medium or high")


def test_waivers() -> None:
    strict = signed(waivable_by=[])
    assert field(signed(), strict) == ("waivable_by", "Leader", "nobody", TIGHTER)
    assert field(strict, signed(waivable_by=["analyst"])) == ("waivable_by", "nobody", "Analyst", LOOSER)


@pytest.mark.parametrize("name", ["asks", "why", "remedy"])
def test_other_words_are_shown_and_have_no_direction(name: str) -> None:
    change = one_check(signed(**{name: "One?"}), signed(**{name: "Two?"}))
    assert change.direction is OTHER
    assert [(found.name, found.after) for found in change.fields] == [(name, "Two?")]


def test_rewording_does_not_hide_that_a_check_became_tighter() -> None:
    change = one_check(signed(why="One.", level="warn"), signed(why="Two."))
    assert change.direction is TIGHTER
    assert len(change.fields) == 2


def test_tighter_in_one_field_and_looser_in_another_is_neither() -> None:
    change = one_check(AUC, measured(at_least=0.8, max_age_days=60))
    assert change.direction is OTHER
    assert {found.direction for found in change.fields} == {TIGHTER, LOOSER}


def test_what_a_person_answered_and_is_now_computed() -> None:
    change = one_check(signed("quality.precise"), AUC)
    assert ("check", "signed.by_person", "quality.within_bounds") in [
        (found.name, found.before, found.after) for found in change.fields
    ]


def test_deciders_come_go_and_decide_in_other_cases() -> None:
    added = seat_change(["leader"], ["leader", "analyst"])
    assert (added.role, added.title, added.change, added.direction) == (
        "analyst",
        "Analyst",
        Change.ADDED,
        TIGHTER,
    )
    assert (added.before, added.after) == ("", "every model")
    assert seat_change(["leader", "analyst"], ["leader"]).direction is LOOSER
    high = {"role": "analyst", "when": {"risk_tier": ["high"]}}
    changed = seat_change(["leader", high], ["leader", "analyst"])
    assert (changed.change, changed.direction, changed.before) == (
        Change.CHANGED,
        TIGHTER,
        "models with risk tier high",
    )


def test_that_new_deciders_may_waive_too_is_told_once_with_the_deciders() -> None:
    after = policy_content(signed(), deciders=["leader", "analyst"])
    assert gate_change(policy_content(signed()), after).checks == ()
    named = policy_content(signed(waivable_by=["leader"]), deciders=["leader", "analyst"])
    assert gate_change(named, after).checks[0].fields[0].name == "waivable_by"


def test_needed_duties() -> None:
    before = {**policy_content(), "needed": {"conception": ["leader", "analyst"]}}
    after = {**policy_content(), "needed": {"conception": ["leader", "stakeholder"], "prototype": ["leader"]}}
    first, second = differ(before, after).needed
    assert (first.stage, first.added, first.removed) == (
        Stage.CONCEPTION,
        ("Stakeholder or user",),
        ("Analyst",),
    )
    assert (second.stage, second.added, second.removed) == (Stage.PROTOTYPE, ("Leader",), ())


def test_title_about_and_the_question_of_a_gate() -> None:
    before, after = policy_content(), {**policy_content(), "title": "Strict"}
    after["gates"] = {**after["gates"], GATE: {**after["gates"][GATE], "asks": "Go further?"}}
    diff = differ(before, after)
    assert [(found.title, found.before, found.after) for found in diff.fields] == [("Title", "", "Strict")]
    assert [found.after for found in diff.gates[0].fields] == ["Go further?"]


def test_from_default_to_regulated_almost_everything_is_tighter_and_back_again_looser() -> None:
    there, back = (
        compare(shipped("default"), shipped("regulated")),
        compare(shipped("regulated"), shipped("default")),
    )
    assert there.count()[TIGHTER] == back.count()[LOOSER] > 60
    assert there.count()[LOOSER] == back.count()[TIGHTER] == 0
