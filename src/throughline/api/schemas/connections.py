"""Connected tools as they go over the wire; secrets come in and never go out."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Id, Listed, example
from throughline.core.connections import LONGEST, SHORTEST, Health

CONNECTION = {
    "id": 3,
    "program": "growth",
    "kind": "mlflow",
    "name": "Model registry",
    "settings": {"base_url": "https://mlflow.example.com"},
    "stored_secrets": ["token"],
    "interval_minutes": 15,
    "health": "working",
    "last_error": "",
    "last_polled_at": "2026-03-02T09:30:00Z",
    "next_poll_at": "2026-03-02T09:45:00Z",
    "created_by": "Noor Haddad",
    "version": 1,
}
NEW = {
    "program": "growth",
    "kind": "mlflow",
    "name": "Model registry",
    "values": {"base_url": "https://mlflow.example.com", "token": "the token"},
}
CHANGED = {
    "name": "Model registry",
    "values": {"base_url": "https://mlflow.example.com"},
    "interval_minutes": 30,
}
LINK = {
    "id": 8,
    "model_id": 17,
    "remote_name": "churn_scorer",
    "alias": "champion",
    "last_collected_at": "2026-03-02T09:30:00Z",
    "last_subject": "churn_scorer version 2",
    "last_error": "",
}
NEW_LINK = {"model_id": 17, "remote_name": "churn_scorer", "alias": "champion"}
Minutes = Field(15, ge=SHORTEST, le=LONGEST, description="Minutes between two looks.")


class ConnectionOut(Schema):
    model_config = example(CONNECTION)
    id: int
    program: str = Field(description="The program's short name.")
    kind: str
    name: str
    settings: dict[str, str] = Field(description="What may be shown.")
    stored_secrets: list[str] = Field(
        description="The names of the secrets that are stored; never what they are."
    )
    interval_minutes: int
    health: Health
    last_error: str = Field(description="Why the last look failed; empty where it worked.")
    last_polled_at: datetime | None
    next_poll_at: datetime
    created_by: str
    version: int


class ConnectionList(Listed):
    model_config = example({"items": [CONNECTION], "next": None})
    items: list[ConnectionOut]


class NewConnection(Given):
    model_config = {**Given.model_config, **example(NEW)}
    program: str = Field(max_length=60, description="The program's short name.")
    kind: str = Field(max_length=40, description="The kind of tool: mlflow.")
    name: str = Field(max_length=200)
    values: dict[str, str] = Field(
        description="Settings by name; for mlflow: base_url, token, username, password, webhook_secret."
    )
    interval_minutes: int = Minutes


class ChangedConnection(Given):
    model_config = {**Given.model_config, **example(CHANGED)}
    name: str = Field(max_length=200)
    values: dict[str, str] = Field(description="Settings by name. A secret that is left out stays as it is.")
    interval_minutes: int = Minutes


class Switched(Given):
    model_config = {**Given.model_config, **example({"is_active": False})}
    is_active: bool = Field(description="A tool that is switched off is not asked.")


class Tried(Schema):
    model_config = example({"status": 200, "seconds": 0.042})
    status: int = Field(description="The status of the tool's answer; of the answer itself nothing is told.")
    seconds: float


class Requested(Schema):
    model_config = example({"is_requested": True})
    is_requested: bool = Field(description="The worker collects as soon as it can.")


class LinkOut(Schema):
    model_config = example(LINK)
    id: int
    model_id: int
    remote_name: str
    alias: str = Field(description="Which version; empty for the newest.")
    last_collected_at: datetime | None
    last_subject: str = Field(description="The version that was read last.")
    last_error: str


class LinkList(Listed):
    model_config = example({"items": [LINK], "next": None})
    items: list[LinkOut]


class NewLink(Given):
    model_config = {**Given.model_config, **example(NEW_LINK)}
    model_id: Id
    remote_name: str = Field(max_length=300, description="The registered model's name in the tool, exactly.")
    alias: str = Field("", max_length=200, description="Which version; empty for the newest.")
