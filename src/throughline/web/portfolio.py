"""The portfolio: all models as a board by stage, a table, or their ages; all of its state is in the address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from throughline.core.people import Role
from throughline.core.permissions import may
from throughline.core.stages import Stage, Standing
from throughline.queries import moves as move_queries
from throughline.queries import portfolio as queries
from throughline.queries import views as view_queries
from throughline.queries.portfolio import SORTS, Filters
from throughline.queries.rows import MLModel
from throughline.web import charts, findings
from throughline.web.drawings import Ageing, Dot
from throughline.web.paging import Pages
from throughline.web.routes import PageRequest, fragment, page, show

# How many models by stage, standing and risk tier.
Totals = Mapping[tuple[str, str, str], int]
PER_PAGE = 50
PER_COLUMN = 25
MOST_DOTS = 600
GATES_AT_ONCE = 160
WORKING = (Standing.ACTIVE.value, Standing.PAUSED.value)
LAYOUTS = {"board": ("Board", "portfolio"), "table": ("Table", "table"), "ageing": ("Ageing", "chart")}
COLUMNS = {
    "stage": "Stage",
    "gate": "Next gate",
    "lead": "Program manager",
    "tier": "Risk",
    "age": "In stage",
    "team": "Team",
    "unit": "Unit",
    "scoring": "Scoring",
    "external": "External id",
    "program": "Program",
    "changed": "Changed",
}
USUAL = ("stage", "gate", "lead", "tier", "team", "age")
SORTABLE = {"stage": "stage", "age": "age", "tier": "tier", "changed": "changed"}
FIELDS = (
    "pk",
    "name",
    "stage",
    "standing",
    "risk_tier",
    "team",
    "unit",
    "scoring",
    "external_id",
    "stage_since",
    "changed_at",
    "program_id",
    "program__name",
)


@dataclass(frozen=True)
class State:
    """What the address says."""

    layout: str
    filters: Filters
    page: int
    columns: tuple[str, ...]
    is_narrowed: bool
    view: str


@dataclass(frozen=True)
class Row:
    """One model as plain values, so that drawing it asks the database nothing."""

    pk: int
    name: str
    stage: str
    standing: str
    tier: str
    team: str
    unit: str
    scoring: str
    external: str
    since: datetime
    changed: datetime
    program: str
    lead: str
    days: int


@dataclass(frozen=True)
class Column:
    stage: str
    title: str
    count: int
    rows: tuple[Row, ...]
    more_url: str


@dataclass(frozen=True)
class Pill:
    """A filter that is on, and the address without it."""

    text: str
    url: str


@dataclass(frozen=True)
class Choices:
    """What a filter menu offers: value, words, how many, and whether it is on."""

    name: str
    title: str
    icon: str
    options: tuple[tuple[str, str, int | None, bool], ...] = field(default=())


@page("self.use", at="person")
def portfolio(request: PageRequest) -> HttpResponse:
    state = read_state(request.GET)
    rows = queries.filtered(request.actor, state.filters)
    totals = queries.totals(rows)
    teams = queries.teams(request.actor)
    context = {
        "state": state,
        "total": sum(totals.values()),
        "by_stage": stage_totals(totals),
        "layouts": layouts(request.GET, state),
        "menus": menus(state, teams),
        "pills": pills(request.GET, state),
        "views": list(view_queries.views(request.actor)),
        "exports": {
            kind: f"{reverse('portfolio_export', args=[kind])}?{request.GET.urlencode()}"
            for kind in ("csv", "xlsx")
        },
        "may_create": any(
            may(request.actor, "model.create", program_id=g.program_id) for g in request.actor.grants
        )
        or request.actor.is_admin,
        "reset_url": f"{reverse('portfolio')}?layout={state.layout}",
        **laid_out(request, state, rows, totals),
    }
    return show(request, "portfolio/page.html", context, part="results")


@page("self.use", at="person")
def gates(request: PageRequest) -> HttpResponse:
    """The next gate of the models on a page, fetched after it so that the page itself comes at once."""
    ids = [int(pk) for pk in request.GET.get("ids", "").split(",") if pk.isdecimal()][:GATES_AT_ONCE]
    rows = list(queries.models(request.actor).filter(pk__in=ids))
    verdicts = move_queries.verdicts(rows, now=request.now)
    shown = [
        (pk, tuple(findings.status_of(f) for f in verdicts[pk].findings) if pk in verdicts else ())
        for pk in ids
    ]
    return fragment(request, "portfolio/gates.html", {"gates": shown, "is_out_of_band": True})


def read_state(sent: QueryDict) -> State:
    layout, sort, batch = sent.get("layout", "board"), sent.get("sort", ""), sent.get("batch", "")
    standings = tuple(known(sent.getlist("standing"), (*Standing, "all")))
    chosen = tuple(known(",".join(sent.getlist("columns")).split(","), COLUMNS))
    filters = Filters(
        program=sent.get("program", ""),
        search=sent.get("q", "").strip()[:200],
        stages=tuple(known(sent.getlist("stage"), tuple(Stage))),
        standings=() if "all" in standings else (standings or WORKING),
        tiers=tuple(known(sent.getlist("tier"), ("low", "medium", "high", "none"))),
        teams=tuple(sent.getlist("team")[:50]),
        mine=sent.get("mine") == "1",
        batch=int(batch) if batch.isdecimal() and len(batch) < 18 else None,
        sort=sort if sort in SORTS else "name",
    )
    number = str(sent.get("page", "1"))
    narrowing = ("program", "q", "stage", "standing", "tier", "team", "mine", "batch")
    return State(
        layout=layout if layout in LAYOUTS else "board",
        filters=filters,
        page=int(number) if number.isdecimal() and len(number) < 7 else 1,
        columns=chosen or USUAL,
        is_narrowed=any(sent.get(name) for name in narrowing),
        view=sent.get("view", ""),
    )


def known(values: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """The values that exist, each once; what somebody typed into the address is left out."""
    names = set(allowed)
    return [value for value in dict.fromkeys(values) if value in names]


def plain_rows(request: PageRequest, found: QuerySet[MLModel]) -> list[Row]:
    values = list(found.values(*FIELDS))
    leads = queries.holders(
        Role.PROGRAM_MANAGER,
        [row["pk"] for row in values],
        {row["program_id"] for row in values},
        request.now,
    )
    return [
        Row(
            pk=row["pk"],
            name=row["name"],
            stage=row["stage"],
            standing=row["standing"],
            tier=row["risk_tier"],
            team=row["team"],
            unit=row["unit"],
            scoring=row["scoring"],
            external=row["external_id"] or "",
            since=row["stage_since"],
            changed=row["changed_at"],
            program=row["program__name"],
            lead=leads.name(row["pk"], row["program_id"]),
            days=(request.now - row["stage_since"]).days,
        )
        for row in values
    ]


def stage_totals(totals: Totals) -> dict[str, int]:
    counts = dict.fromkeys((stage.value for stage in Stage), 0)
    for (stage, _, _), number in totals.items():
        counts[stage] += number
    return counts


def board(request: PageRequest, rows: QuerySet[MLModel], totals: Totals) -> dict[str, object]:
    cards = plain_rows(request, queries.longest_in_stage(rows, PER_COLUMN))
    counts = stage_totals(totals)
    columns = [
        Column(
            stage.value,
            stage.label,
            counts[stage],
            tuple(card for card in cards if card.stage == stage),
            changed(request.GET, layout="table", stage=stage.value, sort="age", page=None),
        )
        for stage in Stage
    ]
    return {"columns": columns, "gate_ids": _ids(cards)}


def table(request: PageRequest, state: State, rows: QuerySet[MLModel], totals: Totals) -> dict[str, object]:
    pages = Pages.at(state.page, sum(totals.values()), PER_PAGE)
    start = (pages.number - 1) * PER_PAGE
    shown = plain_rows(request, queries.ordered(rows, state.filters.sort)[start : start + PER_PAGE])
    gate_ids = _ids(shown) if "gate" in state.columns else ""
    return {
        "rows": shown,
        "pages": pages,
        "heads": heads(request.GET, state),
        "gate_ids": gate_ids,
        **column_choice(request.GET),
    }


def ages(request: PageRequest, rows: QuerySet[MLModel], totals: Totals) -> dict[str, object]:
    oldest = rows.order_by("stage_since", "pk").values_list("pk", "name", "stage", "standing", "stage_since")
    names = list(Stage)
    dots = [
        Dot(
            name,
            names.index(Stage(stage)),
            (request.now - since).total_seconds() / 86400,
            "accent" if standing == Standing.ACTIVE else "none",
            reverse("model", args=[pk]),
        )
        for pk, name, stage, standing, since in oldest[:MOST_DOTS]
    ]
    drawing: Ageing = charts.ageing(
        "Days in the present stage", [stage.label for stage in names], dots, height=360
    )
    return {"chart": drawing, "is_cut": sum(totals.values()) > MOST_DOTS, "most": MOST_DOTS}


def laid_out(
    request: PageRequest, state: State, rows: QuerySet[MLModel], totals: Totals
) -> dict[str, object]:
    if state.layout == "table":
        return table(request, state, rows, totals)
    return ages(request, rows, totals) if state.layout == "ageing" else board(request, rows, totals)


def heads(sent: QueryDict, state: State) -> list[dict[str, str]]:
    """Column heads with the address that sorts by them, and the way they are sorted now."""
    found = [{"key": "name", "title": "Model", "sort": "name"}]
    found += [
        {"key": key, "title": COLUMNS[key], "sort": SORTABLE.get(key, "")}
        for key in COLUMNS
        if key in state.columns
    ]
    for head in found:
        sort = head["sort"]
        if not sort:
            continue
        is_on = state.filters.sort in (sort, f"-{sort}")
        turned = f"-{sort}" if state.filters.sort == sort and f"-{sort}" in SORTS else sort
        head["url"] = changed(sent, sort=turned, page=None)
        head["order"] = ("descending" if state.filters.sort.startswith("-") else "ascending") if is_on else ""
    return found


def column_choice(sent: QueryDict) -> dict[str, object]:
    """All columns there are, and what the address says besides them."""
    kept = [
        (name, value) for name, values in sent.lists() if name not in ("columns", "page") for value in values
    ]
    return {"all_columns": list(COLUMNS.items()), "kept": kept}


def layouts(sent: QueryDict, state: State) -> list[dict[str, object]]:
    return [
        {
            "title": title,
            "icon": icon,
            "url": changed(sent, layout=key, page=None),
            "is_current": key == state.layout,
        }
        for key, (title, icon) in LAYOUTS.items()
    ]


def menus(state: State, teams: list[str]) -> list[Choices]:
    filters = state.filters
    stages = tuple((s.value, s.label, None, s.value in filters.stages) for s in Stage)
    standings = tuple((s.value, s.label, None, s.value in filters.standings) for s in Standing)
    tiers = (("high", "High"), ("medium", "Medium"), ("low", "Low"), ("none", "Not set"))
    return [
        Choices("stage", "Stage", "moves", stages),
        Choices("standing", "Standing", "pause", standings),
        Choices("tier", "Risk", "tier_high", tuple((k, t, None, k in filters.tiers) for k, t in tiers)),
        Choices("team", "Team", "people", tuple((t, t, None, t in filters.teams) for t in teams[:200])),
    ]


def pills(sent: QueryDict, state: State) -> list[Pill]:
    filters = state.filters
    found = [Pill(f"“{filters.search}”", changed(sent, q=None))] if filters.search else []
    found += [Pill(f"Program: {filters.program}", changed(sent, program=None))] if filters.program else []
    found += [Pill("Mine", changed(sent, mine=None))] if filters.mine else []
    found += [Pill(f"Import {filters.batch}", changed(sent, batch=None))] if filters.batch else []
    found += [Pill(Stage(stage).label, without(sent, "stage", stage)) for stage in filters.stages]
    if sent.getlist("standing"):
        names = ", ".join(Standing(s).label for s in filters.standings) or "Any standing"
        found.append(Pill(names, changed(sent, standing=None)))
    found += [Pill(f"Risk: {tier}", without(sent, "tier", tier)) for tier in filters.tiers]
    return found + [Pill(f"Team: {team}", without(sent, "team", team)) for team in filters.teams]


def changed(sent: QueryDict, **values: str | None) -> str:
    """The address with these parameters set, or left out where None."""
    copy = sent.copy()
    for name, value in values.items():
        copy.pop(name, None)
        if value is not None:
            copy[name] = value
    return f"?{copy.urlencode()}"


def without(sent: QueryDict, name: str, value: str) -> str:
    copy = sent.copy()
    copy.setlist(name, [kept for kept in copy.getlist(name) if kept != value])
    copy.pop("page", None)
    return f"?{copy.urlencode()}"


def _ids(rows: list[Row]) -> str:
    return ",".join(str(row.pk) for row in rows[:GATES_AT_ONCE])
