"""Reads the text of a contract, YAML or JSON, into plain content: bounded, and every value as it was written."""

import codecs
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from throughline.core.text import FORBIDDEN, MAX_INTEGER

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_VALUES = 200_000

Path = tuple[str | int, ...]
Marks = dict[Path, tuple[int, int]]

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# YAML begins with an ASCII sign: where the zeros stand tells the encoding.
UNMARKED = ((b"\x00\x00\x00", "utf-32-be"), (b"\x00", "utf-16-be"))
# The core schema of YAML 1.2. That of 1.1 turns 10:30 into 630, 2022-10-03 into a day, NO into false, 010 into 8.
NULL = re.compile(r"~|null|Null|NULL|")
TRUE, FALSE = re.compile(r"true|True|TRUE"), re.compile(r"false|False|FALSE")
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
FRACTION = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|/)")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class TextUnreadable(Exception):
    """`line` and `column` count from 1."""

    text: str
    line: int = 1
    column: int = 1


def decoded(body: bytes) -> str:
    """The text of UTF-8, UTF-16 or UTF-32; any other encoding is refused and not guessed. Raises `TextUnreadable`."""
    if len(body) > MAX_BYTES:
        raise TextUnreadable(
            f"The file has {len(body):,} bytes; a contract may have up to {MAX_BYTES // 1_000_000} MB."
        )
    encoding = _encoding(body)
    try:
        return body.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = body[: error.start]
        text = f"This is not {encoding.upper()} text. Save the file as UTF-8."
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode(encoding, errors="replace")) + 1
        raise TextUnreadable(text, before.count(b"\n") + 1, column) from None


def _encoding(body: bytes) -> str:
    for bom, encoding in BOMS:
        if body.startswith(bom):
            return encoding
    for zeros, encoding in UNMARKED:
        if body.startswith(zeros):
            return encoding
    if body[1:4] == b"\x00\x00\x00":
        return "utf-32-le"
    return "utf-16-le" if body[1:2] == b"\x00" else "utf-8"


def read_text(text: str) -> object:
    """The content. Raises `TextUnreadable` with what is wrong and where."""
    if len(text) > MAX_BYTES:
        raise TextUnreadable(f"The text is longer than {MAX_BYTES:,} characters.")
    if text.lstrip()[:1] == "{":
        return _read_json(text)
    return _Builder().read(text)


def places(text: str) -> Marks:
    """Where each part of a text stands that was read already. Asked only when there is something to say of a place."""
    marks: Marks = {}
    if text.lstrip()[:1] == "{":  # tabs, and what YAML can't unescape, are nothing to it but blanks
        text = ESCAPED.sub(lambda one: "x" * len(one.group()), text.replace("\t", " "))
    try:
        _Builder(marks).read(text)
    except TextUnreadable:
        return marks
    return marks


