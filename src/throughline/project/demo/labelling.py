"""Label audits of the sample program: two people label a sample anew before a prototype may go on."""

import csv
import io

from throughline.actions import label_audits as actions
from throughline.actions.evidence import close_audit
from throughline.core.dossier import RiskTier
from throughline.core.people import Role
from throughline.core.stages import Stage
from throughline.project.demo.clock import Script
from throughline.project.demo.course import Course
from throughline.project.demo.models import Plan
from throughline.queries import label_audits as queries

ROWS, ITEMS = 900, 240
LABELS = ("yes", "no")
WRONG_IN = 90  # one given label in so many is wrong
DOUBTS_IN = 60


def is_audited(plan: Plan, stage: Stage) -> bool:
    return stage is Stage.PROTOTYPE and plan.tier in (RiskTier.MEDIUM, RiskTier.HIGH)


def audit(course: Course) -> Script:
    """From file to close within a few days; what the two disagree on is settled by a third."""
    scene, manager = course.scene, course.manager
    begun = actions.begin_audit(
        actor=manager,
        model_id=course.model_id,
        item=actions.NewAudit(
            f"{course.plan.name}: labels of the prototype",
            "Is this a case that the desk would have acted on? **Yes** only where the row alone shows it.",
            origin=f"s3://frosty-grocers/{course.plan.key}/labelled.csv",
        ),
        file_name=f"{course.plan.key}-labelled.csv",
        chunks=[_file(course)],
        now=scene.now,
    )
    plan = actions.DrawPlan(
        label="label", key="row", shown=("what", "amount"), size=ITEMS, seed=scene.dice.randrange(10**6),
        most_error=0.08, least_agreement=0.7,
    )  # fmt: skip
    drawn = actions.draw_items(actor=manager, audit_id=begun.pk, plan=plan, now=scene.now)
    place = {"actor": manager, "audit_id": begun.pk}
    for name in ("Annotation desk A", "Annotation desk B"):
        invited = actions.invite_labeller(name=name, now=scene.now, **place)  # type: ignore[arg-type]
        yield course.in_days(0.4)
        rows = [
            actions.AnswerRow(one.number, _seen(course, one.shown)) for one in queries.blind_items(invited)
        ]
        actions.answer_many(rows=rows, labeller_id=invited.pk, now=scene.now, **place)  # type: ignore[arg-type]
    actions.end_labelling(now=scene.now, **place)  # type: ignore[arg-type]
    yield course.in_days(0.2)
    settler = course.held(Role.DATA_SCIENTIST, Role.LEADER)
    shown = {one.number: one.shown for one in drawn.items.all()}
    for one in queries.items_of(drawn):
        if one.is_open:
            label = _true(shown[one.number])
            actions.settle_item(
                actor=settler, audit_id=begun.pk, number=one.number, label=label, now=scene.now
            )
    close_audit(now=scene.now, **place)  # type: ignore[arg-type]


def _file(course: Course) -> bytes:
    dice, out = course.scene.dice, io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("row", "what", "amount", "label"))
    for number in range(1, ROWS + 1):
        shown = {"amount": str(dice.randrange(1, 1000))}
        truth = _true(shown)
        given = _other(truth) if dice.randrange(WRONG_IN) == 0 else truth
        writer.writerow((f"{course.plan.key}-{number}", f"Case {number}", shown["amount"], given))
    return out.getvalue().encode()


def _true(shown: dict[str, str]) -> str:
    return LABELS[int(shown["amount"]) > 400]


def _seen(course: Course, shown: dict[str, str]) -> str:
    truth = _true(shown)
    return _other(truth) if course.scene.dice.randrange(DOUBTS_IN) == 0 else truth


def _other(label: str) -> str:
    return LABELS[LABELS[0] == label]
