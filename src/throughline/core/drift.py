"""Promise drift: each live promise against the facts as they now stand, one rule for each kind of promise.

To judge a new kind: one function that takes the question and gives a `Drift`, and one entry in `RULES`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from throughline.core.drift_facts import SECTION_TITLES, Drift, DriftState, Facts
from throughline.core.fingerprints import fingerprint
from throughline.core.promises import (
    PlaceChange,
    Promise,
    PromiseKind,
    Promises,
    PromiseState,
    PromiseVersion,
)
from throughline.core.stages import MoveKind, Stage, Standing
from throughline.core.verdicts import CriterionAnswer

# Which sections of a specification a promise of this kind rests on.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    PromiseKind.CAPABILITY: ("outputs", "limitations"),
    PromiseKind.LIMITATION: ("outputs", "limitations"),
    PromiseKind.SLA: ("outputs",),
}


@dataclass(frozen=True)
class Question:
    """One promise and the facts. Rules answer with the four verbs below."""

    promise: Promise
    facts: Facts

    @property
    def said(self) -> PromiseVersion:
        return self.promise.latest

    @property
    def is_past(self) -> bool:
        return self.said.due_on is not None and self.facts.today > self.said.due_on

    def kept(self, reason: str) -> Drift:
        return Drift(self.promise, DriftState.KEPT, reason)

    def open(self, reason: str, ground: str = "") -> Drift:
        """With a ground, the promise stands and yet something about it has to be told."""
        return Drift(self.promise, DriftState.OPEN, reason, ground)

    def at_risk(self, reason: str, ground: str) -> Drift:
        return Drift(self.promise, DriftState.AT_RISK, reason, ground)

    def broken(self, reason: str, ground: str) -> Drift:
        return Drift(self.promise, DriftState.BROKEN, reason, ground)


Rule = Callable[[Question], Drift]


def drift(promise: Promise, facts: Facts) -> Drift:
    """A closed promise stays what people said of it, unless the facts contradict it."""
    if promise.state is PromiseState.WITHDRAWN:
        return Drift(promise, DriftState.WITHDRAWN, _closing(promise, facts, "Withdrawn"), "withdrawn")
    question = Question(promise, facts)
    found = RULES[promise.kind](question)
    if promise.is_live:
        return found
    if found.state is DriftState.BROKEN:
        return question.broken(f"It was closed as kept, but the facts say: {found.reason}", found.ground)
    return question.kept(_closing(promise, facts, "Closed as kept"))


def drifts(promises: Promises, facts: Facts) -> tuple[Drift, ...]:
    return tuple(drift(promise, facts) for promise in promises.given)


def why_not_kept(promise: Promise, facts: Facts) -> str:
    """Empty when nothing contradicts that a promise is closed as kept; otherwise what does."""
    found = RULES[promise.kind](Question(promise, facts))
    if found.state is DriftState.BROKEN or (promise.kind in ARRIVALS and found.state is not DriftState.KEPT):
        return found.reason
    return ""


def evaluation_date(question: Question) -> Drift:
    """Stakeholders can evaluate once draft output was shown to them, or the model is past its prototype."""
    return _date(question, _evaluated_at(question))


def production_date(question: Question) -> Drift:
    """The first arrival in production since it was promised: the model's own, or that of an update to it."""
    return _date(question, _in_production_at(question))


def run_frequency(question: Question) -> Drift:
    facts, promised = question.facts, question.said.value
    if halted := _halted(question):
        return halted
    if facts.runs and not _is_same(facts.runs, promised):
        return question.broken(f"It runs {facts.runs}; promised is {promised}.", f"runs.{_short(facts.runs)}")
    agreed = facts.spec.run_frequency if facts.spec else ""
    source = f"Version {facts.spec.number} of the specification" if facts.spec else ""
    if agreed and not _is_same(agreed, promised):
        return question.broken(f"{source} says {agreed}; promised is {promised}.", f"spec.{_short(agreed)}")
    if ending := _ending(question):
        return ending
    if facts.runs:
        return question.kept(f"It runs {facts.runs}, as promised.")
    if agreed:
        return question.open(f"{source} says the same: {agreed}.")
    return question.open("No approved specification says yet how often it runs.")


