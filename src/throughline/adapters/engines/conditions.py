"""For each kind of rule, the condition under which a row offends; or why the rule cannot be run on this column."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlglot import exp

from throughline.adapters.engines import dialects
from throughline.adapters.engines.cells import Cell
from throughline.adapters.engines.dialects import Node, both, either, negated
from throughline.core.contracts.column_rules import INTEGER_FORMATS, TEXT_FORMATS, read_instant
from throughline.core.contracts.demands import QualityRule, Scalar, describe_scalar
from throughline.core.contracts.documents import LogicalType
from throughline.core.contracts.quality import number as number_of
from throughline.core.contracts.rule import Kind, Rule
from throughline.core.contracts.service_levels import zone_of
from throughline.core.contracts.types import Family, TypeCheck, physical_of

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
_INSTANTS = (Family.DATE, Family.TIMESTAMP, Family.INSTANT)
_TEXTS = (Family.TEXT, Family.UUID)
_PLAIN_TEXT = ("varchar", "text", "string", "char")
_UPPER = (Kind.MAXIMUM, Kind.EXCLUSIVE_MAXIMUM)
_OFFENDS = {
    Kind.MINIMUM: exp.LT,
    Kind.EXCLUSIVE_MINIMUM: exp.LTE,
    Kind.MAXIMUM: exp.GT,
    Kind.EXCLUSIVE_MAXIMUM: exp.GTE,
}
EXACT = 2**53  # beyond it, a double no longer holds every whole number
NEAR = 1e-9  # how far from a multiple a number with a fraction may be, in multiples
_LARGEST_F32 = 3.4028234663852886e38


class NotRun(Exception):
    """This rule cannot be run on this column; `why` is one sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def offending(rule: Rule, cell: Cell, dialect: str) -> Node:
    """Raises `NotRun`."""
    if cell.problem:
        raise NotRun(cell.problem)
    match rule.kind:
        case Kind.REQUIRED:
            return dialects.is_null(cell.raw)
        case Kind.MINIMUM | Kind.EXCLUSIVE_MINIMUM | Kind.MAXIMUM | Kind.EXCLUSIVE_MAXIMUM:
            return _beyond(rule.kind, rule.bound, cell, dialect)
        case Kind.MULTIPLE_OF:
            return _not_multiple(rule.bound, cell, dialect)
        case Kind.MIN_LENGTH | Kind.MAX_LENGTH:
            return _length(rule.kind, rule.bound, cell)
        case Kind.PATTERN:
            return negated(dialects.matches(as_text(cell), str(rule.bound), dialect))
        case Kind.FORMAT:
            return _format(str(rule.bound), cell, dialect)
        case Kind.ALLOWED_VALUES:
            return not_among(rule.values, cell)
        case Kind.MIN_ITEMS | Kind.MAX_ITEMS | Kind.UNIQUE_ITEMS | Kind.DIMENSIONS:
            return _items(rule, cell, dialect)
    raise NotRun(f"Rules of the kind {rule.kind} are not run.")


def type_offending(check: TypeCheck, cell: Cell, declared: str, dialect: str) -> Node:
    """What remains to be counted once the stored type may be right. Raises `NotRun`."""
    if cell.problem:
        raise NotRun(cell.problem)
    match check:
        case TypeCheck.READS if cell.reads is not None:
            return both(negated(cell.reads), negated(dialects.is_null(cell.raw)))
        case TypeCheck.WHOLE:
            fraction = exp.NEQ(this=cell.value.copy(), expression=exp.Floor(this=cell.value.copy()))
            if cell.family is not Family.FLOAT:
                return fraction
            return either(fraction, dialects.is_not_finite(_double(cell), dialect))
        case TypeCheck.FINITE:
            return dialects.is_not_finite(_double(cell), dialect)
        case TypeCheck.MIDNIGHT:
            day = dialects.cast(dialects.cast(cell.value, "date"), _instant_type(cell.family))
            return exp.NEQ(this=cell.value.copy(), expression=day)
        case TypeCheck.LENGTH:
            length = physical_of(declared).length
            return exp.GT(this=exp.Length(this=as_text(cell)), expression=dialects.number(length))
    raise NotRun("This text is declared in two ways that do not fit together.")


def _beyond(kind: Kind, bound: Scalar, cell: Cell, dialect: str) -> Node:
    compare = _OFFENDS[kind]
    if cell.family in _NUMBERS:
        return _beyond_number(kind, bound, cell, dialect)
    if cell.family in _INSTANTS:
        value, limit = _instants(cell, describe_scalar(bound))
        return compare(this=value.copy(), expression=limit)
    if cell.family is Family.TIME:
        limit_time = time.fromisoformat(describe_scalar(bound).strip()).replace(tzinfo=None)
        shown = dialects.text(limit_time.isoformat())
        is_text = dialect in ("spark", "databricks")
        return compare(this=cell.value.copy(), expression=shown if is_text else dialects.cast(shown, "time"))
    raise NotRun(f"It is stored as {cell.physical.said[:60]}, which has no size to compare.")


