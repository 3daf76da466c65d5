"""Builders: people, programs and models that reached where they are by the real actions."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import yaml
from django.db import transaction
from django.db.models import F

from throughline.actions import (
    access_requests,
    assessments,
    compliance,
    compliance_findings,
    data_sources,
    decisions,
    outputs,
    planning,
    policies,
    portfolio,
    promises,
    sign_offs,
    stakeholders,
)
from throughline.actions import evidence as evidence_actions
from throughline.actions import moves as move_actions
from throughline.core.access_requests import Asked
from throughline.core.criteria import parse_criteria, to_plain
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Actor
from throughline.core.profiles import ColumnKind, ColumnProfile, Profile
from throughline.core.promises import Content
from throughline.core.prototype import proof_of
from throughline.core.stages import GATES, MoveKind, Stage
from throughline.queries.access import actor_for, system_actor
from throughline.queries.dossiers import load
from throughline.records.access import Membership
from throughline.records.assessments import Assessment
from throughline.records.compliance import ComplianceReview, Finding
from throughline.records.data_sources import AccessRequest, DataSource
from throughline.records.evidence import Evidence
from throughline.records.moves import Move, SignOff
from throughline.records.outputs import Output
from throughline.records.people import Assignment, Person
from throughline.records.planning import Direction
from throughline.records.portfolio import MLModel, Program, Release
from throughline.records.promises import Promise, PromiseAnswer
from throughline.records.specs import Spec
from throughline.records.stakeholders import Stakeholder

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SUMMARY = "Scores each customer's risk of leaving so that the retention desk can call in time."
_numbers = itertools.count(1)


def policy_source(
    checks: dict[str, list[object]] | None = None, *, deciders: list[str] | None = None, version: str = "1"
) -> str:
    """A small policy: every gate is decided by a leader, and asks only what the test names."""
    gates = {
        gate: {
            "asks": f"May it pass {gate}?",
            "deciders": list(deciders or ["leader"]),
            "checks": (checks or {}).get(gate, []),
        }
        for gate in GATES
    }
    return yaml.safe_dump({"policy": "small", "version": version, "gates": gates}, sort_keys=False)


def small_profile(rows: int = 100, missing: int = 0) -> Profile:
    """Of a table with an id and an amount."""
    amount = ColumnProfile(
        "amount", "DOUBLE", ColumnKind.NUMBER, nulls=missing, distinct=rows - missing, lowest="0.5", highest="99.5",
        mean=50.0, sd=29.0, q1=25.0, median=50.0, q3=75.0, below=0, above=0, edges=(0.5, 50.0, 99.5),
        bins=((rows - missing) // 2, rows - missing - (rows - missing) // 2),
    )  # fmt: skip
    id_ = ColumnProfile("id", "BIGINT", ColumnKind.NUMBER, distinct=rows, lowest="1", highest=str(rows))
    return Profile(rows, (id_, amount), bytes=4_096, files=1, duplicates=0)


@dataclass
class World:
    """A program with a PM and a leader, and a clock that only moves when told to."""

    now: datetime = START
    program: Program = field(init=False)
    pm: Person = field(init=False)
    leader: Person = field(init=False)

    def __post_init__(self) -> None:
        self.pm = self.person("Ana")
        self.leader = self.person("Li")
        number = next(_numbers)
        self.program = portfolio.create_program(
            actor=system_actor("cli"),
            name=f"Customer {number}",
            slug=f"customer-{number}",
            policy="light",
            now=self.now,
        )
        self.publish(policy_source(version="0"))
        self.member(self.pm, AccessRole.MANAGER)
        self.member(self.leader, AccessRole.APPROVER)

    def later(self, **span: float) -> "World":
        self.now += timedelta(**span)
        return self

    def person(self, name: str, *, is_admin: bool = False) -> Person:
        number = next(_numbers)
        return Person.objects.create(
            name=name,
            email=f"{name.lower().replace(' ', '.')}.{number}@example.org",
            is_admin=is_admin,
            created_at=self.now,
        )

    def actor(self, person: Person, door: str = "web") -> Actor:
        return actor_for(person, door=door, now=self.now)

    def member(self, person: Person, role: AccessRole) -> None:
        Membership.objects.create(
            program=self.program, person=person, role=role, granted_by="test", granted_at=self.now
        )

    def assign(
        self, person: Person, duty: str, model: MLModel | None = None, ends_at: datetime | None = None
    ) -> Assignment:
        return Assignment.objects.create(
            program=self.program, model=model, person=person, duty=duty, starts_at=self.now, ends_at=ends_at,
            recorded_at=self.now, recorded_by="test",
        )  # fmt: skip

    def publish(self, source: str) -> None:
        policies.publish_policy(
            actor=system_actor("cli"),
            program_id=self.program.pk,
            source=source,
            note="For this test.",
            now=self.now,
        )

    def policy(self, checks: dict[str, list[object]], *, deciders: list[str] | None = None) -> None:
        """Puts a policy in force that asks just this; models made from now on are under it."""
        self.publish(policy_source(checks, deciders=deciders, version=str(next(_numbers))))

    def model(self, name: str = "Churn", *, at: Stage = Stage.CONCEPTION, **fields: object) -> MLModel:
        """A model with a PM and a leader on it, taken to a stage through its gates."""
        made = portfolio.create_model(
            actor=self.actor(self.pm),
            program_id=self.program.pk,
            fields={"name": name, "summary": SUMMARY, **fields},
            now=self.now,
        )
        self.assign(self.pm, Role.PROGRAM_MANAGER, made)
        self.assign(self.leader, Role.LEADER, made)
        while made.stage != at:
            kind = MoveKind.DEPRECATE if made.stage == Stage.PRODUCTION else MoveKind.ADVANCE
            self.moved(made, kind)
        return made

    def request(self, model: MLModel, kind: MoveKind = MoveKind.ADVANCE, to: Stage | None = None) -> Move:
        return move_actions.request_move(
            actor=self.actor(self.pm),
            model_id=model.pk,
            kind=kind,
            to_stage=to,
            reason="It is time.",
            now=self.now,
        )

    def decide(
        self, move: Move, person: Person | None = None, *, is_approval: bool = True, reason: str = "Agreed."
    ) -> Move:
        actor = self.actor(person or self.leader)
        return decisions.decide_move(
            actor=actor, move_id=move.pk, is_approval=is_approval, reason=reason, now=self.now
        )

    def moved(self, model: MLModel, kind: MoveKind = MoveKind.ADVANCE, to: Stage | None = None) -> Move:
        move = self.decide(self.request(model, kind, to))
        model.refresh_from_db()
        return move

    def release(self, model: MLModel, name: str = "1.0", subject: str = "churn_scorer version 1") -> Release:
        return portfolio.plan_release(
            actor=self.actor(self.pm), model_id=model.pk, name=name, subject=subject, now=self.now
        )

    def measure(self, model: MLModel, key: str, value: float | None, **more: object) -> Evidence | None:
        """The evidence that was added, or None when it was known already."""
        item = evidence_actions.NewEvidence(
            kind=EvidenceKind.MEASURED, key=key, source="test", value=value, **more
        )  # type: ignore[arg-type]
        added = evidence_actions.attach_evidence(
            actor=self.actor(self.pm), model_id=model.pk, items=[item], now=self.now
        )
        return added[0] if added else None

    def tested(self, model: MLModel, key: str, outcome: Outcome = Outcome.PASSED) -> Evidence:
        item = evidence_actions.NewEvidence(kind=EvidenceKind.TESTED, key=key, source="test", outcome=outcome)
        return evidence_actions.attach_evidence(
            actor=self.actor(self.pm), model_id=model.pk, items=[item], now=self.now
        )[0]

    def sign(self, model: MLModel, check_id: str, person: Person | None = None) -> SignOff:
        return sign_offs.give_sign_off(
            actor=self.actor(person or self.leader), model_id=model.pk, check_id=check_id, reason="I looked at it.",
            link="https://example.org/minutes", now=self.now,
        )  # fmt: skip

    def stakeholder(
        self, model: MLModel, person: Person | None = None, part: str = "approver", name: str = ""
    ) -> Stakeholder:
        """A live stakeholder; a person sees the model by it."""
        fields = {
            "name": name or (person.name if person else "Retention desk"),
            "part": part,
            "is_group": person is None,
        }
        return stakeholders.add_stakeholder(
            actor=system_actor("cli"), model_id=model.pk, fields=fields,
            email=(person.email or "") if person else "", now=self.now,
        )  # fmt: skip

    def share(self, model: MLModel, *asked: Stakeholder, title: str = "Week 9", **more: object) -> Output:
        """A link that the PM shows; a draft of the prototype, unless told otherwise."""
        item = outputs.NewOutput(
            title=title, stakeholder_ids=tuple(one.pk for one in asked),
            **{"link": "https://example.org/week-9", **more},  # type: ignore[arg-type]
        )  # fmt: skip
        return outputs.share_output(actor=self.actor(self.pm), model_id=model.pk, item=item, now=self.now)

    def source(
        self, name: str = "Orders", *models: MLModel, from_stage: str = "conception", **fields: Any
    ) -> DataSource:
        """A source in good order, owned by the PM, that these models use; fields say what is otherwise."""
        good = {
            "name": name, "provider": "Sales data team", "sensitivity": "internal", "automation": "scheduled",
            "refresh": "0 6 * * *", "time_zone": "UTC", "is_supported": True,
        }  # fmt: skip
        owner_id = fields.pop("owner_id", self.pm.pk)
        made = data_sources.add_source(
            actor=self.actor(self.pm), program_id=self.program.pk, fields={**good, **fields}, owner_id=owner_id,
            now=self.now,
        )  # fmt: skip
        for model in models:
            self.uses(model, made, from_stage=from_stage)
        return made

    def uses(self, model: MLModel, *sources: DataSource, from_stage: str = "conception") -> None:
        data_sources.link_sources(
            actor=self.actor(self.pm), model_id=model.pk, source_ids=[one.pk for one in sources],
            use=data_sources.NewUse(from_stage), now=self.now,
        )  # fmt: skip

    def asks_access(
        self, model: MLModel, *sources: DataSource, days: int = 14, by: Person | None = None
    ) -> list[AccessRequest]:
        asked = Asked(
            "Scoring job",
            "Scores churn each week.",
            "Sales data team",
            self.now.date() + timedelta(days=days),
        )
        return access_requests.ask_access(
            actor=self.actor(by or self.pm), model_id=model.pk, source_ids=[one.pk for one in sources], asked=asked,
            now=self.now,
        )  # fmt: skip

    def grants(self, request: AccessRequest, until: date | None = None) -> AccessRequest:
        return access_requests.answer_access(
            actor=self.actor(self.pm), request_id=request.pk, is_granted=True, answer="Granted by Ada.",
            link="https://example.org/ticket", granted_until=until, now=self.now,
        )  # fmt: skip

    def fed(self, model: MLModel, *names: str) -> None:
        """Sources in good order, used from the start, with access granted without an end."""
        sources = [self.source(name, model) for name in names or (f"Orders of {model.name}",)]
        for request in self.asks_access(model, *sources):
            self.grants(request)

    def assessed(
        self,
        source: DataSource,
        found: Profile | None = None,
        *,
        judgement: str = "accepted",
        by: Person | None = None,
    ) -> Assessment:
        """An upload that the PM had assessed, with what a worker found, judged by the leader unless told otherwise."""
        """An upload that the PM had assessed, with what was found, judged by the leader unless told otherwise."""
        row = assessments.assess_upload(
            actor=self.actor(self.pm), source_id=source.pk, file_name="orders.csv", chunks=[b"id,amount\n1,2.5\n"],
            now=self.now,
        )  # fmt: skip
        assessments.run_assessment(
            actor=system_actor("worker"), assessment_id=row.pk, profiler=lambda *_: found or small_profile(),
            now=self.now,
        )  # fmt: skip
        row.refresh_from_db()
        if not judgement:
            return row
        return assessments.judge_assessment(
            actor=self.actor(by or self.leader), assessment_id=row.pk, is_accepted=judgement == "accepted",
            reason="I looked at every column.", seen=row.fingerprint, now=self.now,
        )  # fmt: skip

    def feasible(self, model: MLModel, *, is_go: bool = True) -> None:
        ratings = dict.fromkeys(planning.RATINGS, 3)
        planning.record_feasibility(
            actor=self.actor(self.pm),
            model_id=model.pk,
            ratings=ratings,
            is_go=is_go,
            reason="Worth a try.",
            now=self.now,
        )

    def reviewer(self, name: str = "Rae", role: AccessRole = AccessRole.STAKEHOLDER) -> Person:
        """Somebody who may review any model of the program and does nothing else in it."""
        made = self.person(name)
        self.member(made, role)
        return made

    def ask_review(
        self, model: MLModel, reviewer: Person, kind: str = "privacy", **more: Any
    ) -> ComplianceReview:
        """Asked for by the PM, and taken up by its reviewer unless `opened` is false."""
        is_opened = more.pop("opened", True)
        item = compliance.NewReview(kind=kind, reviewer_id=reviewer.pk, **more)
        made = compliance.ask_review(actor=self.actor(self.pm), model_id=model.pk, item=item, now=self.now)
        if not is_opened:
            return made
        return compliance.open_review(actor=self.actor(reviewer), compliance_id=made.pk, now=self.now)

    def find(
        self, review: ComplianceReview, severity: str = "high", owner: Person | None = None, **more: Any
    ) -> Finding:
        """Raised by the reviewer; the PM owns it unless somebody else is named."""
        assert review.reviewer is not None
        item = compliance_findings.NewFinding(
            **{"title": "Kept for ever", "severity": severity, "owner_id": (owner or self.pm).pk, **more}
        )
        return compliance_findings.raise_finding(
            actor=self.actor(review.reviewer), compliance_id=review.pk, item=item, now=self.now
        )

    def close_review(
        self, review: ComplianceReview, conclusion: str = "passed", **more: Any
    ) -> ComplianceReview:
        """By its reviewer, for as long as its kind holds."""
        assert review.reviewer is not None
        words = "" if conclusion == "passed" else "Delete after two years."
        item = compliance.Closing(conclusion, **{"words": words, **more})
        return compliance.close_review(
            actor=self.actor(review.reviewer), compliance_id=review.pk, item=item, now=self.now
        )

    def reviewed(
        self, model: MLModel, kind: str = "privacy", *, valid_until: date | None = None, **more: Any
    ) -> ComplianceReview:
        """Asked for, taken up and passed at once, by a reviewer of their own."""
        asked = self.ask_review(model, self.reviewer(), kind, **more)
        return self.close_review(asked, valid_until=valid_until)

    def promise(
        self, model: MLModel, *to: Stakeholder, kind: str = "production_date", **content: object
    ) -> Promise:
        """Given by the PM; a date lies four weeks ahead unless another is named."""
        said: dict[str, object] = {"statement": "It is in production by then.", **content}
        if kind.endswith("_date"):
            said.setdefault("due_on", self.now.date() + timedelta(days=28))
        return promises.give_promise(
            actor=self.actor(self.pm), model_id=model.pk, kind=kind, content=Content(**said),  # type: ignore[arg-type]
            stakeholder_ids=[one.pk for one in to], now=self.now,
        )  # fmt: skip

    def change(self, promise: Promise, reason: str = "It takes longer.", **fields: object) -> Promise:
        return promises.change_promise(
            actor=self.actor(self.pm), promise_id=promise.pk, fields=fields, reason=reason, now=self.now
        )

    def slip(self, promise: Promise, due_on: date) -> Promise:
        return self.change(promise, due_on=due_on)

    def answer(
        self, what: Promise | Output, person: Person, words: str = "", number: int = 1
    ) -> PromiseAnswer | Output:
        """Acknowledges a promise or approves an output; with words disputes or returns it."""
        actor = self.actor(person)
        if isinstance(what, Output):
            return outputs.answer_output(
                actor=actor, output_id=what.pk, is_approval=not words, words=words, seen=what.fingerprint, now=self.now
            )  # fmt: skip
        return promises.answer_promise(
            actor=actor,
            promise_id=what.pk,
            number=number,
            is_acknowledgement=not words,
            words=words,
            now=self.now,
        )

    def agreed(self, model: MLModel, *criteria: dict[str, object], state: str = "approved") -> Spec:
        """A version of the spec with these criteria, as it stands once it is approved."""
        number = model.specs.count() + 1
        read = parse_criteria(
            [{"title": "Precision", "metric": "metric.precision", **one} for one in criteria]
        )
        is_settled = state == "approved"
        with transaction.atomic():
            if is_settled:
                model.specs.filter(state="approved").update(state="superseded")
            made = Spec.objects.create(
                model=model, number=number, state=state, content={"criteria": to_plain(read)}, author=self.pm,
                author_name=self.pm.name, started_at=self.now, changed_at=self.now,
                submitted_at=None if state == "draft" else self.now,
                settled_at=self.now if is_settled else None,
            )  # fmt: skip
            MLModel.objects.filter(pk=model.pk).update(facts=F("facts") + 1)
        return made

    def direct(self, model: MLModel, choice: str = "continue", **more: Any) -> Direction:
        """A decision about direction on the verdicts of this moment, by the leader if nobody else is named."""
        days = None if choice == "stop" else (self.now + timedelta(days=14)).date()
        given = {
            "seen": proof_of(load(model, now=self.now)).fingerprint,
            "reason": "The next batch of labels comes in a week.",
            "next_look_on": days,
            **more,
        }
        actor = given.pop("actor", self.actor(self.leader))
        return planning.decide_direction(actor=actor, model_id=model.pk, choice=choice, now=self.now, **given)
