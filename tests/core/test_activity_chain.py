"""The hash chain tells which entry of the log is the first bad one."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.make_core import NOW, days
from throughline.core.activity import GENESIS, Entry, seal, verify


def sealed(seq: int, previous: str, body: Mapping[str, object] | None = None, **changes: object) -> Entry:
    made = {
        "seq": seq,
        "at": NOW + days(seq),
        "actor": "Pam",
        "door": "web",
        "verb": "move.requested",
        "program_id": 1,
        "model_id": 7,
        "body": body or {"reason": f"reason {seq}"},
        "previous": previous,
        **changes,
    }
    return Entry(**made, hash=seal(**made))  # type: ignore[arg-type]


def log(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, length + 1):
        entries.append(sealed(seq, entries[-1].hash if entries else GENESIS))
    return entries


def resealed(entries: list[Entry]) -> list[Entry]:
    """As somebody would who can write the table and knows how entries are sealed."""
    made: list[Entry] = []
    for seq, entry in enumerate(entries, start=1):
        made.append(sealed(seq, made[-1].hash if made else GENESIS, body=entry.body))
    return made


FIVE = log(5)


def test_a_whole_log_is_whole_and_tells_its_head() -> None:
    chain = verify(iter(FIVE))
    assert (chain.is_whole, chain.entries, chain.head, chain.problem) == (True, 5, FIVE[-1].hash, "")


def test_an_empty_log_is_whole() -> None:
    chain = verify([], anchored={0: GENESIS})
    assert (chain.is_whole, chain.entries, chain.head) == (True, 0, GENESIS)
    assert verify(FIVE, anchored={0: GENESIS}).is_whole


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "Eve"},
        {"at": NOW},
        {"door": "api"},
        {"verb": "move.approved"},
        {"program_id": None},
        {"model_id": 8},
        {"body": {"reason": "another"}},
        {"hash": "0" * 64},
    ],
)
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_an_edited_entry_is_found(changes: dict[str, object], seq: int) -> None:
    entries = list(FIVE)
    entries[seq - 1] = replace(entries[seq - 1], **changes)
    chain = verify(entries)
    assert chain.first_bad == seq
    assert chain.problem == f"The content of entry {seq} is not what was sealed."
    assert chain.entries == seq - 1


def test_an_edited_entry_with_a_new_seal_is_found_at_the_entry_after() -> None:
    entries = list(FIVE)
    entries[2] = sealed(3, FIVE[1].hash, body={"reason": "forged"})
    chain = verify(entries)
    assert chain.first_bad == 4
    assert "does not follow" in chain.problem


Tampering = Callable[[list[Entry]], list[Entry]]


@pytest.mark.parametrize(
    ("tamper", "first_bad", "said"),
    [
        (lambda e: [*e[:2], *e[3:]], 3, "Entry 3 is missing; entry 4 follows."),
        (lambda e: e[1:], 1, "Entry 1 is missing; entry 2 follows."),
        (lambda e: [*e[:2], e[3], e[2], e[4]], 3, "Entry 3 is missing; entry 4 follows."),
        (lambda e: [*e[:2], replace(e[3], seq=3), replace(e[2], seq=4), e[4]], 3, "does not follow"),
        (
            lambda e: [*e[:2], sealed(3, e[1].hash, body={}), *e[2:]],
            4,
            "Entry 4 is missing; entry 3 follows.",
        ),
        (lambda e: [*e[:3], e[2], *e[3:]], 4, "Entry 4 is missing; entry 3 follows."),
    ],
)
def test_deleted_reordered_and_inserted_entries_are_found(
    tamper: Tampering, first_bad: int, said: str
) -> None:
    chain = verify(tamper(FIVE))
    assert chain.first_bad == first_bad
    assert said in chain.problem


def test_a_cut_tail_is_found_by_an_anchor_and_only_so() -> None:
    assert verify(FIVE[:3]).is_whole
    chain = verify(FIVE[:3], anchored={2: FIVE[1].hash, 5: FIVE[4].hash})
    assert chain.first_bad == 4
    assert chain.problem == "Entries up to 5 were anchored outside, but the log ends at 3."


def test_a_log_written_anew_from_the_start_is_found_by_an_anchor() -> None:
    forged = resealed([replace(FIVE[0], body={"reason": "forged"}), *FIVE[1:]])
    assert verify(forged).is_whole
    chain = verify(forged, anchored={4: FIVE[3].hash})
    assert chain.first_bad == 4
    assert "anchored outside" in chain.problem


def test_anchors_that_agree_say_nothing() -> None:
    assert verify(FIVE, anchored={entry.seq: entry.hash for entry in FIVE}).is_whole


@pytest.mark.parametrize(
    ("written", "given_back"),
    [
        ({"value": 1e16}, {"value": 10**16}),
        ({"value": 1.0}, {"value": 1}),
        ({"value": [-0.0]}, {"value": [0]}),
        ({"b": 1, "a": {"x": (1, 2)}}, {"a": {"x": [1, 2]}, "b": 1}),
    ],
)
def test_a_body_is_the_same_whichever_database_gave_it_back(
    written: dict[str, object], given_back: dict[str, object]
) -> None:
    entry = sealed(1, GENESIS, body=written)
    assert verify([replace(entry, body=given_back)]).is_whole


def test_a_fraction_is_not_rounded_away() -> None:
    entry = sealed(1, GENESIS, body={"value": 0.5})
    assert not verify([replace(entry, body={"value": 0})]).is_whole


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(5)))
def test_no_other_order_is_whole(order: list[int]) -> None:
    assert verify([FIVE[place] for place in order]).is_whole == (list(order) == [0, 1, 2, 3, 4])
