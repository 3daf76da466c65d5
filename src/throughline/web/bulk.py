"""Changing one field of many models at once: a preview first, then each row by itself, with its own outcome."""

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
    """One model: what it says now, and why it cannot be changed, if it cannot."""

    id: int
    name: str
    url: str
    old: str
    problem: str = ""


@page("self.use", at="person", activity="model.changed", methods=("POST",))
def bulk(request: PageRequest) -> HttpResponse:
    """Without `sure` nothing is changed: the page says what would be."""
    field, value = request.POST.get("field", ""), request.POST.get("value", "").strip()
    if field not in FIELDS:
        raise Refused.field("field", "This field cannot be set for many at once.", "Choose one of the list.")
    clean_fields({field: value}, is_new=False)
    rows = picked(request)
    is_sure = request.POST.get("sure") == "1"
    lines = [(carried_out if is_sure else looked_at)(request, row, field, value) for row in rows]
    back = f"{reverse('portfolio')}?{request.POST.get('query', '')}"
    context = {
        "lines": [line for line in lines if not line.problem],
        "problems": [line for line in lines if line.problem],
        "title": f"{MODEL_FIELDS[field].title} of {len(rows)} models",
        "field": field,
        "value": value,
        "query": request.POST.get("query", ""),
        "is_done": is_sure,
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
    return _line(row, field, problem or (same if getattr(row, field) == value else ""))


def carried_out(request: PageRequest, row: MLModel, field: str, value: str) -> Line:
    old = _line(row, field)
    try:
        actions.change_model(
            actor=request.actor,
            model_id=row.pk,
            expected_version=row.version,
            fields={field: value},
            now=request.now,
        )
    except Refused as refusal:
        return _line(row, field, " ".join(str(reason) for reason in refusal.reasons))
    except NotAllowed as error:
        return _line(row, field, error.text)
    return old


def _line(row: MLModel, field: str, problem: str = "") -> Line:
    return Line(row.pk, row.name, reverse("model", args=[row.pk]), getattr(row, field), problem)
