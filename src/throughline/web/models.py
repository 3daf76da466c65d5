"""The page of one model: where it is, what stands between it and the next stage, and all that is known of it."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.core.dossier import Dossier
from throughline.core.errors import Missing
from throughline.core.imports.writing import spelled_dates
from throughline.core.people import Assignment, Coverage, coverage
from throughline.core.permissions import may
from throughline.core.stages import MoveKind, Stage, Standing, step_for, steps_from
from throughline.queries import attachments, imports, policies, portfolio
from throughline.queries import moves as move_queries
from throughline.queries.dossiers import load_many
from throughline.queries.moves import GateReport
from throughline.queries.rows import MLModel, Revision
from throughline.web import (
    compliance_lines,
    contract_cards,
    criteria,
    engagement,
    findings,
    history,
    label_shapes,
    promised,
    sentences,
    shares,
    source_rows,
    spec_reading,
    staffing,
    tracks,
)
from throughline.web.routes import Crumb, PageRequest, page, show
from throughline.web.words import MOVE_ICONS

TABS = {
    "overview": "Overview",
    "spec": "Spec",
    "criteria": "Criteria",
    "people": "People",
    "stakeholders": "Stakeholders",
    "promises": "Promises",
    "data": "Data",
    "compliance": "Compliance",
    "evidence": "Evidence",
    "outputs": "Outputs",
    "decisions": "Decisions",
    "history": "History",
    "imported": "Imported fields",
}
FORWARD = (MoveKind.ADVANCE, MoveKind.DEPRECATE, MoveKind.RETIRE)
RIGHTS = {
    "may_change": "model.change",
    "may_request": "move.request",
    "may_attach": "evidence.attach",
    "may_see_people": "people.view",
    "may_see_stakeholders": "stakeholder.view",
    "may_import": "import.run",
    "may_audit": "audit.view",
    "may_say": "feedback.give",
    "may_ask_review": "compliance.ask",
}


@dataclass(frozen=True)
class Tab:
    title: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class Choice:
    """One move that can be asked for from here."""

    title: str
    url: str
    icon: str
    is_forward: bool


@page("model.view", at="model")
def model(request: PageRequest, model_id: int) -> HttpResponse:
    row = portfolio.model_row(request.actor, model_id)
    tab = chosen_tab(request, row)
    as_of = past(request)
    dossier = load_many([row], now=request.now, as_of=as_of).get(row.pk)
    if dossier is None:
        raise Missing("model at that time")
    report = gate_before(request, row, dossier, as_of)
    revisions = list(portfolio.revisions(row))
    context = {
        "model": row,
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row),
        "dossier": dossier,
        "tab": tab,
        "as_of": as_of,
        "tabs": tabs(request, row, tab, dossier),
        "choices": choices(row),
        "coverage": covered(row, dossier.assignments, request.now),
        **rights(request, row, is_past=as_of is not None),
        **gate(request, row, report, revisions),
        **details(row, tab, dossier, revisions, everything=request.GET.get("all") == "1"),
        **staff(request, row, tab, as_of),
        **engaged(request, row, tab, dossier, as_of),
        **(promised.tab(request, row, dossier, is_past=as_of is not None) if tab == "promises" else {}),
        **(source_rows.tab(request, row, dossier, is_past=as_of is not None) if tab == "data" else {}),
        **(spec_reading.tab(request, row, dossier, as_of) if tab == "spec" else {}),
        **(criteria.tab(request, row, dossier) if tab == "criteria" else {}),
        **(contract_cards.of_model(request, row) if tab == "data" else {}),
    }
    return show(request, "models/page.html", context)


def chosen_tab(request: PageRequest, row: MLModel) -> str:
    """The tab in the address, if there is such a one for this reader."""
    asked = request.GET.get("tab", "")
    return asked if asked in shown_tabs(request, row) else "overview"


def shown_tabs(request: PageRequest, row: MLModel) -> dict[str, str]:
    place = {"program_id": row.program_id, "model_id": row.pk}
    hidden = {
        "imported": not row.kept,
        "stakeholders": not may(request.actor, "stakeholder.view", **place),
        "data": not may(request.actor, "source.view", **place),
    }
    return {key: title for key, title in TABS.items() if not hidden.get(key)}


def engaged(
    request: PageRequest, row: MLModel, tab: str, dossier: Dossier, as_of: datetime | None
) -> dict[str, object]:
    if tab != "stakeholders":
        return {}
    return {"engaged": engagement.of_model(request, row, dossier, as_of)}


def staff(request: PageRequest, row: MLModel, tab: str, as_of: datetime | None) -> dict[str, object]:
    """Who holds what, for those who may see it; of the past the plain coverage is shown instead."""
    may_see = may(request.actor, "people.view", program_id=row.program_id, model_id=row.pk)
    if tab != "people" or as_of is not None or not may_see:
        return {}
    today = timezone.localtime(request.now).date()
    return {"staff": staffing.of_model(request.actor, row, now=request.now, today=today)}


def gate_before(
    request: PageRequest, row: MLModel, dossier: Dossier, as_of: datetime | None
) -> GateReport | None:
    """The gate of the open move, else of the way forward. A model in production works: its gate is that of an update
    that is planned, or the deprecation's when it is asked for."""
    move = move_queries.open_move(row) if as_of is None else None
    if move is not None:
        return move_queries.report_for_move(move, now=request.now, dossier=dossier)
    step = None
    if row.stage == Stage.PRODUCTION and request.GET.get("gate") != "forward":
        is_updating = any(release.state == "planned" for release in portfolio.releases(row))
        step = (
            step_for(move_queries.place_of(row), MoveKind.UPDATE)
            if is_updating and row.standing == "active"
            else None
        )
        if step is None:
            return None
    return move_queries.gate_report(
        row, now=request.now, step=step, as_of=as_of, dossier=dossier, is_idle=True
    )


