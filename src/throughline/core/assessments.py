"""Assessments of data quality: their states, who may judge them, and what is known of a source's quality."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from throughline.core.data_sources import Sensitivity
from throughline.core.errors import NotAllowed, Refused

KEY = "data.quality."


class AssessmentState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


OPEN = (AssessmentState.WAITING, AssessmentState.RUNNING)


class Judgement(StrEnum):
    NONE = ""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Judged:
    """One assessment that a person judged. `measured_at` is when the data was read: that is what grows old."""

    id: int
    is_accepted: bool
    measured_at: datetime
    judged_at: datetime
    by: str
    reason: str
    fingerprint: str


@dataclass(frozen=True)
class Tested:
    """The newest finished test of one contract of a source's provider."""

    id: int
    contract: str
    outcome: str
    at: datetime


@dataclass(frozen=True)
class SourceQuality:
    """What is known of one source: the judgement that was given last, and the newest test of each contract."""

    source_id: int
    judged: Judged | None = None
    tests: tuple[Tested, ...] = ()

    def content(self) -> tuple[object, ...]:
        """What a sign-off may rest on: a test that comes out as before is no new content."""
        judged = (self.judged.id, self.judged.is_accepted) if self.judged else None
        return (self.source_id, judged, tuple(sorted((one.contract, one.outcome) for one in self.tests)))

    def failed_since(self) -> tuple[Tested, ...]:
        """Tests that failed and that nobody has accepted with open eyes afterwards."""
        accepted_at = self.judged.judged_at if self.judged and self.judged.is_accepted else None
        return tuple(
            one
            for one in self.tests
            if one.outcome == "failed" and (accepted_at is None or one.at > accepted_at)
        )

    @property
    def is_rejected(self) -> bool:
        """Somebody rejected what they saw, and no test has passed on newer data."""
        judged = self.judged
        if judged is None or judged.is_accepted:
            return False
        return not any(one.outcome == "passed" and one.at > judged.measured_at for one in self.tests)

    def good(self) -> tuple[tuple[datetime, str], ...]:
        """What speaks for the data, and when it was read; the newest first."""
        found = [
            (one.at, f"passed its contract {one.contract}") for one in self.tests if one.outcome == "passed"
        ]
        if self.judged and self.judged.is_accepted:
            found.append((self.judged.measured_at, f"accepted by {self.judged.by}"))
        return tuple(sorted(found, reverse=True))


def is_fresh(read_at: datetime, max_age_days: float | None, now: datetime) -> bool:
    return max_age_days is None or now - read_at <= timedelta(days=max_age_days)


def keeps_values(sensitivity: str) -> bool:
    """Of confidential and restricted data a profile holds counts alone."""
    return sensitivity not in (Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED)


def evidence_key(source_name: str) -> str:
    """Under which a judgement is found as evidence: `data.quality.orders_of_the_shop`."""
    plain = re.sub(r"[^\w]+", "_", source_name.casefold()).strip("_")
    return f"{KEY}{plain or 'source'}"[:200]


def require_judgeable(
    *, state: str, judgement: str, is_accepted: bool, asker_id: int | None, person_id: int
) -> None:
    """Raises where this person may not judge this assessment now.

    Accepting takes four eyes: whoever had the data assessed knows what they hoped to see. Anybody may reject.
    """
    if state != AssessmentState.DONE:
        raise Refused.of("There is nothing to judge before it is done.", remedy="Wait, or assess again.")
    if judgement:
        raise Refused.of(f"It was {judgement} already.", remedy="Assess again to judge anew.")
    if is_accepted and asker_id == person_id:
        raise NotAllowed("You asked for this assessment; somebody else accepts it.")
