"""The chain of versions of a promise, its slip, its answers, and what may be said in one."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.make_promises import NOW, answered, promise, recipient, version
from throughline.core.errors import Refused
from throughline.core.promises import Content, changed_fields, clean_content, slip_of

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1))


@given(st.lists(st.one_of(st.none(), DAYS), min_size=1, max_size=12))
def test_slip_is_what_the_history_says_for_any_sequence_of_edits(days: list[date | None]) -> None:
    chain = [version(number + 1, due_on=day) for number, day in enumerate(days)]
    slip, dated = slip_of(chain), [day for day in days if day is not None]
    assert slip.days == ((dated[-1] - dated[0]).days if dated else 0)
    assert slip.times == sum(before != after for before, after in pairwise(dated))
    walked = dated[:1]
    for step in slip.steps:
        assert step.before == walked[-1]
        assert step.days == (step.after - step.before).days != 0
        walked.append(step.after)
    assert walked[-1:] == dated[-1:]


def test_an_edit_of_words_is_no_slip_but_is_said() -> None:
    before, after = version(1, statement="Daily."), version(2, statement="Weekly.")
    assert slip_of([before, after]).times == 0
    assert changed_fields(before, after) == (("statement", "Daily.", "Weekly."),)
    assert changed_fields(before, version(2, statement="Daily.")) == ()


def test_only_the_newest_answer_to_the_newest_version_counts() -> None:
    kim, lou, max_ = recipient(1, "Kim"), recipient(2, "Lou"), recipient(3, "Max")
    found = promise(
        version(1), version(2), to=(kim, lou, max_),
        answers=(answered(1, 1), answered(2, 2), answered(2, 2, words="Too late for us."), answered(3, 2)),
    )  # fmt: skip
    assert found.unanswered == (kim,)
    assert found.acknowledged == (max_,)
    assert [answer.words for answer in found.disputed] == ["Too late for us."]


def test_who_is_no_recipient_any_more_counts_no_more() -> None:
    found = promise(version(1), to=(recipient(1),), answers=(answered(2, 1, words="No."),))
    assert found.disputed == ()


@pytest.mark.parametrize(
    ("kind", "content", "field"),
    [
        ("wish", Content("x"), "kind"),
        ("production_date", Content("x"), "due_on"),
        ("production_date", Content("x", due_on=NOW.date(), value="daily"), "value"),
        ("production_date", Content("x", due_on=date(1999, 12, 31)), "due_on"),
        ("production_date", Content("", due_on=NOW.date()), "statement"),
        ("run_frequency", Content("x"), "value"),
        ("run_frequency", Content("x", value="daily", criterion="auc"), "criterion"),
        ("criterion", Content("x"), "criterion"),
        ("criterion", Content("x", criterion="f1"), "criterion"),
        ("other", Content("x\0"), "statement"),
    ],
)
def test_what_does_not_hold_is_refused_at_its_field(kind: str, content: Content, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        clean_content(kind, content, criteria=["auc"])
    assert [reason.field for reason in refusal.value.reasons] == [field]
    assert refusal.value.kind == "invalid"


def test_each_kind_takes_what_it_needs() -> None:
    day = NOW.date() + timedelta(days=3)
    for kind, content in (
        ("evaluation_date", Content(" x ", due_on=day)),
        ("run_frequency", Content("x", value="daily")),
        ("criterion", Content("x", criterion="auc", due_on=day)),
        ("limitation", Content("x")),
    ):
        assert clean_content(kind, content, criteria=["auc"]).statement == "x"
