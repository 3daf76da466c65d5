"""A policy is read whole, or refused with every problem and its place."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.make_core import GATE, check_of, policy, policy_content, signed
from throughline.core.checks import CATALOGUE
from throughline.core.policy import Level
from throughline.core.policy_reader import PolicyInvalid, parse
from throughline.core.stages import GATES, Stage

AT = ("gates", GATE, "checks", 0)
AUC = {"key": "metric.auc", "at_least": 0.7}


def problems(content: object) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(PolicyInvalid) as caught:
        parse(content)
    return [(problem.path, problem.text) for problem in caught.value.problems]


def only(content: object) -> tuple[tuple[str | int, ...], str]:
    (found,) = problems(content)
    return found


def wrong(*checks: Any, **more: Any) -> tuple[tuple[str | int, ...], str]:
    return only(policy_content(*checks, **more))


def test_a_whole_policy_is_read() -> None:
    check = {
        **signed(),
        "level": "warn",
        "why": " Because. ",
        "when": {"risk_tier": "high", "release": ["first", "update"]},
        "waivable_by": ["leader"],
    }
    made = parse({**policy_content(check), "title": "A test", "needed": {"conception": ["leader"]}})
    found = check_of(made)
    assert (made.label, made.title) == ("test 1", "A test")
    assert made.duties_needed(Stage.CONCEPTION) == ("leader",)
    assert made.duties_needed(Stage.PROTOTYPE) == ()
    assert (found.level, found.why, found.waivable_by) == (Level.WARN, "Because.", ("leader",))
    assert (found.when.risk_tier, found.when.release) == (("high",), ("first", "update"))
    assert found.is_sign_off
    assert (found.signed_by, found.covers, found.valid_days, found.turn) == (
        ("stakeholder",),
        ("model",),
        365,
        ("stakeholder",),
    )
    assert made.check("need.agreed") is found
    assert made.check("need.other") is None


def test_short_forms_take_their_words_from_the_catalogue() -> None:
    made = policy("model.need_described", {"id": "quality.precise", "measured": AUC})
    described, precise = made.gates[GATE].checks
    assert described.asks == CATALOGUE["model.need_described"].asks
    assert described.level is Level.BLOCK
    assert described.when.is_always
    assert (precise.function, precise.parameters) == ("quality.within_bounds", AUC)


def test_a_catalogue_check_may_stand_under_an_id_of_its_own() -> None:
    found = policy({"id": "a.b", "check": "quality.results_passed", "with": {"prefix": "tests."}}).check(
        "a.b"
    )
    assert found
    assert (found.function, found.parameters) == ("quality.results_passed", {"prefix": "tests."})


def test_a_sign_off_rests_on_model_and_release_unless_told_otherwise() -> None:
    assert check_of(policy(signed(sign_off={"by": "leader"}))).covers == ("model", "release")
    agreed = ["stakeholders", "spec", "direction", "promises", "outputs"]
    assert check_of(policy(signed(sign_off={"by": "leader", "covers": agreed}))).covers == tuple(agreed)


def test_a_decider_may_be_a_word_or_a_role_with_a_condition() -> None:
    seats = (
        policy(deciders=["leader", {"role": "analyst", "when": {"risk_tier": ["high"]}}]).gates[GATE].seats
    )
    assert [seat.role for seat in seats] == ["leader", "analyst"]
    assert seats[1].when.risk_tier == ("high",)


def test_two_policies_of_the_same_content_have_the_same_fingerprint() -> None:
    assert policy(signed()).fingerprint == policy(signed()).fingerprint
    assert policy(signed()).fingerprint != policy().fingerprint


def test_an_unknown_check_is_named_with_a_suggestion() -> None:
    assert wrong("model.need_descrbed") == (
        (*AT, "id"),
        "There is no check “model.need_descrbed”. Did you mean “model.need_described”?",
    )
    assert wrong({"id": "a.b", "check": "people.duties_hold"})[0] == (*AT, "check")


def test_a_circular_condition_is_shown_round_its_circle() -> None:
    found = problems(
        policy_content(
            signed("a.one", when={"met": ["a.two"]}),
            signed("a.two", when={"not_met": ["a.three"]}),
            signed("a.three", when={"met": ["a.one"]}),
            signed("a.four", when={"met": ["a.one"]}),
        )
    )
    assert len(found) == 3
    text = "This condition goes round in a circle: a.one → a.two → a.three → a.one."
    assert found[0] == ((*AT, "when"), text)


def test_a_check_that_waits_for_itself_is_a_circle() -> None:
    assert "a.one → a.one" in wrong(signed("a.one", when={"met": ["a.one"]}))[1]


def test_a_condition_names_checks_of_its_own_gate() -> None:
    path, text = wrong(signed(when={"met": ["need.agred"]}))
    assert path == (*AT, "when")
    assert "Did you mean “need.agreed”?" in text


@pytest.mark.parametrize("deciders", [[], None, ""])
def test_a_gate_without_deciders_is_refused(deciders: object) -> None:
    content = policy_content(send_back={"deciders": deciders, "checks": []})
    path, text = only(content)
    assert path == ("gates", "send_back")
    assert "names no deciders" in text


def test_a_gate_that_in_some_case_nobody_decides_is_refused() -> None:
    path, text = wrong(deciders=[{"role": "leader", "when": {"risk_tier": ["medium", "high"]}}])
    assert path == ("gates", GATE, "deciders")
    assert "Nobody decides where the risk tier is low" in text
    both = [{"role": "leader", "when": {"release": [kind]}} for kind in ("first", "update")]
    assert parse(policy_content(deciders=both))


@pytest.mark.parametrize(
    ("decider", "path", "said"),
    [
        ("boss", ("role",), "“boss” is not one of: data_scientist"),
        ({"role": "leader", "when": {"met": ["a.b"]}}, ("when",), "can't depend on checks"),
        ({"role": "leader", "when": {"not_met": ["a.b"]}}, ("when",), "can't depend on checks"),
        ({"role": 7}, ("role",), "must be text"),
        ({"name": "leader"}, ("name",), "not known here"),
    ],
)
def test_a_wrong_decider_is_refused(decider: object, path: tuple[str, ...], said: str) -> None:
    found = problems(policy_content(deciders=["leader", decider]))
    assert found[0][0] == ("gates", GATE, "deciders", 1, *path)
    assert said in found[0][1]


def test_the_same_decider_twice_is_refused() -> None:
    assert wrong(deciders=["leader", "leader"]) == (
        ("gates", GATE, "deciders", 1),
        "“leader” stands here twice.",
    )


def test_an_id_stands_once_in_a_gate() -> None:
    path, text = wrong("model.scoring_set", "model.scoring_set")
    assert path == ("gates", GATE, "checks", 1)
    assert "stands twice" in text


def test_a_signed_id_means_the_same_at_every_gate() -> None:
    def at_another_gate(check: object) -> dict[str, Any]:
        return policy_content(signed(), send_back={"deciders": ["leader"], "checks": [check]})

    assert parse(at_another_gate(signed(level="warn")))
    for other in (signed(asks="Else?"), {"id": "need.agreed", "measured": AUC}):
        path, text = only(at_another_gate(other))
        assert path == ("gates", "send_back", "checks", 0)
        assert "needs an id of its own" in text


def test_computed_checks_may_differ_between_gates() -> None:
    other = {"id": "people.duties_held", "with": {"duties": ["analyst"]}}
    content = policy_content(
        {"id": "people.duties_held", "with": {"duties": ["leader"]}},
        send_back={"deciders": ["leader"], "checks": [other]},
    )
    assert parse(content)


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_must_be_there(gate: str) -> None:
    content = policy_content()
    del content["gates"][gate]
    assert only(content) == (("gates",), f"The gate “{gate}” is missing.")


def test_an_unknown_gate_stage_or_key_is_named_with_a_suggestion() -> None:
    assert "Did you mean “send_back”" in wrong(sendback={"deciders": ["leader"]})[1]
    content = {**policy_content(), "needed": {"prototpe": ["leader"]}, "gatez": {}}
    said = problems(content)
    assert [path for path, _ in said] == [("gatez",), ("needed", "prototpe")]
    assert "Did you mean “gates”?" in said[0][1]
    assert "Did you mean “prototype”?" in said[1][1]


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"policy": None}, ("policy",), "must be text"),
        ({"policy": " "}, ("policy",), "missing"),
        ({"version": 1.2}, ("version",), "quotation marks"),
        ({"version": "1\n2"}, ("version",), "one line"),
        ({"policy": "x" * 61}, ("policy",), "60 characters"),
        ({"about": ["a"]}, ("about",), "must be text"),
        ({"title": "x" * 2001}, ("title",), "2,000"),
        ({"needed": ["leader"]}, ("needed",), "YAML mapping"),
        ({"needed": {"conception": ["boss"]}}, ("needed", "conception", 0), "“boss” is not one of"),
        ({"needed": {"conception": "boss"}}, ("needed", "conception"), "“boss” is not one of"),
        ({"needed": {"conception": ["leader", "leader"]}}, ("needed", "conception", 1), "twice"),
        ({"needed": {"conception": 5}}, ("needed", "conception"), "must be a list"),
    ],
)
def test_wrong_content_at_the_top_is_refused(
    changes: dict[str, object], path: tuple[str, ...], said: str
) -> None:
    found = only({**policy_content(), **changes})
    assert found[0] == path
    assert said in found[1]


@pytest.mark.parametrize(
    ("check", "path", "said"),
    [
        (5, (), "YAML mapping"),
        ({"asks": "What?"}, (), "“id” is missing"),
        ({**signed(), "id": 5}, ("id",), "must be text"),
        ({**signed(), "id": "Has Blanks/and slashes"}, ("id",), "area.statement"),
        ({**signed(), "id": "a." + "b" * 100}, ("id",), "area.statement"),
        ({**signed(), "id": "single"}, ("id",), "area.statement"),
        (signed(level="stop"), ("level",), "“stop” is not one of: block, warn, record."),
        (signed(level=["warn"]), ("level",), "is not one of"),
        (signed(levl="warn"), ("levl",), "Did you mean “level”?"),
        (signed(why=5), ("why",), "must be text"),
        (signed(waivable_by=["boss"]), ("waivable_by", 0), "“boss”"),
        (signed(waivable_by=None), ("waivable_by",), "must be a list"),
        (signed(when={"risk": "high"}), ("when", "risk"), "Did you mean “risk_tier”?"),
        (signed(when={"risk_tier": ["huge"]}), ("when", "risk_tier", 0), "“huge” is not one of: low"),
        (signed(when={"risk_tier": [None]}), ("when", "risk_tier", 0), "must be text"),
        (signed(when=["high"]), ("when",), "YAML mapping"),
        (signed(measured=AUC), (), "Say only one of: sign_off, measured."),
        (signed(**{"with": {"key": "x"}}), ("with",), "write it under “sign_off”"),
        ({"id": "a.b", "check": "signed.by_person"}, ("check",), "Write this as “sign_off”"),
        ({"id": "a.b", "sign_off": {"by": ["leader"]}}, (), "needs its question"),
        (signed(sign_off={"covers": ["model"]}), ("sign_off",), "Say who signs"),
        (signed(sign_off=["leader"]), ("sign_off",), "YAML mapping"),
        (signed(sign_off={"by": ["boss"]}), ("sign_off", "by", 0), "“boss”"),
        (
            signed(sign_off={"by": ["leader"], "covers": ["modle"]}),
            ("sign_off", "covers", 0),
            "There is no part “modle”. Did you mean “model”?",
        ),
        (signed(sign_off={"by": ["leader"], "covers": []}), ("sign_off", "covers"), "rests on"),
        *[
            (
                signed(sign_off={"by": ["leader"], "valid_days": bad}),
                ("sign_off", "valid_days"),
                "number",
            )
            for bad in (0, -1, 3651, "ten", True, float("nan"), float("inf"), None)
        ],
        ({"id": "a.b", "measured": {"at_least": 1}}, ("measured",), "needs “key”"),
        ({"id": "a.b", "measured": {"key": ""}}, ("measured", "key"), "missing"),
        ({"id": "a.b", "measured": {"key": 5}}, ("measured", "key"), "must be text"),
        *[
            ({"id": "a.b", "measured": {"key": "k", "at_least": bad}}, ("measured", "at_least"), "number")
            for bad in ("0.7", True, float("nan"), float("-inf"), 10**400, None)
        ],
        (
            {"id": "a.b", "measured": {"key": "k", "max_age_days": -1}},
            ("measured", "max_age_days"),
            "between 0 and 3650",
        ),
        (
            {"id": "a.b", "measured": {"key": "k", "at_least": 2, "at_most": 1}},
            ("measured",),
            "Nothing is at least 2 and at most 1",
        ),
        ({"id": "a.b", "measured": {"key": "k", "atleast": 1}}, ("measured", "atleast"), "“at_least”"),
        ({"id": "people.duties_held"}, (), "needs “duties”"),
        ({"id": "people.duties_held", "with": {"duties": []}}, ("with", "duties"), "at least one"),
        ({"id": "people.duties_held", "with": {"duties": ["x"]}}, ("with", "duties", 0), "“x”"),
        ({"id": "people.duties_held", "with": 5}, ("with",), "YAML mapping"),
    ],
)
def test_a_wrong_check_is_refused_at_its_place(check: object, path: tuple[object, ...], said: str) -> None:
    found = problems(policy_content(check))
    assert found[0][0] == (*AT, *path)
    assert said in found[0][1]


def test_every_problem_is_told_at_once_each_with_its_place() -> None:
    content = policy_content("model.need_descrbed", signed(level="stop", why=5), deciders=["boss"])
    content["version"] = 2
    del content["gates"]["stop"]
    paths = {path for path, _ in problems(content)}
    assert paths == {
        ("version",),
        ("gates",),
        ("gates", GATE, "deciders", 0, "role"),
        (*AT, "id"),
        ("gates", GATE, "checks", 1, "level"),
        ("gates", GATE, "checks", 1, "why"),
    }


def test_the_refusal_reads_as_a_sentence() -> None:
    content = policy_content()
    del content["gates"]["stop"]
    with pytest.raises(PolicyInvalid, match=r"gates: The gate “stop” is missing\."):
        parse(content)


@pytest.mark.parametrize("content", [None, [], "policy", 7, {}, {"gates": None}, {"gates": {GATE: None}}])
def test_what_is_no_policy_at_all_is_refused(content: object) -> None:
    assert problems(content)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
KEYS = [
    "id",
    "check",
    "with",
    "sign_off",
    "measured",
    "level",
    "when",
    "asks",
    "why",
    "remedy",
    "waivable_by",
]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(KEYS), junk)
def test_no_content_whatsoever_makes_the_reader_stumble(key: str, value: object) -> None:
    content = policy_content({**signed(), key: value}, deciders=["leader"])
    try:
        made = parse(content)
    except PolicyInvalid:
        return
    assert made.fingerprint
