"""Who holds which duty, which needed ones nobody holds, since when, and who can close the gap."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from throughline.core.errors import Missing
from throughline.core.people import DUTIES, DUTY_TITLES, Assignment, Coverage, Role, coverage, holders
from throughline.core.permissions import AccessRole, Actor, may, require
from throughline.core.stages import Stage, Standing
from throughline.queries.access import may_see_people
from throughline.queries.dossiers import assignments_of
from throughline.queries.policies import policy_of
from throughline.queries.portfolio import model_row, models
from throughline.records.access import Membership
from throughline.records.people import Assignment as AssignmentRow
from throughline.records.people import GapItem, Person
from throughline.records.portfolio import MLModel

# Work on a model that was stopped or retired is over, so it needs nobody.
NEEDING = (Standing.ACTIVE, Standing.PAUSED)
LEADING = (Role.PROGRAM_MANAGER, Role.LEADER)


@dataclass(frozen=True)
class Cell:
    """One duty of one model. `item` is there when the gap was taken up."""

    duty: str
    is_needed: bool
    holders: tuple[Assignment, ...] = ()
    open_since: datetime | None = None
    item: GapItem | None = None

    @property
    def title(self) -> str:
        return DUTY_TITLES.get(self.duty, self.duty)

    @property
    def is_gap(self) -> bool:
        return self.is_needed and not self.holders


@dataclass(frozen=True)
class Line:
    """One model with all twelve duties. `closers` are those who can put somebody into a gap."""

    model: MLModel
    cells: tuple[Cell, ...]
    closers: tuple[str, ...]

    @property
    def gaps(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.is_gap)

    @property
    def oldest(self) -> datetime | None:
        return min((cell.open_since for cell in self.gaps if cell.open_since), default=None)


@dataclass(frozen=True)
class DutyTotal:
    """One duty over many models: how many need it, and on how many of those nobody holds it."""

    duty: str
    needed: int
    gaps: int
    oldest: datetime | None

    @property
    def title(self) -> str:
        return DUTY_TITLES[self.duty]


@dataclass(frozen=True)
class Held:
    """One duty that somebody holds, will hold, or held, and what they may do about it."""

    row: AssignmentRow
    is_now: bool
    is_over: bool

    @property
    def title(self) -> str:
        return DUTY_TITLES.get(self.row.duty, self.row.duty)


def staffed(actor: Actor, *, program: str = "", stages: Iterable[str] = ()) -> QuerySet[MLModel]:
    """The models whose people this actor may see, while they need people. Raises `NotAllowed` where there are none."""
    rows = models(actor).select_related("policy", "program__policy").filter(standing__in=NEEDING)
    if not actor.is_admin:
        programs, singles = _places(actor)
        if not programs and not singles:
            require(actor, "people.view")
        rows = rows.filter(Q(program_id__in=programs) | Q(pk__in=singles))
    if program:
        rows = rows.filter(program__slug=program)
    wanted = [stage for stage in stages if stage in list(Stage)]
    return rows.filter(stage__in=wanted) if wanted else rows


def model_with_people(actor: Actor, model_id: int) -> MLModel:
    row = model_row(actor, model_id)
    require(actor, "people.view", noun="model", program_id=row.program_id, model_id=model_id)
    return row


def coverage_of(rows: Iterable[MLModel], now: datetime) -> list[Line]:
    """In three statements however many models there are; the longest open gap first, then by name."""
    found = list(rows)
    ids, programs = [model.pk for model in found], {model.program_id for model in found}
    assigned = assignments_of(ids, programs, now)
    items = _open_items(ids, programs)
    closers = _managers(programs)
    lines = [_line(model, assigned, items, closers, now) for model in found]
    return sorted(lines, key=lambda line: (line.oldest is None, line.oldest or now, line.model.name))


def coverage_of_model(model: MLModel, now: datetime) -> Line:
    return coverage_of([model], now)[0]


def totals(lines: Iterable[Line]) -> list[DutyTotal]:
    """By duty, in the order in which duties are listed; those that no policy asks for are left out."""
    cells: dict[str, list[Cell]] = defaultdict(list)
    for line in lines:
        for cell in line.cells:
            if cell.is_needed:
                cells[cell.duty].append(cell)
    return [_total(duty, cells[duty]) for duty in DUTIES if cells[duty]]


def assignments_on(model: MLModel, now: datetime) -> list[Held]:
    """Of a model, its own and its program's: those that hold or will hold, by duty."""
    rows = AssignmentRow.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now),
        Q(model=model) | Q(model__isnull=True, program=model.program_id),
    )
    return _held(rows, now)


def assignments_for_program(program_id: int, now: datetime) -> list[Held]:
    rows = AssignmentRow.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), program_id=program_id, model__isnull=True
    )
    return _held(rows, now)


def assignments_of_person(actor: Actor, person: Person, now: datetime) -> list[Held]:
    """What somebody holds and held, as far as the actor may see the people there."""
    return [held for held in _held(person.assignments.all(), now) if _may_see(actor, held.row)]


def assignment_row(actor: Actor, assignment_id: int) -> AssignmentRow:
    row = (
        AssignmentRow.objects.select_related("person", "model", "program", "stands_in_for__person")
        .filter(pk=assignment_id)
        .first()
    )
    if row is None or not (_may_see(actor, row) or row.person_id == actor.person_id):
        raise Missing("assignment")
    return row


