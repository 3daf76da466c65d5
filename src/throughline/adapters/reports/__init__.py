"""Report files that a person or a pipeline brings; `FORMATS` names each, and the content says which it is."""

import hashlib

from throughline.adapters.base import Observation, ReportUnreadable
from throughline.adapters.documents import NotJson, read_json
from throughline.adapters.reports import datacontract, dbt, junit
from throughline.core.text import Json

__all__ = ["FORMATS", "MAX_BYTES", "read_report"]

MAX_BYTES = 16 * 1024 * 1024
FORMATS: tuple[str, ...] = (datacontract.FORMAT, dbt.FORMAT, junit.FORMAT)


def read_report(body: bytes, label: str = "") -> tuple[Observation, ...]:
    """Every fact in the file; ReportUnreadable where it is none of `FORMATS`.

    `label` names what the report is about ("unit", "orders") and takes the place of the name that the
    file gives itself, so that a policy can ask for `tests.unit` whatever the runner calls it.
    """
    if len(body) > MAX_BYTES:
        raise ReportUnreadable(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB.", "Bring it in parts."
        )
    if not body.strip():
        raise ReportUnreadable("The file is empty.", "Bring the file that the tool wrote.")
    digest = hashlib.sha256(body).hexdigest()
    if junit.recognises(body):
        return junit.read(body, digest, label)
    return _read_json_report(body, digest, label)


def _read_json_report(body: bytes, digest: str, label: str) -> tuple[Observation, ...]:
    known = f"Bring one of these: {', '.join(FORMATS)}."
    try:
        document: Json = read_json(body)
    except NotJson as error:
        raise ReportUnreadable(f"The file is not a report that is known here: {error}.", known) from error
    if isinstance(document, dict) and datacontract.recognises(document):
        return datacontract.read(document, digest, label)
    if isinstance(document, dict) and dbt.recognises(document):
        return dbt.read(document, digest, label)
    raise ReportUnreadable("The file is JSON, but not a report that is known here.", known)
