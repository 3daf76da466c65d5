"""Runs a contract on Trino, over HTTPS, by its own driver."""

import contextlib
from collections.abc import Iterator, Mapping

from throughline.adapters.engines.base import Limits, address_of
from throughline.adapters.engines.warehouse import WarehouseEngine, asking, connected, driver
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place

PORT = 443


@contextlib.contextmanager
def open_trino(
    place: Place, _: Contract, limits: Limits, secrets: Mapping[str, str]
) -> Iterator[WarehouseEngine]:
    """Raises `EngineDown`. With a password, `secrets["password"]`, the user signs in by it."""
    dbapi = driver("trino.dbapi", "trino")
    port = place.port or PORT
    address_of(place.host, port, limits)
    password = secrets.get("password")
    auth = driver("trino.auth", "trino").BasicAuthentication(place.user, password) if password else None
    connection = connected(
        lambda: dbapi.connect(
            host=place.host,
            port=port,
            user=place.user or "throughline",
            catalog=place.catalog,
            schema=place.schema,
            http_scheme="https" if password or port == PORT else "http",
            auth=auth,
            request_timeout=min(limits.seconds, 60),
            session_properties={"query_max_run_time": f"{limits.seconds}s"},
            timezone="UTC",
        ),
        "Trino",
    )
    with contextlib.closing(connection):
        yield WarehouseEngine(
            "trino",
            asking(connection),
            before=(place.catalog, place.schema),
            table=place.table,
            columns_from=f'"{place.catalog.replace(chr(34), "")}".information_schema.columns',
            seconds=limits.seconds,
        )
