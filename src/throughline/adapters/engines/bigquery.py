"""Runs a contract on BigQuery, by its own driver; the bytes that one statement may bill are bounded."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence

from throughline.adapters.engines.base import EngineDown, Limits
from throughline.adapters.engines.warehouse import WarehouseEngine, connected, driver, needed
from throughline.core.contracts.documents import Contract
from throughline.core.places import Place

MOST_BYTES = 10 * 10**12  # of one statement; beyond it BigQuery refuses instead of billing


@contextlib.contextmanager
def open_bigquery(
    place: Place, _: Contract, limits: Limits, secrets: Mapping[str, str]
) -> Iterator[WarehouseEngine]:
    """Raises `EngineDown`. `secrets["service_account"]` is the key file of a service account, as JSON."""
    bigquery = driver("google.cloud.bigquery", "google-cloud-bigquery")
    key = needed(secrets, "service_account", "BigQuery")
    try:
        account = json.loads(key)
    except ValueError:
        raise EngineDown("The key of the service account is not JSON.", "Paste the whole key file.") from None
    client = connected(
        lambda: bigquery.Client.from_service_account_info(account, project=place.project), "BigQuery"
    )

    def ask(statement: str) -> Sequence[Sequence[object]]:
        config = bigquery.QueryJobConfig(maximum_bytes_billed=MOST_BYTES, use_legacy_sql=False)
        job = client.query(statement, job_config=config)
        return [tuple(row.values()) for row in job.result(timeout=limits.seconds)]

    names = tuple(part.replace("`", "") for part in (place.project, place.dataset))
    with contextlib.closing(client):
        yield WarehouseEngine(
            "bigquery",
            ask,
            before=(place.project, place.dataset),
            table=place.table,
            columns_from=f"`{names[0]}`.`{names[1]}`.INFORMATION_SCHEMA.COLUMNS",
            seconds=limits.seconds,
        )
