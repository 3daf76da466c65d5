"""Stakeholders and contacts with them, as they go over the wire."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example
from throughline.core.stakeholders import ContactKind, Part, Quadrant

STAKEHOLDER = {
    "id": 5,
    "model_id": 17,
    "name": "Head of retention",
    "is_group": False,
    "business": "Customer retention, north",
    "need": "Call the customers who would otherwise leave, and no others.",
    "part": "sponsor",
    "influence": 5,
    "interest": 4,
    "quadrant": "closely",
    "cadence_days": 30,
    "person_id": 4,
    "last_contact": "2026-03-02T09:30:00Z",
    "contact_due": "2026-04-01T09:30:00Z",
    "is_overdue": False,
    "created_at": "2026-02-01T09:00:00Z",
    "created_by": "Ana Ruiz",
    "ended_at": None,
    "ended_by": "",
    "ended_reason": "",
    "version": 1,
}
CONTACT = {
    "id": 9,
    "stakeholder_id": 5,
    "kind": "meeting",
    "note": "Agreed on a trial of four weeks.",
    "at": "2026-03-02T09:30:00Z",
    "recorded_at": "2026-03-02T10:00:00Z",
    "recorded_by": "Ana Ruiz",
}


class StakeholderOut(Schema):
    model_config = example(STAKEHOLDER)
    id: int
    model_id: int
    name: str
    is_group: bool
    business: str
    need: str
    part: Part
    influence: int
    interest: int
    quadrant: Quadrant = Field(description="The field of the grid of influence and interest.")
    cadence_days: int | None
    person_id: int | None = Field(description="Their account, or of the person who answers for the group.")
    last_contact: datetime | None = Field(description="The newest contact or answer.")
    contact_due: datetime | None
    is_overdue: bool
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    version: int


class StakeholderList(Listed):
    model_config = example({"items": [STAKEHOLDER], "next": None})
    items: list[StakeholderOut]


class StakeholderFields(Given):
    is_group: bool = False
    business: str = Field("", max_length=300)
    need: str = Field("", max_length=5_000)
    influence: int = Field(3, ge=1, le=5)
    interest: int = Field(3, ge=1, le=5)
    cadence_days: int | None = Field(None, ge=1, le=366, description="How often they are to be spoken to.")
    makes_account: bool = Field(
        False, description="Make an account where there is none with the address given; for managers."
    )

    def given(self) -> dict[str, object]:
        """Only what was sent, without what concerns the account."""
        sent = self.model_dump(exclude_unset=True, mode="json")
        return {name: value for name, value in sent.items() if name not in ("email", "makes_account")}


class NewStakeholder(StakeholderFields):
    model_config = {
        **Given.model_config,
        **example({"name": "Head of retention", "part": "sponsor", "influence": 5, "cadence_days": 30}),
    }
    name: str = Field(max_length=200)
    part: Part
    email: str = Field("", max_length=254, description="The exact address of their account; for managers.")


class StakeholderChange(StakeholderFields):
    model_config = {**Given.model_config, **example({"interest": 5, "need": "Fewer pointless calls."})}
    name: str = Field("", max_length=200)
    part: Part = Part.USER
    email: str | None = Field(
        None,
        max_length=254,
        description="Another account; empty takes it and their sight away; for managers.",
    )


class StakeholderEnd(Given):
    model_config = {**Given.model_config, **example({"reason": "Moved to another business."})}
    reason: str = Field(max_length=2_000)


class ContactOut(Schema):
    model_config = example(CONTACT)
    id: int
    stakeholder_id: int
    kind: ContactKind
    note: str
    at: datetime
    recorded_at: datetime
    recorded_by: str


class ContactList(Listed):
    model_config = example({"items": [CONTACT], "next": None})
    items: list[ContactOut]


class NewContact(Given):
    model_config = {
        **Given.model_config,
        **example({"kind": "meeting", "note": "Agreed on a trial of four weeks."}),
    }
    kind: ContactKind
    note: str = Field("", max_length=2_000)
    day: date | None = Field(None, description="As the program counts days; today, if it is left out.")
