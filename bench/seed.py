"""Fills an empty installation with models for measuring, in bulk, as many actions would have left them."""

import random
from datetime import UTC, datetime, timedelta

from django.db import transaction

from throughline.actions.portfolio import create_program
from throughline.core.dossier import RiskTier, Scoring
from throughline.core.fingerprints import fingerprint
from throughline.core.people import Responsibility, Role
from throughline.core.portfolio import revision_content
from throughline.core.stages import Stage, Standing
from throughline.queries.access import system_actor
from throughline.records.access import Membership
from throughline.records.evidence import Evidence
from throughline.records.moves import SignOff, Waiver
from throughline.records.people import Assignment, Person
from throughline.records.planning import Feasibility
from throughline.records.portfolio import MLModel, Program, Revision

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TEAMS = [f"Team {number:02}" for number in range(40)]
PEOPLE = 200
SEED = 20_261_102
DUTIES = [*Role, *Responsibility]


@transaction.atomic
def fill(models: int, *, slug: str = "bench") -> Program:
    """A program with `models` models and twenty related rows each: duties, evidence, sign-offs, a waiver, and so on."""
    dice = random.Random(SEED)
    program = create_program(actor=system_actor("cli"), name="Bench", slug=slug, policy="default", now=NOW)
    people = Person.objects.bulk_create(
        Person(name=f"Person {n:03}", email=f"p{n}.{slug}@example.org", created_at=NOW) for n in range(PEOPLE)
    )
    manager = people[0]
    Membership.objects.create(
        program=program, person=manager, role="manager", granted_by="bench", granted_at=NOW
    )
    made = MLModel.objects.bulk_create([_model(n, program, dice) for n in range(models)], batch_size=500)
    Revision.objects.bulk_create(
        [Revision(model=m, number=1, at=m.created_at, by="bench", content=revision_content(m)) for m in made],
        batch_size=500,
    )
    Assignment.objects.bulk_create([a for m in made for a in _assignments(m, people, dice)], batch_size=1000)
    Evidence.objects.bulk_create([e for m in made for e in _evidence(m, dice)], batch_size=1000)
    SignOff.objects.bulk_create([s for m in made for s in _sign_offs(m, people, dice)], batch_size=1000)
    Waiver.objects.bulk_create([_waiver(m, people) for m in made], batch_size=1000)
    Feasibility.objects.bulk_create([_feasibility(m) for m in made], batch_size=1000)
    return program


def _model(number: int, program: Program, dice: random.Random) -> MLModel:
    since = NOW - timedelta(days=dice.randint(1, 500))
    return MLModel(
        program=program,
        policy=program.policy,
        name=f"Model {number:05} {dice.choice(['churn', 'fraud', 'demand', 'pricing'])}",
        external_id=f"m-{number}",
        summary="Scores each customer once a day so that the desk that calls them can choose whom to call first.",
        risk_tier=dice.choice(list(RiskTier)),
        scoring=dice.choice(list(Scoring)),
        team=dice.choice(TEAMS),
        stage=dice.choice(list(Stage)),
        standing=Standing.ACTIVE,
        stage_since=since,
        created_at=since,
        changed_at=since,
    )


def _assignments(model: MLModel, people: list[Person], dice: random.Random) -> list[Assignment]:
    duties = dice.sample(DUTIES, 8)
    return [
        Assignment(
            program_id=model.program_id,
            model=model,
            person=dice.choice(people),
            duty=duty,
            starts_at=model.created_at,
            recorded_at=model.created_at,
            recorded_by="bench",
        )
        for duty in duties
    ]


def _evidence(model: MLModel, dice: random.Random) -> list[Evidence]:
    rows = []
    for key, kind, value in (
        ("metric.val_auc", "measured", dice.uniform(0.6, 0.95)),
        ("metric.baseline_auc", "measured", 0.6),
        ("metric.bias_gap", "measured", dice.uniform(0, 0.1)),
        ("contract.orders", "tested", None),
        ("tests.pipeline", "tested", None),
        ("registry.version", "reviewed", None),
    ):
        rows.append(
            Evidence(
                model=model,
                kind=kind,
                key=key,
                source="bench",
                subject="churn_scorer version 1",
                value=value,
                outcome="passed" if value is None else "",
                observed_at=NOW - timedelta(days=dice.randint(0, 60)),
                recorded_at=NOW,
                recorded_by="bench",
                content_hash=fingerprint([model.external_id, key]),
            )
        )
    return rows


def _sign_offs(model: MLModel, people: list[Person], dice: random.Random) -> list[SignOff]:
    return [
        SignOff(
            model=model,
            check_id=check,
            person=people[0],
            name=people[0].name,
            roles=["leader"],
            reason="Looked at.",
            link="https://example.org",
            covers=["model"],
            covered={},
            fingerprint="0" * 64,
            policy_label="default",
            given_at=NOW,
            expires_at=NOW + timedelta(days=dice.randint(1, 300)),
        )
        for check in ("data.quality_accepted", "readiness.privacy_review_closed", "people.stakeholders_ready")
    ]


def _waiver(model: MLModel, people: list[Person]) -> Waiver:
    return Waiver(
        model=model,
        gate="production_ready_to_deployment",
        check_id="readiness.rollback_tested",
        kind="waived",
        reason="Later.",
        until=NOW + timedelta(days=30),
        asked_by=people[1],
        asker_name=people[1].name,
        asked_at=NOW,
        state="granted",
        decided_by=people[0],
        decider_name=people[0].name,
        decided_at=NOW,
        policy_label="default",
    )


def _feasibility(model: MLModel) -> Feasibility:
    return Feasibility(
        model=model,
        value=4,
        feasibility=3,
        data_readiness=3,
        risk=2,
        effort=3,
        is_go=True,
        reason="Worth it.",
        by="bench",
        at=NOW,
    )
