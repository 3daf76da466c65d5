"""Two people writing into one record: different fields are merged, the same field is laid before the writer."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms

from throughline.core.errors import Reason, Refused
from throughline.core.portfolio import MODEL_FIELDS
from throughline.queries import portfolio
from throughline.queries.rows import MLModel


@dataclass(frozen=True)
class Conflict:
    """A field that both changed."""

    name: str
    title: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """What is to be written, over which version, and which fields of others were left as they are."""

    fields: Mapping[str, str]
    version: int | None
    kept: tuple[str, ...]


def merge(form: forms.Form, values: Mapping[str, object], row: MLModel, *, writer: str) -> Merged:
    """Compares what was sent with what the form was opened on, and with what is there now.

    Raises `Refused` (stale) when a field was changed by both. A form that does not say what it was opened on is
    written whole, over the version that it names.
    """
    version = values["version"]
    assert version is None or isinstance(version, int)
    sent = {name: _plain(values[name]) for name in MODEL_FIELDS}
    if "initial-name" not in form.data:
        return Merged(sent, version, ())
    opened = {name: _plain(form.data.get(f"initial-{name}", "")) for name in MODEL_FIELDS}
    there = {name: _plain(getattr(row, name)) for name in MODEL_FIELDS}
    mine = {name: sent[name] for name in MODEL_FIELDS if sent[name] != opened[name]}
    theirs = {name: there[name] for name in MODEL_FIELDS if there[name] != opened[name]}
    if version == row.version:
        return Merged(mine, version, ())
    both = [
        Conflict(name, MODEL_FIELDS[name].title, mine[name], theirs[name])
        for name in mine
        if name in theirs and mine[name] != theirs[name]
    ]
    if both:
        raise _laid_before(row, both, writer)
    return Merged(mine, row.version, tuple(MODEL_FIELDS[name].title.lower() for name in theirs))


def _laid_before(row: MLModel, both: list[Conflict], writer: str) -> Refused:
    last = portfolio.revisions(row).first()
    names = ", ".join(one.title for one in both)
    who, when = (last.by, f"{last.at:%Y-%m-%d at %H:%M} UTC") if last else ("Somebody", "meanwhile")
    said = "You changed this in another tab" if who == writer else f"{who} changed this too"
    reason = Reason(f"{said}, on {when}: {names}.", remedy="Choose for each field, then save.")
    return Refused((reason,), kind="stale", current={"version": row.version, "conflicts": both})


def _plain(value: object) -> str:
    return str(value or "").replace("\r\n", "\n").strip()
