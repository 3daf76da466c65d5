"""Models with one open move each, ready to be decided."""

from bench.seed import NOW
from throughline.actions.moves import request_move
from throughline.actions.portfolio import create_model, create_program
from throughline.core.people import Role
from throughline.core.stages import MoveKind
from throughline.queries.access import actor_for, system_actor
from throughline.records.access import Membership
from throughline.records.people import Assignment, Person


def ask(count: int) -> tuple[int, list[int]]:
    program = create_program(actor=system_actor("cli"), name="Moves", slug="moves", policy="light", now=NOW)
    asker, leader = (
        Person.objects.create(name=n, email=f"{n}@example.org".lower(), created_at=NOW)
        for n in ("Asker", "Leader")
    )
    Membership.objects.create(
        program=program, person=asker, role="manager", granted_by="bench", granted_at=NOW
    )
    Assignment.objects.create(
        program=program, person=leader, duty=Role.LEADER, starts_at=NOW, recorded_at=NOW, recorded_by="bench"
    )
    Assignment.objects.create(
        program=program,
        person=asker,
        duty=Role.PROGRAM_MANAGER,
        starts_at=NOW,
        recorded_at=NOW,
        recorded_by="bench",
    )
    actor = actor_for(asker, door="web", now=NOW)
    asked = []
    for number in range(count):
        summary = "Scores each customer once a day so that the desk can choose whom to call first."
        model = create_model(
            actor=actor, program_id=program.pk, fields={"name": f"Move {number}", "summary": summary}, now=NOW
        )
        asked.append(
            request_move(
                actor=actor, model_id=model.pk, kind=MoveKind.PAUSE, reason="For the bench.", now=NOW
            ).pk
        )
    return leader.pk, asked
