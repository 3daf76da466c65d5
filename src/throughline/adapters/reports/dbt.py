"""The `run_results.json` that dbt writes, schema versions 4 to 6."""

import re

from throughline.adapters.base import (
    LONG_TEXT,
    Observation,
    ReportUnreadable,
    finite,
    from_iso,
    plain,
)
from throughline.adapters.documents import as_object, as_objects
from throughline.adapters.rules import Report, Rule, distinct, told
from throughline.core.evidence import Outcome
from throughline.core.text import Json

FORMAT = "dbt run results"
VERSIONS = frozenset({4, 5, 6})

_SCHEMA = re.compile(r"/run-results/v([0-9]{1,4})(\.json)?\Z")
_OUTCOMES = {
    "success": Outcome.PASSED,
    "pass": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "error": Outcome.FAILED,
    "runtime error": Outcome.FAILED,
    "partial success": Outcome.FAILED,
}


def recognises(document: dict[str, Json]) -> bool:
    schema = as_object(document.get("metadata")).get("dbt_schema_version")
    return isinstance(schema, str) and "/run-results/" in schema


def read(document: dict[str, Json], digest: str, label: str) -> tuple[Observation, ...]:
    told_about = as_object(document.get("metadata"))
    version = _version(plain(told_about.get("dbt_schema_version")))
    results = as_objects(document.get("results"))
    names = distinct(plain(one.get("unique_id")) or "unnamed" for one in results)
    return told(
        Report(
            source="dbt",
            area="contract",
            name=label or _project(names),
            subject=f"dbt project {_project(names)}",
            run_ref=plain(told_about.get("invocation_id")) or digest,
            digest=digest,
            observed_at=from_iso(told_about.get("generated_at")),
            rules=tuple(_rule(name, one) for name, one in zip(names, results, strict=True)),
            detail={
                "schema_version": version,
                "tool_version": plain(told_about.get("dbt_version")),
                "command": plain(as_object(document.get("args")).get("which")),
                "seconds": finite(document.get("elapsed_time")),
            },
        )
    )


def _version(schema: str) -> int:
    match = _SCHEMA.search(schema)
    number = int(match.group(1)) if match else 0
    if number not in VERSIONS:
        raise ReportUnreadable(
            f"These are dbt run results of schema version {number or 'unknown'}; 4, 5 and 6 are read.",
            "Run dbt 1.4 or newer.",
        )
    return number


def _project(names: tuple[str, ...]) -> str:
    """Its name is the second word of every node's id."""
    projects = {name.split(".")[1] for name in names if name.count(".") >= 2}
    return min(projects, default="dbt")


def _rule(name: str, result: dict[str, Json]) -> Rule:
    said = plain(result.get("status")).lower()
    message = plain(result.get("message"), LONG_TEXT)
    failures = finite(result.get("failures"))
    return Rule(
        name=name,
        status=_OUTCOMES.get(said, Outcome.UNKNOWN),
        summary=f"dbt says {said or 'nothing'}{f': {message}' if message else ''}",
        value=failures,
        unit="failures" if failures is not None else "",
        detail={"dbt_status": said, "seconds": finite(result.get("execution_time"))},
    )
