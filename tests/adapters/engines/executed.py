"""Runs a contract on data within the test's own process, and hands out its results by the id of the rule."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from throughline.adapters.engines.base import Limits
from throughline.adapters.engines.executing import Part, execute
from throughline.adapters.engines.registry import ENGINES
from throughline.core.contracts.reading import read_contract
from throughline.core.contracts.results import RuleResult
from throughline.core.contracts.rules import rules_of
from throughline.core.places import Place, PlaceKind

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def document(properties: Sequence[Mapping[str, Any]], *, name: str = "t", **more: Any) -> dict[str, Any]:
    """A contract of one table; `quality` belongs to the table, all else to the document."""
    table = {"name": name, "properties": list(properties), "quality": more.pop("quality", [])}
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "c",
        "version": "1.0.0",
        "schema": [table],
        **more,
    }


def run(
    content: Mapping[str, Any],
    place: Place,
    *,
    folders: Sequence[Path] = (),
    now: datetime = NOW,
    samples: bool = False,
    secrets: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> dict[str, RuleResult]:
    """Every rule has exactly one result, in whatever order they came."""
    contract = read_contract(content)
    parts: list[Part] = []
    limits = limits or Limits(folders=tuple(folders), seconds=60)
    with ENGINES[place.kind](place, contract, limits, secrets or {}) as engine:
        execute(contract, engine, now=now, allow_samples=samples, tell=parts.append)
    results = [result for part in parts for result in part.results]
    assert sorted(one.rule for one in results) == sorted(rule.id for rule in rules_of(contract))
    return {one.rule: one for one in results}


def on_file(path: Path, properties: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, RuleResult]:
    now, samples = more.pop("now", NOW), more.pop("samples", False)
    place = Place(PlaceKind.FILES, path=path.name, format=more.pop("format", None))
    return run(document(properties, **more), place, folders=[path.parent], now=now, samples=samples)


def outcomes(results: Mapping[str, RuleResult]) -> dict[str, str]:
    return {rule: str(result.outcome) for rule, result in results.items()}
