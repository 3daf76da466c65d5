"""Saved views of the portfolio as they go over the wire."""

from datetime import datetime

from ninja import Schema
from pydantic import Field

from throughline.api.schemas.base import Given, Listed, example

QUERY = "layout=table&stage=production&sort=-age"
GIVEN = {"name": "In production, oldest first", "query": QUERY, "program": "growth", "is_pinned": True}
VIEW = {
    **GIVEN,
    "id": 5,
    "is_shared": True,
    "owner": "Noor Haddad",
    "is_own": True,
    "created_at": "2026-03-02T09:30:00Z",
}


class NewSavedView(Given):
    model_config = {**Given.model_config, **example(GIVEN)}
    name: str = Field(max_length=100, description="The same name again replaces the view.")
    query: str = Field(
        default="", max_length=2_000, description="What follows the question mark in the portfolio's address."
    )
    program: str = Field(
        default="", max_length=60, description="The program to share it with; else it is yours."
    )
    is_pinned: bool = Field(default=False, description="Whether it stands at the top of your views.")


class SavedViewOut(Schema):
    model_config = example(VIEW)
    id: int
    name: str
    query: str
    program: str = Field(description="The program that it is shared with; empty for one of your own.")
    is_shared: bool
    is_pinned: bool
    owner: str
    is_own: bool
    created_at: datetime


class SavedViewList(Listed):
    model_config = example({"items": [VIEW], "next": None})
    items: list[SavedViewOut]
