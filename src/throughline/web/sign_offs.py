"""Signing a check off by name, and waivers: asked for by one person, answered by another, revoked."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import sign_offs as actions
from throughline.core.dossier import Dossier, WaiverKind
from throughline.core.errors import Missing
from throughline.core.gates import why_may_not_sign, why_may_not_waive
from throughline.core.permissions import may
from throughline.core.policy import PolicyCheck
from throughline.queries import moves as move_queries
from throughline.queries.dossiers import load
from throughline.queries.policies import policy_of
from throughline.queries.rows import MLModel, Waiver
from throughline.web.findings import gate_title
from throughline.web.model_forms import ReasonForm, about, changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, either, filled, page, show
from throughline.web.sentences import part

USUAL_DAYS = 30


class SignOffForm(forms.Form):
    reason = forms.CharField(label="What you looked at, and why it holds", widget=drafted("sign-off"))
    link = either(
        forms.CharField(
            label="Link",
            required=False,
            max_length=1000,
            help_text="To what you signed: the minutes, the review, the document.",
        )
    )
    file = either(
        forms.FileField(label="Or a file", required=False, help_text="Give a link, a file, or both.")
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class WaiverForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is asked",
        choices=[
            (WaiverKind.WAIVED, "Set it aside for a time"),
            (WaiverKind.NOT_APPLICABLE, "It does not apply here"),
        ],
        widget=forms.RadioSelect,
        initial=WaiverKind.WAIVED,
    )
    reason = forms.CharField(
        label="Reason",
        help_text="What makes this acceptable, and what covers the risk meanwhile.",
        widget=drafted("waiver"),
    )
    until = forms.DateField(
        label="Until the end of",
        help_text="At most a year. After that day the check closes the gate again.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@page("sign_off.give", at="model", activity="sign_off.given", methods=("GET", "POST"))
def sign_off(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "sign_off.give")
    check, dossier = asked(row, request.GET.get("check", ""), request.now)
    form = filled(request, SignOffForm, {"seen": dossier.fingerprint()})
    if request.method == "POST":
        give(request, row.pk, check.id, cleaned(form))
        return done(
            request,
            f"{reverse('model', args=[row.pk])}#gate",
            "Signed. It holds until what it rests on changes.",
        )
    context = {
        "form": form,
        "check": check,
        "dossier": dossier,
        "evidence": resting_on(check, dossier),
        "why_not": why_may_not_sign(check, dossier, request.actor.person_id),
        "crumbs": crumbs(row, Crumb("Sign off")),
    }
    return show(request, "sign_offs/sign.html", {**context, "model": row, "item": f"model:{row.pk}"})


@page("waiver.request", at="model", activity="waiver.requested", methods=("GET", "POST"))
def ask_waiver(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "waiver.request")
    gate = request.GET.get("gate", "")
    check, _ = asked(row, request.GET.get("check", ""), request.now)
    form = filled(
        request, WaiverForm, {"until": (request.now + timedelta(days=USUAL_DAYS)).date(), "kind": "waived"}
    )
    if request.method == "POST":
        values = cleaned(form)
        made = actions.request_waiver(
            actor=request.actor,
            model_id=row.pk,
            gate=gate,
            check_id=check.id,
            kind=WaiverKind(values["kind"]),
            reason=values["reason"],
            until=datetime.combine(values["until"], time.max, ZoneInfo(request.zone)),
            now=request.now,
        )
        return done(
            request, reverse("waiver", args=[made.pk]), "The waiver is asked for. Somebody else answers it."
        )
    lead = f"At the gate {gate_title(gate)}. Whoever may grant it sees your reason."
    return about(
        request, row, form, "Ask for a waiver", "Ask for it", lead, question=check.asks, why=check.why
    )


@page("model.view", at="model")
def waiver(request: PageRequest, waiver_id: int) -> HttpResponse:
    row = move_queries.waiver_row(request.actor, waiver_id)
    check, dossier = asked(row.model, row.check_id, request.now)
    place = {"program_id": row.model.program_id, "model_id": row.model_id}
    may_decide = may(request.actor, "waiver.decide", **place)
    why_not = why_may_not_waive(check, dossier, request.actor.person_id, row.asked_by_id)
    context = {
        "waiver": row,
        "model": row.model,
        "check": check,
        "gate": gate_title(row.gate),
        "state": "expired" if row.state == "granted" and row.until <= request.now else row.state,
        "form": filled(request, ReasonForm),
        "why_not": why_not if may_decide else why_not or "You may read this, but not answer it.",
        "may_revoke": may_decide and row.state == "granted" and row.until > request.now,
        "crumbs": crumbs(row.model, Crumb("Waiver")),
        "item": f"model:{row.model_id}",
    }
    return show(request, "sign_offs/waiver.html", context)


@page("waiver.decide", at="model", activity="waiver.granted", methods=("POST",), redraws=waiver)
def decide_waiver(request: PageRequest, waiver_id: int) -> HttpResponse:
    row = actions.decide_waiver(
        actor=request.actor,
        waiver_id=waiver_id,
        is_granted=request.POST.get("answer") == "grant",
        reason=cleaned(filled(request, ReasonForm))["reason"],
        now=request.now,
    )
    return done(request, reverse("waiver", args=[row.pk]), f"The waiver is {row.state}.")


@page("waiver.decide", at="model", activity="waiver.revoked", methods=("POST",), redraws=waiver)
def revoke_waiver(request: PageRequest, waiver_id: int) -> HttpResponse:
    row: Waiver = actions.revoke_waiver(
        actor=request.actor,
        waiver_id=waiver_id,
        reason=cleaned(filled(request, ReasonForm))["reason"],
        now=request.now,
    )
    return done(request, reverse("waiver", args=[row.pk]), "The waiver is revoked.")


def give(request: PageRequest, model_id: int, check_id: str, values: dict[str, Any]) -> None:
    file: UploadedFile[bytes] | None = values.pop("file")
    if file is None:
        actions.give_sign_off(
            actor=request.actor, model_id=model_id, check_id=check_id, now=request.now, **values
        )
        return
    actions.sign_off_with_file(
        actor=request.actor,
        model_id=model_id,
        check_id=check_id,
        file_name=file.name or "",
        chunks=file.chunks(),
        now=request.now,
        **values,
    )


def asked(row: MLModel, check_id: str, now: datetime) -> tuple[PolicyCheck, Dossier]:
    _, policy = policy_of(row)
    check = policy.check(check_id)
    if check is None:
        raise Missing("check")
    return check, load(row, now=now)


def resting_on(check: PolicyCheck, dossier: Dossier) -> list[str]:
    """The parts of the dossier that the signature will be tied to, in words."""
    return [part(name) for name in sorted(dossier.covered(check.covers))]
