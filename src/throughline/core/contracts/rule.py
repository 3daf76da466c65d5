"""One rule that a contract implies: what it is about, what it wants, and where it comes from."""

from dataclasses import dataclass
from enum import StrEnum

from throughline.core.contracts.demands import QualityRule, Scalar
from throughline.core.contracts.documents import Column
from throughline.core.contracts.service_levels import Level


class Area(StrEnum):
    SCHEMA = "schema"
    QUALITY = "quality"
    SLA = "sla"


class Kind(StrEnum):
    READABLE = "readable"
    TABLE_PRESENT = "table_present"
    PRESENT = "present"
    TYPE = "type"
    PHYSICAL_TYPE = "physical_type"
    REQUIRED = "required"
    UNIQUE = "unique"
    PRIMARY_KEY = "primary_key"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    EXCLUSIVE_MINIMUM = "exclusive_minimum"
    EXCLUSIVE_MAXIMUM = "exclusive_maximum"
    MULTIPLE_OF = "multiple_of"
    MIN_LENGTH = "min_length"
    MAX_LENGTH = "max_length"
    PATTERN = "pattern"
    FORMAT = "format"
    TIME_ZONE = "time_zone"
    ALLOWED_VALUES = "allowed_values"
    MIN_ITEMS = "min_items"
    MAX_ITEMS = "max_items"
    UNIQUE_ITEMS = "unique_items"
    PROPERTIES = "properties"
    DIMENSIONS = "dimensions"
    METRIC = "metric"
    SQL = "sql"
    NOT_RUN = "not_run"
    LEVEL = "level"


@dataclass(frozen=True)
class Rule:
    """One rule. `path` leads to its column, the outermost first, and is written out in `column`; both are empty for
    rules of a table. `columns` are those that a key or a metric is about. `problem` says why it cannot be run, whatever
    the data is; then it is *unknown*.

    `bound` is the figure or text of a limit, `values` the allowed ones; it comes from the entry `quality` or `level`.
    """

    id: str
    table: str
    column: str
    area: Area
    kind: Kind
    title: str
    wanted: str = ""
    severity: str = ""
    dimension: str = ""
    path: tuple[Column, ...] = ()
    columns: tuple[Column, ...] = ()
    bound: Scalar = None
    values: tuple[Scalar, ...] = ()
    quality: QualityRule | None = None
    level: Level | None = None
    problem: str = ""
