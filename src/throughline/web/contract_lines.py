"""One contract as a line of a list: what it is about, what has to happen next, and the way to its page."""

from dataclasses import dataclass

from django.urls import reverse

from throughline.queries.contracts import Line
from throughline.queries.rows import DataContract
from throughline.web.routes import Crumb


@dataclass(frozen=True)
class Row:
    line: Line
    about: str
    next: str


def row_of(line: Line) -> Row:
    row = line.row
    if row.model is not None:
        about = f"Output of {row.model.name}"
    else:
        about = f"Data of {row.source.name}" if row.source is not None else "Linked to nothing yet"
    return Row(line, about, _next(line))


def _next(line: Line) -> str:
    """What has to happen, and who does it."""
    if line.state == "ended":
        return ""
    if line.row.source_id is None and line.row.model_id is None:
        return "Say which source or model it is about."
    if not line.history.consumers:
        return "Nobody consumes it yet, so nobody can agree."
    if line.declined:
        return f"{line.declined[0].by} declined: publish what they can agree to."
    if line.awaited:
        names = ", ".join(one.name for one in line.awaited[:3])
        more = f" and {len(line.awaited) - 3} more" if len(line.awaited) > 3 else ""
        return f"Waits for {names}{more}."
    return ""


def trail(row: DataContract, *more: Crumb) -> list[Crumb]:
    here = Crumb(row.name, reverse("contract", args=[row.pk]) if more else "")
    return [Crumb("Contracts", reverse("contracts")), here, *more]
