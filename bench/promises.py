"""What does the drift of every promise in the portfolio cost, and who is left to tell?"""

import random
import time
from datetime import timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bench.seed import NOW, SEED
from bench.words import line
from throughline.core.promises import PromiseKind
from throughline.queries.promises import Board, boards
from throughline.records.portfolio import MLModel
from throughline.records.promises import Promise, PromiseAnswer, PromiseRecipient, PromiseVersion, Telling
from throughline.records.specs import Spec
from throughline.records.stakeholders import Stakeholder

ALL_LIMIT_S = 10.0
KINDS = (
    PromiseKind.EVALUATION_DATE,
    PromiseKind.PRODUCTION_DATE,
    PromiseKind.RUN_FREQUENCY,
    PromiseKind.LIMITATION,
    PromiseKind.CRITERION,
)
GIVEN = NOW - timedelta(days=60)
CHUNK = 1000
WORDS = "Scores arrive in the desk's list every morning, so that they can call in time. " * 12


def measure() -> list[str]:
    """Five promises a model, one pass over all of them; the statements do not depend on how many models there are."""
    ids = list(MLModel.objects.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        _give(ids, random.Random(SEED))
    few, many = _statements(ids[:10]), _statements(ids)
    started = time.perf_counter()
    found = boards(ids, NOW)
    took = time.perf_counter() - started
    promises, owed = _count(found)
    told = f"drift of {promises:,} promises on {len(found):,} models, {owed:,} duties to tell"
    return [line(told, took, ALL_LIMIT_S, " s"), line(f"its statements ({few} for 10 models)", many, few, "")]


def _count(found: dict[int, Board]) -> tuple[int, int]:
    return (
        sum(len(board.drifts) for board in found.values()),
        sum(len(board.duties) for board in found.values()),
    )


def _statements(ids: list[int]) -> int:
    with CaptureQueriesContext(connection) as made:
        boards(ids, NOW)
    return len(made)


def _give(ids: list[int], dice: random.Random) -> None:
    """In bulk, as many actions would have left them: two recipients, a slip now and then, most answered."""
    content = {
        "problem": {"problem": WORDS},
        "frequency": {"every": "daily"},
        "limitations": {"limitations": WORDS},
        "criteria": [
            {"key": "auc", "title": "AUC", "metric": "metric.val_auc", "target": 0.8, "baseline": 0.6}
        ],
    }
    Spec.objects.bulk_create(
        (
            Spec(
                model_id=pk, number=1, state="approved", content=content, author_name="bench", started_at=GIVEN,
                changed_at=GIVEN, submitted_at=GIVEN, settled_at=GIVEN,
            )
            for pk in ids
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    people = Stakeholder.objects.bulk_create(
        [
            Stakeholder(
                model_id=pk, name=f"Stakeholder {n}", part="user", created_at=GIVEN, created_by="bench"
            )
            for pk in ids
            for n in range(2)
        ],
        batch_size=CHUNK,
    )
    promises = Promise.objects.bulk_create(
        [Promise(model_id=pk, kind=kind, created_at=GIVEN) for pk in ids for kind in KINDS], batch_size=CHUNK
    )
    by_model: dict[int, list[Stakeholder]] = {}
    for one in people:
        by_model.setdefault(one.model_id, []).append(one)
    versions = PromiseVersion.objects.bulk_create(
        [version for one in promises for version in _versions(one, dice)], batch_size=CHUNK
    )
    PromiseRecipient.objects.bulk_create(
        (
            PromiseRecipient(promise=p, stakeholder=s, since=GIVEN)
            for p in promises
            for s in by_model[p.model_id]
        ),
        batch_size=CHUNK,
    )
    person_id = _somebody()
    PromiseAnswer.objects.bulk_create(
        (
            PromiseAnswer(
                promise_version=v, stakeholder=s, person_id=person_id, name=s.name, is_acknowledgement=True, at=NOW
            )
            for v in versions
            for s in by_model[v.promise.model_id]
            if dice.random() < 0.7
        ),
        batch_size=CHUNK,
    )  # fmt: skip
    Telling.objects.bulk_create(
        (
            Telling(
                model_id=p.model_id, stakeholder=s, cause=f"promise:{p.pk}:v1", subject="x", words="x", how="page",
                teller_name="bench", told_at=NOW,
            )
            for p in promises[::3]
            for s in by_model[p.model_id]
        ),
        batch_size=CHUNK,
    )  # fmt: skip


def _versions(promise: Promise, dice: random.Random) -> list[PromiseVersion]:
    due = (NOW + timedelta(days=dice.randint(-40, 200))).date()
    is_date = promise.kind.endswith("_date")
    return [
        PromiseVersion(
            promise=promise, number=number, statement="What was promised.", giver_name="bench", given_at=GIVEN,
            due_on=due + timedelta(days=14 * number) if is_date else None,
            value={"text": "daily", "rests_on": {"spec": 1}} if promise.kind == "run_frequency" else {},
            criterion="auc" if promise.kind == "criterion" else "",
        )
        for number in range(1, 2 + (dice.random() < 0.4))
    ]  # fmt: skip


def _somebody() -> int:
    from throughline.records.people import Person

    return Person.objects.values_list("pk", flat=True)[0]
