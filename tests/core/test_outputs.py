"""What was shown has a fingerprint of every byte, and answers count for exactly that."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.make_core import NOW, days
from tests.core.make_outputs import ask, shared
from throughline.core.errors import Refused
from throughline.core.outputs import (
    OutputKind,
    OutputState,
    Purpose,
    Reply,
    SharedOutput,
    Shown,
    asked_again,
    newest,
    replaced,
    require_consistent,
    require_timeline,
)
from throughline.core.plain import from_plain, to_plain

LINE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SAMPLES = st.none() | st.builds(
    lambda columns, rows: {"columns": columns, "rows": rows, "total": len(rows), "notes": []},
    st.lists(LINE, min_size=1, max_size=3),
    st.lists(st.lists(LINE, min_size=1, max_size=3), max_size=3),
)
SHOWN = st.builds(
    Shown,
    kind=st.sampled_from(OutputKind),
    purpose=st.sampled_from(Purpose),
    title=LINE,
    note=LINE,
    link=LINE,
    file=st.binary(max_size=8).map(bytes.hex),
    sample=SAMPLES,
    release_id=st.none() | st.integers(1, 9),
    subject=LINE,
)


def accepted(shown: Shown) -> SharedOutput:
    """What two approvers approved, exactly as it is shown."""
    seen = shown.fingerprint()
    answers = tuple(ask(number, Reply.APPROVED, fingerprint=seen) for number in (1, 2))
    return shared(purpose=shown.purpose, release_id=shown.release_id, fingerprint=seen, asks=answers)


def changed_sample(data: st.DataObject, sample: Any) -> Any:
    """One character of one cell or heading is another one."""
    rows = [sample["columns"], *sample["rows"]]
    places = [
        (row, cell, at)
        for row, cells in enumerate(rows)
        for cell, text in enumerate(cells)
        for at in range(len(text))
    ]
    assume(places)
    row, cell, at = data.draw(st.sampled_from(places))
    text = rows[row][cell]
    other = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda sign: sign != text[at]))
    made = [list(cells) for cells in rows]
    made[row][cell] = text[:at] + other + text[at + 1 :]
    return {**sample, "columns": made[0], "rows": made[1:]}


@given(SHOWN, st.data())
def test_acceptance_is_void_as_soon_as_one_byte_of_what_was_shown_changes(
    shown: Shown, data: st.DataObject
) -> None:
    before = accepted(shown)
    assert before.state is OutputState.APPROVED
    name = data.draw(st.sampled_from(["title", "note", "link", "file", "subject", "sample"]))
    if name == "sample":
        assume(shown.sample is not None)
        other = replace(shown, sample=changed_sample(data, shown.sample))
    else:
        text = getattr(shown, name)
        at = data.draw(st.integers(0, len(text)))
        sign = data.draw(st.characters(exclude_categories=["Cs"]))
        cut = data.draw(st.integers(0, 1))
        other = replace(shown, **{name: text[:at] + sign + text[at + cut :]})
    assume(other != shown)
    now = replace(before, fingerprint=other.fingerprint())
    assert now.state is OutputState.WAITING
    assert [now.holds(one) for one in now.asks] == [False, False]
    assert now.awaited == now.asks


@given(SHOWN)
def test_what_stays_the_same_stays_accepted(shown: Shown) -> None:
    again = from_plain(Shown, to_plain(shown))
    assert replace(accepted(shown), fingerprint=again.fingerprint()).state is OutputState.APPROVED


@pytest.mark.parametrize(
    ("asks", "state"),
    [
        ((ask(1), ask(2)), OutputState.WAITING),
        ((ask(1, Reply.APPROVED), ask(2)), OutputState.WAITING),
        ((ask(1, Reply.APPROVED), ask(2, Reply.APPROVED)), OutputState.APPROVED),
        ((ask(1, Reply.APPROVED), ask(2, part="user")), OutputState.APPROVED),
        ((ask(1, Reply.APPROVED, part="user"),), OutputState.WAITING),
        ((ask(1, Reply.APPROVED), ask(2, Reply.RETURNED, part="user")), OutputState.RETURNED),
        ((ask(1, Reply.APPROVED), ask(2, is_ended=True)), OutputState.APPROVED),
        ((ask(1, is_ended=True),), OutputState.WAITING),
        ((ask(1, Reply.APPROVED, is_ended=True),), OutputState.APPROVED),
        ((ask(1, Reply.RETURNED, fingerprint="of something else"),), OutputState.WAITING),
        ((), OutputState.WAITING),
    ],
)
def test_the_state_follows_from_the_answers(asks: tuple[Any, ...], state: OutputState) -> None:
    assert shared(asks=asks).state is state


def test_what_was_withdrawn_is_neither_approved_nor_returned() -> None:
    given_back = shared(asks=(ask(1, Reply.APPROVED),), withdrawn_at=NOW)
    assert given_back.state is OutputState.WITHDRAWN


def test_a_return_owes_a_timeline_until_everybody_who_was_asked_knows_it() -> None:
    returned = shared(asks=(ask(1, Reply.RETURNED), ask(2), ask(3, is_ended=True)))
    assert returned.owes_timeline
    dated = replace(returned, timeline_on=date(2026, 4, 1), timeline_at=NOW)
    assert [one.stakeholder_id for one in dated.untold] == [1, 2]
    assert replace(dated, told=(1,)).owes_timeline
    assert not replace(dated, told=(1, 2)).owes_timeline
    assert not shared(asks=(ask(1, Reply.APPROVED),)).owes_timeline


def test_a_newer_share_of_the_same_line_replaces_the_older() -> None:
    old, new = shared(id=1, shared_at=NOW - days(3)), shared(id=2, shared_at=NOW - days(1))
    other = shared(id=3, shared_at=NOW, purpose=Purpose.ACCEPTANCE, release_id=70)
    assert replaced((old, new, other)) == {1}
    assert newest((old, new, other), old.line) == new
    assert replaced((old, replace(new, withdrawn_at=NOW), other)) == frozenset()


def test_drafts_of_the_prototype_and_the_first_release_are_one_line_an_update_is_its_own() -> None:
    first, update = shared(release_id=70), shared(release_id=71, is_of_update=True)
    assert shared().line == first.line != update.line
    assert shared(purpose=Purpose.ACCEPTANCE, release_id=70).line != first.line


def test_whoever_must_approve_or_returned_it_is_asked_again() -> None:
    before = shared(
        asks=(ask(1), ask(2, Reply.RETURNED, part="user"), ask(3, part="user"), ask(4, is_ended=True))
    )
    assert asked_again(before) == {1, 2}
    assert asked_again(None) == frozenset()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": OutputKind.LINK, "link": ""}, "link"),
        ({"kind": OutputKind.FILE, "file": ""}, "file"),
        ({"purpose": Purpose.ACCEPTANCE, "link": "https://example.org"}, "release_id"),
    ],
)
def test_what_does_not_fit_together_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    shown = Shown(**{"kind": OutputKind.LINK, "purpose": Purpose.DRAFT, "title": "Week 9", **changes})
    with pytest.raises(Refused) as refused:
        require_consistent(shown)
    assert refused.value.reasons[0].field == field


def test_a_timeline_is_for_what_was_returned_ahead_and_stands_once_it_was_told() -> None:
    returned = shared(asks=(ask(1, Reply.RETURNED),))
    require_timeline(returned, NOW.date(), NOW.date())
    for output, on in (
        (shared(), NOW.date()),
        (replace(returned, told=(1,), timeline_on=NOW.date()), NOW.date()),
        (returned, NOW.date() - days(1)),
    ):
        with pytest.raises(Refused):
            require_timeline(output, on, NOW.date())


def test_it_goes_through_plain_json_and_back() -> None:
    whole = shared(asks=(ask(1, Reply.RETURNED),), timeline_on=date(2026, 4, 1), timeline_at=NOW, told=(1,))
    assert from_plain(SharedOutput, to_plain(whole)) == whole
