"""Runs a contract on PostgreSQL: one read-only transaction, a limit for every statement, addresses that are allowed."""

import contextlib
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from throughline.adapters.engines.base import (
    EngineDown,
    EngineFailed,
    Limits,
    Opened,
    Stored,
    TableMissing,
    address_of,
    shortened,
)
from throughline.core.contracts.documents import Contract, Table
from throughline.core.places import Place

if TYPE_CHECKING:
    from psycopg import Connection, Error

PORT = 5432
CONNECT_SECONDS = 10

# Domains are shown as what they are made of; the rest in the words of the database.
_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname,
        CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'record'
            WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND lower(c.relname) = lower(%(table)s)
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND (%(schema)s = '' OR n.nspname = %(schema)s)
    ORDER BY n.nspname, c.relname, a.attnum"""


class PostgresEngine:
    name = "postgres"
    dialect = "postgres"

    def __init__(self, connection: "Connection[tuple[object, ...]]", place: Place, deadline: float) -> None:
        self._connection = connection
        self._place = place
        self._deadline = deadline

    def open(self, table: Table) -> Opened:
        """Under the name in the data, else under the name in the contract; `schema.table` is understood."""
        for name in dict.fromkeys((self._place.table or table.stored_name, self._place.table or table.name)):
            if found := self._described(name):
                return found
        where = f"the schema {self._place.schema}" if self._place.schema else "this database"
        raise TableMissing(f"There is no table {table.stored_name[:80]} in {where} that may be read.")

    def _described(self, name: str) -> Opened | None:
        schema, _, table = name.rpartition(".")
        given = {"table": table, "schema": schema or self._place.schema}
        rows = self._run(_COLUMNS, given)
        known = list(dict.fromkeys((str(row[0]), str(row[1])) for row in rows))
        exact = [one for one in known if one[1] == table] or known
        if len(exact) > 1:
            listed = ", ".join(".".join(one) for one in exact[:6])
            raise EngineFailed(
                f"There are several tables {table[:80]}: {listed}.", "Say which schema is meant."
            )
        if not exact:
            return None
        columns = [Stored(str(row[2]), str(row[3])) for row in rows if (row[0], row[1]) == exact[0]]
        return Opened(exact[0], columns)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self._run(statement)

    def _run(self, statement: str, given: Mapping[str, object] | None = None) -> list[tuple[object, ...]]:
        """Each statement behind a savepoint: one that fails leaves the transaction usable."""
        import psycopg

        left = self._deadline - time.monotonic()
        if left <= 0:
            raise EngineDown("Reading took longer than is allowed.", "Raise THROUGHLINE_ENGINE_SECONDS.")
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {max(int(left * 1000), 1)}".encode())
                cursor.execute(statement.encode(), given)
                return cursor.fetchall()
        except psycopg.errors.QueryCanceled:
            raise EngineDown(
                "PostgreSQL did not answer within the time that is allowed.",
                "Raise THROUGHLINE_ENGINE_SECONDS, or make the table smaller.",
            ) from None
        except psycopg.OperationalError as error:
            raise EngineDown(f"The connection to PostgreSQL was lost ({shortened(error, 160)}).") from None
        except psycopg.Error as error:
            raise EngineFailed(f"PostgreSQL says: {_in_words(error)}") from None


def _in_words(error: "Error") -> str:
    """The first sentence. Errors about values (class 22) quote the value, which is left out."""
    said = (error.diag.message_primary or shortened(error))[:300]
    is_about_value = (error.sqlstate or "").startswith("22")
    return re.sub(r'"[^"]*"', "…", said) if is_about_value else said


@contextlib.contextmanager
def open_postgres(
    place: Place, _: Contract, limits: Limits, secrets: Mapping[str, str]
) -> Iterator[PostgresEngine]:
    """Raises `EngineDown` where nothing answers, or the sign-in is refused. The password is `secrets["password"]`."""
    import psycopg

    deadline = time.monotonic() + limits.seconds
    address = address_of(place.host, place.port or PORT, limits)
    try:
        connection = psycopg.connect(
            host=place.host,
            hostaddr=address,
            port=place.port or PORT,
            dbname=place.database,
            user=place.user or None,
            password=secrets.get("password") or None,
            connect_timeout=CONNECT_SECONDS,
            application_name="throughline",
            options="-c default_transaction_read_only=on -c TimeZone=UTC -c lock_timeout=10s",
        )
    except psycopg.Error as error:
        raise EngineDown(
            f"PostgreSQL at {place.host}:{place.port or PORT} cannot be used ({shortened(error, 200)}).",
            "Check host, database, user and password, and whether the server runs.",
        ) from None
    with contextlib.closing(connection):
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True):
            yield PostgresEngine(connection, place, deadline)
