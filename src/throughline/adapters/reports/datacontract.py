"""The JSON that datacontract-cli writes when it tests a data contract."""

from throughline.adapters.base import LONG_TEXT, Observation, finite, from_iso, plain
from throughline.adapters.documents import as_object, as_objects
from throughline.adapters.rules import Report, Rule, distinct, told
from throughline.core.evidence import Outcome
from throughline.core.text import Json

FORMAT = "datacontract-cli result"

_OUTCOMES = {"passed": Outcome.PASSED, "failed": Outcome.FAILED, "error": Outcome.FAILED}
_FIGURES = (("value", ""), ("age_seconds", "seconds"))


def recognises(document: dict[str, Json]) -> bool:
    return "dataContractId" in document and isinstance(document.get("checks"), list)


def read(document: dict[str, Json], digest: str, label: str) -> tuple[Observation, ...]:
    contract = plain(document.get("dataContractId")) or "unnamed"
    checks = as_objects(document.get("checks"))
    names = distinct(plain(one.get("key")) or plain(one.get("type")) or "rule" for one in checks)
    said = plain(document.get("result"))
    return told(
        Report(
            source="datacontract-cli",
            area="contract",
            name=label or contract,
            subject=f"{contract} {plain(document.get('dataContractVersion'))}".strip(),
            run_ref=plain(document.get("runId")) or digest,
            digest=digest,
            observed_at=from_iso(document.get("timestampEnd")) or from_iso(document.get("timestampStart")),
            rules=tuple(_rule(name, one) for name, one in zip(names, checks, strict=True)),
            detail={
                "contract": contract,
                "contract_version": plain(document.get("dataContractVersion")),
                "server": plain(document.get("server")),
                "tool_version": plain(document.get("datacontractCliVersion")),
                "tool_said": said,
                "started_at": plain(document.get("timestampStart")),
            },
            proves_nothing=_doubt(document, said),
        )
    )


def _doubt(document: dict[str, Json], said: str) -> str:
    if document.get("dryRun"):
        return "It was a dry run, which looked at no data."
    if document.get("filters"):
        return "Only a part of the data was looked at."
    return "" if said == "passed" else f"The tool itself did not say passed, but {said or 'nothing'}."


def _rule(name: str, check: dict[str, Json]) -> Rule:
    """Rows that failed are left out: they may hold what nobody here should see."""
    found = as_object(check.get("diagnostics"))
    status = _OUTCOMES.get(plain(check.get("result")), Outcome.UNKNOWN)
    value, unit = _figure(found)
    reason = plain(check.get("reason"), LONG_TEXT)
    return Rule(
        name=name,
        status=status,
        summary=f"{plain(check.get('name'))}: {reason or plain(check.get('result')) or 'no result'}",
        value=value,
        unit=unit,
        detail={
            "category": plain(check.get("category")),
            "type": plain(check.get("type")),
            "dimension": plain(check.get("dimension")),
            "table": plain(check.get("model")),
            "field": plain(check.get("field")),
            "threshold": plain(found.get("threshold")),
            "rows": finite(found.get("row_count")),
            "failed_fraction": finite(found.get("failed_fraction")),
        },
    )


def _figure(found: dict[str, Json]) -> tuple[float | None, str]:
    if found.get("unit") == "percent" and (percent := finite(found.get("percent"))) is not None:
        return percent, "percent"
    for name, unit in _FIGURES:
        if (value := finite(found.get(name))) is not None:
            return value, unit or plain(found.get("metric"))
    return None, ""