def resting_on_spec(question: Question) -> Drift:
    """Capabilities, limitations and service levels: no fact proves them, but a later specification touches them."""
    if question.promise.kind is not PromiseKind.LIMITATION and (halted := _halted(question)):
        return halted
    if question.is_past:
        return _unproven(question)
    if question.promise.kind is not PromiseKind.LIMITATION and (ending := _ending(question)):
        return ending
    if touched := _touched(question):
        spec = question.facts.spec
        assert spec is not None
        names = " and ".join(SECTION_TITLES[name] for name in touched)
        on = f"{question.facts.day(spec.approved_at):%-d %b %Y}"
        reason = f"Version {spec.number} of the specification, approved on {on}, says something else about {names}."
        return question.open(reason, f"spec{spec.number}")
    return question.open("Nothing that is recorded speaks against it.")


def criterion(question: Question) -> Drift:
    """Follows the verdict. Until its day a criterion that is not met is a risk; without a day it holds or does not."""
    verdicts, said = question.facts.verdicts, question.said
    if halted := _halted(question):
        return halted
    if verdicts is None:
        return _unproven(question) if question.is_past else question.open("It is not measured yet.")
    found = verdicts.get(said.criterion)
    if found is None:
        return question.at_risk(f"The specification has no criterion “{said.criterion}”.", "no_criterion")
    if found.state is not CriterionAnswer.MET and question.is_past:
        reason = f"Its day, {_due(question)}, has passed. {found.text}"
        return question.broken(reason, f"missed.{found.state}")
    if found.state is CriterionAnswer.NOT_MET and said.due_on is None:
        return question.broken(found.text, found.state)
    if found.state is CriterionAnswer.NOT_MET:
        return question.at_risk(f"{found.text} Its day is {_due(question)}.", found.state)
    if ending := _ending(question):
        return ending
    return question.kept(found.text) if found.state is CriterionAnswer.MET else question.open(found.text)


def other(question: Question) -> Drift:
    if halted := _halted(question):
        return halted
    return (
        _unproven(question)
        if question.is_past
        else question.open("Nothing that is recorded speaks against it.")
    )


RULES: Mapping[str, Rule] = {
    PromiseKind.EVALUATION_DATE: evaluation_date,
    PromiseKind.PRODUCTION_DATE: production_date,
    PromiseKind.RUN_FREQUENCY: run_frequency,
    PromiseKind.SLA: resting_on_spec,
    PromiseKind.CAPABILITY: resting_on_spec,
    PromiseKind.LIMITATION: resting_on_spec,
    PromiseKind.CRITERION: criterion,
    PromiseKind.OTHER: other,
}
# Kinds whose day is reached by an event that is on record.
ARRIVALS = (PromiseKind.EVALUATION_DATE, PromiseKind.PRODUCTION_DATE)
HALTS = {
    Standing.STOPPED: (MoveKind.STOP, "The work was stopped on"),
    Standing.RETIRED: (MoveKind.RETIRE, "The model was retired on"),
    Standing.PAUSED: (MoveKind.PAUSE, "The work is paused since"),
}


def _date(question: Question, reached_at: datetime | None) -> Drift:
    facts, due = question.facts, question.said.due_on
    if due is None:
        return question.at_risk("It has no day.", "no_day")
    if reached_at is not None:
        return _reached(question, facts.day(reached_at), due)
    if halted := _halted(question):
        return halted
    if facts.today > due:
        passed = (facts.today - due).days
        return question.broken(
            f"The day, {_due(question)}, passed {_days(passed)} ago, and it is not reached.", "missed"
        )
    if ending := _ending(question):
        return ending
    planned = facts.planned.get(question.promise.kind)
    if planned is not None and planned.day > due:
        late = _days((planned.day - due).days)
        reason = f"{planned.said_by} says {planned.day:%-d %b %Y}, {late} after the promised day."
        return question.at_risk(reason, f"planned.{planned.day.isoformat()}")
    if (back := _sent_back(question)) is not None:
        on, origin = f"{facts.day(back.at):%-d %b %Y}", back.from_stage.label
        reason = f"It was sent back on {on} from {origin} to {back.to_stage.label}, and is not there again."
        return question.at_risk(reason, f"move{back.id}")
    left = (due - facts.today).days
    when = {0: "today", 1: "tomorrow"}.get(left, f"in {_days(left)}")
    return question.open(f"It is due {when}, on {_due(question)}.")


def _reached(question: Question, reached: date, due: date) -> Drift:
    if reached <= due:
        return question.kept(f"Reached on {reached:%-d %b %Y}, by the promised day.")
    late = _days((reached - due).days)
    return question.broken(
        f"Reached on {reached:%-d %b %Y}, {late} after the promised day.", f"late.{reached.isoformat()}"
    )


