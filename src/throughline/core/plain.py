"""Frozen values to plain JSON content and back, for frozen dossiers and offline checks."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from throughline.core.errors import Refused

T = TypeVar("T")


# Most of what a dossier holds.
PLAIN = frozenset((str, int, float, bool, type(None)))


def to_plain(value: object) -> object:
    """Dataclasses and named tuples become objects, enums their value, instants ISO text, tuples lists."""
    if type(value) in PLAIN:
        return value
    names = _names(cast(Any, type(value)))  # whose hash the type checker takes for that of an instance
    if names is not None:
        return {name: to_plain(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted(cast("set[str]", value))
    return value


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """Of the fields of a dataclass or a named tuple; none for any other type."""
    if is_dataclass(kind):
        return tuple(f.name for f in fields(kind))
    named: tuple[str, ...] | None = getattr(kind, "_fields", None)
    return named


def from_plain(shape: type[T], content: object) -> T:
    """The value of this shape that `to_plain` wrote. Raises `Refused` (invalid) where the shape is another."""
    try:
        return cast(T, _read(shape, content))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        text = f"This is not a {shape.__name__} as Throughline writes it ({error})."
        raise Refused.of(text, kind="invalid", remedy="Export it again.") from error


def _read(shape: Any, content: Any) -> object:
    origin = get_origin(shape)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(shape), content)
    if origin is tuple:
        if not isinstance(content, list):
            raise TypeError(f"{content!r:.60} where a list is expected")
        return tuple(_read(get_args(shape)[0], item) for item in content)
    if origin is not None:
        if not isinstance(content, Mapping):
            raise TypeError(f"{content!r:.60} where an object is expected")
        return dict(content)
    if origin is None and (names := _names(shape)) is not None:
        hints = get_type_hints(shape)
        return shape(**{name: _read(hints[name], content[name]) for name in names if name in content})
    if isinstance(shape, type) and issubclass(shape, Enum):
        return shape(content)
    if shape is datetime:
        return _read_instant(content)
    if shape is date:
        return date.fromisoformat(content)
    return _read_scalar(shape, content)


def _read_instant(content: str) -> datetime:
    instant = datetime.fromisoformat(content)
    if instant.tzinfo is None:
        raise ValueError(f"{content:.60} has no time zone")
    return instant


def _read_union(shapes: tuple[Any, ...], content: Any) -> object:
    if content is None:
        return None
    return _read(next(shape for shape in shapes if shape is not type(None)), content)


def _read_scalar(shape: Any, content: Any) -> object:
    if shape is float and isinstance(content, int | float) and not isinstance(content, bool):
        return content
    if isinstance(shape, type) and shape is not object and type(content) is not shape:
        raise TypeError(f"{content!r:.60} where {shape.__name__} is expected")
    return content
