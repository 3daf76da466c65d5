"""The six stages, the four standings, and every legal move between them."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from throughline.core.errors import Refused


class Stage(StrEnum):
    CONCEPTION = "conception"
    PROTOTYPE = "prototype"
    PRODUCTION_READY = "production_ready"
    DEPLOYMENT = "deployment"
    PRODUCTION = "production"
    DEPRECATION = "deprecation"

    @property
    def label(self) -> str:
        return STAGE_TITLES[self]

    @property
    def number(self) -> int:
        """Place in the order, from 1."""
        return list(Stage).index(self) + 1


class Standing(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class MoveKind(StrEnum):
    ADVANCE = "advance"
    SEND_BACK = "send_back"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    DEPRECATE = "deprecate"
    RETIRE = "retire"
    REINSTATE = "reinstate"
    UPDATE = "update"

    @property
    def label(self) -> str:
        return MOVE_TITLES[self]


STAGE_TITLES = {
    Stage.CONCEPTION: "Conception",
    Stage.PROTOTYPE: "Prototype",
    Stage.PRODUCTION_READY: "Production ready",
    Stage.DEPLOYMENT: "Deployment",
    Stage.PRODUCTION: "Production",
    Stage.DEPRECATION: "Deprecation",
}

MOVE_TITLES = {
    MoveKind.ADVANCE: "Advance",
    MoveKind.SEND_BACK: "Send back",
    MoveKind.PAUSE: "Pause",
    MoveKind.RESUME: "Resume",
    MoveKind.STOP: "Stop",
    MoveKind.DEPRECATE: "Announce deprecation",
    MoveKind.RETIRE: "Retire",
    MoveKind.REINSTATE: "Reinstate",
    MoveKind.UPDATE: "Put an update into production",
}


@dataclass(frozen=True)
class Place:
    """Where a model is: stage and standing are two things."""

    stage: Stage
    standing: Standing

    def __str__(self) -> str:
        if self.standing is Standing.ACTIVE:
            return self.stage.label
        return f"{self.stage.label}, {self.standing.value}"


@dataclass(frozen=True)
class Step:
    """One legal move: from where, to where, and the name of the gate in a policy that it must satisfy."""

    kind: MoveKind
    origin: Place
    target: Place
    gate: str


ACTIVE, PAUSED, STOPPED, RETIRED = Standing.ACTIVE, Standing.PAUSED, Standing.STOPPED, Standing.RETIRED
DEVELOPING = (Stage.CONCEPTION, Stage.PROTOTYPE, Stage.PRODUCTION_READY, Stage.DEPLOYMENT)
WORKING = (*DEVELOPING, Stage.PRODUCTION)


def _step(
    kind: MoveKind, stage: Stage, standing: Standing, to: Stage, to_standing: Standing, gate: str
) -> Step:
    return Step(kind, Place(stage, standing), Place(to, to_standing), gate)


STEPS: tuple[Step, ...] = (
    *(
        _step(MoveKind.ADVANCE, stage, ACTIVE, following, ACTIVE, f"{stage.value}_to_{following.value}")
        for stage, following in zip(DEVELOPING, WORKING[1:], strict=True)
    ),
    *(
        _step(MoveKind.SEND_BACK, stage, ACTIVE, earlier, ACTIVE, "send_back")
        for stage in DEVELOPING
        for earlier in DEVELOPING
        if earlier.number < stage.number
    ),
    *(_step(MoveKind.PAUSE, stage, ACTIVE, stage, PAUSED, "pause") for stage in WORKING),
    *(_step(MoveKind.RESUME, stage, PAUSED, stage, ACTIVE, "resume") for stage in WORKING),
    *(
        _step(MoveKind.STOP, stage, standing, stage, STOPPED, "stop")
        for stage in DEVELOPING
        for standing in (ACTIVE, PAUSED)
    ),
    *(_step(MoveKind.REINSTATE, stage, STOPPED, stage, ACTIVE, "reinstate") for stage in DEVELOPING),
    *(
        _step(
            MoveKind.DEPRECATE,
            Stage.PRODUCTION,
            standing,
            Stage.DEPRECATION,
            ACTIVE,
            "production_to_deprecation",
        )
        for standing in (ACTIVE, PAUSED)
    ),
    _step(MoveKind.RETIRE, Stage.DEPRECATION, ACTIVE, Stage.DEPRECATION, RETIRED, "deprecation_to_retired"),
    _step(MoveKind.REINSTATE, Stage.DEPRECATION, ACTIVE, Stage.PRODUCTION, ACTIVE, "reinstate"),
    _step(
        MoveKind.UPDATE, Stage.PRODUCTION, ACTIVE, Stage.PRODUCTION, ACTIVE, "production_ready_to_deployment"
    ),
)

GATES: tuple[str, ...] = tuple(dict.fromkeys(step.gate for step in STEPS))

LEGAL_PLACES: frozenset[Place] = frozenset(place for step in STEPS for place in (step.origin, step.target))


def steps_from(place: Place) -> tuple[Step, ...]:
    """Every move that may be asked for from here, the way forward first."""
    return tuple(step for step in STEPS if step.origin == place)


def step_for(place: Place, kind: MoveKind, to: Stage | None = None) -> Step:
    """The one legal step of this kind; `to` chooses among several. Raises `Refused` when there is none."""
    steps = [step for step in steps_from(place) if step.kind is kind and to in (None, step.target.stage)]
    if len(steps) == 1:
        return steps[0]
    if steps:
        choices = ", ".join(step.target.stage.value for step in steps)
        raise Refused.field(
            "to_stage", f"“{kind.label}” can lead to several stages.", f"Name one of: {choices}."
        )
    legal = sorted({step.kind.label.lower() for step in steps_from(place)})
    wanted = f" to {to.label}" if to else ""
    raise Refused.of(
        f"A model in {place} cannot be moved by “{kind.label.lower()}”{wanted}.",
        remedy=f"From here you can: {', '.join(legal)}."
        if legal
        else "Nothing leads out of here: its record is kept as it is.",
    )


@cache
def way_forward(place: Place) -> Step | None:
    """The step that the stage tracker points at; none for a model that is paused, stopped or retired."""
    forward = (MoveKind.ADVANCE, MoveKind.DEPRECATE, MoveKind.RETIRE)
    return next(
        (step for step in steps_from(place) if step.kind in forward and place.standing is ACTIVE), None
    )


ONWARD = (
    MoveKind.ADVANCE,
    MoveKind.DEPRECATE,
    MoveKind.RETIRE,
    MoveKind.UPDATE,
    MoveKind.REINSTATE,
    MoveKind.SEND_BACK,
)


def step_towards(place: Place, to: Stage | None = None, kind: MoveKind | None = None) -> Step:
    """The step that is meant by a stage, by a kind of move, or by nothing: then the way forward. A stage by itself
    never means pausing or stopping in it. Raises `Refused` where no move leads there."""
    if kind is not None:
        return step_for(place, kind, to)
    if to is None:
        found = way_forward(place)
    else:
        steps = {step.kind: step for step in steps_from(place) if step.target.stage is to}
        found = next((steps[one] for one in ONWARD if one in steps), None)
    if found is None:
        where = f" to {to.label}" if to else " further"
        legal = dict.fromkeys(step.target.stage.value for step in steps_from(place) if step.kind in ONWARD)
        remedy = f"From here moves lead to: {', '.join(legal)}." if legal else "Nothing leads on from here."
        raise Refused.of(f"No move leads from {place}{where}.", remedy=remedy)
    return found
