"""The one list of engines: which function opens which kind of place."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.bigquery import open_bigquery
from throughline.adapters.engines.databricks import open_databricks
from throughline.adapters.engines.duck import open_duck
from throughline.adapters.engines.executing import Engine
from throughline.adapters.engines.postgres import open_postgres
from throughline.adapters.engines.snowflake import open_snowflake
from throughline.adapters.engines.spark import open_spark
from throughline.adapters.engines.trino import open_trino
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place, PlaceKind

Open = Callable[[Place, Contract, Limits, Mapping[str, str]], AbstractContextManager[Engine]]

ENGINES: Mapping[PlaceKind, Open] = {
    PlaceKind.FILES: open_duck,
    PlaceKind.DUCKDB: open_duck,
    PlaceKind.POSTGRES: open_postgres,
    PlaceKind.SPARK: open_spark,
    PlaceKind.TRINO: open_trino,
    PlaceKind.SNOWFLAKE: open_snowflake,
    PlaceKind.BIGQUERY: open_bigquery,
    PlaceKind.DATABRICKS: open_databricks,
}