def _evaluated_at(question: Question) -> datetime | None:
    since, facts = question.promise.given_at, question.facts
    shown = [at for at in facts.shown_at if at >= since]
    passed = [c.at for c in facts.changes if _is_arrival(c, Stage.PRODUCTION_READY) and c.at >= since]
    arrived = [] if passed else _there_already(question, Stage.PRODUCTION_READY)
    return min([*shown, *passed, *arrived], default=None)


def _in_production_at(question: Question) -> datetime | None:
    since, facts = question.promise.given_at, question.facts
    passed = [c.at for c in facts.changes if _is_arrival(c, Stage.PRODUCTION) and c.at >= since]
    return min(passed or _there_already(question, Stage.PRODUCTION), default=None)


def _is_arrival(change: PlaceChange, stage: Stage) -> bool:
    """A model that goes on to this stage or beyond, or an update of one that is there."""
    is_onward = change.kind in (MoveKind.ADVANCE, MoveKind.UPDATE) or change.from_stage.number < stage.number
    return is_onward and change.to_stage.number >= stage.number and change.to_stage is not Stage.DEPRECATION


def _there_already(question: Question, stage: Stage) -> list[datetime]:
    """Where no move is on record, as for a model that was imported: the stage itself, when it began after the
    promise was given."""
    facts = question.facts
    is_there = facts.place.stage.number >= stage.number
    return [facts.stage_since] if is_there and facts.stage_since >= question.promise.given_at else []


def _halted(question: Question) -> Drift | None:
    """Nothing moves towards what was promised. A pause that was there when it was promised was known to both."""
    facts, standing = question.facts, question.facts.place.standing
    if standing not in HALTS:
        return None
    kind, words = HALTS[standing]
    last = _last(facts.changes, kind)
    if standing is Standing.PAUSED and (last is None or last.at < question.said.given_at):
        return None
    if last is None:
        return question.broken(f"The model is {standing}.", standing)
    return question.broken(f"{words} {facts.day(last.at):%-d %b %Y}.", f"move{last.id}")


def _ending(question: Question) -> Drift | None:
    """A deprecation that was announced after this was promised ends it before long."""
    facts = question.facts
    last = _last(facts.changes, MoveKind.DEPRECATE)
    if facts.place.stage is not Stage.DEPRECATION or last is None or last.at < question.said.given_at:
        return None
    reason = f"Its deprecation was announced on {facts.day(last.at):%-d %b %Y}, so it will end."
    return question.at_risk(reason, f"move{last.id}")


def _sent_back(question: Question) -> PlaceChange | None:
    """The last time that the model was sent back after this version was given, while it has not caught up again."""
    facts = question.facts
    back = _last((c for c in facts.changes if c.at >= question.said.given_at), MoveKind.SEND_BACK)
    return back if back is not None and facts.place.stage.number < back.from_stage.number else None


def _touched(question: Question) -> tuple[str, ...]:
    """The sections that an approved specification, later than this version, says otherwise than its ground did."""
    spec, said = question.facts.spec, question.said
    if spec is None or spec.approved_at <= said.given_at or said.rests_on.get("spec") == spec.number:
        return ()
    wanted = SECTIONS.get(question.promise.kind, ())
    return tuple(name for name in wanted if said.rests_on.get(name) != spec.sections.get(name))


def _unproven(question: Question) -> Drift:
    reason = f"Its day, {_due(question)}, has passed, and nothing is recorded that shows it was kept."
    return question.at_risk(reason, "unproven")


def _last(changes: Iterable[PlaceChange], kind: MoveKind) -> PlaceChange | None:
    return max((c for c in changes if c.kind is kind), key=lambda c: (c.at, c.id), default=None)


def _closing(promise: Promise, facts: Facts, word: str) -> str:
    on = f" on {facts.day(promise.closed_at):%-d %b %Y}" if promise.closed_at else ""
    return f"{word}{on} by {promise.closed_by}: {promise.closed_reason}"


def _due(question: Question) -> str:
    return f"{question.said.due_on:%-d %b %Y}" if question.said.due_on else "no day"


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _is_same(one: str, another: str) -> bool:
    return _folded(one) == _folded(another)


def _folded(words: str) -> str:
    return " ".join(words.replace("_", " ").replace("-", " ").casefold().split()).rstrip(".")


def _short(words: str) -> str:
    """Another one for other words, and short enough for a cause."""
    return fingerprint(_folded(words))[:12]
