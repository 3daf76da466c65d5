"""Turns the text of one setting into its value, or says in one sentence what the text should have been."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import available_timezones

T = TypeVar("T")

POSTGRES_SCHEMES = ("postgres", "postgresql")
MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True)
class Database:
    """`name` is a file path on SQLite and the database's name on PostgreSQL; `options` are libpq's."""

    engine: str
    name: str
    host: str = ""
    port: str = ""
    user: str = ""
    password: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_sqlite(self) -> bool:
        return self.engine == "sqlite"


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    uses_tls: bool
    uses_starttls: bool


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda raw: parse(raw) if raw else None


def text(raw: str) -> str:
    if any(ord(letter) < 32 for letter in raw):
        raise ValueError("must be one line of plain text")
    return raw


def path(raw: str) -> Path:
    return Path(text(raw)).expanduser().absolute()


def folders(raw: str) -> tuple[Path, ...]:
    """Folders separated by commas, as absolute paths without links."""
    return tuple(Path(entry.strip()).expanduser().resolve() for entry in raw.split(",") if entry.strip())


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not lowest <= int(raw) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(raw)

    return parse


def log_format(raw: str) -> LogFormat:
    if raw not in list(LogFormat):
        raise ValueError("must be json or text")
    return LogFormat(raw)


def log_level(raw: str) -> str:
    if raw.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be debug, info, warning or error")
    return raw.upper()


def time_zone(raw: str) -> str:
    if raw not in available_timezones():
        raise ValueError("must be a time zone such as UTC or Europe/Berlin")
    return raw


def base_url(raw: str) -> str:
    """The address under which people reach the installation, without a path."""
    parts = urlsplit(raw)
    has_extras = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not parts.hostname or has_extras or not port_of(raw):
        raise ValueError("must be an address such as https://throughline.example.org, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def https_url(raw: str) -> str:
    """Plain http is let through for a provider on this very machine, as in tests."""
    parts = urlsplit(raw)
    is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        raise ValueError("must be an https:// address")
    return raw.rstrip("/")


def port_of(raw: str) -> bool:
    try:
        return urlsplit(raw).port != 0
    except ValueError:
        return False


def bind(raw: str) -> tuple[str, int]:
    found = HOST_AND_PORT.fullmatch(raw)
    if found is None or not 0 < int(found[2]) < 65536:
        raise ValueError("must be an address and a port such as 127.0.0.1:8000")
    return found[1].strip("[]"), int(found[2])


def hosts(raw: str) -> frozenset[str]:
    """Exact `host:port` pairs, separated by commas or blanks."""
    entries = [entry.lower() for entry in re.split(r"[,\s]+", raw) if entry]
    for entry in entries:
        found = HOST_AND_PORT.fullmatch(entry)
        if found is None or not 0 < int(found[2]) < 65536:
            raise ValueError(f"holds {entry!r}, which is not host:port, such as mlflow.internal:5000")
    return frozenset(entries)


def domains(raw: str) -> frozenset[str]:
    entries = [entry.lower().lstrip("@") for entry in re.split(r"[,\s]+", raw) if entry]
    for entry in entries:
        if not DOMAIN.fullmatch(entry):
            raise ValueError(f"holds {entry!r}, which is not a mail domain such as example.org")
    return frozenset(entries)


def secret_key(raw: str) -> str:
    if raw and len(raw) < 32:
        raise ValueError("must have at least 32 characters")
    return raw


def database(raw: str) -> Database | None:
    """Nothing means a SQLite file in the data folder."""
    if not raw:
        return None
    parts = urlsplit(raw)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        # sqlite:///relative.sqlite3 and sqlite:////absolute.sqlite3, as everywhere else.
        return Database("sqlite", str(Path(unquote(parts.path[1:])).absolute()))
    if parts.scheme in POSTGRES_SCHEMES and len(parts.path) > 1 and port_of(raw):
        return postgres(raw)
    raise ValueError("must be sqlite:///path/to/file.sqlite3 or postgres://user:password@host:5432/name")


def postgres(raw: str) -> Database:
    parts = urlsplit(raw)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return Database(
        engine="postgresql",
        name=unquote(parts.path[1:]),
        host=unquote(parts.hostname or "") or options.pop("host", ""),
        port=str(parts.port or options.pop("port", "")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=tuple(sorted(options.items())),
    )


def mail_server(raw: str) -> MailServer:
    parts = urlsplit(raw)
    if parts.scheme not in MAIL_PORTS or not parts.hostname or not port_of(raw):
        raise ValueError("must be smtp://, smtp+starttls:// or smtps://, then user:password@host:port")
    return MailServer(
        host=parts.hostname,
        port=parts.port or MAIL_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        uses_tls=parts.scheme == "smtps",
        uses_starttls=parts.scheme == "smtp+starttls",
    )


def masked(raw: str) -> str:
    """An address keeps everything but its password; any other secret shows only that it is there."""
    parts = urlsplit(raw)
    if not raw:
        return ""
    if "://" not in raw:
        return "********"
    if parts.password is None:
        return raw
    return raw.replace(f":{parts.password}@", ":********@", 1)
