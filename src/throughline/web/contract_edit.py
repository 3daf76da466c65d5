"""Editing the essentials of a contract in a form: what is not on it stays in the document as it is."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse

from throughline.actions import contracts as actions
from throughline.core.contracts.documents import LogicalType
from throughline.core.contracts.editing import (
    ColumnEdit,
    Edits,
    LevelEdit,
    channel_of,
    edited,
    owner_of,
    purpose_of,
    spelled,
)
from throughline.core.errors import Refused
from throughline.core.permissions import may, require
from throughline.queries import contracts as queries
from throughline.queries.contract_preview import NEWEST, content_in_order, preview_content, written
from throughline.web.contract_imports import source
from throughline.web.contract_lines import trail
from throughline.web.contracts import seen_row
from throughline.web.routes import Crumb, PageRequest, done, page, show

MOST_COLUMNS = 150
MOST_LEVELS = 60
BLANK_COLUMNS = range(3)
BLANK_LEVELS = range(2)
TYPES = tuple(one.value for one in LogicalType)
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")


@dataclass(frozen=True)
class ColumnRow:
    key: str
    title: str
    name: str = ""
    type: str = ""
    is_required: bool = False
    is_unique: bool = False
    description: str = ""
    is_removed: bool = False


@dataclass(frozen=True)
class LevelRow:
    key: str
    property: str = ""
    value: str = ""
    unit: str = ""
    element: str = ""


@page("contract.change", at="program", activity="contract.published", methods=("GET", "POST"))
def edit(request: PageRequest, contract_id: int) -> HttpResponse:
    row = seen_row(request, contract_id)
    if not any(may(request.actor, "contract.change", **place) for place in queries.places_of(row)):
        require(request.actor, "contract.change", noun="contract", program_id=row.program_id)
    version = queries.newest_row(row)
    content = content_in_order(version)
    table = _number(request.GET.get("table", "0")) or 0
    typed = request.POST if request.method == "POST" else request.typed
    found = None
    if request.method == "POST" and typed is not None:
        made = edited(content, edits_of(typed, table))
        if typed.get("do") != "look":
            base = _number(typed.get("base", ""))
            made_version = actions.publish_contract(
                actor=request.actor, contract_id=row.pk, body=written(made), base=base, now=request.now
            )
            said = (
                "Nothing differs."
                if made_version.is_known
                else f"Version {made_version.version.label} is published."
            )
            return done(request, reverse("contract", args=[row.pk]), said)
        found = preview_content(request.actor, row.program, made, request.now)
    context = {
        "contract": row,
        "version": version,
        "found": found,
        "source": source(found) if found else None,
        "fields": fields_of(content, typed),
        "tables": [(n, _name(one)) for n, one in enumerate(_listed(content, "schema"))],
        "table": table,
        "columns": columns_of(content, table, typed),
        "is_long": len(_columns(content, table)) > MOST_COLUMNS,
        "levels": levels_of(content, typed),
        "types": TYPES,
        "statuses": STATUSES,
        "newest": NEWEST if version.standard != NEWEST else "",
        "is_upgraded": bool(typed and typed.get("upgrade")),
        "crumbs": trail(row, Crumb("Edit")),
    }
    return show(request, "contracts/edit.html", context)


def edits_of(typed: QueryDict, table: int) -> Edits:
    label = str(typed.get("label", "")).strip()
    if not label:
        raise Refused.field("label", "The version has no label.", "Give it the next one, such as 1.1.0.")
    plain = ("name", "status", "purpose", "owner", "channel", "channel_url")
    return Edits(
        version=label,
        standard=NEWEST if typed.get("upgrade") else "",
        table=table,
        columns=tuple(_column_edit(typed, key) for key in typed.getlist("column")[: MOST_COLUMNS + 9]),
        levels=tuple(_level_edit(typed, key) for key in typed.getlist("level")[: MOST_LEVELS + 9]),
        **{name: typed.get(name, "").strip() for name in plain},
    )


def _column_edit(typed: QueryDict, key: str) -> ColumnEdit:
    return ColumnEdit(
        place=_number(key),
        name=typed.get(f"column-{key}-name", ""),
        type=typed.get(f"column-{key}-type", ""),
        is_required=bool(typed.get(f"column-{key}-required")),
        is_unique=bool(typed.get(f"column-{key}-unique")),
        description=typed.get(f"column-{key}-description", ""),
        is_removed=bool(typed.get(f"column-{key}-removed")),
    )


def _level_edit(typed: QueryDict, key: str) -> LevelEdit:
    said = {name: typed.get(f"level-{key}-{name}", "") for name in ("property", "value", "unit", "element")}
    return LevelEdit(place=_number(key), **said)


def fields_of(content: dict[str, Any], typed: QueryDict | None) -> dict[str, str]:
    channel, url = channel_of(content)
    found = {
        "label": str(content.get("version", "")),
        "name": str(content.get("name") or ""),
        "status": str(content.get("status") or ""),
        "purpose": purpose_of(content),
        "owner": owner_of(content),
        "channel": channel,
        "channel_url": url,
    }
    return {name: typed.get(name, value) if typed else value for name, value in found.items()}


def columns_of(content: dict[str, Any], table: int, typed: QueryDict | None) -> list[ColumnRow]:
    rows = []
    for place, one in enumerate(_columns(content, table)[:MOST_COLUMNS]):
        rows.append(
            ColumnRow(
                key=str(place),
                title=_name(one),
                name=_name(one),
                type=str(one.get("logicalType") or ""),
                is_required=bool(one.get("required")),
                is_unique=bool(one.get("unique")),
                description=str(one.get("description") or ""),
            )
        )
    rows += [ColumnRow(f"new{n}", f"new column {n + 1}") for n in BLANK_COLUMNS]
    return [_typed_column(row, typed) for row in rows] if typed else rows


def _typed_column(row: ColumnRow, typed: QueryDict) -> ColumnRow:
    said = _column_edit(typed, row.key)
    return ColumnRow(
        row.key,
        row.title,
        said.name,
        said.type,
        said.is_required,
        said.is_unique,
        said.description,
        said.is_removed,
    )


def levels_of(content: dict[str, Any], typed: QueryDict | None) -> list[LevelRow]:
    rows = [
        LevelRow(
            str(place),
            str(one.get("property") or ""),
            spelled(one.get("value")),
            str(one.get("unit") or ""),
            str(one.get("element") or ""),
        )
        for place, one in enumerate(_listed(content, "slaProperties")[:MOST_LEVELS])
    ]
    rows += [LevelRow(f"new{n}") for n in BLANK_LEVELS]
    if not typed:
        return rows
    told = [_level_edit(typed, row.key) for row in rows]
    return [LevelRow(r.key, t.property, t.value, t.unit, t.element) for r, t in zip(rows, told, strict=True)]


def _listed(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = content.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _columns(content: dict[str, Any], table: int) -> list[dict[str, Any]]:
    tables = _listed(content, "schema")
    return _listed(tables[table], "properties") if 0 <= table < len(tables) else []


def _name(entry: dict[str, Any]) -> str:
    return str(entry.get("name") or "")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
