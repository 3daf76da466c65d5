"""A figure with its interval, or the reason why there is none."""

from dataclasses import dataclass

# Of each bound by itself, so that the two together are the usual interval of 95 %.
CONFIDENCE = 0.975


@dataclass(frozen=True)
class Estimate:
    """`value` is None exactly where `reason` says why; bounds may be missing beside a value, with the reason too.

    `units` is on how many items it rests, `how` the formula.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    units: int = 0
    how: str = ""
    reason: str = ""

    @property
    def has_bounds(self) -> bool:
        return self.low is not None and self.high is not None

    def to_plain(self) -> dict[str, object]:
        return {
            "value": _rounded(self.value),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "units": self.units,
            "how": self.how,
            "reason": self.reason,
        }


def none(reason: str, *, units: int = 0) -> Estimate:
    return Estimate(None, units=units, reason=reason)


def _rounded(value: float | None) -> float | None:
    """Far more digits than anybody needs, and few enough that every machine writes the same."""
    return None if value is None else round(value, 10) + 0.0
