"""Types of stored columns in the words of every engine, and whether they are what a contract declares.

The data is judged by its own types; the choices are recorded in docs/decisions/0110-types-are-those-of-the-data.md.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from throughline.core.contracts.documents import Column, LogicalType


class Family(StrEnum):
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"  # a date and a time of day, no zone
    INSTANT = "instant"  # a moment, whatever the zone
    UUID = "uuid"
    JSON = "json"
    ARRAY = "array"
    OBJECT = "object"
    MAP = "map"
    BINARY = "binary"
    OTHER = "other"


@dataclass(frozen=True)
class Physical:
    """A stored type. `bits` is the width of integers and floats, `length` that of text, 0 where none is said. `reads`
    are the logical types that its text may stand for, because the format has no types for them."""

    said: str
    family: Family
    bits: int = 0
    length: int = 0
    precision: int = 0
    scale: int = 0
    reads: frozenset[LogicalType] = frozenset()


class TypeCheck(StrEnum):
    """What the values of a column must be, beyond its type, to be what is declared."""

    NOTHING = ""
    WHOLE = "whole"  # numbers without a fraction
    FINITE = "finite"  # neither NaN nor infinite
    MIDNIGHT = "midnight"  # instants without a time of day
    READS = "reads"  # text that reads as the declared type
    LENGTH = "length"  # text no longer than declared


@dataclass(frozen=True)
class TypeVerdict:
    """`is_type` tells whether the type itself can be right; `check` is what remains to be counted; `reason` says why
    not; `is_unknown` that it cannot be told."""

    is_type: bool
    check: TypeCheck = TypeCheck.NOTHING
    reason: str = ""
    is_unknown: bool = False


_WIDTHS = {
    8: "tinyint int1 byte utinyint i8 u8",
    16: "smallint int2 short usmallint smallserial i16 u16",
    32: "int integer int4 int32 mediumint uinteger serial serial4 i32 u32",
    64: "bigint int8 int64 long ubigint bigserial serial8 byteint i64 u64",
    128: "hugeint uhugeint int128",
}
_INTEGERS = {word: bits for bits, words in _WIDTHS.items() for word in words.split()}
_FLOATS = {
    "real": 32,
    "float4": 32,
    "float32": 32,
    "f32": 32,
    "double": 64,
    "double precision": 64,
    "float8": 64,
}
_FLOATS |= {"float64": 64, "f64": 64, "float": 0}
_WORDS = {
    Family.BOOLEAN: "bool boolean bit1 logical",
    Family.DECIMAL: "decimal numeric number bignumeric bigdecimal money dec",
    Family.TEXT: "varchar char text string nvarchar nchar bpchar character clob name citext varchar2 enum xml "
    "character_varying fixedstring utf8 large_string",
    Family.DATE: "date date32",
    Family.TIME: "time time_without_time_zone timetz time_with_time_zone time_ns",
    Family.TIMESTAMP: "timestamp datetime timestamp_without_time_zone timestamp_ntz timestampntz timestamp_s "
    "timestamp_ms timestamp_us timestamp_ns datetime2 smalldatetime",
    Family.INSTANT: "timestamptz timestamp_with_time_zone timestamp_tz timestamp_ltz timestampltz datetimeoffset "
    "timestamp_with_local_time_zone",
    Family.UUID: "uuid guid uniqueidentifier",
    Family.JSON: "json jsonb variant",
    Family.ARRAY: "array list vector",
    Family.OBJECT: "struct row record object union",
    Family.MAP: "map",
    Family.BINARY: "blob binary bytea bytes varbinary byte_array bit bitstring",
}
_FAMILIES = {word: family for family, words in _WORDS.items() for word in words.split()}
# Where these engines say timestamp, they mean a moment.
_SINGLES = ("duckdb", "spark", "databricks")  # and here, by float, a number of 32 bits
_MOMENTS = ("spark", "databricks", "bigquery")
_EVERYTHING = frozenset(LogicalType) - {
    LogicalType.OBJECT,
    LogicalType.ARRAY,
    LogicalType.MAP,
    LogicalType.VECTOR,
}
_DATES = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME})
_TEXTS = (Family.TEXT, Family.UUID)
_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
_INSTANTS = (Family.TIMESTAMP, Family.INSTANT)
_RIGHT: dict[LogicalType, tuple[Family, ...]] = {
    LogicalType.STRING: _TEXTS,
    LogicalType.INTEGER: (Family.INTEGER,),
    LogicalType.NUMBER: (Family.INTEGER, Family.DECIMAL),
    LogicalType.BOOLEAN: (Family.BOOLEAN,),
    LogicalType.DATE: (Family.DATE,),
    LogicalType.TIMESTAMP: _INSTANTS,
    LogicalType.TIME: (Family.TIME,),
    LogicalType.OBJECT: (Family.OBJECT, Family.MAP),
    LogicalType.ARRAY: (Family.ARRAY,),
    LogicalType.MAP: (Family.MAP,),
    LogicalType.VECTOR: (Family.ARRAY,),
}
_LOGICAL_OF = {
    Family.BOOLEAN: LogicalType.BOOLEAN,
    Family.INTEGER: LogicalType.INTEGER,
    Family.DECIMAL: LogicalType.NUMBER,
    Family.FLOAT: LogicalType.NUMBER,
    Family.DATE: LogicalType.DATE,
    Family.TIME: LogicalType.TIME,
    Family.TIMESTAMP: LogicalType.TIMESTAMP,
    Family.INSTANT: LogicalType.TIMESTAMP,
}


def physical_of(
    said: str, *, dialect: str = "", is_text_only: bool = False, is_json: bool = False
) -> Physical:
    """A type as an engine or a contract writes it: `DECIMAL(10,2)`, `character varying(18)`, `BIGINT[]`."""
    text = " ".join(said.lower().split())
    base = re.split(r"[(<\[]", text, maxsplit=1)[0].strip()
    numbers = [int(one) for one in re.findall(r"(?<=[(,\[ ])\d{1,6}(?=[),\] ])", text)]
    # Some contracts write varchar[15] for a length; of stored types, brackets are lists.
    is_length = not dialect and re.fullmatch(r"(var)?char\[\d+\]", text)
    if re.search(r"\[\d*\]$", text) and not is_length:
        return Physical(said, Family.ARRAY)
    after = (
        text[text.rfind(")") + 1 :].strip() if "(" in text and not base.startswith(("struct", "map")) else ""
    )
    word = base if base in _FLOATS or base in _INTEGERS else base.replace(" ", "_")
    if after:
        word = f"{word}_{after.replace(' ', '_')}"  # timestamp(3) with time zone
    if word in _INTEGERS:
        return Physical(said, Family.INTEGER, bits=_INTEGERS[word])
    if word in _FLOATS:
        is_single = word == "float" and dialect in _SINGLES
        return Physical(said, Family.FLOAT, bits=32 if is_single else _FLOATS[word])
    family = _FAMILIES.get(word, Family.OTHER)
    if family is Family.TIMESTAMP and word == "timestamp" and dialect in _MOMENTS:
        family = Family.INSTANT
    if family is Family.DECIMAL:
        return _decimal(said, numbers)
    if family is not Family.TEXT:
        return Physical(said, family)
    reads = _EVERYTHING if is_text_only else _DATES if is_json else frozenset()
    is_enum = word == "enum"
    return Physical(said, family, length=0 if is_enum or not numbers else numbers[0], reads=reads)


def _decimal(said: str, numbers: list[int]) -> Physical:
    """Without figures, a decimal holds any number; with no places after the point, it is a whole one."""
    precision, scale = (*numbers, 0, 0)[:2] if numbers else (0, -1)
    family = Family.INTEGER if scale == 0 else Family.DECIMAL
    return Physical(said, family, bits=0, precision=precision, scale=max(scale, 0))


def judge_logical(column: Column, physical: Physical, standard: tuple[int, int]) -> TypeVerdict:
    """Whether values of this stored type are of the column's logical type."""
    logical = column.logical_type
    assert logical is not None
    family = physical.family
    if logical in physical.reads and logical is not LogicalType.STRING:
        return TypeVerdict(True, TypeCheck.READS)
    if family in _RIGHT[logical]:
        return TypeVerdict(True)
    if family is Family.FLOAT and logical in (LogicalType.NUMBER, LogicalType.INTEGER):
        return TypeVerdict(True, TypeCheck.FINITE if logical is LogicalType.NUMBER else TypeCheck.WHOLE)
    if family is Family.DECIMAL and logical is LogicalType.INTEGER:
        return TypeVerdict(True, TypeCheck.WHOLE)
    if family in _INSTANTS and logical is LogicalType.DATE:
        return TypeVerdict(
            True, TypeCheck.NOTHING if _date_may_hold_time(column, standard) else TypeCheck.MIDNIGHT
        )
    if family is Family.JSON:
        return TypeVerdict(False, reason="JSON values are not looked into.", is_unknown=True)
    if family is Family.OTHER:
        return TypeVerdict(
            False, reason=f"The type {physical.said} is not one that is known here.", is_unknown=True
        )
    return TypeVerdict(False, reason=f"It is stored as {physical.said}.")


