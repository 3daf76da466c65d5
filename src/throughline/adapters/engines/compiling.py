"""From the rules of one table to what must be asked of the data: one plan, whatever the engine.

A plan holds what is settled by the table's shape alone, the figures of one aggregate statement, the keys and the
queries that need statements of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlglot import exp

from throughline.adapters.engines import conditions, dialects
from throughline.adapters.engines.base import Stored
from throughline.adapters.engines.cells import Absent, Cell, Cells
from throughline.adapters.engines.conditions import NotRun
from throughline.adapters.engines.dialects import Node
from throughline.core.contracts import judging
from throughline.core.contracts.demands import Metric
from throughline.core.contracts.documents import Column
from throughline.core.contracts.results import RuleResult
from throughline.core.contracts.rule import Kind, Rule
from throughline.core.contracts.service_levels import PERIODS, LevelKind, bucket_of
from throughline.core.contracts.types import (
    Family,
    TypeCheck,
    TypeVerdict,
    judge_logical,
    judge_physical,
)

_INSTANTS = (Family.DATE, Family.TIMESTAMP, Family.INSTANT)


@dataclass(frozen=True)
class Measure:
    """A rule whose `figures` stand in the aggregate statement. `bad` is the condition of an offending row, for samples;
    `notes` are figures that are known beforehand. `pattern` must be tried alone before it may stand beside others."""

    rule: Rule
    figures: dict[str, Node]
    bad: Node | None = None
    notes: dict[str, object] = field(default_factory=dict)
    pattern: str = ""


@dataclass(frozen=True)
class KeyMeasure:
    """Rules about the same key, by the columns it consists of: one statement for all of them."""

    rules: tuple[Rule, ...]
    columns: tuple[Node, ...]


@dataclass
class Plan:
    settled: list[RuleResult] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    keys: list[KeyMeasure] = field(default_factory=list)
    queries: list[Rule] = field(default_factory=list)


def compile_table(
    rules: Sequence[Rule],
    columns: Sequence[Stored],
    *,
    dialect: str,
    now: datetime,
    standard: tuple[int, int] = (3, 1),
) -> Plan:
    """`columns` as the engine describes them. Every rule ends in exactly one part of the plan."""
    compiler = _Compiler(Cells(columns, dialect), dialect, now, standard)
    for rule in rules:
        compiler.add(rule)
    return compiler.plan


class _Compiler:
    def __init__(self, cells: Cells, dialect: str, now: datetime, standard: tuple[int, int]) -> None:
        self.cells = cells
        self.dialect = dialect
        self.now = now
        self.standard = standard
        self.plan = Plan()
        self._keys: dict[tuple[str, ...], int] = {}

    def add(self, rule: Rule) -> None:
        try:
            self._add(rule)
        except Absent as absent:
            if rule.kind is Kind.PRESENT and absent.is_missing:
                self.plan.settled.append(judging.failed(rule, absent.why))
            else:
                self.plan.settled.append(judging.unknown(rule, absent.why))
        except (NotRun, ValueError) as error:
            self.plan.settled.append(judging.unknown(rule, str(error)))

    def _add(self, rule: Rule) -> None:
        if rule.problem:
            raise NotRun(rule.problem)
        match rule.kind:
            case Kind.TABLE_PRESENT:
                self.plan.settled.append(judging.passed(rule, "It is there."))
            case Kind.PRESENT:
                cell = self.cells.find(rule.path)
                self.plan.settled.append(judging.passed(rule, f"It is stored as {cell.physical.said[:200]}."))
            case Kind.TYPE | Kind.PHYSICAL_TYPE:
                self._type(rule)
            case Kind.TIME_ZONE | Kind.PROPERTIES:
                self.plan.settled.append(self._shape(rule))
            case Kind.UNIQUE | Kind.PRIMARY_KEY:
                self._key(rule, rule.columns)
            case Kind.METRIC:
                self._metric(rule)
            case Kind.SQL:
                self.plan.queries.append(rule)
            case Kind.LEVEL:
                self._level(rule)
            case _:
                cell = self.cells.find(rule.path)
                self._count(rule, conditions.offending(rule, cell, self.dialect))

    def _count(self, rule: Rule, bad: Node, note: str = "") -> None:
        notes: dict[str, object] = {"note": note} if note else {}
        pattern = str(rule.bound) if rule.kind is Kind.PATTERN else ""
        measure = Measure(rule, {"bad": dialects.count_if(bad)}, bad, notes, pattern)
        self.plan.measures.append(measure)

    def _type(self, rule: Rule) -> None:
        cell = self.cells.find(rule.path)
        if rule.kind is Kind.TYPE:
            verdict = judge_logical(cell.column, cell.physical, self.standard)
        else:
            verdict = judge_physical(cell.column.physical_type, cell.physical)
        if not verdict.is_type or verdict.check is TypeCheck.NOTHING:
            self.plan.settled.append(self._settled_type(rule, verdict, cell))
            return
        if rule.kind is Kind.PHYSICAL_TYPE and verdict.check is TypeCheck.READS:
            cell = self.cells.find(rule.path, by_physical=True)
        bad = conditions.type_offending(verdict.check, cell, cell.column.physical_type, self.dialect)
        self._count(rule, bad, f"stored as {cell.physical.said[:60]}")

    def _settled_type(self, rule: Rule, verdict: TypeVerdict, cell: Cell) -> RuleResult:
        found = f"It is stored as {cell.physical.said[:200]}."
        if verdict.is_unknown:
            return judging.unknown(rule, verdict.reason)
        return (
            judging.passed(rule, found)
            if verdict.is_type
            else judging.failed(rule, verdict.reason, found=found)
        )

    def _shape(self, rule: Rule) -> RuleResult:
        """What the stored type tells alone."""
        cell = self.cells.find(rule.path)
        found = f"It is stored as {cell.physical.said[:200]}."
        if rule.kind is Kind.TIME_ZONE:
            if cell.reads is not None or cell.family not in _INSTANTS:
                raise NotRun(
                    f"It is stored as {cell.physical.said[:60]}, which does not say whether there is a zone."
                )
            is_right = (cell.family is Family.INSTANT) is (rule.bound is True)
            return judging.passed(rule, found) if is_right else judging.failed(rule, found)
        if cell.family is not Family.OBJECT:
            raise NotRun(f"It is stored as {cell.physical.said[:60]}; its properties are not looked into.")
        return self._properties(rule, cell)

    def _properties(self, rule: Rule, cell: Cell) -> RuleResult:
        kind = exp.DataType.build(cell.physical.said, dialect=self.dialect)
        names = [one.name for one in kind.expressions]
        if rule.values:
            missing = [str(name) for name in rule.values if name not in names]
            found = f"It holds {', '.join(names)[:200]}."
            return (
                judging.failed(rule, f"It lacks {', '.join(missing)[:200]}.")
                if missing
                else judging.passed(rule, found)
            )
        is_most = rule.id.endswith("max_properties")
        count, bound = len(names), int(str(rule.bound))
        is_kept = count <= bound if is_most else count >= bound
        return (
            judging.passed(rule, f"It holds {count}.")
            if is_kept
            else judging.failed(rule, f"It holds {count}.")
        )

    def _key(self, rule: Rule, columns: Sequence[Column]) -> None:
        nodes: list[Node] = []
        for column in columns:
            path = rule.path if len(columns) == 1 and rule.path else (column,)
            cell = self.cells.find(path)
            if cell.family in (Family.OBJECT, Family.MAP, Family.ARRAY, Family.JSON):
                raise NotRun(
                    f"{column.name[:60]} is stored as {cell.physical.said[:60]}, which is not compared."
                )
            nodes.append(cell.raw)
        name = tuple(sorted(node.sql() for node in nodes))
        if name in self._keys:
            place = self._keys[name]
            known = self.plan.keys[place]
            self.plan.keys[place] = KeyMeasure((*known.rules, rule), known.columns)
        else:
            self._keys[name] = len(self.plan.keys)
            self.plan.keys.append(KeyMeasure((rule,), tuple(nodes)))

    def _metric(self, rule: Rule) -> None:
        quality = rule.quality
        assert quality is not None
        if quality.metric is Metric.ROW_COUNT:
            self.plan.measures.append(Measure(rule, {"count": exp.Count(this=exp.Star())}))
            return
        if quality.metric is Metric.DUPLICATE_VALUES:
            self._key(rule, rule.columns)
            return
        path = rule.path if rule.path and rule.columns == rule.path[-1:] else rule.columns
        cell = self.cells.find(path)
        if cell.problem:
            raise NotRun(cell.problem)
        if quality.metric is Metric.NULL_VALUES:
            bad = dialects.is_null(cell.raw)
        elif quality.metric is Metric.MISSING_VALUES:
            bad = conditions.among(quality.missing_values or (None,), cell)
        else:
            bad = conditions.invalid(quality, cell, self.dialect)
        self.plan.measures.append(
            Measure(rule, {"count": dialects.count_if(bad)}, bad, pattern=quality.pattern)
        )

    def _level(self, rule: Rule) -> None:
        level = rule.level
        assert level is not None
        if level.moment is not None:
            self.plan.settled.append(judging.judge(rule, {}, self.now))
            return
        cell = self._instant_cell(rule.path)
        zone = (
            cell.column.options.default_time_zone
            if cell.family is not Family.INSTANT and cell.reads is None
            else ""
        )
        figures = self._delay(rule, cell) if level.arrival else {}
        if level.kind is LevelKind.FREQUENCY:
            figures = self._periods(rule, cell, zone)
        elif not figures:
            limit = self._now_literal(cell, zone)
            is_past = exp.LTE(this=cell.value.copy(), expression=limit)
            figures = {
                "newest": exp.Max(this=exp.Case().when(is_past, cell.value.copy())),
                "oldest": exp.Min(this=cell.value.copy()),
                "ahead": dialects.count_if(exp.GT(this=cell.value.copy(), expression=limit.copy())),
            }
        self.plan.measures.append(Measure(rule, figures, notes={"zone": zone}))

    def _instant_cell(self, path: Sequence[Column]) -> Cell:
        cell = self.cells.find(path)
        if cell.problem:
            raise NotRun(cell.problem)
        if cell.family not in _INSTANTS:
            raise NotRun(
                f"{cell.column.name[:60]} is stored as {cell.physical.said[:60]}, which tells no time."
            )
        return cell

    def _now_literal(self, cell: Cell, zone: str) -> Node:
        if cell.family is Family.DATE:
            return conditions.date_literal(judging.local_now(self.now, zone).date())
        return conditions.instant_literal(self.now, cell)

    def _periods(self, rule: Rule, cell: Cell, zone: str) -> dict[str, Node]:
        """Whole periods before the present one that hold a value, and the first of them."""
        assert rule.level is not None
        assert rule.level.span is not None
        span = rule.level.span
        here = bucket_of(judging.local_now(self.now, zone), span)
        bucket = dialects.bucket(cell.value, span, self.dialect)
        is_past = exp.LTE(this=bucket.copy(), expression=dialects.number(here))
        counts = dialects.both(
            exp.LT(this=bucket.copy(), expression=dialects.number(here)),
            exp.GTE(this=bucket.copy(), expression=dialects.number(here - PERIODS)),
        )
        return {
            "first": exp.Min(this=exp.Case().when(is_past, bucket.copy())),
            "filled": exp.Count(this=exp.Distinct(expressions=[exp.Case().when(counts, bucket.copy())])),
        }

    def _delay(self, rule: Rule, cell: Cell) -> dict[str, Node]:
        assert rule.level is not None
        arrived = self._instant_cell(rule.columns)
        if rule.level.span and rule.level.span.months:
            raise NotRun("A latency of months or years cannot be compared row by row; say it in days.")
        delay = dialects.seconds_of(arrived.value, self.dialect) - dialects.seconds_of(
            cell.value, self.dialect
        )
        return {"delay": exp.Max(this=delay)}
