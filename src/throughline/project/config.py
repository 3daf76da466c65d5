"""Declares every setting of an installation once: name, meaning, default, and how text becomes a value."""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from throughline.project import parsing
from throughline.project.parsing import Database, LogFormat, MailServer

PREFIX = "THROUGHLINE_"
FILE_SUFFIX = "_FILE"
# Read by the command line client and by the tests, so they are no mistake when the server meets them.
ELSEWHERE = ("SERVER", "TOKEN", "SHOTS")
ELSEWHERE_PREFIX = "TEST_"

T = TypeVar("T")


@dataclass(frozen=True)
class Declaration(Generic[T]):
    parse: Callable[[str], T]
    default: str
    meaning: str
    secret: bool


def declare(parse: Callable[[str], T], default: str, meaning: str, *, secret: bool = False) -> T:
    """One row of the table; typed as its value, so that the class below reads as what it yields."""
    return cast(T, field(metadata={"declaration": Declaration(parse, default, meaning, secret)}))


class ConfigError(Exception):
    """The configuration is wrong; `problems` holds one sentence for each wrong setting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one installation. Every field `name` is read from `THROUGHLINE_NAME`."""

    base_url: str = declare(
        parsing.base_url,
        "http://127.0.0.1:8000",
        "Address under which people reach the installation. Empty: that of THROUGHLINE_BIND.",
    )
    bind: tuple[str, int] = declare(
        parsing.bind, "127.0.0.1:8000", "Network address and port on which the server listens."
    )
    data_dir: Path = declare(
        parsing.path,
        "var",
        "Folder for the SQLite database, attachments, the secret key and collected static files.",
    )
    database_url: Database | None = declare(
        parsing.database,
        "",
        "sqlite:///file or postgres://user:password@host:port/name. Empty: SQLite in the data folder.",
        secret=True,
    )
    secret_key: str = declare(
        parsing.secret_key,
        "",
        "Key that signs sessions and links and encrypts stored connections. "
        "Empty: made once and kept in the data folder.",
        secret=True,
    )
    workers: int = declare(parsing.whole_number(1, 64), "2", "Web worker processes.")
    threads: int = declare(
        parsing.whole_number(1, 64), "4", "Threads in each web worker; each holds one database connection."
    )
    allow_hosts: frozenset[str] = declare(
        parsing.hosts,
        "",
        "Exact host:port pairs in private networks that the server may call, separated by commas. "
        "Public addresses need no entry; private ones are refused without one.",
    )
    trusted_proxies: int = declare(
        parsing.whole_number(0, 9),
        "0",
        "Number of reverse proxies in front whose X-Forwarded-For and X-Forwarded-Proto are believed.",
    )
    time_zone: str = declare(parsing.time_zone, "UTC", "Time zone of people and programs that set none.")
    session_hours: int = declare(
        parsing.whole_number(1, 2160), "168", "Hours after which a person must sign in again."
    )
    oidc_issuer: str | None = declare(
        parsing.optional(parsing.https_url), "", "Address of the OpenID Connect provider. Empty: not offered."
    )
    oidc_client_id: str = declare(parsing.text, "", "Client id registered with the provider.")
    oidc_client_secret: str = declare(
        parsing.text, "", "Client secret registered with the provider.", secret=True
    )
    oidc_name: str = declare(parsing.text, "Single sign-on", "Name of the provider on the sign-in page.")
    oidc_allowed_domains: frozenset[str] = declare(
        parsing.domains,
        "",
        "Mail domains whose verified addresses may sign in without an invitation, separated by commas.",
    )
    email_url: MailServer | None = declare(
        parsing.optional(parsing.mail_server),
        "",
        "smtp://, smtp+starttls:// or smtps://user:password@host:port. Empty: no mail is sent.",
        secret=True,
    )
    email_from: str = declare(parsing.text, "throughline@localhost", "Sender of the mails.")
    max_upload_mb: int = declare(
        parsing.whole_number(1, 1024), "50", "Largest file that may be uploaded, in MB (1,000,000 bytes)."
    )
    data_folders: tuple[Path, ...] = declare(
        parsing.folders,
        "",
        "Folders below which data files may be read to test contracts and assess quality, separated by commas. "
        "Members of every program can have what lies there read. "
        "Empty: none; uploaded files can be tested all the same.",
    )
    engine_memory_mb: int = declare(
        parsing.whole_number(100, 1_000_000), "320", "Memory for reading data on this machine, in MB."
    )
    engine_seconds: int = declare(
        parsing.whole_number(1, 86_400),
        "900",
        "Seconds after which reading the data of one contract is given up.",
    )
    audit_anchor_file: Path | None = declare(
        parsing.optional(parsing.path),
        "",
        "File to which the head of the activity log is copied, so that a cut tail shows.",
    )
    metrics_token: str = declare(
        parsing.text, "", "Bearer token that /metrics asks for. Empty: open to all.", secret=True
    )
    log_format: LogFormat = declare(parsing.log_format, "json", "json (one object per line) or text.")
    log_level: str = declare(parsing.log_level, "info", "debug, info, warning or error.")

    @property
    def database(self) -> Database:
        return self.database_url or Database("sqlite", str(self.data_dir / "throughline.sqlite3"))

    @property
    def uses_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def secret_key_path(self) -> Path:
        return self.data_dir / "secret-key"


