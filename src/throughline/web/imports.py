"""The pages of an import: upload, columns, values and dates, the rows one by one, import, undo."""

from calendar import month_name
from collections.abc import Mapping
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from throughline.actions import imports as actions
from throughline.core.errors import Missing, Refused
from throughline.core.imports.accounts import duties
from throughline.core.imports.columns import TARGETS
from throughline.core.imports.mapping import ImportMapping, mapping_from_json, mapping_to_json, propose_values
from throughline.core.imports.problems import TITLES
from throughline.core.imports.tables import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Table, too_large
from throughline.core.people import DUTY_TITLES
from throughline.core.text import Json
from throughline.queries import imports as queries
from throughline.queries.imports import RowFilters
from throughline.queries.rows import ImportBatch, Program
from throughline.web import import_shapes as shapes
from throughline.web.paging import Pages
from throughline.web.routes import Crumb, PageRequest, cleaned, done, filled, page, show

PER_PAGE = 50
KEY_PLACES = 4
MONTHS = tuple((number, month_name[number]) for number in range(1, 13))
ORDERS = (
    ("unsure", "Cannot be told: keep such dates as written"),
    ("month_first", "Month first"),
    ("day_first", "Day first"),
)
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODINGS = (
    ("", "Find it"),
    ("utf-8", "UTF-8"),
    ("cp1252", "Windows-1252"),
    ("latin-1", "Latin-1"),
    ("utf-16", "UTF-16"),
)


class UploadForm(forms.Form):
    program = forms.TypedChoiceField(label="Program", coerce=int)
    file = forms.FileField(
        label="File",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.gz"}),
    )
    mapping = forms.TypedChoiceField(label="Mapping", coerce=int, empty_value=None, required=False)
    encoding = forms.ChoiceField(label="Encoding", choices=ENCODINGS, required=False)
    delimiter = forms.ChoiceField(
        label="Delimiter",
        choices=[("", "Find it"), *((name, name.capitalize()) for name in DELIMITERS)],
        required=False,
    )
    sheet = forms.CharField(label="Sheet", required=False, help_text="Otherwise the first one with rows.")


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=100)


@page("import.run", at="program", activity="import.previewed", methods=("GET", "POST"))
def imports(request: PageRequest) -> HttpResponse:
    """All imports, and the form for the next file."""
    programs = queries.programs_to_import_into(request.actor)
    if not programs and request.actor.is_admin and request.method == "GET":
        return show(request, "imports/none.html", {})
    if not programs:
        raise Missing("import")
    form = _upload_form(request, programs)
    if request.method == "POST":
        return _upload(request, form)
    found = Paginator(queries.batches(request.actor), PER_PAGE)
    shown = found.get_page(request.GET.get("page"))
    batches = [{"row": row, "state": shapes.STATES[row.state]} for row in shown]
    context = {
        "form": form,
        "batches": batches,
        "pages": Pages.of(shown),
        "has_one_program": len(programs) == 1,
    }
    return show(request, "imports/list.html", context)


@page("import.run", at="program")
def batch(request: PageRequest, batch_id: int) -> HttpResponse:
    """The rows of one file: before the import what would become of them, afterwards what did."""
    row = queries.batch_row(request.actor, batch_id)
    filters = _filters(request.GET)
    found = Paginator(queries.rows(row, filters).select_related("model"), PER_PAGE)
    shown = found.get_page(request.GET.get("page"))
    codes = row.counts.get("codes", {})
    context = {
        **_surround(request, row, "import"),
        "state": shapes.STATES[row.state],
        "outcomes": _outcome_tiles(row),
        "chart": shapes.problem_chart(row),
        "filters": filters,
        "is_narrowed": filters != RowFilters(),
        "outcome_choices": [(key, title) for key, (title, _, _) in shapes.OUTCOMES.items()],
        "code_choices": [(code, f"{TITLES[code]} ({count:,})") for code, count in codes.items()],
        "rows": [shapes.shown_row(one) for one in shown],
        "pages": Pages.of(shown),
        "portfolio_url": _portfolio_url(row),
        "changes": row.counts["create"] + row.counts["update"],
        "owners": shapes.owners(row),
        "unmapped": [(value or "(empty)", count) for value, count in row.counts.get("unmapped", {}).items()],
    }
    return show(request, "imports/rows.html", context)


