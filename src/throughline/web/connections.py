"""Pages about connected tools: what is connected, how it is doing, and the form that each kind of tool draws."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import connections as actions
from throughline.actions.evidence import collection
from throughline.core.connections import LONGEST, SHORTEST
from throughline.core.permissions import may, require
from throughline.queries import connections as queries
from throughline.queries import portfolio
from throughline.queries.connections import SourceKind
from throughline.queries.rows import Connection
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show
from throughline.web.words import HEALTH_MARKS

STORED = "Stored. Leave it empty to keep it."
HOOK_EVENTS = ("registered_model", "model_version", "model_version_tag", "model_version_alias")


@dataclass(frozen=True)
class Line:
    """One setting as its page shows it; a secret is only said to be there."""

    label: str
    value: str


@page("connection.view", at="program")
def connections(request: PageRequest) -> HttpResponse:
    rows = queries.connections(request.actor)
    program = request.GET.get("program", "")
    chosen = rows.filter(program__slug=program) if program else rows
    context = {
        "connections": [(row, HEALTH_MARKS[queries.health_of(row)]) for row in chosen],
        "kinds": queries.kinds(),
        "may_connect": bool(connectable(request)),
        "needs_program": request.actor.is_admin and not portfolio.programs(request.actor).exists(),
        "program": program,
    }
    return show(request, "connections/list.html", context)


@page("connection.change", at="program", activity="connection.created", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    kind = queries.kind_of(request.GET.get("kind") or queries.kinds()[0].kind)
    programs = connectable(request)
    initial = {"program": request.GET.get("program", ""), "name": kind.label, "interval_minutes": 15}
    form = filled(request, form_of(kind, programs=programs), initial)
    if request.method == "POST":
        values = cleaned(form)
        program = portfolio.program_row(request.actor, values.pop("program"))
        made = actions.connect(
            actor=request.actor,
            program_id=program.pk,
            kind=kind.kind,
            name=values.pop("name"),
            interval_minutes=values.pop("interval_minutes"),
            values=values,
            now=request.now,
        )
        return done(
            request, reverse("connection", args=[made.pk]), f"{made.name} is connected. Now link its models."
        )
    context = {
        "form": form,
        "title": f"Connect {kind.label}",
        "lead": "Throughline reads from it, and never writes to it.",
        "button": "Connect it",
        "has_no_choice": not programs,
        "back": reverse("connections"),
        "crumbs": [Crumb("Connections", reverse("connections")), Crumb(f"Connect {kind.label}")],
    }
    return show(request, "connections/form.html", context)


@page("connection.view", at="program")
def connection(request: PageRequest, connection_id: int) -> HttpResponse:
    row = queries.connection_row(request.actor, connection_id)
    context = {
        "connection": row,
        "kind": queries.kind_of(row.kind),
        "mark": HEALTH_MARKS[queries.health_of(row)],
        "links": queries.links(row),
        "lines": lines(row),
        "hook_url": f"{settings.BASE_URL}{reverse('hook', args=[row.kind, row.hook_token])}",
        "hook_events": HOOK_EVENTS,
        "may_change": may(request.actor, "connection.change", program_id=row.program_id),
        "crumbs": [Crumb("Connections", reverse("connections")), Crumb(row.name)],
    }
    return show(request, "connections/page.html", context)


@page("connection.change", at="program", activity="connection.changed", methods=("GET", "POST"))
def edit(request: PageRequest, connection_id: int) -> HttpResponse:
    row = changeable(request, connection_id)
    kind = queries.kind_of(row.kind)
    initial = {
        **row.settings,
        "name": row.name,
        "interval_minutes": row.interval_minutes,
        "version": row.version,
    }
    form = filled(request, form_of(kind, stored=queries.stored_secrets(row)), initial)
    back = reverse("connection", args=[row.pk])
    if request.method == "POST":
        values = cleaned(form)
        actions.change_connection(
            actor=request.actor,
            connection_id=row.pk,
            expected_version=values.pop("version"),
            name=values.pop("name"),
            interval_minutes=values.pop("interval_minutes"),
            values=values,
            now=request.now,
        )
        return done(request, back, "Changed. It is asked again within a minute.")
    context = {
        "form": form,
        "title": f"Change {row.name}",
        "button": "Save",
        "back": back,
        "crumbs": [Crumb("Connections", reverse("connections")), Crumb(row.name, back), Crumb("Change")],
    }
    return show(request, "connections/form.html", context)


@page("connection.change", at="program", activity="connection.tried", methods=("POST",), redraws=connection)
def try_it(request: PageRequest, connection_id: int) -> HttpResponse:
    reached = actions.try_connection(actor=request.actor, connection_id=connection_id, now=request.now)
    said = f"It works: status {reached.status}, answered in {reached.seconds * 1000:.0f} ms."
    return done(request, reverse("connection", args=[connection_id]), said)


@page(
    "connection.change",
    at="program",
    activity="connection.collection_requested",
    methods=("POST",),
    redraws=connection,
)
def collect(request: PageRequest, connection_id: int) -> HttpResponse:
    collection.request_collection(actor=request.actor, connection_id=connection_id, now=request.now)
    said = "It is being asked. What is new appears on the models in a moment."
    return done(request, reverse("connection", args=[connection_id]), said)


@page(
    "connection.change",
    at="program",
    activity="connection.switched_off",
    methods=("POST",),
    redraws=connection,
)
def switch(request: PageRequest, connection_id: int) -> HttpResponse:
    is_active = request.POST.get("to") == "on"
    row = actions.switch_connection(
        actor=request.actor, connection_id=connection_id, is_active=is_active, now=request.now
    )
    said = f"{row.name} is switched {'on' if is_active else 'off'}."
    return done(request, reverse("connection", args=[connection_id]), said)


def changeable(request: PageRequest, connection_id: int) -> Connection:
    """The connection, when this person may change it; a form that could not be sent is not shown."""
    row = queries.connection_row(request.actor, connection_id)
    require(request.actor, "connection.change", noun="connection", program_id=row.program_id)
    return row


def connectable(request: PageRequest) -> list[tuple[str, str]]:
    """The programs to which this person may connect tools, as choices."""
    return [
        (row.slug, row.name)
        for row in portfolio.programs(request.actor)
        if may(request.actor, "connection.change", program_id=row.pk)
    ]


def form_of(
    kind: SourceKind, *, programs: list[tuple[str, str]] | None = None, stored: frozenset[str] = frozenset()
) -> type[forms.Form]:
    """The form that a kind of tool draws by itself; with `programs` for a new one, else for one that is there."""
    fields: dict[str, forms.Field] = {}
    if programs is not None:
        fields["program"] = forms.ChoiceField(label="Program", choices=programs)
    else:
        fields["version"] = forms.IntegerField(widget=forms.HiddenInput)
    fields["name"] = forms.CharField(label="Name", max_length=200, help_text="What people call it.")
    for one in kind.fields:
        kept = STORED if one.name in stored else ""
        widget = (
            forms.PasswordInput
            if one.is_secret
            else forms.URLInput
            if one.input == "url"
            else forms.TextInput
        )
        attributes = {"autocomplete": "new-password" if one.is_secret else "off", "spellcheck": "false"}
        fields[one.name] = forms.CharField(
            label=one.label,
            required=one.required,
            max_length=2_000,
            help_text=f"{one.help} {kept}".strip(),
            widget=widget(attrs=attributes),
        )
    fields["interval_minutes"] = forms.IntegerField(
        label="Minutes between two looks", min_value=SHORTEST, max_value=LONGEST
    )
    return type(f"{kind.label}Form", (forms.Form,), fields)


def lines(row: Connection) -> list[Line]:
    hidden = queries.stored_secrets(row)
    kind = queries.kind_of(row.kind)
    shown = [
        Line(
            one.label,
            ("Stored, not shown" if one.name in hidden else "")
            if one.is_secret
            else row.settings.get(one.name, ""),
        )
        for one in kind.fields
    ]
    return [line for line in shown if line.value]


def address(url: str, **query: str) -> str:
    """The address of a page with what is asked of it, leaving out what is empty."""
    asked = urlencode({key: value for key, value in query.items() if value})
    return f"{url}?{asked}" if asked else url
