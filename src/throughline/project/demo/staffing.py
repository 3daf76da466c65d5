"""Who works on the models of the sample program: duties given, ended and lent, and gaps taken up with leadership."""

from collections.abc import Iterable
from datetime import date, datetime

from throughline.actions import people
from throughline.project.demo.cast import SHARED
from throughline.project.demo.models import Plan
from throughline.project.demo.scene import Scene
from throughline.queries.people import assignments


def staff(scene: Scene, model_id: int, plan: Plan) -> None:
    for duty, keys in plan.team.items():
        for key in keys:
            give(scene, model_id, scene.people[key], duty)


def staff_program(scene: Scene) -> None:
    """Those who serve all models alike."""
    for duty, keys in SHARED.items():
        for key in keys:
            people.assign_duty(
                actor=scene.director,
                duty=duty,
                person_id=scene.people[key],
                program_id=scene.program_id,
                now=scene.now,
            )
            scene.note_duty(None, duty, scene.people[key], is_held=True)


def give(scene: Scene, model_id: int, person_id: int, duty: str) -> None:
    people.assign_duty(actor=scene.director, duty=duty, person_id=person_id, model_id=model_id, now=scene.now)
    scene.note_duty(model_id, duty, person_id, is_held=True)


def take_away(scene: Scene, model_id: int, key: str, duties: Iterable[str] = ()) -> None:
    """All duties of a person on a model, or the named ones."""
    for row, duty in _held(scene, model_id, key, duties):
        people.end_assignment(actor=scene.director, assignment_id=row, now=scene.now)
        scene.note_duty(model_id, duty, scene.people[key], is_held=False)


def lend(scene: Scene, model_id: int, key: str, duty: str, to: str, *, until: datetime) -> None:
    """The holder is away: somebody stands in for a time."""
    for row, _ in _held(scene, model_id, key, [duty]):
        people.delegate(
            actor=scene.actor(key),
            assignment_id=row,
            to_person_id=scene.people[to],
            ends_at=until,
            now=scene.now,
        )


def raise_gap(scene: Scene, model_id: int, duty: str, owner: str, *, due_on: date, note: str) -> None:
    people.take_up_gap(
        actor=scene.director,
        model_id=model_id,
        duty=duty,
        owner_id=scene.people[owner],
        due_on=due_on,
        note=note,
        now=scene.now,
    )


def _held(scene: Scene, model_id: int, key: str, duties: Iterable[str]) -> list[tuple[int, str]]:
    wanted = set(duties)
    rows = assignments(scene.director, model_id=model_id)
    return [
        (row.pk, row.duty)
        for row in rows
        if row.person_id == scene.people[key]
        and row.model_id == model_id
        and row.ends_at is None
        and (not wanted or row.duty in wanted)
    ]
