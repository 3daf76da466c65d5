"""Changes the essentials of a document and leaves everything else in it as it is, in its order."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.core.contracts.demands import Scalar, describe_scalar
from throughline.core.errors import Refused

OWNER = "owner"
Content = dict[str, Any]


@dataclass(frozen=True)
class ColumnEdit:
    """`place` is the column's place in its table, None for one that is added."""

    place: int | None
    name: str
    type: str = ""
    is_required: bool = False
    is_unique: bool = False
    description: str = ""
    is_removed: bool = False


@dataclass(frozen=True)
class LevelEdit:
    """A service level; `place` None for one that is added. Without a property it is removed."""

    place: int | None
    property: str
    value: str = ""
    unit: str = ""
    element: str = ""


@dataclass(frozen=True)
class Edits:
    """What a person wrote. `standard` is empty to stay with the version of the standard that the document is in."""

    version: str
    name: str = ""
    status: str = ""
    purpose: str = ""
    owner: str = ""
    channel: str = ""
    channel_url: str = ""
    standard: str = ""
    table: int = 0
    columns: tuple[ColumnEdit, ...] = ()
    levels: tuple[LevelEdit, ...] = ()


def edited(content: Mapping[str, Any], edits: Edits) -> Content:
    """A new document. Raises `Refused` (invalid) where a column has no name or is named twice."""
    made: Content = copy.deepcopy(dict(content))
    made["version"] = edits.version.strip()
    for name, value in (("name", edits.name), ("status", edits.status)):
        _set(made, name, value)
    _purpose(made, edits.purpose)
    _owner(made, edits.owner)
    _channel(made, edits.channel, edits.channel_url)
    _columns(made, edits)
    _levels(made, edits.levels)
    if edits.standard:
        made["apiVersion"] = edits.standard
    return made


def owner_of(content: Mapping[str, Any]) -> str:
    member = _owner_entry(content)
    return str(member.get("username") or member.get("name") or "") if member else ""


def channel_of(content: Mapping[str, Any]) -> tuple[str, str]:
    listed = content.get("support")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], Mapping) else {}
    return str(first.get("channel") or ""), str(first.get("url") or "")


def purpose_of(content: Mapping[str, Any]) -> str:
    described = content.get("description")
    return str(described.get("purpose") or "") if isinstance(described, Mapping) else ""


def _set(entry: Content, name: str, value: object) -> None:
    """A name that is empty is left out; one that says the same is left as it is written."""
    if value in ("", None):
        if entry.get(name) not in ("", None):
            entry.pop(name)
    elif entry.get(name) != value:
        entry[name] = value


def _flag(entry: Content, name: str, *, value: bool) -> None:
    """False is what a missing flag means, so it is not written where nothing stands."""
    if bool(entry.get(name)) != value:
        entry[name] = value


def _purpose(made: Content, purpose: str) -> None:
    if purpose == purpose_of(made):
        return
    described = made.setdefault("description", {})
    if isinstance(described, dict):
        _set(described, "purpose", purpose)


def _members(content: Mapping[str, Any]) -> list[Any]:
    team = content.get("team")
    listed = team.get("members") if isinstance(team, Mapping) else team
    return listed if isinstance(listed, list) else []


def _owner_entry(content: Mapping[str, Any]) -> Content | None:
    present: list[Content] = [
        one for one in _members(content) if isinstance(one, dict) and not one.get("dateOut")
    ]
    return next((one for one in present if str(one.get("role", "")).strip().lower() == OWNER), None)


def _owner(made: Content, owner: str) -> None:
    if owner == owner_of(made):
        return
    member = _owner_entry(made)
    if member is not None and owner:
        member["username"] = owner
        return
    members = _members(made)
    if member is not None:
        members.remove(member)
        return
    added = {"username": owner, "role": "Owner"}
    if members:
        members.append(added)
    elif isinstance(made.get("team"), dict):
        made["team"]["members"] = [added]
    else:
        is_old = str(made.get("apiVersion", "")).startswith("v3.0")
        made["team"] = [added] if is_old else {"members": [added]}


def _channel(made: Content, channel: str, url: str) -> None:
    if (channel, url) == channel_of(made):
        return
    listed = made.get("support")
    if not isinstance(listed, list) or not listed:
        made["support"] = [{"channel": channel or url, **({"url": url} if url else {})}]
    elif not (channel or url):
        made["support"] = listed[1:]
        if len(listed) == 1:
            del made["support"]
    else:
        _set(listed[0], "channel", channel or url)
        _set(listed[0], "url", url)


def _columns(made: Content, edits: Edits) -> None:
    tables = made.get("schema")
    if not edits.columns or not isinstance(tables, list) or not 0 <= edits.table < len(tables):
        return
    properties = tables[edits.table].setdefault("properties", [])
    kept: list[Content] = []
    told = {one.place: one for one in edits.columns if one.place is not None}
    for place, column in enumerate(properties):
        edit = told.get(place)
        if edit is None:
            kept.append(column)
        elif not edit.is_removed:
            kept.append(_column(column, edit))
    kept += [_column({}, one) for one in edits.columns if one.place is None and one.name.strip()]
    names = [str(one.get("name", "")) for one in kept]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Refused.field("columns", f"Two columns are called {twice}.", "Name one of them otherwise.")
    tables[edits.table]["properties"] = kept


def _column(column: Content, edit: ColumnEdit) -> Content:
    if not edit.name.strip():
        raise Refused.field("columns", "A column has no name.", "Name it, or mark it as removed.")
    _set(column, "name", edit.name.strip())
    _set(column, "logicalType", edit.type)
    _flag(column, "required", value=edit.is_required)
    _flag(column, "unique", value=edit.is_unique)
    _set(column, "description", edit.description.strip())
    return column


def _levels(made: Content, levels: Sequence[LevelEdit]) -> None:
    listed = made.get("slaProperties")
    before = listed if isinstance(listed, list) else []
    told = {one.place: one for one in levels if one.place is not None}
    kept: list[Content] = []
    for place, entry in enumerate(before):
        edit = told.get(place)
        if edit is None:
            kept.append(entry)
        elif edit.property.strip():
            kept.append(_level(entry, edit))
    kept += [_level({}, one) for one in levels if one.place is None and one.property.strip()]
    if kept:
        made["slaProperties"] = kept
    else:
        made.pop("slaProperties", None)


def _level(entry: Content, edit: LevelEdit) -> Content:
    _set(entry, "property", edit.property.strip())
    if "value" not in entry or edit.value.strip() != spelled(entry.get("value")):
        entry["value"] = _value(edit.value.strip())
    _set(entry, "unit", edit.unit.strip())
    _set(entry, "element", edit.element.strip())
    return entry


def spelled(value: Scalar) -> str:
    """As it stands in the field of a form; what is sent back unchanged is left as it was written."""
    if value is None:
        return ""
    return describe_scalar(value).replace(",", "") if isinstance(value, int | float) else value


def _value(text: str) -> Scalar:
    """A number where it is one; everything else, as 09:00, stays text."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() and text.lstrip("+-").isdigit() else number
