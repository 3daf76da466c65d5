"""People and coverage: the matrix of models and duties, gaps that were taken up, and one person's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from throughline.core.people import DUTIES, DUTY_TITLES
from throughline.core.permissions import may
from throughline.core.stages import Stage
from throughline.queries import access, portfolio
from throughline.queries import people as queries
from throughline.queries.people import Cell, Line
from throughline.queries.rows import GapItem, Program
from throughline.web import staffing
from throughline.web.paging import Pages
from throughline.web.routes import PageRequest, page, show

PER_PAGE = 50


@dataclass(frozen=True)
class Head:
    """One column of the matrix."""

    duty: str
    title: str
    short: str


@dataclass(frozen=True)
class MatrixRow:
    line: Line
    cells: tuple[tuple[Cell, timedelta | None], ...]


@dataclass(frozen=True)
class Taken:
    """A gap that was taken up, and whether its day has passed."""

    item: GapItem
    title: str
    is_overdue: bool
    may_close: bool


@dataclass(frozen=True)
class Filters:
    program: str
    stage: str
    duty: str
    gaps: bool

    @property
    def is_narrowed(self) -> bool:
        return bool(self.stage or self.duty or self.gaps or self.program)


@page("people.view", at="program")
def people(request: PageRequest) -> HttpResponse:
    filters = _filters(request)
    chosen = portfolio.program_row(request.actor, filters.program) if filters.program else None
    rows = queries.staffed(request.actor, program=filters.program, stages=[filters.stage])
    every = queries.coverage_of(rows, request.now)
    totals = queries.totals(every)
    lines = [line for line in every if _fits(line, filters)]
    pages = Pages.at(_number(request.GET.get("page")), len(lines), PER_PAGE)
    heads = [Head(total.duty, total.title, staffing.SHORT[total.duty]) for total in totals]
    shown = lines[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE]
    context = {
        "filters": filters,
        "program": chosen,
        "programs": list(portfolio.programs(request.actor)),
        "stages": [(stage.value, stage.label) for stage in Stage],
        "totals": totals,
        "heads": heads,
        "rows": list(_matrix(shown, heads, request.now)),
        "pages": pages,
        "with_gaps": sum(bool(line.gaps) for line in every),
        "count": len(every),
        "taken": _taken(request, filters.program),
        "for_program": _for_program(request, chosen),
        "may_assign": chosen is not None and may(request.actor, "people.change", program_id=chosen.pk),
        "today": _today(request),
    }
    return show(request, "people/page.html", context)


@page("people.view", at="program")
def person(request: PageRequest, person_id: int) -> HttpResponse:
    row = access.person_row(request.actor, person_id)
    held = [
        staffing.with_rights(request.actor, one)
        for one in queries.assignments_of_person(request.actor, row, request.now)
    ]
    items = queries.items_of_person(request.actor, row)
    context = {
        "person": row,
        "held": [one for one in held if not one.held.is_over],
        "over": [one for one in held if one.held.is_over],
        "taken": [_as_taken(request, item) for item in items],
        "roles": _roles(request, person_id),
        "crumbs": [{"title": "People", "url": reverse("people")}, {"title": row.name, "url": ""}],
    }
    return show(request, "people/person.html", context)


def _filters(request: PageRequest) -> Filters:
    stage, duty = request.GET.get("stage", ""), request.GET.get("duty", "")
    return Filters(
        program=request.GET.get("program", ""),
        stage=stage if stage in list(Stage) else "",
        duty=duty if duty in DUTIES else "",
        gaps=bool(request.GET.get("gaps")),
    )


def _fits(line: Line, filters: Filters) -> bool:
    if filters.duty:
        return any(cell.duty == filters.duty for cell in line.gaps)
    return bool(line.gaps) or not filters.gaps


def _matrix(lines: Iterable[Line], heads: list[Head], now: datetime) -> Iterable[MatrixRow]:
    for line in lines:
        by_duty = {
            cell.duty: (cell, now - cell.open_since if cell.open_since else None) for cell in line.cells
        }
        yield MatrixRow(line, tuple(by_duty[head.duty] for head in heads))


def _taken(request: PageRequest, program: str) -> list[Taken]:
    items = queries.gap_items(request.actor, program=program, is_open=True)
    return [_as_taken(request, item) for item in items[:200]]


def _as_taken(request: PageRequest, item: GapItem) -> Taken:
    place = {"program_id": item.program_id, "model_id": item.model_id}
    may_close = item.owner_id == request.actor.person_id or may(request.actor, "people.change", **place)
    return Taken(
        item, DUTY_TITLES.get(item.duty, item.duty), queries.is_overdue(item, _today(request)), may_close
    )


def _for_program(request: PageRequest, chosen: Program | None) -> list[staffing.HeldDuty]:
    if chosen is None or not may(request.actor, "people.view", program_id=chosen.pk):
        return []
    found = queries.assignments_for_program(chosen.pk, request.now)
    return [staffing.with_rights(request.actor, one) for one in found]


def _roles(request: PageRequest, person_id: int) -> list[tuple[str, str]]:
    return [
        (one.program.name if one.model is None else one.model.name, one.role)
        for one in access.memberships_of(request.actor, person_id)
    ]


def _today(request: PageRequest) -> date:
    return timezone.localtime(request.now).date()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 7 else 1
