"""How many decided moves a second do eight writers get through one SQLite file, each with its audit row?"""

import multiprocessing
import sys
import time
from datetime import timedelta

WRITERS = 8
LIMIT = 400


def writer(
    number: int,
    moves: list[int],
    leader_id: int,
    begin: "multiprocessing.synchronize.Barrier",
    out: "multiprocessing.Queue[tuple[int, int, float]]",
) -> None:
    import django

    django.setup()
    from bench.seed import NOW
    from throughline.actions.decisions import decide_move
    from throughline.core.errors import Refused
    from throughline.queries.access import actor_for
    from throughline.records.people import Person

    actor = actor_for(Person.objects.get(pk=leader_id), door="web", now=NOW)
    begin.wait()
    done = refused = 0
    started = time.perf_counter()
    for move_id in moves:
        try:
            decide_move(
                actor=actor, move_id=move_id, is_approval=True, reason="Agreed.", now=NOW + timedelta(hours=1)
            )
            done += 1
        except Refused:
            refused += 1
    out.put((done, refused, time.perf_counter() - started))


def main(per_writer: int = 100) -> int:
    """Prints the rate beside its limit. Moves were asked for before; what is timed is the decision."""
    import django

    django.setup()
    from django.db import connections

    from bench.moves_setup import ask

    leader_id, asked = ask(WRITERS * per_writer)
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    begin, out = context.Barrier(WRITERS + 1), context.Queue()
    shares = [asked[n::WRITERS] for n in range(WRITERS)]
    workers = [
        context.Process(target=writer, args=(n, share, leader_id, begin, out))
        for n, share in enumerate(shares)
    ]
    for worker in workers:
        worker.start()
    begin.wait()
    started = time.perf_counter()
    results = [out.get() for _ in workers]
    took = time.perf_counter() - started
    for worker in workers:
        worker.join()
    done, refused = sum(r[0] for r in results), sum(r[1] for r in results)
    print(
        f"decided moves: {done / took:.0f}/s with {WRITERS} writers (limit {LIMIT}/s, ratio {done / took / LIMIT:.2f}), refused {refused}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
