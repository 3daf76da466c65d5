"""What the people of the sample program agree with those who need a model: parts, promises, drafts and acceptance."""

from datetime import date, timedelta

from throughline.actions import outputs, promises, tellings
from throughline.actions.stakeholders import add_stakeholder, record_contact
from throughline.core.drift_facts import DriftState
from throughline.core.outputs import Purpose
from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.core.promises import DATES, Content, PromiseKind
from throughline.core.stages import MoveKind, Stage
from throughline.core.tellings import draft
from throughline.project.demo import specs
from throughline.project.demo.cast import TEAM_NAMES
from throughline.project.demo.clock import Script
from throughline.project.demo.course import Course
from throughline.project.demo.models import LOW
from throughline.project.demo.needs import NEEDS
from throughline.queries.portfolio import model_row, releases
from throughline.queries.promises import Board, board_of
from throughline.queries.specs import in_work

USUAL_DAYS = (30, 90, 80, 50)
SLACK_DAYS = 35
CADENCES = {"sponsor": 45, "approver": 21, "user": None}
PEOPLE = {"sponsor": Role.LEADER, "approver": Role.STAKEHOLDER}
EVALUATE = "You can look at first results, with your own rows in them."
USE = "You can work with it."
# What was shown: its id, and its fingerprint, which whoever answers has seen.
Shown = tuple[int, str]
ENDS = (MoveKind.STOP, MoveKind.DEPRECATE)


def meet(life: Course) -> None:
    """A sponsor, an approver and those who will work with it, who are a group."""
    need, unit = NEEDS[life.plan.key], TEAM_NAMES[id(life.plan.team)][1]
    for part, cadence in CADENCES.items():
        person_id = _person(life, part)
        name = _name(life, part)
        fields = {
            "name": name, "part": part, "business": unit, "is_group": person_id is None,
            "need": need.problem if part == "approver" else "", "influence": 5 if part == "sponsor" else 4,
            "interest": 3 if part == "sponsor" else 5, "cadence_days": cadence,
        }  # fmt: skip
        row = add_stakeholder(
            actor=life.manager, model_id=life.model_id, fields=fields, person_id=person_id, now=life.scene.now
        )
        life.stakeholders[part] = row.pk
        if person_id is not None:
            life.scene.note_part(person_id)


def answerer(life: Course, part: str = "approver") -> Actor:
    """The person behind a sponsor or approver."""
    return life.scene.actor(life.plan.team[PEOPLE[part]][0])


def talk(life: Course, note: str, part: str = "approver", kind: str = "meeting") -> None:
    record_contact(
        actor=life.manager, stakeholder_id=life.stakeholders[part], kind=kind, note=note, now=life.scene.now
    )


# ---- promises


def give(life: Course, kind: str, content: Content, *, to: tuple[str, ...] = ("approver",)) -> int:
    row = promises.give_promise(
        actor=life.manager, model_id=life.model_id, kind=kind, content=content,
        stakeholder_ids=[life.stakeholders[part] for part in to], now=life.scene.now,
    )  # fmt: skip
    life.promised[kind] = row.pk
    return row.pk


def answer(life: Course, kind: str, *, part: str = "approver", number: int = 1, words: str = "") -> None:
    """Acknowledges, or with words disputes."""
    promises.answer_promise(
        actor=answerer(life, part), promise_id=life.promised[kind], number=number, is_acknowledgement=not words,
        words=words, now=life.scene.now,
    )  # fmt: skip


def slip(life: Course, kind: str, days: int, reason: str) -> None:
    """The promised day moves."""
    found = next(one for one in board(life).promises.given if one.id == life.promised[kind])
    assert found.latest.due_on is not None
    due = max(found.latest.due_on, life.scene.now.date()) + timedelta(days=days)
    promises.change_promise(
        actor=life.manager, promise_id=found.id, fields={"due_on": due}, reason=reason, now=life.scene.now
    )


def board(life: Course) -> Board:
    return board_of(model_row(life.scene.director, life.model_id), life.scene.now)


def tell_all(life: Course) -> None:
    """Everybody to whom something is owed hears it, those who are owed the same together."""
    found = board(life)
    for group in found.groups:
        owed = found.owed(causes=group.causes, to=group.stakeholder_ids)
        words = draft(life.plan.name, owed, ask=[life.manager.name])
        tellings.tell(
            actor=life.manager, model_id=life.model_id, causes=group.causes,
            stakeholder_ids=group.stakeholder_ids, subject=words.subject, words=words.words, how="in_person",
            now=life.scene.now,
        )  # fmt: skip


def keep_word(life: Course) -> None:
    """Days that were reached in time are closed as kept."""
    for one in board(life).live:
        if one.promise.kind in DATES and one.state is DriftState.KEPT:
            promises.close_promise(
                actor=life.manager, promise_id=one.promise.id, reason=one.reason, now=life.scene.now
            )


