"""Changes a whole installation: loads an archive into an empty one, and writes the log's head down outside."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import IntegrityError, connection, models, transaction

from throughline.core.errors import Refused
from throughline.core.installation import Tally, read_line
from throughline.core.permissions import Actor, require
from throughline.queries import installation

T = TypeVar("T")
BATCH = 500


def load(*, actor: Actor, lines: Iterable[str], expected_hash: str) -> dict[str, int]:
    """Fills an empty installation with exactly these rows, or leaves it empty; returns the rows per table.

    No activity is recorded: the log is part of what is loaded, and must come out as it went in.
    """
    require(actor, "installation.administer")
    try:
        with transaction.atomic():
            _make_room()
            _insert(lines)
            _follow_on()
            return _confirm(expected_hash)
    except IntegrityError as error:
        raise Refused.of(f"The rows do not fit together: {error}. Nothing was changed.") from error


def _make_room() -> None:
    installation.require_empty()
    for model in installation.tables().values():
        model._base_manager.all().delete()


def _insert(lines: Iterable[str]) -> None:
    known = installation.tables()
    for table, rows in groupby((read_line(text) for text in lines), key=lambda item: item[0]):
        if table not in known:
            raise Refused.of(f"The archive has a table {table!r} that this version does not know.")
        for batch in _batches((row for _, row in rows), BATCH):
            model = known[table]
            model._base_manager.bulk_create([_row(model, row) for row in batch])


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch


def _row(model: type[models.Model], row: dict[str, object]) -> models.Model:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    if row.keys() != fields.keys():
        odd = ", ".join(sorted(row.keys() ^ fields.keys()))
        raise Refused.of(f"A row of {model._meta.db_table} does not have the columns of this version: {odd}.")
    try:
        return model(**{name: _value(fields[name], value) for name, value in row.items()})
    except (ValidationError, TypeError, ValueError) as error:
        raise Refused.of(f"A row of {model._meta.db_table} cannot be read: {error}.") from error


def _value(field: "models.Field[object, object]", value: object) -> object:
    return value if isinstance(field, models.JSONField) else field.to_python(value)


def _follow_on() -> None:
    """New rows must get numbers after the loaded ones; SQLite sees to that by itself."""
    statements = connection.ops.sequence_reset_sql(no_style(), list(installation.tables().values()))
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _confirm(expected_hash: str) -> dict[str, int]:
    tally = Tally()
    for table, text in installation.lines():
        tally.add(table, text)
    if tally.content_hash != expected_hash:
        raise Refused.of(
            "What was loaded is not what the archive says it holds. Nothing was changed.",
            remedy="Use another copy of the archive.",
        )
    return tally.counts


def anchor(*, actor: Actor, file: Path, now: datetime) -> bool:
    """Appends the log's head to a file outside the database; says whether there was a new one.

    The log is not written to: an entry about the anchor would itself have to be anchored.
    """
    require(actor, "installation.administer")
    seq, digest = installation.head()
    if not seq or seq in installation.anchors(file):
        return False
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"{seq} {digest} {now.isoformat()}\n")
        out.flush()
        os.fsync(out.fileno())
    return True
