"""Builds reviews and findings for the tests of the core."""

from datetime import date
from typing import Any

from tests.core.make_core import NOW, days
from throughline.core.compliance import (
    Conclusion,
    FindingState,
    Review,
    ReviewFinding,
    ReviewState,
    Severity,
)


def finding(number: int = 1, severity: str = "high", state: str = "open", **more: Any) -> ReviewFinding:
    settled = {} if state == "open" else {"settled_at": NOW - days(1), "settled_by": "Ben"}
    given = {"title": "Kept for ever", "owner": "Amy", **settled, **more}
    title = given.pop("title")
    return ReviewFinding(number, title, Severity(severity), FindingState(state), NOW - days(5), **given)


def review(*findings: ReviewFinding, pk: int = 1, kind: str = "privacy", **more: Any) -> Review:
    """Passed five days ago until the end of 2026, unless told otherwise."""
    given: dict[str, Any] = {
        "state": ReviewState.CLOSED, "conclusion": Conclusion.PASSED, "closed_at": NOW - days(5),
        "valid_until": date(2026, 12, 31), **more,
    }  # fmt: skip
    return Review(pk, kind, "Rae", asked_at=NOW - days(20), findings=findings, **given)


def running(pk: int = 2, state: ReviewState = ReviewState.OPEN, **more: Any) -> Review:
    return Review(pk, "privacy", "Rae", state, NOW - days(3), **more)
