"""What the engines of the cloud share: drivers loaded only here, columns from the information schema, errors."""

import importlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from throughline.adapters.engines.base import (
    EngineDown,
    EngineFailed,
    Opened,
    Stored,
    TableMissing,
    shortened,
)
from throughline.core.contracts.documents import Table

Ask = Callable[[str], Sequence[Sequence[object]]]


class WarehouseEngine:
    """An engine that answers statements through `ask`. `before` are the parts of a table's name above its own."""

    def __init__(
        self, name: str, ask: Ask, *, before: tuple[str, ...], table: str, columns_from: str, seconds: float
    ) -> None:
        self.name = name
        self.dialect = name
        self._ask = ask
        self._before = before
        self._table = table
        self._columns_from = columns_from
        self._deadline = time.monotonic() + seconds

    def open(self, table: Table) -> Opened:
        for name in dict.fromkeys((self._table or table.stored_name, self._table or table.name)):
            rows = self.rows(columns_statement(self._columns_from, self._before[-1], name))
            tables = list(dict.fromkeys(str(row[0]) for row in rows))
            chosen = name if name in tables else tables[0] if len(tables) == 1 else None
            if chosen:
                columns = [Stored(str(row[1]), str(row[2])) for row in rows if row[0] == chosen]
                return Opened((*self._before, chosen), columns)
        raise TableMissing(f"There is no table {table.stored_name[:80]} in {'.'.join(self._before)[:120]}.")

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        if time.monotonic() >= self._deadline:
            raise EngineDown("Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS.")
        try:
            return [tuple(row) for row in self._ask(statement)]
        except Exception as error:  # each driver has errors of its own
            raise EngineFailed(f"{self.name.capitalize()} says: {shortened(error)}") from None


def columns_statement(source: str, schema: str, table: str) -> str:
    """Columns of a table whose name matches, upper and lower case aside: table, column, type, in their order."""
    # The engines escape quotation marks in different ways; a name that holds one is not found.
    quoted = [re.sub(r"['\\]", "", text) for text in (schema, table)]
    return (
        f"SELECT table_name, column_name, data_type FROM {source} "  # noqa: S608  quoted above, and our own names
        f"WHERE lower(table_schema) = lower('{quoted[0]}') AND lower(table_name) = lower('{quoted[1]}') "
        f"ORDER BY table_name, ordinal_position"
    )


def driver(module: str, package: str) -> ModuleType:
    """Raises `EngineDown` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise EngineDown(f"The driver {package} is not installed here.", f"Install {package}.") from None


def needed(secrets: Mapping[str, str], name: str, engine: str) -> str:
    """A secret that the engine cannot do without."""
    if value := secrets.get(name):
        return value
    raise EngineDown(
        f"There are no credentials for {engine}: {name} is missing.", "Enter it beside the place."
    )


def connected(connect: Callable[[], Any], engine: str) -> Any:
    try:
        return connect()
    except EngineFailed:
        raise
    except Exception as error:  # each driver has errors of its own
        raise EngineDown(
            f"{engine} cannot be used ({shortened(error, 200)}).", "Check the address, and the credentials."
        ) from None


def asking(connection: Any) -> Ask:
    """Statements through a connection as Python's database interface has it."""

    def ask(statement: str) -> Sequence[Sequence[object]]:
        cursor = connection.cursor()
        try:
            cursor.execute(statement)
            rows: Sequence[Sequence[object]] = cursor.fetchall()
            return rows
        finally:
            cursor.close()

    return ask
