"""Saved views of the portfolio: keeping the present address under a name, sharing it, removing it."""

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import views as actions
from throughline.queries import portfolio
from throughline.queries import views as queries
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show


class ViewForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100, help_text="The same name again replaces the view.")
    program = forms.ChoiceField(label="Share with", required=False)
    is_pinned = forms.BooleanField(label="Keep it at the top of my views", required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)


@page("self.use", at="person")
def views(request: PageRequest) -> HttpResponse:
    trail = [Crumb("Portfolio", reverse("portfolio")), Crumb("Saved views")]
    return show(request, "views/list.html", {"views": list(queries.views(request.actor)), "crumbs": trail})


@page("self.change", at="person", activity="view.saved", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    form = filled(request, ViewForm, {"query": request.GET.get("query", "")})
    programs = [(row.slug, row.name) for row in portfolio.programs(request.actor)]
    form.fields["program"].choices = [("", "Nobody, it is mine"), *programs]  # type: ignore[attr-defined]
    if request.method == "POST":
        values = cleaned(form)
        made = actions.save_view(
            actor=request.actor, is_shared=bool(values["program"]), now=request.now, **values
        )
        return done(request, f"{reverse('portfolio')}?{made.query}", f"The view “{made.name}” is saved.")
    trail = [Crumb("Portfolio", reverse("portfolio")), Crumb("Save this view")]
    context = {"form": form, "crumbs": trail, "title": "Save this view", "button": "Save it"}
    lead = "Filters, order, columns and layout are kept. Opening a shared view never changes yours."
    return show(request, "models/form.html", {**context, "lead": lead, "back": reverse("portfolio")})


@page("self.change", at="person", activity="view.removed", methods=("POST",))
def remove(request: PageRequest, view_id: int) -> HttpResponse:
    actions.remove_view(actor=request.actor, view_id=view_id, now=request.now)
    return done(request, reverse("views"), "The view is removed.")
