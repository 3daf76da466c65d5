"""How sure a metric is, from what was logged beside it under its name with an ending."""

from collections.abc import Mapping

from throughline.adapters.base import finite, plain
from throughline.core.errors import Refused
from throughline.core.measurements import as_content, parse_uncertainty
from throughline.core.text import Json

# A share of n units is a whole number of them; one that is further off is no share (an AUC, for instance).
NEAR_WHOLE = 1e-3


def uncertainty_beside(name: str, value: float, logged: Mapping[str, Json]) -> dict[str, Json] | None:
    """From `<name>_ci_low` and `_ci_high` (with `_ci_level`), else `_se`, else `_n` with `_variance`, else `_n`, by
    which a share was counted. None where nothing is logged, or where what is logged can't be true."""

    def beside(ending: str) -> float | None:
        return finite(logged.get(f"{name}_{ending}"))

    low, high, n = beside("ci_low"), beside("ci_high"), beside("n")
    if low is not None and high is not None:
        return _valid(
            {"kind": "interval", "low": low, "high": high, "level": beside("ci_level") or 0.95}, value
        )
    if (se := beside("se")) is not None:
        return _valid({"kind": "standard_error", "se": se}, value)
    if n is None:
        return None
    if (variance := beside("variance")) is not None:
        return _valid({"kind": "moments", "n": n, "mean": value, "variance": variance}, value)
    k = round(value * n) if abs(value) <= 1 else -1
    return _valid({"kind": "counts", "k": k, "n": n}, value) if abs(value * n - k) <= NEAR_WHOLE else None


def slice_beside(name: str, logged: Mapping[str, Json]) -> str:
    return plain(logged.get(f"{name}_slice"))


def _valid(content: dict[str, Json], value: float) -> dict[str, Json] | None:
    try:
        return as_content(parse_uncertainty(content, value=value)[0])
    except Refused:
        return None
