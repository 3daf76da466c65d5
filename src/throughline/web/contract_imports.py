"""Bringing contracts in: pasted, dropped or chosen; looked at first, with each fault at its line; many in one zip."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from throughline.actions import contracts as actions
from throughline.actions.contracts import Given, Link, bulk
from throughline.core.errors import Refused
from throughline.core.permissions import require
from throughline.queries import portfolio
from throughline.queries.contract_preview import Preview, preview
from throughline.queries.contracts import linkable
from throughline.queries.rows import Program
from throughline.web.contracts import importing
from throughline.web.policy_source import Mistake, lines_around
from throughline.web.routes import Crumb, PageRequest, cleaned, done, either, filled, fragment, page, show

LONGEST = 2_000_000
STATES = {
    "created": "New contracts",
    "version": "New versions",
    "known": "Known already",
    "refused": "Refused",
    "left_out": "Left out",
}


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ImportForm(forms.Form):
    program = forms.ChoiceField(label="Program")
    about = forms.ChoiceField(
        label="What it is about",
        required=False,
        help_text="It can be said later, on the page of the contract.",
    )
    file = either(forms.Field(
        label="Files", required=False, widget=SeveralFiles(attrs={"accept": ".yaml,.yml,.json,.zip"}),
        help_text="YAML or JSON, or a zip with many. Drop them on this field, or choose them.",
    ))  # fmt: skip
    text = either(forms.CharField(
        label="Or the text", required=False, max_length=LONGEST, strip=False,
        widget=forms.Textarea(
            attrs={"rows": 16, "class": "mono", "wrap": "off", "spellcheck": "false", "data-draft": "contract"}
        ),
    ))  # fmt: skip


@page("contract.change", at="program", activity="contract.published", methods=("GET", "POST"))
def new(request: PageRequest) -> HttpResponse:
    programs = importing(request)
    form = import_form(request, programs)
    found: Preview | None = None
    if request.method == "POST":
        values = cleaned(form)
        program = portfolio.program_row(request.actor, values["program"])
        files = [one for one in request.FILES.getlist("file") if isinstance(one, UploadedFile)]
        if len(files) > 1 or (files and (files[0].name or "").lower().endswith(".zip")):
            return many(request, program, files)
        body = given(values["text"], files)
        if request.POST.get("do") != "look":
            return one(request, program, body, link_of(values["about"]))
        require(request.actor, "contract.change", noun="program", program_id=program.pk)
        found = preview(request.actor, program, body, request.now)
    elif request.typed is not None and programs and request.typed.get("text"):
        found = preview(request.actor, programs[0], str(request.typed["text"]), request.now)
    context = {
        "form": form,
        "programs": programs,
        "found": found,
        "source": source(found) if found else None,
        "crumbs": [Crumb("Contracts", reverse("contracts")), Crumb("Import")],
        "most_mb": LONGEST // 1_000_000,
    }
    return show(request, "contracts/new.html", context)


@page("contract.change", at="program", methods=("POST",))
def check(request: PageRequest) -> HttpResponse:
    """What would become of the text so far, while it is written; nothing is kept."""
    program = portfolio.program_row(request.actor, request.POST.get("program", ""))
    require(request.actor, "contract.change", noun="program", program_id=program.pk)
    found = preview(request.actor, program, request.POST.get("text", "")[:LONGEST], request.now)
    return fragment(request, "contracts/_checked.html", {"found": found, "source": source(found)})


def one(request: PageRequest, program: Program, body: bytes | str, link: Link) -> HttpResponse:
    made = actions.import_contract(
        actor=request.actor, program_id=program.pk, body=body, link=link, now=request.now
    )
    said = (
        "This contract is here already, word for word."
        if made.is_known
        else f"Version {made.version.label} of {made.contract.name} is published. Both sides are asked."
    )
    return done(request, reverse("contract", args=[made.contract.pk]), said)


def many(request: PageRequest, program: Program, files: Sequence["UploadedFile[bytes]"]) -> HttpResponse:
    found = actions.import_many(
        actor=request.actor, program_id=program.pk, files=unpacked(files), now=request.now
    )
    counts = Counter(one.state for one in found)
    order = ("refused", "version", "created", "left_out", "known")
    context = {
        "program": program,
        "outcomes": sorted(found, key=lambda one: order.index(one.state))[:500],
        "hidden": max(len(found) - 500, 0),
        "counts": [(title, counts[state]) for state, title in STATES.items()],
        "titles": STATES,
        "crumbs": [Crumb("Contracts", reverse("contracts")), Crumb("Imported")],
    }
    return show(request, "contracts/imported.html", context)


def unpacked(files: Iterable["UploadedFile[bytes]"]) -> Iterable[Given]:
    for file in files:
        refuse_large(file, settings.MAX_UPLOAD_BYTES)
        if (file.name or "").lower().endswith(".zip"):
            yield from bulk.unpacked(file.read())
        else:
            yield Given(file.name or "file", file.read(LONGEST + 1))


def given(text: str, files: Sequence["UploadedFile[bytes]"]) -> bytes | str:
    if files:
        refuse_large(files[0], LONGEST)
        return bytes(files[0].read())
    if not text.strip():
        raise Refused.field("text", "There is no contract here.", "Choose a file, or paste its text.")
    return text


def refuse_large(file: "UploadedFile[bytes]", most: int) -> None:
    if (file.size or 0) > most:
        text = f"{(file.name or 'The file')[:80]} is larger than {most // 1_000_000} MB."
        raise Refused.field("file", text, "Send it in parts.")


def import_form(request: PageRequest, programs: Sequence[Program]) -> ImportForm:
    asked = request.GET.get("program", "")
    chosen = next((one for one in programs if one.slug == asked), programs[0] if programs else None)
    initial = {"program": chosen.slug if chosen else "", "about": request.GET.get("about", "")}
    form = filled(request, ImportForm, initial)
    form.fields["program"].choices = [(one.slug, one.name) for one in programs]  # type: ignore[attr-defined]
    sources, models = linkable(request.actor, [one.pk for one in programs])
    form.fields["about"].choices = [  # type: ignore[attr-defined]
        ("", "Nothing yet"),
        ("Data that models use", [(f"source-{pk}", name) for pk, name in sources]),
        ("Output of a model", [(f"model-{pk}", name) for pk, name in models]),
    ]
    return form


def link_of(about: str) -> Link:
    kind, _, pk = about.partition("-")
    if not pk.isdecimal():
        return Link()
    return Link(source_id=int(pk)) if kind == "source" else Link(model_id=int(pk))


def source(found: Preview) -> dict[str, object]:
    """The faults with the lines around them."""
    mistakes = tuple(
        Mistake(one.line, one.column, f"{one.path}: {one.text}" if one.path else one.text)
        for one in found.faults
    )
    return {"mistakes": mistakes, "lines": lines_around(found.text, mistakes)}
