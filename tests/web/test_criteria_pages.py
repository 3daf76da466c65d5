"""Criteria, measurements by hand, directions, feasibility and learnings by the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from tests.make import World
from throughline.actions import planning
from throughline.core.errors import Refused
from throughline.core.permissions import AccessRole
from throughline.core.prototype import proof_of
from throughline.core.stages import Stage
from throughline.queries.dossiers import load
from throughline.records.people import Person
from throughline.records.planning import Direction, Feasibility, Learning
from throughline.records.portfolio import MLModel
from throughline.web import criteria_rows

pytestmark = pytest.mark.django_db
BELOW = {"kind": "counts", "k": 70, "n": 100}


@pytest.fixture
def world(db: None) -> World:
    return World(now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def model(world: World) -> MLModel:
    made = world.model(at=Stage.PROTOTYPE)
    world.agreed(
        made,
        {
            "title": "Precision of the weekly list",
            "target": 0.8,
            "baseline": 0.6,
            "baseline_source": "the old rules",
            "hard_limit": 0.5,
        },
        {
            "title": "Complaints",
            "metric": "metric.complaints",
            "role": "guardrail",
            "direction": "decrease",
            "target": 0.1,
        },
    )
    world.measure(made, "metric.precision", None, uncertainty=BELOW)
    return made


def read(response: Any) -> str:
    return " ".join(str(response.content.decode()).split())


class TestTab:
    def test_it_shows_each_criterion_with_its_verdict_numbers_and_reason(
        self, model: MLModel, pm: Client
    ) -> None:
        page = read(pm.get(f"/models/{model.pk}?tab=criteria"))
        assert "Precision of the weekly list" in page
        assert "misses the target of at least 0.8" in page
        assert "Nobody has measured metric.complaints yet." in page
        assert "the old rules" in page
        assert 'aria-label="Estimate 0.7, bounds' in page
        assert "version 1 of the spec, which is approved" in page
        assert "It is not decided whether to continue" in page

    def test_only_who_may_decide_is_offered_it(
        self, world: World, model: MLModel, sign_in: Callable[[Person], Client]
    ) -> None:
        viewer = world.person("Vic")
        world.member(viewer, AccessRole.VIEWER)
        page = read(sign_in(viewer).get(f"/models/{model.pk}?tab=criteria"))
        assert "Decide the direction" not in page
        assert "Add a measurement" not in page

    def test_without_criteria_it_says_what_to_do(self, world: World, pm: Client) -> None:
        page = read(pm.get(f"/models/{world.model('Bare').pk}?tab=criteria"))
        assert "They are written in the functional specification" in page

    def test_criteria_that_wait_for_approval_are_marked(self, world: World, pm: Client) -> None:
        bare = world.model("Bare")
        world.agreed(bare, {"target": 0.8}, state="submitted")
        assert "They are not agreed yet" in read(pm.get(f"/models/{bare.pk}?tab=criteria"))

    def test_the_past_shows_what_was_known_and_no_buttons(self, sign_in: Callable[[Person], Client]) -> None:
        world = World(now=timezone.now() - timedelta(days=5))
        made = world.model(at=Stage.PROTOTYPE)
        world.agreed(made, {"target": 0.8})
        world.now = timezone.now()
        world.measure(made, "metric.precision", None, uncertainty=BELOW)
        day = (timezone.now() - timedelta(days=2)).date()
        page = read(sign_in(world.leader).get(f"/models/{made.pk}?tab=criteria&as_of={day}"))
        assert "Nobody has measured metric.precision yet." in page
        assert "Decide the direction" not in page
        long_ago = day - timedelta(days=30)
        assert sign_in(world.leader).get(f"/models/{made.pk}?as_of={long_ago}").status_code == 404

    @pytest.mark.parametrize(("tab", "most"), [("overview", 16), ("criteria", 18)])
    def test_it_takes_few_statements(
        self,
        world: World,
        model: MLModel,
        pm: Client,
        tab: str,
        most: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        world.direct(model)
        pm.get(f"/models/{model.pk}")  # a process reads the policy once
        with django_assert_max_num_queries(most):
            pm.get(f"/models/{model.pk}?tab={tab}")


class TestMeasurement:
    def post(self, client: Client, model: MLModel, **more: str) -> Any:
        given = {
            "key": "metric.precision",
            "how": "counts",
            "uncertainty.k": "950",
            "uncertainty.n": "1000",
            **more,
        }
        return client.post(f"/models/{model.pk}/measurement?criterion=precision_of_the_weekly_list", given)

    def test_the_form_begins_with_what_is_known(self, world: World, model: MLModel, pm: Client) -> None:
        world.release(model, subject="churn version 3")
        page = read(pm.get(f"/models/{model.pk}/measurement?criterion=precision_of_the_weekly_list"))
        assert "Measure: Precision of the weekly list" in page
        assert 'value="metric.precision"' in page
        assert 'value="churn version 3"' in page
        assert "Add a measurement" in read(pm.get(f"/models/{model.pk}/measurement"))

    def test_it_becomes_evidence_with_the_name(self, model: MLModel, pm: Client) -> None:
        assert self.post(pm, model).status_code == 302
        row = model.evidence.latest("pk")
        assert (row.value, row.source, row.recorded_by) == (0.95, "by hand", "Ana")
        assert row.detail == {"uncertainty": {"kind": "counts", "k": 950, "n": 1000}}
        assert proof_of(load(model, now=timezone.now())).is_borne_out

    @pytest.mark.parametrize(
        ("how", "numbers", "kept"),
        [
            ("moments", {"uncertainty.n": "9", "uncertainty.mean": "2", "uncertainty.variance": "1"}, 2.0),
            ("interval", {"uncertainty.low": "1", "uncertainty.high": "2", "value": "1.4"}, 1.4),
            ("standard_error", {"uncertainty.se": "0.1", "value": "1.4", "uncertainty.n": ""}, 1.4),
            ("none", {"value": "3"}, 3.0),
        ],
    )
    def test_each_way_takes_its_own_numbers(
        self, model: MLModel, pm: Client, how: str, numbers: dict[str, str], kept: float
    ) -> None:
        assert self.post(pm, model, how=how, **numbers).status_code == 302
        row = model.evidence.latest("pk")
        assert row.value == kept
        assert row.detail.get("uncertainty", {"kind": "none"})["kind"] == how

    def test_what_can_not_be_true_is_refused_beside_its_field(self, model: MLModel, pm: Client) -> None:
        before = model.evidence.count()
        response = self.post(pm, model, **{"uncertainty.k": "2000"})
        assert response.status_code == 422
        page = read(response)
        assert "This is not between 0 and n, which is 1000." in page
        assert 'value="2000"' in page
        assert self.post(pm, model, how="moments").status_code == 422
        assert self.post(pm, model, how="perhaps").status_code == 422
        assert model.evidence.count() == before

    def test_viewers_measure_nothing(
        self, world: World, model: MLModel, sign_in: Callable[[Person], Client]
    ) -> None:
        viewer = world.person("Vic")
        world.member(viewer, AccessRole.VIEWER)
        assert self.post(sign_in(viewer), model).status_code == 403


class TestDirection:
    def post(self, world: World, client: Client, model: MLModel, **more: str) -> Any:
        seen = proof_of(load(model, now=timezone.now())).fingerprint
        given = {
            "choice": "change", "reason": "Try the notes.", "seen": seen,
            "next_look_on": (timezone.now() + timedelta(days=9)).date().isoformat(), **more,
        }  # fmt: skip
        return client.post(f"/models/{model.pk}/direction", given)

    def test_a_leader_decides_and_it_is_shown(self, world: World, model: MLModel, leader: Client) -> None:
        assert "How does Churn go on?" in read(leader.get(f"/models/{model.pk}/direction"))
        assert self.post(world, leader, model).status_code == 302
        page = read(leader.get(f"/models/{model.pk}?tab=criteria"))
        assert "Change direction" in page
        assert "rests on the criteria as they are now" in page

    def test_a_stop_goes_on_to_asking_for_it_with_the_reason(
        self, world: World, model: MLModel, leader: Client
    ) -> None:
        response = self.post(world, leader, model, choice="stop", reason="No labels to be had.")
        assert response.url == f"/models/{model.pk}/move?kind=stop&to=prototype"
        assert Direction.objects.get().next_look_on is None
        assert "No labels to be had." in read(leader.get(response.url))
        model.refresh_from_db()
        assert model.standing == "active"

    def test_who_may_not_decide_reads_who_can(self, world: World, model: MLModel, pm: Client) -> None:
        page = read(pm.get(f"/models/{model.pk}/direction"))
        assert "The direction is decided by: Leader: Li" in page
        assert self.post(world, pm, model).status_code == 403
        assert not Direction.objects.exists()

    def test_what_was_typed_stays_when_the_criteria_changed(
        self, world: World, model: MLModel, leader: Client
    ) -> None:
        response = self.post(world, leader, model, seen="before")
        assert response.status_code == 412
        page = read(response)
        assert "The criteria have come to something else since you looked." in page
        assert "Try the notes." in page

    def test_the_next_look_stands_on_today_once_it_is_near(
        self, world: World, model: MLModel, leader: Client
    ) -> None:
        world.direct(model)
        assert "Look again: Churn" not in read(leader.get("/"))
        Direction.objects.update(next_look_on=timezone.now().date() - timedelta(days=2))
        page = read(leader.get("/"))
        assert "Look again: Churn" in page
        assert "overdue, due 2 days ago" in page


class TestFeasibility:
    RATED = {
        "value": "4",
        "feasibility": "3",
        "data_readiness": "1",
        "risk": "5",
        "effort": "2",
        "reason": "No labels.",
    }

    def test_each_number_says_what_it_means(self, world: World, pm: Client) -> None:
        page = read(pm.get(f"/models/{world.model().pk}/feasibility"))
        assert "1 · Nobody would miss it" in page
        assert "5 · Clean, under a contract" in page
        assert "This is the first." in page

    def test_a_go_is_kept_with_the_earlier_ones(self, world: World, pm: Client) -> None:
        model = world.model()
        response = pm.post(f"/models/{model.pk}/feasibility", {**self.RATED, "is_go": "yes"})
        assert response.url == f"/models/{model.pk}"
        page = read(pm.get(f"/models/{model.pk}/feasibility"))
        assert "the one that counts" in page
        assert not Learning.objects.exists()

    def test_a_no_go_leads_to_asking_for_the_stop_with_its_reason(self, world: World, pm: Client) -> None:
        model = world.model()
        response = pm.post(f"/models/{model.pk}/feasibility", {**self.RATED, "is_go": "no"})
        assert response.url == f"/models/{model.pk}/move?kind=stop&to=conception"
        assert "No labels." in read(pm.get(response.url))
        assert Learning.objects.get().text == "No labels."

    def test_a_rating_that_is_missing_is_named(self, world: World, pm: Client) -> None:
        model = world.model()
        response = pm.post(f"/models/{model.pk}/feasibility", {**self.RATED, "risk": "9", "is_go": "yes"})
        assert response.status_code == 422
        assert not Feasibility.objects.exists()

    def test_whoever_begins_something_alike_is_shown_what_was_learned(self, world: World, pm: Client) -> None:
        earlier = world.model("Churn of contract customers")
        planning.record_learning(
            actor=world.actor(world.pm), model_id=earlier.pk, kind="stop",
            text="<b>Contract</b> customers leave a year after they decide to.", now=world.now,
        )  # fmt: skip
        fresh = {
            "program": world.program.slug,
            "name": "Contract renewal",
            "summary": "Which contract customers will leave.",
        }
        response = pm.post("/models/new", fresh)
        made = MLModel.objects.latest("pk")
        assert response.url == f"/models/{made.pk}/feasibility"
        page = read(pm.get(response.url))
        assert "customers leave a year after they decide to." in page
        assert "<b>Contract</b>" not in page
        assert "both speak of" in page
        other = pm.post("/models/new", {**fresh, "name": "Weather", "summary": "Rain tomorrow."})
        assert other.url == f"/models/{MLModel.objects.latest('pk').pk}"


def test_a_learning_is_added_by_hand(world: World, model: MLModel, pm: Client) -> None:
    assert (
        pm.post(f"/models/{model.pk}/learnings/new", {"kind": "success", "text": "Start small."}).status_code
        == 302
    )
    assert "Start small." in read(pm.get(f"/models/{model.pk}?tab=criteria"))
    assert pm.post(f"/models/{model.pk}/learnings/new", {"kind": "success", "text": " "}).status_code == 422


class TestRows:
    """The part of the spec's form in which criteria are edited."""

    SENT = {
        "criteria.0.title": "Precision", "criteria.0.metric": "metric.p", "criteria.0.target": "0.8",
        "criteria.3.title": "Recall", "criteria.3.metric": "metric.r", "criteria.3.target": "x", "other": "1",
    }  # fmt: skip

    def draw(self, sent: dict[str, str], refusal: Refused | None = None) -> str:
        rows = criteria_rows.rows(criteria_rows.typed(sent), refusal)
        return " ".join(render_to_string("criteria/_rows.html", {"rows": rows}).split())

    def test_a_row_is_added_and_removed_by_buttons(self) -> None:
        assert [row["title"] for row in criteria_rows.typed(self.SENT)] == ["Precision", "Recall"]
        added = criteria_rows.typed({**self.SENT, "criteria.do": "add"})
        assert [row["title"] for row in added] == ["Precision", "Recall", ""]
        removed = criteria_rows.typed({**self.SENT, "criteria.do": "remove:0"})
        assert [row["title"] for row in removed] == ["Recall"]
        assert len(criteria_rows.typed({**self.SENT, "criteria.do": "remove:nine"})) == 2
        assert criteria_rows.is_rearranging({"criteria.do": "add"})
        assert not criteria_rows.is_rearranging(self.SENT)

    def test_each_refusal_stands_beside_its_field_and_what_was_typed_stays(self) -> None:
        with pytest.raises(Refused) as caught:
            criteria_rows.read(criteria_rows.typed(self.SENT))
        page = self.draw(self.SENT, caught.value)
        assert 'name="criteria.1.target" id="id_criteria_1_target" value="x"' in page
        assert "“x” is not a number." in page

    def test_what_was_read_is_shown_again_the_same(self) -> None:
        sent = {**self.SENT, "criteria.3.target": "0.5", "criteria.3.point_is_enough": "on"}
        kept = criteria_rows.read(criteria_rows.typed(sent))
        again = criteria_rows.stored(kept)
        assert criteria_rows.read(again) == kept
        assert again[1]["point_is_enough"] == "on"

    def test_it_says_how_many_observations_would_show_the_target(self) -> None:
        page = self.draw({**self.SENT, "criteria.0.minimum_effect": "0.05"})
        assert "you need observations: 368 if the truth is 0.85." in page
        assert (
            criteria_rows.observations({"title": "T", "metric": "m", "target": "0.8"})[2]
            == "83 if the truth is 0.9"
        )
        assert criteria_rows.observations({"title": "T", "metric": "m", "target": "80"}) == ()
        assert criteria_rows.observations({"title": "T", "metric": "m", "target": "x"}) == ()

    def test_enter_in_a_field_saves_and_removes_nothing(self) -> None:
        page = self.draw(self.SENT)
        assert page.index("<button") == page.index(
            '<button class="unseen" tabindex="-1" aria-hidden="true">Save'
        )

    def test_markup_is_shown_as_text(self) -> None:
        page = self.draw({"criteria.0.title": '"><script>alert(1)</script>'})
        assert "<script>" not in page

    def test_no_row_says_what_to_do(self) -> None:
        assert "No criterion yet." in self.draw({})