@page("import.run", at="program")
def row(request: PageRequest, batch_id: int, number: int) -> HttpResponse:
    """One row: what was understood, what is kept as written, and what is wrong."""
    found = queries.batch_row(request.actor, batch_id)
    one = queries.rows(found).select_related("model").filter(number=number).first()
    if one is None:
        raise Missing("row")
    mapping = mapping_from_json(found.mapping)
    context = {
        **_surround(request, found, "import", Crumb(f"Row {number}")),
        "row": one,
        "outcome": shapes.OUTCOMES[one.outcome],
        "understood": shapes.understood(one),
        "cells": shapes.cells(one, found.header, mapping),
        "previous": number - 1 if number > 1 else None,
        "following": number + 1 if number < found.counts["rows"] else None,
    }
    return show(request, "imports/row.html", context)


@page("import.run", at="program", activity="import.mapped", methods=("GET", "POST"))
def columns(request: PageRequest, batch_id: int) -> HttpResponse:
    """Which column is which field, and which columns tell rows apart."""
    row = queries.batch_row(request.actor, batch_id)
    table = queries.table_of(row)
    mapping = mapping_from_json(row.mapping)
    if request.method == "POST":
        sent = mapping_to_json(mapping)
        sent["columns"] = {target.name: request.POST.get(f"column-{target.name}", "") for target in TARGETS}
        sent["key"] = [column for column in request.POST.getlist("key") if column]
        sent["take_long_rows"] = request.POST.get("take_long_rows") == "1"
        return _choose(request, row, sent, "import_values")
    if request.typed is not None:
        mapping = _typed_columns(mapping, request.typed)
    keys = [*mapping.key, *[""] * KEY_PLACES][: max(KEY_PLACES, len(mapping.key))]
    context = {
        **_surround(request, row, "import_columns"),
        "fields": shapes.field_choices(table, mapping),
        "header": table.header,
        "keys": keys,
        "unused": shapes.unused_columns(table, mapping),
        "has_long_rows": len(table.header) > table.named_width,
        "takes_long_rows": mapping.take_long_rows,
        "notes": table.notes,
    }
    return show(request, "imports/columns.html", context)


@page("import.run", at="program", activity="import.mapped", methods=("GET", "POST"))
def values(request: PageRequest, batch_id: int) -> HttpResponse:
    """What stages, risk tiers and dates of the file mean."""
    row = queries.batch_row(request.actor, batch_id)
    table = queries.table_of(row)
    mapping = mapping_from_json(row.mapping)
    if request.method == "POST":
        return _choose(request, row, _sent_values(request.POST, table, mapping), "import")
    if request.typed is not None:
        mapping = mapping_from_json(_sent_values(request.typed, table, mapping))
    context = {
        **_surround(request, row, "import_values"),
        "tables": shapes.value_tables(table, mapping),
        "dates": shapes.date_choices(table, mapping),
        "orders": ORDERS,
        "months": MONTHS,
        "owner_column": mapping.column("owner"),
        "owner_duty": mapping.owner_duty,
        "duties": tuple(DUTY_TITLES.items()),
    }
    return show(request, "imports/values.html", context)


@page("import.run", at="program", activity="import.mapping_saved", methods=("POST",))
def keep(request: PageRequest, batch_id: int) -> HttpResponse:
    name = cleaned(NameForm(request.POST))["name"]
    saved = actions.save_mapping(actor=request.actor, batch_id=batch_id, name=name, now=request.now)
    return done(request, reverse("import", args=[batch_id]), f"The mapping is kept as “{saved.name}”.")


