"""Changing one field of many models at once: a preview first, then each row by itself, with its own outcome, and all of
it can be put back as long as nobody changed the model since."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.urls import reverse

from throughline.actions import portfolio as actions
from throughline.core.errors import NotAllowed, Reason, Refused
from throughline.core.permissions import may
from throughline.core.portfolio import MODEL_FIELDS, clean_fields
from throughline.queries import portfolio as queries
from throughline.queries.rows import MLModel
from throughline.web.portfolio_state import read_state
from throughline.web.routes import Crumb, PageRequest, page, show

FIELDS = ("team", "risk_tier", "unit")
MOST = 500


@dataclass(frozen=True)
class Line:
    """One model: what it says before and after, and why it cannot be changed, if it cannot. `version` is its own after
    the change."""

    id: int
    name: str
    url: str
    old: str
    new: str
    problem: str = ""
    version: int = 0


@page("self.use", at="person", activity="model.changed", methods=("POST",))
def bulk(request: PageRequest) -> HttpResponse:
    """Without `sure` nothing is changed: the page says what would be."""
    field, value = request.POST.get("field", ""), request.POST.get("value", "").strip()
    if field not in FIELDS:
        raise Refused.field("field", "This field cannot be set for many at once.", "Choose one of the list.")
    clean_fields({field: value}, is_new=False)
    rows = picked(request)
    is_sure = request.POST.get("sure") == "1"
    if is_sure:
        lines = [carried_out(request, row, field, value, row.version) for row in rows]
    else:
        lines = [looked_at(request, row, field, value) for row in rows]
    return _shown(request, field, lines, value=value, is_done=is_sure)


@page("self.use", at="person", activity="model.changed", methods=("POST",))
def put_back(request: PageRequest) -> HttpResponse:
    """Gives each model the value that it had, unless it was changed since."""
    field = request.POST.get("field", "")
    if field not in FIELDS:
        raise Refused.field("field", "This field cannot be set for many at once.", "Choose one of the list.")
    asked = _to_put_back(request)
    known = {row.pk: row for row in queries.models(request.actor).filter(pk__in=asked)}
    lines = [
        carried_out(request, row, field, old, version)
        for pk, (version, old) in asked.items()
        if (row := known.get(pk)) is not None
    ]
    return _shown(request, field, lines, is_done=True, is_put_back=True)


def _to_put_back(request: PageRequest) -> dict[int, tuple[int, str]]:
    """By model, the version that the change left and the value before it."""
    found = {}
    for told in request.POST.getlist("was")[:MOST]:
        pk, _, rest = told.partition(":")
        version, _, old = rest.partition(":")
        if all(part.isascii() and part.isdecimal() and len(part) < 18 for part in (pk, version)):
            found[int(pk)] = (int(version), old)
    if not found:
        raise Refused.of("There is nothing to put back.", remedy="Change models in the portfolio first.")
    return found


def _shown(
    request: PageRequest,
    field: str,
    lines: list[Line],
    *,
    value: str = "",
    is_done: bool,
    is_put_back: bool = False,
) -> HttpResponse:
    query = request.POST.get("query", "")
    back = f"{reverse('portfolio')}?{query}"
    context = {
        "lines": [line for line in lines if not line.problem],
        "problems": [line for line in lines if line.problem],
        "title": f"{MODEL_FIELDS[field].title} of {len(lines)} models",
        "field": field,
        "value": value,
        "query": query,
        "is_done": is_done,
        "is_put_back": is_put_back,
        "back": back,
        "crumbs": [Crumb("Portfolio", back), Crumb("Change many")],
    }
    return show(request, "portfolio/bulk.html", context)


def picked(request: PageRequest) -> list[MLModel]:
    if request.POST.get("all") == "1":
        filters = read_state(QueryDict(request.POST.get("query", ""))).filters
        rows = list(queries.ordered(queries.filtered(request.actor, filters), filters.sort)[: MOST + 1])
    else:
        ids = [int(pk) for pk in request.POST.getlist("pick") if pk.isdecimal() and len(pk) < 18]
        rows = list(queries.models(request.actor).filter(pk__in=ids[: MOST + 1]).order_by("name", "pk"))
    if not rows:
        raise Refused.of("No model is picked.", remedy="Pick rows in the table first.")
    if len(rows) > MOST:
        raise Refused((Reason(f"At most {MOST} models are changed at once.", remedy="Narrow the list."),))
    return rows


def looked_at(request: PageRequest, row: MLModel, field: str, value: str) -> Line:
    is_allowed = may(request.actor, "model.change", program_id=row.program_id, model_id=row.pk)
    problem = "" if is_allowed else "You may see this model but not change it."
    same = f"It says “{value or 'nothing'}” already."
    return _line(row, field, value, problem or (same if getattr(row, field) == value else ""))


def carried_out(request: PageRequest, row: MLModel, field: str, value: str, version: int) -> Line:
    try:
        changed = actions.change_model(
            actor=request.actor,
            model_id=row.pk,
            expected_version=version,
            fields={field: value},
            now=request.now,
        )
    except Refused as refusal:
        return _line(row, field, value, " ".join(str(reason) for reason in refusal.reasons))
    except NotAllowed as error:
        return _line(row, field, value, error.text)
    return _line(row, field, value, version=changed.version)


def _line(row: MLModel, field: str, value: str, problem: str = "", version: int = 0) -> Line:
    url = reverse("model", args=[row.pk])
    return Line(row.pk, row.name, url, getattr(row, field), value, problem, version)
