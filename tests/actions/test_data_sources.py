"""Data sources are added, changed, retired and used; what stood before can be told, and nobody gets round the rules."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.make import World
from throughline.actions import data_sources
from throughline.actions.data_sources import NewUse
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.people import Role
from throughline.core.permissions import AccessRole, Actor
from throughline.queries import data_sources as queries
from throughline.queries.dossiers import load, load_many
from throughline.records.activity import Activity
from throughline.records.data_sources import DataSource, DataSourceChange, SourceUse
from throughline.records.moves import SignOff
from throughline.records.people import Person
from throughline.records.portfolio import MLModel

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def model(world: World) -> MLModel:
    return world.model()


def change(world: World, row: DataSource, actor: Actor | None = None, **fields: Any) -> DataSource:
    given = {
        key: fields.pop(key) for key in ("expected_version", "owner_id", "changes_owner") if key in fields
    }
    return data_sources.change_source(
        actor=actor or world.actor(world.pm), source_id=row.pk, fields=fields, now=world.now, **given
    )


def end(world: World, row: DataSource, actor: Actor | None = None) -> DataSource:
    return data_sources.end_source(
        actor=actor or world.actor(world.pm), source_id=row.pk, reason="Replaced.", now=world.now
    )


def flow(world: World, row: DataSource, upstream: DataSource, actor: Actor | None = None) -> Any:
    return data_sources.add_flow(
        actor=actor or world.actor(world.pm), source_id=row.pk, upstream_id=upstream.pk, now=world.now
    )


def on_one_model(world: World, model: MLModel) -> Person:
    """Somebody with a duty on this model and nothing else."""
    person = world.person("Dee")
    world.assign(person, Role.DATA_ENGINEER, model)
    return person


class TestAdding:
    def test_what_is_said_is_kept_and_logged(self, world: World) -> None:
        row = world.source(
            "Orders", contacts=[{"name": "Ada", "email": "ada@example.org"}], supported_until=date(2027, 1, 1),
            location={"path": "orders/*.parquet"}, external_id="wh-1",
        )  # fmt: skip
        row.refresh_from_db()
        assert (row.name, row.owner, row.sensitivity) == ("Orders", world.pm, "internal")
        assert row.location == {"kind": "files", "path": "orders/*.parquet", "format": "parquet"}
        assert row.contacts == [{"name": "Ada", "email": "ada@example.org"}]
        entry = Activity.objects.get(verb="source.added")
        assert entry.body["name"] == "Orders"
        assert entry.program_id == world.program.pk

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": " "}, "name"),
            ({"refresh": "at six"}, "refresh"),
            ({"refresh": "61 * * * *"}, "refresh"),
            ({"refresh": "0 0 31 2 *"}, "refresh"),
            ({"refresh": "0 0 6 * * *"}, "refresh"),
            ({"time_zone": "Mars/Base"}, "time_zone"),
            ({"time_zone": "../etc/passwd"}, "time_zone"),
            ({"time_zone": ""}, "time_zone"),
            ({"sensitivity": "secret"}, "sensitivity"),
            ({"automation": "sometimes"}, "automation"),
            ({"is_supported": False, "supported_until": date(2027, 1, 1)}, "supported_until"),
            ({"is_supported": "yes"}, "is_supported"),
            ({"contacts": [{"name": "Ada", "email": "nowhere"}]}, "contacts.1.email"),
            ({"contacts": [{"phone": "1"}]}, "contacts.1"),
            ({"contacts": [{"name": "A"}] * 21}, "contacts"),
            ({"location": {"kind": "postgres"}}, "location.host"),
            ({"location": {"kind": "files", "path": "x", "password": "y"}}, "location.password"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_bad_input_names_its_field_and_nothing_is_written(
        self, world: World, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            world.source(**{"name": "Orders", **fields})
        assert refusal.value.kind == "invalid"
        assert field in [reason.field for reason in refusal.value.reasons]
        assert not DataSource.objects.exists()

    def test_a_name_stands_once_in_a_program_while_it_lives(self, world: World) -> None:
        first = world.source("Orders")
        with pytest.raises(Refused, match="There is a source named “Orders”"):
            world.source("Orders")
        end(world, first)
        assert world.source("Orders").pk != first.pk

    def test_the_other_program_may_have_the_same_name(self, world: World) -> None:
        world.source("Orders", external_id="1")
        World().source("Orders", external_id="1")
        assert DataSource.objects.filter(name="Orders").count() == 2

    def test_an_external_id_is_not_given_twice_even_after_the_end(self, world: World) -> None:
        end(world, world.source("Orders", external_id="wh-1"))
        with pytest.raises(Refused) as refusal:
            world.source("New orders", external_id="wh-1")
        assert refusal.value.reasons[0].field == "external_id"

    def test_an_owner_is_somebody_known(self, world: World) -> None:
        stranger = world.person("Stranger")
        with pytest.raises(Refused, match="no such person"):
            world.source("Orders", owner_id=stranger.pk)

    def test_a_viewer_and_a_stranger_may_not(self, world: World) -> None:
        viewer = world.person("Vi")
        world.member(viewer, AccessRole.VIEWER)
        given: dict[str, Any] = {"program_id": world.program.pk, "fields": {"name": "X"}, "now": world.now}
        with pytest.raises(NotAllowed):
            data_sources.add_source(actor=world.actor(viewer), **given)
        with pytest.raises(Missing):
            data_sources.add_source(actor=world.actor(world.person("Stranger")), **given)
        assert Activity.objects.filter(verb="source.refused").count() == 1

    def test_whoever_has_one_model_adds_it_for_that_model_alone(self, world: World, model: MLModel) -> None:
        actor = world.actor(on_one_model(world, model))
        given: dict[str, Any] = {"actor": actor, "program_id": world.program.pk, "now": world.now}
        with pytest.raises(Missing):
            data_sources.add_source(fields={"name": "X"}, **given)
        with pytest.raises(Missing):
            data_sources.add_source(fields={"name": "X"}, model_id=world.model("Other").pk, **given)
        row = data_sources.add_source(fields={"name": "X"}, model_id=model.pk, **given)
        assert [use.source for use in model.source_uses.all()] == [row]
        assert queries.source_row(actor, row.pk) == row

    def test_a_model_of_another_program_is_refused(self, world: World) -> None:
        other = World()
        world.member(other.pm, AccessRole.MANAGER)
        with pytest.raises(Refused, match="another program"):
            data_sources.add_source(
                actor=world.actor(other.pm), program_id=world.program.pk, fields={"name": "X"},
                model_id=other.model().pk, now=world.now,
            )  # fmt: skip


class TestChanging:
    def test_only_what_is_given_and_what_stood_before_is_kept(self, world: World, model: MLModel) -> None:
        row = world.source("Orders", model, supported_until=date(2026, 12, 31))
        before = world.now
        world.later(days=3)
        row = change(world, row, name="Orders of today", automation="manual", supported_until=None)
        assert (row.name, row.automation, row.provider) == ("Orders of today", "manual", "Sales data team")
        assert DataSourceChange.objects.get().content["name"] == "Orders"
        (was,) = load(model, now=world.now, as_of=before).sources
        assert (was.name, was.automation, was.supported_until) == ("Orders", "scheduled", date(2026, 12, 31))
        (now,) = load(model, now=world.now).sources
        assert (now.name, now.automation, now.supported_until) == ("Orders of today", "manual", None)

    def test_of_several_changes_the_earliest_after_the_instant_counts(
        self, world: World, model: MLModel
    ) -> None:
        row = world.source("One", model)
        times = [world.now]
        for name in ("Two", "Three", "Four"):
            world.later(days=1)
            row = change(world, row, name=name)
            times.append(world.now)
        named = [load(model, now=world.later(hours=1).now, as_of=at).sources[0].name for at in times]
        assert named == ["One", "Two", "Three", "Four"]

    def test_somebody_faster_is_not_overwritten(self, world: World) -> None:
        row = world.source()
        change(world, row, name="A", expected_version=1)
        with pytest.raises(Refused) as refusal:
            change(world, row, name="B", expected_version=1)
        assert refusal.value.kind == "stale"
        assert refusal.value.current is not None
        assert refusal.value.current["name"] == "A"

    def test_fields_hold_together_with_what_stands_already(self, world: World) -> None:
        row = world.source(supported_until=date(2027, 1, 1))
        with pytest.raises(Refused) as refusal:
            change(world, row, is_supported=False)
        assert refusal.value.reasons[0].field == "supported_until"

    def test_an_owner_is_taken_away_only_when_told(self, world: World) -> None:
        row = world.source()
        assert change(world, row, name="A").owner == world.pm
        assert change(world, row, changes_owner=True, owner_id=None).owner is None

    def test_an_owner_who_left_stays_until_changed(self, world: World) -> None:
        gone = world.person("Gone")
        world.member(gone, AccessRole.MEMBER)
        row = world.source(owner_id=gone.pk)
        Person.objects.filter(pk=gone.pk).update(is_active=False)
        assert change(world, row, name="A", changes_owner=True, owner_id=gone.pk).owner == gone

    def test_a_shared_source_is_not_one_models_to_change(self, world: World, model: MLModel) -> None:
        actor = world.actor(on_one_model(world, model))
        row = world.source("Orders", model)
        assert change(world, row, actor, name="Mine").name == "Mine"
        world.uses(world.model("Other"), row)
        with pytest.raises(NotAllowed):
            change(world, row, actor, name="Still mine")
        with pytest.raises(NotAllowed):
            end(world, row, actor)

    def test_what_one_model_does_not_use_is_not_there_for_it(self, world: World, model: MLModel) -> None:
        actor = world.actor(on_one_model(world, model))
        row = world.source("Secret", world.model("Other"))
        with pytest.raises(Missing):
            change(world, row, actor, name="X")
        with pytest.raises(Refused, match="no source of this program now"):
            data_sources.link_sources(
                actor=actor, model_id=model.pk, source_ids=[row.pk], use=NewUse("conception"), now=world.now
            )

    def test_sign_offs_on_it_become_void_in_every_model_that_uses_it(self, world: World) -> None:
        check = {
            "id": "team.agreed", "asks": "Agreed?", "why": "So.", "remedy": "Meet.",
            "sign_off": {"by": ["leader"], "covers": ["sources"]},
        }  # fmt: skip
        world.policy({"conception_to_prototype": [check]})
        one, two, other = (world.model(name) for name in ("One", "Two", "Other"))
        row = world.source("Orders", one, two)
        world.source("Else", other)
        for each in (one, two, other):
            world.sign(each, "team.agreed")
        facts = dict(MLModel.objects.values_list("name", "facts"))
        change(world, row, description="Longer.")
        assert not SignOff.objects.filter(void_at__isnull=False).exists()
        change(world, row, automation="manual")
        void = SignOff.objects.filter(void_at__isnull=False).values_list("model__name", flat=True)
        assert sorted(void) == ["One", "Two"]
        entry = Activity.objects.filter(verb="source.changed").latest("seq")
        assert {one["model"] for one in entry.body["sign_offs_void"]} == {"One", "Two"}
        after = dict(MLModel.objects.values_list("name", "facts"))
        assert {name for name in after if after[name] > facts[name]} == {"One", "Two"}


class TestPutting:
    def put(self, world: World, key: str = "wh-1", **fields: Any) -> tuple[DataSource, bool]:
        return data_sources.put_source(
            actor=world.actor(world.pm),
            program_id=world.program.pk,
            external_id=key,
            fields=fields,
            now=world.now,
        )

    def test_the_first_time_it_is_added_and_then_changed(self, world: World) -> None:
        row, is_new = self.put(world, name="Orders")
        assert (row.external_id, is_new) == ("wh-1", True)
        again, is_new = self.put(world, provider="Sales")
        assert (again.pk, again.name, again.provider, is_new) == (row.pk, "Orders", "Sales", False)

    def test_without_a_name_it_is_called_by_its_key(self, world: World) -> None:
        assert self.put(world)[0].name == "wh-1"

    def test_a_retired_one_does_not_come_back(self, world: World) -> None:
        row, _ = self.put(world)
        end(world, row)
        with pytest.raises(Refused, match="retired"):
            self.put(world, name="Back")


class TestEnding:
    def test_the_reason_stays_and_models_that_use_it_know(self, world: World, model: MLModel) -> None:
        row = world.source("Orders", model)
        before = world.now
        world.later(days=1)
        end(world, row)
        assert load(model, now=world.now).sources[0].has_ended
        assert not load(model, now=world.now, as_of=before).sources[0].has_ended
        with pytest.raises(Refused, match="was retired"):
            end(world, row)
        with pytest.raises(Refused, match="was retired"):
            change(world, row, name="X")

    def test_a_retired_one_cannot_be_linked(self, world: World, model: MLModel) -> None:
        row = end(world, world.source())
        with pytest.raises(Refused, match="no source of this program now"):
            world.uses(model, row)


class TestUsing:
    def test_several_at_once_all_or_none(self, world: World, model: MLModel) -> None:
        one, two = world.source("One"), world.source("Two")
        world.uses(model, one)
        with pytest.raises(Refused, match="uses one of them already"):
            world.uses(model, two, one)
        assert SourceUse.objects.count() == 1
        world.uses(model, two, from_stage="production")
        assert [use.from_stage.value for use in load(model, now=world.now).sources] == [
            "conception",
            "production",
        ]

    def test_another_programs_source_is_not_linked(self, world: World, model: MLModel) -> None:
        other = World()
        other.member(world.pm, AccessRole.MANAGER)
        with pytest.raises(Refused, match="no source of this program"):
            world.uses(model, other.source())

    @pytest.mark.parametrize("stage", ["", "someday"])
    def test_a_stage_that_is_none_is_refused(self, world: World, model: MLModel, stage: str) -> None:
        with pytest.raises(Refused, match="no stage"):
            world.uses(model, world.source(), from_stage=stage)

    def test_nothing_and_too_many_are_refused(self, world: World, model: MLModel) -> None:
        for ids in ([], list(range(1, 103))):
            with pytest.raises(Refused, match="Choose 1 to 100"):
                data_sources.link_sources(
                    actor=world.actor(world.pm), model_id=model.pk, source_ids=ids, use=NewUse("conception"),
                    now=world.now,
                )  # fmt: skip

    def test_it_ends_once_and_the_past_still_tells_it(self, world: World, model: MLModel) -> None:
        world.source("Orders", model)
        use, before = SourceUse.objects.get(), world.now
        world.later(days=1)
        data_sources.unlink_source(actor=world.actor(world.pm), use_id=use.pk, now=world.now)
        assert load(model, now=world.now).sources == ()
        assert [one.name for one in load(model, now=world.now, as_of=before).sources] == ["Orders"]
        with pytest.raises(Refused, match="does not use it any more"):
            data_sources.unlink_source(actor=world.actor(world.pm), use_id=use.pk, now=world.now)

    def test_a_viewer_unlinks_nothing(self, world: World, model: MLModel) -> None:
        world.source("Orders", model)
        viewer = world.person("Vi")
        world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            data_sources.unlink_source(
                actor=world.actor(viewer), use_id=SourceUse.objects.get().pk, now=world.now
            )


class TestFlows:
    def test_both_directions_are_told(self, world: World) -> None:
        raw, clean = world.source("Raw"), world.source("Clean")
        made = flow(world, clean, raw)
        actor = world.actor(world.pm)
        assert [one.upstream for one in queries.flows_of(actor, clean).upstream] == [raw]
        assert [one.downstream for one in queries.flows_of(actor, raw).downstream] == [clean]
        data_sources.end_flow(actor=actor, flow_id=made.pk, now=world.now)
        assert queries.flows_of(actor, clean).upstream == ()
        with pytest.raises(Refused, match="taken out already"):
            data_sources.end_flow(actor=actor, flow_id=made.pk, now=world.now)

    def test_no_circle_of_any_length(self, world: World) -> None:
        a, b, c = (world.source(name) for name in "ABC")
        with pytest.raises(Refused, match="not made from itself"):
            flow(world, a, a)
        flow(world, b, a)
        flow(world, c, b)
        with pytest.raises(Refused, match="round in a circle"):
            flow(world, a, c)
        with pytest.raises(Refused, match="made from A already"):
            flow(world, b, a)

    def test_another_program_and_a_retired_one_are_not_there(self, world: World) -> None:
        other = World()
        other.member(world.pm, AccessRole.MANAGER)
        for upstream in (other.source(), end(world, world.source("Old"))):
            with pytest.raises(Refused, match="no such source"):
                flow(world, world.source(f"New {upstream.pk}"), upstream)


def test_the_list_narrows_and_counts_models(world: World, model: MLModel) -> None:
    world.source("Orders", model, automation="manual", is_supported=None)
    world.source("Weather", sensitivity="public", provider="Met office", is_supported=False)
    end(world, world.source("Old"))
    actor = world.actor(world.pm)

    def names(**filters: Any) -> list[str]:
        return sorted(row.name for row in queries.filtered(actor, queries.Filters(**filters)))

    assert names() == ["Orders", "Weather"]
    assert names(with_ended=True) == ["Old", "Orders", "Weather"]
    assert names(automation="manual") == names(support="unknown") == names(search="order") == ["Orders"]
    assert names(support="no") == names(sensitivity="public") == names(provider="Met office") == ["Weather"]
    assert names(program="elsewhere") == []
    counts = {row.name: row.used_by for row in queries.filtered(actor, queries.Filters())}  # type: ignore[attr-defined]
    assert counts == {"Orders": 1, "Weather": 0}


def test_nobody_outside_sees_any(world: World) -> None:
    row = world.source()
    stakeholder = world.person("Sta")
    world.member(stakeholder, AccessRole.STAKEHOLDER)
    for person in (World().pm, stakeholder):
        with pytest.raises(Missing):
            queries.source_row(world.actor(person), row.pk)


def test_many_models_take_one_statement(world: World, django_assert_num_queries: Any) -> None:
    models = [world.model(f"M{number}") for number in range(6)]
    row = world.source("Orders", *models)
    world.later(days=1)
    change(world, row, name="Orders again")
    for model in models:
        world.asks_access(model, row)
    ids = [model.pk for model in models]
    queries.facts_of(ids, world.now)
    with django_assert_num_queries(1):
        found = queries.facts_of(ids, world.now)
    assert all(len(found[pk]) == 1 and len(found[pk][0].requests) == 1 for pk in ids)
    assert set(load_many(models, now=world.now, as_of=world.now - timedelta(hours=1))) == set(ids)
