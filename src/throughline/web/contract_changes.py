"""Changing a contract from its page: an answer of one side, the period, withdrawing a version, ending the contract."""

from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import contracts as actions
from throughline.actions.contracts import Link
from throughline.actions.contracts.answering import Answer
from throughline.core.contracts.agreements import Side
from throughline.core.permissions import require
from throughline.queries import contracts as queries
from throughline.web.contract_forms import AnswerForm, PeriodForm, ReasonForm, key_of
from throughline.web.contracts import contract, seen_row
from throughline.web.routes import PageRequest, cleaned, done, filled, page


@page("contract.answer", at="program", activity="contract.agreed", methods=("POST",), redraws=contract)
def answer(request: PageRequest, contract_id: int) -> HttpResponse:
    row = seen_row(request, contract_id)
    place = queries.place_for(request.actor, "contract.answer", row)
    require(request.actor, "contract.answer", noun="contract", **place)
    form = filled(request, AnswerForm)
    history = queries.history_of(row, request.now)
    form.fields["party"].choices = [(key_of(one), one.name) for one in history.parties]  # type: ignore[attr-defined]
    values = cleaned(form)
    side, _, party = values.pop("party").partition("-")
    is_agreed = request.POST.get("answer") == "agree"
    given = Answer(side=Side(side), party_id=int(party) if party else None, is_agreed=is_agreed, **values)
    actions.answer_contract(actor=request.actor, contract_id=row.pk, answer=given, now=request.now)
    said = "You agreed." if is_agreed else "You declined. The other side sees your words."
    return done(request, reverse("contract", args=[row.pk]), said)


@page("contract.change", at="program", activity="contract.proposed", methods=("POST",), redraws=contract)
def period(request: PageRequest, contract_id: int) -> HttpResponse:
    values = cleaned(filled(request, PeriodForm))
    actions.propose_period(actor=request.actor, contract_id=contract_id, now=request.now, **values)
    said = "The period is set. Whoever answered before is asked again."
    return done(request, reverse("contract", args=[contract_id]), said)


@page("contract.change", at="program", activity="contract.withdrawn", methods=("POST",), redraws=contract)
def withdraw(request: PageRequest, contract_id: int) -> HttpResponse:
    values = cleaned(filled(request, ReasonForm))
    actions.withdraw_version(
        actor=request.actor,
        contract_id=contract_id,
        number=values["number"] or 0,
        reason=values["reason"],
        now=request.now,
    )
    return done(
        request, reverse("contract", args=[contract_id]), "It is withdrawn. Nobody is asked any more."
    )


@page("contract.change", at="program", activity="contract.ended", methods=("POST",), redraws=contract)
def end(request: PageRequest, contract_id: int) -> HttpResponse:
    values = cleaned(filled(request, ReasonForm))
    actions.end_contract(
        actor=request.actor, contract_id=contract_id, reason=values["reason"], now=request.now
    )
    return done(
        request, reverse("contract", args=[contract_id]), "The contract is ended. The record keeps it."
    )


@page("contract.change", at="program", activity="contract.linked", methods=("POST",), redraws=contract)
def link(request: PageRequest, contract_id: int) -> HttpResponse:
    """To a source or to a model's output, as `source-5` or `model-7`."""
    kind, _, pk = request.POST.get("about", "").partition("-")
    wanted = int(pk) if pk.isascii() and pk.isdecimal() and len(pk) < 18 else None
    chosen = Link(source_id=wanted) if kind == "source" else Link(model_id=wanted)
    actions.link_contract(actor=request.actor, contract_id=contract_id, link=chosen, now=request.now)
    return done(request, reverse("contract", args=[contract_id]), "It is linked.")
