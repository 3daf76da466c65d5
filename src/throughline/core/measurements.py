"""Measurements: a piece of evidence with its uncertainty and the slice of data that it was taken on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

from throughline.core.errors import Reason, Refused
from throughline.core.evidence import Evidence
from throughline.core.text import Json

LARGEST_COUNT = 10**15
LARGEST = 1e100
# How far a value may be from what its counts or moments say: what rounding for people takes away.
ROUNDED = 0.006


@dataclass(frozen=True)
class Counts:
    """`k` of `n` units."""

    k: int
    n: int


@dataclass(frozen=True)
class Moments:
    """Of `n` units the mean and the sample variance (divisor n - 1)."""

    n: int
    mean: float
    variance: float


@dataclass(frozen=True)
class StandardError:
    """Of the value as it was estimated; `n` says on how many units, if it is known."""

    se: float
    n: int | None = None


@dataclass(frozen=True)
class Interval:
    """Two-sided, of this level."""

    low: float
    high: float
    level: float = 0.95


Uncertainty: TypeAlias = Counts | Moments | StandardError | Interval
KINDS: Mapping[str, type[Counts] | type[Moments] | type[StandardError] | type[Interval]] = {
    "counts": Counts,
    "moments": Moments,
    "standard_error": StandardError,
    "interval": Interval,
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "counts": ("k", "n"),
    "moments": ("n", "mean", "variance"),
    "standard_error": ("se", "n"),
    "interval": ("low", "high", "level"),
}
OPTIONAL = {("standard_error", "n"), ("interval", "level")}
WHOLE = ("k", "n")


@dataclass(frozen=True)
class Measurement:
    """`set_aside` says why it does not count, such as for being about another release; empty when it does."""

    evidence: Evidence
    uncertainty: Uncertainty | None = None
    slice: str = ""
    set_aside: str = ""


def measurement_of(evidence: Evidence, *, set_aside: str = "") -> Measurement:
    """As it is recorded. What can't be read as an uncertainty counts as none."""
    said = evidence.detail.get("slice")
    return Measurement(
        evidence,
        _recorded(evidence.detail.get("uncertainty")),
        said.strip() if isinstance(said, str) else "",
        set_aside,
    )


def parse_uncertainty(content: object, *, value: float | None, unit: str = "") -> tuple[Uncertainty, float]:
    """The uncertainty and the value that it belongs to, which is worked out where it was left out.

    `content` has a `kind` (counts, moments, standard_error, interval) and its fields. Raises `Refused` (invalid)
    with every problem, each under `uncertainty.<field>`, or under `value` when the two do not fit together.
    """
    read = _read(content)
    estimate = estimate_of(read, unit)
    if value is None and estimate is None:
        raise Refused.field(
            "value", "A standard error belongs to a value, and there is none.", "Send the value too."
        )
    if value is None or estimate is None:
        return read, float(value if estimate is None else estimate)  # type: ignore[arg-type]
    if isinstance(read, Interval):
        if not read.low <= value <= read.high:
            text = f"The value {value:g} lies outside its interval, {read.low:g} to {read.high:g}."
            raise Refused.field("value", text, "Correct one of them.")
    elif abs(value - estimate) > ROUNDED * max(abs(estimate), 1 if unit != "%" else 100):
        text = f"The value {value:g} is not what its {_named(read)} say: {estimate:.6g}."
        raise Refused.field("value", text, "Correct one of them, or leave the value out.")
    return read, value


def estimate_of(uncertainty: Uncertainty, unit: str = "") -> float | None:
    """What the uncertainty says of the value by itself; shares in percent where that is the unit."""
    match uncertainty:
        case Counts(k, n):
            return k / n * (100 if unit == "%" else 1)
        case Moments(_, mean, _):
            return mean
        case Interval(low, high, _):
            return low + (high - low) / 2
    return None


def as_content(uncertainty: Uncertainty) -> dict[str, Json]:
    """As it is kept with the evidence, and as `parse_uncertainty` reads it."""
    kind = next(name for name, shape in KINDS.items() if isinstance(uncertainty, shape))
    return {"kind": kind, **{name: value for name, value in asdict(uncertainty).items() if value is not None}}


def _named(uncertainty: Uncertainty) -> str:
    return "counts" if isinstance(uncertainty, Counts) else "moments"


def _recorded(content: object) -> Uncertainty | None:
    try:
        return _read(content) if content is not None else None
    except Refused:
        return None


def _read(content: object) -> Uncertainty:
    kind = content.get("kind") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(kind, str) or kind not in KINDS:
        text = "This is no uncertainty that can be read."
        raise Refused.field("uncertainty", text, f"Send an object whose kind is one of {', '.join(KINDS)}.")
    problems: list[Reason] = []
    others = sorted({str(name)[:60] for name in content} - {"kind", *FIELDS[kind]})
    problems.extend(Reason(f"“{kind}” has no such field.", f"uncertainty.{name}") for name in others)
    found: dict[str, float | int] = {}
    for name in FIELDS[kind]:
        given = content.get(name)
        if given is None and (kind, name) in OPTIONAL:
            continue
        number = _number(given, is_whole=name in WHOLE)
        if number is None:
            what = "a whole number" if name in WHOLE else "a finite number"
            problems.append(Reason(f"“{kind}” needs {what} here.", f"uncertainty.{name}"))
        else:
            found[name] = number
    problems = problems or _wrong(kind, found)
    if problems:
        raise Refused(tuple(problems), kind="invalid")
    shape: type = KINDS[kind]
    read: Uncertainty = shape(**found)
    return read


def _number(value: object, *, is_whole: bool) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if is_whole:
        return int(value) if abs(value) <= LARGEST_COUNT and value % 1 == 0 else None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if abs(number) <= LARGEST else None


def _wrong(kind: str, found: Mapping[str, float]) -> list[Reason]:
    """What the numbers can't be, given that all of them are there."""
    n = found.get("n", 2)
    rules: dict[str, tuple[tuple[str, bool, str], ...]] = {
        "counts": (
            ("n", n < 1, "At least one unit was looked at."),
            ("k", not 0 <= found.get("k", 0) <= n, f"This is not between 0 and n, which is {n:g}."),
        ),
        "moments": (
            ("n", n < 2, "A variance takes two units at least."),
            ("variance", found.get("variance", 0) < 0, "A variance is not below zero."),
        ),
        "standard_error": (
            ("se", found.get("se", 0) < 0, "A standard error is not below zero."),
            ("n", n < 1, "At least one unit was looked at."),
        ),
        "interval": (
            ("high", found.get("low", 0) > found.get("high", 0), "The upper end is below the lower one."),
            (
                "level",
                not 0.5 <= found.get("level", 0.95) < 1,
                "A level lies between 0.5 and 1, such as 0.95.",
            ),
        ),
    }
    return [Reason(text, f"uncertainty.{name}") for name, is_wrong, text in rules[kind] if is_wrong]
