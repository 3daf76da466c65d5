"""The form of a data source: what is typed becomes the fields of a record, and a record what the form shows."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from throughline.core.data_sources import (
    AUTOMATION_TITLES,
    SENSITIVITY_MEANINGS,
    SENSITIVITY_TITLES,
    contacts_from_lines,
    contacts_to_lines,
)
from throughline.core.errors import Refused
from throughline.core.places import FIELDS as PLACE_FIELDS
from throughline.core.places import FileFormat, PlaceKind
from throughline.core.stages import STAGE_TITLES
from throughline.queries import access
from throughline.queries.rows import DataSource, Program
from throughline.web.routes import PageRequest, drafted, filled

SUPPORT = [("", "Not known yet"), ("yes", "Yes"), ("no", "No")]
SAID = {"yes": True, "no": False}
TEXTS = (
    "name", "description", "provider", "systems", "sensitivity", "refresh", "time_zone", "automation",
    "supported_until", "external_id",
)  # fmt: skip
PLACE_TITLES = {"path": "Path", "format": "Format", "user": "User name"}
KINDS = {
    PlaceKind.FILES: "Files (CSV, Parquet, JSON)",
    PlaceKind.DUCKDB: "DuckDB",
    PlaceKind.POSTGRES: "PostgreSQL",
    PlaceKind.BIGQUERY: "BigQuery",
}


class SourceForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, help_text="As people call it; once in a program.")
    description = forms.CharField(
        label="What is in it",
        required=False,
        help_text="Markdown is understood.",
        widget=drafted("source", 3),
    )
    provider = forms.CharField(
        label="Provider", required=False, max_length=200, help_text="The team that makes the data."
    )
    contacts = forms.CharField(
        label="Contacts at the provider",
        required=False,
        help_text="One in a line: name, e-mail, role.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    systems = forms.CharField(label="Systems", required=False, max_length=500, help_text="Where it is made.")
    owner = forms.TypedChoiceField(
        label="Owner with us",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Who answers for it here.",
    )
    sensitivity = forms.ChoiceField(
        label="Sensitivity",
        choices=[(key, f"{SENSITIVITY_TITLES[key]}: {text}") for key, text in SENSITIVITY_MEANINGS.items()],
        initial="internal",
    )
    automation = forms.ChoiceField(
        label="How it is refreshed",
        required=False,
        choices=[("", "Not known yet"), *AUTOMATION_TITLES.items()],
    )
    refresh = forms.CharField(
        label="Refresh schedule",
        required=False,
        max_length=100,
        help_text="Minute, hour, day, month, weekday: 0 6 * * 1-5 is each workday at six.",
    )
    time_zone = forms.CharField(
        label="Its time zone", required=False, help_text="For instance Europe/Zurich."
    )
    support = forms.ChoiceField(label="Does the provider support it?", required=False, choices=SUPPORT)
    supported_until = forms.DateField(
        label="Supported until",
        required=False,
        help_text="Empty is without an end.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    external_id = forms.CharField(
        label="External id",
        required=False,
        max_length=200,
        help_text="The key under which other tools know it.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            ("", "Not said"),
            *((kind.value, KINDS.get(kind, kind.value.capitalize())) for kind in PlaceKind),
        ]
        self.fields["location.kind"] = forms.ChoiceField(
            label="Kind of place", required=False, choices=kinds, help_text="The engine that reads it."
        )
        for name in PLACE_FIELDS:
            title = PLACE_TITLES.get(name, name.capitalize())
            self.fields[f"location.{name}"] = forms.CharField(label=title, required=False, max_length=1_000)
        formats = [("", "By its ending"), *((one.value, one.value.upper()) for one in FileFormat)]
        self.fields["location.format"] = forms.ChoiceField(label="Format", required=False, choices=formats)

    def place_kind(self) -> BoundField:
        return self["location.kind"]

    def place_path(self) -> BoundField:
        return self["location.path"]

    def place_others(self) -> list[BoundField]:
        return [self[f"location.{name}"] for name in PLACE_FIELDS if name != "path"]

    def has_other_place(self) -> bool:
        return any(bound.value() or bound.errors for bound in self.place_others())


class NewSourceForm(SourceForm):
    """For a source that a model uses from the start."""

    from_stage = forms.ChoiceField(label="Used from stage", choices=list(STAGE_TITLES.items()))
    purpose = forms.CharField(label="What the model uses it for", required=False, max_length=300)


def source_form(
    request: PageRequest, program: Program, row: DataSource | None = None, *, stage: str = ""
) -> SourceForm:
    initial = shown(row) if row else {"time_zone": program.time_zone, "from_stage": stage}
    form = filled(request, NewSourceForm if stage else SourceForm, initial)
    people = access.people_of(program.pk)
    if not request.actor.is_admin:
        people = people.filter(pk__in=access.known_people(request.actor).values("pk"))
    choices = {person.pk: person.name for person in people[:500]}
    if row is not None and row.owner is not None:
        choices.setdefault(row.owner.pk, row.owner.name)
    owners = sorted(choices.items(), key=lambda one: one[1].casefold())
    form.fields["owner"].choices = [("", "Nobody yet"), *owners]  # type: ignore[attr-defined]
    return form


def shown(row: DataSource) -> dict[str, object]:
    """What the form holds at first."""
    support = "" if row.is_supported is None else "yes" if row.is_supported else "no"
    return {
        **{name: getattr(row, name) for name in (*TEXTS, "version")},
        "contacts": contacts_to_lines(row.contacts),
        "owner": row.owner_id,
        "support": support,
        **{f"location.{name}": value for name, value in row.location.items()},
    }


def written(values: Mapping[str, Any]) -> dict[str, object]:
    """The record's fields of what was typed."""
    place = {
        name.removeprefix("location."): value
        for name, value in values.items()
        if name.startswith("location.") and value
    }
    return {
        **{name: values[name] for name in TEXTS},
        "contacts": contacts_from_lines(values["contacts"]),
        "is_supported": SAID.get(values["support"]),
        "location": place,
    }


def readdressed(refusal: Refused) -> Refused:
    """Faults of the rules stand at the fields of the form: a contact in its box, support at its choice."""
    names = {"is_supported": "support", "owner_id": "owner"}
    reasons = tuple(type(one)(one.text, _field(one.field, names), one.remedy) for one in refusal.reasons)
    return Refused(reasons, kind=refusal.kind, current=refusal.current)


def _field(name: str | None, names: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    return "contacts" if name.startswith("contacts.") else names.get(name, name)
