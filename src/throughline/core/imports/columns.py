"""Which column of a file states which fact about a model: proposals with confidence and reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from throughline.core.imports.dates import Span, order_evidence, read_date
from throughline.core.imports.tables import Table
from throughline.core.imports.values import propose_risks, propose_scoring, propose_stages

SAMPLE_ROWS = 500
SURE, LIKELY, POSSIBLE = 0.9, 0.6, 0.4
LONGEST_LOOSE_HEADING = 8


@dataclass(frozen=True)
class Target:
    """A fact that a column can state. `phrases` are headings that name it, the most telling first."""

    name: str
    title: str
    phrases: tuple[str, ...]
    kind: str = "text"


@dataclass(frozen=True)
class ColumnProposal:
    """The column taken for one target; `column` is empty when none fits. `confidence` runs from 0 to 1."""

    target: str
    column: str
    confidence: float
    reason: str
    samples: tuple[str, ...] = ()


DATE_TARGETS: tuple[tuple[str, str, str], ...] = (
    ("conception_date", "conception", "Conception began"),
    ("prototype_date", "prototype", "Prototype began"),
    ("production_ready_date", "production_ready", "Production ready since"),
    ("deployment_date", "deployment", "Deployment began"),
    ("production_date", "production", "In production since"),
    ("deprecation_date", "deprecation", "Deprecation announced"),
    ("retired_date", "retired", "Retired on"),
)
_DATE_PHRASES: dict[str, tuple[str, ...]] = {
    "conception_date": (
        "date initiated",
        "initiated on",
        "conception date",
        "conception",
        "start date",
        "began",
    ),
    "prototype_date": (
        "date when acquisition and or development began",
        "development began",
        "prototype date",
        "development start",
        "prototype",
    ),
    "production_ready_date": ("production ready date", "production ready since", "approved on"),
    "deployment_date": ("deployment date", "deployed on", "date deployed", "deployment began"),
    "production_date": (
        "date implemented",
        "in production since",
        "production date",
        "go live",
        "go live date",
        "live since",
    ),
    "deprecation_date": ("deprecation date", "deprecation announced", "date deprecated"),
    "retired_date": ("date retired", "retired on", "retirement date", "date decommissioned", "end date"),
}
TARGETS: tuple[Target, ...] = (
    Target(
        "name", "Name", ("use case name", "model name", "name", "title", "project name", "model", "use case")
    ),
    Target(
        "external_id",
        "Identifier",
        (
            "use case id",
            "external id",
            "model id",
            "id",
            "identifier",
            "inventory id",
            "key",
            "reference",
            "uuid",
        ),
        "key",
    ),
    Target("summary", "Summary", ("summary", "description", "intended purpose", "purpose", "abstract")),
    Target(
        "stage",
        "Stage",
        ("stage of development", "development stage", "lifecycle stage", "stage", "phase", "status"),
        "stage",
    ),
    Target("standing", "Standing", ("standing",)),
    Target(
        "risk_tier",
        "Risk tier",
        ("risk tier", "risk", "risk level", "rights impacting", "criticality", "impact level"),
        "risk",
    ),
    Target(
        "scoring",
        "Scoring",
        ("scoring mode", "batch or real time", "scoring", "inference mode"),
        "scoring",
    ),
    Target("team", "Team", ("team", "department", "agency", "division", "organisation", "organization")),
    Target("unit", "Unit", ("unit", "bureau", "agency", "sub agency", "office")),
    *(Target(name, title, _DATE_PHRASES[name], "date") for name, _, title in DATE_TARGETS),
    Target(
        "owner",
        "Owner",
        (
            "owner",
            "model owner",
            "program manager",
            "responsible",
            "contact",
            "point of contact",
            "product owner",
            "lead",
        ),
    ),
    Target("tags", "Tags", ("tags", "labels", "topic area", "techniques", "keywords", "category"), "tags"),
)
TARGETS_BY_NAME: dict[str, Target] = {target.name: target for target in TARGETS}


def propose_columns(table: Table) -> tuple[ColumnProposal, ...]:
    """One proposal per target; each column is proposed for one target at most, the surest first."""
    columns = {heading: table.column(heading)[:SAMPLE_ROWS] for heading in table.header}
    candidates = sorted(
        (
            proposal
            for target in TARGETS
            for heading, values in columns.items()
            if (proposal := _weigh(target, heading, values)).confidence >= POSSIBLE
        ),
        key=lambda proposal: -proposal.confidence,
    )
    chosen: dict[str, ColumnProposal] = {}
    used: set[str] = set()
    for proposal in candidates:
        if proposal.target not in chosen and proposal.column not in used:
            chosen[proposal.target] = proposal
            used.add(proposal.column)
    return tuple(
        chosen.get(target.name) or ColumnProposal(target.name, "", 0, "no column says this")
        for target in TARGETS
    )


def samples(values: Sequence[str], count: int = 4) -> tuple[str, ...]:
    """The first few different filled values, shortened for show."""
    found = dict.fromkeys(" ".join(value[:200].split())[:80] for value in values if value.strip())
    return tuple(found)[:count]


def words(heading: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", heading.casefold()))


def _weigh(target: Target, heading: str, values: Sequence[str]) -> ColumnProposal:
    by_name, why = _by_heading(target, words(heading))
    if not by_name:
        return ColumnProposal(target.name, heading, 0, "")
    factor, doubt = _by_values(target.kind, [value for value in values if value.strip()], len(values))
    reason = f"{why}; {doubt}" if doubt else why
    return ColumnProposal(target.name, heading, round(by_name * factor, 2), reason, samples(values))


def _by_heading(target: Target, heading: str) -> tuple[float, str]:
    for place, phrase in enumerate(target.phrases):
        if heading == phrase:
            return round(1 - 0.01 * place, 2), f"the heading is “{phrase}”"
    for place, phrase in enumerate(target.phrases):
        loose = " " in phrase or len(heading.split()) <= LONGEST_LOOSE_HEADING
        if loose and f" {phrase} " in f" {heading} ":
            return round(
                (SURE - 0.1 if " " in phrase else LIKELY) - 0.01 * place, 2
            ), f"the heading contains “{phrase}”"
    return 0, ""


def _by_values(kind: str, filled: Sequence[str], rows: int) -> tuple[float, str]:
    """How far the column's own values bear its heading out, and the doubt if they do not."""
    if not filled:
        return 0.7, "but the column is empty"
    if kind == "key" and (len(set(filled)) < len(filled) or len(filled) < rows):
        return 0.5, "but its values are not all present and different"
    if kind == "date" and _share_of_dates(filled) < 0.3:
        return 0.4, "but few of its values are dates"
    propose = {"stage": propose_stages, "risk": propose_risks, "scoring": propose_scoring}.get(kind)
    if propose:
        known = sum(proposal.count for proposal in propose(filled) if proposal.meaning)
        return (1, "") if known >= len(filled) / 2 else (0.6, "but few of its values are known")
    return 1, ""


def _share_of_dates(filled: Sequence[str]) -> float:
    dated = sum(isinstance(read_date(value), Span) for value in filled)
    return (dated + order_evidence(filled).either) / len(filled)
