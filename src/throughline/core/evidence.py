"""One observed fact with its source, subject and time, and how long it holds."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class EvidenceKind(StrEnum):
    MEASURED = "measured"
    TESTED = "tested"
    REVIEWED = "reviewed"
    SIGNED = "signed"


class Outcome(StrEnum):
    """What a test or review came to; a measurement has none."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NONE = ""


NOTHING_MORE: Mapping[str, object] = MappingProxyType({})


class Evidence(NamedTuple):
    """`key` names what was observed (`metric.val_auc`, `contract.orders`), `subject` what it was observed on."""

    id: int
    kind: EvidenceKind
    key: str
    source: str
    subject: str
    observed_at: datetime
    recorded_at: datetime
    value: float | None = None
    outcome: Outcome = Outcome.NONE
    unit: str = ""
    summary: str = ""
    link: str = ""
    source_ref: str = ""
    fingerprint: str = ""
    release_id: int | None = None
    valid_until: datetime | None = None
    recorded_by: str = ""
    detail: Mapping[str, object] = NOTHING_MORE

    @property
    def is_about_a_version(self) -> bool:
        """Observed on one registered version, so that it says nothing about another."""
        return bool(self.detail.get("version"))

    @property
    def has_number(self) -> bool:
        return self.value is not None and math.isfinite(self.value)

    def content(self) -> dict[str, object]:
        """What a sign-off on this evidence is tied to: another value or subject is other content."""
        return {
            "key": self.key,
            "value": self.value if self.has_number else None,
            "outcome": self.outcome,
            "subject": self.subject,
            "fingerprint": self.fingerprint,
            "source": self.source,
        }


def why_stale(evidence: Evidence, *, max_age_days: float | None, now: datetime) -> str:
    """Empty while the evidence holds; otherwise the reason why it no longer does."""
    if evidence.observed_at > now:
        return f"it is dated in the future ({evidence.observed_at:%Y-%m-%d %H:%M} UTC)"
    if evidence.valid_until is not None and evidence.valid_until <= now:
        return f"it held until {evidence.valid_until:%Y-%m-%d}"
    if max_age_days is not None and now - evidence.observed_at > timedelta(days=max_age_days):
        days = (now - evidence.observed_at).days
        return f"it is {days} days old and may be {max_age_days:g}"
    return ""


def latest(evidence: Iterable[Evidence], key: str) -> Evidence | None:
    """The newest observation under a key."""
    return newest_by_key(e for e in evidence if e.key == key).get(key)


def newest_by_key(evidence: Iterable[Evidence]) -> dict[str, Evidence]:
    """Of each key the newest observation; of two at one instant, the one recorded later."""
    newest: dict[str, Evidence] = {}
    for found in evidence:
        known = newest.get(found.key)
        if known is None or _order(found) > _order(known):
            newest[found.key] = found
    return newest


def _order(evidence: Evidence) -> tuple[datetime, datetime, int]:
    return (evidence.observed_at, evidence.recorded_at, evidence.id)
