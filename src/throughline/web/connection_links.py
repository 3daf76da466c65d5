"""Pages that say which registered model of a tool is which model of the program."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import connections as actions
from throughline.queries import connections as queries
from throughline.queries import portfolio
from throughline.queries.portfolio import Filters
from throughline.queries.rows import Connection
from throughline.web.connections import address, changeable
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show

SHOWN = 100
MOST_CHOICES = 2_000


class LinkForm(forms.Form):
    remote_name = forms.CharField(
        label="Registered model", max_length=300, help_text="Its name in the tool, exactly."
    )
    model = forms.TypedChoiceField(label="Is this model", coerce=int)
    alias = forms.CharField(
        label="Which version",
        required=False,
        max_length=200,
        help_text="An alias, for instance champion. Empty means the newest version.",
    )


@page("connection.change", at="program")
def candidates(request: PageRequest, connection_id: int) -> HttpResponse:
    row = changeable(request, connection_id)
    search = request.GET.get("q", "").strip()
    found = queries.candidates(request.actor, row)
    wanted = [one for one in found if search.lower() in one.name.lower()]
    link_url = reverse("connection_link", args=[row.pk])
    context = {
        "connection": row,
        "search": search,
        "total": len(wanted),
        "rows": [
            (one, address(link_url, name=one.name, model=str(one.proposed.pk) if one.proposed else ""))
            for one in wanted[:SHOWN]
        ],
        "proposals": sum(one.proposed is not None for one in found),
        "is_cut": len(wanted) > SHOWN,
        "crumbs": trail(row, "Registered models"),
    }
    return show(request, "connections/candidates.html", context)


@page(
    "connection.change",
    at="program",
    activity="connection.model_linked",
    methods=("POST",),
    redraws=candidates,
)
def link_all(request: PageRequest, connection_id: int) -> HttpResponse:
    made = actions.link_proposed(actor=request.actor, connection_id=connection_id, now=request.now)
    linked = "1 model is linked. Its" if len(made) == 1 else f"{len(made)} models are linked. Their"
    said = f"{linked} evidence is on its way."
    return done(request, reverse("connection", args=[connection_id]), said)


@page("connection.change", at="program", activity="connection.model_linked", methods=("GET", "POST"))
def link(request: PageRequest, connection_id: int) -> HttpResponse:
    row = changeable(request, connection_id)
    initial = {"remote_name": request.GET.get("name", ""), "model": request.GET.get("model", "")}
    form = filled(request, LinkForm, initial)
    form.fields["model"].choices = choices(request, row)  # type: ignore[attr-defined]
    back = reverse("connection", args=[row.pk])
    if request.method == "POST":
        values = cleaned(form)
        made = actions.link_model(
            actor=request.actor,
            connection_id=row.pk,
            model_id=values["model"],
            remote_name=values["remote_name"],
            alias=values["alias"],
            now=request.now,
        )
        return done(request, back, f"{made.model.name} is linked. Its evidence is on its way.")
    context = {
        "form": form,
        "title": "Link a model",
        "lead": f"From then on what {row.name} says about it becomes evidence.",
        "button": "Link it",
        "back": back,
        "crumbs": trail(row, "Link a model"),
    }
    return show(request, "connections/form.html", context)


@page("connection.change", at="program", activity="connection.model_unlinked", methods=("POST",))
def unlink(request: PageRequest, connection_id: int, link_id: int) -> HttpResponse:
    actions.unlink_model(actor=request.actor, connection_id=connection_id, link_id=link_id, now=request.now)
    said = "Unlinked. The evidence that was brought stays."
    return done(request, reverse("connection", args=[connection_id]), said)


def choices(request: PageRequest, row: Connection) -> list[tuple[int, str]]:
    """The models of the program that this tool is not linked to yet."""
    taken = queries.links(row).values_list("model_id", flat=True)
    rows = portfolio.filtered(request.actor, Filters(program=row.program.slug)).exclude(pk__in=taken)
    return list(rows.order_by("name", "pk").values_list("pk", "name")[:MOST_CHOICES])


def trail(row: Connection, title: str) -> list[Crumb]:
    return [
        Crumb("Connections", reverse("connections")),
        Crumb(row.name, reverse("connection", args=[row.pk])),
        Crumb(title),
    ]
