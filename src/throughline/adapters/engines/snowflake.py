"""Runs a contract on Snowflake, by its own driver."""

import contextlib
from collections.abc import Iterator, Mapping

from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.warehouse import WarehouseEngine, asking, connected, driver, needed
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place


@contextlib.contextmanager
def open_snowflake(
    place: Place, _: Contract, limits: Limits, secrets: Mapping[str, str]
) -> Iterator[WarehouseEngine]:
    """Raises `EngineDown`. The user signs in by `secrets["password"]`."""
    connector = driver("snowflake.connector", "snowflake-connector-python")
    password = needed(secrets, "password", "Snowflake")
    connection = connected(
        lambda: connector.connect(
            account=place.account,
            user=place.user,
            password=password,
            database=place.database,
            schema=place.schema,
            warehouse=place.warehouse or None,
            login_timeout=15,
            session_parameters={
                "STATEMENT_TIMEOUT_IN_SECONDS": limits.seconds,
                "TIMEZONE": "UTC",
                "QUERY_TAG": "throughline",
            },
        ),
        "Snowflake",
    )
    with contextlib.closing(connection):
        yield WarehouseEngine(
            "snowflake",
            asking(connection),
            before=(place.database, place.schema),
            table=place.table,
            columns_from=f'"{place.database.replace(chr(34), "")}".information_schema.columns',
            seconds=limits.seconds,
        )
