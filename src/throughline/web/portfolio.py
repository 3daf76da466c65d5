"""The portfolio: all models as a board by stage, a table, or their ages; all of its state is in the address."""

from collections.abc import Mapping
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
from throughline.queries.rows import MLModel
from throughline.web import charts, findings
from throughline.web.drawings import Ageing, Dot
from throughline.web.paging import Pages
from throughline.web.portfolio_state import LAYOUTS, State, changed, column_choice, heads, pills, read_state
from throughline.web.routes import PageRequest, fragment, page, show

# How many models by stage, standing and risk tier.
Totals = Mapping[tuple[str, str, str], int]
PER_PAGE = 50
PER_COLUMN = 25
MOST_DOTS = 600
GATES_AT_ONCE = 160
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
class Choices:
    """What a filter menu offers: value, words, how many, and whether it is on."""

    name: str
    title: str
    icon: str
    options: tuple[tuple[str, str, int | None, bool], ...] = field(default=())


def program_name(request: PageRequest, state: State) -> str:
    """Of the program to which the list is narrowed, if the reader may see it."""
    if not state.filters.program:
        return ""
    row = queries.programs(request.actor).filter(slug=state.filters.program).first()
    return row.name if row else ""


@page("self.use", at="person")
def portfolio(request: PageRequest) -> HttpResponse:
    state = read_state(request.GET)
    rows = queries.filtered(request.actor, state.filters)
    totals = queries.totals(rows)
    teams = queries.teams(request.actor)
    context = {
        "state": state,
        "total": sum(totals.values()),
        **strip(request.GET, state, totals),
        "layouts": layouts(request.GET, state),
        "menus": menus(state, teams),
        "pills": pills(request.GET, state, program_name(request, state)),
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
    developing = queries.models(request.actor).exclude(stage=Stage.PRODUCTION)
    rows = list(developing.select_related("policy", "program__policy").filter(pk__in=ids))
    verdicts = move_queries.verdicts(rows, now=request.now)
    shown = [
        (pk, tuple(findings.status_of(f) for f in verdicts[pk].findings) if pk in verdicts else ())
        for pk in ids
    ]
    return fragment(request, "portfolio/gates.html", {"gates": shown, "is_out_of_band": True})


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


def strip(sent: QueryDict, state: State, totals: Totals) -> dict[str, object]:
    """How many models are in each stage; each is a filter that can be switched on and off."""
    counts = stage_totals(totals)
    parts = [(stage.label, str(stage.number)) for stage in Stage]
    whole = charts.stacked_bars("Models by stage", parts, [("All", list(counts.values()))], as_share=True)
    found = [
        {
            "stage": stage.value,
            "count": counts[stage],
            "is_on": stage in state.filters.stages,
            "url": changed(sent, stage=None if stage in state.filters.stages else stage.value, page=None),
        }
        for stage in Stage
    ]
    return {"strip": found, "shares": whole.rows[0].parts}


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


def _ids(rows: list[Row]) -> str:
    return ",".join(str(row.pk) for row in rows[:GATES_AT_ONCE])
