"""People, duties, coverage and gap items over HTTP."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from throughline.actions import people as actions
from throughline.api.auth import ApiRequest
from throughline.api.operations import expected_version, operation, reply
from throughline.api.paging import DEFAULT_LIMIT, Cursor, Limit, page_of_rows
from throughline.api.schemas import people as shapes
from throughline.api.schemas.base import Id
from throughline.core.stages import Stage
from throughline.queries import access, portfolio
from throughline.queries import people as queries
from throughline.queries.people import Cell, Line
from throughline.queries.rows import Assignment, GapItem, MLModel, Person

router = Router(tags=["People"])

ProgramFilter = Annotated[str, Field(max_length=60, description="Only of this program, by its short name.")]
ModelFilter = Annotated[int | None, Field(ge=1, le=2**63 - 1, description="Only of this model.")]


@operation(router, "GET", "/people", verb="self.use", at="person", gives=shapes.PersonList)
def list_people(request: ApiRequest, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Yourself, and whoever works in a program whose people you may see."""
    rows = access.known_people(request.actor)
    return reply(page_of_rows(rows, ("name", "pk"), person_shown, limit=limit, cursor=cursor))


@operation(router, "GET", "/people/{person_id}", verb="self.use", at="person", gives=shapes.PersonOut)
def get_person(request: ApiRequest, person_id: Id) -> HttpResponse:
    """One person whom you may know of."""
    return reply(person_shown(access.person_row(request.actor, person_id)))


