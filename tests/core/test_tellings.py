"""Who must be told of what, that telling discharges exactly that, and what the drafted message says."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.make_promises import DUE, NOW, answered, change, facts, later, promise, recipient, version
from throughline.core.drift_facts import Facts
from throughline.core.errors import Refused
from throughline.core.promises import Promise, PromiseKind, Promises, PromiseState, Timeline, Told
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.core.tellings import Duty, draft, duties

KIM, LOU = recipient(1, "Kim"), recipient(2, "Lou")
PAUSED = facts(
    later(5), standing=Standing.PAUSED, changes=(change(MoveKind.PAUSE, (Stage.PROTOTYPE,) * 2, later(3), 4),)
)


def owed(*given: Promise, now: Facts = PAUSED, told: tuple[Told, ...] = ()) -> tuple[Duty, ...]:
    return duties(Promises(given=given, told=told), now)


def told(duty: Duty) -> Told:
    return Told(duty.stakeholder_id, duty.cause, NOW)


def test_a_new_version_is_told_to_those_who_neither_answered_nor_were_told() -> None:
    given = promise(version(1, due_on=DUE), to=(KIM, LOU))
    assert [duty.name for duty in owed(given, now=facts())] == ["Kim", "Lou"]
    knows = replace(given, answers=(answered(1, 1),))
    assert [duty.name for duty in owed(knows, now=facts())] == ["Lou"]
    disputes = replace(given, answers=(answered(1, 1, words="Too late."),))
    assert [duty.name for duty in owed(disputes, now=facts())] == ["Lou"]
    assert owed(knows, now=facts(), told=(Told(2, "promise:7:v1", NOW),)) == ()
    changed = replace(knows, versions=(*knows.versions, version(2, due_on=DUE)))
    assert [duty.name for duty in owed(changed, now=facts())] == ["Kim", "Lou"]


def test_broken_is_told_even_to_those_who_acknowledged() -> None:
    given = promise(to=(KIM, LOU), answers=(answered(1, 1), answered(2, 1)))
    assert [duty.cause for duty in owed(given)] == ["promise:7:v1.broken.move4"] * 2


def test_who_was_told_that_a_version_broke_knows_that_version() -> None:
    given = promise(to=(KIM,))
    known = tuple(told(duty) for duty in owed(given))
    assert owed(given, told=known) == ()
    assert owed(given, now=facts(later(6)), told=known) == ()


def test_withdrawn_is_told_and_kept_is_not() -> None:
    closed = {"closed_at": NOW, "closed_by": "Ana", "closed_reason": "No longer needed."}
    assert len(owed(promise(state=PromiseState.WITHDRAWN, **closed))) == 1
    assert owed(promise(kind=PromiseKind.OTHER, state=PromiseState.KEPT, **closed), now=facts()) == ()


def test_an_updated_timeline_is_told_to_everybody_who_was_asked() -> None:
    line = Timeline(3, 1, "Kim", "First sample", date(2026, 5, 1), "Addresses are cleaned first.", "Ana", NOW)
    found = duties(Promises(timelines=(line, replace(line, stakeholder_id=2, name="Lou"))), facts())
    assert [(duty.cause, duty.name) for duty in found] == [
        ("output:3:timeline", "Kim"),
        ("output:3:timeline", "Lou"),
    ]
    assert duties(Promises(timelines=(line,), told=(told(found[0]),)), facts()) == ()
    assert "The new day is 1 May 2026." in draft("Churn", found, ask=["Ana"]).words


PROMISES = st.builds(
    lambda number, kind, to, days: replace(
        promise(version(due_on=later(days).date(), value="daily", criterion="auc"), kind=kind, to=to),
        id=number,
    ),
    st.integers(1, 10_000),
    st.sampled_from(list(PromiseKind)),
    st.sets(st.sampled_from([KIM, LOU, recipient(3, "Max")]), min_size=1).map(tuple),
    st.integers(-20, 40),
)
GIVEN = st.lists(PROMISES, min_size=1, max_size=5, unique_by=lambda one: one.id).map(tuple)
NOWS = st.sampled_from(
    [
        facts(),
        PAUSED,
        facts(later(9), runs="weekly"),
        facts(later(35)),
        facts(later(5), standing=Standing.STOPPED),
    ]
)


@given(given=GIVEN, now=NOWS, data=st.data())
def test_telling_discharges_exactly_one_duty(
    given: tuple[Promise, ...], now: Facts, data: st.DataObject
) -> None:
    before = owed(*given, now=now)
    if not before:
        return
    chosen = data.draw(st.sampled_from(before))
    after = owed(*given, now=now, told=(told(chosen),))
    assert after == tuple(duty for duty in before if duty != chosen)
    assert len(after) == len(before) - 1


@given(given=GIVEN, now=NOWS)
def test_whoever_was_told_everything_is_owed_again_what_turns(given: tuple[Promise, ...], now: Facts) -> None:
    known = tuple(told(duty) for duty in owed(*given, now=now))
    assert owed(*given, now=now, told=known) == ()
    changed = tuple(replace(one, versions=(*one.versions, replace(one.latest, number=2))) for one in given)
    assert {(d.stakeholder_id, d.cause.split(":")[1]) for d in owed(*changed, now=now, told=known)} == {
        (who.stakeholder_id, str(one.id)) for one in changed for who in one.recipients
    }


def test_the_draft_says_what_was_promised_what_is_what_next_and_whom_to_ask() -> None:
    slipped = promise(
        version(1, due_on=DUE),
        version(2, due_on=DUE + timedelta(days=14), reason="Addresses are missing"),
        answers=(answered(1, 2),),
    )
    written = draft("Churn", owed(slipped), ask=["Ana", "Li"], page_url="https://t.example.org/my")
    assert written.subject == "Churn: “in production” on 15 April 2026 does not hold"
    assert written.words == (
        "Hello,\n\nThis is about Churn.\n\n"
        "What was promised: It is there by then. Day: 15 April 2026. Ana gave this promise on 2 March 2026. "
        "Ana changed it on 3 March 2026. Its day has moved once, from 1 April 2026 to 15 April 2026: "
        "14 days later in all. "
        "The reason: Addresses are missing.\n"
        "What the facts are now: The work is paused since 5 Mar 2026.\n"
        "What happens next: you get a new day, or hear that this one is withdrawn.\n\n"
        "Whom to ask: Ana or Li. All that you were promised stands on your page: https://t.example.org/my\n"
    )


def test_several_things_stand_in_one_message_each_once() -> None:
    both = owed(promise(to=(KIM, LOU)), replace(promise(kind=PromiseKind.OTHER, to=(KIM,)), id=8))
    written = draft("Churn", both, ask=["Ana"])
    assert written.subject == "Churn: 2 things that you were promised"
    assert written.words.count("What was promised") == 2


@given(given=GIVEN, now=NOWS)
def test_every_duty_has_a_draft_and_the_same_facts_give_the_same_words(
    given: tuple[Promise, ...], now: Facts
) -> None:
    for duty in owed(*given, now=now):
        written = draft("Churn", [duty], ask=[])
        assert written == draft("Churn", [duty], ask=[])
        assert len(written.subject) <= 300
        assert "None" not in written.words


def test_nothing_is_not_drafted() -> None:
    with pytest.raises(Refused):
        draft("Churn", [], ask=["Ana"])
