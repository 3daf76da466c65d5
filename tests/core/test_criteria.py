"""Reading success criteria: what is accepted comes back unchanged, and each mistake is named where it was made."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.criteria import (
    FIELDS,
    Criterion,
    CriterionLevel,
    CriterionRole,
    Direction,
    Method,
    key_from,
    parse_criteria,
    to_plain,
)
from throughline.core.errors import Refused

PRECISION = {"title": "Precision at 0.5", "metric": "metric.precision", "baseline": 0.74, "target": 0.8}


def refused(*content: object) -> dict[str | None, str]:
    with pytest.raises(Refused) as caught:
        parse_criteria(content)
    assert caught.value.kind == "invalid"
    return {reason.field: reason.text for reason in caught.value.reasons}


def test_a_criterion_is_read_with_defaults() -> None:
    (found,) = parse_criteria([PRECISION])
    assert found == Criterion(
        "precision_at_0_5", "Precision at 0.5", "metric.precision", baseline=0.74, target=0.8
    )
    assert (found.level, found.role, found.confidence) == (CriterionLevel.MODEL, CriterionRole.GOAL, 0.95)
    assert found.line == "at least 0.8"


def test_a_form_sends_text_and_leaves_fields_empty() -> None:
    (found,) = parse_criteria(
        [
            {
                **dict.fromkeys(FIELDS, ""),
                "title": " Latency ",
                "metric": "metric.latency",
                "unit": "ms",
                "target": "250",
                "direction": "decrease",
                "role": "guardrail",
                "window_days": "30",
                "point_is_enough": "on",
                "agreed_on": "2026-03-31",
            }
        ]
    )
    assert (found.title, found.key, found.target, found.window_days) == ("Latency", "latency", 250, 30)
    assert found.agreed_on == date(2026, 3, 31)
    assert found.point_is_enough
    assert found.line == "at most 250 ms"


def test_a_range_has_two_ends() -> None:
    ends = {"title": "Bias", "metric": "metric.bias", "direction": "range", "low": -0.1, "high": 0.1}
    (found,) = parse_criteria([ends])
    assert found.line == "-0.1 to 0.1"
    assert refused({**ends, "high": ""}).keys() == {"criteria.0.high"}
    assert refused({**ends, "high": -0.2}).keys() == {"criteria.0.high"}
    assert refused({**ends, "target": 0}).keys() == {"criteria.0.target"}
    assert refused({**PRECISION, "low": 0}).keys() == {"criteria.0.low"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"metric": ""}, "metric"),
        ({"metric": 7}, "metric"),
        ({"key": "Not A Key"}, "key"),
        ({"title": "本"}, "key"),
        ({"level": "moral"}, "level"),
        ({"role": ["goal"]}, "role"),
        ({"baseline": "0,74"}, "baseline"),
        ({"baseline": "nan"}, "baseline"),
        ({"target": float("inf")}, "target"),
        ({"target": 10**400}, "target"),
        ({"target": True}, "target"),
        ({"target": "1_0"}, "target"),
        ({"target": 1e16}, "target"),
        ({"target": 0.7}, "target"),
        ({"direction": "decrease"}, "target"),
        ({"hard_limit": 0.8}, "hard_limit"),
        ({"target": None, "hard_limit": 0.7}, "hard_limit"),
        ({"method": "wilson", "target": 80}, "target"),
        ({"minimum_effect": 0}, "minimum_effect"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": 1.5}, "window_days"),
        ({"confidence": 95}, "confidence"),
        ({"confidence": 0.5}, "confidence"),
        ({"baseline_on": "2026-02-30"}, "baseline_on"),
        ({"agreed_on": 20260101}, "agreed_on"),
        ({"point_is_enough": "perhaps"}, "point_is_enough"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_mistake_is_named_where_it_was_made(change: dict[str, object], field: str) -> None:
    assert f"criteria.1.{field}" in refused({**PRECISION, "title": "Other"}, {**PRECISION, **change})


def test_all_mistakes_are_told_at_once() -> None:
    found = refused({**PRECISION, "target": "x"}, {**PRECISION, "metric": ""}, 7)
    assert found.keys() >= {"criteria.0.target", "criteria.1.metric", "criteria.2"}


def test_two_criteria_do_not_share_a_key() -> None:
    assert "criteria.1.key" in refused(PRECISION, PRECISION)


def test_there_is_an_end_to_how_many_there_may_be() -> None:
    assert "criteria" in refused(*[{**PRECISION, "title": f"T{number}"} for number in range(51)])


def test_a_guardrail_may_allow_less_than_the_baseline_and_a_goal_may_not() -> None:
    loose = {**PRECISION, "target": 0.73}
    assert parse_criteria([{**loose, "role": "guardrail"}])[0].target == 0.73
    assert "criteria.0.target" in refused(loose)


def test_the_way_that_is_good_turns_the_lines_round() -> None:
    down = {**PRECISION, "direction": "decrease", "baseline": 0.9, "target": 0.8}
    assert parse_criteria([{**down, "hard_limit": 0.95}])[0].hard_limit == 0.95
    assert "criteria.0.hard_limit" in refused({**down, "hard_limit": 0.7})


def test_what_a_draft_lacks_is_said() -> None:
    (bare,) = parse_criteria([{"title": "Precision", "metric": "metric.precision"}])
    (sourceless,) = parse_criteria([PRECISION])
    (whole,) = parse_criteria([{**PRECISION, "baseline_source": "rules engine, 2025"}])
    assert bare.missing == ("a target", "a baseline")
    assert bare.line == "no target yet"
    assert sourceless.missing == ("the source of its baseline",)
    assert whole.missing == ()


def test_method_point_means_that_a_point_is_enough() -> None:
    assert parse_criteria([{**PRECISION, "method": "point"}])[0].point_is_enough
    assert not parse_criteria([PRECISION])[0].point_is_enough


def test_whole_numbers_are_written_whole() -> None:
    plain = to_plain(parse_criteria([{**PRECISION, "target": 1.0}]))
    assert isinstance(plain[0]["target"], int)


numbers = st.floats(-1e15, 1e15, allow_nan=False)


@given(st.lists(numbers, min_size=3, max_size=3, unique=True).map(sorted), st.sampled_from(list(Direction)))
def test_what_was_read_reads_back_the_same(lines: list[float], direction: Direction) -> None:
    first, middle, last = lines
    shape: dict[Direction, dict[str, object]] = {
        Direction.INCREASE: {"hard_limit": first, "baseline": middle, "target": last},
        Direction.DECREASE: {"target": first, "baseline": middle, "hard_limit": last},
        Direction.RANGE: {"low": first, "baseline": middle, "high": last},
    }
    content = {"title": "Any", "metric": "metric.any", "direction": direction.value, **shape[direction]}
    found = parse_criteria([content])
    assert parse_criteria(to_plain(found)) == found


@given(st.text(max_size=200))
def test_a_key_made_from_a_title_is_a_key_or_empty(title: str) -> None:
    key = key_from(title)
    assert key == "" or parse_criteria([{**PRECISION, "key": key}])[0].key == key


def test_every_method_is_named() -> None:
    assert {method.value for method in Method} == {"auto", "wilson", "t", "given", "point"}
