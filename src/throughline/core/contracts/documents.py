"""What a document of the Open Data Contract Standard (v3.x) says, as frozen facts: tables, columns, quality rules,
service levels, servers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.contracts.demands import QualityRule, Scalar

# A column of one of these classes may be shown in samples; any other class, and none at all, keeps it hidden.
SHOWN_CLASSES = frozenset({"public", "internal", "open", "unrestricted"})
# Words in tags or custom properties that hide a column whatever its class is.
HIDING_WORDS = frozenset(
    {"pii", "phi", "personal", "personaldata", "sensitive", "sensitivity", "gdpr", "confidential"}
    | {"restricted", "secret"}
)


class LogicalType(StrEnum):
    STRING = "string"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    NUMBER = "number"
    INTEGER = "integer"
    OBJECT = "object"
    ARRAY = "array"
    BOOLEAN = "boolean"
    MAP = "map"
    VECTOR = "vector"


@dataclass(frozen=True)
class Options:
    """`logicalTypeOptions`. Bounds are numbers for numbers and integers, text for dates and times; the `exclusive`
    flag of version 3.0 is read into the exclusive bounds. `unread` names what could not be read, with the reason."""

    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    exclusive_minimum: int | float | str | None = None
    exclusive_maximum: int | float | str | None = None
    multiple_of: int | float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    format: str = ""
    time_zone: bool | None = None
    default_time_zone: str = ""
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    min_properties: int | None = None
    max_properties: int | None = None
    required_properties: tuple[str, ...] = ()
    dimensions: int | None = None
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """One property of a table, or of another property (`columns` of an object, `items` of an array)."""

    name: str
    physical_name: str = ""
    logical_type: LogicalType | None = None
    physical_type: str = ""
    options: Options = Options()
    is_required: bool = False
    is_unique: bool = False
    is_primary_key: bool = False
    primary_key_position: int = -1
    semantic_type: str = "column"
    classification: str = ""
    encrypted_name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    allowed_values: tuple[Scalar, ...] | None = None
    is_deprecated: bool = False
    quality: tuple[QualityRule, ...] = ()
    columns: tuple["Column", ...] = ()
    items: "Column | None" = None
    problems: tuple[str, ...] = ()

    @property
    def stored_name(self) -> str:
        """The name under which the data holds it."""
        return self.physical_name or self.name

    @property
    def may_be_shown(self) -> bool:
        """Whether its values may stand in a sample of failing rows: its class says so, and nothing hides it."""
        words = {_word(tag) for tag in self.tags}
        words |= {
            _word(name) for name, value in self.custom if _word(value) not in ("false", "no", "none", "")
        }
        words |= {
            _word(value) for name, value in self.custom if _word(name) in HIDING_WORDS | {"classification"}
        }
        is_hidden = any(hiding in word for word in words for hiding in HIDING_WORDS) or self.encrypted_name
        return self.classification.strip().lower() in SHOWN_CLASSES and not is_hidden


@dataclass(frozen=True)
class Table:
    """One object of the schema."""

    name: str
    physical_name: str = ""
    physical_type: str = ""
    description: str = ""
    columns: tuple[Column, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def stored_name(self) -> str:
        return self.physical_name or self.name

    @property
    def primary_key(self) -> tuple[Column, ...]:
        """The columns of the key in the order of their positions; those without one come last, as written."""
        keys = [column for column in self.columns if column.is_primary_key]
        return tuple(sorted(keys, key=lambda key: (key.primary_key_position < 1, key.primary_key_position)))

    def column(self, name: str) -> Column | None:
        """By its name, else by the name under which the data holds it; upper and lower case do not matter then."""
        for match in (
            lambda column: column.name == name,
            lambda column: column.stored_name == name,
            lambda column: name.lower() in (column.name.lower(), column.stored_name.lower()),
        ):
            if found := next(filter(match, self.columns), None):
                return found
        return None


@dataclass(frozen=True)
class ServiceLevel:
    """One entry under `slaProperties`, as written; `core.contracts.service_levels` says what it means.

    `elements` are paths such as `orders.event_ts`; `value` keeps the type it was written in.
    """

    key: str
    property: str
    value: Scalar = None
    value_ext: Scalar = None
    unit: str = ""
    elements: tuple[str, ...] = ()
    driver: str = ""
    description: str = ""
    schedule: str = ""
    scheduler: str = ""
    custom: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Server:
    """Where the data lies. `details` holds every plain value beside name and type, as text."""

    name: str
    type: str
    environment: str = ""
    description: str = ""
    details: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        return dict(self.details).get(name, "")


@dataclass(frozen=True)
class Contract:
    """A document. `problems` are sentences on what could not be read; the rest was."""

    key: str
    name: str = ""
    version: str = ""
    standard: str = ""
    status: str = ""
    tables: tuple[Table, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    servers: tuple[Server, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def standard_version(self) -> tuple[int, int]:
        """Major and minor of `apiVersion`; (0, 0) where it is not written as `v3.1.0`."""
        parts = self.standard.lower().removeprefix("v").split(".")
        numbers = [int(part) for part in parts[:2] if part.isascii() and part.isdigit() and len(part) < 4]
        return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)

    def table(self, name: str) -> Table | None:
        """By its name, else by the name under which the data holds it; upper and lower case do not matter then."""
        for match in (
            lambda table: table.name == name,
            lambda table: table.stored_name == name,
            lambda table: name.lower() in (table.name.lower(), table.stored_name.lower()),
        ):
            if found := next(filter(match, self.tables), None):
                return found
        return None

    def server(self, name: str) -> Server | None:
        return next((server for server in self.servers if server.name == name), None)


def all_columns(columns: tuple[Column, ...], before: str = "") -> Iterator[tuple[str, Column]]:
    """Every column with its path (`address.street`, `lines[].price`), outer ones first."""
    for column in columns:
        path = f"{before}{column.name}"
        yield path, column
        yield from all_columns(column.columns, f"{path}.")
        if column.items:
            yield from all_columns(column.items.columns, f"{path}[].")


def custom_value(custom: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in custom if key == name), "")


def as_mapping(value: object) -> Mapping[str, object]:
    """The value where it is a mapping, else an empty one; keys as text."""
    return {str(key): inner for key, inner in value.items()} if isinstance(value, Mapping) else {}


def _word(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
