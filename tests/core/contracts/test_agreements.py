"""Labels that go forwards, answers that hold, and the version that counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from throughline.core.contracts.agreements import (
    Given,
    History,
    Party,
    Side,
    Version,
    VersionState,
    is_before,
    refuse_label,
    why_may_not_answer,
)
from throughline.core.contracts.identity import content_fingerprint, title_of
from throughline.core.errors import Refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PARTIES = (Party(Side.PROVIDER, None, "Shop"), Party(Side.CONSUMER, 7, "Churn"))


def version(number: int = 1, label: str = "1.0.0", **more: object) -> Version:
    return Version(number, number, label, f"content {number}", False, NOW, "Noor", **more)  # type: ignore[arg-type]


def said(side: Side, person: int, to: str = "content 1", *, agreed: bool = True, minutes: int = 0) -> Given:
    party = None if side is Side.PROVIDER else 7
    return Given(side, party, agreed, person, f"P{person}", to, NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("1.9.0", "1.10.0"),
        ("1", "1.0.1"),
        ("v1.0", "2"),
        ("1.0.0-rc.1", "1.0.0"),
        ("1.0.0-alpha.2", "1.0.0-alpha.10"),
    ],
)
def test_semantic_versions_have_an_order(label: str, other: str) -> None:
    assert is_before(label, other)
    assert not is_before(other, label)


@pytest.mark.parametrize(
    ("label", "other"), [("1.0", "1.0.0"), ("spring", "autumn"), ("2026a", "1.0"), ("", "1")]
)
def test_other_labels_have_none(label: str, other: str) -> None:
    assert not is_before(label, other)
    assert not is_before(other, label)


def test_a_label_is_refused_backwards_and_for_other_content() -> None:
    known = [version(1, "1.0.0"), version(2, "2.0.0")]
    refuse_label("2.0.1", "content 3", known)
    for label, content, why in (
        ("1.5.0", "content 3", "older"),
        ("2.0.0", "content 3", "other content"),
        ("3.0.0", "content 1", "published as version 1.0.0"),
    ):
        with pytest.raises(Refused, match=why):
            refuse_label(label, content, known)


def test_the_newest_answer_counts_and_only_to_what_is_said_now() -> None:
    one = version(answers=(said(Side.CONSUMER, 1), said(Side.CONSUMER, 1, agreed=False, minutes=1)))
    answer = one.answer_of(Side.CONSUMER, 7)
    assert answer is not None
    assert not answer.is_agreed
    assert replace(one, ends_on=date(2027, 1, 1)).answer_of(Side.CONSUMER, 7) is None
    assert one.answer_of(Side.PROVIDER, None) is None


def test_nobody_on_one_side_is_no_agreement() -> None:
    one = version(answers=(said(Side.PROVIDER, 1),))
    assert not History((one,), PARTIES[:1]).is_complete(one)
    both = version(answers=(said(Side.PROVIDER, 1), said(Side.CONSUMER, 2)))
    assert History((both,), PARTIES).is_complete(both)


def test_one_person_stays_on_one_side_even_for_what_the_version_said_before() -> None:
    one = version(answers=(said(Side.PROVIDER, 1, to="earlier content"),))
    assert why_may_not_answer(one, Side.CONSUMER, 1)
    assert not why_may_not_answer(one, Side.PROVIDER, 1)
    assert not why_may_not_answer(one, Side.CONSUMER, 2)


def test_states_follow_time_and_the_newest_version() -> None:
    old = version(1, in_force_from=NOW - timedelta(days=9), in_force_until=NOW)
    now = version(2, in_force_from=NOW, in_force_until=NOW + timedelta(days=1))
    lost, newest = version(3), version(4, answers=(said(Side.CONSUMER, 1, to="content 4", agreed=False),))
    history = History((old, now, lost, newest), PARTIES)
    states = [history.state(one, NOW) for one in history.versions]
    assert states == [VersionState.OVER, VersionState.IN_FORCE, VersionState.REPLACED, VersionState.DECLINED]
    assert history.in_force(NOW + timedelta(days=1)) is None
    assert history.pending() is newest
    assert history.state(replace(now, in_force_from=NOW + timedelta(hours=1)), NOW) is VersionState.AGREED
    withdrawn = replace(newest, withdrawn_at=NOW)
    assert History((old, now, lost, withdrawn), PARTIES).pending() is lost


def test_the_same_content_has_one_fingerprint_however_it_is_written() -> None:
    assert content_fingerprint({"a": 1, "b": [1.0]}) == content_fingerprint({"b": [1], "a": 1.0})
    assert content_fingerprint({"a": 1}) != content_fingerprint({"a": "1"})
    assert content_fingerprint({"a": True}) != content_fingerprint({"a": 1})


def test_a_title_is_found_in_any_document() -> None:
    assert title_of({"id": "x", "name": "Orders"}) == "Orders"
    assert title_of({"id": "x", "schema": [{"name": "orders"}]}) == "orders"
    assert title_of({"id": "x", "schema": "?"}) == "x"
    assert title_of({"id": "x", "name": "a\x00b"}) == "x"
