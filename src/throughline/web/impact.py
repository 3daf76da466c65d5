"""Which promises break: everything that hangs on one source, on one page, with the way to tell whoever is hit."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from throughline.core.impact import HAPPENED_TITLES, HAPPENED_WORDS, Happened, ModelImpact
from throughline.core.permissions import may
from throughline.queries import data_sources
from throughline.queries import impact as queries
from throughline.queries.impact import Impact
from throughline.web.data_sources import source_crumbs
from throughline.web.routes import Crumb, PageRequest, page, show


@dataclass(frozen=True)
class Line:
    """One model that is hit, with the ways by which the data reaches it in words, and where people are told."""

    impact: ModelImpact
    ways: tuple[str, ...]
    tell_url: str


@page("source.view", at="program")
def impact(request: PageRequest, source_id: int) -> HttpResponse:
    row = data_sources.source_row(request.actor, source_id)
    asked = request.GET.get("happened", "")
    happened = Happened(asked) if asked in list(Happened) else Happened.LATE
    found = queries.impact_of(request.actor, row, happened, request.now)
    context = {
        "row": row,
        "happened": happened,
        "choices": list(HAPPENED_TITLES.items()),
        "said": f"{row.name} {HAPPENED_WORDS[happened]}",
        "found": found,
        "lines": [_line(request, found, one) for one in found.models],
        "crumbs": source_crumbs(row, Crumb("Which promises break?")),
    }
    return show(request, "data_sources/impact.html", context)


def _line(request: PageRequest, found: Impact, one: ModelImpact) -> Line:
    place = {"program_id": found.source.program_id, "model_id": one.where.model_id}
    may_tell = bool(one.untold) and may(request.actor, "promise.give", **place)
    url = f"{reverse('tell', args=[one.where.model_id])}?{urlencode({'cause': found.news.cause})}"
    ways = tuple(" → ".join(found.names[pk] for pk in path) for path in one.through)
    return Line(one, ways, url if may_tell else "")
