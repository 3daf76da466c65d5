"""Samples that anybody can repeat: fixed examples, chances, strata, and what can't be drawn."""

import hashlib
from collections import Counter

import pytest

from tests.core.labels.cases import for_each_seed
from throughline.core.errors import Refused
from throughline.core.labels.drawing import LARGEST_SEED, Candidate, Method, allocate, draw

ROWS = [Candidate(number, f"row-{number}", "ab"[number % 10 == 0]) for number in range(1, 1_001)]


def test_a_draw_is_the_same_on_every_machine():
    """Written down once: neither a version of Python nor a machine may change it."""
    found = draw(ROWS, size=8, seed=20260302)
    by_hand = sorted(ROWS, key=lambda one: hashlib.sha256(f"20260302:draw:{one.key}".encode()).digest())[:8]
    assert set(found.places) == {one.place for one in by_hand}
    assert found.places == (550, 892, 232, 301, 176, 189, 635, 475)
    assert found.fingerprint == "13c716cbc76943b935c798beee7c84c1579b1fffb3f07e5327e480adb60c2254"
    assert found.population == 1_000


def test_the_order_of_the_rows_does_not_matter_but_their_content_does():
    found = draw(ROWS, size=50, seed=5)
    turned = draw(ROWS[::-1], size=50, seed=5)
    assert found.places == turned.places
    assert found.fingerprint == turned.fingerprint
    labels = ["x"] * 1_000
    assert draw(ROWS, size=50, seed=5, labels=labels).fingerprint != found.fingerprint
    assert draw(ROWS, size=50, seed=6).places != found.places


def test_a_larger_sample_contains_the_smaller_one():
    assert set(draw(ROWS, size=50, seed=5).places) < set(draw(ROWS, size=200, seed=5).places)


def test_every_row_has_the_same_chance():
    """Chi-square over 200 rows drawn 4,000 times, 20 at a time: mean 199, standard deviation 20."""
    rows = ROWS[:200]
    counts = Counter(place for seed in range(4_000) for place in draw(rows, size=20, seed=seed).places)
    expected = 4_000 * 20 / 200
    statistic = sum((counts[row.place] - expected) ** 2 / (expected * 0.9) for row in rows)
    assert 100 < statistic < 300


def test_strata_are_drawn_in_proportion_with_a_minimum():
    found = draw(ROWS, size=60, seed=1, method=Method.STRATIFIED, least=20)
    assert found.strata == {"a": (900, 40), "b": (100, 20)}
    drawn = Counter(ROWS[place - 1].stratum for place in found.places)
    assert drawn == {"a": 40, "b": 20}


def test_the_order_of_labelling_says_nothing_of_the_strata():
    found = draw(ROWS, size=100, seed=3, method=Method.STRATIFIED, least=50)
    first = Counter(ROWS[place - 1].stratum for place in found.places[:50])
    assert 12 < first["b"] < 38


@pytest.mark.parametrize(
    ("strata", "size", "least", "expected"),
    [
        ({"a": 50, "b": 50}, 10, 0, {"a": 5, "b": 5}),
        ({"a": 97, "b": 3}, 10, 2, {"a": 8, "b": 2}),
        ({"a": 97, "b": 1}, 10, 5, {"a": 9, "b": 1}),
        ({"a": 1, "b": 1, "c": 1}, 2, 0, {"a": 1, "b": 1, "c": 0}),
        ({"a": 5, "b": 5}, 10, 5, {"a": 5, "b": 5}),
    ],
)
def test_allocation(strata, size, least, expected):
    assert allocate(strata, size, least) == expected


@for_each_seed(range(200))
def test_an_allocation_always_adds_up_and_fits(seed):
    digest = hashlib.sha256(str(seed).encode()).digest()
    strata = {str(number): 1 + byte * (1 + number % 3) for number, byte in enumerate(digest[: 2 + seed % 12])}
    least = digest[20] % 6
    floors = {name: min(least, rows) for name, rows in strata.items()}
    size = min(sum(strata.values()), sum(floors.values()) + digest[21])
    found = allocate(strata, size, least)
    assert sum(found.values()) == size
    assert all(floors[name] <= found[name] <= strata[name] for name in strata)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": 1_001}, "size"),
        ({"size": 6_000}, "size"),
        ({"seed": -1}, "seed"),
        ({"seed": LARGEST_SEED + 1}, "seed"),
        ({"method": Method.STRATIFIED, "least": 9}, "least"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, field):
    with pytest.raises(Refused) as refused:
        draw(ROWS, **{"size": 10, "seed": 1, **options})
    assert refused.value.reasons[0].field == field


def test_too_many_strata_and_keys_that_repeat_are_refused():
    with pytest.raises(Refused, match="different values"):
        allocate({str(number): 1 for number in range(201)}, 201)
    with pytest.raises(Refused, match="“row-1”"):
        draw([*ROWS, Candidate(1_001, "row-1")], size=5, seed=1)
