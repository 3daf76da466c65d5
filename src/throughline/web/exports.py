"""The portfolio as a spreadsheet: the rows that are shown, in their order, safe to open."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from throughline.core.errors import Missing
from throughline.core.people import Role
from throughline.core.stages import Stage
from throughline.queries import portfolio as queries
from throughline.web.portfolio import FIELDS
from throughline.web.portfolio_state import read_state
from throughline.web.routes import PageRequest, page

HEADS = (
    "Id",
    "Name",
    "Stage",
    "Standing",
    "Risk tier",
    "Team",
    "Unit",
    "Scoring",
    "External id",
    "In stage since",
    "Changed",
    "Program",
    "Program manager",
)
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page("self.use", at="person")
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    if kind not in ("csv", "xlsx"):
        raise Missing("export")
    state = read_state(request.GET)
    rows = queries.ordered(queries.filtered(request.actor, state.filters), state.filters.sort)
    lines = _lines(list(rows.values_list(*FIELDS)), request.now)
    name = f"portfolio-{request.now:%Y-%m-%d}.{kind}"
    if kind == "csv":
        response: HttpResponseBase = StreamingHttpResponse(
            _csv(lines), content_type="text/csv; charset=utf-8"
        )
    else:
        response = HttpResponse(_xlsx(lines), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def safe(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _lines(found: list[tuple[Any, ...]], now: datetime) -> Iterator[list[str]]:
    leads = queries.holders(Role.PROGRAM_MANAGER, [row[0] for row in found], {row[11] for row in found}, now)
    yield list(HEADS)
    for (
        pk,
        name,
        stage,
        standing,
        tier,
        team,
        unit,
        scoring,
        external,
        since,
        changed,
        program_id,
        program,
    ) in found:
        values = [str(pk), name, Stage(stage).label, standing, tier, team, unit, scoring, external or ""]
        yield [*values, since.isoformat(), changed.isoformat(), program, leads.name(pk, program_id)]


def _csv(lines: Iterable[list[str]]) -> Iterator[str]:
    """With a byte order mark, by which spreadsheets know the encoding."""
    yield "\ufeff"
    for line in lines:
        out = io.StringIO()
        csv.writer(out).writerow([safe(value) for value in line])
        yield out.getvalue()


def _xlsx(lines: Iterable[list[str]]) -> bytes:
    """Every cell is text, which no program takes for a formula."""
    # Imported where it is used: it brings numpy, and would cost every process its time and memory.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    def text(value: str) -> object:
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"
        return cell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Portfolio")
    for line in lines:
        sheet.append([text(value) for value in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
