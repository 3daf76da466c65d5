"""One column of a contract as an expression in SQL: where it is stored, under which type, and how its text reads."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.errors import SqlglotError

from throughline.adapters.engines import dialects
from throughline.adapters.engines.base import Stored
from throughline.adapters.engines.dialects import Node
from throughline.core.contracts.documents import Column, LogicalType
from throughline.core.contracts.types import Family, Physical, logical_of, physical_of

WHOLE = "^[+-]?[0-9]+$"
NUMBER = "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$"
DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TIMESTAMP = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    " ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$"
)
TIME = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?$"


@dataclass(frozen=True)
class Cell:
    """`raw` is the column as it is stored, `value` the same as a value of `family`: where text stands for it (CSV),
    read from the text, null where it does not read. `reads` tells whether it does; None where nothing is read."""

    column: Column
    physical: Physical
    raw: Node
    value: Node
    family: Family
    reads: Node | None = None
    problem: str = ""


class Absent(Exception):
    """The data has no such column, or it cannot be reached. `is_missing` tells which."""

    def __init__(self, why: str, *, is_missing: bool) -> None:
        super().__init__(why)
        self.why = why
        self.is_missing = is_missing


class Cells:
    """Finds the columns of one table; each is looked up once."""

    def __init__(self, columns: Sequence[Stored], dialect: str) -> None:
        self.dialect = dialect
        self._by_name = {column.name: column for column in columns}
        self._by_lower: dict[str, list[Stored]] = {}
        for column in columns:
            self._by_lower.setdefault(column.name.lower(), []).append(column)
        self._found: dict[tuple[object, ...], Cell] = {}

    def find(self, path: Sequence[Column], *, by_physical: bool = False) -> Cell:
        """Raises `Absent`. Upper and lower case are passed over where that leaves one column. Text that stands for
        other values is read as the logical type, or as the physical one."""
        key = (*(column.name for column in path), by_physical)
        if key not in self._found:
            self._found[key] = self._find(path, by_physical)
        return self._found[key]

    def _find(self, path: Sequence[Column], by_physical: bool) -> Cell:
        stored = self._stored(path[0].stored_name)
        raw: Node = exp.column(stored.name, quoted=True)
        said = stored.type
        for outer, inner in itertools.pairwise(path):
            name, said = self._inside(said, outer, inner)
            raw = exp.Dot(this=raw, expression=exp.to_identifier(name, quoted=True))
        physical = physical_of(
            said, dialect=self.dialect, is_text_only=stored.is_text_only, is_json=stored.is_json
        )
        return self._read(path[-1], physical, raw, by_physical)

    def _stored(self, name: str) -> Stored:
        if found := self._by_name.get(name):
            return found
        near = self._by_lower.get(name.lower(), [])
        if len(near) == 1:
            return near[0]
        raise Absent(f"The data has no column {name[:80]}.", is_missing=True)

    def _inside(self, said: str, outer: Column, inner: Column) -> tuple[str, str]:
        """Name and type of a field of an object."""
        if self.dialect in ("postgres", "snowflake") or physical_of(said).family is not Family.OBJECT:
            raise Absent(
                f"Values inside {outer.name[:60]} ({said[:60]}) are not looked into.", is_missing=False
            )
        try:
            fields = exp.DataType.build(said, dialect=self.dialect).expressions
        except (SqlglotError, ValueError):
            raise Absent(f"The type of {outer.name[:60]} cannot be taken apart.", is_missing=False) from None
        for field in fields:
            if field.name.lower() == inner.stored_name.lower() and field.args.get("kind"):
                return field.name, field.args["kind"].sql(dialect=self.dialect)
        raise Absent(f"{outer.name[:60]} holds no {inner.stored_name[:60]}.", is_missing=True)

    def _read(self, column: Column, physical: Physical, raw: Node, by_physical: bool) -> Cell:
        cell = Cell(column, physical, raw, raw, physical.family)
        declared = logical_of(column.physical_type)
        logical = declared if by_physical else column.logical_type or declared
        if logical is None or logical not in physical.reads or logical is LogicalType.STRING:
            return cell
        return self._from_text(cell, logical)

    def _from_text(self, cell: Cell, logical: LogicalType) -> Cell:
        raw, dialect = cell.raw, self.dialect
        match logical:
            case LogicalType.INTEGER | LogicalType.NUMBER:
                pattern = WHOLE if logical is LogicalType.INTEGER else NUMBER
                value = dialects.try_cast(raw, "double", dialect)
                return replace(
                    cell, value=value, family=Family.FLOAT, reads=dialects.matches(raw, pattern, dialect)
                )
            case LogicalType.BOOLEAN:
                lower = exp.Lower(this=raw.copy())
                return replace(
                    cell,
                    value=dialects.try_cast(raw, "boolean", dialect),
                    family=Family.BOOLEAN,
                    reads=exp.In(this=lower, expressions=[dialects.text("true"), dialects.text("false")]),
                )
            case LogicalType.DATE | LogicalType.TIMESTAMP | LogicalType.TIME:
                return self._instant(cell, logical)
        return cell

    def _instant(self, cell: Cell, logical: LogicalType) -> Cell:
        raw, dialect, said = cell.raw, self.dialect, cell.column.options.format
        kind, family, pattern = {
            LogicalType.DATE: ("date", Family.DATE, DATE),
            LogicalType.TIME: ("time", Family.TIME, TIME),
        }.get(logical, ("timestamp", Family.TIMESTAMP, TIMESTAMP))
        if said:
            parsed = dialects.parsed_by_format(raw, said, dialect)
            if parsed is None:
                return replace(cell, problem=f"The format {said[:40]} cannot be read by this engine.")
            value = dialects.cast(parsed, kind)
            return replace(cell, value=value, family=family, reads=dialects.negated(dialects.is_null(parsed)))
        has_shape = dialects.matches(raw, pattern, dialect)
        if kind == "time" and dialect in ("spark", "databricks"):
            return replace(cell, value=raw, family=Family.TIME, reads=has_shape)
        value = dialects.try_cast(raw, kind, dialect)
        reads = dialects.both(has_shape, dialects.negated(dialects.is_null(value)))
        return replace(cell, value=value, family=family, reads=reads)
