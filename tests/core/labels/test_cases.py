"""The loop over generated cases fails where one of them does, and names each."""

import pytest

from tests.core.labels.cases import for_each_seed


def test_every_seed_is_tried():
    tried = []
    for_each_seed(range(3))(lambda seed: tried.append(seed))()
    assert tried == [0, 1, 2]


def test_each_seed_that_fails_is_named_with_its_reason():
    @for_each_seed(range(5))
    def odd_ones(seed, reason):
        assert seed % 2 == 0, reason
        if seed == 4:
            raise ZeroDivisionError("by nothing")

    with pytest.raises(AssertionError) as caught:
        odd_ones(reason="it is odd")

    lines = str(caught.value).splitlines()
    assert [line for line in lines if line.startswith("seed ")] == [
        "seed 1: AssertionError: it is odd",
        "seed 3: AssertionError: it is odd",
        "seed 4: ZeroDivisionError: by nothing",
    ]
