"""When feedback has waited too long, and what must be said with its triage."""

import pytest

from tests.core.make_core import NOW, days
from throughline.core.errors import Refused
from throughline.core.feedback import Triage, overdue, require_reason


@pytest.mark.parametrize(
    ("age", "triage", "is_closed", "said"),
    [
        (7, "", False, ""),
        (8, "", False, "nobody has said for 8 days what follows from it"),
        (30, "work_item", False, ""),
        (31, "work_item", False, "open for 31 days"),
        (90, "work_item", True, ""),
    ],
)
def test_feedback_ages_visibly(age: int, triage: str, is_closed: bool, said: str) -> None:
    assert overdue(NOW - days(age), triage, NOW if is_closed else None, NOW) == said


def test_declining_needs_a_reason_and_nothing_else_does() -> None:
    with pytest.raises(Refused) as refused:
        require_reason(Triage.DECLINED, "")
    assert refused.value.reasons[0].field == "note"
    require_reason(Triage.DECLINED, "It would break the law.")
    for kind in set(Triage) - {Triage.DECLINED}:
        require_reason(kind, "")
