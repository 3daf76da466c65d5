"""The forms of label audits: a file is brought, items are drawn from it, labellers are invited."""

from typing import Any

from django import forms

from throughline.core.labels.agreement import Scale
from throughline.core.labels.drawing import MOST_ITEMS, Method
from throughline.queries.rows import LabelAudit, Person
from throughline.web.routes import drafted

NO_KEY = "Count the rows"


class BeginForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=200, help_text="For instance: tickets of spring, first audit."
    )
    question = forms.CharField(
        label="What labellers are asked",
        required=False,
        max_length=2_000,
        help_text="The question, and how to tell close cases apart. Markdown is understood.",
        widget=drafted("label-audit", 4),
    )
    file = forms.FileField(
        label="File", required=False, widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt"})
    )
    place = forms.CharField(label="Or a file in a data folder", required=False, max_length=1_000)
    origin = forms.CharField(
        label="Where it comes from",
        required=False,
        max_length=1_000,
        help_text="A link, a table, a query: so that somebody can find it again.",
    )
    maker = forms.TypedChoiceField(
        label="Who made these labels",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="If it is somebody of the program. They can't label, settle or close in this audit.",
    )

    def offer(self, people: list[Person]) -> None:
        choices = [("", "Nobody of the program, or not known"), *((one.pk, one.name) for one in people)]
        self.fields["maker"].choices = choices  # type: ignore[attr-defined]


class DrawForm(forms.Form):
    label = forms.ChoiceField(label="Column with the labels")
    key = forms.ChoiceField(label="Column that tells rows apart", required=False)
    shown = forms.MultipleChoiceField(
        label="What labellers see",
        widget=forms.CheckboxSelectMultiple,
        help_text="Never the labels themselves, nor what gives them away.",
    )
    method = forms.ChoiceField(
        label="How to draw",
        choices=[
            (Method.SIMPLE, "Simple: every row has the same chance"),
            (Method.STRATIFIED, "Stratified: each group in proportion, small ones with a minimum"),
        ],
        widget=forms.RadioSelect,
    )
    stratum = forms.ChoiceField(label="Groups are those of", required=False)
    size = forms.IntegerField(
        label="Items",
        min_value=1,
        max_value=MOST_ITEMS,
        help_text="200 items without a single fault show an error rate of at most 1.9 %; 73 show 5 %.",
    )
    least = forms.IntegerField(label="At least, of each group", min_value=0, required=False)
    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        help_text="The same file and seed draw the same items, always and everywhere.",
    )
    labels = forms.CharField(
        label="Labels",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="One in each line, in their order. Those of the file are added by themselves.",
    )
    scale = forms.ChoiceField(
        label="The labels are",
        choices=[
            (Scale.NOMINAL, "names only"),
            (Scale.ORDINAL, "in an order: good, fair, poor"),
            (Scale.INTERVAL, "numbers with distances"),
        ],
    )
    most_error = forms.FloatField(label="Wrong labels, at most (percent)", required=False)
    least_agreement = forms.FloatField(
        label="Agreement, at least",
        required=False,
        help_text="Krippendorff's alpha: 1 is always, 0 is no more than chance. 0.8 is a usual line.",
    )

    def offer(self, audit: LabelAudit) -> None:
        columns = [(heading, heading) for heading in audit.header]
        choices: dict[str, Any] = {
            "label": [("", "Choose"), *columns],
            "key": [("", NO_KEY), *columns],
            "shown": columns,
            "stratum": [("", "The labels themselves"), *columns],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    person = forms.TypedChoiceField(
        label="Somebody of the program", coerce=int, empty_value=None, required=False
    )
    name = forms.CharField(
        label="Or somebody outside",
        required=False,
        max_length=200,
        help_text="You send them a file, and bring it back filled in.",
    )

    def offer(self, people: list[Person]) -> None:
        choices = [("", "Choose"), *((one.pk, one.name) for one in people)]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]


class AnswersForm(forms.Form):
    file = forms.FileField(label="Filled-in file")


def proposed(audit: LabelAudit, seed: int) -> dict[str, object]:
    """What the columns' names suggest, to be looked at before anything is drawn."""
    label = next(
        (one for one in audit.header if one.strip().lower() in ("label", "target", "class", "y")), ""
    )
    key = next((one for one in audit.header if one.strip().lower() in ("id", "key", "uuid")), "")
    return {
        "label": label,
        "key": key,
        "shown": [one for one in audit.header if one not in (label, key)][:6] if label else [],
        "method": Method.SIMPLE,
        "size": 200,
        "least": 5,
        "seed": seed,
        "scale": Scale.NOMINAL,
    }
