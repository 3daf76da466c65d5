"""What surrounds every page: navigation by rights, programs to choose from, and how the page shall look."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from throughline.core.permissions import VERBS, AccessRole, Actor
from throughline.queries import portfolio

THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; `keys` is the letter that follows `g`."""

    route: str
    title: str
    icon: str
    keys: str
    verb: str
    heading: str = ""
    under: tuple[str, ...] = ()


PLACES = (
    Place("today", "Today", "today", "t", "self.use"),
    Place("my", "My page", "person", "y", "self.use"),
    Place(
        "portfolio",
        "Portfolio",
        "portfolio",
        "p",
        "self.use",
        under=("/models", "/views", "/outputs", "/feedback"),
    ),
    Place("moves", "Moves", "moves", "m", "self.use", under=("/decisions", "/waivers")),
    Place("promises", "Promises", "promises", "r", "self.use"),
    Place("sources", "Data", "data", "d", "source.view", under=("/access",)),
    Place("people", "People", "people", "e", "people.view"),
    Place("policies", "Policies", "policies", "o", "program.view", "Set up"),
    Place("imports", "Imports", "imports", "i", "import.run"),
    Place("connections", "Connections", "connections", "c", "connection.view"),
    Place("audit", "Audit", "audit", "a", "audit.view"),
    Place("settings", "Settings", "settings", "s", "self.use"),
)
OWN_PLACES = (("tokens", "Tokens", "key"), ("settings", "My settings", "settings"))


@dataclass(frozen=True)
class Entry:
    title: str
    icon: str
    url: str
    keys: str = ""
    heading: str = ""
    is_current: bool = False
    count: int = 0


@dataclass(frozen=True)
class ProgramChoice:
    slug: str
    name: str
    is_sample: bool


@dataclass(frozen=True)
class Frame:
    theme: str
    shortcuts: str
    person_id: int | None
    person_name: str
    zone: str
    nav: tuple[Entry, ...]
    own_links: tuple[Entry, ...]
    programs: tuple[ProgramChoice, ...]
    program: ProgramChoice | None
    home_url: str
    palette_url: str
    portfolio_url: str
    people_url: str
    imports_url: str
    help_url: str
    looks_url: str
    sign_in_url: str
    sign_out_url: str


def for_page(request: HttpRequest, actor: Actor, *, zone: str) -> Frame:
    rows = portfolio.programs(actor).values_list("slug", "name", "is_sample")
    programs = tuple(ProgramChoice(*row) for row in rows)
    chosen = request.GET.get("program", "")
    return Frame(
        theme=theme(request),
        shortcuts="off" if request.COOKIES.get("shortcuts") == "off" else "on",
        person_id=actor.person_id,
        person_name=actor.name,
        zone=zone,
        nav=tuple(entries(actor, request.path)),
        own_links=tuple(Entry(title, icon, url(route)) for route, title, icon in OWN_PLACES if url(route)),
        programs=programs,
        program=next((program for program in programs if program.slug == chosen), None),
        home_url=url("today") or "/",
        palette_url=url("palette"),
        portfolio_url=url("portfolio"),
        people_url=url("people") if may_anywhere(actor, "people.view") else "",
        imports_url=url("imports") if may_anywhere(actor, "import.run") else "",
        help_url=url("help"),
        looks_url=url("looks"),
        sign_in_url=url("sign_in"),
        sign_out_url=url("sign_out"),
    )


def theme(request: HttpRequest) -> str:
    """The choice made in this browser, else the person's own."""
    chosen = request.COOKIES.get("theme") or getattr(getattr(request, "user", None), "theme", "")
    return chosen if chosen in THEMES else "system"


def may_anywhere(actor: Actor, verb: str) -> bool:
    """Whether a menu may show the way: somewhere the actor has a role that allows this."""
    rule = VERBS[verb]
    if actor.is_admin or (not rule.roles and not rule.is_for_admin_only):
        return True
    return any(grant.role in rule.roles for grant in actor.grants)


def url(route: str) -> str:
    """Empty for a page that this installation does not have."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def entries(actor: Actor, path: str = "") -> Iterable[Entry]:
    """The pages that this actor may open."""
    for place in PLACES:
        address = url(place.route)
        is_theirs = place.route != "my" or any(g.role is AccessRole.STAKEHOLDER for g in actor.grants)
        if address and is_theirs and may_anywhere(actor, place.verb):
            is_current = path == address or (address != "/" and path.startswith((address, *place.under)))
            yield Entry(place.title, place.icon, address, place.keys, place.heading, is_current)
