"""Data contracts as they go over the wire: versions, agreement, comparison, and what became of imported files."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, JsonValue

from throughline.api.schemas.base import MAX_ID, Given, Listed, example
from throughline.core.contracts.agreements import Direction, Side, VersionState
from throughline.core.contracts.changes import Weight

LONGEST_TEXT = 2_000_000
YAML = (
    "apiVersion: v3.1.0\nkind: DataContract\nid: returns\nversion: 1.0.0\nstatus: active\n"
    "schema:\n- name: returns\n  properties:\n  - name: id\n    logicalType: integer\n    required: true\n"
)
CHANGE = {
    "area": "columns",
    "place": "orders.note",
    "weight": "breaking",
    "text": "The column was removed.",
    "why": "Whoever reads it finds nothing.",
}
ANSWER = {
    "side": "provider",
    "party_id": None,
    "party": "Shop team",
    "is_agreed": True,
    "by": "Noor Haddad",
    "on_behalf_of": "Pat Lee",
    "words": "Fine with us.",
    "link": "https://mail.example.org/4711",
    "answered_at": "2026-03-02T09:30:00Z",
}
PARTY = {"side": "consumer", "party_id": 17, "name": "Churn scorer"}
VERSION = {
    "number": 2,
    "label": "2.0.0",
    "state": "waiting",
    "is_breaking": True,
    "fingerprint": "9f2c…",
    "seen": "9f2c…",
    "published_at": "2026-03-02T09:30:00Z",
    "published_by": "Noor Haddad",
    "starts_on": "2026-04-01",
    "ends_on": None,
    "in_force_from": None,
    "in_force_until": None,
    "withdrawn_at": None,
    "answers": [ANSWER],
    "awaited": [PARTY],
}
CONTRACT = {
    "id": 4,
    "program": "growth",
    "key": "orders",
    "name": "Orders",
    "direction": "provider",
    "source_id": 3,
    "model_id": None,
    "state": "waiting",
    "in_force": "1.0.0",
    "pending": "2.0.0",
    "is_breaking": True,
    "ended_at": None,
    "version": 3,
}
OUTCOME = {
    "file": "orders.yaml",
    "state": "version",
    "contract_id": 4,
    "key": "orders",
    "number": 2,
    "is_breaking": True,
    "reasons": [],
}
Number = Annotated[int, Field(ge=1, le=1_000_000, description="The version's number, from 1.", examples=[1])]
OptionalId = Annotated[int | None, Field(ge=1, le=MAX_ID)]


class ContractOut(Schema):
    model_config = example(CONTRACT)
    id: int
    program: str
    key: str = Field(description="The id of the document.")
    name: str
    direction: Direction
    source_id: int | None
    model_id: int | None
    state: Literal["in_force", "waiting", "declined", "none", "ended"]
    in_force: str = Field(description="The version that is in force; empty for none.")
    pending: str = Field(description="The version that waits for agreement; empty for none.")
    is_breaking: bool = Field(description="Whether the version that waits breaks something.")
    ended_at: datetime | None
    version: int


class PartyOut(Schema):
    model_config = example(PARTY)
    side: Side
    party_id: int | None = Field(description="A model, a stakeholder, or null for the provider.")
    name: str


class ContractAnswerOut(Schema):
    model_config = example(ANSWER)
    side: Side
    party_id: int | None
    party: str
    is_agreed: bool
    by: str
    on_behalf_of: str
    words: str
    link: str
    answered_at: datetime


class ContractVersionOut(Schema):
    model_config = example(VERSION)
    number: int
    label: str
    state: VersionState
    is_breaking: bool
    fingerprint: str = Field(description="Of what the document says.")
    seen: str = Field(description="Of document and period together; an answer sends it back.")
    published_at: datetime
    published_by: str
    starts_on: date | None
    ends_on: date | None
    in_force_from: datetime | None
    in_force_until: datetime | None
    withdrawn_at: datetime | None
    answers: list[ContractAnswerOut] = Field(description="Those that count.")
    awaited: list[PartyOut] = Field(description="Who has not answered it.")


class ChangeOut(Schema):
    model_config = example(CHANGE)
    area: str
    place: str
    weight: Weight
    text: str
    why: str


class ContractInFull(ContractOut):
    model_config = example({**CONTRACT, "parties": [PARTY], "versions": [VERSION]})
    parties: list[PartyOut]
    versions: list[ContractVersionOut] = Field(description="The newest first.")


class ContractVersionInFull(ContractVersionOut):
    model_config = example({**VERSION, "changes": [CHANGE], "text": YAML, "content": {"id": "orders"}})
    changes: list[ChangeOut] = Field(description="Against the version in force when it was published.")
    text: str = Field(description="As it was imported, sign for sign.")
    content: dict[str, JsonValue] = Field(description="The same as data.")


class ContractList(Listed):
    model_config = example({"items": [CONTRACT], "next": None})
    items: list[ContractOut]


class ContractImported(Schema):
    model_config = example({"contract": CONTRACT, "number": 2, "is_new": False, "is_new_version": True})
    contract: ContractOut
    number: int
    is_new: bool
    is_new_version: bool = Field(description="False where the same content was published before.")


class ContractComparison(Schema):
    model_config = example({"before": 1, "after": 2, "is_breaking": True, "changes": [CHANGE]})
    before: int
    after: int
    is_breaking: bool
    changes: list[ChangeOut]


class FileOutcome(Schema):
    model_config = example(OUTCOME)
    file: str
    state: Literal["created", "version", "known", "refused", "left_out"]
    contract_id: int | None
    key: str
    number: int | None
    is_breaking: bool
    reasons: list[str]


class ContractFiles(Schema):
    model_config = example({"counts": {"version": 1}, "files": [OUTCOME]})
    counts: dict[str, int]
    files: list[FileOutcome] = Field(description="One for each file, in their order.")


class NewContract(Given):
    """A document as text or as an object, and what it is about."""

    model_config = {**Given.model_config, **example({"text": YAML})}
    text: str = Field("", max_length=LONGEST_TEXT, description="The document in YAML or JSON.")
    document: dict[str, JsonValue] | None = Field(None, description="Or the document as JSON.")
    source_id: OptionalId = Field(None, description="The data source that it is about.")
    model_id: OptionalId = Field(None, description="Or the model whose output it is about.")


class NewContractVersion(Given):
    model_config = {**Given.model_config, **example({"text": YAML, "base": 1})}
    text: str = Field("", max_length=LONGEST_TEXT, description="The document in YAML or JSON.")
    document: dict[str, JsonValue] | None = Field(None, description="Or the document as JSON.")
    base: Number | None = Field(None, description="The version that was edited; refused when another came.")


class ContractReply(Given):
    model_config = {
        **Given.model_config,
        **example({"number": 1, "side": "consumer", "party_id": 17, "agree": True, "seen": "9f2c…"}),
    }
    number: Number
    side: Side
    party_id: OptionalId = None
    agree: bool
    seen: str = Field(max_length=64, description="The `seen` of the version that was read.")
    words: str = Field("", max_length=5_000, description="Needed to decline, and for somebody outside.")
    on_behalf_of: str = Field("", max_length=200, description="Who said it, for somebody outside.")
    link: str = Field("", max_length=1_000, description="Where they said it.")


class ContractPeriod(Given):
    model_config = {**Given.model_config, **example({"number": 1, "starts_on": None, "ends_on": None})}
    number: Number
    starts_on: date | None = None
    ends_on: date | None = None


class ContractReason(Given):
    model_config = {**Given.model_config, **example({"reason": "Replaced by the new feed."})}
    reason: str = Field(max_length=5_000)


class ContractLink(Given):
    model_config = {**Given.model_config, **example({"model_id": 17})}
    source_id: OptionalId = None
    model_id: OptionalId = None
