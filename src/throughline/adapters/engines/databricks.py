"""Runs a contract on a Databricks SQL warehouse, by its own driver."""

import contextlib
from collections.abc import Iterator, Mapping

from throughline.adapters.engines.base import Limits, address_of
from throughline.adapters.engines.warehouse import WarehouseEngine, asking, connected, driver, needed
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place


@contextlib.contextmanager
def open_databricks(
    place: Place, _: Contract, limits: Limits, secrets: Mapping[str, str]
) -> Iterator[WarehouseEngine]:
    """Raises `EngineDown`. `secrets["token"]` signs in; the place's warehouse is its HTTP path or its id."""
    sql = driver("databricks.sql", "databricks-sql-connector")
    token = needed(secrets, "token", "Databricks")
    address_of(place.host, place.port or 443, limits)
    path = place.warehouse if "/" in place.warehouse else f"/sql/1.0/warehouses/{place.warehouse}"
    connection = connected(
        lambda: sql.connect(
            server_hostname=place.host,
            http_path=path,
            access_token=token,
            catalog=place.catalog,
            schema=place.schema,
            session_configuration={"STATEMENT_TIMEOUT": str(limits.seconds), "TIMEZONE": "UTC"},
        ),
        "Databricks",
    )
    with contextlib.closing(connection):
        yield WarehouseEngine(
            "databricks",
            asking(connection),
            before=(place.catalog, place.schema),
            table=place.table,
            columns_from=f"`{place.catalog.replace('`', '')}`.information_schema.columns",
            seconds=limits.seconds,
        )
