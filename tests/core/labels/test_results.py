"""The figures of an audit from its answers: agreed, settled, could not be told, and open."""

import json
import math

import pytest

from throughline.core.labels.agreement import Scale
from throughline.core.labels.judging import Lines
from throughline.core.labels.results import Item, figures, to_plain

LINES = Lines(0.5, 0.1)
NAMES = {1: "Ada", 2: "Bo", 3: "Cy"}


def of(items, *, labellers=(1, 2), scale=Scale.NOMINAL, labels="ab"):
    return figures(items, {"": 100}, list(labels), list(labellers), LINES, scale=scale)


@pytest.mark.parametrize(
    ("answers", "settled", "final", "is_open"),
    [
        ({1: "a", 2: "a"}, None, "a", False),
        ({1: "a", 2: "b"}, None, None, True),
        ({1: "a", 2: "b"}, "b", "b", False),
        ({1: "a", 2: "b"}, "", None, False),
        ({1: "a"}, None, None, True),
        ({1: "a", 2: ""}, None, None, True),
        ({1: "", 2: ""}, None, None, True),
        ({}, None, None, True),
        ({1: "a", 2: "a", 3: "b"}, None, None, True),
        # What everybody says counts, whatever somebody wrote beside it.
        ({1: "a", 2: "a"}, "b", "a", False),
    ],
)
def test_which_label_counts(answers, settled, final, is_open):
    one = Item(1, "a", "", answers, settled)
    assert (one.final, one.is_open) == (final, is_open)


def test_figures_of_a_small_audit():
    items = [
        Item(1, "a", "", {1: "a", 2: "a"}),
        Item(2, "b", "", {1: "a", 2: "a"}),
        Item(3, "b", "", {1: "a", 2: "b"}, "b"),
        Item(4, "b", "", {1: "b", 2: ""}, ""),
        Item(5, "a", "", {1: "b", 2: "b"}),
    ]
    found = of(items)
    assert (found.error.wrong, found.error.settled) == (2, 4)
    assert (found.disagreed, found.untold, found.unsettled) == (1, 1, 0)
    assert found.labellers[1].right == 3
    assert found.labellers[2].could_not_say == 1
    assert found.table == {"a": {"a": 1, "b": 1}, "b": {"a": 1, "b": 1}}
    assert found.kappa.units == 4
    plain = to_plain(found, NAMES)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


@pytest.mark.parametrize("answers", [{}, {1: "a"}, {1: "", 2: ""}, {1: "a", 2: "a"}])
@pytest.mark.parametrize("labellers", [(), (1,), (1, 2), (1, 2, 3)])
def test_whatever_was_answered_nothing_is_ever_not_a_number(answers, labellers):
    items = [Item(number, "a", "", answers) for number in range(1, 6)]
    found = of(items, labellers=labellers)
    plain = to_plain(found, NAMES)
    assert not any(isinstance(one, float) and math.isnan(one) for one in flat(plain))
    assert plain["reasons"]


@pytest.mark.parametrize("scale", list(Scale))
def test_an_audit_without_items_says_so(scale):
    found = of([], scale=scale, labels="12")
    assert found.error.estimate.reason
    assert found.main.reason


def flat(content):
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for one in content:
            yield from flat(one)
    else:
        yield content
