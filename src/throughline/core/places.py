"""Where data lies: a file, a database, an engine. Plain values that say what to read, never how to sign in."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.errors import Reason, Refused
from throughline.core.text import clean_line

LONGEST_PATH = 1_000


class PlaceKind(StrEnum):
    """The engine that reads the data. `files` is CSV, Parquet or JSON, read by DuckDB on this machine."""

    FILES = "files"
    DUCKDB = "duckdb"
    POSTGRES = "postgres"
    SPARK = "spark"
    TRINO = "trino"
    SNOWFLAKE = "snowflake"
    BIGQUERY = "bigquery"
    DATABRICKS = "databricks"


class FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"


SUFFIXES: Mapping[str, FileFormat] = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
    ".pq": FileFormat.PARQUET,
    ".json": FileFormat.JSON,
    ".jsonl": FileFormat.JSON,
    ".ndjson": FileFormat.JSON,
}
# What each kind must say besides itself; the rest may stay empty.
NEEDED: Mapping[PlaceKind, tuple[str, ...]] = {
    PlaceKind.FILES: ("path",),
    PlaceKind.DUCKDB: ("path",),
    PlaceKind.POSTGRES: ("host", "database"),
    PlaceKind.SPARK: ("path",),
    PlaceKind.TRINO: ("host", "catalog", "schema"),
    PlaceKind.SNOWFLAKE: ("account", "database", "schema"),
    PlaceKind.BIGQUERY: ("project", "dataset"),
    PlaceKind.DATABRICKS: ("host", "catalog", "schema"),
}
FIELDS = (
    "path",
    "format",
    "host",
    "port",
    "account",
    "catalog",
    "project",
    "database",
    "dataset",
    "schema",
    "table",
    "user",
    "warehouse",
)


@dataclass(frozen=True)
class Place:
    """`path` is relative to a folder that the installation allows, or absolute within one; it may hold `*`, and
    `{model}` stands for the name of the table. A password is never part of a place."""

    kind: PlaceKind
    path: str = ""
    format: FileFormat | None = None
    host: str = ""
    port: int | None = None
    account: str = ""
    catalog: str = ""
    project: str = ""
    database: str = ""
    dataset: str = ""
    schema: str = ""
    table: str = ""
    user: str = ""
    warehouse: str = ""

    def to_plain(self) -> dict[str, object]:
        """Only what is said, so that it reads back as the same place."""
        said = {name: getattr(self, name) for name in FIELDS}
        return {"kind": str(self.kind), **{name: value for name, value in said.items() if value}}

    def __str__(self) -> str:
        """One line for people."""
        if self.path:
            return self.path
        address = f"{self.host}:{self.port}" if self.port else self.host
        parts = (
            self.account,
            self.catalog,
            self.project,
            self.database,
            self.dataset,
            self.schema,
            self.table,
        )
        inner = ".".join(part for part in parts if part)
        return f"{self.kind} {address}/{inner}" if address else f"{self.kind} {inner}"


def read_place(given: Mapping[str, object], *, field: str = "location") -> Place | None:
    """None where nothing is said. Raises `Refused` (invalid) with every fault, each under `<field>.<name>`."""
    if not any(given.values()):
        return None
    problems = [
        Reason(f"“{str(name)[:60]}” is not part of a place.", f"{field}.{str(name)[:60]}")
        for name in given
        if name not in (*FIELDS, "kind")
    ]
    try:
        kind = PlaceKind(str(given.get("kind") or PlaceKind.FILES))
    except ValueError:
        choices = ", ".join(PlaceKind)
        raise Refused.field(
            f"{field}.kind", "There is no such kind of place.", f"Choose from {choices}."
        ) from None
    said = {name: _text(given.get(name), f"{field}.{name}", problems) for name in FIELDS}
    problems += [
        Reason(f"A place of the kind {kind} needs its {name}.", f"{field}.{name}", "Fill it in.")
        for name in NEEDED[kind]
        if not said[name]
    ]
    port, form = (
        _port(said.pop("port"), field, problems),
        _format(said.pop("format"), said["path"], field, problems),
    )
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    return Place(kind, port=port, format=form, **said)


def _text(value: object, field: str, problems: list[Reason]) -> str:
    if value is None:
        return ""
    try:
        return clean_line(str(value), field=field, max_length=LONGEST_PATH, required=False)
    except Refused as refusal:
        problems.extend(refusal.reasons)
        return ""


def _port(text: str, field: str, problems: list[Reason]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65_535):
        problems.append(Reason("A port is a number from 1 to 65535.", f"{field}.port"))
        return None
    return int(text)


def _format(text: str, path: str, field: str, problems: list[Reason]) -> FileFormat | None:
    """As it is said, else as the ending of the path tells; None where neither does."""
    if not text:
        return next((form for suffix, form in SUFFIXES.items() if path.lower().endswith(suffix)), None)
    aliases = {"tsv": "csv", "jsonl": "json", "ndjson": "json"}
    try:
        return FileFormat(aliases.get(text.lower(), text.lower()))
    except ValueError:
        problems.append(
            Reason(
                f"“{text[:40]}” is not a format that is read.",
                f"{field}.format",
                "Choose csv, parquet or json.",
            )
        )
        return None
