"""One model of the sample program: everything that is done to it goes through the actions that people use."""

from datetime import datetime, timedelta

from throughline.actions.decisions import decide_move
from throughline.actions.evidence import NewEvidence, attach_evidence
from throughline.actions.moves import request_move
from throughline.actions.planning import record_feasibility
from throughline.actions.portfolio import create_model, plan_release
from throughline.actions.sign_offs import decide_waiver, give_sign_off, request_waiver
from throughline.core.dossier import WaiverKind
from throughline.core.errors import Refused
from throughline.core.gates import Finding
from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.core.policy import Level
from throughline.core.stages import MoveKind, Stage, steps_from
from throughline.project.demo import agreements, compliance, engagement, labelling, proof, quality, words
from throughline.project.demo.cast import TEAM_NAMES
from throughline.project.demo.clock import Script, working_hours
from throughline.project.demo.course import DAY, Course
from throughline.project.demo.staffing import staff
from throughline.queries.moves import GateReport, gate_report, move_row, place_of, report_for_move
from throughline.queries.portfolio import model_row, release_row, releases

LONGEST_SIGNING = 40 * DAY
STAGES_WITH_RELEASE = (Stage.PRODUCTION_READY, Stage.PRODUCTION)


class Life(Course):
    """Everything that is done to it until it has reached where its plan says."""

    def report(self, kind: MoveKind = MoveKind.ADVANCE) -> GateReport:
        model = model_row(self.scene.director, self.model_id)
        step = next(step for step in steps_from(place_of(model)) if step.kind is kind)
        found = gate_report(model, now=self.scene.now, step=step)
        assert found is not None
        return found

    def begin(self) -> Script:
        """The model is created and staffed, and its feasibility analysed where that is part of its story."""
        plan = self.plan
        fields: dict[str, object] = {
            "name": plan.name, "summary": plan.summary, "external_id": f"FG-{plan.key}", "risk_tier": plan.tier,
            "scoring": plan.scoring or "", "team": TEAM_NAMES[id(plan.team)][0], "unit": TEAM_NAMES[id(plan.team)][1],
        }  # fmt: skip
        self.model_id = create_model(
            actor=self.manager, program_id=self.scene.program_id, fields=fields, now=self.scene.now
        ).pk
        self.since = self.scene.now
        yield self.on(0.2)
        staff(self.scene, self.model_id, plan)
        engagement.meet(self)

    def analyse(self, *, is_go: bool, reason: str = "") -> None:
        dice = self.scene.dice
        good = (3, 4, 5) if is_go else (1, 2, 3)
        ratings = {
            name: dice.choice(good) for name in ("value", "feasibility", "data_readiness", "risk", "effort")
        }
        record_feasibility(
            actor=self.manager,
            model_id=self.model_id,
            ratings=ratings,
            is_go=is_go,
            reason=reason or dice.choice(words.GO_REASONS),
            now=self.scene.now,
        )

    def attach(self, items: list[NewEvidence], by: Actor | None = None) -> None:
        if items:
            who = by or self.held(Role.DATA_SCIENTIST, Role.DATA_ENGINEER)
            attach_evidence(actor=who, model_id=self.model_id, items=items, now=self.scene.now)

    def plan_next_release(self) -> None:
        self.version += 1
        plan_release(
            actor=self.held(Role.DATA_SCIENTIST),
            model_id=self.model_id,
            name=f"R{self.version}",
            subject=proof.subject(self.plan, self.version),
            notes=proof.NOTES[(self.version - 1) % len(proof.NOTES)],
            now=self.scene.now,
        )

    def sign(self, check_id: str, by: tuple[str, ...]) -> bool:
        """False where nobody is there who may."""
        signer = self.scene.holder(self.model_id, by)
        if signer is None:
            return False
        give_sign_off(
            actor=signer,
            model_id=self.model_id,
            check_id=check_id,
            reason=words.reason_for(check_id),
            link=words.LINK.format(model=self.plan.key, check=check_id),
            now=self.scene.now,
        )
        return True

    def prepare(
        self, by: datetime, *, kind: MoveKind = MoveKind.ADVANCE, leave: tuple[str, ...] = ()
    ) -> Script:
        """What the gate asks for comes together until `by`: a release, evidence, sign-offs. `leave` stays open."""
        span = max(by - self.scene.now, DAY)
        start = by - min(span * 0.7, LONGEST_SIGNING)
        yield working_hours(start, self.scene.dice)
        stage = Stage(model_row(self.scene.director, self.model_id).stage)
        if stage in STAGES_WITH_RELEASE and kind in (MoveKind.ADVANCE, MoveKind.UPDATE):
            self.plan_next_release()
            yield self.in_days(1)
        self.attach(proof.for_gate(self.plan, stage, self.version, self.scene, kind is MoveKind.UPDATE))
        if labelling.is_audited(self.plan, stage) and "labels." not in leave:
            yield from labelling.audit(self)
        yield from engagement.prepare(self, stage, kind, leave)
        yield from compliance.prepare(self, self.report(kind).verdict, leave)
        if stage is Stage.PROTOTYPE and kind is MoveKind.ADVANCE:
            quality.look(self)
        for instant, finding in self._signings(by, kind, leave):
            yield instant
            self._sign(finding)
        if "contract." not in leave and stage in (*STAGES_WITH_RELEASE, Stage.DEPLOYMENT):
            yield by - 0.4 * DAY
            self.attach(proof.tests(self.plan, self.scene), self.held(Role.DATA_ENGINEER))
        yield from self.mend(kind, leave)

    def _signings(
        self, by: datetime, kind: MoveKind, leave: tuple[str, ...]
    ) -> list[tuple[datetime, Finding]]:
        open_ones = [f for f in self._open(kind) if not f.check.startswith(leave or ("\0",))]
        begun, dice = self.scene.now, self.scene.dice
        span = max((by - 0.6 * DAY) - begun, timedelta(hours=1))
        parts = sorted(dice.random() for _ in open_ones)
        times = [begun + span * part for part in parts]
        return [(working_hours(at, dice), f) for at, f in zip(times, open_ones, strict=True)]

    def _open(self, kind: MoveKind) -> list[Finding]:
        """Sign-offs that are wanted now; of those that only warn, most people give most."""
        found = [f for f in self.report(kind).verdict.findings if f.is_sign_off and not f.is_satisfied]
        kept = [f for f in found if f.level is Level.BLOCK or self.scene.dice.random() < 0.5]
        self.scene.dice.shuffle(kept)
        return kept

    def _sign(self, finding: Finding) -> None:
        self.sign(finding.check, finding.turn)

    def mend(self, kind: MoveKind, leave: tuple[str, ...] = ()) -> Script:
        """What became void or too old in the meantime is looked at and signed again; who was not told is told."""
        for finding in self.report(kind).verdict.blocking:
            if finding.check.startswith(leave or ("\0",)):
                continue
            if finding.is_sign_off:
                yield self.in_days(0.2)
                self._sign(finding)
            elif finding.check == "data.quality_accepted":
                yield self.in_days(0.1)
                quality.look(self)
            elif finding.check == "promises.nobody_untold":
                yield self.in_days(0.1)
                engagement.tell_all(self)
            elif finding.check in ("data.contracts_in_force", "output.contract_accepted"):
                yield self.scene.now + timedelta(hours=1)
                agreements.settle(self)

    def ask(self, reason: str, *, kind: MoveKind = MoveKind.ADVANCE, to: Stage | None = None) -> int:
        move = request_move(
            actor=self.manager,
            model_id=self.model_id,
            kind=kind,
            to_stage=to,
            reason=reason,
            now=self.scene.now,
        )
        return move.pk

    def answer(self, move_id: int, role: str, *, is_approval: bool = True, reason: str = "") -> None:
        asked_by = move_row(self.scene.director, move_id).requested_by_id
        decide_move(
            actor=self.held(role, but=asked_by),
            move_id=move_id,
            is_approval=is_approval,
            reason=reason or self.scene.dice.choice(words.APPROVALS),
            now=self.scene.now,
        )

    def decide(self, move_id: int) -> Script:
        """The seats answer one after the other; a gate that has closed meanwhile is mended first."""
        self.is_being_decided = True
        for _ in range(24):
            move = move_row(self.scene.director, move_id)
            if move.state != "open":
                break
            report = report_for_move(move, now=self.scene.now)
            free = [seat for seat in report.seats if not seat.filled_by]
            try:
                self.answer(move_id, free[0].role)
            except Refused:
                yield from self.mend(MoveKind(move.kind))
            yield self.in_days(self.scene.dice.uniform(0.1, 1.2))
        else:
            left = [one.check for one in report.verdict.blocking]
            raise AssertionError(f"{self.plan.name}: {move.kind} was never decided, for {', '.join(left)}")
        self.is_being_decided = False
        self.since = self.scene.now

    def move(self, kind: MoveKind, reason: str, *, lead_days: float = 6, to: Stage | None = None) -> Script:
        """Prepares, asks, and has it decided."""
        yield from self.prepare(self.scene.now + lead_days * DAY, kind=kind)
        yield self.in_days(0.3)
        move_id = self.ask(reason, kind=kind, to=to)
        yield self.in_days(self.scene.dice.uniform(0.5, 2.5))
        yield from self.decide(move_id)

    def advance(self, days: float) -> Script:
        """Goes on to the next stage after about so many days in this one."""
        end = self.since + days * DAY
        yield from self.prepare(end - 3 * DAY)
        yield max(working_hours(end - 2.5 * DAY, self.scene.dice), self.scene.now + timedelta(hours=1))
        move_id = self.ask(f"{self.plan.name} is ready: what the gate asks for is there.")
        yield max(working_hours(end - 1.5 * DAY, self.scene.dice), self.scene.now + timedelta(hours=2))
        yield from self.decide(move_id)

    def waive(
        self, gate: str, check_id: str, reason: str, *, days: float, outcome: str = "granted"
    ) -> Script:
        """Asked for by the program manager; `outcome` is granted, declined, or asked (nobody has answered yet)."""
        row = request_waiver(
            actor=self.manager,
            model_id=self.model_id,
            gate=gate,
            check_id=check_id,
            kind=WaiverKind.WAIVED,
            reason=reason,
            until=self.scene.now + days * DAY,
            now=self.scene.now,
        )
        if outcome == "asked":
            return
        yield self.in_days(1)
        decide_waiver(
            actor=self.held(Role.LEADER, but=row.asked_by_id),
            waiver_id=row.pk,
            is_granted=outcome == "granted",
            reason=words.GRANTED if outcome == "granted" else words.NOT_GRANTED,
            now=self.scene.now,
        )
        self.last_waiver = row.pk

    def release_id(self) -> int:
        model = model_row(self.scene.director, self.model_id)
        found = releases(model).filter(state="planned").first()
        assert found is not None
        return release_row(model, found.pk).pk
