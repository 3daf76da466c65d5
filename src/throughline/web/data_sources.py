"""The sources of data: their list, one source with everything that hangs on it, and its forms."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.actions import data_sources as actions
from throughline.actions.data_sources import NewUse
from throughline.core.data_sources import (
    AUTOMATION_TITLES,
    SENSITIVITY_MEANINGS,
    SENSITIVITY_TITLES,
    Automation,
    Sensitivity,
)
from throughline.core.errors import Refused
from throughline.core.permissions import may, require
from throughline.core.places import read_place
from throughline.queries import access_requests, portfolio
from throughline.queries import data_sources as queries
from throughline.queries.data_sources import Filters
from throughline.queries.rows import DataSource, MLModel, Program
from throughline.web import contract_cards, source_rows
from throughline.web.exports import safe
from throughline.web.models import crumbs
from throughline.web.paging import Pages
from throughline.web.routes import Crumb, PageRequest, cleaned, done, drafted, filled, page, show
from throughline.web.source_forms import readdressed, source_form, written

PER_PAGE = 50
SUPPORTS = {"yes": "Supported", "no": "Not supported", "unknown": "Support not known"}
HEADS = (
    "Id", "Name", "Program", "Provider", "Owner", "Systems", "Sensitivity", "Refresh", "Time zone", "Automation",
    "Supported", "Supported until", "Used by models", "External id", "Retired",
)  # fmt: skip


class EndForm(forms.Form):
    reason = forms.CharField(label="Reason", max_length=2_000, widget=drafted("source-end", 3))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


@dataclass(frozen=True)
class Flow:
    """One other source, and the flow to or from it."""

    id: int
    row: DataSource


@page("source.view", at="program")
def sources(request: PageRequest) -> HttpResponse:
    filters = _filters(request)
    rows = list(queries.filtered(request.actor, filters).order_by("name", "pk"))
    today = timezone.localtime(request.now).date()
    number = request.GET.get("page", "")
    pages = Pages.at(int(number) if number.isdecimal() and len(number) < 7 else 1, len(rows), PER_PAGE)
    shown = rows[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE]
    context = {
        "filters": filters,
        "is_narrowed": filters != Filters(),
        "programs": list(portfolio.programs(request.actor)),
        "sensitivities": list(SENSITIVITY_TITLES.items()),
        "automations": [*AUTOMATION_TITLES.items(), ("unknown", "Not known")],
        "supports": list(SUPPORTS.items()),
        "tiles": _tiles(rows, today),
        "lines": [source_rows.line(row, today) for row in shown],
        "pages": pages,
        "new_url": _new_url(request, filters.program),
        "csv_url": f"{reverse('sources_csv')}?{request.GET.urlencode()}",
    }
    return show(request, "data_sources/list.html", context)


@page("source.view", at="program")
def export(request: PageRequest) -> HttpResponse:
    """What the list shows, for a spreadsheet; no cell of it is taken for a formula."""
    rows = queries.filtered(request.actor, _filters(request)).order_by("name", "pk")
    out = io.StringIO()
    csv.writer(out).writerows([HEADS, *([safe(str(cell)) for cell in _cells(row)] for row in rows)])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sources-{request.now:%Y-%m-%d}.csv"'
    return response


@page("source.view", at="program")
def source(request: PageRequest, source_id: int) -> HttpResponse:
    row = queries.source_row(request.actor, source_id)
    today, flows = timezone.localtime(request.now).date(), queries.flows_of(request.actor, row)
    uses = queries.uses_of_source(request.actor, row)
    is_live = row.ended_at is None
    may_change = is_live and queries.may_change(request.actor, row)
    asked = [
        access_requests.known(one, request.now) for one in queries.requests_of_source(request.actor, row)
    ]
    context = {
        "row": row,
        "line": source_rows.line(row, today),
        "meaning": SENSITIVITY_MEANINGS[row.sensitivity],
        "place": read_place(row.location) if row.location else None,
        "schedule": queries.schedule_in_words(row),
        "refreshes": queries.refreshes(row, request.now) if is_live else (),
        "uses": uses,
        "hidden_uses": queries.uses_in_all(row) - len(uses),
        "upstream": [Flow(flow.pk, flow.upstream) for flow in flows.upstream],
        "downstream": [Flow(flow.pk, flow.downstream) for flow in flows.downstream],
        "others": _others(request, row, {flow.upstream_id for flow in flows.upstream}) if may_change else [],
        "access": [(one.row, source_rows.access_line(one.fact, today, request.now)) for one in asked],
        "may_change": may_change,
        "end_form": filled(request, EndForm, {"version": row.version}),
        "crumbs": source_crumbs(row),
        **contract_cards.of_source(request, row),
    }
    return show(request, "data_sources/page.html", context)


@page("source.change", at="program", activity="source.added", methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """For the program in the address, or for the model in it, which then uses the source."""
    model = _model_in(request)
    program = model.program if model else _program_in(request)
    form = source_form(request, program, stage=model.stage if model else "")
    if request.method == "POST":
        values = cleaned(form)
        use = NewUse(values["from_stage"], values["purpose"]) if model else None
        try:
            row = actions.add_source(
                actor=request.actor,
                program_id=program.pk,
                fields=written(values),
                owner_id=values["owner"],
                model_id=model.pk if model else None,
                use=use,
                now=request.now,
            )
        except Refused as refusal:
            raise readdressed(refusal) from None
        back = source_rows.tab_url(model.pk) if model else reverse("source", args=[row.pk])
        return done(request, back, f"{row.name} is listed.")
    back = source_rows.tab_url(model.pk) if model else _list_url(program)
    trail = crumbs(model, Crumb("Add a data source")) if model else _trail(program, "Add a data source")
    context = {"form": form, "title": "Add a data source", "button": "Add it", "back": back, "crumbs": trail}
    return show(request, "data_sources/form.html", {**context, "model": model})


@page("source.change", at="program", activity="source.changed", methods=("GET", "POST"))
def edit(request: PageRequest, source_id: int) -> HttpResponse:
    row = queries.source_row(request.actor, source_id)
    queries.require_change(request.actor, row)
    form = source_form(request, row.program, row)
    back = reverse("source", args=[row.pk])
    if request.method == "POST":
        values = cleaned(form)
        try:
            actions.change_source(
                actor=request.actor,
                source_id=source_id,
                fields=written(values),
                owner_id=values["owner"],
                changes_owner=True,
                expected_version=values["version"],
                now=request.now,
            )
        except Refused as refusal:
            raise readdressed(refusal) from None
        return done(request, back, "The source is saved.")
    title = f"Edit {row.name}"
    context = {"form": form, "title": title, "button": "Save", "back": back}
    return show(request, "data_sources/form.html", {**context, "crumbs": source_crumbs(row, Crumb("Edit"))})


@page("source.change", at="program", activity="source.ended", methods=("POST",), redraws=source)
def end(request: PageRequest, source_id: int) -> HttpResponse:
    values = cleaned(filled(request, EndForm))
    row = actions.end_source(
        actor=request.actor,
        source_id=source_id,
        reason=values["reason"],
        expected_version=values["version"],
        now=request.now,
    )
    return done(request, reverse("source", args=[row.pk]), f"{row.name} is retired.")


def source_crumbs(row: DataSource, *more: Crumb) -> list[Crumb]:
    here = Crumb(row.name, reverse("source", args=[row.pk]) if more else "")
    return [Crumb("Data", reverse("sources")), Crumb(row.program.name, _list_url(row.program)), here, *more]


def _trail(program: Program, title: str) -> list[Crumb]:
    return [Crumb("Data", reverse("sources")), Crumb(program.name, _list_url(program)), Crumb(title)]


def _list_url(program: Program) -> str:
    return f"{reverse('sources')}?program={program.slug}"


def _filters(request: PageRequest) -> Filters:
    given = request.GET
    sensitivity, automation = given.get("sensitivity", ""), given.get("automation", "")
    return Filters(
        program=given.get("program", "")[:60],
        search=given.get("q", "").strip()[:200],
        sensitivity=sensitivity if sensitivity in list(Sensitivity) else "",
        automation=automation if automation in (*Automation, "unknown") else "",
        support=given.get("support", "") if given.get("support", "") in SUPPORTS else "",
        provider=given.get("provider", "")[:200],
        with_ended=given.get("ended", "") == "1",
    )


def _tiles(rows: list[DataSource], today: date) -> list[tuple[str, int, str, str]]:
    """Title, number, what it means, and the filter behind it."""
    live = [row for row in rows if row.ended_at is None]
    lost = [row for row in live if row.is_supported is False or (row.supported_until or today) < today]
    by_hand = [row for row in live if row.automation == Automation.MANUAL]
    unknown = [row for row in live if row.is_supported is None]
    return [
        ("By hand", len(by_hand), "somebody has to remember them", "automation=manual"),
        ("Not supported", len(lost), "nobody answers when they break", "support=no"),
        ("Support not known", len(unknown), "ask their providers", "support=unknown"),
    ]


def _cells(row: Any) -> Iterable[object]:
    support = {True: "yes", False: "no", None: ""}[row.is_supported]
    return (
        row.pk, row.name, row.program.slug, row.provider, row.owner.name if row.owner else "", row.systems,
        row.sensitivity, row.refresh, row.time_zone, row.automation, support, row.supported_until or "", row.used_by,
        row.external_id or "", f"{row.ended_at:%Y-%m-%d}" if row.ended_at else "",
    )  # fmt: skip


def _new_url(request: PageRequest, slug: str) -> str:
    """Where a source may be added: in the program that is shown, or in the first where one may."""
    for program in portfolio.programs(request.actor):
        if slug in ("", program.slug) and may(request.actor, "source.change", program_id=program.pk):
            return f"{reverse('source_new')}?program={program.slug}"
    return ""


def _others(request: PageRequest, row: DataSource, known: set[int]) -> list[DataSource]:
    found = queries.sources(request.actor).filter(program_id=row.program_id, ended_at__isnull=True)
    return list(found.exclude(pk__in={*known, row.pk}).order_by("name", "pk")[:500])


def _model_in(request: PageRequest) -> MLModel | None:
    number = request.GET.get("model", "")
    if not (number.isdecimal() and len(number) < 18):
        return None
    row = portfolio.model_row(request.actor, int(number))
    require(request.actor, "source.change", noun="model", program_id=row.program_id, model_id=row.pk)
    return row


def _program_in(request: PageRequest) -> Program:
    row = portfolio.program_row(request.actor, request.GET.get("program", ""))
    require(request.actor, "source.change", noun="program", program_id=row.pk)
    return row