def past(request: PageRequest) -> datetime | None:
    """The end of the day in `as_of`, in the reader's zone; None for now."""
    try:
        day = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    end = datetime.combine(day, time.max, ZoneInfo(request.zone))
    return end if end < request.now else None


def crumbs(row: MLModel, *more: Crumb) -> list[Crumb]:
    programs = f"{reverse('portfolio')}?{urlencode({'program': row.program.slug})}"
    here = Crumb(row.name, reverse("model", args=[row.pk]) if more else "")
    return [Crumb("Portfolio", reverse("portfolio")), Crumb(row.program.name, programs), here, *more]


def rights(request: PageRequest, row: MLModel, *, is_past: bool) -> dict[str, bool]:
    """Nothing can be done to the past."""
    place = {"program_id": row.program_id, "model_id": row.pk}
    return {name: not is_past and may(request.actor, verb, **place) for name, verb in RIGHTS.items()}


def tabs(request: PageRequest, row: MLModel, current: str, dossier: Dossier) -> list[Tab]:
    page_url = reverse("model", args=[row.pk])
    counts = {
        "evidence": len(dossier.evidence),
        "stakeholders": len(dossier.stakeholders) or None,
        "promises": len(dossier.promises.live) or None,
        "data": len(dossier.sources) or None,
        "outputs": len(dossier.outputs) + len(dossier.feedback) or None,
        "compliance": len(dossier.compliance) or None,
        "imported": len(row.kept),
    }
    return [
        Tab(title, f"{page_url}?tab={key}", key == current, counts.get(key))
        for key, title in shown_tabs(request, row).items()
    ]


def choices(row: MLModel) -> list[Choice]:
    return [
        Choice(
            _choice_title(step.kind, step.target.stage),
            f"{reverse('move_new', args=[row.pk])}?{urlencode({'kind': step.kind, 'to': step.target.stage})}",
            MOVE_ICONS[step.kind],
            step.kind in FORWARD,
        )
        for step in steps_from(move_queries.place_of(row))
    ]


