"""Promises of the whole portfolio: what is broken or at risk, what is disputed, and who has not been told."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse

from throughline.core.drift_facts import DriftState
from throughline.core.permissions import may
from throughline.core.promises import KIND_TITLES, PromiseKind
from throughline.queries import portfolio
from throughline.queries import promises as queries
from throughline.queries.promises import Board
from throughline.web import promised
from throughline.web.paging import Pages
from throughline.web.promised import Shown
from throughline.web.routes import PageRequest, page, show

PER_PAGE = 50
# What is shown until somebody asks for something else: what needs them.
NEEDING = "needing"
VIEWS = {
    NEEDING: "Needs somebody",
    "broken": "Broken",
    "at_risk": "At risk",
    "untold": "Not told",
    "disputed": "Disputed",
    "open": "Open",
    "kept": "Kept",
    "all": "All",
}


@dataclass(frozen=True)
class Filters:
    program: str
    view: str
    kind: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.program or self.kind or self.view != NEEDING)


@dataclass(frozen=True)
class Row:
    board: Board
    one: Shown
    may_tell: bool

    @property
    def is_disputed(self) -> bool:
        return bool(self.one.drift.promise.disputed)

    def fits(self, view: str) -> bool:
        state = self.one.drift.state
        needs = {
            "untold": bool(self.one.untold),
            "disputed": self.is_disputed and self.one.drift.promise.is_live,
            "all": True,
        }
        if view in needs:
            return needs[view]
        if view == NEEDING:
            return self.one.drift.needs_attention or needs["untold"] or needs["disputed"]
        return state == view


@page("self.use", at="person")
def promises(request: PageRequest) -> HttpResponse:
    filters = _filters(request)
    rows = list(_rows(request, filters))
    fitting = [row for row in rows if row.fits(filters.view)]
    number = request.GET.get("page", "")
    pages = Pages.at(int(number) if number.isdecimal() and len(number) < 7 else 1, len(fitting), PER_PAGE)
    context = {
        "filters": filters,
        "programs": list(portfolio.programs(request.actor)),
        "kinds": list(KIND_TITLES.items()),
        "views": [(key, title, sum(row.fits(key) for row in rows)) for key, title in VIEWS.items()],
        "tiles": _tiles(rows),
        "rows": fitting[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE],
        "pages": pages,
        "count": len(rows),
    }
    return show(request, "promises/list.html", context)


def _filters(request: PageRequest) -> Filters:
    view, kind = request.GET.get("view", NEEDING), request.GET.get("kind", "")
    return Filters(
        program=request.GET.get("program", ""),
        view=view if view in VIEWS else NEEDING,
        kind=kind if kind in list(PromiseKind) else "",
    )


def _rows(request: PageRequest, filters: Filters) -> Iterable[Row]:
    """Broken first, then at risk, over all models; withdrawn ones only while somebody has not been told."""
    models = portfolio.models(request.actor)
    if filters.program:
        models = models.filter(program__slug=filters.program)
    found: list[Row] = []
    for board in queries.boards(models.values("pk"), request.now).values():
        may_tell = may(request.actor, "promise.give", program_id=board.program_id, model_id=board.model_id)
        lines = promised.shown(board, request.actor.person_id)
        found += [Row(board, one, may_tell) for one in lines if _counts(one, filters.kind)]
    return sorted(found, key=lambda row: promised.ORDER.index(row.one.drift.state))


def _counts(one: Shown, kind: str) -> bool:
    is_gone = one.drift.state is DriftState.WITHDRAWN and not one.untold
    return not is_gone and kind in ("", one.drift.promise.kind)


def _tiles(rows: list[Row]) -> list[tuple[str, str, int, str]]:
    people = {(row.board.model_id, duty.stakeholder_id) for row in rows for duty in row.one.untold}
    counts = {view: sum(row.fits(view) for row in rows) for view in ("broken", "at_risk", "disputed")}
    return [
        ("broken", "Broken", counts["broken"], "the facts contradict what was promised"),
        ("at_risk", "At risk", counts["at_risk"], "the facts no longer support it"),
        ("disputed", "Disputed", counts["disputed"], "a recipient says that it is wrong"),
        ("untold", "People not told", len(people), "of a change to what they were promised"),
    ]
