"""Sign-offs and waivers as they go over the wire."""

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Instant, Listed, example
from throughline.core.dossier import WaiverKind

SIGN_OFF = {
    "id": 12,
    "model_id": 17,
    "release_id": 4,
    "check_id": "model.peer_reviewed",
    "person_id": 9,
    "name": "Li Wen",
    "roles": ["data_scientist"],
    "reason": "Read the notebook and ran it again.",
    "link": "https://docs.example.org/review-17",
    "policy_label": "default 1",
    "fingerprint": "9f2c…",
    "given_at": "2026-02-25T13:00:00Z",
    "expires_at": "2026-08-24T13:00:00Z",
    "void_at": None,
    "void_reason": "",
}
WAIVER = {
    "id": 3,
    "model_id": 17,
    "gate": "prototype_to_production_ready",
    "check_id": "model.peer_reviewed",
    "kind": "waived",
    "reason": "The reviewer is away; the review is booked for the 20th.",
    "until": "2026-03-21T00:00:00Z",
    "state": "asked",
    "asked_by_id": 8,
    "asker_name": "Noor Haddad",
    "asked_at": "2026-03-02T09:30:00Z",
    "decider_name": "",
    "decided_at": None,
    "decision_reason": "",
    "revoked_at": None,
    "revoked_by": "",
    "revoke_reason": "",
    "policy_label": "default 1",
    "version": 1,
}


class SignOffOut(Schema):
    model_config = example(SIGN_OFF)
    id: int
    model_id: int
    release_id: int | None
    check_id: str
    person_id: int
    name: str = Field(description="As it was when they signed.")
    roles: list[str] = Field(description="The roles by which they may sign, as held then.")
    reason: str
    link: str
    policy_label: str
    fingerprint: str = Field(description="Of what they saw.")
    given_at: datetime
    expires_at: datetime
    void_at: datetime | None = Field(description="When what they saw changed.")
    void_reason: str


class SignOffList(Listed):
    model_config = example({"items": [SIGN_OFF], "next": None})
    items: list[SignOffOut]


class NewSignOff(Given):
    model_config = {
        **Given.model_config,
        **example(
            {
                "check_id": "model.peer_reviewed",
                "reason": "Ran it again.",
                "link": "https://docs.example.org/17",
            }
        ),
    }
    check_id: str = Field(max_length=200, description="As the policy names it.")
    reason: str = Field(max_length=5_000)
    link: str = Field(max_length=1_000, description="Where others can look at what was signed.")
    seen: str = Field(
        "",
        max_length=64,
        description="The `dossier_fingerprint` that you saw; if the facts changed, it is refused.",
    )


class WaiverOut(Schema):
    model_config = example(WAIVER)
    id: int
    model_id: int
    gate: str
    check_id: str
    kind: WaiverKind
    reason: str
    until: datetime
    state: Literal["asked", "granted", "declined", "revoked"]
    asked_by_id: int
    asker_name: str
    asked_at: datetime
    decider_name: str
    decided_at: datetime | None
    decision_reason: str
    revoked_at: datetime | None
    revoked_by: str
    revoke_reason: str
    policy_label: str
    version: int


class WaiverList(Listed):
    model_config = example({"items": [WAIVER], "next": None})
    items: list[WaiverOut]


class NewWaiver(Given):
    model_config = {
        **Given.model_config,
        **example({name: WAIVER[name] for name in ("gate", "check_id", "kind", "reason", "until")}),
    }
    gate: str = Field(max_length=60)
    check_id: str = Field(max_length=200)
    kind: WaiverKind = WaiverKind.WAIVED
    reason: str = Field(max_length=5_000)
    until: Instant = Field(description="When it ends; within a year.")


class WaiverDecision(Given):
    model_config = {**Given.model_config, **example({"grant": True, "reason": "The review is booked."})}
    grant: bool
    reason: str = Field(max_length=5_000)
