"""Two people at once: exactly one of them moves the model, and the other is told."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connections

from tests.make import World
from throughline.core.errors import Refused
from throughline.core.people import Role
from throughline.core.stages import MoveKind, Stage
from throughline.records.activity import Activity
from throughline.records.moves import Decision, Move
from throughline.records.people import Person
from throughline.records.portfolio import MLModel, Revision

ROUNDS = 200
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def both(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """What came of two calls that began at the same moment: `done`, or the kind of refusal."""
    begin, outcomes = threading.Barrier(2), []

    def run(call: Callable[[], object]) -> None:
        try:
            begin.wait(10)
            call()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.kind)
        except Exception as error:  # a thread's failure would otherwise go unseen
            outcomes.append(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(outcomes)


def test_two_hundred_rounds_of_two_people_deciding_one_move() -> None:
    world = World()
    second = world.person("Kim")
    model = world.model()
    world.assign(second, Role.LEADER, model)
    kinds = [MoveKind.ADVANCE, MoveKind.SEND_BACK]
    came: Counter[tuple[str, ...]] = Counter()
    for number in range(ROUNDS):
        kind = kinds[number % 2]
        move = world.request(model, kind, Stage.CONCEPTION if kind is MoveKind.SEND_BACK else None)

        def decide(person: Person, move: Move = move) -> Move:
            return world.decide(Move.objects.get(pk=move.pk), person)

        came[tuple(both(lambda: decide(world.leader), lambda: decide(second)))] += 1
        model.refresh_from_db()
    assert came == {("done", "lost_race"): ROUNDS}
    assert Decision.objects.filter(model=model).count() == ROUNDS
    assert Revision.objects.filter(model=model).count() == ROUNDS + 1
    assert Activity.objects.filter(verb="move.decided").count() == ROUNDS
    assert MLModel.objects.get(pk=model.pk).version == ROUNDS + 1


def test_two_people_asking_at_once_make_one_move() -> None:
    world = World()
    for _ in range(20):
        model = world.model()
        assert both(lambda m=model: world.request(m), lambda m=model: world.request(m)) == [
            "done",
            "lost_race",
        ]
        assert Move.objects.filter(model=model).count() == 1


def test_the_chain_has_no_forks_after_writers_at_once() -> None:
    world = World()
    models = [world.model(f"Model {number}") for number in range(2)]
    for number in range(25):
        key = f"metric.m{number}"
        both(*(lambda m=model, k=key: world.measure(m, k, 0.5) for model in models))
    rows = list(Activity.objects.order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
