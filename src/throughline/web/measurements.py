"""The form for a measurement by hand, with how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms import BoundField
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import evidence as actions
from throughline.actions.evidence import NewEvidence
from throughline.core.criteria import Criterion
from throughline.core.dossier import Dossier
from throughline.core.evidence import EvidenceKind
from throughline.core.measurements import FIELDS
from throughline.core.prototype import proof_of
from throughline.queries.dossiers import load
from throughline.web.model_forms import changeable
from throughline.web.models import crumbs
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show

HOW = (
    ("counts", "A share: so many of so many"),
    ("moments", "An average of many units"),
    ("interval", "A number with its interval"),
    ("standard_error", "A number with its standard error"),
    ("none", "Only a number"),
)
# What is asked for, by the ways of measuring that need it.
ASKED: Mapping[str, tuple[str, ...]] = {
    "value": ("interval", "standard_error", "none"),
    "uncertainty.k": ("counts",),
    "uncertainty.n": ("counts", "moments", "standard_error"),
    "uncertainty.mean": ("moments",),
    "uncertainty.variance": ("moments",),
    "uncertainty.low": ("interval",),
    "uncertainty.high": ("interval",),
    "uncertainty.level": ("interval",),
    "uncertainty.se": ("standard_error",),
}


@dataclass(frozen=True)
class Asked:
    """One number of the form, and the ways of measuring that need it."""

    field: BoundField
    ways: str


class MeasurementForm(forms.Form):
    key = forms.CharField(
        label="What was measured",
        max_length=200,
        help_text="The key that the criterion names, for instance metric.val_precision.",
    )
    how = forms.ChoiceField(
        label="How it was measured",
        choices=HOW,
        widget=forms.RadioSelect,
        initial="counts",
        help_text="Without a word on how sure it is, a number settles nothing unless the criterion says so.",
    )
    value = forms.FloatField(label="Value", required=False)
    slice = forms.CharField(
        label="Part of the data", required=False, max_length=200, help_text="Left empty: all of the data."
    )
    subject = forms.CharField(
        label="Measured on", required=False, max_length=300, help_text="For instance churn_scorer version 2."
    )
    observed_at = forms.DateTimeField(
        label="When",
        required=False,
        help_text="Empty means now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    link = forms.CharField(label="Link to where it was measured", required=False, max_length=1000)
    summary = forms.CharField(label="Summary", required=False, widget=drafted("measurement", rows=3))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Numbers of the uncertainty have the names under which the rules speak of them."""
        super().__init__(*args, **kwargs)
        self.fields["uncertainty.k"] = forms.IntegerField(label="How many", min_value=0, required=False)
        self.fields["uncertainty.n"] = forms.IntegerField(
            label="Of how many units", min_value=0, required=False
        )
        self.fields["uncertainty.mean"] = forms.FloatField(label="Mean", required=False)
        self.fields["uncertainty.variance"] = forms.FloatField(
            label="Sample variance", required=False, help_text="The square of the standard deviation."
        )
        self.fields["uncertainty.low"] = forms.FloatField(label="Lower end", required=False)
        self.fields["uncertainty.high"] = forms.FloatField(label="Upper end", required=False)
        self.fields["uncertainty.level"] = forms.FloatField(
            label="Level of the interval", required=False, help_text="Empty means 0.95, which is 95 %."
        )
        self.fields["uncertainty.se"] = forms.FloatField(label="Standard error", required=False)


@page("evidence.attach", at="model", activity="evidence.attached", methods=("GET", "POST"))
def measure(request: PageRequest, model_id: int) -> HttpResponse:
    row = changeable(request, model_id, "evidence.attach")
    back = f"{reverse('model', args=[row.pk])}?tab=criteria"
    if request.method == "POST":
        item = measured(cleaned(filled(request, MeasurementForm)), request)
        added = actions.attach_evidence(actor=request.actor, model_id=row.pk, items=[item], now=request.now)
        said = "The measurement is attached." if added else "This measurement is known already."
        return done(request, back, said)
    dossier = load(row, now=request.now)
    criterion = next(
        (
            one.criterion
            for one in proof_of(dossier).verdicts
            if one.criterion.key == request.GET.get("criterion")
        ),
        None,
    )
    form = filled(request, MeasurementForm, begun(criterion, dossier))
    context = {
        "form": form,
        "model": row,
        "criterion": criterion,
        "asked": [Asked(form[name], " ".join(ways)) for name, ways in ASKED.items()],
        "back": back,
        "item": f"model:{row.pk}",
        "crumbs": crumbs(row, Crumb("Measurement")),
    }
    return show(request, "criteria/measure.html", context)


def begun(criterion: Criterion | None, dossier: Dossier) -> dict[str, object]:
    """What is known before anybody types: the criterion's metric and slice, and the release at hand."""
    release = dossier.release
    return {
        "how": "counts",
        "key": criterion.metric if criterion else "",
        "slice": criterion.slice if criterion else "",
        "subject": release.subject if release else "",
    }


def measured(values: Mapping[str, Any], request: PageRequest) -> NewEvidence:
    """Only what belongs to the way of measuring is taken. Times without a zone are the reader's own."""
    how, observed = values["how"], values["observed_at"]
    numbers = {name: values.get(f"uncertainty.{name}") for name in FIELDS.get(how, ())}
    told = {name: number for name, number in numbers.items() if number is not None}
    return NewEvidence(
        kind=EvidenceKind.MEASURED,
        key=values["key"],
        source="by hand",
        subject=values["subject"],
        value=values["value"] if how in ASKED["value"] else None,
        uncertainty={"kind": how, **told} if how != "none" else None,
        slice=values["slice"],
        summary=values["summary"],
        link=values["link"],
        observed_at=observed.replace(tzinfo=ZoneInfo(request.zone))
        if observed is not None and observed.tzinfo is None
        else observed,
    )
