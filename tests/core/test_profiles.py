"""Profiles as values: they read back the same, say what is striking, and are compared."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from throughline.core.profile_comparison import Moved, compare, expected_by_chance, total_variation
from throughline.core.profile_remarks import Topic, by_strikingness, percent, remarks
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile, read_profile

AMOUNT = ColumnProfile(
    "amount", "DOUBLE", ColumnKind.NUMBER, nulls=5, distinct=90, lowest="0.5", highest="99.5", mean=50.25, sd=1e20,
    q1=25.0, median=50.0, q3=75.0, below=1, above=2, edges=(0.0, 50.0, 100.0), bins=(40, 52),
)  # fmt: skip
REGION = ColumnProfile(
    "region", "VARCHAR", ColumnKind.TEXT, empty=10, distinct=2, lowest="east", highest="west", shortest=4, longest=4,
    top=(("east", 60), ("west", 30)),
)  # fmt: skip
TABLE = Profile(100, (AMOUNT, REGION), bytes=1_000, files=1, duplicates=3, notes=("A note.",))


def test_a_profile_reads_back_as_it_was_written() -> None:
    stored = json.loads(json.dumps(TABLE.to_plain()))
    assert read_profile(stored) == TABLE


def test_the_fingerprint_is_the_same_from_a_database_that_writes_numbers_otherwise() -> None:
    """PostgreSQL gives 1e20 back as an integer, and 25.0 as 25."""
    stored = json.loads(json.dumps(TABLE.to_plain()))
    stored["columns"][0] |= {"sd": 10**20, "q1": 25}
    assert read_profile(stored).fingerprint() == TABLE.fingerprint()
    stored["columns"][0]["nulls"] = 6
    assert read_profile(stored).fingerprint() != TABLE.fingerprint()


def test_without_values_no_value_is_left_and_every_count_is() -> None:
    bare = TABLE.without_values()
    text = json.dumps(bare.to_plain())
    assert not any(word in text for word in ("east", "west", "99.5", "50.25"))
    assert [(c.missing, c.distinct, c.far_out) for c in bare.columns] == [(5, 90, 3), (10, 2, None)]
    assert not bare.keeps_values


def test_the_share_of_missing_cells_is_that_of_all_cells() -> None:
    assert TABLE.missing == pytest.approx(15 / 200)
    assert Profile(0, (AMOUNT,)).missing == 0.0


@pytest.mark.parametrize(
    ("column", "topic", "words"),
    [
        (replace(AMOUNT, nulls=100), Topic.MISSING, "is empty in every row"),
        (replace(AMOUNT, nulls=30), Topic.MISSING, "is missing in 30 % of the rows"),
        (replace(REGION, distinct=1), Topic.CONSTANT, "has one and the same value wherever it has one"),
        (replace(AMOUNT, above=20), Topic.FAR_OUT, "lies far out in 21 % of the rows"),
        (replace(AMOUNT, unlike=1), Topic.UNLIKE, "has 1 value that is not numbers, unlike the others"),
        (replace(AMOUNT, beyond=2), Topic.BEYOND, "has 2 numbers that are infinite or beyond all measure"),
    ],
)
def test_what_is_striking_is_said_of_its_column(column: ColumnProfile, topic: Topic, words: str) -> None:
    found = {one.topic: one for one in remarks(Profile(100, (column,)))}
    assert found[topic].text == words
    assert found[topic].column == column.name


def test_nothing_is_said_of_a_column_in_good_order() -> None:
    assert remarks(Profile(100, (replace(AMOUNT, nulls=0, below=0, above=0),), duplicates=0)) == ()


def test_an_approximate_count_of_one_value_does_not_make_a_constant() -> None:
    column = replace(REGION, distinct=1, is_distinct_exact=False, empty=0)
    assert remarks(Profile(100, (column,))) == ()


def test_a_table_without_rows_is_the_first_thing_that_is_said() -> None:
    assert [one.text for one in remarks(Profile(0, (AMOUNT,)))] == ["The table has no rows."]


def test_columns_come_in_the_order_of_what_is_to_be_said_of_them() -> None:
    empty = replace(REGION, name="note", nulls=100, empty=0)
    good = replace(AMOUNT, name="good", nulls=0, below=0, above=0)
    order = by_strikingness(Profile(100, (good, AMOUNT, empty)))
    assert [one.name for one in order] == ["note", "amount", "good"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (1, "100 %"), (0.0001, "under 0.1 %"), (0.9999, "over 99.9 %"), (0.034, "3.4 %")],
)
def test_shares_are_never_rounded_to_nothing_or_all(share: float, said: str) -> None:
    assert percent(share) == said


def test_a_table_compared_with_itself_has_no_difference() -> None:
    assert compare(TABLE, TABLE) == ()


def test_columns_that_came_and_went_and_changed_their_type_deserve_a_look() -> None:
    after = Profile(
        100, (replace(AMOUNT, type="VARCHAR", kind=ColumnKind.TEXT, lowest=""), replace(AMOUNT, name="new"))
    )
    found = {(one.what, one.column): one for one in compare(TABLE, after)}
    assert found[Moved.REMOVED, "region"].deserves_look
    assert found[Moved.ADDED, "new"].deserves_look
    assert found[Moved.TYPE, "amount"].text == "was DOUBLE and is VARCHAR"


def test_a_shrinking_table_deserves_a_look_and_a_growing_one_only_when_it_leaps() -> None:
    def looks(rows: int) -> bool:
        return next(
            one.deserves_look for one in compare(TABLE, replace(TABLE, rows=rows)) if one.what is Moved.ROWS
        )

    assert looks(99)
    assert looks(150)
    assert not looks(110)


def test_more_missing_deserves_a_look_from_two_points_on() -> None:
    def found(nulls: int) -> bool:
        after = replace(TABLE, columns=(replace(AMOUNT, nulls=nulls), REGION))
        return next(one.deserves_look for one in compare(TABLE, after) if one.what is Moved.MISSING)

    assert found(8)
    assert not found(6)


def test_a_time_that_goes_back_deserves_a_look() -> None:
    day = ColumnProfile("day", "DATE", ColumnKind.TIME, lowest="2026-01-01", highest="2026-03-01")
    forward, back = replace(day, highest="2026-03-02"), replace(day, highest="2026-02-01")
    before = Profile(10, (day,))
    assert [one.deserves_look for one in compare(before, Profile(10, (forward,)))] == [False]
    assert [one.deserves_look for one in compare(before, Profile(10, (back,)))] == [True]


def of_values(values: "np.ndarray", edges: "np.ndarray") -> ColumnProfile:
    bins, _ = np.histogram(values, edges)
    return ColumnProfile(
        "x", "DOUBLE", ColumnKind.NUMBER, edges=tuple(map(float, edges)), bins=tuple(map(int, bins)),
        below=int((values < edges[0]).sum()), above=int((values > edges[-1]).sum()),
    )  # fmt: skip


def test_total_variation_over_the_same_bins_is_half_the_sum_of_differences() -> None:
    edges = np.linspace(-3, 3, 21)
    draw = np.random.default_rng(7)
    one, two = draw.normal(0, 1, 5_000), draw.normal(0.5, 1, 4_000)
    columns = of_values(one, edges), of_values(two, edges)
    ends = np.array([-np.inf, *edges, np.inf])
    p, q = (np.histogram(values, ends)[0] / len(values) for values in (one, two))
    assert total_variation(*columns, (5_000, 4_000)) == pytest.approx(float(np.abs(p - q).sum() / 2))


def test_total_variation_of_the_same_values_in_other_bins_is_small() -> None:
    values = np.random.default_rng(7).uniform(0, 1, 20_000)
    one, two = of_values(values, np.linspace(0, 1, 21)), of_values(values, np.linspace(0, 1, 18))
    found = total_variation(one, two, (20_000, 20_000))
    assert found is not None
    assert found < 0.02


def test_total_variation_of_names_counts_the_rest_as_one() -> None:
    after = replace(REGION, top=(("east", 30), ("west", 60)))
    assert total_variation(REGION, after, (100, 100)) == pytest.approx(1 / 3)
    assert total_variation(REGION, replace(REGION, top=(("north", 90),), distinct=1), (100, 100)) == 1.0
    assert total_variation(REGION, replace(REGION, top=()), (100, 100)) is None


def test_two_samples_of_one_distribution_do_not_deserve_a_look() -> None:
    """However few: what chance does is expected, and the bound on it holds on average."""
    edges, draw = np.linspace(-2, 2, 21), np.random.default_rng(3)
    for rows in (30, 300, 3_000):
        moved = []
        for _ in range(40):
            one, two = (of_values(draw.normal(0, 1, rows), edges) for _ in range(2))
            moved.append(total_variation(one, two, (rows, rows)))
            looks = [
                d for d in compare(Profile(rows, (one,)), Profile(rows, (two,))) if d.what is Moved.SHAPE
            ]
            assert not any(one.deserves_look for one in looks)
        assert np.mean([m for m in moved if m is not None]) <= expected_by_chance(22, rows, rows)


def test_a_shifted_distribution_deserves_a_look() -> None:
    edges, draw = np.linspace(-4, 4, 21), np.random.default_rng(3)
    one, two = of_values(draw.normal(0, 1, 2_000), edges), of_values(draw.normal(1, 1, 2_000), edges)
    found = [d for d in compare(Profile(2_000, (one,)), Profile(2_000, (two,))) if d.what is Moved.SHAPE]
    assert [one.deserves_look for one in found] == [True]


def test_chance_is_unbounded_where_there_is_nothing() -> None:
    assert expected_by_chance(20, 0, 10) == 1.0
    assert expected_by_chance(20, 100, 100) == pytest.approx(math.sqrt(20 / (100 * math.pi)))


def test_what_deserves_a_look_comes_first() -> None:
    after = replace(TABLE, rows=105, columns=(replace(AMOUNT, nulls=60), replace(REGION, empty=11)))
    looks = [one.deserves_look for one in compare(TABLE, after)]
    assert looks == sorted(looks, reverse=True)
    assert any(looks)
