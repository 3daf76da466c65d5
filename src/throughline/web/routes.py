"""The one place that knows how a page asks permission, refuses, and answers with or without htmx."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from throughline.core.access import LINK_DOOR
from throughline.core.errors import Missing, NotAllowed, Reason, Refused
from throughline.core.permissions import Actor, Declared, Place, require
from throughline.queries import access, personal_links, stakeholder_page
from throughline.queries.rows import PersonalLink, Stakeholder
from throughline.web import frame

P = ParamSpec("P")
F = TypeVar("F", bound=forms.Form)
FieldOf = TypeVar("FieldOf", bound=forms.Field)
DOOR = "web"
LINK = "personal_link"
CODES = {"refused": 409, "lost_race": 409, "stale": 412, "invalid": 422}


class PageRequest(HttpRequest):
    """A request as a page sees it: who asks, when, and what was typed when it is shown once more."""

    actor: Actor
    now: datetime
    htmx: HtmxDetails
    request_id: str
    zone: str
    typed: QueryDict | None
    refusal: Refused | None
    link: PersonalLink | None
    parts: list[Stakeholder]


@dataclass(frozen=True)
class Crumb:
    """One step of the way to a page; the last has no address."""

    title: str
    url: str = ""


View = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def page(
    verb: str,
    *,
    at: Place,
    activity: str | None = None,
    methods: tuple[str, ...] = ("GET",),
    redraws: Callable[..., HttpResponseBase] | None = None,
    is_for_links: bool = False,
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Declares what a page needs and records, and answers the three errors for it.

    Permission on a program or a model is asked by the query or action that knows it, the rest here. A refused POST
    shows its own page again with what was typed, or the page of the view that `redraws` names. Pages of
    `is_for_links` are those of a stakeholder: they let in who came by a personal link, and no other page does.
    """
    declared = Declared(verb, at, activity)
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        drawn = getattr(redraws, "drawn", None) or (view if "GET" in methods else None)

        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            asked = started(request) if is_for_links else prepare(request)
            if is_for_links and (ended := as_stakeholder(asked)):
                return ended
            if at != "open" and asked.actor.person_id is None:
                return to_sign_in(asked)
            again = partial(drawn, asked, *args, **kwargs) if drawn and request.method == "POST" else None

            def carry_out() -> HttpResponseBase:
                if at in ("person", "installation"):
                    require(asked.actor, verb)
                return view(asked, *args, **kwargs)

            return answered(asked, carry_out, again)

        guarded.declared = declared  # type: ignore[attr-defined]
        guarded.drawn = view  # type: ignore[attr-defined]
        return guarded

    return wrap


def answered(
    request: PageRequest, call: Callable[[], HttpResponseBase], again: Callable[[], HttpResponseBase] | None
) -> HttpResponseBase:
    """The answer of `call`, or its refusal: for htmx the reasons, which the browser puts into the form, else the
    page once more with what was typed."""
    try:
        return call()
    except Refused as refusal:
        code = CODES[refusal.kind]
        if request.htmx:
            return render(request, "parts/refusal.html", {"refusal": refusal}, status=code)
        if again is None:
            return failed(request, 409, str(refusal), code=code)
        request.typed, request.refusal, request.method = request.POST, refusal, "GET"
        response = answered(request, again, None)
        response.status_code = code
        return response
    except NotAllowed as error:
        return failed(request, 403, error.text)
    except Missing as error:
        return failed(request, 404, str(error))


def prepare(request: HttpRequest) -> PageRequest:
    asked = started(request)
    person = request.user
    if person.is_authenticated:
        asked.actor = access.actor_for(person, door=DOOR, now=asked.now, request_id=asked.request_id)
        asked.zone = person.time_zone or "UTC"
    else:
        asked.actor = replace(access.NOBODY, request_id=asked.request_id)
        asked.zone = "UTC"
    timezone.activate(ZoneInfo(asked.zone))
    return asked


def started(request: HttpRequest) -> PageRequest:
    asked = cast(PageRequest, request)
    asked.now = timezone.now()
    asked.typed = asked.refusal = asked.link = None
    asked.request_id = getattr(request, "request_id", "")
    return asked


def as_stakeholder(asked: PageRequest) -> HttpResponse | None:
    """Whoever signed in, or came by a personal link, as a stakeholder and nothing else; or says that the link ended.

    The link is asked at each request, so that revoking it takes effect at once. Nobody is signed in by it.
    """
    try:
        asked.link = (
            personal_links.open_link(asked.session[LINK], asked.now) if LINK in asked.session else None
        )
    except personal_links.LinkEnded as ended:
        asked.session.flush()
        return link_ended(asked, ended)
    person = asked.link.person if asked.link else asked.user
    if not person.is_authenticated:
        asked.actor, asked.parts = access.NOBODY, []
        return None
    program = asked.link.program if asked.link else None
    door = LINK_DOOR if asked.link else DOOR
    asked.parts = stakeholder_page.parts_of(person.pk, program.pk if program else None, asked.now)
    asked.actor = access.actor_for_parts(person, asked.parts, door=door, request_id=asked.request_id)
    asked.zone = person.time_zone or (program.time_zone if program else "UTC")
    timezone.activate(ZoneInfo(asked.zone))
    return None