def _beyond_number(kind: Kind, bound: Scalar, cell: Cell, dialect: str) -> Node:
    limit = number_of(bound)
    if limit is None:
        raise NotRun(f"“{describe_scalar(bound)[:40]}” is not a number, and the data holds numbers.")
    compare, is_upper = _OFFENDS[kind], kind in _UPPER
    if cell.family is not Family.FLOAT:
        return compare(this=cell.value.copy(), expression=_exact(limit, kind, cell))
    # A limit takes the precision of the column: the nearest single is meant where singles are stored.
    size = "float" if cell.physical.bits == 32 else "double"
    condition: Node = compare(this=cell.value.copy(), expression=dialects.cast(dialects.number(limit), size))
    if cell.reads is not None and abs(limit) >= EXACT:
        whole = dialects.try_cast(cell.raw, "decimal(38, 0)", dialect)
        condition = either(condition, compare(this=whole, expression=dialects.number(limit)))
    if dialects.nan_passes(dialect, is_upper=is_upper):
        condition = either(condition, dialects.is_nan(cell.value, dialect))
    return condition


def _exact(limit: float, kind: Kind, cell: Cell) -> Node:
    """Whole numbers are compared with a whole limit, so that none is turned into something less exact."""
    if cell.family is Family.INTEGER and not float(limit).is_integer():
        # x ≥ 0.5 is x ≥ 1, x > 0.5 is x > 0, x ≤ 0.5 is x ≤ 0, x < 0.5 is x < 1
        up = kind in (Kind.MINIMUM, Kind.EXCLUSIVE_MAXIMUM)
        return dialects.number(math.ceil(limit) if up else math.floor(limit))
    if isinstance(limit, float) and limit.is_integer() and abs(limit) < 1e30:
        return dialects.number(int(limit))
    return dialects.number(limit)


def _instants(cell: Cell, said: str) -> tuple[Node, Node]:
    """The column and the limit as values that can be compared."""
    limit = read_instant(said.strip(), LogicalType.TIMESTAMP)
    assert not isinstance(limit, time)
    if cell.family is Family.DATE and not isinstance(limit, datetime):
        return cell.value, date_literal(limit)
    if not isinstance(limit, datetime):
        limit = datetime.combine(limit, time())
    value = dialects.cast(cell.value, "timestampntz") if cell.family is Family.DATE else cell.value
    return value, instant_literal(limit, cell)


def date_literal(day: date) -> Node:
    return dialects.cast(dialects.text(day.isoformat()), "date")


def instant_literal(moment: datetime, cell: Cell) -> Node:
    """In the form of the column: an instant in UTC, else as the clock shows it in the column's zone."""
    zone = zone_of(cell.column.options.default_time_zone) or UTC
    if cell.family is Family.INSTANT:
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        shown = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        return dialects.cast(dialects.text(f"{shown}+00:00"), "timestamptz")
    # Text that carries an offset was read as UTC.
    moment = moment.astimezone(UTC if cell.reads is not None else zone) if moment.tzinfo else moment
    return dialects.cast(dialects.text(moment.replace(tzinfo=None).isoformat(sep=" ")), "timestampntz")


def _not_multiple(step: Scalar, cell: Cell, dialect: str) -> Node:
    size = number_of(step)
    if cell.family not in _NUMBERS or not size:
        raise NotRun(f"It is stored as {cell.physical.said[:60]}, which has no multiples.")
    if cell.family is Family.INTEGER and float(size).is_integer():
        rest = exp.Mod(this=cell.value.copy(), expression=dialects.number(int(size)))
        return exp.NEQ(this=rest, expression=dialects.number(0))
    ratio = exp.Div(
        this=dialects.cast(cell.value, "double"), expression=dialects.cast(dialects.number(size), "double")
    )
    away = exp.Abs(this=exp.Sub(this=ratio.copy(), expression=exp.Round(this=ratio.copy())))
    far = exp.GT(this=away, expression=dialects.cast(dialects.number(NEAR), "double"))
    return either(far, dialects.is_not_finite(_double(cell), dialect)) if cell.family is Family.FLOAT else far


def as_text(cell: Cell) -> Node:
    """Raises `NotRun` where it is not text."""
    if cell.physical.family not in _TEXTS:
        raise NotRun(f"It is stored as {cell.physical.said[:60]}; only text has a length and a pattern.")
    is_plain = cell.physical.said.lower().startswith(_PLAIN_TEXT)
    return cell.raw.copy() if is_plain else dialects.cast(cell.raw, "text")


def _length(kind: Kind, bound: Scalar, cell: Cell) -> Node:
    compare = exp.LT if kind is Kind.MIN_LENGTH else exp.GT
    return compare(this=exp.Length(this=as_text(cell)), expression=exp.Literal.number(str(bound)))


