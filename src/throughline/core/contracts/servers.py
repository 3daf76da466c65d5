"""From the servers that a document names, and from what people say instead, to the place where the data is read."""

from collections.abc import Callable, Mapping

from throughline.core.contracts.documents import Contract, Server
from throughline.core.errors import Refused
from throughline.core.places import FileFormat, Place, PlaceKind, read_place

NO_PLACE_REMEDY = "Say on the contract's page where the data lies."
_FORMATS = {
    "csv": "csv",
    "tsv": "csv",
    "parquet": "parquet",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
}


def place_of(
    contract: Contract,
    *,
    server: str = "",
    location: Mapping[str, object] | None = None,
    source: Mapping[str, object] | None = None,
) -> Place:
    """What was said for this contract, else for its data source, else the server of that name, else the first one.

    Raises `Refused`, saying why no place can be told.
    """
    for said in (location, source):
        if said and (place := read_place(said)) is not None:
            return place
    return place_of_server(chosen(contract, server))


def chosen(contract: Contract, name: str) -> Server:
    if name:
        found = contract.server(name)
        if found is None:
            raise Refused.of(f"The contract names no server “{name}”.", remedy=NO_PLACE_REMEDY)
        return found
    if not contract.servers:
        raise Refused.of(
            "The contract names no server, so nobody knows where its data lies.", remedy=NO_PLACE_REMEDY
        )
    return contract.servers[0]


def place_of_server(server: Server) -> Place:
    """Raises `Refused` for a kind of server from which no data can be read, or one that lacks what is needed."""
    kind = server.type.lower().replace("-", "").replace("_", "")
    translate = _KINDS.get(kind)
    if translate is None:
        raise Refused.of(
            f"Data cannot be read from a server of the type “{server.type or 'unnamed'}”.",
            remedy=NO_PLACE_REMEDY,
        )
    try:
        place = read_place(translate(server), field=f"server {server.name}")
    except Refused as refusal:
        reasons = " ".join(reason.text for reason in refusal.reasons)
        raise Refused.of(f"Server “{server.name}”: {reasons}", remedy=NO_PLACE_REMEDY) from None
    if place is None:
        raise Refused.of(f"Server “{server.name}” does not say where its data lies.", remedy=NO_PLACE_REMEDY)
    return place


def _files(server: Server) -> dict[str, object]:
    path = server.get("path") or server.get("location").removeprefix("file://")
    form = _FORMATS.get(server.get("format").lower(), "")
    return {"kind": PlaceKind.FILES, "path": path, "format": form}


def _duckdb(server: Server) -> dict[str, object]:
    return {
        "kind": PlaceKind.DUCKDB,
        "path": server.get("database") or server.get("path"),
        "schema": server.get("schema"),
    }


def _remote(server: Server) -> dict[str, object]:
    """A path in a store that Spark reaches and this machine does not."""
    form = _FORMATS.get(server.get("format").lower(), FileFormat.PARQUET)
    return {"kind": PlaceKind.SPARK, "path": server.get("location") or server.get("path"), "format": form}


def _named(kind: PlaceKind, *names: str) -> Callable[[Server], dict[str, object]]:
    def translate(server: Server) -> dict[str, object]:
        return {"kind": kind, **{name: server.get(name) for name in names}}

    return translate


_postgres = _named(PlaceKind.POSTGRES, "host", "port", "database", "schema")
_KINDS: Mapping[str, Callable[[Server], dict[str, object]]] = {
    "local": _files,
    "file": _files,
    "duckdb": _duckdb,
    "postgres": _postgres,
    "postgresql": _postgres,
    "s3": _remote,
    "azure": _remote,
    "gcs": _remote,
    "trino": _named(PlaceKind.TRINO, "host", "port", "catalog", "schema"),
    "presto": _named(PlaceKind.TRINO, "host", "port", "catalog", "schema"),
    "snowflake": _named(PlaceKind.SNOWFLAKE, "account", "database", "schema", "warehouse"),
    "bigquery": _named(PlaceKind.BIGQUERY, "project", "dataset"),
    "databricks": _named(PlaceKind.DATABRICKS, "host", "catalog", "schema"),
}
