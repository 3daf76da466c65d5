"""The sample program: eighteen months of a believable ML program, made by the same actions that people use."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from throughline.actions.access import grant_membership
from throughline.actions.policies import publish_policy
from throughline.actions.portfolio import create_program
from throughline.actions.sample import add_sample_person, remove_sample
from throughline.core.errors import Refused
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Actor
from throughline.project.demo import compliance
from throughline.project.demo.agreements import BREAKS, broken_promise
from throughline.project.demo.cast import CAST, PROGRAM_NAME, PROGRAM_SLUG
from throughline.project.demo.clock import Clock, Script, play
from throughline.project.demo.data import feeds
from throughline.project.demo.episodes import episodes
from throughline.project.demo.life import Life
from throughline.project.demo.models import PLANS, Plan
from throughline.project.demo.quality import looks
from throughline.project.demo.scene import DOOR, Scene
from throughline.project.demo.staffing import give, lend, staff_program
from throughline.project.demo.stories import story
from throughline.queries.policies import shipped_source
from throughline.queries.sample import sample_program

__all__ = ["build"]

SEED = 20_240_607
MONTHS_18 = timedelta(days=560)
SECOND_POLICY_DAYS_AGO = 150
YOURS = {
    "routes": (Role.LEADER,),
    "shelfgap": (Role.LEADER,),
    "returns": (Role.PROGRAM_MANAGER, Role.LEADER),
    "rota": (Role.PROGRAM_MANAGER,),
    "allergens": (Role.PROGRAM_MANAGER,),
    "demand": (Role.LEADER,),
    "waste": (Role.PROGRAM_MANAGER,),
}
YOURS_SINCE_DAYS = 12


def build(*, actor: Actor, person_id: int | None, now: datetime) -> int:
    """Returns the id of the program. `person_id` gets duties on some models, so that there is something for them to
    do. It is made in many short steps, so that others can work meanwhile; when one fails, all is removed again."""
    if sample_program() is not None:
        raise Refused.of("The sample program is here already.", remedy="Remove it first to have it anew.")
    director = replace(actor, door=DOOR)
    try:
        return _tell(director, person_id, now)
    except BaseException:
        if sample_program() is not None:
            remove_sample(actor=director, now=now)
        raise


def _tell(director: Actor, person_id: int | None, now: datetime) -> int:
    start = now - MONTHS_18
    program = create_program(actor=director, name=PROGRAM_NAME, slug=PROGRAM_SLUG, is_sample=True, now=start)
    people = _invite(director, program.pk, start)
    dice = random.Random(SEED)  # noqa: S311 - a story, no secret
    scene = Scene(Clock(start), dice, director, program.pk, people, person_id, now)
    staff_program(scene)
    lives = [_life(scene, plan, now) for plan in PLANS]
    scripts = [story(life) for life in lives]
    play(
        [
            *scripts,
            *episodes(lives),
            *feeds(lives),
            *compliance.wrong([*lives]),
            *(broken_promise(life) for life in lives if life.plan.key == BREAKS[0]),
            *looks(lives),
            _policy(scene, now),
            _yours(scene, lives, now),
            _absence(scene, lives, now),
        ],
        scene.clock,
        now,
    )
    return program.pk


def _invite(director: Actor, program_id: int, now: datetime) -> dict[str, int]:
    people: dict[str, int] = {}
    for character in CAST:
        person = add_sample_person(actor=director, name=character.name, now=now)
        role = AccessRole.MANAGER if character.is_lead else AccessRole.VIEWER
        grant_membership(actor=director, program_id=program_id, person_id=person.pk, role=role, now=now)
        people[character.key] = person.pk
    return people


def _life(scene: Scene, plan: Plan, now: datetime) -> Life:
    life = Life(scene, plan)
    life.since = now - timedelta(days=sum(plan.days) + plan.rest)
    return life


def _policy(scene: Scene, now: datetime) -> Script:
    """A second version of the policy, so that some models still stand under the first."""
    yield now - timedelta(days=SECOND_POLICY_DAYS_AGO)
    source = shipped_source("default").replace('version: "3"', 'version: "4"', 1)
    changed = source.replace(
        "measured: {key: score.ml_test, at_least: 2, max_age_days: 180}",
        "measured: {key: score.ml_test, at_least: 2.5, max_age_days: 120}",
    )
    note = "The ML Test Score of medium models must be two and a half, and not older than four months."
    publish_policy(
        actor=scene.actor("ines"), program_id=scene.program_id, source=changed, note=note, now=scene.now
    )


def _yours(scene: Scene, lives: list[Life], now: datetime) -> Script:
    """You joined lately."""
    yield now - timedelta(days=YOURS_SINCE_DAYS)
    if scene.you is None:
        return
    for life in lives:
        for duty in YOURS.get(life.plan.key, ()):
            give(scene, life.model_id, scene.you, duty)


def _absence(scene: Scene, lives: list[Life], now: datetime) -> Script:
    """Henrik is on leave; Grace stands in for him."""
    yield now - timedelta(days=6)
    for life in lives:
        if life.plan.key in ("substitutes", "search", "reviews"):
            lend(scene, life.model_id, "henrik", Role.LEADER, "grace", until=now + timedelta(days=15))