@page("import.run", at="program", activity="import.mapped", methods=("POST",))
def check(request: PageRequest, batch_id: int) -> HttpResponse:
    """Looks at the rows once more, against what is on record now."""
    row = queries.batch_row(request.actor, batch_id)
    return _choose(request, row, row.mapping, "import")


@page("import.run", at="program", activity="import.carried_out", methods=("POST",))
def run(request: PageRequest, batch_id: int) -> HttpResponse:
    row = actions.run_import(
        actor=request.actor, batch_id=batch_id, expected_version=_version(request.POST), now=request.now
    )
    counts = row.counts
    told = (
        f"{counts['create']:,} new models, {counts['update']:,} changed, {counts['unchanged']:,} as they were"
    )
    if counts["held_back"]:
        told += f", {counts['held_back']:,} rows held back"
    if given := duties(counts):
        told += f"; {given:,} {'duty' if given == 1 else 'duties'} assigned"
    return done(
        request, reverse("import", args=[batch_id]), f"Imported: {told}.", is_all=not counts["held_back"]
    )


@page("import.run", at="program", activity="import.undone", methods=("POST",))
def undo(request: PageRequest, batch_id: int) -> HttpResponse:
    leaves = request.POST.get("leaves_changed") == "1"
    row = actions.undo_import(actor=request.actor, batch_id=batch_id, leaves_changed=leaves, now=request.now)
    said = "The import is undone: what it added is gone, what it changed is as it was."
    if duties(row.counts):
        said += " The duties that it gave have ended."
    return done(request, reverse("import", args=[batch_id]), said)


@page("import.run", at="program", activity="import.discarded", methods=("POST",))
def discard(request: PageRequest, batch_id: int) -> HttpResponse:
    actions.discard_import(
        actor=request.actor, batch_id=batch_id, expected_version=_version(request.POST), now=request.now
    )
    return done(request, reverse("imports"), "The file is put away. Nothing of it was imported.")


def _upload_form(request: PageRequest, programs: list[Program]) -> UploadForm:
    form = filled(request, UploadForm, {"program": request.GET.get("program_id") or programs[0].pk})
    choices = [(program.pk, program.name) for program in programs]
    saved = queries.saved_mappings(programs)
    limits = f"up to {_most_bytes() // 1_000_000} MB, {MAX_ROWS:,} rows and {MAX_COLUMNS} columns"
    form.fields["file"].help_text = f"CSV or XLSX, also gzipped; {limits}."
    field = form.fields["program"]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
    field = form.fields["mapping"]
    if isinstance(field, forms.ChoiceField):
        field.choices = [
            ("", "As last time, else proposed"),
            *((one.pk, f"{one.name}") for one in saved),
        ]
    return form


def _most_bytes() -> int:
    return min(MAX_BYTES, int(settings.MAX_UPLOAD_BYTES))


def _upload(request: PageRequest, form: UploadForm) -> HttpResponse:
    sent = cleaned(form)
    file = sent["file"]
    if (file.size or 0) > _most_bytes():
        raise too_large(_most_bytes())
    made = actions.preview_import(
        actor=request.actor,
        program_id=sent["program"],
        file_name=file.name or "",
        content=file.read(),
        encoding=sent["encoding"],
        delimiter=DELIMITERS.get(sent["delimiter"], ""),
        sheet=sent["sheet"],
        mapping_id=sent["mapping"],
        now=request.now,
    )
    rows, columns = made.counts["rows"], len(made.header)
    read = f"{rows:,} row{'' if rows == 1 else 's'} and {columns} column{'' if columns == 1 else 's'}"
    said = f"{read} were read. Nothing is imported yet."
    return done(request, reverse("import_columns", args=[made.pk]), said)


