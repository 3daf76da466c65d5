"""A stakeholder's own page: what awaits their answer, what they were promised, and what they are told.

It is entered by sign-in or by a personal link; whoever came by a link reaches nothing else.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from throughline.actions import feedback, outputs, personal_links, promises, tellings
from throughline.core.access import TooManyAttempts
from throughline.core.errors import Missing
from throughline.queries import attachments
from throughline.queries import stakeholder_page as queries
from throughline.queries.personal_links import LinkEnded
from throughline.web import frame
from throughline.web.routes import LINK, PageRequest, cleaned, done, drafted, filled, link_ended, page

TOO_MANY = 429
OWN_PAGES = "self.use"
ANSWERS = "self.change"


class PromiseForm(forms.Form):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    words = forms.CharField(
        label="What is wrong with it?", required=False, max_length=2_000, widget=drafted("promise", 3)
    )


class OutputForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    words = forms.CharField(
        label="What has to be different?", required=False, max_length=5_000, widget=drafted("output", 4)
    )


class FeedbackForm(forms.Form):
    text = forms.CharField(label="What you see", max_length=10_000, widget=drafted("feedback", 4))


def private(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Nothing of these pages is kept by a browser or a proxy."""

    @wraps(view)
    def kept_nowhere(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return kept_nowhere


def without_referrer(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The address is the secret. Pages with forms can't have this: browsers would then hide where a form comes from."""

    @wraps(view)
    def unnamed(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return unnamed


@private
@without_referrer
@page("", at="open", activity="session.started")
def open_link(request: PageRequest, token: str) -> HttpResponse:
    """Opening leads on at once, so that the secret stays neither in the address bar nor in the history."""
    try:
        link = personal_links.open_personal_link(
            actor=request.actor, secret=token, peer=request.META.get("REMOTE_ADDR", ""), now=request.now
        )
    except LinkEnded as ended:
        return link_ended(request, ended)
    except TooManyAttempts as refusal:
        context = {"reason": refusal.reasons[0], "frame": {"theme": frame.theme(request)}}
        return render(request, "stakeholder_page/ended.html", context, status=TOO_MANY)
    if request.actor.person_id is None:
        request.session.flush()
        request.session[LINK] = link.pk
    elif request.actor.person_id != link.person_id:
        context = {"link": link, "actor": request.actor, "frame": {"theme": frame.theme(request)}}
        return render(request, "stakeholder_page/other.html", context, status=409)
    return redirect("my")


@private
@page(OWN_PAGES, at="person", is_for_links=True)
def my(request: PageRequest, /, **_: int) -> HttpResponse:
    """Shown once more, with the address of whatever was answered, when an answer was refused."""
    found = queries.page_of(request.parts, request.actor.name, request.now)
    context = {"page": found}
    return _shown(request, "stakeholder_page/page.html", context)


@private
@page(ANSWERS, at="person", activity="promise.acknowledged", methods=("POST",), redraws=my, is_for_links=True)
def answer_promise(request: PageRequest, promise_id: int) -> HttpResponse:
    values = cleaned(filled(request, PromiseForm))
    is_acknowledgement = request.POST.get("answer") == "acknowledge"
    promises.answer_promise(
        actor=request.actor,
        promise_id=promise_id,
        number=values["number"],
        is_acknowledgement=is_acknowledgement,
        words=values["words"],
        now=request.now,
    )
    said = "Noted: you acknowledged it." if is_acknowledgement else "Your objection was sent to the team."
    return done(request, reverse("my"), said)


@private
@page(
    ANSWERS, at="person", activity="output.approved", methods=("GET", "POST"), is_for_links=True
)  # fmt: skip
def output(request: PageRequest, output_id: int) -> HttpResponse:
    row, asked = queries.output_for(request.parts, output_id)
    form = filled(request, OutputForm, {"seen": row.fingerprint})
    if request.method == "POST":
        values, is_approval = cleaned(form), request.POST.get("answer") == "approve"
        outputs.answer_output(
            actor=request.actor, output_id=output_id, is_approval=is_approval, now=request.now, **values
        )
        said = "You approved it." if is_approval else "You returned it. You will be told an updated timeline."
        return done(request, reverse("my"), said)
    context = {"output": row, "asked": asked, "form": form, "sample": row.sample}
    return _shown(request, "stakeholder_page/output.html", context)


@private
@page(OWN_PAGES, at="person", is_for_links=True)
def output_file(request: PageRequest, output_id: int) -> FileResponse:
    row, _ = queries.output_for(request.parts, output_id)
    if row.attachment_id is None:
        raise Missing("file")
    stored, path = attachments.stored_file(request.actor, row.attachment_id)
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=stored.name, content_type="application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@private
@page(ANSWERS, at="person", activity="telling.read", methods=("POST",), redraws=my, is_for_links=True)
def read_notice(request: PageRequest, telling_id: int) -> HttpResponse:
    tellings.read_telling(actor=request.actor, telling_id=telling_id, now=request.now)
    return done(request, reverse("my"), "Noted that you read it.")


@private
@page(ANSWERS, at="person", activity="feedback.given", methods=("POST",), redraws=my, is_for_links=True)
def give_feedback(request: PageRequest, model_id: int) -> HttpResponse:
    values = cleaned(filled(request, FeedbackForm))
    feedback.give_feedback(actor=request.actor, model_id=model_id, text=values["text"], now=request.now)
    return done(request, reverse("my"), "Thank you. The team has it, and you will be told what became of it.")


@private
@page(OWN_PAGES, at="person", methods=("POST",), is_for_links=True)
def leave(request: PageRequest) -> HttpResponse:
    """Ends what a personal link opened in this browser; whoever signed in signs out by their own menu."""
    if request.link is None:
        return redirect("today")
    request.session.flush()
    context = {"frame": {"theme": frame.theme(request)}, "left": True}
    response = render(request, "stakeholder_page/ended.html", context)
    response["Clear-Site-Data"] = '"cache"'
    return response


def _shown(request: PageRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Without the frame of other pages: nothing in it is for somebody who came by a link."""
    surround = {
        "now": request.now,
        "actor": request.actor,
        "link": request.link,
        "zone": request.zone,
        "refusal": request.refusal,
        "typed": request.typed or {},
        "frame": {"theme": frame.theme(request)},
    }
    return render(request, template, {**surround, **context})
