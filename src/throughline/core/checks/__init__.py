"""The catalogue, one module per area of questions; importing this package fills it."""

from throughline.core.checks import (  # noqa: F401
    compliance,
    contracts,
    data,
    feedback,
    labels,
    model,
    operation,
    outputs,
    people,
    promises,
    prototype,
    quality,
    quality_of_data,
    readiness,
    signed,
    specs,
    stakeholders,
)
from throughline.core.checks.registry import CATALOGUE, Answer, CatalogueCheck, Found

__all__ = ["CATALOGUE", "Answer", "CatalogueCheck", "Found"]
