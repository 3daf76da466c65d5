"""Data contracts as pages: the list, one contract with its agreement, two versions compared, the export."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils.text import slugify

from throughline.core.contracts.agreements import Direction
from throughline.core.contracts.changes import Change, from_plain, is_breaking
from throughline.core.contracts.comparison import compare as compared
from throughline.core.permissions import may, require
from throughline.queries import contracts as queries
from throughline.queries import portfolio
from throughline.queries.contracts import Line
from throughline.queries.rows import ContractVersion, DataContract, Program
from throughline.web import contract_tests
from throughline.web.contract_forms import forms_for, seats
from throughline.web.contract_lines import row_of, trail
from throughline.web.contract_reading import document_of
from throughline.web.paging import Pages
from throughline.web.routes import Crumb, PageRequest, page, show

PER_PAGE = 50
VIEWS = {
    "all": "All",
    "breaking": "Breaking version waits",
    "waiting": "Waiting for agreement",
    "declined": "Declined",
    "in_force": "In force",
    "none": "Nothing agreed",
    "ended": "Ended",
}
DIRECTIONS = {Direction.PROVIDER: "Data that models use", Direction.OUTPUT: "Output of models"}


@page("contract.view", at="program")
def contracts(request: PageRequest) -> HttpResponse:
    rows = queries.contracts(request.actor)
    program, search = request.GET.get("program", ""), request.GET.get("q", "").strip()[:100]
    direction, view = request.GET.get("direction", ""), request.GET.get("view", "all")
    if program:
        rows = rows.filter(program__slug=program)
    if direction in list(Direction):
        rows = rows.filter(direction=direction)
    lines = [one for one in queries.lines(list(rows), request.now) if _is_named(one, search)]
    view = view if view in VIEWS else "all"
    fitting = [one for one in lines if _fits(one, view)]
    number = request.GET.get("page", "")
    pages = Pages.at(int(number) if number.isdecimal() and len(number) < 7 else 1, len(fitting), PER_PAGE)
    context = {
        "rows": [row_of(one) for one in fitting[(pages.number - 1) * PER_PAGE : pages.number * PER_PAGE]],
        "pages": pages,
        "count": len(lines),
        "views": [(key, title, sum(_fits(one, key) for one in lines)) for key, title in VIEWS.items()],
        "view": view,
        "direction": direction,
        "directions": list(DIRECTIONS.items()),
        "program": program,
        "search": search,
        "programs": list(portfolio.programs(request.actor)),
        "is_narrowed": bool(program or direction or search or view != "all"),
        "may_import": bool(importing(request)),
    }
    return show(request, "contracts/list.html", context)


@page("contract.view", at="program")
def contract(request: PageRequest, contract_id: int) -> HttpResponse:
    row = seen_row(request, contract_id)
    history = queries.history_of(row, request.now)
    line = queries.line(row, history, request.now)
    version = _chosen(request, row, line)
    fact = next(one for one in history.versions if one.number == version.number)
    may_change = any(may(request.actor, "contract.change", **place) for place in queries.places_of(row))
    state = history.state(fact, request.now)
    context = {
        "contract": row,
        "line": line,
        "row": row_of(line),
        "version": version,
        "fact": fact,
        "state": state,
        "document": document_of(version.content),
        "changes": [from_plain(one) for one in version.changes],
        "versions": [(one, history.state(one, request.now)) for one in reversed(history.versions)],
        "seats": seats(row, history.parties, fact),
        "answers": queries.answers_of(version),
        "models": queries.concerned(row),
        "crumbs": trail(row),
        "may_change": may_change,
        "about": about(request, row) if may_change and not row.source_id and not row.model_id else None,
        **forms_for(request, row, history.parties, fact, state, may_change=may_change),
        **contract_tests.card(request, row),
    }
    return show(request, "contracts/page.html", context)


@page("contract.view", at="program")
def compare(request: PageRequest, contract_id: int) -> HttpResponse:
    row = seen_row(request, contract_id)
    versions = list(row.versions.order_by("-number"))
    after = _numbered(versions, request.GET.get("b", ""), 0)
    before = _numbered(versions, request.GET.get("a", ""), 1)
    changes: tuple[Change, ...] = ()
    if before is not None and after is not None:
        changes = compared(before.content, after.content)
    context = {
        "contract": row,
        "versions": versions,
        "before": before,
        "after": after,
        "changes": changes,
        "is_breaking": is_breaking(changes),
        "crumbs": trail(row, Crumb("Compare versions")),
    }
    return show(request, "contracts/compare.html", context)


@page("contract.view", at="program")
def export(request: PageRequest, contract_id: int) -> HttpResponse:
    """What was imported, sign for sign."""
    row = seen_row(request, contract_id)
    history = queries.history_of(row, request.now)
    version = _chosen(request, row, queries.line(row, history, request.now))
    is_json = version.text.lstrip().startswith("{")
    kind, ending = ("application/json", "json") if is_json else ("application/yaml", "yaml")
    response = HttpResponse(version.text, content_type=f"{kind}; charset=utf-8")
    name = f"{slugify(row.key)[:60] or 'contract'}-{slugify(version.label) or version.number}.odcs.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def about(request: PageRequest, row: DataContract) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a contract that is linked to nothing yet may be about."""
    sources, models = queries.linkable(request.actor, [row.program_id])
    return [
        ("Data that models use", [(f"source-{pk}", name) for pk, name in sources]),
        ("Output of a model", [(f"model-{pk}", name) for pk, name in models]),
    ]


def seen_row(request: PageRequest, contract_id: int) -> DataContract:
    row = queries.contract_row(request.actor, contract_id)
    place = queries.place_for(request.actor, "contract.view", row)
    require(request.actor, "contract.view", noun="contract", **place)
    return row


def importing(request: PageRequest) -> list[Program]:
    """The programs into which this person may import."""
    rows = portfolio.programs(request.actor)
    return [one for one in rows if may(request.actor, "contract.change", program_id=one.pk)]


def _is_named(line: Line, search: str) -> bool:
    said = f"{line.row.name} {line.row.key} {row_of(line).about}".lower()
    return all(word in said for word in search.lower().split())


def _fits(line: Line, view: str) -> bool:
    if view == "all":
        return line.state != "ended"
    return line.is_breaking if view == "breaking" else line.state == view


def _chosen(request: PageRequest, row: DataContract, line: Line) -> ContractVersion:
    """The version in the address; else the one that waits, the one in force, the last."""
    asked = request.GET.get("version", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 7:
        return queries.version_row(row, int(asked))
    shown = line.pending or line.in_force
    return queries.version_row(row, shown.number) if shown else queries.newest_row(row)


def _numbered(versions: Sequence[ContractVersion], wanted: str, otherwise: int) -> ContractVersion | None:
    named = [one for one in versions if str(one.number) == wanted]
    return named[0] if named else versions[otherwise] if len(versions) > otherwise else None
