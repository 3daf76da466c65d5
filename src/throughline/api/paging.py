"""Pages through lists by a cursor that stays right while rows are added: it holds the place of the last row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from pydantic import Field

from throughline.core.errors import Refused

Row = TypeVar("Row", bound=Model)
DEFAULT_LIMIT = 50
MAX_LIMIT = 500
SALT = "throughline.api.cursor"

Limit = Annotated[
    int, Field(ge=1, le=MAX_LIMIT, description=f"Rows per page, up to {MAX_LIMIT}.", examples=[50])
]
Cursor = Annotated[
    str,
    Field(
        max_length=2000, description="What the page before gave as `next`; leave it out for the first page."
    ),
]


def page_of_values(
    rows: "QuerySet[Any]", order: Sequence[str], fields: Mapping[str, str], *, limit: int, cursor: str
) -> dict[str, object]:
    """`fields` maps each name in the reply to a column; rows are read as plain values, which is the fast way."""
    columns = [*fields.values(), *(name for name in _names(order) if name not in fields.values())]
    found = list(_after(rows, order, cursor).values_list(*columns)[: limit + 1])
    shown = found[:limit]
    names = list(fields)
    last = dict(zip(columns, shown[-1], strict=True)) if len(found) > limit else None
    return {
        "items": [dict(zip(names, row, strict=False)) for row in shown],
        "next": _cursor(order, [last[name] for name in _names(order)]) if last else None,
    }


def page_of_rows(
    rows: "QuerySet[Row]", order: Sequence[str], show: Callable[[Row], object], *, limit: int, cursor: str
) -> dict[str, object]:
    """For rows whose reply takes more than columns."""
    found = list(_after(rows, order, cursor)[: limit + 1])
    shown = found[:limit]
    is_more = len(found) > limit
    last = [getattr(shown[-1], name) for name in _names(order)] if is_more else []
    return {"items": [show(row) for row in shown], "next": _cursor(order, last) if is_more else None}


def _names(order: Sequence[str]) -> list[str]:
    return [name.removeprefix("-") for name in order]


def _after(rows: "QuerySet[Row]", order: Sequence[str], cursor: str) -> "QuerySet[Row]":
    ordered = rows.order_by(*order)
    if not cursor:
        return ordered
    values = _read(order, cursor)
    beyond = Q()
    for index, name in enumerate(order):
        same = {column: values[place] for place, column in enumerate(_names(order)[:index])}
        direction = "lt" if name.startswith("-") else "gt"
        beyond |= Q(**same, **{f"{name.removeprefix('-')}__{direction}": values[index]})
    return ordered.filter(beyond)


def _cursor(order: Sequence[str], values: Sequence[object]) -> str:
    plain = [{"at": value.isoformat()} if isinstance(value, datetime) else value for value in values]
    return signing.dumps([list(order), plain], salt=SALT, compress=True)


def _read(order: Sequence[str], cursor: str) -> list[Any]:
    """Signed, so that nobody can ask the database to compare with anything they like."""
    try:
        kept_order, plain = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        kept_order, plain = None, []
    if kept_order != list(order):
        raise Refused.field(
            "cursor", "This is not a cursor of this list in this order.", "Begin at the first page."
        )
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in plain]
