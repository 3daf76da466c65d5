"""Findings of a gate, made ready to be read: the blocking ones first, each with what can be done about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from throughline.core.dossier import Dossier
from throughline.core.gates import Finding, Verdict
from throughline.core.people import DUTY_TITLES, holds
from throughline.core.permissions import Actor, may
from throughline.core.policy import Gate, Level, PolicyCheck
from throughline.web.words import STATUSES

ORDER = ("unmet", "unknown", "waived", "met", "not_needed")
GATE_TITLES = {
    "conception_to_prototype": "Conception → Prototype",
    "prototype_to_production_ready": "Prototype → Production ready",
    "production_ready_to_deployment": "Production ready → Deployment",
    "deployment_to_production": "Deployment → Production",
    "production_to_deprecation": "Production → Deprecation",
    "deprecation_to_retired": "Deprecation → Retired",
}


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    icon: str


@dataclass(frozen=True)
class Fix:
    """Where somebody with the right goes to answer a check of one kind."""

    title: str
    route: str
    icon: str
    verb: str
    query: str = ""


FIXES = {
    "signed.": Fix("Sign off", "sign_off", "signature", "sign_off.give"),
    "quality.": Fix("Attach evidence", "evidence_new", "evidence", "evidence.attach"),
    "readiness.release_named": Fix("Name the release", "release_new", "release", "model.change"),
    "readiness.run_traceable": Fix("Attach evidence", "evidence_new", "evidence", "evidence.attach"),
    "model.": Fix("Complete the record", "model_edit", "edit", "model.change"),
    "planning.feasibility": Fix("Record the feasibility", "feasibility_new", "review", "model.change"),
    "outputs.": Fix("See what was shown", "model", "eye", "model.view", "?tab=outputs"),
    "feedback.": Fix("See the feedback", "model", "mail", "model.view", "?tab=outputs"),
    "compliance.": Fix("See the reviews", "model", "review", "model.view", "?tab=compliance"),
    "prototype.bears_out": Fix("See the criteria", "model", "chart", "model.view", "?tab=criteria"),
    "prototype.direction": Fix("Decide the direction", "direction_new", "decision", "direction.decide"),
    "people.": Fix("See who is missing", "model", "people", "people.view", "?tab=people"),
}


@dataclass(frozen=True)
class Row:
    id: str
    status: str
    icon: str
    word: str
    question: str
    found: str
    remedy: str
    turn: str
    why: str
    level: str
    until: datetime | None
    links: tuple[Link, ...]
    actions: tuple[Link, ...]
    is_yours: bool


@dataclass(frozen=True)
class Report:
    """`open` is what a person must look at; `settled` what is done; `skipped` what was not asked."""

    statuses: tuple[str, ...]
    summary: str
    is_open: bool
    state: str
    open: tuple[Row, ...]
    settled: tuple[Row, ...]
    skipped: tuple[Row, ...]


def gate_title(gate: str) -> str:
    return GATE_TITLES.get(gate) or gate.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Onlooker:
    """Who looks at a gate that is still open, so that each finding offers what they may do about it."""

    actor: Actor
    gate: Gate
    dossier: Dossier

    def may(self, verb: str) -> bool:
        model = self.dossier.model
        return may(self.actor, verb, program_id=model.program_id, model_id=model.id)

    def holds(self, duties: Iterable[str]) -> bool:
        return any(
            holds(self.dossier.assignments, self.actor.person_id, one, self.dossier.at) for one in duties
        )


def report(verdict: Verdict, *, model_id: int, onlooker: Onlooker | None = None) -> Report:
    """What closes the gate first, and within that what is the onlooker's turn."""
    rows = [_row(finding, verdict.gate, model_id, onlooker) for finding in verdict.findings]
    rows.sort(key=lambda row: (row.level != Level.BLOCK, not row.is_yours, ORDER.index(row.status)))
    is_waiting = verdict.passing.value == "waiting"
    return Report(
        statuses=tuple(row.status for row in rows),
        summary=_summary(verdict.count()),
        is_open=verdict.is_open,
        state="ready" if verdict.is_open else "waiting_for_people" if is_waiting else "blocked",
        open=tuple(row for row in rows if row.status in ("unmet", "unknown")),
        settled=tuple(row for row in rows if row.status in ("met", "waived")),
        skipped=tuple(row for row in rows if row.status == "not_needed"),
    )


