"""What a data source may say, contacts as people type them, and what a request for access is worth on a day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.access_requests import AccessRequest, AccessStanding, AccessState, state_at
from throughline.core.data_sources import (
    CLEANERS,
    FIELDS,
    clean_fields,
    contacts_from_lines,
    contacts_to_lines,
    counting,
)
from throughline.core.errors import Refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = st.dates(date(2026, 1, 1), date(2027, 1, 1))
WORD = st.text("abcdefghij ", min_size=1, max_size=8).map(str.strip).filter(bool)


def asked(**more: Any) -> AccessRequest:
    given: dict[str, Any] = {
        "id": 1, "source_id": 1, "state": AccessState.ASKED, "needed_by": "Job", "reason": "So.", "sent_to": "Desk",
        "asked_at": NOW, "asked_by": "Pam", "due_on": NOW.date(), **more,
    }  # fmt: skip
    return AccessRequest(**given)


def test_every_kind_of_field_has_a_cleaner() -> None:
    assert {rule.kind for rule in FIELDS.values()} == set(CLEANERS)


def test_only_what_is_given_is_written_and_a_new_one_needs_a_name() -> None:
    assert clean_fields({"provider": " Sales "}, is_new=False) == {"provider": "Sales"}
    with pytest.raises(Refused) as refusal:
        clean_fields({"provider": "Sales"}, is_new=True)
    assert [one.field for one in refusal.value.reasons] == ["name"]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        clean_fields(
            {"name": "", "sensitivity": "x", "supported_until": "soon", "contacts": "Ada"}, is_new=True
        )
    assert {one.field for one in refusal.value.reasons} == {
        "name",
        "sensitivity",
        "supported_until",
        "contacts",
    }


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Ada", {"name": "Ada"}),
        ("Ada, ada@example.org", {"name": "Ada", "email": "ada@example.org"}),
        ("Ada, data desk", {"name": "Ada", "role": "data desk"}),
        (
            "Ada, ada@example.org, desk, nights",
            {"name": "Ada", "email": "ada@example.org", "role": "desk, nights"},
        ),
    ],
)
def test_contacts_are_typed_one_in_a_line(line: str, found: dict[str, str]) -> None:
    assert contacts_from_lines(f"\n{line}\n , \n") == [found]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": WORD}, optional={"email": WORD.map(lambda w: f"{w[0]}@x"), "role": WORD}
        )
    )
)
def test_contacts_read_back_as_they_were(contacts: list[dict[str, str]]) -> None:
    assert contacts_from_lines(contacts_to_lines(contacts)) == contacts


@given(DAYS, DAYS | st.none())
def test_a_grant_holds_exactly_through_its_last_day(day: date, until: date | None) -> None:
    one = asked(state=AccessState.GRANTED, granted_until=until)
    assert one.holds_on(day) == (until is None or day <= until)
    standing = one.standing_on(day)
    assert (standing is AccessStanding.ENDED) == (not one.holds_on(day))
    is_soon = until is not None and timedelta(0) <= until - day <= timedelta(days=30)
    assert (standing is AccessStanding.ENDS_SOON) == is_soon


@given(DAYS, DAYS)
def test_an_answer_is_late_the_day_after_it_was_due(day: date, due: date) -> None:
    late = asked(due_on=due).standing_on(day) is AccessStanding.OVERDUE
    assert late == (day > due)


@pytest.mark.parametrize("state", [AccessState.REFUSED, AccessState.WITHDRAWN, AccessState.REVOKED])
def test_what_is_over_is_neither_late_nor_held(state: AccessState) -> None:
    one = asked(state=state, due_on=date(2020, 1, 1))
    assert one.standing_on(NOW.date()).value == state.value
    assert not one.holds_on(NOW.date())


def test_the_state_of_the_past_is_told_from_the_times() -> None:
    before, answered, between, ended, after = (NOW + timedelta(hours=hour) for hour in range(5))
    revoked = AccessState.REVOKED
    assert [state_at(revoked, answered, ended, at) for at in (before, answered, between, ended, after)] == [
        "asked", "granted", "granted", "revoked", "revoked",
    ]  # fmt: skip
    assert state_at(AccessState.REFUSED, answered, None, after) is AccessState.REFUSED
    assert state_at(AccessState.WITHDRAWN, None, ended, between) is AccessState.ASKED
    assert state_at(AccessState.WITHDRAWN, None, ended, after) is AccessState.WITHDRAWN


def test_the_grant_that_holds_longest_counts_else_the_last_request() -> None:
    short = asked(id=3, state=AccessState.GRANTED, granted_until=date(2026, 5, 1))
    endless = asked(id=2, state=AccessState.GRANTED)
    assert counting([short, endless, asked(id=4)]) == endless
    assert counting([asked(id=1), asked(id=2, state=AccessState.REFUSED)]) == asked(
        id=2, state=AccessState.REFUSED
    )
    assert counting([]) is None
