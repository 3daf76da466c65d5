"""How many decided moves a second do eight writers get through one SQLite file, each with its audit row?"""

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from bench.words import line

WORKERS, THREADS, MOVES_EACH = 2, 4, 75
LIMIT = 400

Share = list[int]
Result = tuple[int, int]


def measure() -> list[str]:
    """Two processes of four threads, as the server runs. The moves were asked for before; deciding is what is timed, by
    processes that each decided one before, so that their statements are built."""
    from django.db import connections

    from bench.moves_setup import ask

    writers = WORKERS * THREADS
    leader_id, asked = ask(writers * MOVES_EACH + WORKERS)
    first, asked = asked[:WORKERS], asked[WORKERS:]
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    begin: Barrier = context.Barrier(WORKERS + 1)
    out: Queue[Result] = context.Queue()
    shares = [[asked[n + t :: writers] for t in range(THREADS)] for n in range(0, writers, THREADS)]
    workers = [
        context.Process(target=_work, args=(move_id, share, leader_id, begin, out))
        for move_id, share in zip(first, shares, strict=True)
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
    return [
        line(f"decided moves with {writers} writers, at least", done / took, LIMIT, "/s", digits=0),
        f"of these moves {done} were decided and {refused} refused for any reason",
    ]


def _work(first: int, shares: list[Share], leader_id: int, begin: Barrier, out: "Queue[Result]") -> None:
    import django

    django.setup()
    with ThreadPoolExecutor(THREADS) as pool:
        _decide([first], leader_id)
        list(pool.map(lambda _: _decide([], leader_id), range(THREADS)))
        begin.wait()
        results = list(pool.map(lambda share: _decide(share, leader_id), shares))
    out.put((sum(r[0] for r in results), sum(r[1] for r in results)))


def _decide(moves: Share, leader_id: int) -> Result:
    from bench.seed import NOW
    from throughline.actions.decisions import decide_move
    from throughline.core.errors import Refused
    from throughline.queries.access import actor_for
    from throughline.records.people import Person

    actor = actor_for(Person.objects.get(pk=leader_id), door="web", now=NOW)
    done = refused = 0
    for move_id in moves:
        try:
            decide_move(
                actor=actor, move_id=move_id, is_approval=True, reason="Agreed.", now=NOW + timedelta(hours=1)
            )
            done += 1
        except Refused:
            refused += 1
    return done, refused
