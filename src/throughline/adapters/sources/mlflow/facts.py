"""Turning a version and its run, as MLflow tells them, into observations."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from throughline.adapters.base import (
    LONG_TEXT,
    Observation,
    RemoteModel,
    finite,
    from_milliseconds,
    plain,
)
from throughline.adapters.documents import as_object, as_objects, as_text
from throughline.adapters.sources.mlflow.uncertainty import slice_beside, uncertainty_beside
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.text import Json

SOURCE = "mlflow"
MAX_METRICS = 1_000
MAX_NAMED = 100

_VERSION_STATES = {"READY": Outcome.PASSED, "FAILED_REGISTRATION": Outcome.FAILED}
_RUN_STATES = {"FINISHED": Outcome.PASSED, "FAILED": Outcome.FAILED, "KILLED": Outcome.FAILED}
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}\Z")


@dataclass(frozen=True, slots=True)
class _About:
    """What every observation of one version has in common."""

    subject: str
    run_id: str
    version_ref: str
    fingerprint: str
    link: str
    detail: dict[str, Json]


def remote_model(entry: dict[str, Json]) -> RemoteModel:
    return RemoteModel(
        name=as_text(entry.get("name")),
        description=plain(entry.get("description"), LONG_TEXT),
        latest_version=newest_version(entry),
        aliases=tuple(plain(one.get("alias")) for one in as_objects(entry.get("aliases"))),
        tags={key: str(value) for key, value in _pairs(entry.get("tags")).items()},
    )


def newest_version(entry: dict[str, Json]) -> str:
    """The highest version that a registered model names; empty where it names none."""
    return highest_version(as_objects(entry.get("latest_versions")))


def highest_version(versions: Iterable[dict[str, Json]]) -> str:
    numbers = (as_text(one.get("version")) for one in versions)
    return max(numbers, key=lambda number: finite(number) or 0, default="")


def aliased_version(entry: dict[str, Json], alias: str) -> str:
    """The version that `alias` points at; empty where the registered model has no such alias."""
    found = (one for one in as_objects(entry.get("aliases")) if one.get("alias") == alias)
    return next((as_text(one.get("version")) for one in found), "")


def observations_of(
    version: dict[str, Json], run: dict[str, Json] | None, base_url: str
) -> tuple[Observation, ...]:
    """Everything that can be said about one version; `run` is None where it has none any more."""
    about = _about(version, run or {}, base_url)
    found = [_registered(about, version), _run_finished(about, run), _trained_on(about, run or {})]
    found.extend(_tags(about, version))
    if run is not None:
        found.extend(_metrics(about, run, version))
        found.extend(_commit(about, run))
    return tuple(found)


def _about(version: dict[str, Json], run: dict[str, Json], base_url: str) -> _About:
    name, number = plain(version.get("name")), plain(version.get("version"))
    run_id = plain(version.get("run_id"))
    digests = sorted(filter(None, (as_text(one["digest"]) for one in _datasets(run))))
    return _About(
        subject=f"{name} version {number}",
        run_id=run_id,
        version_ref=f"version:{name}/{number}",
        fingerprint=" ".join(digests)[:200],
        link=f"{base_url}/#/models/{quote(name, safe='')}/versions/{quote(number, safe='')}",
        detail={"model": name, "version": number, "run_id": run_id},
    )


def _registered(about: _About, version: dict[str, Json]) -> Observation:
    state = as_text(version.get("status"))
    aliases = version.get("aliases")
    return Observation(
        kind=EvidenceKind.TESTED,
        key="registry.version",
        subject=about.subject,
        source=SOURCE,
        source_ref=about.version_ref,
        value=finite(version.get("version")),
        outcome=_VERSION_STATES.get(state, Outcome.UNKNOWN),
        observed_at=from_milliseconds(version.get("last_updated_timestamp")),
        summary=f"MLflow says that the version is {plain(state) or 'in no known state'}.",
        link=about.link,
        detail={
            **about.detail,
            "description": plain(version.get("description"), LONG_TEXT),
            "aliases": [plain(one) for one in aliases[:MAX_NAMED]] if isinstance(aliases, list) else [],
            "tags": _pairs(version.get("tags")),
            "registered_at": _iso(from_milliseconds(version.get("creation_timestamp"))),
        },
    )


def _tags(about: _About, version: dict[str, Json]) -> Iterator[Observation]:
    """Tags are words that somebody set; they pass and fail nothing by themselves."""
    for key, value in _pairs(version.get("tags")).items():
        yield Observation(
            kind=EvidenceKind.MEASURED,
            key=f"tag.{key}",
            subject=about.subject,
            source=SOURCE,
            source_ref=f"{about.version_ref}/tag:{key}",
            value=finite(value),
            observed_at=from_milliseconds(version.get("last_updated_timestamp")),
            summary=f"The tag {key} says {value}.",
            link=about.link,
            detail={**about.detail, "text": value},
        )


def _run_finished(about: _About, run: dict[str, Json] | None) -> Observation:
    told = as_object((run or {}).get("info"))
    state = as_text(told.get("status"))
    no_run = "The version names no run that can be read."
    words = f"The training run ended as {plain(state)}." if state else no_run
    ended = from_milliseconds(told.get("end_time"))
    return Observation(
        kind=EvidenceKind.TESTED,
        key="run.finished",
        subject=about.subject,
        source=SOURCE,
        source_ref=f"run:{about.run_id or about.version_ref}",
        outcome=_RUN_STATES.get(state, Outcome.UNKNOWN),
        observed_at=ended or from_milliseconds(told.get("start_time")),
        summary=words,
        link=about.link,
        detail={
            **about.detail,
            "run_name": plain(told.get("run_name")),
            "parameters": _pairs(as_object((run or {}).get("data")).get("params")),
            "started_at": _iso(from_milliseconds(told.get("start_time"))),
            "ended_at": _iso(ended),
        },
    )


def _trained_on(about: _About, run: dict[str, Json]) -> Observation:
    datasets = _datasets(run)
    named = ", ".join(f"{one['name']} ({one['digest']})" for one in datasets)
    return Observation(
        kind=EvidenceKind.TESTED,
        key="run.datasets_named",
        subject=about.subject,
        source=SOURCE,
        source_ref=f"run:{about.run_id or about.version_ref}/datasets",
        value=float(len(datasets)),
        unit="datasets",
        outcome=Outcome.PASSED if about.fingerprint else Outcome.UNKNOWN,
        fingerprint=about.fingerprint,
        observed_at=from_milliseconds(as_object(run.get("info")).get("start_time")),
        summary=plain(f"Trained on {named}.", LONG_TEXT) if named else "The run names no data set.",
        link=about.link,
        detail={
            **about.detail,
            "datasets": list(datasets),
        },
    )


def _metrics(about: _About, run: dict[str, Json], version: dict[str, Json]) -> Iterator[Observation]:
    beside = _logged(run, version)
    for metric in as_objects(as_object(run.get("data")).get("metrics"))[:MAX_METRICS]:
        name = plain(metric.get("key"))
        if not name:
            continue
        value = finite(metric.get("value"))
        logged = plain(metric.get("value"))
        no_number = f"{name} was logged as {logged or 'nothing'}, not as a number."
        words = no_number if value is None else f"{name} is {value:.6g}."
        yield Observation(
            kind=EvidenceKind.MEASURED,
            key=f"metric.{name}",
            subject=about.subject,
            source=SOURCE,
            source_ref=f"run:{about.run_id}/metric:{name}",
            value=value,
            outcome=Outcome.NONE if value is not None else Outcome.UNKNOWN,
            fingerprint=about.fingerprint,
            observed_at=from_milliseconds(metric.get("timestamp")),
            summary=words,
            link=about.link,
            detail={
                **about.detail,
                "step": finite(metric.get("step")),
                **_certainty(name, value, beside),
            },
        )


def _logged(run: dict[str, Json], version: dict[str, Json]) -> dict[str, Json]:
    """What stands beside the metrics of a run: tags of the version and of the run, and the metrics themselves."""
    data = as_object(run.get("data"))
    metrics = as_objects(data.get("metrics"))[:MAX_METRICS]
    numbers = {plain(one.get("key")): one.get("value") for one in metrics}
    return {**_pairs(version.get("tags")), **_pairs(data.get("tags")), **numbers}


def _certainty(name: str, value: float | None, logged: dict[str, Json]) -> dict[str, Json]:
    if value is None:
        return {}
    found: dict[str, Json] = {}
    if uncertainty := uncertainty_beside(name, value, logged):
        found["uncertainty"] = uncertainty
    if named := slice_beside(name, logged):
        found["slice"] = named
    return found


def _commit(about: _About, run: dict[str, Json]) -> Iterator[Observation]:
    tags = _pairs(as_object(run.get("data")).get("tags"))
    commit = str(tags.get("mlflow.source.git.commit") or tags.get("git_commit") or "")
    if not commit:
        return
    is_commit = bool(_COMMIT.match(commit))
    yield Observation(
        kind=EvidenceKind.TESTED,
        key="run.code_named",
        subject=about.subject,
        source=SOURCE,
        source_ref=f"run:{about.run_id}/commit",
        outcome=Outcome.PASSED if is_commit else Outcome.UNKNOWN,
        fingerprint=commit if is_commit else "",
        observed_at=from_milliseconds(as_object(run.get("info")).get("start_time")),
        summary=f"The code of the run is {commit}.",
        link=about.link,
        detail={**about.detail, "text": commit},
    )


def _datasets(run: dict[str, Json]) -> list[dict[str, Json]]:
    """Name, digest and use of every data set that the run was given; not its schema, which may be long."""
    given = as_objects(as_object(run.get("inputs")).get("dataset_inputs"))[:MAX_NAMED]
    return [
        {
            "name": plain(as_object(one.get("dataset")).get("name")),
            "digest": plain(as_object(one.get("dataset")).get("digest")),
            "context": plain(_pairs(one.get("tags")).get("mlflow.data.context")),
        }
        for one in given
    ]


def _pairs(value: Json) -> dict[str, Json]:
    """MLflow's lists of key and value as one object, keys and values made storable."""
    listed = as_objects(value)[:MAX_NAMED]
    return {plain(one.get("key")): plain(one.get("value"), LONG_TEXT) for one in listed if one.get("key")}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
