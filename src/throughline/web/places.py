"""The fields in which people say where data lies, for every form that asks it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField

from throughline.core.places import FIELDS, NEEDED, FileFormat, PlaceKind

PREFIX = "location."
TITLES = {"path": "Path", "format": "Format", "user": "User name"}
KINDS = {
    PlaceKind.FILES: "Files (CSV, Parquet, JSON)",
    PlaceKind.DUCKDB: "DuckDB",
    PlaceKind.POSTGRES: "PostgreSQL",
    PlaceKind.BIGQUERY: "BigQuery",
}

WITHOUT_PATH = {kind: needed for kind, needed in NEEDED.items() if "path" not in needed}


def _title(kind: PlaceKind) -> str:
    return KINDS.get(kind, kind.value.capitalize())


class PlaceForm(forms.Form):
    """Fields named `location.<part>`, as the faults of a place are addressed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [("", "Not said"), *((kind.value, _title(kind)) for kind in PlaceKind)]
        self.fields[f"{PREFIX}kind"] = forms.ChoiceField(
            label="Kind of place", required=False, choices=kinds, help_text="The engine that reads it."
        )
        for name in FIELDS:
            title = TITLES.get(name, name.capitalize())
            self.fields[f"{PREFIX}{name}"] = forms.CharField(label=title, required=False, max_length=1_000)
        formats = [("", "By its ending"), *((one.value, one.value.upper()) for one in FileFormat)]
        self.fields[f"{PREFIX}format"] = forms.ChoiceField(label="Format", required=False, choices=formats)

    def place_kind(self) -> BoundField:
        return self[f"{PREFIX}kind"]

    def place_path(self) -> BoundField:
        return self[f"{PREFIX}path"]

    def place_others(self) -> list[BoundField]:
        return [self[f"{PREFIX}{name}"] for name in FIELDS if name != "path"]

    def has_other_place(self) -> bool:
        """Whether more than a path is said, or is needed for the kind that is chosen."""
        is_needed = self.place_kind().value() in WITHOUT_PATH
        return is_needed or any(bound.value() or bound.errors for bound in self.place_others())

    def needed_places(self) -> list[str]:
        """What each kind needs that has no path."""
        return [f"{_title(kind)}: {', '.join(needed)}" for kind, needed in WITHOUT_PATH.items()]


def typed_place(values: Mapping[str, Any]) -> dict[str, object]:
    """What was typed into the fields of a place."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in values.items()
        if name.startswith(PREFIX) and value
    }


def shown_place(location: Mapping[str, object]) -> dict[str, object]:
    """What the fields of a place hold at first."""
    return {f"{PREFIX}{name}": value for name, value in location.items()}
