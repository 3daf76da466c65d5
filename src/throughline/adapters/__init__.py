"""The outside world, in plain values; `SOURCES` names every system that evidence is read from."""

from throughline.adapters.base import Source
from throughline.adapters.sources.mlflow import MLflow

SOURCES: dict[str, type[Source]] = {one.kind: one for one in (MLflow,)}