def wind_up(life: Course, reason: str) -> None:
    """Nothing is promised any more, and everybody knows."""
    for one in board(life).live:
        promises.withdraw_promise(
            actor=life.manager, promise_id=one.promise.id, reason=reason, now=life.scene.now
        )
    tell_all(life)


# ---- drafts and acceptance


def share(
    life: Course, purpose: Purpose, *, title: str, note: str = "", to: tuple[str, ...] = ("approver",)
) -> Shown:
    """By the data scientist, to whoever is named; whose word counts is the approver's."""
    model = model_row(life.scene.director, life.model_id)
    release = releases(model).filter(state="planned").order_by("-pk").first()
    item = outputs.NewOutput(
        title=title, purpose=purpose, note=note, link=f"https://reports.example.com/{life.plan.key}/{life.scene.now:%Y-%m-%d}",
        release_id=release.pk if release and purpose is Purpose.ACCEPTANCE else None,
        stakeholder_ids=tuple(life.stakeholders[part] for part in to),
    )  # fmt: skip
    row = outputs.share_output(
        actor=life.held(Role.DATA_SCIENTIST), model_id=life.model_id, item=item, now=life.scene.now
    )
    return row.pk, row.fingerprint


def approve(life: Course, shown: Shown, *, part: str = "approver", words: str = "") -> None:
    """With words it is returned."""
    outputs.answer_output(
        actor=answerer(life, part), output_id=shown[0], is_approval=not words, words=words,
        seen=shown[1], now=life.scene.now,
    )  # fmt: skip


# ---- what a gate asks for


def prepare(life: Course, stage: Stage, kind: MoveKind, leave: tuple[str, ...]) -> Script:
    """What this gate wants of it comes together; what begins like one of `leave` stays open."""
    if kind is MoveKind.UPDATE or (kind is MoveKind.ADVANCE and stage is Stage.PRODUCTION_READY):
        yield from _accepted(life, leave)
    elif kind is MoveKind.ADVANCE and stage is Stage.CONCEPTION:
        yield from _conceived(life, leave)
    elif kind is MoveKind.ADVANCE and stage is Stage.PROTOTYPE:
        yield from _tried(life, leave)
    if kind in ENDS:
        yield life.in_days(0.2)
        wind_up(life, "It ends, so nothing more is promised of it.")
    elif _wanted("promises.", leave):
        tell_all(life)


def _conceived(life: Course, leave: tuple[str, ...]) -> Script:
    talk(life, "What they need and how they would notice that it works.")
    specs.write(life)
    yield life.in_days(0.3)
    specs.submit(life)
    give(life, PromiseKind.EVALUATION_DATE, Content(EVALUATE, due_on=_due(life, 1)))
    yield life.in_days(0.4)
    answer(life, PromiseKind.EVALUATION_DATE)
    if _wanted("spec.", leave):
        specs.approve(life)


def _tried(life: Course, leave: tuple[str, ...]) -> Script:
    if life.plan.tier is not LOW:
        yield from specs.settle(life, specs.later_sections(life.plan))
    elif in_work(model_row(life.scene.director, life.model_id)):
        specs.approve(life)
    every = NEEDS[life.plan.key].every.replace("_", " ")
    give(life, PromiseKind.PRODUCTION_DATE, Content(USE, due_on=_due(life, 2, 3)), to=("approver", "sponsor"))
    give(life, PromiseKind.RUN_FREQUENCY, Content(f"It runs {every}.", value=every))
    if _wanted("outputs.", leave):
        shown = share(
            life, Purpose.DRAFT, title="Four weeks of draft output", note="Made with last month's data."
        )
    yield life.in_days(0.4)
    for part in ("approver", "sponsor"):
        answer(life, PromiseKind.PRODUCTION_DATE, part=part)
    answer(life, PromiseKind.RUN_FREQUENCY)
    if _wanted("outputs.", leave):
        approve(life, shown)


def _accepted(life: Course, leave: tuple[str, ...]) -> Script:
    keep_word(life)
    if not _wanted("outputs.", leave):
        return
    shown = share(
        life,
        Purpose.ACCEPTANCE,
        title=f"Output of release R{life.version}",
        note="Two weeks beside your own plan.",
    )
    yield life.in_days(0.5)
    approve(life, shown)
    talk(life, f"Went through release R{life.version} together.", kind="review")


def _wanted(prefix: str, leave: tuple[str, ...]) -> bool:
    return not any(one.startswith(prefix) for one in leave)


def _due(life: Course, *stages: int) -> date:
    """After these stages, counted from the end of the present one, with some slack."""
    days = life.plan.days
    ahead = sum(days[number] if number < len(days) else USUAL_DAYS[number] for number in stages)
    return (life.scene.now + timedelta(days=ahead + SLACK_DAYS)).date()


def _person(life: Course, part: str) -> int | None:
    role = PEOPLE.get(part)
    return life.scene.people[life.plan.team[role][0]] if role else None


def _name(life: Course, part: str) -> str:
    role = PEOPLE.get(part)
    return life.scene.actor(life.plan.team[role][0]).name if role else NEEDS[life.plan.key].users
