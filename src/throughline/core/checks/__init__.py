"""The catalogue, one module per area of questions; importing this package fills it."""

from throughline.core.checks import model, operation, people, quality, readiness, signed, specs  # noqa: F401
from throughline.core.checks.registry import CATALOGUE, Answer, CatalogueCheck, Found

__all__ = ["CATALOGUE", "Answer", "CatalogueCheck", "Found"]
