"""Moves: the list of them, asking for one, and the page on which an approver decides."""

from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import decisions
from throughline.actions import moves as move_actions
from throughline.core.dossier import Dossier
from throughline.core.errors import Refused
from throughline.core.gates import Verdict, why_may_not_decide
from throughline.core.permissions import may, require
from throughline.core.plain import from_plain
from throughline.core.stages import MoveKind, Place, Stage, Step, step_for
from throughline.queries import moves as move_queries
from throughline.queries import planning, portfolio
from throughline.queries.moves import GateReport
from throughline.queries.rows import Move
from throughline.web import findings
from throughline.web.models import Tab, crumbs
from throughline.web.paging import Pages
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show
from throughline.web.words import MOVE_ICONS

STATES = {
    "open": "Waiting",
    "approved": "Approved",
    "declined": "Declined",
    "withdrawn": "Withdrawn",
    "all": "All",
}
PER_PAGE = 50


class RequestForm(forms.Form):
    reason = forms.CharField(
        label="Why now", help_text="The deciders read this beside the evidence.", widget=drafted("move")
    )
    kind = forms.CharField(widget=forms.HiddenInput)
    to = forms.CharField(widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    reason = forms.CharField(
        label="Your reason",
        required=False,
        help_text="Compulsory when you decline. It is kept with the decision.",
        widget=drafted("decision"),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=drafted("withdraw"))


@page("self.use", at="person")
def moves(request: PageRequest) -> HttpResponse:
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    rows = move_queries.moves(request.actor)
    if program := request.GET.get("program"):
        rows = rows.filter(model__program__slug=program)
    found = Paginator(rows if state == "all" else rows.filter(state=state), PER_PAGE)
    shown = found.get_page(request.GET.get("page"))
    context = {
        "moves": [_listed(row) for row in shown],
        "state": state,
        "tabs": [Tab(title, f"?{urlencode({'state': key})}", key == state) for key, title in STATES.items()],
        "pages": Pages.of(shown),
    }
    return show(request, "moves/list.html", context)


@page("move.request", at="model", activity="move.requested", methods=("GET", "POST"))
def ask(request: PageRequest, model_id: int) -> HttpResponse:
    """A closed gate does not stop the asking; the page says what is missing before it is sent."""
    row = portfolio.model_row(request.actor, model_id)
    require(request.actor, "move.request", noun="model", program_id=row.program_id, model_id=row.pk)
    step = _wanted(request, move_queries.place_of(row))
    known = planning.stop_reason(row) if step.kind is MoveKind.STOP else ""
    form = filled(request, RequestForm, {"kind": step.kind, "to": step.target.stage, "reason": known})
    if request.method == "POST":
        asked = move_actions.request_move(
            actor=request.actor,
            model_id=row.pk,
            kind=step.kind,
            to_stage=step.target.stage,
            reason=cleaned(form)["reason"],
            now=request.now,
        )
        return done(
            request, reverse("move", args=[asked.pk]), "The move is asked for. Its deciders see it on Today."
        )
    report = move_queries.gate_report(row, now=request.now, step=step)
    context = {"model": row, "form": form, "step": step, "title": f"{step.kind.label}: {row.name}"}
    return show(
        request,
        "moves/ask.html",
        {
            **context,
            **_shown(request, report),
            "crumbs": crumbs(row, Crumb(step.kind.label)),
            "item": f"model:{row.pk}",
        },
    )


@page("model.view", at="model")
def move(request: PageRequest, move_id: int) -> HttpResponse:
    """Everything an approver needs: what is asked, why, how the gate stands now, who decides, and the answer."""
    row = move_queries.move_row(request.actor, move_id)
    if row.state in ("approved", "declined"):
        decided = move_queries.decisions(row.model).filter(move=row).first()
        return (
            _decided(request, decided.pk) if decided else show(request, "moves/withdrawn.html", {"move": row})
        )
    if row.state != "open":
        trail = crumbs(row.model, Crumb("Withdrawn move"))
        return show(request, "moves/withdrawn.html", {"move": row, "model": row.model, "crumbs": trail})
    report = move_queries.report_for_move(row, now=request.now)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    context = {
        "move": row,
        "model": row.model,
        "title": f"{MoveKind(row.kind).label}: {row.model.name}",
        "form": filled(request, DecisionForm),
        "withdraw_form": WithdrawForm(),
        "crumbs": crumbs(row.model, Crumb("Open move")),
        "answers": list(row.answers.order_by("pk")),
        "earlier": list(move_queries.decisions(row.model)[:5]),
        "why_not": _why_not(request, row, report),
        "can_decline": _may_answer(request, row, report),
        "may_withdraw": row.requested_by_id == request.actor.person_id
        or may(request.actor, "people.change", **place),
        "item": f"model:{row.model_id}",
    }
    return show(request, "moves/decide.html", {**context, **_shown(request, report)})


@page("move.decide", at="model", activity="move.decided", methods=("POST",), redraws=move)
def decide(request: PageRequest, move_id: int) -> HttpResponse:
    is_approval = request.POST.get("answer") == "approve"
    decided = decisions.decide_move(
        actor=request.actor,
        move_id=move_id,
        is_approval=is_approval,
        reason=cleaned(filled(request, DecisionForm))["reason"],
        now=request.now,
    )
    said = {
        "approved": "Approved: the model has moved.",
        "declined": "Declined. The person who asked sees your reason.",
    }
    return done(
        request,
        reverse("move", args=[move_id]),
        said.get(decided.state, "Your approval is kept; others are still to answer."),
    )


@page("move.request", at="model", activity="move.withdrawn", methods=("POST",), redraws=move)
def withdraw(request: PageRequest, move_id: int) -> HttpResponse:
    row = move_actions.withdraw_move(
        actor=request.actor,
        move_id=move_id,
        reason=cleaned(WithdrawForm(request.POST))["reason"],
        now=request.now,
    )
    return done(request, reverse("model", args=[row.model_id]), "The move is withdrawn.")


@page("model.view", at="model")
def decision(request: PageRequest, decision_id: int) -> HttpResponse:
    return _decided(request, decision_id)


def _decided(request: PageRequest, decision_id: int) -> HttpResponse:
    """A decision as it was taken: the frozen verdict and dossier, not the facts of today."""
    row = move_queries.decision_row(request.actor, decision_id)
    verdict = from_plain(Verdict, row.verdict)
    dossier = from_plain(Dossier, row.dossier)
    context = {
        "decision": row,
        "model": row.model,
        "crumbs": crumbs(row.model, Crumb("Decision")),
        "report": findings.report(verdict, model_id=row.model_id),
        "dossier": dossier,
        "item": f"model:{row.model_id}",
    }
    return show(request, "moves/decision.html", context)


def _wanted(request: PageRequest, place: Place) -> Step:
    sent = request.POST if request.method == "POST" else request.typed or request.GET
    try:
        kind, to = MoveKind(sent.get("kind", "advance")), sent.get("to")
        return step_for(place, kind, Stage(to) if to else None)
    except ValueError:
        raise Refused.of("There is no such move.", remedy="Choose one on the model's page.") from None


def _shown(request: PageRequest, report: GateReport | None) -> dict[str, object]:
    if report is None:
        return {"report": None}
    onlooker = findings.Onlooker(request.actor, report.gate, report.dossier)
    shown = findings.report(report.verdict, model_id=report.model.pk, onlooker=onlooker)
    return {
        "report": shown,
        "gate": report.gate,
        "seats": report.seats,
        "policy": report.policy,
        "dossier": report.dossier,
        "dossier_fingerprint": report.verdict.dossier_fingerprint,
        "warnings": report.verdict.warnings,
        "waived": report.verdict.waived,
    }


def _why_not(request: PageRequest, row: Move, report: GateReport) -> str:
    """Why this person cannot approve now, in words; empty when they can."""
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    if not may(request.actor, "move.decide", **place):
        return "You may read this. Moves are decided by the people named under “Who decides”."
    person = request.actor.person_id
    if why := why_may_not_decide(report.gate, report.dossier, person, row.requested_by_id):
        return why
    count = len(report.verdict.blocking)
    return (
        ""
        if report.verdict.is_open
        else f"The gate is closed: {count} {'check is' if count == 1 else 'checks are'} not answered."
    )


def _may_answer(request: PageRequest, row: Move, report: GateReport) -> bool:
    """Declining needs a seat, but not an open gate."""
    person = request.actor.person_id
    return not why_may_not_decide(report.gate, report.dossier, person, row.requested_by_id)


def _listed(row: Move) -> dict[str, object]:
    return {
        "row": row,
        "model": row.model,
        "icon": MOVE_ICONS.get(row.kind, "moves"),
        "title": MoveKind(row.kind).label,
        "to": Stage(row.to_stage).label,
    }
