"""Assessments: asked for, run by a worker, judged with four eyes, and what the gate makes of them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.actions.test_races import both
from tests.make import World, small_profile
from throughline.actions import assessments
from throughline.adapters.profiling import ProfileStopped
from throughline.core.checks import CATALOGUE, Answer, Found
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries import assessments as queries
from throughline.queries.access import system_actor
from throughline.queries.dossiers import load, load_many
from throughline.records.activity import Activity
from throughline.records.assessments import Assessment
from throughline.records.contracts import ContractTest, ContractVersion, DataContract
from throughline.records.data_sources import DataSource
from throughline.records.evidence import Evidence
from throughline.records.jobs import Job
from throughline.records.portfolio import MLModel
from throughline.worker.loop import Worker

pytestmark = pytest.mark.django_db
WORKER = system_actor("worker")


@pytest.fixture
def world(settings: LazySettings, tmp_path: Path) -> World:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_FOLDERS = (tmp_path,)
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


@pytest.fixture
def source(world: World, model: MLModel) -> DataSource:
    return world.source("Orders", model, location={"kind": "files", "path": "orders.csv"})


def answer(world: World, model: MLModel, **parameters: object) -> Found:
    return CATALOGUE["data.quality_accepted"].answer(load(model, now=world.now), parameters)


def start(world: World, source: DataSource) -> Assessment:
    return assessments.start_assessment(actor=world.actor(world.pm), source_id=source.pk, now=world.now)


def judge(world: World, row: Assessment, person: Any, *, is_accepted: bool = True, **more: Any) -> Assessment:
    given = {"reason": "Fine.", "seen": row.fingerprint, **more}
    return assessments.judge_assessment(
        actor=world.actor(person), assessment_id=row.pk, is_accepted=is_accepted, now=world.now, **given
    )


def run(
    world: World, row: Assessment, profiler: Callable[..., Any] = lambda *_: small_profile()
) -> Assessment:
    assessments.run_assessment(actor=WORKER, assessment_id=row.pk, profiler=profiler, now=world.now)
    row.refresh_from_db()
    return row


def came_out(world: World, source: DataSource, outcome: str, name: str = "Orders contract") -> ContractTest:
    """A provider's contract with one test that came to an end now."""
    known = DataContract.objects.filter(source=source, name=name).first()
    contract = known or DataContract.objects.create(
        program=world.program, key=name, name=name, direction="provider", source=source, created_at=world.now,
        created_by="test",
    )  # fmt: skip
    version, _ = ContractVersion.objects.get_or_create(
        contract=contract, number=1, defaults={"standard": "v3.1.0", "text": "", "content": {}, "fingerprint": "f",
                                               "published_at": world.now, "published_by": "test"},
    )  # fmt: skip
    return ContractTest.objects.create(
        contract=contract, version=version, state="done", outcome=outcome, trigger="hand", asked_at=world.now,
        asked_by="test", finished_at=world.now,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_worker_profiles_the_source_where_it_lies(world: World, source: DataSource, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("id,amount\n1,2.5\n2,\n2,\n")
    row = start(world, source)
    assert (row.state, row.asker_id) == ("waiting", world.pm.pk)
    while Worker(clock=lambda: world.now, chores=()).step():
        continue
    row.refresh_from_db()
    assert (row.state, row.rows, row.columns, row.columns_done) == ("done", 3, 2, 2)
    found = queries.profile_of(row)
    assert found is not None
    assert (found.duplicates, found.columns[1].missing, found.fingerprint()) == (1, 2, row.fingerprint)
    verbs = list(Activity.objects.filter(verb__startswith="assessment.").values_list("verb", flat=True))
    assert verbs == ["assessment.asked", "assessment.done"]


@pytest.mark.django_db(transaction=True)
def test_data_that_cannot_be_read_stops_it_with_the_reason(world: World, source: DataSource) -> None:
    row = start(world, source)
    while Worker(clock=lambda: world.now, chores=()).step():
        continue
    row.refresh_from_db()
    assert (row.state, row.profile) == ("stopped", {})
    assert "no data file" in row.error
    assert Job.objects.get().state == "done"


def test_an_uploaded_file_is_read_and_then_deleted(world: World, source: DataSource, tmp_path: Path) -> None:
    row = assessments.assess_upload(
        actor=world.actor(world.pm),
        source_id=source.pk,
        file_name="../orders.csv",
        chunks=[b"id\n1\n"],
        now=world.now,
    )
    kept = list((tmp_path / "data" / "assessing").iterdir())
    assert len(kept) == 1
    run(world, row, assessments.profiling.profile)
    assert (row.state, row.rows, row.place) == ("done", 1, "orders.csv (uploaded)")
    assert not list((tmp_path / "data" / "assessing").iterdir())


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\x1f\x8b", b"%PDF-1.7"])
def test_files_that_hold_no_table_are_refused_and_not_kept(
    world: World, source: DataSource, tmp_path: Path, begin: bytes
) -> None:
    with pytest.raises(Refused, match="Save the table as CSV"):
        assessments.assess_upload(
            actor=world.actor(world.pm), source_id=source.pk, file_name="x.csv", chunks=[begin], now=world.now
        )
    assert not list((tmp_path / "data" / "assessing").iterdir())


def test_an_upload_larger_than_allowed_is_refused(
    world: World, source: DataSource, settings: LazySettings
) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    with pytest.raises(Refused, match="larger than"):
        assessments.assess_upload(
            actor=world.actor(world.pm),
            source_id=source.pk,
            file_name="x.csv",
            chunks=[b"x" * 11],
            now=world.now,
        )


def test_one_source_is_assessed_once_at_a_time(world: World, source: DataSource) -> None:
    row = start(world, source)
    with pytest.raises(Refused, match="being assessed already"):
        start(world, source)
    run(world, row)
    assert start(world, source).pk != row.pk


def test_a_source_without_a_place_or_in_another_engine_asks_for_an_upload(world: World) -> None:
    nowhere = world.source("Nowhere")
    with pytest.raises(Refused, match="not said where"):
        start(world, nowhere)
    far = world.source("Far", location={"kind": "trino", "host": "x", "catalog": "c", "schema": "s"})
    with pytest.raises(Refused, match="lies in trino"):
        start(world, far)


def test_a_retired_source_is_not_assessed(world: World, source: DataSource) -> None:
    DataSource.objects.filter(pk=source.pk).update(ended_at=world.now)
    with pytest.raises(Refused, match="retired"):
        start(world, source)


def test_of_sensitive_sources_the_worker_asks_for_counts_alone(world: World, source: DataSource) -> None:
    asked = []

    def profiler(request: Any, _: Any) -> Any:
        asked.append(request.keeps_values)
        return small_profile().without_values()

    for sensitivity in ("internal", "public", "confidential", "restricted"):
        DataSource.objects.filter(pk=source.pk).update(sensitivity=sensitivity)
        run(world, start(world, source), profiler)
    assert asked == [True, True, False, False]


def test_values_are_hidden_once_the_source_has_become_sensitive(world: World, source: DataSource) -> None:
    row = run(world, start(world, source))
    DataSource.objects.filter(pk=source.pk).update(sensitivity="restricted")
    shown = queries.profile_of(queries.assessment_row(world.actor(world.pm), row.pk))
    assert shown is not None
    assert not shown.keeps_values
    assert shown.columns[1].lowest == ""


def test_a_worker_that_was_overtaken_changes_nothing(world: World, source: DataSource) -> None:
    row = start(world, source)

    def overtaken(_: Any, tell: Any) -> Any:
        run(world, Assessment.objects.get(pk=row.pk), lambda *_: small_profile(rows=7))
        tell(1, 2)
        return small_profile(rows=100)

    run(world, row, overtaken)
    assert (row.state, row.rows) == ("done", 7)
    assert Activity.objects.filter(verb="assessment.done").count() == 1
    assert run(world, row, lambda *_: pytest.fail("It is finished.")).rows == 7


def test_an_assessment_whose_job_was_given_up_is_stopped(world: World, source: DataSource) -> None:
    row = start(world, source)
    assert assessments.give_up_lost(actor=WORKER, now=world.now) == 0
    Job.objects.update(state="parked")
    assert assessments.give_up_lost(actor=WORKER, now=world.now) == 1
    row.refresh_from_db()
    assert (row.state, "worker ended" in row.error) == ("stopped", True)


def test_who_asked_does_not_accept_and_may_reject(world: World, source: DataSource) -> None:
    row = run(world, start(world, source))
    with pytest.raises(NotAllowed, match="somebody else accepts"):
        judge(world, row, world.pm)
    assert judge(world, row, world.pm, is_accepted=False).judgement == "rejected"


def test_a_judgement_takes_a_reason_a_person_and_a_seat(world: World, source: DataSource) -> None:
    row = run(world, start(world, source))
    with pytest.raises(Refused) as caught:
        judge(world, row, world.leader, reason=" ")
    assert caught.value.reasons[0].field == "reason"
    viewer, outsider, robot = world.person("Vi"), world.person("Otto"), world.person("Robot")
    world.member(viewer, AccessRole.VIEWER)
    world.member(robot, AccessRole.MEMBER)
    robot.is_service = True
    robot.save()
    with pytest.raises(NotAllowed):
        judge(world, row, viewer)
    with pytest.raises(Missing):
        judge(world, row, outsider)
    with pytest.raises(NotAllowed, match="by people"):
        judge(world, row, robot)


def test_only_what_was_seen_is_judged_and_only_once(world: World, source: DataSource) -> None:
    row = run(world, start(world, source))
    with pytest.raises(Refused) as caught:
        judge(world, row, world.leader, seen="something else")
    assert caught.value.kind == "stale"
    judge(world, row, world.leader)
    with pytest.raises(Refused, match="accepted already"):
        judge(world, row, world.leader, is_accepted=False)


def test_a_profile_that_was_altered_in_the_store_is_not_judged(world: World, source: DataSource) -> None:
    row = run(world, start(world, source))
    Assessment.objects.filter(pk=row.pk).update(profile=small_profile(rows=5).to_plain())
    with pytest.raises(Refused, match="not what you were shown"):
        judge(world, row, world.leader)


def test_nothing_is_judged_before_it_is_done(world: World, source: DataSource) -> None:
    with pytest.raises(Refused, match="nothing to judge"):
        judge(world, start(world, source), world.leader)

    def fails(*_: Any) -> Any:
        raise ProfileStopped("No.")

    with pytest.raises(Refused, match="nothing to judge"):
        judge(world, run(world, Assessment.objects.get(), fails), world.leader)


def test_a_judgement_is_evidence_for_each_model_that_uses_the_source(
    world: World, model: MLModel, source: DataSource
) -> None:
    other, stranger = world.model("Demand"), world.model("Fraud")
    world.uses(other, source)
    measured_at = world.now
    row = world.assessed(source, judgement="")
    world.later(days=3)
    judge(world, row, world.leader)
    found = Evidence.objects.filter(key="data.quality.orders").order_by("model_id")
    assert [one.model_id for one in found] == [model.pk, other.pk]
    one = found[0]
    assert (one.outcome, one.fingerprint, one.recorded_at) == ("passed", row.fingerprint, world.now)
    assert measured_at <= one.observed_at < measured_at + timedelta(minutes=1)
    assert not stranger.evidence.exists()


def test_somebody_with_a_part_in_one_model_starts_but_does_not_judge_for_the_others(
    world: World, model: MLModel, source: DataSource
) -> None:
    other, dana, eli = world.model("Demand"), world.person("Dana"), world.person("Eli")
    for person in (dana, eli):
        world.assign(person, "data_scientist", model)
    row = assessments.start_assessment(actor=world.actor(dana), source_id=source.pk, now=world.now)
    run(world, row)
    world.uses(other, source)
    with pytest.raises((NotAllowed, Missing)):
        judge(world, row, eli)
    world.assign(eli, "data_scientist", other)
    assert judge(world, row, eli).judgement == "accepted"


def test_two_judgements_at_once_leave_one(
    transactional_db: None, settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    world = World()
    model, kim = world.model(), world.person("Kim")
    world.member(kim, AccessRole.MEMBER)
    source = world.source("Orders", model)
    for _ in range(10):
        row = world.assessed(source, judgement="")
        came = both(
            lambda r=row: judge(world, r, world.leader),  # type: ignore[misc]
            lambda r=row: judge(world, r, kim, is_accepted=False),  # type: ignore[misc]
        )
        assert came.count("done") == 1, came
        assert Evidence.objects.filter(source_ref=f"assessment:{row.pk}").count() == 1


def test_two_who_ask_at_once_start_one(
    transactional_db: None, settings: LazySettings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    world = World()
    source = world.source("Orders", location={"kind": "files", "path": "x.csv"})
    for number in range(1, 11):
        came = both(lambda: start(world, source), lambda: start(world, source))
        assert came == ["done", "refused"]
        run(world, Assessment.objects.latest("pk"))
        assert Assessment.objects.count() == number


def test_the_gate_asks_for_sources_first(world: World) -> None:
    found = answer(world, world.model())
    assert found.answer is Answer.UNKNOWN
    assert "No data source is listed" in found.text
    assert "Link the model" in found.remedy


def test_unknown_where_nobody_looked_and_met_once_accepted(
    world: World, model: MLModel, source: DataSource
) -> None:
    assert (answer(world, model).answer, "Orders" in answer(world, model).text) == (Answer.UNKNOWN, True)
    row = world.assessed(source, judgement="")
    assert answer(world, model).answer is Answer.UNKNOWN
    judge(world, row, world.leader)
    found = answer(world, model, max_age_days=30)
    assert found.answer is Answer.MET
    assert "accepted by Li" in found.text


def test_a_rejected_source_closes_the_gate_with_the_reason(
    world: World, model: MLModel, source: DataSource
) -> None:
    world.assessed(source, judgement="rejected")
    found = answer(world, model)
    assert found.answer is Answer.UNMET
    assert "Orders: rejected by Li" in found.text
    world.later(days=1).assessed(source)
    assert answer(world, model).answer is Answer.MET


def test_an_acceptance_grows_old_by_when_the_data_was_read(
    world: World, model: MLModel, source: DataSource
) -> None:
    row = world.assessed(source, judgement="")
    world.later(days=31)
    judge(world, row, world.leader)
    found = answer(world, model, max_age_days=30)
    assert found.answer is Answer.UNMET
    assert "31 days ago" in found.text
    assert answer(world, model, max_age_days=31).answer is Answer.MET


def test_every_source_in_use_counts_and_those_of_later_stages_do_not(
    world: World, model: MLModel, source: DataSource
) -> None:
    world.assessed(source)
    world.source("Scores", model, from_stage="production")
    assert answer(world, model).answer is Answer.MET
    assert answer(world, model, stage="production").answer is Answer.UNKNOWN
    world.source("Clicks", model)
    found = answer(world, model)
    assert (found.answer, found.text.startswith("Clicks")) == (Answer.UNKNOWN, True)


def test_a_passed_contract_test_is_as_good_as_a_look(
    world: World, model: MLModel, source: DataSource
) -> None:
    came_out(world, source, "unknown")
    assert answer(world, model).answer is Answer.UNKNOWN
    world.later(hours=1)
    came_out(world, source, "passed")
    found = answer(world, model)
    assert (found.answer, "passed its contract Orders contract" in found.text) == (Answer.MET, True)


def test_only_the_newest_test_of_a_contract_counts(world: World, model: MLModel, source: DataSource) -> None:
    came_out(world, source, "passed")
    world.later(hours=1)
    came_out(world, source, "failed")
    found = answer(world, model)
    assert (found.answer, "failed its contract" in found.text) == (Answer.UNMET, True)
    came_out(world, source, "passed", name="Another contract")
    assert answer(world, model).answer is Answer.UNMET
    world.later(hours=1).assessed(source)
    assert answer(world, model).answer is Answer.MET


def test_the_past_is_told_as_it_was(world: World, model: MLModel, source: DataSource) -> None:
    before = world.now
    world.later(days=1).assessed(source)
    then = load(model, now=world.now, as_of=before)
    assert (then.quality, len(load(model, now=world.now).quality)) == ((), 1)


def test_many_models_take_as_many_statements_as_two(world: World) -> None:
    def count(models: list[MLModel]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            load_many(models, now=world.now)
        return len(caught)

    models = [world.model(f"Model {number}") for number in range(6)]
    for number, one in enumerate(models):
        world.assessed(world.source(f"Source {number}", one))
    count(models[:1])
    assert count(models[:2]) == count(models)


def test_a_sign_off_on_it_falls_when_the_judgement_changes(
    world: World, model: MLModel, source: DataSource
) -> None:
    before = load(model, now=world.now).covered(["quality"])
    world.assessed(source)
    accepted = load(model, now=world.now).covered(["quality"])
    world.later(days=1)
    assert load(model, now=world.now).covered(["quality"]) == accepted != before
    world.assessed(source, judgement="rejected")
    assert load(model, now=world.now).covered(["quality"]) != accepted
