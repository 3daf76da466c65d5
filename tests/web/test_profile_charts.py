"""The pictures of profiles: bars where the values lie, what is far out at the ends, and two dates on one scale."""

from dataclasses import replace

import pytest

from throughline.core.profiles import ColumnKind, ColumnProfile, Profile
from throughline.web import profile_charts

COLUMN = ColumnProfile(
    "amount", "DOUBLE", ColumnKind.NUMBER, nulls=10, distinct=50, lowest="0.0", highest="900.0", q1=2.0, median=5.0,
    q3=8.0, below=0, above=5, edges=(0.0, 5.0, 10.0), bins=(40, 20),
)  # fmt: skip


def test_bars_are_as_high_as_their_rows_and_far_out_stands_at_its_end() -> None:
    drawn = profile_charts.histogram(COLUMN)
    assert drawn is not None
    first, second, far = drawn.bars
    assert first.height == pytest.approx(2 * second.height)
    assert (far.fill, far.x > second.x + second.width) == ("unmet", True)
    assert drawn.table.rows == (("0 to 5", "40"), ("5 to 10", "20"), ("far out above", "5"))


def test_without_far_out_the_bars_take_the_whole_width() -> None:
    drawn = profile_charts.histogram(replace(COLUMN, above=0))
    assert drawn is not None
    assert drawn.bars[-1].x + drawn.bars[-1].width == pytest.approx(100, abs=0.6)


def test_the_middle_half_lies_where_its_quartiles_do() -> None:
    drawn = profile_charts.histogram(replace(COLUMN, above=0))
    assert drawn is not None
    assert drawn.box is not None
    assert (drawn.box.x, drawn.box.width, drawn.box.median) == (20.0, 60.0, 50.0)


def test_a_bin_for_each_whole_number_is_named_by_it() -> None:
    whole = replace(COLUMN, edges=(0.5, 1.5, 2.5), bins=(3, 4), above=0)
    assert profile_charts.spans(whole) == ["1", "2"]


def test_times_are_told_as_days() -> None:
    day = 86_400.0
    column = replace(COLUMN, kind=ColumnKind.TIME, edges=(0.0, 30 * day, 60 * day), q1=None)
    assert profile_charts.spans(column) == ["1970-01-01 to 1970-01-31", "1970-01-31 to 1970-03-02"]


def test_nothing_is_drawn_of_what_has_no_bins() -> None:
    assert profile_charts.histogram(replace(COLUMN, bins=(), edges=())) is None
    assert profile_charts.overlaid(replace(COLUMN, bins=(), edges=()), COLUMN, ("a", "b")) is None


def test_two_dates_share_one_scale() -> None:
    later = replace(COLUMN, edges=(5.0, 10.0, 15.0, 20.0), bins=(10, 20, 30))
    drawn = profile_charts.overlaid(COLUMN, later, ("May", "June"))
    assert drawn is not None
    assert (drawn.first, drawn.last) == ("0", "20")
    assert drawn.bars[0].x == 25.0
    assert drawn.outline.startswith("0.00,100 ")
    assert drawn.outline.endswith(" 50.00,100")


def test_the_emptiest_columns_come_first_and_full_ones_not_at_all() -> None:
    full, half = replace(COLUMN, name="full", nulls=0), replace(COLUMN, name="half", nulls=50)
    drawn = profile_charts.missing_bars(Profile(100, (full, COLUMN, half)))
    assert drawn is not None
    assert [(bar.label, bar.fill) for bar in drawn.bars] == [("half", "unmet"), ("amount", "unknown")]
    assert profile_charts.missing_bars(Profile(100, (full,))) is None


def test_all_other_values_are_one_bar() -> None:
    column = ColumnProfile("region", "VARCHAR", ColumnKind.TEXT, nulls=10, top=(("east", 50), ("", 5)))
    drawn = profile_charts.top_bars(column, Profile(100, (column,)))
    assert [(bar.label, bar.text) for bar in drawn.bars] == [
        ("east", "50"),
        ("(blank)", "5"),
        ("all others", "35"),
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (1234.5, "1,234"),
        (3.14159, "3.142"),
        (1e17, "1e+17"),
        (0.00001, "1e-05"),
        (float("inf"), "infinite"),
    ],
)
def test_figures_are_short(value: float, said: str) -> None:
    assert profile_charts.figure(value) == said
