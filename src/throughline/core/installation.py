"""The portable form of a whole installation: a canonical line for each row, and a manifest that vouches for them."""

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from throughline.core.errors import Refused
from throughline.core.fingerprints import canonical

FORMAT = "throughline-installation"
FORMAT_VERSION = 1
# From here on a database may write a whole fraction as a whole number.
FIRST_EXPONENT = 1e16


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `content_hash` is SHA-256 over all lines; `schema` names the tables' last migration."""

    made_at: str
    made_by: str
    schema: str
    content_hash: str
    counts: Mapping[str, int]
    has_secret_key: bool = False

    def as_text(self) -> str:
        content = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "made_at": self.made_at,
            "made_by": self.made_by,
            "schema": self.schema,
            "content_hash": self.content_hash,
            "counts": dict(self.counts),
            "has_secret_key": self.has_secret_key,
        }
        return json.dumps(content, indent=2) + "\n"


def read_manifest(text: str) -> Manifest:
    """Raises `Refused` (invalid) when this is not a manifest of ours, or one of a later format."""
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ValueError(content["format"])
        version = content["format_version"]
        found = Manifest(
            made_at=str(content["made_at"]),
            made_by=str(content["made_by"]),
            schema=str(content["schema"]),
            content_hash=str(content["content_hash"]),
            counts={str(table): int(count) for table, count in content["counts"].items()},
            has_secret_key=bool(content["has_secret_key"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused.of("This file is not an archive that Throughline made.", kind="invalid") from error
    if version != FORMAT_VERSION:
        raise Refused.of(f"This archive has format {version}; this version reads {FORMAT_VERSION}.")
    return found


class Tally:
    """Hashes and counts lines as they pass."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.counts: dict[str, int] = {}

    def add(self, table: str, line: str) -> None:
        self._digest.update(line.encode())
        self._digest.update(b"\n")
        self.counts[table] = self.counts.get(table, 0) + 1

    @property
    def content_hash(self) -> str:
        return self._digest.hexdigest()


def line(table: str, row: Mapping[str, object]) -> str:
    """The same text for the same row, whichever database it was read from."""
    return canonical({"table": table, "row": {key: same_everywhere(value) for key, value in row.items()}})


def read_line(text: str) -> tuple[str, dict[str, object]]:
    try:
        content = json.loads(text)
        table, row = content["table"], content["row"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused.of(f"This is not a row: {text[:80]!r}.", kind="invalid") from error
    if not isinstance(table, str) or not isinstance(row, dict):
        raise Refused.of(f"This is not a row: {text[:80]!r}.", kind="invalid")
    return table, row


def same_everywhere(value: object) -> object:
    """Plain JSON content that does not depend on how a database writes numbers and instants."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): same_everywhere(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [same_everywhere(item) for item in value]
    return value


def _number(value: float) -> float | int:
    """PostgreSQL gives a JSON number back by its digits: 1e+22 as a whole number, -0.0 without its sign."""
    if value == 0:
        return 0.0
    return int(Decimal(repr(value))) if abs(value) >= FIRST_EXPONENT else value