def _read_json(text: str) -> object:
    try:
        content = json.loads(text, object_pairs_hook=_Pairs)
    except RecursionError:
        raise TextUnreadable(f"This is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:
        return _Builder().read(text)  # a flow mapping of YAML begins with a brace too
    return _Checked().value(content, 0)


class _Pairs(list[tuple[str, object]]):
    """An object of JSON before it is known whether a name stands twice in it."""


@dataclass
class _Checked:
    """JSON under the same bounds as YAML."""

    values: int = 0

    def value(self, content: object, depth: int) -> object:
        self.values += 1
        if depth > MAX_DEPTH:
            raise TextUnreadable(f"This is nested deeper than {MAX_DEPTH} levels.")
        if self.values > MAX_VALUES:
            raise TextUnreadable(f"This holds more than {MAX_VALUES:,} values.")
        if isinstance(content, _Pairs):
            return self.mapping(content, depth)
        if isinstance(content, list):
            return [self.value(one, depth + 1) for one in content]
        if isinstance(content, str):
            return _allowed(content, 1, 1)
        if isinstance(content, int | float) and not isinstance(content, bool):
            _bounded(content, 1, 1)
        return content

    def mapping(self, pairs: _Pairs, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, item in pairs:
            if key in found:
                raise TextUnreadable(f"“{key[:80]}” stands twice in one object.")
            found[_allowed(key, 1, 1)] = self.value(item, depth + 1)
        return found


@dataclass
class _Open:
    """A mapping or list that is not complete yet."""

    content: dict[str, object] | list[object]
    path: Path
    key: str | None = None


@dataclass
class _Builder:
    """Builds content from the events of the parser, and stops at the first thing that may not be."""

    marks: Marks | None = None
    stack: list[_Open] = field(default_factory=list)
    root: object = None
    documents: int = 0
    values: int = 0

    def read(self, text: str) -> object:
        try:
            for event in yaml.parse(text, Loader=LOADER):
                self.take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise TextUnreadable(f"This is not valid YAML: {error.problem}.", line, column) from None
        except yaml.YAMLError as error:
            raise TextUnreadable(f"This is not valid YAML: {str(error)[:200]}.", *_of_reader(text)) from None
        return self.root

    def take(self, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise TextUnreadable("There are several documents in this file; send one.", line, column)
        elif isinstance(event, yaml.NodeEvent):
            _refuse_linked(event, line, column)
            self.node(event, line, column)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()

    def node(self, event: Any, line: int, column: int) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise TextUnreadable(f"This holds more than {MAX_VALUES:,} values.", line, column)
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.content, dict) and top.key is None:
            self.name(top, event, line, column)
            return
        if isinstance(event, yaml.ScalarEvent):
            self.put(_scalar(event, line, column), line, column)
            return
        if len(self.stack) >= MAX_DEPTH:
            raise TextUnreadable(f"This is nested deeper than {MAX_DEPTH} levels.", line, column)
        made: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(made, self.put(made, line, column)))

    def name(self, top: _Open, event: Any, line: int, column: int) -> None:
        assert isinstance(top.content, dict)
        if not isinstance(event, yaml.ScalarEvent):
            raise TextUnreadable("A name must be plain text.", line, column)
        key = _allowed(event.value, line, column)
        if key in top.content:
            raise TextUnreadable(f"“{key[:80]}” stands twice here.", line, column)
        top.key = key
        if self.marks is not None:
            self.marks[(*top.path, key)] = (line, column)

    def put(self, value: object, line: int, column: int) -> Path:
        """Puts a value where it belongs; gives its path."""
        if not self.stack:
            self.root = value
            if self.marks is not None:
                self.marks[()] = (line, column)
            return ()
        top = self.stack[-1]
        if isinstance(top.content, dict):
            assert top.key is not None
            path, top.content[top.key] = (*top.path, top.key), value
            top.key = None
            return path
        path = (*top.path, len(top.content))
        top.content.append(value)
        if self.marks is not None:
            self.marks[path] = (line, column)
        return path


def _refuse_linked(event: Any, line: int, column: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise TextUnreadable("Anchors and aliases are not allowed.", line, column)
    if event.tag is not None:
        raise TextUnreadable(f"Tags are not allowed (“{event.tag[:60]}”).", line, column)


def _of_reader(text: str) -> tuple[int, int]:
    """Where a sign stands that YAML does not read at all."""
    found = FORBIDDEN.search(text)
    if found is None:
        return 1, 1
    before = text[: found.start()]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def is_ambiguous(text: str) -> bool:
    """Whether this would be read as something else than text if it stood without quotes."""
    return any(one.fullmatch(text) for one in (NULL, TRUE, FALSE, WHOLE, FRACTION, NOT_FINITE))


def _scalar(event: Any, line: int, column: int) -> object:
    text: str = event.value
    if event.style or not event.implicit[0]:
        return _allowed(text, line, column)
    if NULL.fullmatch(text):
        return None
    if TRUE.fullmatch(text) or FALSE.fullmatch(text):
        return bool(TRUE.fullmatch(text))
    if NOT_FINITE.fullmatch(text):
        raise TextUnreadable(f"{text} is not a number that can be kept.", line, column)
    if WHOLE.fullmatch(text):
        if len(text) > 20:
            raise TextUnreadable("A whole number does not fit into 64 bits; put it in quotes.", line, column)
        return _bounded(int(text), line, column)
    if FRACTION.fullmatch(text):
        return _bounded(float(text), line, column)
    return _allowed(text, line, column)


def _bounded(number: float, line: int, column: int) -> float:
    if isinstance(number, int):
        if not -MAX_INTEGER - 1 <= number <= MAX_INTEGER:
            raise TextUnreadable("A whole number does not fit into 64 bits; put it in quotes.", line, column)
    elif not math.isfinite(number):
        raise TextUnreadable("A number is too large.", line, column)
    return number


def _allowed(text: str, line: int, column: int) -> str:
    if found := FORBIDDEN.search(text):
        raise TextUnreadable(
            f"A text contains a sign that can't be kept (U+{ord(found.group()):04X}).", line, column
        )
    return text