def _choose(request: PageRequest, row: ImportBatch, content: Json, then: str) -> HttpResponse:
    made = actions.choose_mapping(
        actor=request.actor,
        batch_id=row.pk,
        expected_version=_version(request.POST),
        mapping=mapping_from_json(content),
        now=request.now,
    )
    held = made.counts["held_back"]
    said = (
        f"{held:,} of {made.counts['rows']:,} rows are held back." if held else "Every row can be imported."
    )
    return done(request, reverse(then, args=[row.pk]), said, is_all=not held)


def _sent_values(sent: QueryDict, table: Table, mapping: ImportMapping) -> dict[str, Json]:
    content = mapping_to_json(mapping)
    meanings: dict[str, Json] = {}
    defaults: dict[str, Json] = {}
    for one in shapes.value_tables(table, mapping):
        proposals = propose_values(one.target, table.column(one.column)) if one.column else ()
        known = dict(mapping.values.get(one.target, {}))
        chosen = {
            proposal.value: sent.get(f"{one.target}-{number}", known.get(proposal.value, ""))
            for number, proposal in enumerate(proposals)
            if f"{one.target}-{number}" in sent
        }
        meanings[one.target] = {**known, **chosen}
        defaults[one.target] = sent.get(f"default-{one.target}", "")
    dates: dict[str, Json] = {}
    for choice in shapes.date_choices(table, mapping):
        dates[choice.column] = {
            "order": sent.get(f"order-{choice.name}", choice.reading.order),
            "typed_year": sent.get(f"typed_year-{choice.name}", choice.reading.typed_year),
            "leading_number": sent.get(f"leading_number-{choice.name}", choice.reading.leading_number),
            "fiscal_year_starts": _month(
                sent.get(f"fiscal-{choice.name}"), choice.reading.fiscal_year_starts
            ),
        }
    duty = sent.get("owner_duty", mapping.owner_duty)
    return {**content, "values": meanings, "defaults": defaults, "dates": dates, "owner_duty": duty}


def _typed_columns(mapping: ImportMapping, typed: QueryDict) -> ImportMapping:
    content = mapping_to_json(mapping)
    known: dict[str, Json] = {target.name: typed.get(f"column-{target.name}", "") for target in TARGETS}
    key: list[Json] = [column for column in typed.getlist("key") if column]
    return mapping_from_json({**content, "columns": known, "key": key})


def _surround(request: PageRequest, row: ImportBatch, current: str, *more: Crumb) -> dict[str, object]:
    here = Crumb(row.file_name, reverse("import", args=[row.pk]) if more else "")
    return {
        "batch": row,
        "crumbs": [Crumb("Imports", reverse("imports")), here, *more],
        "steps": shapes.steps(row, current),
        "item": f"import:{row.pk}",
        "is_open": row.state == "previewed",
        "refusal": request.refusal,
    }


def _outcome_tiles(row: ImportBatch) -> list[Mapping[str, object]]:
    page_url = reverse("import", args=[row.pk])
    return [
        {
            "label": title,
            "value": f"{row.counts[key]:,}",
            "url": f"{page_url}?{urlencode({'outcome': key})}#rows",
        }
        for key, (title, _, _) in shapes.OUTCOMES.items()
    ]


def _filters(sent: QueryDict) -> RowFilters:
    return RowFilters(
        outcome=sent.get("outcome", "") if sent.get("outcome") in shapes.OUTCOMES else "",
        code=sent.get("problem", "") if sent.get("problem") in TITLES else "",
        search=sent.get("q", "").strip().replace("\0", "")[:200],
    )


def _portfolio_url(row: ImportBatch) -> str:
    asked = {"program": row.program.slug, "batch": row.pk, "standing": "all", "layout": "table"}
    return f"{reverse('portfolio')}?{urlencode(asked)}"


def _version(sent: QueryDict) -> int:
    text = sent.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused.field(
            "version",
            "This form does not say which version it is about.",
            "Load the page again.",
        )
    return int(text)


def _month(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 3 else otherwise
