"""The specifications of the sample program: written, submitted, approved by somebody else, and changed in scope."""

from throughline.actions import specs
from throughline.core.people import Role
from throughline.core.permissions import Actor
from throughline.project.demo import data
from throughline.project.demo.cast import CUSTOMERS, DIGITAL, TEAM_NAMES
from throughline.project.demo.clock import Script
from throughline.project.demo.course import Course
from throughline.project.demo.models import LIVE, LOW, Plan
from throughline.project.demo.needs import NEEDS
from throughline.queries.portfolio import model_row
from throughline.queries.specs import in_work

# What is known when an idea is born; the rest follows once the prototype has shown what it takes.
EARLY = ("problem", "decision", "alternative", "data", "criteria")
BY_SCIENTIST = ("approach", "validation")
SHORT = frozenset({"auc", "mae", "map", "mape", "ndcg", "rouge", "wape", "wer"})
APPROVED = "Says what we need. Approved."


def content(plan: Plan) -> dict[str, object]:
    """Every section, in the words of the people who need the model."""
    need, unit = NEEDS[plan.key], TEAM_NAMES[id(plan.team)][1]
    is_live = plan.scoring is LIVE
    table = f"{plan.key}.{need.column}"
    return {
        "problem": {"problem": need.problem, "context": f"{need.users} asked for it; {unit} pays for it."},
        "decision": {"decision": need.decision, "today": need.simpler},
        "alternative": {
            "considered": need.simpler,
            "conclusion": "It was tried on last year's data and stays far below the target.",
        },
        "data": {
            "sources": [
                {"source": source, "owner": f"{unit} data team", "refresh": "every night"}
                for source in data.names(plan.sources)
            ],
            "notes": "Three years of history.",
        },
        "criteria": criteria(plan),
        "approach": {
            "approach": "Gradient-boosted trees; a linear model is kept beside them for comparison."
        },
        "ux": {"ux": f"{need.users} see it where they work today, with the two strongest reasons."},
        "validation": {
            "kind": "shadow" if is_live else "backtest",
            "plan": "Two weeks beside what exists."
            if is_live
            else "On the last thirteen weeks, week by week.",
        },
        "outputs": {
            "mode": "real_time" if is_live else "batch",
            "schema": [
                {"column": "id", "type": "text", "meaning": "What it is about"},
                {"column": need.column, "type": "number", "meaning": plan.summary.split(".")[0]},
            ],
            "integration": "Asked over HTTP." if is_live else "Read from the table after each run.",
            "where": f"https://api.example.com/{plan.key}" if is_live else table,
        },
        "feedback": {
            "loop": f"{need.users} mark what was wrong; it is counted each week and read by the team."
        },
        "privacy": _privacy(plan),
        "limitations": {
            "limitations": need.limits,
            "misuse": f"Not for any other decision than this one: {need.decision}",
        },
        "frequency": {"every": need.every, "details": "" if is_live else "Before 06:00."},
    }


def _title(measure: str) -> str:
    """`val_auc` is called AUC, `val_recall_at_5` Recall at 5."""
    words = measure.removeprefix("val_").split("_")
    said = " ".join(word.upper() if word in SHORT else word for word in words)
    return said[:1].upper() + said[1:]


def criteria(plan: Plan) -> list[dict[str, object]]:
    measure = plan.measure
    found: list[dict[str, object]] = [
        {
            "title": _title(measure.name),
            "metric": f"metric.{measure.name}",
            "baseline": measure.first,
            "baseline_source": "The simple rule, on last year's data.",
            "direction": "increase" if measure.best > measure.first else "decrease",
            "target": measure.line,
            "method": "wilson" if measure.is_share else "given",
        },
        {
            "title": "Rows without gaps",
            "metric": "data.completeness",
            "role": "guardrail",
            "baseline": 0.99,
            "baseline_source": "Profile of the last quarter.",
            "target": 0.98,
            "method": "point",
        },
    ]
    if plan.tier is not LOW:
        found.append(
            {
                "title": f"Used by {NEEDS[plan.key].users.lower()}",
                "metric": "usage.share",
                "level": "business",
                "unit": "%",
                "baseline": 0,
                "baseline_source": "Nobody has it yet.",
                "target": 60,
            }
        )
    return found


def _privacy(plan: Plan) -> dict[str, str]:
    if plan.team in (CUSTOMERS, DIGITAL):
        basis = "Keys instead of names; kept for two years; customers can object."
        return {"personal_data": "pseudonymous", "basis": basis}
    return {"personal_data": "none", "basis": "No rule applies: no row is about a person."}


def write(life: Course, sections: tuple[str, ...] = ()) -> None:
    """The program manager and the data scientist write the draft; without sections, what a first version says."""
    if in_work(model_row(life.scene.director, life.model_id)) is None:
        specs.start_draft(actor=life.manager, model_id=life.model_id, now=life.scene.now)
    said = content(life.plan)
    for section in sections or (tuple(said) if life.plan.tier is LOW else EARLY):
        specs.write_section(
            actor=life.held(Role.DATA_SCIENTIST) if section in BY_SCIENTIST else life.manager,
            model_id=life.model_id, section=section, content=said[section], now=life.scene.now,
        )  # fmt: skip


def submit(life: Course) -> None:
    specs.submit_spec(actor=life.manager, model_id=life.model_id, now=life.scene.now)


def approve(life: Course, by: Actor | None = None, reason: str = APPROVED) -> None:
    """By the leader, unless somebody else is named."""
    row = in_work(model_row(life.scene.director, life.model_id))
    assert row is not None
    specs.approve_spec(
        actor=by or life.held(Role.LEADER), model_id=life.model_id, seen=row.fingerprint, reason=reason,
        now=life.scene.now,
    )  # fmt: skip


def settle(life: Course, stage_sections: tuple[str, ...] = ()) -> Script:
    """Written, submitted and approved by somebody else, over some days."""
    write(life, stage_sections)
    yield life.in_days(0.3)
    submit(life)
    yield life.in_days(0.3)
    approve(life)


def later_sections(plan: Plan) -> tuple[str, ...]:
    """What the version after the prototype adds."""
    return tuple(section for section in content(plan) if section not in EARLY)
