"""How pages look in this browser, and the page of help."""

from django.http import HttpResponse
from django.shortcuts import redirect

from throughline.core.people import DUTY_MEANINGS, DUTY_TITLES
from throughline.web import frame
from throughline.web.routes import PageRequest, page, safe_next, show

YEAR = 365 * 24 * 3600
TERMS = {
    "Model": "An ML model from idea to retirement.",
    "Stage": "Conception, prototype, production ready, deployment, production, deprecation.",
    "Standing": "Active, paused, stopped (ended before production) or retired. Stage and standing are two things.",
    "Move": "A request to change stage or standing, with a reason, decided by other people.",
    "Gate": "What a move must satisfy: a list of checks from the policy.",
    "Check": "One question, answered met, not met, unknown or not needed. Unknown closes the gate.",
    "Evidence": "One observed fact with its source, subject, time, and how long it holds.",
    "Sign-off": "A named person's approval, tied to what they saw; void when that changes.",
    "Waiver": "A check set aside: with a reason, by somebody other than who asked, until a date.",
    "Dossier": "Everything known of one model at one moment, frozen with each decision.",
    "Policy": "A versioned text that says which checks each gate asks, and who decides.",
    "Coverage": "Who holds the duties that are needed at a stage, and which of them nobody holds.",
    "Stakeholder": "A person or group with the business need, or who uses the output.",
    "Release": "One version of a model on its way to users.",
}


@page("self.use", at="person", methods=("POST",))
def looks(request: PageRequest) -> HttpResponse:
    """Where scripts are off; else the browser keeps the choice by itself."""
    response = redirect(safe_next(request, frame.url("today")))
    theme = request.POST.get("theme", "")
    if theme in frame.THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@page("self.use", at="person")
def help_page(request: PageRequest) -> HttpResponse:
    duties = [(DUTY_TITLES[duty], meaning) for duty, meaning in DUTY_MEANINGS.items()]
    return show(request, "today/help.html", {"terms": TERMS, "duties": duties})