def _format(said: str, cell: Cell, dialect: str) -> Node:
    if said in TEXT_FORMATS:
        return negated(dialects.matches(as_text(cell), TEXT_FORMATS[said], dialect))
    if cell.family not in _NUMBERS:
        raise NotRun(f"It is stored as {cell.physical.said[:60]}, not as a number.")
    low, high = INTEGER_FORMATS.get(said, (-_LARGEST_F32, _LARGEST_F32))
    return either(
        _beyond_number(Kind.MINIMUM, low, cell, dialect), _beyond_number(Kind.MAXIMUM, high, cell, dialect)
    )


def not_among(values: Sequence[Scalar], cell: Cell) -> Node:
    """A value that is none of these. A null is no value, and so offends in neither case."""
    listed = _literals(values, cell)
    if not listed:
        return negated(dialects.is_null(cell.raw))
    node = cell.value if cell.family in (*_NUMBERS, Family.BOOLEAN, *_INSTANTS) else _comparable(cell)
    outside = negated(exp.In(this=node.copy(), expressions=listed))
    if cell.reads is not None:  # text that does not read as its type is none of the values either
        return either(outside, both(dialects.is_null(node), negated(dialects.is_null(cell.raw))))
    return outside


def among(values: Sequence[Scalar], cell: Cell) -> Node:
    """One of these values; null where null is among them."""
    conditions: list[Node] = [dialects.is_null(cell.raw)] if None in values else []
    present = [value for value in values if value is not None]
    if cell.reads is not None or cell.family in _TEXTS:
        listed = [dialects.text(describe_scalar(value)) for value in present]
        node = _comparable(cell)
    else:
        listed = _literals(present, cell)
        node = cell.value
    if listed:
        conditions.append(exp.In(this=node.copy(), expressions=listed))
    return either(*conditions) if conditions else exp.false()


def _comparable(cell: Cell) -> Node:
    if cell.physical.family in _TEXTS:
        return as_text(cell)
    raise NotRun(
        f"It is stored as {cell.physical.said[:60]}, which cannot be compared with a list of values."
    )


def _literals(values: Sequence[Scalar], cell: Cell) -> list[Node]:
    """Those values that the column can hold at all, written for its type."""
    present = [value for value in values if value is not None]
    if cell.family in _NUMBERS:
        figures = [number_of(value) for value in present]
        return [dialects.number(one) for one in figures if one is not None]
    if cell.family is Family.BOOLEAN:
        words = {"true": exp.true(), "false": exp.false()}
        return [words[said] for value in present if (said := describe_scalar(value).lower()) in words]
    if cell.family in _INSTANTS:
        return [node for value in present if (node := _instant_of(value, cell)) is not None]
    return [dialects.text(describe_scalar(value)) for value in present]


def _instant_of(value: Scalar, cell: Cell) -> Node | None:
    try:
        return _instants(cell, describe_scalar(value))[1]
    except ValueError:
        return None


def _items(rule: Rule, cell: Cell, dialect: str) -> Node:
    if cell.family is not Family.ARRAY:
        raise NotRun(f"It is stored as {cell.physical.said[:60]}; only a list has items.")
    size = dialects.size_of(cell.value, dialect)
    if rule.kind is Kind.UNIQUE_ITEMS:
        distinct = dialects.size_of_distinct(cell.value, dialect)
        if distinct is None:
            raise NotRun("This engine cannot count the different items of a list.")
        return exp.LT(this=distinct, expression=size)
    compare = {Kind.MIN_ITEMS: exp.LT, Kind.MAX_ITEMS: exp.GT}.get(rule.kind, exp.NEQ)
    # Spark says -1 of a null list, which is not a short one.
    counted = compare(this=size, expression=exp.Literal.number(str(rule.bound)))
    return both(counted, negated(dialects.is_null(cell.value)))


def invalid(quality: QualityRule, cell: Cell, dialect: str) -> Node:
    """What `invalidValues` counts: any of its arguments broken. Raises `NotRun`."""
    conditions: list[Node] = []
    if quality.valid_values is not None:
        conditions.append(not_among(quality.valid_values, cell))
    if quality.pattern:
        conditions.append(negated(dialects.matches(as_text(cell), quality.pattern, dialect)))
    if quality.min_length is not None:
        conditions.append(_length(Kind.MIN_LENGTH, quality.min_length, cell))
    if quality.max_length is not None:
        conditions.append(_length(Kind.MAX_LENGTH, quality.max_length, cell))
    if quality.minimum is not None:
        conditions.append(_beyond(Kind.MINIMUM, quality.minimum, cell, dialect))
    if quality.maximum is not None:
        conditions.append(_beyond(Kind.MAXIMUM, quality.maximum, cell, dialect))
    return either(*conditions)


def _double(cell: Cell) -> Node:
    return cell.value if cell.physical.bits == 64 else dialects.cast(cell.value, "double")


def _instant_type(family: Family) -> str:
    return "timestamptz" if family is Family.INSTANT else "timestampntz"
