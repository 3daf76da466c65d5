"""The geometry of charts: shares of the width, round scales, and words for what is no number."""

import math

import pytest

from throughline.web import charts
from throughline.web.drawings import Bar, Cell, Dot

NAN = float("nan")


def test_the_longest_bar_takes_the_whole_width_and_others_their_share() -> None:
    drawn = charts.horizontal_bars("Gaps", [Bar("a", 8), Bar("b", 2), Bar("c", 0)])
    assert [bar.width for bar in drawn.bars] == [100.0, 25.0, 0.0]
    assert drawn.description == "Gaps: 3 values, from 0 (c) to 8 (a)."


def test_a_value_that_is_no_number_is_said_in_words_and_hides_nothing() -> None:
    drawn = charts.horizontal_bars("Gaps", [Bar("a", NAN), Bar("b", 2), Bar("c", math.inf)])
    assert [(bar.text, bar.width) for bar in drawn.bars] == [
        ("not a number", 0.0),
        ("2", 100.0),
        ("infinite", 0.0),
    ]


def test_nothing_at_all_is_drawn_as_nothing() -> None:
    assert charts.horizontal_bars("Gaps", []).description == "Gaps: nothing to show."
    assert charts.line("Moves", []).points == ""
    assert charts.ageing("Age", ["A"], []).dots == ()
    assert charts.heat_strip("Weeks", []).cells == ()
    assert charts.small_multiples("By program", []).lines == ()


def test_stacked_parts_follow_each_other_and_fill_the_row_when_shown_as_share() -> None:
    parts = [("Met", "met"), ("Not met", "unmet")]
    drawn = charts.stacked_bars("Checks", parts, [("a", [3, 1]), ("b", [1, 1])], as_share=True)
    assert [(p.x, p.width) for p in drawn.rows[0].parts] == [(0.0, 75.0), (75.0, 25.0)]
    assert [(p.x, p.width) for p in drawn.rows[1].parts] == [(0.0, 50.0), (50.0, 50.0)]
    against_longest = charts.stacked_bars("Checks", parts, [("a", [3, 1]), ("b", [1, 1])])
    assert sum(p.width for p in against_longest.rows[1].parts) == 50.0


@pytest.mark.parametrize(
    ("value", "top"), [(0.07, 0.1), (9, 10), (10, 10), (11, 20), (2300, 2500), (0, 1), (NAN, 1)]
)
def test_a_scale_ends_on_a_round_number(value: float, top: float) -> None:
    assert charts.nice_top(value) == pytest.approx(top)


def test_a_line_leaves_out_what_is_no_number_and_keeps_the_places_of_the_others() -> None:
    drawn = charts.line("Moves", [("W1", 0), ("W2", NAN), ("W3", 10)])
    assert drawn.points == "0.0,100.0 100.0,0.0"
    assert drawn.table.rows[1] == ("W2", "not a number")


def test_small_multiples_share_one_scale() -> None:
    drawn = charts.small_multiples(
        "By program", [("a", [("W1", 10), ("W2", 5)]), ("b", [("W1", 1), ("W2", 1)])]
    )
    assert {line.y_ticks[0].text for line in drawn.lines} == {"10"}


def test_dots_of_the_same_age_lie_side_by_side_inside_their_column() -> None:
    drawn = charts.ageing("Age", ["A", "B"], [Dot(f"m{n}", 0, 30) for n in range(5)] + [Dot("old", 1, 900)])
    places = {(dot.x, dot.y) for dot in drawn.dots}
    assert len(places) == 6
    assert all(0 < dot.x < 50 for dot in drawn.dots if dot.label != "old")
    assert drawn.columns[0].count == 5
    assert drawn.columns[0].median_text == "30 d"
    assert drawn.table.rows[0] == ("old", "B", "900")


def test_heat_has_five_steps_and_none_for_nothing() -> None:
    drawn = charts.heat_strip("Weeks", [Cell("W1", 0), Cell("W2", 1), Cell("W3", 10)])
    assert [cell.fill for cell in drawn.cells] == ["heat-0", "heat-1", "heat-5"]
