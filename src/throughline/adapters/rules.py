"""What reports of many rules have in common: one outcome over all, and one observation for each rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from throughline.adapters.base import Observation, ReportUnreadable
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.text import Json

MAX_RULES = 5_000
MAX_NAMED = 50


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a report; `name` is unique within it."""

    name: str
    status: Outcome
    summary: str
    value: float | None = None
    unit: str = ""
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What a tool said about one subject in one run.

    The whole is kept as `area.name`. Single rules are kept as `rule.area.name.…`, so that a rule which is
    dropped from a contract is not asked for for ever by a policy that wants everything in the area to pass.
    `proves_nothing` says why the whole passes nothing although no rule failed; empty where nothing does.
    """

    source: str
    area: str
    name: str
    subject: str
    run_ref: str
    digest: str
    observed_at: datetime | None
    rules: tuple[Rule, ...]
    detail: Mapping[str, Json]
    proves_nothing: str = ""


def told(report: Report) -> tuple[Observation, ...]:
    """One observation for the whole report, then one for each rule."""
    if len(report.rules) > MAX_RULES:
        raise ReportUnreadable(f"The report holds more than {MAX_RULES:,} rules.", "Bring it in parts.")
    return (_whole(report), *(_single(report, rule) for rule in report.rules))


def outcome(statuses: Iterable[Outcome]) -> Outcome:
    """Failed if any failed; passed only if there were rules and every one of them passed."""
    seen = set(statuses)
    if Outcome.FAILED in seen:
        return Outcome.FAILED
    return Outcome.PASSED if seen == {Outcome.PASSED} else Outcome.UNKNOWN


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names in order, with a number behind those that came before."""
    times: dict[str, int] = {}
    made = []
    for name in names:
        times[name] = times.get(name, 0) + 1
        made.append(name if times[name] == 1 else f"{name}#{times[name]}")
    return tuple(made)


def _whole(report: Report) -> Observation:
    named = {status: [rule.name for rule in report.rules if rule.status is status] for status in Outcome}
    passed, failed, unclear = (len(named[one]) for one in (Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN))
    total = len(report.rules)
    status = outcome(rule.status for rule in report.rules)
    if report.proves_nothing and status is Outcome.PASSED:
        status = Outcome.UNKNOWN
    counted = f"{passed} of {total} rules passed, {failed} failed, {unclear} without a result."
    detail: dict[str, Json] = {
        **report.detail,
        "passed": passed,
        "failed": failed,
        "unknown": unclear,
        "failed_rules": [*named[Outcome.FAILED][:MAX_NAMED]],
        "unknown_rules": [*named[Outcome.UNKNOWN][:MAX_NAMED]],
    }
    whole = Rule("", status, f"{counted} {report.proves_nothing}".strip(), detail=detail)
    if total:
        whole = replace(whole, value=passed / total, unit="share passed")
    return _observation(report, whole, f"{report.area}.{report.name}", report.run_ref)


def _single(report: Report, rule: Rule) -> Observation:
    key = f"rule.{report.area}.{report.name}.{rule.name}"
    return _observation(report, rule, key, f"{report.run_ref}:{rule.name}")


def _observation(report: Report, rule: Rule, key: str, ref: str) -> Observation:
    return Observation(
        kind=EvidenceKind.TESTED,
        key=key,
        subject=report.subject,
        source=report.source,
        source_ref=f"{report.source}:{ref}",
        value=rule.value,
        unit=rule.unit,
        outcome=rule.status,
        summary=rule.summary,
        fingerprint=report.digest,
        observed_at=report.observed_at,
        detail=rule.detail,
    )
