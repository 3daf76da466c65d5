"""People, duties, coverage and gap items, as they go over the wire."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Instant, Listed, example
from throughline.core.people import Responsibility, Role

ASSIGNMENT = {
    "id": 12,
    "program": "growth",
    "model_id": 17,
    "person_id": 4,
    "person": "Noor Haddad",
    "duty": "data_engineer",
    "starts_at": "2026-02-01T00:00:00Z",
    "ends_at": None,
    "stands_in_for_id": None,
    "is_held_now": True,
}
GAP = {
    "id": 3,
    "program": "growth",
    "model_id": 17,
    "duty": "analyst",
    "owner_id": 4,
    "owner": "Noor Haddad",
    "due_on": "2026-04-01",
    "note": "Ask finance for a position.",
    "opened_by": "Ana Ruiz",
    "opened_at": "2026-03-02T09:30:00Z",
    "closed_at": None,
    "closed_by": "",
    "outcome": "",
    "is_overdue": False,
    "version": 1,
}
CELL = {
    "duty": "analyst",
    "title": "Analyst",
    "is_needed": True,
    "is_gap": True,
    "open_since": "2026-02-20T10:15:00Z",
    "holders": [],
    "gap_item_id": 3,
}
COVERAGE = {
    "model_id": 17,
    "model": "Churn scorer",
    "program": "growth",
    "stage": "prototype",
    "gaps": 1,
    "open_since": "2026-02-20T10:15:00Z",
    "can_be_closed_by": ["Ana Ruiz", "Li Wei"],
    "duties": [CELL],
}
PERSON = {"id": 4, "name": "Noor Haddad", "email": "noor@example.org", "is_active": True, "is_service": False}
Duty = Role | Responsibility


class PersonOut(Schema):
    model_config = example(PERSON)
    id: int
    name: str
    email: str | None
    is_active: bool
    is_service: bool = Field(description="Whether this is a service account, which never signs in by a page.")


class PersonList(Listed):
    model_config = example({"items": [PERSON], "next": None})
    items: list[PersonOut]


class AssignmentOut(Schema):
    model_config = example(ASSIGNMENT)
    id: int
    program: str
    model_id: int | None = Field(description="Null where it holds for every model of the program.")
    person_id: int
    person: str
    duty: str
    starts_at: datetime
    ends_at: datetime | None
    stands_in_for_id: int | None = Field(description="The assignment that was delegated.")
    is_held_now: bool


class AssignmentList(Listed):
    model_config = example({"items": [ASSIGNMENT], "next": None})
    items: list[AssignmentOut]


class Somebody(Given):
    """Give one of the two."""

    person_id: int | None = Field(None, ge=1, le=2**63 - 1, description="Somebody whom you may know of.")
    email: str = Field("", max_length=254, description="Or the exact address of an account.")


class NewAssignment(Somebody):
    model_config = {
        **Given.model_config,
        **example({"duty": "data_engineer", "model_id": 17, "email": "noor@example.org"}),
    }
    duty: Duty
    program: str = Field(
        "", max_length=60, description="For every model of this program; or give `model_id`."
    )
    model_id: int | None = Field(None, ge=1, le=2**63 - 1)
    starts_at: Instant | None = Field(None, description="Now, if it is left out.")
    ends_at: Instant | None = Field(None, description="Open, if it is left out.")


class NewDelegation(Somebody):
    model_config = {
        **Given.model_config,
        **example({"email": "li@example.org", "ends_at": "2026-08-31T00:00:00Z"}),
    }
    starts_at: Instant | None = Field(None, description="Now, if it is left out.")
    ends_at: Instant


class HolderOut(Schema):
    person_id: int
    name: str
    stands_in_for: str
    from_program: bool


class CellOut(Schema):
    model_config = example(CELL)
    duty: str
    title: str
    is_needed: bool = Field(description="Whether the policy asks for it at the model's present stage.")
    is_gap: bool
    open_since: datetime | None = Field(description="Since when nobody holds it although it is needed.")
    holders: list[HolderOut]
    gap_item_id: int | None


class CoverageOut(Schema):
    model_config = example(COVERAGE)
    model_id: int
    model: str
    program: str
    stage: str
    gaps: int
    open_since: datetime | None = Field(description="The longest open gap.")
    can_be_closed_by: list[str]
    duties: list[CellOut]


class CoverageList(Listed):
    model_config = example({"items": [COVERAGE], "next": None})
    items: list[CoverageOut]


class GapOut(Schema):
    model_config = example(GAP)
    id: int
    program: str
    model_id: int | None
    duty: str
    owner_id: int
    owner: str
    due_on: date
    note: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    outcome: str
    is_overdue: bool
    version: int


class GapList(Listed):
    model_config = example({"items": [GAP], "next": None})
    items: list[GapOut]


class NewGap(Given):
    model_config = {
        **Given.model_config,
        **example(
            {"duty": "analyst", "model_id": 17, "owner_email": "noor@example.org", "due_on": "2026-04-01"}
        ),
    }
    duty: Duty
    program: str = Field("", max_length=60)
    model_id: int | None = Field(None, ge=1, le=2**63 - 1)
    owner_id: int | None = Field(None, ge=1, le=2**63 - 1)
    owner_email: str = Field("", max_length=254)
    due_on: date
    note: str = Field("", max_length=2_000)


class GapOutcome(Given):
    model_config = {**Given.model_config, **example({"outcome": "Kim joins on 1 April."})}
    outcome: str = Field(max_length=2_000)
