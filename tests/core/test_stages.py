"""Every legal move, and none other, over the full product of places, kinds and targets."""

from itertools import product

import pytest

from throughline.core.errors import Refused
from throughline.core.stages import (
    GATES,
    LEGAL_PLACES,
    STEPS,
    MoveKind,
    Place,
    Stage,
    Standing,
    step_for,
    steps_from,
    way_forward,
)

C, P, R, D, N, X = Stage
A, Z, S, E = Standing  # active, paused, stopped, retired

LEGAL = {
    # kind, from stage, from standing, to stage, to standing
    *[("advance", a, A, b, A) for a, b in [(C, P), (P, R), (R, D), (D, N)]],
    *[("send_back", a, A, b, A) for a, b in [(P, C), (R, C), (R, P), (D, C), (D, P), (D, R)]],
    *[("pause", a, A, a, Z) for a in (C, P, R, D, N)],
    *[("resume", a, Z, a, A) for a in (C, P, R, D, N)],
    *[("stop", a, from_, a, S) for a in (C, P, R, D) for from_ in (A, Z)],
    *[("reinstate", a, S, a, A) for a in (C, P, R, D)],
    ("deprecate", N, A, X, A),
    ("deprecate", N, Z, X, A),
    ("retire", X, A, X, E),
    ("reinstate", X, A, N, A),
    ("update", N, A, N, A),
}
CASES = list(product(Stage, Standing, MoveKind, Stage))


def test_the_table_of_steps_is_the_written_list() -> None:
    told = {
        (s.kind.value, s.origin.stage, s.origin.standing, s.target.stage, s.target.standing) for s in STEPS
    }
    assert told == LEGAL
    assert len(STEPS) == len(LEGAL)


def outcome(place: Place, kind: MoveKind, to: Stage) -> Place | Refused:
    try:
        return step_for(place, kind, to).target
    except Refused as refused:
        return refused


def test_of_every_place_kind_and_target_only_the_legal_ones_are_steps() -> None:
    taken = 0
    for stage, standing, kind, to in CASES:
        found = outcome(Place(stage, standing), kind, to)
        legal = [Place(move[3], move[4]) for move in LEGAL if move[:4] == (kind.value, stage, standing, to)]
        if isinstance(found, Place):
            assert legal == [found], (stage, standing, kind, to)
            taken += 1
        else:
            assert legal == [], (stage, standing, kind, to)
            assert found.reasons[0].remedy
    assert taken == len(LEGAL)


def test_a_target_is_asked_for_only_where_there_are_several() -> None:
    assert step_for(Place(P, A), MoveKind.SEND_BACK).target.stage is C
    with pytest.raises(Refused) as caught:
        step_for(Place(D, A), MoveKind.SEND_BACK)
    assert caught.value.reasons[0].field == "to_stage"
    assert "conception, prototype, production_ready" in caught.value.reasons[0].remedy


def test_a_refusal_names_the_place_and_what_is_possible() -> None:
    with pytest.raises(Refused) as caught:
        step_for(Place(N, Z), MoveKind.ADVANCE)
    text = str(caught.value)
    assert "Production, paused" in text
    assert "resume" in text
    assert "send back" not in text


@pytest.mark.parametrize("stage", Stage)
def test_nothing_leads_out_of_retired(stage: Stage) -> None:
    assert steps_from(Place(stage, E)) == ()
    with pytest.raises(Refused, match="Nothing leads out"):
        step_for(Place(stage, E), MoveKind.REINSTATE)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (Place(C, A), MoveKind.ADVANCE),
        (Place(D, A), MoveKind.ADVANCE),
        (Place(N, A), MoveKind.DEPRECATE),
        (Place(X, A), MoveKind.RETIRE),
        (Place(N, Z), None),
        (Place(C, S), None),
        (Place(X, E), None),
    ],
)
def test_the_way_forward(place: Place, kind: MoveKind | None) -> None:
    step = way_forward(place)
    assert (step.kind if step else None) is kind


def test_an_update_is_judged_at_the_deployment_review() -> None:
    update = step_for(Place(N, A), MoveKind.UPDATE)
    assert update.gate == step_for(Place(R, A), MoveKind.ADVANCE).gate == "production_ready_to_deployment"


def test_every_step_has_one_of_the_eleven_gates_and_every_gate_a_step() -> None:
    assert len(GATES) == 11
    assert {step.gate for step in STEPS} == set(GATES)


def test_every_legal_place_but_the_end_has_a_way_on() -> None:
    ends = {place for place in LEGAL_PLACES if not steps_from(place)}
    assert ends == {Place(X, E)}
    assert Place(X, Z) not in LEGAL_PLACES


def test_places_and_moves_speak_plainly() -> None:
    assert str(Place(R, A)) == "Production ready"
    assert str(Place(C, S)) == "Conception, stopped"
    assert [stage.number for stage in Stage] == [1, 2, 3, 4, 5, 6]
    assert all(kind.label for kind in MoveKind)
