"""What one quality rule of a contract demands: a metric or a query, a comparison, a unit."""

from dataclasses import dataclass
from enum import StrEnum

Scalar = str | int | float | bool | None


class QualityType(StrEnum):
    TEXT = "text"
    LIBRARY = "library"
    SQL = "sql"
    CUSTOM = "custom"


class Metric(StrEnum):
    ROW_COUNT = "rowCount"
    NULL_VALUES = "nullValues"
    MISSING_VALUES = "missingValues"
    INVALID_VALUES = "invalidValues"
    DUPLICATE_VALUES = "duplicateValues"


class Operator(StrEnum):
    IS = "mustBe"
    IS_NOT = "mustNotBe"
    GREATER = "mustBeGreaterThan"
    AT_LEAST = "mustBeGreaterOrEqualTo"
    LESS = "mustBeLessThan"
    AT_MOST = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


class Unit(StrEnum):
    """In what a metric counts. `percent` is of all rows of the table."""

    ROWS = "rows"
    PERCENT = "percent"


@dataclass(frozen=True)
class Comparison:
    """`low` is the bound, or the lower of two; `high` only of the operators that have two. Both ends belong to the
    range. `text` holds a bound of `mustBe` and `mustNotBe` that is no number."""

    operator: Operator
    low: float | None = None
    high: float | None = None
    text: str | None = None

    def __str__(self) -> str:
        low, high = _number(self.low), _number(self.high)
        match self.operator:
            case Operator.IS:
                return f"exactly {low if self.text is None else self.text}"
            case Operator.IS_NOT:
                return f"anything but {low if self.text is None else self.text}"
            case Operator.GREATER:
                return f"more than {low}"
            case Operator.AT_LEAST:
                return f"at least {low}"
            case Operator.LESS:
                return f"less than {low}"
            case Operator.AT_MOST:
                return f"at most {low}"
            case Operator.BETWEEN:
                return f"from {low} to {high}"
        return f"outside {low} to {high}"


@dataclass(frozen=True)
class QualityRule:
    """One entry under `quality`. `key` is its id, else its name, else what it measures, unique among its neighbours.
    `problem` says why it cannot be run; a rule with a problem is *unknown* in every test.

    `columns` are the columns of a metric on a table (duplicateValues); `valid_values` may hold None.
    """

    key: str
    type: QualityType
    name: str = ""
    description: str = ""
    metric: Metric | None = None
    comparison: Comparison | None = None
    unit: Unit = Unit.ROWS
    columns: tuple[str, ...] = ()
    valid_values: tuple[Scalar, ...] | None = None
    missing_values: tuple[Scalar, ...] | None = None
    pattern: str = ""
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    query: str = ""
    dialect: str = ""
    engine: str = ""
    implementation: str = ""
    dimension: str = ""
    severity: str = ""
    problem: str = ""


def describe_scalar(value: Scalar) -> str:
    """As a person would write it: text as it is, whole numbers without a point."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.10g}"
