"""Compliance reviews over all models: what is open, overdue or ending soon; as a page and as a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse

from throughline.core.compliance import KINDS, title_of
from throughline.queries import compliance as queries
from throughline.queries import portfolio
from throughline.queries.compliance import Line
from throughline.web import compliance_lines
from throughline.web.compliance_lines import STANDINGS
from throughline.web.exports import safe
from throughline.web.paging import Pages
from throughline.web.routes import PageRequest, page, show

PER_PAGE = 50
NEEDING = "needing"
VIEWS = {
    NEEDING: "Needs somebody",
    "running": "Asked or under way",
    "overdue": "Overdue",
    "grave": "Grave finding open",
    "ending": "Ends soon or expired",
    "in_force": "In force",
    "all": "All",
}
# What is worst stands first.
ORDER = ("blocked", "refused", "expired", "ending", "open", "asked", "valid", "replaced", "withdrawn")
HEADS = (
    "Review", "Program", "Model", "Kind", "Standing", "Conclusion", "Reviewer", "Asked", "Due", "Closed",
    "Valid until", "Open findings", "Grave findings",
)  # fmt: skip


@dataclass(frozen=True)
class Filters:
    program: str
    view: str
    kind: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.program or self.kind or self.view != NEEDING)


@page("self.use", at="person")
def reviews(request: PageRequest) -> HttpResponse:
    filters = _filters(request)
    found = _lines(request, filters)
    fitting = [line for line in found if _fits(line, filters.view, request.now)]
    number = request.GET.get("page", "")
    pages = Pages.at(int(number) if number.isdecimal() and len(number) < 7 else 1, len(fitting), PER_PAGE)
    here = fitting[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE]
    counts = {view: sum(_fits(line, view, request.now) for line in found) for view in VIEWS}
    context = {
        "filters": filters,
        "programs": list(portfolio.programs(request.actor)),
        "kinds": [(key, kind.title) for key, kind in KINDS.items()],
        "views": [(key, title, counts[key]) for key, title in VIEWS.items()],
        "tiles": _tiles(counts),
        "rows": [compliance_lines.shown(line, request.now) for line in here],
        "pages": pages,
        "count": len(found),
    }
    return show(request, "compliance/list.html", context)


@page("self.use", at="person")
def export(request: PageRequest) -> HttpResponse:
    """The same rows by the same filters; no cell is taken for a formula."""
    filters = _filters(request)
    fitting = [line for line in _lines(request, filters) if _fits(line, filters.view, request.now)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    writer.writerows([safe(cell) for cell in _cells(line)] for line in fitting)
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="compliance-{request.now:%Y-%m-%d}.csv"'
    return response


def _filters(request: PageRequest) -> Filters:
    view, kind = request.GET.get("view", NEEDING), request.GET.get("kind", "")
    return Filters(
        program=request.GET.get("program", ""),
        view=view if view in VIEWS else NEEDING,
        kind=kind if kind in KINDS else "",
    )


def _lines(request: PageRequest, filters: Filters) -> list[Line]:
    rows = queries.reviews(request.actor, program=filters.program, kind=filters.kind)
    found = queries.lines(rows, request.now)
    return sorted(found, key=lambda line: (ORDER.index(line.standing), line.row.model.name, line.row.pk))


def _fits(line: Line, view: str, now: datetime) -> bool:
    day = now.date()
    is_late = line.fact.is_late(day) or any(one.is_late(day) for one in line.fact.findings)
    return {
        NEEDING: line.needs_somebody,
        "running": line.fact.state.is_running,
        "overdue": is_late,
        "grave": bool(line.fact.grave_findings),
        "ending": line.is_counting and (line.fact.has_ended(day) or line.fact.ends_soon(day)),
        "in_force": line.standing in ("valid", "ending"),
        "all": True,
    }[view]


def _tiles(counts: dict[str, int]) -> list[tuple[str, str, int, str]]:
    said = {
        "grave": "of high severity; its gate is closed",
        "overdue": "a review or a finding past its day",
        "ending": "within 30 days, or ended",
        "running": "nobody has concluded yet",
    }
    return [(view, VIEWS[view], counts[view], text) for view, text in said.items()]


def _cells(line: Line) -> Iterable[str]:
    row, fact = line.row, line.fact
    days = (
        row.asked_at.date(),
        fact.due_on,
        fact.closed_at.date() if fact.closed_at else None,
        fact.valid_until,
    )
    asked, due, closed, until = (day.isoformat() if day else "" for day in days)
    return (
        str(row.pk), row.model.program.name, row.model.name, title_of(row.kind), STANDINGS[line.standing].word,
        fact.conclusion.value, row.reviewer_name, asked, due, closed, until, str(len(fact.open_findings)),
        str(len(fact.grave_findings)),
    )  # fmt: skip
