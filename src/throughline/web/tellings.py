"""Telling stakeholders: the drafted message, who gets it and how, and what was told."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse

from throughline.actions import tellings as actions
from throughline.core.tellings import Duty, How, draft
from throughline.queries import impact
from throughline.queries import promises as queries
from throughline.queries.rows import MLModel
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.promises import tab_url
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show


class TellForm(forms.Form):
    stakeholders = forms.MultipleChoiceField(label="Whom", widget=forms.CheckboxSelectMultiple)
    how = forms.ChoiceField(label="How", widget=forms.RadioSelect)
    subject = forms.CharField(label="Subject", max_length=300)
    words = forms.CharField(
        label="Message",
        help_text="Drafted from the record. Say it your way; what you send is kept word for word.",
        widget=drafted("telling", 14),
    )


@page("promise.give", at="model", activity="stakeholder.told", methods=("GET", "POST"))
def tell(request: PageRequest, model_id: int) -> HttpResponse:
    """`cause` in the address names what is told, and `to` whom; each may stand there several times. Without either, who
    is owed what is shown first, because nobody is told what concerns others only."""
    row = changeable(request, model_id, "promise.give")
    asked = request.GET.getlist("cause")
    to = [int(pk) for pk in request.GET.getlist("to") if pk.isdecimal() and len(pk) < 18]
    board = queries.board_of(row, request.now)
    is_plain = bool(asked or to) or len(board.groups) < 2
    chosen = board.owed(causes=asked, to=to) if is_plain else ()
    news = impact.owed_of(request.actor, row, asked, request.now)
    chosen = (*chosen, *(duty for duty in news if not to or duty.stakeholder_id in to))
    form = _with_choices(filled(request, TellForm, _drafted(row, chosen, request)), chosen)
    if request.method == "POST":
        values = cleaned(form)
        made = actions.tell(
            actor=request.actor,
            model_id=row.pk,
            causes=asked or sorted({duty.cause for duty in chosen}),
            stakeholder_ids=[int(pk) for pk in values["stakeholders"]],
            subject=values["subject"],
            words=values["words"],
            how=values["how"],
            now=request.now,
        )
        return done(request, tab_url(row), _said(made, values["how"]))
    context = {
        "model": row,
        "form": form,
        "things": list({duty.cause: duty for duty in chosen}.values()),
        "groups": () if is_plain else board.groups,
        "sends_mail": settings.SENDS_MAIL,
        "crumbs": crumbs(row, Crumb("Promises", tab_url(row)), Crumb("Tell them")),
        "back": tab_url(row),
        "item": f"model:{row.pk}",
    }
    return show(request, "promises/tell.html", context)


def _drafted(row: MLModel, chosen: tuple[Duty, ...], request: PageRequest) -> dict[str, Any]:
    if not chosen:
        return {}
    ask = queries.keepers_of(row, request.now) or (request.actor.name,)
    written = draft(row.name, chosen, ask=ask, page_url=_page_url())
    people = sorted({str(duty.stakeholder_id) for duty in chosen})
    how = How.MAIL if settings.SENDS_MAIL else How.PAGE
    return {"stakeholders": people, "how": how, "subject": written.subject, "words": written.words}


def _with_choices(form: TellForm, chosen: tuple[Duty, ...]) -> TellForm:
    people = {duty.stakeholder_id: duty.name for duty in chosen}
    ways = [how for how in How if how is not How.MAIL or settings.SENDS_MAIL]
    form.fields["stakeholders"].choices = [(str(pk), name) for pk, name in people.items()]  # type: ignore[attr-defined]
    form.fields["how"].choices = [(how.value, how.label) for how in ways]  # type: ignore[attr-defined]
    return form


def _page_url() -> str:
    """The stakeholder's own page, where this installation has it."""
    try:
        return f"{settings.BASE_URL}{reverse('my')}"
    except NoReverseMatch:
        return ""


def _said(made: list[Any], how: str) -> str:
    people = len({one.stakeholder_id for one in made})
    who = "1 person" if people == 1 else f"{people} people"
    return f"The mail to {who} is on its way." if how == How.MAIL else f"Recorded: {who} told."
