"""The rules of stakeholders: the grid, contacts that are due, what may be written, and health in plain words."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.errors import Refused
from throughline.core.stages import Stage, Standing
from throughline.core.stakeholders import (
    CONTACT_TITLES,
    LEAST,
    MOST,
    PART_MEANINGS,
    PART_TITLES,
    QUADRANT_ADVICE,
    QUADRANT_TITLES,
    ContactKind,
    Part,
    Quadrant,
    Stakeholder,
    clean_contact_day,
    clean_fields,
    health,
    missing_parts,
    newest,
    quadrant,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def somebody(**changes: object) -> Stakeholder:
    fields: dict[str, object] = {
        "id": 1, "name": "Kim", "is_group": False, "business": "", "need": "", "part": Part.USER, "influence": 3,
        "interest": 3, "cadence_days": 14, "person_id": None, "added_at": NOW - 20 * DAY,
    }  # fmt: skip
    return Stakeholder(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("influence", "interest", "expected"),
    [
        (5, 5, Quadrant.CLOSELY),
        (4, 4, Quadrant.CLOSELY),
        (4, 3, Quadrant.SATISFIED),
        (3, 4, Quadrant.INFORMED),
        (3, 3, Quadrant.WATCHED),
        (1, 1, Quadrant.WATCHED),
    ],
)
def test_four_and_five_count_as_much(influence: int, interest: int, expected: Quadrant) -> None:
    assert quadrant(influence, interest) is expected


def test_everything_has_its_words() -> None:
    scale = range(LEAST, MOST + 1)
    assert {quadrant(a, b) for a, b in product(scale, scale)} == set(Quadrant)
    assert set(PART_TITLES) == set(PART_MEANINGS) == set(Part)
    assert set(QUADRANT_TITLES) == set(QUADRANT_ADVICE) == set(Quadrant)
    assert set(CONTACT_TITLES) == set(ContactKind)


def test_contact_is_due_a_cadence_after_the_last_one_or_after_they_were_added() -> None:
    assert somebody().due_at == NOW - 6 * DAY
    assert somebody().is_overdue(NOW)
    assert somebody(last_contact=NOW - DAY).due_at == NOW + 13 * DAY
    assert not somebody(last_contact=NOW - DAY).is_overdue(NOW)
    assert somebody(last_contact=NOW - 30 * DAY).due_at == NOW - 16 * DAY
    assert somebody(cadence_days=None).due_at is None
    assert not somebody(cadence_days=None).is_overdue(NOW)
    assert not somebody(last_contact=NOW - 14 * DAY).is_overdue(NOW)


INSTANTS = st.integers(0, 400).map(lambda days: NOW + days * DAY)


@given(st.lists(st.none() | INSTANTS, max_size=4))
def test_the_newest_is_none_only_when_there_is_none(instants: list[datetime | None]) -> None:
    found = newest(*instants)
    assert (found is None) == all(one is None for one in instants)
    assert all(one is None or (found is not None and one <= found) for one in instants)


def test_missing_parts_come_in_the_order_asked() -> None:
    assert missing_parts([somebody()], ["sponsor", "approver", "user"]) == ("sponsor", "approver")
    assert missing_parts([], []) == ()


def test_content_leaves_out_what_no_sign_off_rests_on() -> None:
    assert somebody(influence=5, cadence_days=3).content() == somebody().content()
    assert somebody(need="Other").content() != somebody().content()


def test_fields_are_cleaned_and_each_problem_named() -> None:
    cleaned = clean_fields({"name": " Kim ", "part": "user", "cadence_days": ""}, is_new=True)
    assert cleaned == {"name": "Kim", "part": "user", "cadence_days": None}
    assert clean_fields({"need": "x"}, is_new=False) == {"need": "x"}
    with pytest.raises(Refused) as refused:
        clean_fields({"influence": "5", "business": 7, "state": "x"}, is_new=True)
    assert {one.field for one in refused.value.reasons} == {"name", "part", "influence", "business", "state"}


def test_a_contact_lies_in_the_past() -> None:
    today = date(2026, 3, 2)
    assert clean_contact_day(today, today) == today
    for wrong in (today + DAY, today - 6 * 366 * DAY):
        with pytest.raises(Refused):
            clean_contact_day(wrong, today)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((), "It is in use."),
        (("kept", "open"), "It is in use. What you were promised holds so far."),
        (("broken",), "It is in use. What you were promised does not hold."),
        (("at_risk", "open"), "It is in use. 1 of 2 things you were promised is at risk."),
        (("broken", "broken", "at_risk"), "It is in use. 2 of 3 things you were promised do not hold."),
    ],
)
def test_health_names_what_is_worst(states: tuple[str, ...], said: str) -> None:
    assert health(Stage.PRODUCTION, Standing.ACTIVE, states) == said


def test_health_has_words_for_every_place() -> None:
    for stage, standing in product(Stage, Standing):
        assert health(stage, standing).endswith(".")
    assert health(Stage.PRODUCTION, Standing.PAUSED) == "Work on it rests for now."
