"""The command palette: models, people, pages and actions that fit some words and that this person may use."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from throughline.core.permissions import may
from throughline.core.stages import Stage
from throughline.queries import portfolio
from throughline.queries import search as search_queries
from throughline.web import frame
from throughline.web.models import choices
from throughline.web.routes import PageRequest, page, show

MOST = 8


@dataclass(frozen=True)
class Item:
    title: str
    url: str
    icon: str
    hint: str = ""
    keys: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    items: tuple[Item, ...]


@page("self.use", at="person")
def palette(request: PageRequest) -> HttpResponse:
    """JSON for the dialog; a page of its own for whoever opens the address."""
    words = request.GET.get("q", "").strip()[:100]
    found = [group for group in _groups(request, words) if group.items]
    if request.accepts("text/html"):
        return show(request, "today/search.html", {"groups": found, "words": words})
    return JsonResponse({"groups": [asdict(group) for group in found]})


def _groups(request: PageRequest, words: str) -> Iterable[Group]:
    yield Group("On this model", tuple(fitting(_here(request), words))[:MOST])
    if words:
        yield Group("Models", tuple(_models(request, words)))
        yield Group("People", tuple(_people(request, words)))
    yield Group("Pages", tuple(fitting(_pages(request), words)))


def fitting(items: Iterable[Item], words: str) -> Iterable[Item]:
    """Items of which the title holds every word, part words included."""
    wanted = words.lower().split()
    return (item for item in items if all(word in item.title.lower() for word in wanted))


def _here(request: PageRequest) -> Iterable[Item]:
    kind, _, number = request.GET.get("at", "").partition(":")
    if kind != "model" or not number.isdecimal():
        return
    row = portfolio.models(request.actor).filter(pk=int(number)).first()
    if row is None:
        return
    place = {"program_id": row.program_id, "model_id": row.pk}
    if may(request.actor, "move.request", **place):
        for choice in choices(row):
            yield Item(choice.title, choice.url, choice.icon, row.name)
    for verb, title, route, icon in (
        ("evidence.attach", "Attach evidence", "evidence_new", "evidence"),
        ("model.change", "Edit the record", "model_edit", "edit"),
        ("model.change", "Plan a release", "release_new", "release"),
        ("model.change", "Record the feasibility", "feasibility_new", "review"),
        ("evidence.attach", "Add a measurement", "measurement_new", "chart"),
        ("direction.decide", "Decide the direction", "direction_new", "decision"),
    ):
        if may(request.actor, verb, **place):
            yield Item(title, reverse(route, args=[row.pk]), icon, row.name)
    for tab, title in (
        ("people", "People and coverage"),
        ("criteria", "Criteria"),
        ("evidence", "Evidence"),
        ("decisions", "Decisions"),
        ("history", "History"),
    ):
        yield Item(title, f"{reverse('model', args=[row.pk])}?tab={tab}", "right", row.name)


def _models(request: PageRequest, words: str) -> Iterable[Item]:
    for hit in search_queries.models(request.actor, words, limit=MOST):
        yield Item(
            hit.name,
            reverse("model", args=[hit.id]),
            "portfolio",
            f"{Stage(hit.stage).label} · {hit.program}",
        )


def _people(request: PageRequest, words: str) -> Iterable[Item]:
    address = frame.url("people")
    if not address or not frame.may_anywhere(request.actor, "people.view"):
        return
    for name in search_queries.people(request.actor, words, limit=MOST):
        yield Item(name, f"{address}?q={name}", "person")


def _pages(request: PageRequest) -> Iterable[Item]:
    for entry in frame.entries(request.actor):
        yield Item(entry.title, entry.url, entry.icon, "", f"g {entry.keys}" if entry.keys else "")
    if frame.may_anywhere(request.actor, "model.create"):
        yield Item("New model", reverse("model_new"), "plus", "", "c")
    yield Item("Save this view of the portfolio", reverse("view_new"), "save")
    yield Item("Help and keyboard shortcuts", reverse("help"), "help", "", "?")