def _date_may_hold_time(column: Column, standard: tuple[int, int]) -> bool:
    """Before 3.1 the standard had no timestamp: `date` was any of them, told apart by format or physical type."""
    by_physical = physical_of(column.physical_type).family in _INSTANTS if column.physical_type else False
    return standard < (3, 1) and (by_physical or bool(re.search(r"[Hhms]", column.options.format)))


def judge_physical(declared: str, stored: Physical) -> TypeVerdict:
    """Whether a column is stored as `physicalType` says, as far as the two can be compared."""
    wanted = physical_of(declared)
    logical = _LOGICAL_OF.get(wanted.family)
    if logical and logical in stored.reads:
        return TypeVerdict(True, TypeCheck.READS)
    if wanted.family is Family.OTHER or stored.family is Family.OTHER:
        if declared.strip().lower() == stored.said.strip().lower():
            return TypeVerdict(True)
        reason = f"“{declared[:60]}” and {stored.said[:60]} cannot be compared: one is not a type that is known here."
        return TypeVerdict(False, reason=reason, is_unknown=True)
    if not _same_kind(wanted, stored):
        return TypeVerdict(False, reason=f"It is stored as {stored.said}.")
    if wanted.family is Family.TEXT and wanted.length and not stored.length:
        return TypeVerdict(True, TypeCheck.LENGTH)
    return TypeVerdict(True)


def _same_kind(wanted: Physical, stored: Physical) -> bool:
    families = {wanted.family, stored.family}
    if families == {Family.TIMESTAMP, Family.INSTANT}:
        return "zone" not in wanted.said.lower() and "tz" not in wanted.said.lower()
    if families == {Family.INTEGER, Family.DECIMAL} or (wanted.precision or stored.precision):
        same_scale = not (wanted.precision and stored.precision) or (wanted.precision, wanted.scale) == (
            stored.precision,
            stored.scale,
        )
        is_decimal = (wanted.precision or wanted.family is Family.DECIMAL) and (
            stored.precision or stored.family is Family.DECIMAL
        )
        return bool(is_decimal) and same_scale
    if families <= {Family.OBJECT, Family.MAP, Family.JSON} and Family.JSON not in families:
        return len(families) == 1
    if wanted.family is not stored.family:
        return False
    if wanted.bits and stored.bits and wanted.bits != stored.bits:
        return False
    return not (wanted.length and stored.length and wanted.length != stored.length)


def logical_of(declared: str) -> LogicalType | None:
    """The logical type whose values a physical type holds, for formats without types."""
    return _LOGICAL_OF.get(physical_of(declared).family)
