"""Reading JSON that other systems wrote: size, depth, repeated names and odd numbers are settled here."""

import json

from throughline.core.text import Json

MAX_DEPTH = 64
TOO_DEEP = f"it is nested more than {MAX_DEPTH} levels deep"


class NotJson(ValueError):
    """The bytes are not a JSON document that we accept; the text says why."""


def read_json(body: bytes) -> Json:
    """The document in `body`. NaN and the infinities, which JSON does not have, arrive as text."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotJson("it is not UTF-8 text") from error
    try:
        document: Json = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=str)
    except NotJson:
        raise
    except RecursionError as error:
        raise NotJson(TOO_DEEP) from error
    except ValueError as error:
        raise NotJson(f"it is not complete JSON{_place(error)}") from error
    if _is_too_deep(document):
        raise NotJson(TOO_DEEP)
    return document


def as_object(value: Json) -> dict[str, Json]:
    """`value` if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def as_objects(value: Json) -> list[dict[str, Json]]:
    """The objects in a list; anything else in it is passed over."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """Text or a number as text; anything else is empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f" (line {error.lineno}, column {error.colno})"
    return ""


def _is_too_deep(document: Json) -> bool:
    level: list[Json] = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [one for one in value.values() if isinstance(one, dict | list)]
    return [one for one in value if isinstance(one, dict | list)] if isinstance(value, list) else []


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotJson("it names the same field twice in one object")
    return made