def test_a_finding_leads_to_where_it_is_answered(world: World, sign_in: Callable[[Person], Client]) -> None:
    world.policy(
        {"prototype_to_production_ready": ["prototype.bears_out_assumptions", "prototype.direction_decided"]}
    )
    made = world.model("Under the rule", at=Stage.PROTOTYPE)
    world.agreed(made, {"target": 0.8})
    world.measure(made, "metric.precision", None, uncertainty=BELOW)
    page = read(sign_in(world.leader).get(f"/models/{made.pk}"))
    assert "It is not decided whether to continue, to change direction or to stop." in page
    assert f'href="/models/{made.pk}/direction"' in page
    world.direct(made)
    page = read(sign_in(world.leader).get(f"/models/{made.pk}?tab=history"))
    assert "Decided the direction: continue" in page


def test_the_gate_opens_once_the_criteria_are_met(world: World, model: MLModel) -> None:
    world.policy(
        {"prototype_to_production_ready": ["prototype.bears_out_assumptions", "prototype.direction_decided"]}
    )
    made = world.model("Under the rule", at=Stage.PROTOTYPE)
    world.agreed(made, {"target": 0.8})
    world.measure(made, "metric.precision", None, uncertainty=BELOW)
    world.direct(made)
    with pytest.raises(Refused):
        world.moved(made)
    made.moves.filter(state="open").delete()
    world.later(minutes=5).measure(
        made, "metric.precision", None, uncertainty={"kind": "counts", "k": 95, "n": 100}
    )
    world.moved(made)
    assert made.stage == Stage.PRODUCTION_READY
