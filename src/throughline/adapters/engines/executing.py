"""Executes a contract on an open engine, table by table; what fails costs the rules that it concerns, and no others."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from throughline.adapters.engines import statements
from throughline.adapters.engines.base import EngineDown, EngineFailed, Opened, TableMissing
from throughline.adapters.engines.cells import Absent, Cells
from throughline.adapters.engines.compiling import KeyMeasure, Measure, Plan, compile_table
from throughline.adapters.engines.conditions import NotRun
from throughline.adapters.engines.dialects import Node
from throughline.adapters.engines.queries import prepare
from throughline.core.contracts import judging
from throughline.core.contracts.documents import Contract, Table
from throughline.core.contracts.results import RuleOutcome, RuleResult
from throughline.core.contracts.rule import Kind, Rule
from throughline.core.contracts.rules import by_table, rules_of

MOST_FIGURES = 1_000  # PostgreSQL answers with at most 1,664 columns
MOST_STATEMENTS = 200  # for one table, when one statement has to be taken apart
SAMPLE_ROWS = 5
LONGEST_CELL = 200


class Engine(Protocol):
    """An engine that is open on a place. Every method raises `EngineFailed` in words."""

    @property
    def name(self) -> str: ...

    @property
    def dialect(self) -> str: ...

    def open(self, table: Table) -> Opened: ...

    def rows(self, statement: str) -> list[tuple[object, ...]]: ...


@dataclass(frozen=True)
class Part:
    """What is known so far: results, and how many tables are done. `rows` are those of a table just counted."""

    results: tuple[RuleResult, ...] = ()
    rows: int | None = None
    tables_done: int = 0
    table: str = ""


def execute(
    contract: Contract, engine: Engine, *, now: datetime, allow_samples: bool, tell: Callable[[Part], None]
) -> None:
    """Tells every result exactly once, as it is known. Never raises for what lies in the data or the engine."""
    rules = by_table(rules_of(contract))
    opened, faults = _open_all(contract, engine)
    names = {
        name.lower(): opened[table.name].name
        for table in contract.tables
        if table.name in opened
        for name in (table.stored_name, table.name)
    }
    for done, table in enumerate(contract.tables, 1):
        wanted = rules.get(table.name, [])
        if table.name in opened:
            run = _Run(contract, engine, table, opened[table.name], names, now, tell)
            run.execute(wanted, allow_samples=allow_samples)
        else:
            tell(Part(tuple(_not_opened(wanted, faults[table.name]))))
        tell(Part(tables_done=done, table=table.name))
    rest = [
        rule for name, found in rules.items() if contract.table(name) is None or not name for rule in found
    ]
    plan = compile_table(rest, [], dialect=engine.dialect, now=now)
    tell(Part(tuple(plan.settled)))


def _open_all(contract: Contract, engine: Engine) -> tuple[dict[str, Opened], dict[str, EngineFailed]]:
    """Before anything is run, so that a query may name any table."""
    opened: dict[str, Opened] = {}
    faults: dict[str, EngineFailed] = {}
    down: EngineDown | None = None
    for table in contract.tables:
        try:
            if down:
                raise down
            opened[table.name] = engine.open(table)
        except EngineFailed as failure:
            faults[table.name] = failure
            down = failure if isinstance(failure, EngineDown) else None
    return opened, faults


def _not_opened(rules: Sequence[Rule], failure: EngineFailed) -> Iterator[RuleResult]:
    for rule in rules:
        if rule.kind is Kind.TABLE_PRESENT and isinstance(failure, TableMissing):
            yield judging.failed(rule, str(failure))
        else:
            yield judging.unknown(rule, rule.problem or str(failure))


class _Run:
    """One table."""

    def __init__(
        self,
        contract: Contract,
        engine: Engine,
        table: Table,
        opened: Opened,
        names: Mapping[str, tuple[str, ...]],
        now: datetime,
        tell: Callable[[Part], None],
    ) -> None:
        self.contract = contract
        self.engine = engine
        self.table = table
        self.opened = opened
        self.names = names
        self.now = now
        self._tell = tell
        self.samples: list[tuple[RuleResult, Node]] = []
        self.left = MOST_STATEMENTS
        self.down: EngineDown | None = None

    def execute(self, rules: Sequence[Rule], *, allow_samples: bool) -> None:
        plan = compile_table(
            rules,
            self.opened.columns,
            dialect=self.engine.dialect,
            now=self.now,
            standard=self.contract.standard_version,
        )
        self._tell(Part(tuple(plan.settled)))
        shown = (
            _shown_columns(self.table, Cells(self.opened.columns, self.engine.dialect))
            if allow_samples
            else []
        )
        self._aggregate(plan, shown)
        for rule in plan.queries:
            self._tell(Part((self._query(rule),)))

    def _aggregate(self, plan: Plan, shown: Sequence[tuple[str, Node]]) -> None:
        measures = [one for one in plan.measures if self._is_understood(one)]
        nulls = [statements.key_nulls(key) for key in plan.keys]
        counted = self._measure([*measures, *nulls])
        known = [one for one in counted if isinstance(one, dict)]
        if known:
            self._tell(Part(rows=judging.whole(known[0][statements.ROWS])))
        for measure, figures in zip(measures, counted, strict=False):
            result = self._judged(measure.rule, figures)
            if shown and measure.bad is not None and result.outcome is RuleOutcome.FAILED:
                result = replace(result, sample=self._sample(measure.bad, shown))
            self._tell(Part((result,)))
        for key, figures in zip(plan.keys, counted[len(measures) :], strict=True):
            self._key(key, figures)

    def _is_understood(self, measure: Measure) -> bool:
        """A pattern that the engine does not know would fail the whole statement: it is tried alone first."""
        if not measure.pattern:
            return True
        try:
            self._rows(statements.pattern_probe(measure.pattern, self.engine.dialect))
        except EngineFailed as failure:
            why = f"The engine does not understand the pattern. {failure.why}"
            self._tell(Part((judging.unknown(measure.rule, why),)))
            return False
        return True

    def _measure(self, measures: Sequence[Measure]) -> list[dict[str, object] | EngineFailed]:
        """Figures of each measure, or why there are none. A statement that fails is halved till its fault is alone."""
        if len(measures) > MOST_FIGURES:
            return [
                figures
                for start in range(0, len(measures), MOST_FIGURES)
                for figures in self._measure(measures[start : start + MOST_FIGURES])
            ]
        statement = statements.aggregate(measures, self.opened.name, self.engine.dialect)
        try:
            row = self._rows(statement.sql)[0]
        except EngineFailed as failure:
            if len(measures) < 2 or isinstance(failure, EngineDown) or self.left <= 0:
                return [failure for _ in measures]
            middle = len(measures) // 2
            return [*self._measure(measures[:middle]), *self._measure(measures[middle:])]
        return list(statements.figures_of(statement, row, measures))

    def _judged(self, rule: Rule, figures: dict[str, object] | EngineFailed) -> RuleResult:
        if isinstance(figures, EngineFailed):
            return judging.unknown(rule, str(figures))
        return judging.judge(rule, figures, self.now)

    def _key(self, key: KeyMeasure, figures: dict[str, object] | EngineFailed) -> None:
        if not isinstance(figures, EngineFailed):
            try:
                statement = statements.key_statement(key, self.opened.name, self.engine.dialect)
                keys = judging.whole(self._rows(statement)[0][0])
                whole = judging.whole(figures[statements.ROWS]) - judging.whole(figures["nulls"])
                figures = {**figures, "extra": whole - keys, "count": whole - keys}
            except EngineFailed as failure:
                figures = failure
        self._tell(Part(tuple(self._judged(rule, figures) for rule in key.rules)))

    def _query(self, rule: Rule) -> RuleResult:
        quality = rule.quality
        assert quality is not None
        column = rule.path[-1].stored_name if rule.path else ""
        try:
            statement = prepare(
                quality.query,
                self.names,
                self.engine.dialect,
                table=self.table.stored_name,
                column=column,
            )
            rows = self._rows(statement)
        except (NotRun, EngineFailed) as failure:
            return judging.unknown(rule, str(failure))
        if len(rows) != 1 or len(rows[0]) != 1:
            shape = f"{len(rows):,} rows" if len(rows) != 1 else f"{len(rows[0])} columns"
            return judging.unknown(rule, f"The query must return one figure; it returned {shape}.")
        return judging.judge(rule, {"value": rows[0][0]}, self.now)

    def _sample(self, bad: Node, shown: Sequence[tuple[str, Node]]) -> tuple[Mapping[str, str], ...]:
        """Nothing where it cannot be had: the verdict stands without it."""
        statement = statements.sample(bad, shown, self.opened.name, self.engine.dialect, SAMPLE_ROWS)
        try:
            rows = self._rows(statement)
        except EngineFailed:
            return ()
        names = [name for name, _ in shown]
        return tuple(dict(zip(names, map(_cell, row), strict=True)) for row in rows)

    def _rows(self, statement: str) -> list[tuple[object, ...]]:
        """Once the engine is down, it is not asked again."""
        if self.down:
            raise self.down
        self.left -= 1
        try:
            return self.engine.rows(statement)
        except EngineDown as failure:
            self.down = failure
            raise


def _shown_columns(table: Table, cells: Cells) -> list[tuple[str, Node]]:
    found: list[tuple[str, Node]] = []
    for column in table.columns:
        if column.may_be_shown and column.semantic_type != "measure":
            try:
                found.append((column.name, cells.find((column,)).raw))
            except Absent:
                continue
    return found[:20]


def _cell(value: object) -> str:
    said = "" if value is None else str(value)
    return said if len(said) <= LONGEST_CELL else f"{said[: LONGEST_CELL - 1]}…"
