"""The one boundary through which text and JSON enter: the same rules on every door and database."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import partial

from throughline.core.errors import Refused

MAX_JSON_DEPTH = 64
MAX_INTEGER = 2**63 - 1
LINE_BREAKS = (0x0A, 0x0D, 0x85, 0x2028, 0x2029)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
FORBIDDEN_IN_A_LINE = re.compile("[\x00-\x1f\x7f\x85\u2028-\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def clean(text: str, *, field: str, max_length: int, multiline: bool = True, required: bool = False) -> str:
    """The text in NFC with surrounding blanks removed.

    The length is limited before normalising, because normalising hostile text is slow, and after it, because some
    characters grow. Raises `Refused` (invalid) on NUL, lone surrogates, other control characters, characters that
    reverse the direction of writing, or too great a length.
    """
    if len(text) > max_length:
        raise _too_long(field, len(text), max_length)
    if problem := _forbidden(text, multiline=multiline):
        raise Refused.field(field, f"This contains {problem}.", "Remove it and send again.")
    cleaned = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(cleaned) > max_length:
        raise _too_long(field, len(cleaned), max_length)
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
        raise Refused.field(
            field, "A link begins with https:// or http://.", "Give a web address, or attach a file."
        )
    return link


def parse_json(body: bytes | str, *, field: str = "body") -> Json:
    """Strict JSON: UTF-8, depth up to 64, no duplicate keys, finite numbers, integers within 64 bits."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        value: Json = json.loads(
            text,
            object_pairs_hook=partial(_unique, field=field),
            parse_constant=partial(_no_constant, field=field),
            parse_int=partial(_bounded, field=field),
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


def _too_long(field: str, length: int, allowed: int) -> Refused:
    return Refused.field(
        field, f"This is {length:,} characters long; {allowed:,} are allowed.", "Shorten it."
    )


def _forbidden(text: str, *, multiline: bool) -> str:
    found = (FORBIDDEN if multiline else FORBIDDEN_IN_A_LINE).search(text)
    if found is None:
        return ""
    code = ord(found.group())
    if code == 0:
        return "a NUL character"
    if 0xD800 <= code <= 0xDFFF:
        return "half of a surrogate pair"
    if code in LINE_BREAKS:
        return "a line break"
    return "a control character" if code < 0x80 else "a character that reverses the direction of writing"


def _unique(pairs: Sequence[tuple[str, Json]], *, field: str) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Refused.field(field, f"The key “{twice[:80]}” stands twice in one object.", "Keep one of them.")
    return found


def _no_constant(name: str, *, field: str) -> Json:
    raise Refused.field(field, f"{name} is not a JSON number.", "Send null, or leave it out.")


def _bounded(digits: str, *, field: str) -> int:
    if len(digits) > 20 or not -MAX_INTEGER - 1 <= int(digits) <= MAX_INTEGER:
        raise Refused.field(field, "An integer does not fit into 64 bits.", "Send it as text.")
    return int(digits)


def _check_depth_and_numbers(value: Json, field: str) -> None:
    level: list[Json] = [value]
    for depth in range(MAX_JSON_DEPTH + 1):
        for item in level:
            if depth == MAX_JSON_DEPTH and isinstance(item, dict | list):
                raise Refused.field(
                    field, f"This is nested deeper than {MAX_JSON_DEPTH} levels.", "Flatten it."
                )
            if isinstance(item, float) and not math.isfinite(item):
                raise Refused.field(field, "A number is too large.", "Send a finite number.")
            if isinstance(item, str) and (problem := _forbidden(item, multiline=True)):
                raise Refused.field(field, f"A text contains {problem}.", "Remove it and send again.")
        level = [inner for item in level for inner in _inner(item)]


def _inner(item: Json) -> list[Json]:
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []
