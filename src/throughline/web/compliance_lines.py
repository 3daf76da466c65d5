"""Compliance reviews and findings, made ready to be read: words, icons and tones, and what stands on a model's tab."""

from dataclasses import dataclass
from datetime import date, datetime

from throughline.core.compliance import (
    CONCLUSION_TITLES,
    KINDS,
    FindingState,
    ReviewFinding,
    Severity,
    title_of,
)
from throughline.core.dossier import Dossier
from throughline.queries import compliance as queries
from throughline.queries.compliance import Line
from throughline.queries.rows import ComplianceFinding, MLModel
from throughline.web.words import Mark

STANDINGS = {
    "asked": Mark("Asked, not begun", "clock", "accent"),
    "open": Mark("Under way", "eye", "accent"),
    "valid": Mark("In force", "met", "met"),
    "ending": Mark("Ends soon", "clock", "unknown"),
    "expired": Mark("Expired", "clock", "unmet"),
    "blocked": Mark("Grave finding open", "alert", "unmet"),
    "refused": Mark("Refused", "block", "unmet"),
    "replaced": Mark("Replaced by a newer one", "history"),
    "withdrawn": Mark("Withdrawn", "undo"),
}
SEVERITIES = {
    Severity.LOW: Mark("Low", "info"),
    Severity.MEDIUM: Mark("Medium", "info", "unknown"),
    Severity.HIGH: Mark("High", "alert", "unmet"),
    Severity.CRITICAL: Mark("Critical", "alert", "unmet"),
}
STATES = {
    FindingState.OPEN: Mark("Open", "unknown", "unknown"),
    FindingState.RESOLVED: Mark("Resolved", "met", "met"),
    FindingState.ACCEPTED: Mark("Risk accepted", "waived", "waived"),
}
CLAIMED = Mark("Resolved, not confirmed yet", "clock", "accent")


@dataclass(frozen=True)
class FindingLine:
    """One finding as it stood at an instant, with the words that were said of it by then."""

    row: ComplianceFinding
    fact: ReviewFinding
    severity: Mark
    state: Mark
    is_late: bool


@dataclass(frozen=True)
class ReviewLine:
    """One review with its findings; `ends` says what its day means."""

    line: Line
    title: str
    about: str
    mark: Mark
    conclusion: str
    findings: tuple[FindingLine, ...]
    is_late: bool

    @property
    def open_findings(self) -> tuple[FindingLine, ...]:
        return tuple(one for one in self.findings if one.fact.is_open)

    @property
    def settled(self) -> tuple[FindingLine, ...]:
        return tuple(one for one in self.findings if not one.fact.is_open)


@dataclass(frozen=True)
class Missing:
    """A kind of review that was never asked for."""

    key: str
    title: str
    asks: str


def tab(model: MLModel, dossier: Dossier) -> dict[str, object]:
    """What the tab shows, as it was known at the dossier's instant: what counts first, then what is over."""
    known = {one.id for one in dossier.compliance}
    rows = [row for row in queries.reviews_of(model)[:200] if row.pk in known]
    made = [shown(queries.line_among(row, dossier.compliance, dossier.at), dossier.at) for row in rows]
    over = ("replaced", "withdrawn")
    asked = {row.kind for row in rows}
    return {
        "reviews": [one for one in made if one.line.standing not in over],
        "past_reviews": [one for one in made if one.line.standing in over],
        "other_kinds": [
            Missing(key, kind.title, kind.asks) for key, kind in KINDS.items() if key not in asked
        ],
    }


def shown(line: Line, at: datetime) -> ReviewLine:
    row, fact, day = line.row, line.fact, at.date()
    facts = {one.number: one for one in fact.findings}
    findings = [
        finding_line(one, facts[one.number], day) for one in row.findings.all() if one.number in facts
    ]
    about = f"release {row.release.name}" if row.release else "all releases"
    return ReviewLine(
        line=line,
        title=f"{title_of(row.kind)} review",
        about=f"{about}, {fact.subject}" if fact.subject else about,
        mark=STANDINGS[line.standing],
        conclusion=CONCLUSION_TITLES.get(fact.conclusion, ""),
        findings=tuple(sorted(findings, key=lambda one: (not one.fact.is_open, -one.fact.severity.rank))),
        is_late=fact.is_late(day),
    )


def finding_line(row: ComplianceFinding, fact: ReviewFinding, day: date) -> FindingLine:
    state = CLAIMED if fact.is_claimed and fact.is_open else STATES[fact.state]
    return FindingLine(row, fact, SEVERITIES[fact.severity], state, fact.is_late(day))