def link_ended(request: HttpRequest, ended: Refused) -> HttpResponse:
    """What was typed is shown once more, because it could not be taken."""
    typed = request.POST.get("words") or request.POST.get("text") or ""
    look = {"theme": frame.theme(request)}
    context = {"reason": ended.reasons[0], "typed": typed, "frame": look}
    return render(request, "stakeholder_page/ended.html", context, status=410)


def show(
    request: PageRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    """A whole page with its frame, or for htmx the named partial of it."""
    if request.htmx and part and not request.htmx.history_restore_request:
        template = f"{template}#{part}"
    surround: dict[str, object] = {"now": request.now, "actor": request.actor, "refusal": request.refusal}
    surround["frame"] = frame.for_page(request, request.actor, zone=request.zone)
    return render(request, template, {**surround, **(context or {})}, status=status)


def fragment(
    request: PageRequest, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """A piece of a page, without the frame."""
    return render(request, template, {"now": request.now, "actor": request.actor, **context}, status=status)


def done(request: PageRequest, url: str, said: str, *, is_all: bool = True) -> HttpResponse:
    """After something was carried out: on to a page that says so. `is_all`: nothing of it needs a second look."""
    (messages.success if is_all else messages.warning)(request, said)
    if not request.htmx:
        return redirect(url)
    response = HttpResponseClientRedirect(url)
    base, _, place = url.partition("#")
    if place and base == (request.htmx.current_url_abs_path or "").partition("#")[0]:
        # Only the place on the page is another one, for which browsers do not load it again by themselves.
        response["HX-Refresh"] = "true"
    return response


def filled(request: PageRequest, form: type[F], initial: Mapping[str, object] | None = None) -> F:
    """The form with what was sent, else with `initial`. After a refusal its reasons stand at their fields."""
    sent = request.POST if request.method == "POST" else request.typed
    if sent is None:
        return form(initial=dict(initial or {}))
    made = form(sent, request.FILES, initial=dict(initial or {}))
    if request.refusal is not None:
        for reason in request.refusal.reasons:
            if reason.field in made.fields and reason.field not in made.errors:
                made.add_error(reason.field, str(reason))
    return made


def drafted(name: str, rows: int = 5) -> forms.Textarea:
    """A text box whose words are kept in the browser until they are sent."""
    return forms.Textarea(attrs={"rows": rows, "data-draft": name})


def either(field: FieldOf) -> FieldOf:
    """Marks one of two fields of which one is needed; `optional` would say of both that neither is."""
    field.is_either = True  # type: ignore[attr-defined]
    return field


def cleaned(form: forms.Form) -> dict[str, Any]:
    """The form's values; a form that does not hold is refused with one reason for each fault."""
    if form.is_valid():
        return form.cleaned_data
    raise Refused(
        tuple(
            Reason(f"{_label(form, name)}{text}", field=name)
            for name, texts in form.errors.items()
            for text in texts
        ),
        kind="invalid",
    )


def _label(form: forms.Form, name: str) -> str:
    return f"{form.fields[name].label or name}: " if name in form.fields else ""


def failed(
    request: HttpRequest,
    page_code: int,
    why: str = "",
    remedy: str = "",
    *,
    what: str = "",
    code: int | None = None,
) -> HttpResponse:
    """A page that says what, why and what now; for htmx the same as a fragment."""
    status = code or page_code
    if getattr(request, "htmx", None):
        refusal = Refused((Reason(why, remedy),)) if why else Refused.of("That did not work.")
        return render(request, "parts/refusal.html", {"refusal": refusal}, status=status)
    look = {"theme": frame.theme(request)}
    context = {"what": what, "why": why, "now": remedy, "frame": look}
    return render(request, f"errors/{page_code}.html", context, status=status)


def to_sign_in(request: PageRequest) -> HttpResponse:
    """Back to the same page afterwards; typed text waits there as a draft."""
    if request.htmx:
        return HttpResponse(status=401)
    return redirect(f"{frame.url('sign_in')}?next={quote(request.get_full_path())}")


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where the form asked to go on to, if that is on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and urlsplit(wanted).path.startswith("/") else otherwise


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - given by Django
    return failed(request, 404)


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that the framework would not read: mostly more than this installation accepts."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return failed(request, 413)
    return failed(request, 404, "This address or form cannot be read.", code=400)


def broken(request: HttpRequest) -> HttpResponse:
    return failed(request, 500)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - given by Django
    return failed(request, 403)


def unverified(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - given by Django
    """The form's secret did not fit, mostly because the page is from before the last sign-in."""
    why = "This form is from an earlier session."
    remedy = "Go back and load its page again; your draft is still there."
    return failed(request, 403, why, remedy, what="This form is out of date")
