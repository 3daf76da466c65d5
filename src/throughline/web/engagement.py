"""What the stakeholder part of a model's page shows: who, how to treat them, and whether we are in touch."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from throughline.core.dossier import Dossier
from throughline.core.permissions import may
from throughline.core.stakeholders import (
    CONTACT_TITLES,
    PART_TITLES,
    QUADRANT_ADVICE,
    QUADRANT_TITLES,
    Quadrant,
    Stakeholder,
)
from throughline.queries import personal_links
from throughline.queries import stakeholders as queries
from throughline.queries.rows import MLModel, PersonalLink
from throughline.queries.rows import Stakeholder as Row
from throughline.queries.stakeholders import Known, Touch
from throughline.web.routes import PageRequest
from throughline.web.words import lasted, relative

# As the grid is drawn: much influence above, much interest on the right.
DRAWN = (Quadrant.SATISFIED, Quadrant.CLOSELY, Quadrant.WATCHED, Quadrant.INFORMED)
MOST_TOUCHES = 30


@dataclass(frozen=True)
class Line:
    """One stakeholder with the state of the contact with them in words."""

    row: Row | None
    fact: Stakeholder
    said: str = ""
    due: str = ""
    is_overdue: bool = False

    @property
    def part(self) -> str:
        return PART_TITLES[self.fact.part]

    @property
    def has_ended(self) -> bool:
        return self.row is not None and self.row.ended_at is not None


@dataclass(frozen=True)
class Field:
    """One field of the grid of influence and interest."""

    title: str
    advice: str
    place: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Entry:
    touch: Touch
    title: str


@dataclass(frozen=True)
class Shown:
    """What the tab shows; of the past neither contacts nor links."""

    lines: tuple[Line, ...]
    ended: tuple[Line, ...]
    grid: tuple[Field, ...]
    log: tuple[Entry, ...] = ()
    links: tuple[PersonalLink, ...] = ()
    may_change: bool = False
    may_link: bool = False


def of_model(request: PageRequest, model: MLModel, dossier: Dossier, as_of: datetime | None) -> Shown:
    """In four statements, and one for the links where they are shown."""
    if as_of is not None:
        past = tuple(Line(None, fact) for fact in dossier.stakeholders)
        return Shown(past, (), grid(past))
    actor, place = request.actor, {"program_id": model.program_id, "model_id": model.pk}
    known = queries.known_of(model)
    lines = [line(one, request.now) for one in known]
    live = tuple(one for one in lines if not one.has_ended)
    may_link = may(actor, "people.change", program_id=model.program_id)
    return Shown(
        lines=live,
        ended=tuple(one for one in lines if one.has_ended),
        grid=grid(live),
        log=entries(queries.contacts([one.row for one in known], most=MOST_TOUCHES)),
        links=tuple(personal_links.links_of_model(model)) if may_link else (),
        may_change=may(actor, "stakeholder.change", **place),
        may_link=may_link,
    )


def line(known: Known, now: datetime) -> Line:
    fact, last, due = known.fact, known.fact.last_contact, known.fact.due_at
    is_overdue = known.is_overdue(now)
    said = f"last contact {relative(last, now)}" if last else "no contact yet"
    if known.row.ended_at is not None or due is None:
        told = ""
    elif is_overdue:
        told = f"overdue by {lasted(now - due)}" if (now - due).days else "due today"
    else:
        told = f"next {relative(due, now)}"
    return Line(known.row, fact, said, told, is_overdue)


def grid(lines: tuple[Line, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(
            QUADRANT_TITLES[quadrant],
            QUADRANT_ADVICE[quadrant],
            quadrant.value,
            tuple(
                sorted(
                    (one for one in lines if one.fact.quadrant is quadrant),
                    key=lambda one: (-one.fact.influence, -one.fact.interest, one.fact.name.lower()),
                )
            ),
        )
        for quadrant in DRAWN
    )


def entries(touches: list[Touch]) -> tuple[Entry, ...]:
    return tuple(Entry(touch, CONTACT_TITLES.get(touch.kind, touch.kind)) for touch in touches)


def tab_url(model: MLModel) -> str:
    return f"{reverse('model', args=[model.pk])}?tab=stakeholders"
