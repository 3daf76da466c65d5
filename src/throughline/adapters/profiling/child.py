"""The process that profiles one table: confined to its files, with little memory, and gone when its parent is."""

import json
import os
import resource
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.adapters.profiling import ProfileStopped
from throughline.adapters.profiling.counting import counted
from throughline.adapters.profiling.faults import told
from throughline.adapters.profiling.files import Table, found_files, quoted_name, quoted_text, table_of
from throughline.core.errors import Refused
from throughline.core.places import read_place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MB = 1_000_000
# What the interpreter and the engine's code take besides the data.
OVERHEAD_MB = 2_500
_LOCKED = (
    "SET threads=2",
    "SET preserve_insertion_order=false",
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET TimeZone='UTC'",
)


def main() -> int:
    """Reads one request from the standard input, answers in lines of JSON."""
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _say({"profile": profiled(request)})
    except ProfileStopped as stopped:
        _say({"stopped": str(stopped)})
    except Exception as error:
        _say({"stopped": told(error, keeps_values=request["keeps_values"])})
    return 0


def profiled(request: Mapping[str, object]) -> dict[str, object]:
    import duckdb

    memory, given = int(str(request["memory_mb"])), request["place"]
    assert isinstance(given, Mapping)
    limit = (memory + OVERHEAD_MB) * MB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        place = read_place(given)
    except Refused as refusal:
        raise ProfileStopped(str(refusal)) from None
    folders = request["folders"]
    assert place is not None and isinstance(folders, list)
    table = table_of(place, found_files(place, [Path(one) for one in folders]))
    with (
        tempfile.TemporaryDirectory(prefix="throughline-profile-") as scratch,
        duckdb.connect(":memory:") as connection,
    ):
        table = confined(connection, table, memory_mb=memory, scratch=scratch)
        found = counted(
            connection,
            table,
            keeps_values=bool(request["keeps_values"]),
            max_columns=int(str(request["max_columns"])),
            on_progress=lambda done, columns: _say({"done": done, "columns": columns}),
        )
    return dict(found.to_plain())


def confined(connection: "DuckDBPyConnection", table: Table, *, memory_mb: int, scratch: str) -> Table:
    """After this the connection reads these files and no other, and its settings stay as they are."""
    for setting in (
        *_LOCKED,
        f"SET memory_limit='{memory_mb}MB'",
        f"SET temp_directory={quoted_text(scratch)}",
    ):
        connection.execute(setting)
    connection.execute("SET max_temp_directory_size='4GB'")
    if not table.source:
        connection.execute(f"ATTACH {quoted_text(table.files[0])} AS data (READ_ONLY)")
        table = _attached(connection, table)
    paths = ", ".join(map(quoted_text, table.files))
    connection.execute(f"SET allowed_paths=[{paths}]")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
    return table


def _attached(connection: "DuckDBPyConnection", table: Table) -> Table:
    """The table that was asked for, or the only one that there is."""
    rows = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'data' ORDER BY 1, 2"
    ).fetchall()
    names = {f"{schema}.{name}": (schema, name) for schema, name in rows}
    wanted = [key for key, (_, name) in names.items() if table.attached in ("", key, name)]
    if len(wanted) != 1:
        listed = ", ".join(list(names)[:20]) or "none"
        why = f"There is no table “{table.attached}” in it." if table.attached else "It has several tables."
        if not names:
            why = "This database has no table."
        elif len(wanted) > 1 and table.attached:
            why = f"Several tables are called “{table.attached}”."
        raise ProfileStopped(f"{why} Name one of these: {listed}.")
    schema, name = names[wanted[0]]
    return Table(f"data.{quoted_name(schema)}.{quoted_name(name)}", table.files, None)


def _end_with_parent() -> None:
    """Waits until the other end of the pipe is closed, which happens at the latest when the parent ends."""
    while sys.stdin.read(1):
        continue
    os._exit(1)


def _say(content: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