def status_of(finding: Finding) -> str:
    return "waived" if finding.waiver else finding.answer.value


def _summary(counts: dict[str, int]) -> str:
    asked = sum(counts.values()) - counts["not_needed"]
    if not asked:
        return "This gate asks nothing of this model"
    words = [f"{counts['met']} of {asked} met"]
    words += [f"{counts[name]} {name}" for name in ("waived", "unknown") if counts[name]]
    words += [f"{counts['unmet']} not met"] if counts["unmet"] else []
    return ", ".join(words)


def _row(finding: Finding, gate_id: str, model_id: int, onlooker: Onlooker | None) -> Row:
    status = status_of(finding)
    mark = STATUSES[status]
    found = finding.found
    if finding.waiver:
        waiver = finding.waiver
        found = f"{found} Set aside by {waiver.granted_by}, asked by {waiver.asked_by}: {waiver.reason}"
    is_open = status in ("unmet", "unknown")
    return Row(
        id=finding.check,
        status=status,
        icon=mark.icon,
        word=mark.word,
        question=finding.asks,
        found=found,
        remedy=finding.remedy if is_open else "",
        turn=_turn(finding),
        why=f"{finding.why} {finding.applies}".strip(),
        level=finding.level.value,
        until=finding.waiver.until if finding.waiver else None,
        links=tuple(_links(finding, model_id)),
        actions=tuple(_actions(finding, gate_id, onlooker)) if onlooker and is_open else (),
        is_yours=bool(onlooker and is_open and onlooker.holds(finding.turn)),
    )


def _turn(finding: Finding) -> str:
    titles = " or ".join(DUTY_TITLES.get(duty, duty).lower() for duty in finding.turn)
    if not finding.turn or finding.waiver:
        return ""
    names = ", ".join(finding.turn_names)
    return f"{names} ({titles})" if names else f"{titles} (nobody holds this yet)"


def _links(finding: Finding, model_id: int) -> Iterable[Link]:
    page = reverse("model", args=[model_id])
    shown = finding.evidence[:3]
    for place, number in enumerate(shown, 1):
        title = f"Evidence {place}" if len(shown) > 1 else "Evidence"
        yield Link(title, f"{page}?tab=evidence&all=1#evidence-{number}", "evidence")
    if finding.sign_off:
        yield Link("Sign-off", f"{page}?tab=decisions#sign-off-{finding.sign_off}", "signature")


def _actions(finding: Finding, gate_id: str, onlooker: Onlooker) -> Iterable[Link]:
    check = onlooker.gate.check(finding.check)
    if check is None:
        return
    model_id = onlooker.dossier.model.id
    for prefix, fix in FIXES.items():
        if check.function.startswith(prefix) and onlooker.may(fix.verb) and _fits(check, onlooker):
            query = f"?{urlencode({'check': finding.check})}" if finding.is_sign_off else fix.query
            yield Link(fix.title, reverse(fix.route, args=[model_id]) + query, fix.icon)
    if check.waivable_by and onlooker.may("waiver.request"):
        query = urlencode({"gate": gate_id, "check": finding.check})
        yield Link("Ask for a waiver", f"{reverse('waiver_new', args=[model_id])}?{query}", "waived")


def _fits(check: PolicyCheck, onlooker: Onlooker) -> bool:
    """A signature is offered to those alone who may give it."""
    return not check.is_sign_off or onlooker.holds(check.signed_by)
