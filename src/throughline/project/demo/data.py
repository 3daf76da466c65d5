"""The data that the models of the sample program stand on: each source once, who uses it, and who was asked for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.actions import access_requests, data_sources
from throughline.actions.data_sources import NewUse
from throughline.core.access_requests import Asked
from throughline.core.people import Role
from throughline.core.stages import Stage
from throughline.project.demo.cast import CUSTOMERS, DIGITAL
from throughline.project.demo.clock import Script
from throughline.project.demo.course import DAY, Course
from throughline.project.demo.scene import Scene

ZONE = "Europe/Zurich"
MORNING = timedelta(hours=9, minutes=40)
SATURDAY = 5


@dataclass(frozen=True)
class Feed:
    """One source. `refresh` is empty for what somebody brings by hand."""

    name: str
    provider: str
    systems: str
    refresh: str = "0 4 * * *"
    sensitivity: str = "internal"
    automation: str = "scheduled"
    made_from: tuple[str, ...] = ()


FEEDS: Mapping[str, Feed] = {
    "tills": Feed("Till journal", "Store systems", "Tills, event bus", "*/15 * * * *"),
    "pos_sales": Feed("Sales by store and article", "Store systems", "Warehouse", made_from=("tills",)),
    "weather": Feed("Weather forecast", "Public weather office", "Open data portal", "30 5 * * *", "public"),
    "promotions": Feed("Promotion calendar", "Marketing", "Campaign planner", "0 3 * * 1"),
    "routes": Feed("Delivery tours", "Delivery planning", "Tour planner"),
    "traffic": Feed("Traffic speeds", "Road data bureau", "Web service", "*/5 * * * *"),
    "loyalty": Feed("Loyalty accounts", "Customer data team", "Loyalty core", sensitivity="restricted"),
    "baskets": Feed(
        "Baskets", "Online shop", "Warehouse", sensitivity="confidential", made_from=("pos_sales",)
    ),
    "articles": Feed("Article master", "Product data team", "Article master"),
    "stock": Feed(
        "Stock by store", "Supply chain data", "Warehouse", "0 5 * * *", made_from=("pos_sales", "orders")
    ),
    "invoices": Feed("Supplier invoices", "Accounts payable", "Ledger", sensitivity="confidential"),
    "payments": Feed("Online payments", "Payment desk", "Payment gateway", "*/10 * * * *", "restricted"),
    "accounts": Feed("Shop accounts", "Online shop", "Shop database", sensitivity="restricted"),
    "door_counters": Feed("Door counters", "Store technology", "Counters", "0 * * * *"),
    "coupons": Feed("Printed coupons", "Marketing", "Print shop", "0 6 1 * *"),
    "orders": Feed("Orders", "Supply chain data", "Order system"),
    "suppliers": Feed("Supplier master", "Buying", "Supplier master", "0 2 * * 0", "confidential"),
    "meters": Feed("Energy meters", "Building services", "Meter platform", "5 * * * *"),
    "returns": Feed("Returned articles", "Online shop", "Returns desk"),
    "bakery": Feed("Bakery plan", "Store systems", "Bakery planner", "0 11 * * *"),
    "prices": Feed("Shelf prices", "Price committee", "Price engine"),
    "searches": Feed("Searches in the shop", "Online shop", "Event bus", "0 * * * *", "confidential"),
    "reviews": Feed("Article reviews", "Online shop", "Shop database", automation="scripted"),
    "shifts": Feed("Shifts", "Human resources", "Shift planner", sensitivity="restricted"),
    "shelf_photos": Feed("Shelf photos", "Shelf teams", "Phones", "", automation="manual"),
    "fuel": Feed("Fuel bills", "Delivery planning", "Mail", "", automation="manual"),
    "recipes": Feed("Recipes", "Shop editors", "Recipe base", "0 2 * * 1"),
    "labels": Feed("Label photos", "Suppliers' labels desk", "File exchange", "", automation=""),
    "phone_orders": Feed("Phone orders", "Customer service", "Call centre", sensitivity="restricted"),
}
SILENT, TURNED_DOWN, ENDS_SOON = ("allergens", "labels"), ("rota", "shifts"), ("fraud", "payments")


def feeds(lives: Iterable[Course]) -> list[Script]:
    """One script for each model, and one for a provider who gave up."""
    told = list(lives)
    return [*(feed(life) for life in told), *(given_up(life) for life in told if life.plan.key == "footfall")]


def names(keys: Iterable[str]) -> list[str]:
    return [FEEDS[key].name for key in keys]


def feed(life: Course) -> Script:
    """Sources are linked on the first days, access is asked for at once, and most answers come within a week."""
    yield _workday(life.since + DAY)
    used = [_listed(life, key) for key in life.plan.sources]
    data_sources.link_sources(
        actor=life.manager, model_id=life.model_id, source_ids=used,
        use=NewUse(Stage.CONCEPTION, "Training and scoring"), now=life.scene.now,
    )  # fmt: skip
    asked = {key: _ask(life, key) for key in life.plan.sources if FEEDS[key].sensitivity != "public"}
    for key, request in asked.items():
        if (life.plan.key, key) == SILENT:
            continue
        yield _workday(life.scene.now + 2 * DAY)
        if (life.plan.key, key) == TURNED_DOWN:
            yield from _turned_down(life, key, request)
        else:
            _grant(life, key, request)


def given_up(life: Course) -> Script:
    """Who provides the door counters no longer supports them."""
    yield _workday(life.scene.end - 40 * DAY)
    data_sources.change_source(
        actor=life.manager, source_id=life.scene.sources["door_counters"], fields={"is_supported": False},
        now=life.scene.now,
    )  # fmt: skip


def _listed(life: Course, key: str) -> int:
    """Each source once, whichever model comes first; with what it is made from."""
    scene, said = life.scene, FEEDS[key]
    if key not in scene.sources:
        above = [_listed(life, one) for one in said.made_from]
        row = data_sources.add_source(
            actor=life.manager, program_id=scene.program_id, fields=_fields(key), owner_id=_owner(scene, life),
            now=scene.now,
        )  # fmt: skip
        scene.sources[key] = row.pk
        for upstream in above:
            data_sources.add_flow(actor=life.manager, source_id=row.pk, upstream_id=upstream, now=scene.now)
    return scene.sources[key]


def _fields(key: str) -> dict[str, object]:
    said = FEEDS[key]
    desk = said.provider.lower().replace(" ", "-").replace("'", "")
    return {
        "name": said.name, "provider": said.provider, "systems": said.systems, "sensitivity": said.sensitivity,
        "refresh": said.refresh, "time_zone": ZONE if said.refresh else "", "automation": said.automation,
        "is_supported": True if said.automation else None, "external_id": f"feed-{key.replace('_', '-')}",
        "contacts": [{"name": said.provider, "email": f"{desk}@example.com", "role": "Data desk"}],
    }  # fmt: skip


def _owner(scene: Scene, life: Course) -> int:
    return scene.people[life.plan.team[Role.DATA_ENGINEER][0]]


def _ask(life: Course, key: str) -> int:
    about = "customers" if life.plan.team in (CUSTOMERS, DIGITAL) else "stores"
    asked = Asked(
        needed_by=f"Scoring job of {life.plan.name}",
        reason=f"{life.plan.summary} It reads two years of history about our {about}.",
        sent_to=FEEDS[key].provider,
        due_on=(life.scene.now + 14 * DAY).date(),
        link=f"https://requests.example.com/{life.plan.key}-{key.replace('_', '-')}",
    )
    (row,) = access_requests.ask_access(
        actor=life.manager, model_id=life.model_id, source_ids=[life.scene.sources[key]], asked=asked,
        now=life.scene.now,
    )  # fmt: skip
    return row.pk


def _grant(life: Course, key: str, request: int) -> None:
    is_ending = (life.plan.key, key) == ENDS_SOON
    access_requests.answer_access(
        actor=life.held(Role.DATA_ENGINEER), request_id=request, is_granted=True,
        answer=f"{FEEDS[key].provider} agreed, for this purpose.",
        link=f"https://requests.example.com/{life.plan.key}-{key.replace('_', '-')}/answer",
        granted_until=(life.scene.end + 12 * DAY).date() if is_ending else None, now=life.scene.now,
    )  # fmt: skip


def _turned_down(life: Course, key: str, request: int) -> Script:
    """Refused; asked again with a narrower purpose, and nobody has answered yet."""
    access_requests.answer_access(
        actor=life.held(Role.DATA_ENGINEER), request_id=request, is_granted=False,
        answer="Reasons of absence may not leave the shift planner.", now=life.scene.now,
    )  # fmt: skip
    yield _workday(life.scene.end - 6 * DAY)
    _ask(life, key)


def _workday(instant: datetime) -> datetime:
    """The morning of that day, or of the Monday after it; without dice, so that no other story changes."""
    day = instant + timedelta(days=max(0, 7 - instant.weekday()) if instant.weekday() >= SATURDAY else 0)
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + MORNING
