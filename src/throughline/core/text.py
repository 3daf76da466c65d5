"""The one boundary through which text and JSON enter: the same rules on every door and database."""

import json
import math
import unicodedata
from collections.abc import Sequence

from throughline.core.errors import Refused

MAX_JSON_DEPTH = 64
MAX_INTEGER = 2**63 - 1

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def clean(text: str, *, field: str, max_length: int, multiline: bool = True, required: bool = False) -> str:
    """The text in NFC with surrounding blanks removed.

    The length is limited before normalising, because normalising hostile text is slow. Raises `Refused`
    (invalid) on NUL, lone surrogates, other control characters, or too great a length.
    """
    if len(text) > max_length:
        raise Refused.field(
            field, f"This is {len(text):,} characters long; {max_length:,} are allowed.", "Shorten it."
        )
    if problem := _forbidden(text, multiline=multiline):
        raise Refused.field(field, f"This contains {problem}.", "Remove it and send again.")
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if required and not cleaned:
        raise Refused.field(field, "This is empty.", "Fill it in.")
    return cleaned


def clean_line(text: str, *, field: str, max_length: int = 200, required: bool = True) -> str:
    """A single line, as for names and titles."""
    return clean(text, field=field, max_length=max_length, multiline=False, required=required)


def clean_link(text: str, *, field: str = "link") -> str:
    """A web address, or nothing: other schemes would run in the reader's browser."""
    link = clean_line(text, field=field, max_length=1_000, required=False)
    if link and not link.startswith(("https://", "http://")):
        raise Refused.field(field, "A link begins with https:// or http://.", "Give a web address, or attach a file.")
    return link


def parse_json(body: bytes | str, *, field: str = "body") -> Json:
    """Strict JSON: UTF-8, depth up to 64, no duplicate keys, finite numbers, integers within 64 bits."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        value: Json = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_bounded
        )
    except UnicodeDecodeError:
        raise Refused.field(field, "This is not UTF-8 text.", "Encode it as UTF-8.") from None
    except RecursionError:
        raise Refused.field(
            field, f"This is nested deeper than {MAX_JSON_DEPTH} levels.", "Flatten it."
        ) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused.field(
            field, f"This is not valid JSON ({place}: {error.msg}).", "Correct it there."
        ) from None
    _check_depth_and_numbers(value, field)
    return value


def _forbidden(text: str, *, multiline: bool) -> str:
    for character in text:
        code = ord(character)
        if code == 0:
            return "a NUL character"
        if 0xD800 <= code <= 0xDFFF:
            return "half of a surrogate pair"
        if code < 32 and not (multiline and character in "\n\r\t") or code == 127:
            return "a line break" if character in "\n\r" else "a control character"
        if 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
            return "a character that reverses the direction of writing"
    return ""


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused.field(
            "body", f"The key “{twice[:80]}” stands twice in one object.", "Keep one of them."
        )
    return found


def _no_constant(name: str) -> Json:
    raise Refused.field("body", f"{name} is not a JSON number.", "Send null, or leave it out.")


def _bounded(digits: str) -> int:
    if len(digits) > 20 or abs(int(digits)) > MAX_INTEGER:
        raise Refused.field("body", "An integer does not fit into 64 bits.", "Send it as text.")
    return int(digits)


def _check_depth_and_numbers(value: Json, field: str) -> None:
    level: list[Json] = [value]
    for _ in range(MAX_JSON_DEPTH + 1):
        for item in level:
            if isinstance(item, float) and not math.isfinite(item):
                raise Refused.field(field, "A number is too large.", "Send a finite number.")
            if isinstance(item, str) and (problem := _forbidden(item, multiline=True)):
                raise Refused.field(field, f"A text contains {problem}.", "Remove it and send again.")
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return
    raise Refused.field(field, f"This is nested deeper than {MAX_JSON_DEPTH} levels.", "Flatten it.")


def _inner(item: Json) -> list[Json]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []
