"""What all shapes share: nothing unknown comes in, instants are UTC, numbers fit the databases."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

MAX_ID = 2**63 - 1
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)


def _in_utc(instant: datetime) -> datetime:
    if not EARLIEST.replace(tzinfo=instant.tzinfo) <= instant <= LATEST.replace(tzinfo=instant.tzinfo):
        raise ValueError("An instant lies between 1900 and 2900.")
    return instant.astimezone(UTC)


Id = Annotated[int, Field(ge=1, le=MAX_ID, description="The number of the row.", examples=[17])]
Slug = Annotated[str, Field(max_length=60, description="The program's short name.", examples=["growth"])]
Instant = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    Field(description="An instant with its offset from UTC.", examples=["2026-03-02T09:30:00Z"]),
]
AsOf = Annotated[
    AwareDatetime | None,
    AfterValidator(lambda instant: _in_utc(instant) if instant else None),
    Field(description="As it was known at this past instant.", examples=["2026-03-02T09:30:00Z"]),
]


def example(content: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [dict(content)]})


class Given(Schema):
    """What comes in: a field that is not known is refused, so that no typing error passes in silence."""

    model_config = ConfigDict(extra="forbid")


class Listed(Schema):
    """One page of a list."""

    next: str | None = Field(description="The cursor of the page after this one; null on the last.")
