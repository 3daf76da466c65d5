"""What hangs on a data source: the models that use it, and the sources that it is made from."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import data_sources as actions
from throughline.actions.data_sources import NewUse
from throughline.core.stages import STAGE_TITLES
from throughline.queries import data_sources as queries
from throughline.queries.rows import MLModel
from throughline.web.data_sources import source
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show
from throughline.web.source_rows import tab_url


class LinkForm(forms.Form):
    sources = forms.TypedMultipleChoiceField(
        label="Sources of this program",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one source."},
    )
    from_stage = forms.ChoiceField(
        label="Used from stage",
        choices=list(STAGE_TITLES.items()),
        help_text="Gates before it do not ask about them.",
    )
    purpose = forms.CharField(label="What the model uses them for", required=False, max_length=300)


class FlowForm(forms.Form):
    upstream = forms.IntegerField(min_value=1, error_messages={"required": "Choose a source."})


@page("source.change", at="model", activity="source_use.begun", methods=("GET", "POST"))
def link(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "source.change")
    form = _form(request, row)
    if request.method == "POST":
        values = cleaned(form)
        made = actions.link_sources(
            actor=request.actor,
            model_id=row.pk,
            source_ids=values["sources"],
            use=NewUse(values["from_stage"], values["purpose"]),
            now=request.now,
        )
        names = ", ".join(one.source.name for one in made[:3])
        return done(request, tab_url(row.pk), f"{row.name} uses {names}{' and more' if made[3:] else ''}.")
    context = {
        "form": form,
        "model": row,
        "new_url": f"{reverse('source_new')}?model={row.pk}",
        "back": tab_url(row.pk),
        "crumbs": crumbs(row, Crumb("Data", tab_url(row.pk)), Crumb("Use a data source")),
        "item": f"model:{row.pk}",
    }
    return show(request, "data_sources/link.html", context)


@page("source.change", at="model", activity="source_use.ended", methods=("POST",))
def unlink(request: PageRequest, use_id: int) -> HttpResponse:
    row = actions.unlink_source(actor=request.actor, use_id=use_id, now=request.now)
    return done(request, tab_url(row.model_id), f"{row.model.name} does not use {row.source.name} any more.")


@page("source.change", at="program", activity="source_flow.added", methods=("POST",), redraws=source)
def add_flow(request: PageRequest, source_id: int) -> HttpResponse:
    values = cleaned(filled(request, FlowForm))
    row = actions.add_flow(
        actor=request.actor, source_id=source_id, upstream_id=values["upstream"], now=request.now
    )
    said = f"{row.downstream.name} is made from {row.upstream.name}."
    return done(request, reverse("source", args=[source_id]), said)


@page("source.change", at="program", activity="source_flow.ended", methods=("POST",))
def end_flow(request: PageRequest, flow_id: int) -> HttpResponse:
    row = actions.end_flow(actor=request.actor, flow_id=flow_id, now=request.now)
    said = f"{row.downstream.name} is no longer made from {row.upstream.name}."
    return done(request, reverse("source", args=[row.downstream_id]), said)


def _form(request: PageRequest, row: MLModel) -> LinkForm:
    form = filled(request, LinkForm, {"from_stage": row.stage})
    choices = [
        (one.pk, f"{one.name}{f' from {one.provider}' if one.provider else ''}")
        for one in queries.linkable(request.actor, row)[:500]
    ]
    form.fields["sources"].choices = choices  # type: ignore[attr-defined]
    return form
