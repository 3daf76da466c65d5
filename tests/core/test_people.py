"""Who holds a duty, which duties nobody holds, and since when."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.make_core import DAN, LEA, NOW, PAM, days, held
from throughline.core.people import (
    DUTIES,
    DUTY_MEANINGS,
    DUTY_TITLES,
    Assignment,
    Responsibility,
    Role,
    coverage,
    holders,
    holds,
)

SINCE = NOW - days(50)


def gap_of(*assignments: Assignment) -> datetime | None:
    (found,) = coverage(assignments, ["leader"], needed_since=SINCE, now=NOW)
    return found.open_since


def test_eight_roles_and_four_responsibilities_each_with_title_and_meaning() -> None:
    assert len(Role) == 8
    assert len(Responsibility) == 4
    assert set(DUTIES) == set(DUTY_TITLES) == set(DUTY_MEANINGS) == {*Role, *Responsibility}


def test_a_duty_is_held_from_its_start_until_just_before_its_end() -> None:
    assignment = held("leader", starts_at=NOW, ends_at=NOW + days(1))
    assert assignment.holds_at(NOW)
    assert not assignment.holds_at(NOW - timedelta(microseconds=1))
    assert not assignment.holds_at(NOW + days(1))


def test_someone_who_left_the_organisation_holds_nothing() -> None:
    assert holds([held("leader")], LEA, "leader", NOW)
    assert not holds([held("leader", is_person_active=False)], LEA, "leader", NOW)
    assert not holds([held("leader")], PAM, "leader", NOW)


def test_nobody_is_not_a_holder() -> None:
    assert not holds([held("leader")], None, "leader", NOW)


def test_a_held_duty_names_its_holders_and_has_no_gap() -> None:
    (found,) = coverage([held("leader"), held("leader", DAN)], ["leader"], needed_since=SINCE, now=NOW)
    assert found.is_covered
    assert [holder.name for holder in found.holders] == ["Lea", "Dan"]
    assert found.open_since is None
    assert found.title == "Leader"


def test_a_duty_that_nobody_ever_held_is_open_since_it_is_needed() -> None:
    assert gap_of() == SINCE
    assert gap_of(held("analyst")) == SINCE


def test_a_gap_opens_when_the_last_holder_left() -> None:
    first = held("leader", ends_at=NOW - days(30))
    last = held("leader", DAN, ends_at=NOW - days(5))
    assert gap_of(first, last) == NOW - days(5)


def test_someone_who_left_before_the_duty_was_needed_does_not_age_the_gap() -> None:
    assert gap_of(held("leader", ends_at=NOW - days(80))) == SINCE


def test_an_assignment_still_to_come_does_not_fill_the_gap() -> None:
    assert gap_of(held("leader", starts_at=NOW + days(1))) == SINCE


def test_an_assignment_that_was_never_in_force_does_not_date_the_gap() -> None:
    assert gap_of(held("leader", starts_at=NOW - days(2), ends_at=NOW - days(2))) == SINCE


def test_a_delegate_holds_the_duty_for_as_long_as_it_was_delegated() -> None:
    delegate = held("leader", DAN, starts_at=NOW - days(1), ends_at=NOW + days(1), stands_in_for="Lea")
    assert holds([delegate], DAN, "leader", NOW)
    assert not holds([delegate], DAN, "leader", NOW + days(1))


spans = st.tuples(st.integers(-60, 60), st.none() | st.integers(-60, 60))


@settings(max_examples=40, deadline=None)
@given(st.lists(spans, max_size=6))
def test_during_a_gap_nobody_held_the_duty_and_just_before_it_someone_did_or_it_was_not_needed(
    drawn: list[tuple[int, int | None]],
) -> None:
    team = [
        held("leader", starts_at=NOW + days(start), ends_at=None if end is None else NOW + days(end))
        for start, end in drawn
    ]
    (found,) = coverage(team, ["leader"], needed_since=SINCE, now=NOW)
    assert found.is_covered == bool(holders(team, "leader", NOW))
    if found.open_since is None:
        assert found.is_covered
        return
    assert SINCE <= found.open_since <= NOW
    gap = [found.open_since + (NOW - found.open_since) * part / 40 for part in range(41)]
    assert not any(holders(team, "leader", instant) for instant in gap)
    just_before = found.open_since - timedelta(microseconds=1)
    assert found.open_since == SINCE or holders(team, "leader", just_before)


def test_one_person_may_hold_several_duties() -> None:
    both = [held("leader"), held("leader")._replace(duty="analyst")]
    assert all(
        found.is_covered for found in coverage(both, ["leader", "analyst"], needed_since=SINCE, now=NOW)
    )
