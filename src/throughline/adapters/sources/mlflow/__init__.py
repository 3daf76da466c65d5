"""MLflow's model registry as a source of evidence."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import ClassVar, Self

from throughline.adapters.base import (
    HookEvent,
    NotThere,
    Observation,
    Reached,
    RemoteModel,
    Settings,
    SourceFailed,
    plain,
)
from throughline.adapters.documents import as_text
from throughline.adapters.http import Caller
from throughline.adapters.sources.mlflow import webhooks
from throughline.adapters.sources.mlflow.facts import (
    aliased_version,
    highest_version,
    newest_version,
    observations_of,
    remote_model,
)
from throughline.adapters.sources.mlflow.rest import MLflowSettings, Registry
from throughline.core.text import Json

__all__ = ["MLflow", "MLflowSettings"]


class MLflow:
    """Reads registered models, and what the run behind a version logged."""

    kind: ClassVar[str] = "mlflow"
    label: ClassVar[str] = "MLflow"
    settings_type: ClassVar[type[Settings]] = MLflowSettings

    def __init__(self, settings: MLflowSettings, caller: Caller) -> None:
        self._settings = settings
        self._caller = caller
        self._registry = Registry(settings, caller)

    @classmethod
    def connect(cls, values: Mapping[str, str], *, allowed: Collection[str]) -> Self:
        return cls(MLflowSettings.of(values), Caller(allowed=allowed))

    def permit(self) -> str:
        return self._caller.permit(self._settings.base_url).host_port

    def test_connection(self) -> Reached:
        return self._registry.reach()

    def remote_models(self) -> Iterator[RemoteModel]:
        return (remote_model(entry) for entry in self._registry.models())

    def observations(self, name: str, alias: str = "") -> tuple[Observation, ...]:
        version = self._version(name, alias)
        run_id = as_text(version.get("run_id"))
        try:
            run = self._registry.run(run_id) if run_id else None
        except NotThere:
            run = None
        return observations_of(version, run, self._registry.base_url)

    def received(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> HookEvent:
        return webhooks.received(headers, body, secret=self._settings.webhook_secret, now=now)

    def _version(self, name: str, alias: str) -> dict[str, Json]:
        """Found by way of the registered model: asked for an unknown alias, MLflow blames the question."""
        try:
            model = self._registry.model(name)
        except NotThere as error:
            raise _missing(f"The registered model {plain(name)}") from error
        number = aliased_version(model, alias) if alias else self._newest(model, name)
        if alias and not number:
            raise _missing(f"The alias {plain(alias)} of {plain(name)}")
        if not number:
            what = f"The registered model {plain(name)} has no version yet"
            raise SourceFailed(what, "there is nothing to read.", "Register a version.", permanent=True)
        return self._registry.version(name, number)

    def _newest(self, model: dict[str, Json], name: str) -> str:
        """Not every server names the latest versions with the model; then all of them are asked for."""
        return newest_version(model) or highest_version(self._registry.versions(name))


def _missing(asked: str) -> NotThere:
    why = "it may have been renamed or deleted."
    return NotThere(f"{asked} is not in MLflow", why, "Check the name.", permanent=True)