@operation(router, "GET", "/assignments", verb="people.view", at="program", gives=shapes.AssignmentList)
def list_assignments(
    request: ApiRequest,
    program: ProgramFilter = "",
    model_id: ModelFilter = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Who holds, will hold and held which duty."""
    rows = queries.assignments(request.actor, program=program, model_id=model_id)
    return reply(page_of_rows(rows, ("pk",), lambda row: _assigned(request, row), limit=limit, cursor=cursor))


@operation(
    router, "POST", "/assignments", verb="people.change", at="program", activity="duty.assigned",
    gives=shapes.AssignmentOut, status=201,
)  # fmt: skip
def assign_duty(request: ApiRequest, payload: shapes.NewAssignment) -> HttpResponse:
    """Gives somebody a duty on a model, or on every model of a program."""
    row = actions.assign_duty(
        actor=request.actor,
        duty=payload.duty.value,
        person_id=payload.person_id,
        email=payload.email,
        program_id=_program_id(request, payload.program),
        model_id=payload.model_id,
        starts_at=payload.starts_at,
        ends_at=payload.ends_at,
        now=request.now,
    )
    return reply(_assigned(request, row), status=201)


@operation(
    router, "POST", "/assignments/{assignment_id}/end", verb="people.change", at="program", activity="duty.ended",
    gives=shapes.AssignmentOut,
)  # fmt: skip
def end_assignment(request: ApiRequest, assignment_id: Id) -> HttpResponse:
    """Ends a duty now, and with it whatever was delegated from it."""
    row = actions.end_assignment(actor=request.actor, assignment_id=assignment_id, now=request.now)
    return reply(_assigned(request, row))


@operation(
    router, "POST", "/assignments/{assignment_id}/delegate", verb="self.change", at="person",
    activity="duty.delegated", gives=shapes.AssignmentOut, status=201,
)  # fmt: skip
def delegate_duty(request: ApiRequest, assignment_id: Id, payload: shapes.NewDelegation) -> HttpResponse:
    """Somebody stands in for the holder until an instant. The holder may ask for it, or a manager."""
    row = actions.delegate(
        actor=request.actor,
        assignment_id=assignment_id,
        to_person_id=payload.person_id,
        to_email=payload.email,
        starts_at=payload.starts_at,
        ends_at=payload.ends_at,
        now=request.now,
    )
    return reply(_assigned(request, row), status=201)


@operation(
    router, "GET", "/models/{model_id}/coverage", verb="people.view", at="model", gives=shapes.CoverageOut
)
def get_coverage(request: ApiRequest, model_id: Id) -> HttpResponse:
    """Which duties the policy asks for at the model's stage, who holds them, and since when nobody does."""
    model = queries.model_with_people(request.actor, model_id)
    return reply(coverage_shown(queries.coverage_of_model(model, request.now)))


@operation(router, "GET", "/coverage", verb="people.view", at="program", gives=shapes.CoverageList)
def list_coverage(
    request: ApiRequest,
    program: ProgramFilter = "",
    stage: Annotated[Stage | None, Field(description="Only models in this stage.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Coverage of every model that needs people, in order of name."""
    rows = queries.staffed(request.actor, program=program, stages=[stage] if stage else [])
    found = page_of_rows(rows, ("name", "pk"), _itself, limit=limit, cursor=cursor)
    models: list[MLModel] = found["items"]  # type: ignore[assignment]
    lines = {line.model.pk: line for line in queries.coverage_of(models, request.now)}
    return reply({**found, "items": [coverage_shown(lines[model.pk]) for model in models]})


@operation(router, "GET", "/gaps", verb="people.view", at="program", gives=shapes.GapList)
def list_gaps(
    request: ApiRequest,
    program: ProgramFilter = "",
    is_open: Annotated[bool | None, Field(description="Only those that are open, or closed.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Gaps that were taken up, with owner and due day."""
    rows = queries.gap_items(request.actor, program=program, is_open=is_open)
    return reply(page_of_rows(rows, ("-pk",), lambda row: _gap(request, row), limit=limit, cursor=cursor))


@operation(
    router, "POST", "/gaps", verb="model.change", at="program", activity="gap.taken_up", gives=shapes.GapOut,
    status=201,
)  # fmt: skip
def take_up_gap(request: ApiRequest, payload: shapes.NewGap) -> HttpResponse:
    """Makes a gap somebody's task, with a day by which it is closed."""
    row = actions.take_up_gap(
        actor=request.actor,
        duty=payload.duty.value,
        due_on=payload.due_on,
        owner_id=payload.owner_id,
        owner_email=payload.owner_email,
        note=payload.note,
        program_id=_program_id(request, payload.program),
        model_id=payload.model_id,
        now=request.now,
    )
    return reply(_gap(request, row), status=201, version=row.version)


@operation(
    router, "POST", "/gaps/{gap_id}/close", verb="self.change", at="person", activity="gap.closed",
    gives=shapes.GapOut, is_versioned=True,
)  # fmt: skip
def close_gap(request: ApiRequest, gap_id: Id, payload: shapes.GapOutcome) -> HttpResponse:
    """Says how it ended: its owner, or a manager."""
    row = actions.close_gap_item(
        actor=request.actor,
        item_id=gap_id,
        outcome=payload.outcome,
        expected_version=expected_version(request),
        now=request.now,
    )
    return reply(_gap(request, row), version=row.version)


def person_shown(row: Person) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("id", "name", "email", "is_active", "is_service")}


def coverage_shown(line: Line) -> dict[str, object]:
    return {
        "model_id": line.model.pk,
        "model": line.model.name,
        "program": line.model.program.slug,
        "stage": line.model.stage,
        "gaps": len(line.gaps),
        "open_since": line.oldest,
        "can_be_closed_by": line.closers,
        "duties": [_cell(cell) for cell in line.cells],
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "duty": cell.duty,
        "title": cell.title,
        "is_needed": cell.is_needed,
        "is_gap": cell.is_gap,
        "open_since": cell.open_since,
        "holders": [
            {
                "person_id": one.person_id,
                "name": one.name,
                "stands_in_for": one.stands_in_for,
                "from_program": one.from_program,
            }
            for one in cell.holders
        ],
        "gap_item_id": cell.item.pk if cell.item else None,
    }


def _assigned(request: ApiRequest, row: Assignment) -> dict[str, object]:
    is_over = row.ends_at is not None and row.ends_at <= request.now
    return {
        "id": row.pk,
        "program": row.program.slug,
        "model_id": row.model_id,
        "person_id": row.person_id,
        "person": row.person.name,
        "duty": row.duty,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "stands_in_for_id": row.stands_in_for_id,
        "is_held_now": row.starts_at <= request.now and not is_over and row.person.is_active,
    }


def _gap(request: ApiRequest, row: GapItem) -> dict[str, object]:
    kept = ("id", "model_id", "duty", "owner_id", "due_on", "note", "opened_by", "opened_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in kept},
        "program": row.program.slug,
        "owner": row.owner.name,
        "closed_by": row.closed_by,
        "outcome": row.outcome,
        "is_overdue": queries.is_overdue(row, request.now.date()),
        "version": row.version,
    }


def _program_id(request: ApiRequest, slug: str) -> int | None:
    return portfolio.program_row(request.actor, slug).pk if slug else None


def _itself(row: MLModel) -> object:
    return row