@dataclass(frozen=True)
class Found:
    """One setting as it was found: its text, and the place the text came from."""

    name: str
    declaration: Declaration[Any]
    text: str
    origin: str

    @property
    def shown(self) -> str:
        return parsing.masked(self.text) if self.declaration.secret else self.text


def declarations() -> dict[str, Declaration[Any]]:
    """The table: full environment name to declaration, in the order in which it is documented."""
    return {PREFIX + item.name.upper(): item.metadata["declaration"] for item in fields(Config)}


def find(environ: Mapping[str, str]) -> list[Found]:
    """Every setting with its text. Raises `ConfigError` when a file cannot be read or a name is given twice."""
    problems: list[str] = []
    found = [_find_one(name, row, environ, problems) for name, row in declarations().items()]
    if problems:
        raise ConfigError(problems)
    return _with_the_port_that_is_bound(found)


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Raises `ConfigError` with a sentence for each setting that cannot be understood."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for item in find(os.environ if environ is None else environ):
        try:
            values[item.name.removeprefix(PREFIX).lower()] = item.declaration.parse(item.text)
        except ValueError as error:
            problems.append(f"{item.name} is {item.shown!r} (from {item.origin}): it {error}.")
    if problems:
        raise ConfigError(problems)
    config = Config(**values)
    _agree(config)
    return config


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """One sentence for each name that starts like a setting and is none, with the nearest that is."""
    known = set(declarations()) | {PREFIX + name for name in ELSEWHERE}
    known |= {name + FILE_SUFFIX for name, row in declarations().items() if row.secret}
    sentences = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in known or name.startswith(PREFIX + ELSEWHERE_PREFIX):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        hint = f" Did you mean {near[0]}?" if near else ""
        sentences.append(f"{name} is not a setting of Throughline and has no effect.{hint}")
    return sentences


def _with_the_port_that_is_bound(found: list[Found]) -> list[Found]:
    """Whoever only says where the server listens is given links that lead there."""
    bound = next(item for item in found if item.name == f"{PREFIX}BIND")
    try:
        address, port = parsing.bind(bound.text)
    except ValueError:
        return found
    # Where everything is listened on, this machine at least reaches it by loopback.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104  it is compared, not bound
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    given = bound.origin != "default"
    return [
        replace(item, text=url, origin=bound.name)
        if given and item.name == f"{PREFIX}BASE_URL" and item.origin == "default"
        else item
        for item in found
    ]


def _find_one(name: str, row: Declaration[Any], environ: Mapping[str, str], problems: list[str]) -> Found:
    by_file = environ.get(name + FILE_SUFFIX, "") if row.secret else ""
    direct = environ.get(name, "").strip()
    if direct and by_file:
        problems.append(f"{name} and {name}{FILE_SUFFIX} are both set: keep one of them.")
    if by_file:
        return Found(name, row, _read(name + FILE_SUFFIX, by_file, problems), f"file {by_file}")
    if direct:
        return Found(name, row, direct, "environment")
    return Found(name, row, row.default, "default")


def _read(name: str, file: str, problems: list[str]) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        problems.append(f"{name} names {file!r}, which cannot be read: {reason}.")
        return ""


def _agree(config: Config) -> None:
    if config.oidc_issuer and not (config.oidc_client_id and config.oidc_client_secret):
        raise ConfigError(
            ["THROUGHLINE_OIDC_ISSUER is set: THROUGHLINE_OIDC_CLIENT_ID and _CLIENT_SECRET must be set too."]
        )
