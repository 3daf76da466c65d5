"""What was found in the data of the sample program, and who accepted it: invented figures, judged by real actions."""

import random
from collections.abc import Sequence
from dataclasses import replace

from throughline.actions import assessments
from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile
from throughline.project.demo.clock import Script
from throughline.project.demo.course import DAY, Course
from throughline.project.demo.data import FEEDS
from throughline.queries.access import system_actor
from throughline.queries.assessments import facts_of

FRESH = 60 * DAY
WORKER = "worker"
REASONS = (
    "Gaps below one per cent after the fix in the feed; the repeated rows are returns.",
    "Looked at every column with the desk; what lies far out are the days before holidays.",
    "The missing values are articles that are not sold there. Good enough for a weekly forecast.",
    "Compared with last month: nothing moved that we could not explain.",
)
REJECTED = {"shelf_photos": "Two stores in five send no photo on Saturdays, which is when we need them."}
SHAPES = (
    (1, 2, 5, 9, 14, 18, 20, 19, 16, 13, 10, 8, 6, 5, 4, 3, 2, 2, 1, 1),
    (12, 14, 13, 15, 14, 13, 12, 14, 15, 13, 14, 12, 13, 14, 15, 13, 12, 14, 13, 14),
    (40, 31, 24, 19, 15, 12, 9, 7, 6, 5, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1),
    (2, 4, 9, 15, 19, 15, 9, 4, 2, 1, 1, 2, 4, 9, 14, 17, 14, 9, 4, 2),
)
NAMES = ("store", "article", "quantity", "amount", "minutes", "share")


def look(life: Course) -> None:
    """Each source that nobody has looked at lately is assessed and judged; what is rejected stays so for a while."""
    sources = life.scene.sources
    ids = {key: sources[key] for key in life.plan.sources if key in sources}
    known = facts_of(ids.values(), life.scene.now)
    for key, source_id in ids.items():
        judged = known[source_id].judged if source_id in known else None
        if judged is None or life.scene.now - judged.measured_at > FRESH:
            assess(life, key)


def looks(lives: Sequence[Course]) -> list[Script]:
    """One rejection, and a second look at the sales, so that there is something to compare."""
    first = [life for life in lives if life.plan.key == "demand"]
    scripts = [_again(life, "pos_sales", days) for life in first for days in (96, 33, 5)]
    users = [life for life in lives if "shelf_photos" in life.plan.sources]
    return [*scripts, *(_again(life, "shelf_photos", 18) for life in users[:1])]


def assess(life: Course, key: str) -> None:
    """Asked for by the team, read by the worker, judged by a lead of the program who did not ask."""
    scene = life.scene
    asker = life.held(Role.DATA_SCIENTIST, Role.DATA_ENGINEER)
    row = assessments.assess_upload(
        actor=asker, source_id=scene.sources[key], file_name=f"{key}-{scene.now:%Y-%m}.csv",
        chunks=[b"store,article\n1,1\n"], now=scene.now,
    )  # fmt: skip
    found = invented(key, (scene.end - scene.now).days, keeps_values=_is_open(key))
    assessments.run_assessment(
        actor=system_actor(WORKER), assessment_id=row.pk, profiler=lambda *_: found, now=scene.now
    )
    row.refresh_from_db()
    dice = random.Random(row.fingerprint)  # noqa: S311 - a story, no secret
    assessments.judge_assessment(
        actor=_judge(life, asker), assessment_id=row.pk, is_accepted=key not in REJECTED,
        reason=REJECTED.get(key) or dice.choice(REASONS), seen=row.fingerprint, now=scene.now,
    )  # fmt: skip


def invented(key: str, days_ago: int, *, keeps_values: bool) -> Profile:
    """The same for the same source and day; a little other than on other days."""
    shape, drift = random.Random(key), random.Random(f"{key}{days_ago}")  # noqa: S311 - a story, no secret
    rows = int(shape.uniform(4_000, 90_000) * (1 + (560 - days_ago) / 1_400))
    columns = [ColumnProfile("day", "DATE", ColumnKind.TIME, distinct=730, is_distinct_exact=True)]
    columns += [_column(name, rows, shape, drift) for name in NAMES[: shape.randint(4, 6)]]
    made = Profile(rows, tuple(columns), bytes=rows * 41, files=1, duplicates=drift.choice((0, 0, 3, 41)))
    if key in REJECTED:
        made = replace(made, columns=(*columns[:-1], replace(columns[-1], nulls=int(rows * 0.38))))
    return made if keeps_values else made.without_values()


def _column(name: str, rows: int, shape: random.Random, drift: random.Random) -> ColumnProfile:
    low, width = shape.choice((0.0, 1.0, 10.0)), shape.choice((1.0, 40.0, 300.0))
    top = low + width * drift.uniform(0.97, 1.04)
    nulls = int(rows * shape.choice((0, 0, 0.003, 0.012, 0.06)) * drift.uniform(0.7, 1.3))
    above = int(rows * shape.choice((0, 0.002, 0.014)))
    weights = [weight * drift.uniform(0.9, 1.1) for weight in shape.choice(SHAPES)]
    counts = [int(weight / sum(weights) * (rows - nulls - above)) for weight in weights]
    step = (top - low) / len(counts)
    return ColumnProfile(
        name, "DOUBLE", ColumnKind.NUMBER, nulls=nulls, distinct=min(rows, int(width * 20)), lowest=f"{low:g}",
        highest=f"{top + (width if above else 0):.4g}", mean=low + width * 0.4, sd=width * 0.2, q1=low + width * 0.25,
        median=low + width * 0.4, q3=low + width * 0.55, below=0, above=above,
        edges=tuple(low + step * place for place in range(len(counts) + 1)), bins=tuple(counts),
    )  # fmt: skip


def _is_open(key: str) -> bool:
    return FEEDS[key].sensitivity in ("public", "internal")


def _judge(life: Course, asker: Actor) -> Actor:
    leads = [life.scene.actor(key) for key in ("ines", "tomasz")]
    return next(lead for lead in leads if lead.person_id != asker.person_id)


def _again(life: Course, key: str, days: int) -> Script:
    yield life.scene.end - days * DAY
    if key in life.scene.sources:
        assess(life, key)
