"""Reads `logicalTypeOptions`: bounds, lengths, patterns and formats of one column."""

from collections.abc import Mapping
from typing import Any

from throughline.core.contracts.documents import LogicalType, Options, as_mapping
from throughline.core.contracts.quality import number, text, texts, whole

_NUMBERS = (LogicalType.NUMBER, LogicalType.INTEGER)
_INSTANTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
_BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
}
_COUNTS = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
    "dimensions": "dimensions",
}
_FLAGS = {"uniqueItems": "unique_items", "timezone": "time_zone"}
_TEXTS = {"pattern": "pattern", "format": "format", "defaultTimezone": "default_time_zone"}
# These tell about the data without demanding anything that its values could break.
_TOLD = ("elementType", "distanceMetric", "embeddingModel", "embeddingModelVersion", "normalized")


def read_options(given: object, logical: LogicalType | None) -> Options:
    """Never raises; a demand that cannot be read stands in `unread`."""
    if given is None:
        return Options()
    if not isinstance(given, Mapping):
        return Options(unread=(("logicalTypeOptions", "They are not written as a mapping."),))
    entry = as_mapping(given)
    read: dict[str, Any] = {}
    unread: list[tuple[str, str]] = []
    for name, value in entry.items():
        if value is not None and (why := _read(name, value, logical, read)):
            unread.append((name, why))
    _flags_of_3_0(entry, read, unread)
    return Options(**read, unread=tuple(unread))


def _read(name: str, value: object, logical: LogicalType | None, read: dict[str, Any]) -> str:
    """Adds one option to `read`, or says why it cannot be."""
    if name in _BOUNDS:
        return _bound(name, value, logical, read)
    if name in _COUNTS:
        read[_COUNTS[name]] = whole(value)
        return "" if read[_COUNTS[name]] is not None else "It is not a whole number of at least 0."
    if name in _FLAGS:
        if not isinstance(value, bool):
            return "It must be true or false."
        read[_FLAGS[name]] = value
    elif name in _TEXTS:
        read[_TEXTS[name]] = text(value)
    elif name == "multipleOf":
        step = number(value)
        if step is None or step <= 0:
            return "It is not a number above 0."
        read["multiple_of"] = step
    elif name == "required":
        read["required_properties"] = texts(value)
    elif name not in _TOLD:
        return "The standard knows no such option."
    return ""


def _bound(name: str, value: object, logical: LogicalType | None, read: dict[str, Any]) -> str:
    if isinstance(value, bool):
        return "" if name.startswith("exclusive") else "It is not a number."
    as_number = number(value)
    if logical in _INSTANTS:
        read[_BOUNDS[name]] = text(value)
        return "" if text(value) else "It is empty."
    if logical in _NUMBERS or logical is None:
        if as_number is None:
            return "It is not a number."
        read[_BOUNDS[name]] = as_number
        return ""
    return f"A column of the type {logical} has no {name}."


def _flags_of_3_0(entry: Mapping[str, object], read: dict[str, Any], unread: list[tuple[str, str]]) -> None:
    """Version 3.0 says `maximum: 5, exclusiveMaximum: true` where 3.1 says `exclusiveMaximum: 5`."""
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if entry.get(flag) is not True:
            continue
        if bound in read:
            read[_BOUNDS[flag]] = read.pop(bound)
        else:
            unread.append((flag, f"It is true, and there is no {bound}."))