def covered(row: MLModel, assignments: tuple[Assignment, ...], now: datetime) -> tuple[Coverage, ...]:
    """The duties that the policy needs at the present stage, gaps first."""
    _, policy = policies.policy_of(row)
    needed = policy.duties_needed(Stage(row.stage))
    found = coverage(assignments, needed, needed_since=row.stage_since, now=now)
    return tuple(sorted(found, key=lambda one: one.is_covered))


def gate(
    request: PageRequest, row: MLModel, report: GateReport | None, revisions: list[Revision]
) -> dict[str, object]:
    changes = [(one.at, one.changed) for one in reversed(revisions)]
    counts = report.verdict.count() if report else {}
    asked = sum(counts.values()) - counts.get("not_needed", 0)
    done = counts.get("met", 0) + counts.get("waived", 0)
    stage, standing = Stage(row.stage), Standing(row.standing)
    track = tracks.steps(
        stage,
        standing,
        row.stage_since,
        tracks.time_spent(changes),
        now=request.now,
        gate=f"{done} of {asked}" if report else "",
    )
    if report is None:
        return {"steps": track, "report": None}
    shown = findings.report(
        report.verdict,
        model_id=row.pk,
        onlooker=findings.Onlooker(request.actor, report.gate, report.dossier)
        if past(request) is None
        else None,
    )
    return {
        "steps": track,
        "report": shown,
        "target": report.step.target
        if report.step.kind is not MoveKind.UPDATE
        else "the update in production",
        "seats": report.seats,
        "policy": report.policy,
        "policy_row": report.policy_row,
        "is_old_policy": report.policy_row.pk != row.program.policy_id,
        "open_move": report.open_move,
    }


def details(
    row: MLModel, tab: str, dossier: Dossier, revisions: list[Revision], *, everything: bool
) -> dict[str, object]:
    """What one tab needs and the others do not."""
    if tab == "history":
        asks = partial(sentences.question, policies.policy_of(row)[1])
        made = history.timeline(
            dossier, revisions, move_queries.decisions(row), move_queries.waivers(row), asks
        )
        return history.shown(made, everything=everything)
    if tab == "decisions":
        waivers, policy = move_queries.waivers(row), policies.policy_of(row)[1]
        ids = {one.check_id for one in dossier.sign_offs} | {one.check_id for one in waivers}
        return {
            "decisions": list(move_queries.decisions(row)),
            "waivers": list(waivers),
            "asks": {one: sentences.question(policy, one) for one in ids},
            "files": attachments.files_of_sign_offs(row),
        }
    if tab == "imported":
        return {"import_row": imports.last_row(row), "imported_dates": spelled_dates(row.dates)}
    if tab == "overview":
        return {"releases": list(portfolio.releases(row)[:3])}
    if tab in ("people", "spec", "stakeholders", "promises", "criteria"):
        return {}
    if tab == "outputs":
        return shares.tab(row, dossier)
    if tab == "data":
        return label_shapes.of_model(row, dossier)
    if tab == "compliance":
        return compliance_lines.tab(row, dossier)
    newest = sorted(dossier.evidence, key=lambda fact: fact.observed_at, reverse=True)
    first = newest if everything else newest[: history.FIRST]
    return {
        "files": attachments.files_of_evidence(row),
        "evidence": first,
        "older": len(newest) - len(first),
    }


def _choice_title(kind: MoveKind, to: Stage) -> str:
    titles = {
        MoveKind.ADVANCE: f"Ask to advance to {to.label}",
        MoveKind.SEND_BACK: f"Send back to {to.label}",
        MoveKind.DEPRECATE: "Ask to announce deprecation",
        MoveKind.RETIRE: "Ask to retire",
        MoveKind.UPDATE: "Ask to put the update into production",
    }
    return titles.get(kind, kind.label)