def assignments(actor: Actor, *, program: str = "", model_id: int | None = None) -> QuerySet[AssignmentRow]:
    """All that the actor may see, over and to come included."""
    rows = AssignmentRow.objects.select_related("person", "model", "program", "stands_in_for__person")
    if not actor.is_admin:
        programs, singles = _places(actor)
        rows = rows.filter(Q(program_id__in=programs) | Q(model_id__in=singles))
    if program:
        rows = rows.filter(program__slug=program)
    return rows.filter(model_id=model_id) if model_id is not None else rows


def gap_items(actor: Actor, *, program: str = "", is_open: bool | None = None) -> QuerySet[GapItem]:
    """Gaps that were taken up, the next due first."""
    rows = GapItem.objects.select_related("owner", "model", "program").order_by("closed_at", "due_on", "pk")
    if not actor.is_admin:
        programs, singles = _places(actor)
        rows = rows.filter(Q(program_id__in=programs) | Q(model_id__in=singles))
    if program:
        rows = rows.filter(program__slug=program)
    return rows if is_open is None else rows.filter(closed_at__isnull=is_open)


def gap_item_row(actor: Actor, item_id: int) -> GapItem:
    """Its owner sees it too, even one who may not see the rest of the people there."""
    row = GapItem.objects.select_related("owner", "model", "program").filter(pk=item_id).first()
    if row is None or not (
        row.owner_id == actor.person_id
        or may(actor, "people.view", program_id=row.program_id, model_id=row.model_id)
    ):
        raise Missing("gap")
    return row


def items_of_person(actor: Actor, person: Person) -> QuerySet[GapItem]:
    return gap_items(actor, is_open=True).filter(owner=person)


def held_now(person_id: int, now: datetime) -> QuerySet[AssignmentRow]:
    """For the actions that switch somebody off or on; what the actor may see is no question there."""
    rows = AssignmentRow.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now), person_id=person_id, starts_at__lte=now
    )
    return rows.select_related("model__program", "program").order_by("pk")


def is_overdue(item: GapItem, today: date) -> bool:
    return item.closed_at is None and item.due_on < today


def _places(actor: Actor) -> tuple[list[int], list[int]]:
    programs = [pk for pk in actor.program_ids() if may(actor, "people.view", program_id=pk)]
    singles = [grant.model_id for grant in actor.grants if grant.model_id and may_see_people(actor, grant)]
    return programs, singles


def _may_see(actor: Actor, row: AssignmentRow) -> bool:
    return may(actor, "people.view", program_id=row.program_id, model_id=row.model_id)


def _held(rows: QuerySet[AssignmentRow], now: datetime) -> list[Held]:
    found = rows.select_related("person", "model", "program", "stands_in_for__person").order_by(
        "starts_at", "pk"
    )
    held = [
        Held(
            row=row,
            is_now=row.starts_at <= now and (row.ends_at is None or now < row.ends_at),
            is_over=row.ends_at is not None and row.ends_at <= now,
        )
        for row in found
    ]
    place = {duty: number for number, duty in enumerate(DUTIES)}
    return sorted(held, key=lambda one: (one.is_over, place.get(one.row.duty, len(place)), one.row.starts_at))


def _open_items(ids: list[int], programs: set[int]) -> dict[tuple[int | None, int, str], GapItem]:
    rows = GapItem.objects.filter(
        Q(model_id__in=ids) | Q(model__isnull=True), program_id__in=programs, closed_at__isnull=True
    )
    return {(row.model_id, row.program_id, row.duty): row for row in rows.select_related("owner")}


def _managers(programs: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Membership.objects.filter(
        program_id__in=programs, model__isnull=True, role=AccessRole.MANAGER, person__is_active=True
    )
    for program_id, name in rows.order_by("person__name").values_list("program_id", "person__name"):
        found[program_id].append(name)
    return found


def _line(
    model: MLModel,
    assigned: Mapping[tuple[int, int | None], list[Assignment]],
    items: Mapping[tuple[int | None, int, str], GapItem],
    managers: Mapping[int, list[str]],
    now: datetime,
) -> Line:
    """Whoever leads the model or its program can close its gaps, as can the program's managers."""
    everyone = (*assigned.get((model.program_id, None), ()), *assigned.get((model.program_id, model.pk), ()))
    _, policy = policy_of(model)
    needed = policy.duties_needed(Stage(model.stage))
    covered = {one.duty: one for one in coverage(everyone, needed, needed_since=model.stage_since, now=now)}
    leading = [holder.name for duty in LEADING for holder in holders(everyone, duty, now)]
    return Line(
        model=model,
        cells=tuple(_cell(duty, model, covered.get(duty), everyone, items, now) for duty in DUTIES),
        closers=tuple(dict.fromkeys([*leading, *managers.get(model.program_id, ())])),
    )


def _cell(
    duty: str,
    model: MLModel,
    covered: Coverage | None,
    everyone: tuple[Assignment, ...],
    items: Mapping[tuple[int | None, int, str], GapItem],
    now: datetime,
) -> Cell:
    own = items.get((model.pk, model.program_id, duty))
    return Cell(
        duty=duty,
        is_needed=covered is not None,
        holders=covered.holders if covered else holders(everyone, duty, now),
        open_since=covered.open_since if covered else None,
        item=own or items.get((None, model.program_id, duty)),
    )


def _total(duty: str, cells: list[Cell]) -> DutyTotal:
    open_since = [cell.open_since for cell in cells if cell.open_since]
    return DutyTotal(duty, len(cells), sum(cell.is_gap for cell in cells), min(open_since, default=None))
