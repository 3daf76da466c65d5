"""What the portfolio's address says: filters, order, columns and layout, and addresses that differ in one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from throughline.core.stages import Stage, Standing
from throughline.queries.portfolio import SORTS, Filters

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
class Pill:
    """A filter that is on, and the address without it."""

    text: str
    url: str


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


def pills(sent: QueryDict, state: State, program: str) -> list[Pill]:
    filters = state.filters
    found = [Pill(f"“{filters.search}”", changed(sent, q=None))] if filters.search else []
    found += (
        [Pill(f"Program: {program or filters.program}", changed(sent, program=None))]
        if filters.program
        else []
    )
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
