"""The sample program by button: asked for, seen coming about, and removed."""

from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import sample as actions
from throughline.queries import jobs
from throughline.queries import sample as queries
from throughline.web.routes import PageRequest, done, page, show
from throughline.web.settings import tabs


@page("installation.administer", at="installation")
def sample(request: PageRequest) -> HttpResponse:
    context = {
        "program": queries.sample_program(),
        "size": queries.sample_size(),
        "is_being_made": queries.is_being_made(),
        "trouble": queries.trouble(),
        "tabs": tabs(request.actor, "sample program"),
        "has_worker": jobs.worker_state(request.now).is_alive,
    }
    return show(request, "sample/page.html", context, part="state")


@page("installation.administer", at="installation", activity="sample.requested", methods=("POST",))
def build(request: PageRequest) -> HttpResponse:
    actions.request_sample(actor=request.actor, now=request.now)
    return done(request, reverse("sample"), "The sample program is being made. It takes about half a minute.")


@page("installation.administer", at="installation", activity="sample.removed", methods=("POST",))
def remove(request: PageRequest) -> HttpResponse:
    gone = actions.remove_sample(actor=request.actor, now=request.now)
    said = f"The sample is gone: {gone['models']} models and {gone['people']} invented people."
    return done(request, reverse("today"), said)
