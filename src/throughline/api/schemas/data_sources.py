"""Data sources, the models that use them, flows and requests for access, as they go over the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import MAX_ID, Given, Listed, example
from throughline.core.access_requests import MOST_AT_ONCE
from throughline.core.data_sources import MOST_CONTACTS, Sensitivity
from throughline.core.places import FileFormat, PlaceKind
from throughline.core.stages import Stage

CONTACT = {"name": "Ada Lind", "email": "ada@example.org", "role": "Data desk"}
PLACE = {"kind": "files", "path": "orders/*.parquet", "format": "parquet"}
FIELDS = {
    "name": "Orders",
    "description": "One row for each order of the shop.",
    "provider": "Sales data team",
    "contacts": [CONTACT],
    "systems": "Order system",
    "sensitivity": "internal",
    "refresh": "0 6 * * 1-5",
    "time_zone": "Europe/Zurich",
    "automation": "scheduled",
    "is_supported": True,
    "supported_until": "2027-12-31",
    "location": PLACE,
}
SOURCE = {
    "id": 12,
    "program": "growth",
    "external_id": "wh-orders",
    **FIELDS,
    "owner_id": 4,
    "owner": "Noor Haddad",
    "next_refreshes": ["2026-03-03T05:00:00Z"],
    "used_by": 3,
    "created_at": "2026-01-02T09:30:00Z",
    "created_by": "Noor Haddad",
    "ended_at": None,
    "ended_by": "",
    "ended_reason": "",
    "version": 2,
}
Ids = Annotated[list[Annotated[int, Field(ge=1, le=MAX_ID)]], Field(min_length=1, max_length=MOST_AT_ONCE)]
# What a request says beside the record's own fields, or says in another form.
NOT_FIELDS = {"owner_id", "location", "program", "model_id", "from_stage"}
AutomationKey = Literal["", "manual", "scripted", "scheduled"]


class SourceContact(Given):
    model_config = {**Given.model_config, **example(CONTACT)}
    name: str = Field(max_length=200)
    email: str = Field(default="", max_length=200)
    role: str = Field(default="", max_length=200)


class DataPlace(Given):
    """Where data lies. Which parts are needed depends on the kind; a password is never part of it."""

    model_config = {**Given.model_config, **example(PLACE)}
    kind: PlaceKind = PlaceKind.FILES
    path: str = Field(default="", max_length=1_000)
    format: FileFormat | None = None
    host: str = Field(default="", max_length=1_000)
    port: int | None = Field(default=None, ge=1, le=65_535)
    account: str = Field(default="", max_length=1_000)
    catalog: str = Field(default="", max_length=1_000)
    project: str = Field(default="", max_length=1_000)
    database: str = Field(default="", max_length=1_000)
    dataset: str = Field(default="", max_length=1_000)
    schema_: str = Field(default="", max_length=1_000, alias="schema")
    table: str = Field(default="", max_length=1_000)
    user: str = Field(default="", max_length=1_000)
    warehouse: str = Field(default="", max_length=1_000)

    def said(self) -> dict[str, object]:
        return self.model_dump(by_alias=True, exclude_unset=True, mode="json")


class SourceFields(Given):
    """What may be written; what is left out stays as it is."""

    description: str = Field(default="", max_length=5_000)
    provider: str = Field(default="", max_length=200, description="The team that makes the data.")
    contacts: list[SourceContact] = Field(default_factory=list, max_length=MOST_CONTACTS)
    systems: str = Field(default="", max_length=500)
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    refresh: str = Field(
        default="",
        max_length=100,
        description="A cron expression of five parts, in the hours of `time_zone`.",
    )
    time_zone: str = Field(default="", max_length=64, description="For instance Europe/Zurich.")
    automation: AutomationKey = Field(default="", description="Empty is not known.")
    is_supported: bool | None = Field(default=None, description="By its provider; null is not known.")
    supported_until: date | None = Field(default=None, description="The last day; null is without an end.")
    location: DataPlace | None = None
    owner_id: int | None = Field(default=None, ge=1, le=MAX_ID, description="A person of the program.")

    def given(self) -> dict[str, object]:
        """The fields that were sent, without the owner."""
        said = self.model_dump(
            exclude_unset=True, exclude={"owner_id", "location", "program", "model_id", "from_stage"}
        )
        if "location" in self.model_fields_set:
            said["location"] = self.location.said() if self.location else None
        return said

    @property
    def changes_owner(self) -> bool:
        return "owner_id" in self.model_fields_set


class NewSource(SourceFields):
    model_config = {**Given.model_config, **example({"program": "growth", **FIELDS})}
    program: str = Field(max_length=60, description="The short name of the program.")
    name: str = Field(max_length=200)
    external_id: str | None = Field(default=None, max_length=200, description="Your own key.")
    model_id: int | None = Field(
        default=None, ge=1, le=MAX_ID, description="A model that uses it from now on."
    )
    from_stage: Stage | None = Field(
        default=None, description="From which stage; its present one if left out."
    )


class SourcePut(SourceFields):
    model_config = {**Given.model_config, **example(FIELDS)}
    name: str = Field(default="", max_length=200)


class SourceChange(SourceFields):
    model_config = {**Given.model_config, **example({"automation": "scheduled", "refresh": "0 6 * * *"})}
    name: str = Field(default="", max_length=200)
    external_id: str | None = Field(default=None, max_length=200)


class SourceEnd(Given):
    model_config = {**Given.model_config, **example({"reason": "Replaced by the order stream."})}
    reason: str = Field(max_length=2_000)


class SourceOut(Schema):
    model_config = example(SOURCE)
    id: int
    program: str
    external_id: str | None
    name: str
    description: str
    provider: str
    contacts: list[dict[str, str]]
    systems: str
    sensitivity: Sensitivity
    refresh: str
    time_zone: str
    automation: AutomationKey
    is_supported: bool | None
    supported_until: date | None
    location: dict[str, str | int] = Field(description="Empty where it is not said.")
    owner_id: int | None
    owner: str
    next_refreshes: list[datetime] = Field(description="The next instants at which fresh data is expected.")
    used_by: int = Field(description="How many models use it.")
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    version: int


class SourceList(Listed):
    model_config = example({"items": [SOURCE], "next": None})
    items: list[SourceOut]


USE = {
    "id": 31,
    "model_id": 17,
    "model": "Churn",
    "source_id": 12,
    "source": "Orders",
    "from_stage": "prototype",
    "purpose": "Training and scoring",
    "created_at": "2026-01-02T09:30:00Z",
    "created_by": "Noor Haddad",
    "ended_at": None,
}


class SourceUseOut(Schema):
    model_config = example(USE)
    id: int
    model_id: int
    model: str
    source_id: int
    source: str
    from_stage: Stage
    purpose: str
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class SourceUseList(Schema):
    model_config = example({"items": [USE]})
    items: list[SourceUseOut]


class NewUses(Given):
    model_config = {**Given.model_config, **example({"source_ids": [12], "from_stage": "prototype"})}
    source_ids: Ids
    from_stage: Stage
    purpose: str = Field(default="", max_length=300)


FLOW = {
    "id": 5,
    "upstream_id": 11,
    "upstream": "Till journal",
    "downstream_id": 12,
    "downstream": "Orders",
    "origin": "hand",
    "created_at": "2026-01-02T09:30:00Z",
    "created_by": "Noor Haddad",
}


class FlowOut(Schema):
    model_config = example(FLOW)
    id: int
    upstream_id: int
    upstream: str
    downstream_id: int
    downstream: str
    origin: str = Field(description="`hand`, or the tool that reported it.")
    created_at: datetime
    created_by: str


class FlowList(Schema):
    model_config = example({"upstream": [FLOW], "downstream": []})
    upstream: list[FlowOut] = Field(description="What it is made from.")
    downstream: list[FlowOut] = Field(description="What is made from it.")


class NewFlow(Given):
    model_config = {**Given.model_config, **example({"upstream_id": 11})}
    upstream_id: int = Field(ge=1, le=MAX_ID, description="The source that it is made from.")
