"""Contracts by version: what is published, who agrees for which side, and what comes into force when."""

import io
import threading
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from tests.make import World
from tests.make_contracts import Contracts, breaking, compatible, document, text
from throughline.actions import contracts
from throughline.actions.contracts import Link, bulk
from throughline.core.contracts.agreements import Direction, Side
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.permissions import AccessRole
from throughline.queries import contracts as queries
from throughline.queries.contract_facts import facts_of
from throughline.records.activity import Activity
from throughline.records.contracts import ContractAnswer, ContractVersion, DataContract

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Contracts:
    return Contracts(World())


def verbs() -> list[str]:
    return list(Activity.objects.order_by("seq").values_list("verb", flat=True))


class TestPublishing:
    def test_a_document_becomes_a_contract_with_its_first_version(self, made: Contracts) -> None:
        done = made.publish()
        assert (done.is_new, done.is_new_version, done.version.number) == (True, True, 1)
        assert (done.contract.key, done.contract.name, done.version.label) == ("orders", "Orders", "1.0.0")
        assert done.contract.direction == Direction.PROVIDER
        assert verbs()[-1] == "contract.published"
        assert Activity.objects.order_by("-seq")[0].model_id == made.model.pk

    def test_the_same_content_is_no_new_version_however_it_is_written(self, made: Contracts) -> None:
        first = made.publish()
        turned = dict(reversed(document().items()))
        before = Activity.objects.count()
        again = made.publish(turned)
        assert again.is_known
        assert again.version.pk == first.version.pk
        assert Activity.objects.count() == before

    def test_the_next_version_says_what_changed_and_whether_it_breaks(self, made: Contracts) -> None:
        row = made.in_force()
        assert not made.publish(compatible()).version.is_breaking
        made_version = made.publish(breaking()).version
        assert made_version.is_breaking
        assert [c["text"] for c in made_version.changes if c["weight"] == "breaking"] == [
            "The column was removed."
        ]
        assert made_version.number == 3
        assert row.versions.count() == 3

    def test_it_is_compared_with_the_version_in_force_not_with_one_that_nobody_agreed_to(
        self, made: Contracts
    ) -> None:
        made.in_force()
        assert made.publish(breaking("2.0.0")).version.is_breaking
        assert not made.publish(document("2.0.1")).version.is_breaking

    def test_a_label_is_never_used_for_other_content(self, made: Contracts) -> None:
        made.publish()
        with pytest.raises(Refused, match=r"Version 1\.0\.0 was published already, with other content"):
            made.publish(breaking("1.0.0"))
        assert ContractVersion.objects.count() == 1
        assert verbs()[-1] == "contract.refused"

    def test_a_label_never_goes_backwards(self, made: Contracts) -> None:
        made.publish(document("1.10.0"))
        with pytest.raises(Refused, match=r"1\.9\.0 is older than 1\.10\.0"):
            made.publish(breaking("1.9.0"))
        with pytest.raises(Refused, match="older"):
            made.publish(breaking("1.10.0-rc.1"))

    def test_content_of_an_earlier_version_does_not_come_back_in_silence(self, made: Contracts) -> None:
        made.publish()
        made.publish(compatible())
        with pytest.raises(Refused, match=r"published as version 1\.0\.0 already"):
            made.publish(document())

    def test_a_withdrawn_version_keeps_its_label(self, made: Contracts) -> None:
        made.publish()
        row = made.publish(breaking()).contract
        contracts.withdraw_version(
            actor=made.world.actor(made.one),
            contract_id=row.pk,
            number=2,
            reason="Too early.",
            now=made.world.now,
        )
        with pytest.raises(Refused, match="published already"):
            made.publish(document("2.0.0", domain="x"))

    def test_faults_are_told_with_line_column_and_path_and_nothing_is_kept(self, made: Contracts) -> None:
        bad = text(document()).replace("logicalType: integer", "logicalType: integr")
        with pytest.raises(Refused) as refused:
            contracts.import_contract(
                actor=made.world.actor(made.one),
                program_id=made.world.program.pk,
                body=bad,
                now=made.world.now,
            )
        assert refused.value.kind == "invalid"
        assert "schema[0].properties[0].logicalType" in str(refused.value)
        assert "Line " in str(refused.value)
        assert not DataContract.objects.exists()

    def test_who_only_reads_publishes_nothing_and_strangers_see_nothing(self, made: Contracts) -> None:
        viewer, stranger = made.world.person("Vi"), made.world.person("Stranger")
        made.world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            made.publish(by=viewer)
        with pytest.raises(Missing):
            made.publish(by=stranger)
        row = made.publish().contract
        with pytest.raises(NotAllowed):
            contracts.publish_contract(
                actor=made.world.actor(viewer), contract_id=row.pk, body=text(breaking()), now=made.world.now
            )
        with pytest.raises(Missing):
            queries.contract_row(made.world.actor(stranger), row.pk)

    def test_an_edited_document_is_refused_when_another_version_came_meanwhile(self, made: Contracts) -> None:
        row = made.publish().contract
        made.publish(compatible())
        with pytest.raises(Refused) as refused:
            contracts.publish_contract(
                actor=made.world.actor(made.one),
                contract_id=row.pk,
                body=text(breaking()),
                base=1,
                now=made.world.now,
            )
        assert refused.value.kind == "stale"

    def test_an_edited_document_keeps_its_id(self, made: Contracts) -> None:
        row = made.publish().contract
        with pytest.raises(Refused, match="Keep the id"):
            contracts.publish_contract(
                actor=made.world.actor(made.one), contract_id=row.pk, body=text(document("2", id="x")),
                now=made.world.now,
            )  # fmt: skip

    def test_a_source_of_another_program_can_not_be_linked(self, made: Contracts) -> None:
        other = Contracts(World())
        with pytest.raises(Missing):
            made.publish(link=Link(source_id=other.source.pk))
        with pytest.raises(Missing):
            made.publish(link=Link(model_id=other.model.pk))


class TestAgreement:
    def test_it_comes_into_force_when_both_sides_agreed_and_not_before(self, made: Contracts) -> None:
        row = made.publish().contract
        made.by_provider(row)
        history = queries.history_of(row, made.world.now)
        assert history.in_force(made.world.now) is None
        made.by_model(row)
        history = queries.history_of(row, made.world.now)
        found = history.in_force(made.world.now)
        assert found is not None
        assert [one.by for one in found.agreed(history.parties)] == ["Pat of Shop (recorded by Noor)", "Tom"]
        assert verbs()[-1] == "contract.in_force"

    def test_nobody_agrees_for_both_sides(self, made: Contracts) -> None:
        row = made.publish().contract
        made.by_provider(row, by=made.one)
        with pytest.raises(NotAllowed, match="for the provider side"):
            made.by_model(row, by=made.one)
        assert not ContractVersion.objects.filter(in_force_from__isnull=False).exists()

    def test_an_administrator_does_not_agree_for_both_sides_either(self, made: Contracts) -> None:
        root = made.world.person("Root", is_admin=True)
        row = made.publish(by=root).contract
        made.by_provider(row, by=root)
        with pytest.raises(NotAllowed):
            made.by_model(row, by=root)

    def test_who_answered_what_the_version_said_before_does_not_change_sides_with_a_new_period(
        self, made: Contracts
    ) -> None:
        row = made.publish().contract
        made.by_provider(row, by=made.one)
        contracts.propose_period(
            actor=made.world.actor(made.two), contract_id=row.pk, number=1, starts_on=None,
            ends_on=(made.world.now + timedelta(days=90)).date(), now=made.world.now,
        )  # fmt: skip
        with pytest.raises(NotAllowed):
            made.by_model(row, by=made.one)

    def test_the_publisher_alone_brings_nothing_into_force(self, made: Contracts) -> None:
        row = made.publish(by=made.one).contract
        made.by_provider(row, by=made.one)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is None

    def test_every_model_that_uses_the_source_is_asked(self, made: Contracts) -> None:
        other = made.world.model("Second")
        made.used(made.source, other)
        row = made.in_force()
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is None
        made.by_model(row, party=other.pk)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is not None

    def test_a_model_that_begins_to_use_the_source_later_agrees_to_the_version_in_force(
        self, made: Contracts
    ) -> None:
        row = made.in_force()
        other = made.world.model("Second")
        made.used(made.source, other)
        made.by_model(row, party=other.pk)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is not None

    def test_a_member_of_another_model_does_not_answer_for_this_one(self, made: Contracts) -> None:
        other = made.world.model("Second")
        made.used(made.source, other)
        owner = made.world.person("Own")
        made.world.assign(owner, "data_scientist", other)
        row = made.publish().contract
        with pytest.raises(NotAllowed, match="Only people who work on it answer for Churn"):
            made.by_model(row, by=owner)
        made.by_model(row, by=owner, party=other.pk)

    def test_a_viewer_and_a_service_answer_nothing(self, made: Contracts) -> None:
        viewer = made.world.person("Vi")
        made.world.member(viewer, AccessRole.VIEWER)
        row = made.publish().contract
        with pytest.raises(NotAllowed):
            made.by_model(row, by=viewer)

    def test_the_provider_outside_agrees_by_words_and_a_link(self, made: Contracts) -> None:
        row = made.publish().contract
        for more in ({"on_behalf_of": ""}, {"words": ""}, {"link": ""}, {"link": "javascript:alert(1)"}):
            with pytest.raises(Refused):
                made.by_provider(row, **more)
        assert not ContractAnswer.objects.exists()

    def test_the_owner_of_the_source_agrees_for_it_without_a_link(self, made: Contracts) -> None:
        made.source.owner = made.one
        made.source.save()
        row = made.publish().contract
        made.answer(row, made.one, Side.PROVIDER)
        assert ContractAnswer.objects.get().on_behalf_of == ""

    def test_a_contact_of_the_source_is_known_by_their_address(self, made: Contracts) -> None:
        made.source.contacts = [{"name": "Noor", "email": (made.one.email or "").upper(), "role": "owner"}]
        made.source.save()
        row = made.publish().contract
        made.answer(row, made.one, Side.PROVIDER)
        with pytest.raises(Refused, match="You are not"):
            made.answer(row, made.two, Side.PROVIDER, is_agreed=False, words="No.")

    def test_a_team_does_not_answer_on_behalf_of_itself(self, made: Contracts) -> None:
        row = made.publish().contract
        with pytest.raises(Refused, match="themselves"):
            made.by_model(row, on_behalf_of="Pat", words="Fine.", link="https://example.org")

    def test_who_read_something_else_is_asked_to_look_again(self, made: Contracts) -> None:
        row = made.publish().contract
        with pytest.raises(Refused) as refused:
            made.by_model(row, seen="0" * 64)
        assert refused.value.kind == "stale"
        made.publish(breaking())
        with pytest.raises(Refused) as refused:
            made.by_model(row, number=1)
        assert refused.value.kind == "stale"

    def test_declining_needs_words_and_may_be_changed_to_agreement(self, made: Contracts) -> None:
        row = made.publish().contract
        with pytest.raises(Refused, match="stands against it"):
            made.by_model(row, is_agreed=False)
        made.by_model(row, is_agreed=False, words="We need the column.")
        assert queries.lines([row], made.world.now)[0].state == "declined"
        made.by_provider(row)
        made.world.later(minutes=1)
        made.by_model(row)
        assert queries.lines([row], made.world.now)[0].state == "in_force"

    def test_the_same_answer_twice_is_one(self, made: Contracts) -> None:
        row = made.publish().contract
        made.by_model(row)
        with pytest.raises(Refused, match="answered this already"):
            made.by_model(row)
        assert ContractAnswer.objects.count() == 1

    def test_what_is_in_force_can_not_be_declined_or_withdrawn(self, made: Contracts) -> None:
        row = made.in_force()
        with pytest.raises(Refused, match="agreed already"):
            made.by_model(row, is_agreed=False, words="No.")
        with pytest.raises(Refused, match="both sides have agreed"):
            contracts.withdraw_version(
                actor=made.world.actor(made.one), contract_id=row.pk, number=1, reason="x", now=made.world.now
            )

    def test_the_next_version_takes_over_when_it_is_agreed(self, made: Contracts) -> None:
        row = made.in_force()
        made.world.later(days=1)
        made.publish(breaking())
        history = queries.history_of(row, made.world.now)
        assert (history.in_force(made.world.now) or history.versions[1]).number == 1
        made.by_provider(row)
        made.by_model(row)
        history = queries.history_of(row, made.world.now)
        found = history.in_force(made.world.now)
        assert found is not None
        assert found.number == 2
        assert history.versions[0].in_force_until == found.in_force_from

    def test_from_and_until_are_days_of_the_program(self, made: Contracts) -> None:
        made.world.program.time_zone = "Asia/Tokyo"
        made.world.program.save()
        row = made.in_force()
        made.publish(compatible())
        start, end = made.world.now.date() + timedelta(days=10), made.world.now.date() + timedelta(days=20)
        contracts.propose_period(
            actor=made.world.actor(made.one), contract_id=row.pk, number=2, starts_on=start, ends_on=end,
            now=made.world.now,
        )  # fmt: skip
        made.by_provider(row)
        made.by_model(row)
        version = row.versions.get(number=2)
        assert version.in_force_from is not None
        assert version.in_force_until is not None
        assert version.in_force_from.isoformat() == f"{start - timedelta(days=1)}T15:00:00+00:00"
        assert version.in_force_until.isoformat() == f"{end}T15:00:00+00:00"
        history = queries.history_of(row, made.world.now)
        assert (history.in_force(made.world.now) or version).number == 1
        assert (history.in_force(version.in_force_from) or row.versions.get(number=1)).number == 2
        assert history.in_force(version.in_force_until) is None

    def test_a_new_period_asks_everybody_again(self, made: Contracts) -> None:
        row = made.publish().contract
        made.by_provider(row)
        made.world.later(minutes=1)
        contracts.propose_period(
            actor=made.world.actor(made.two), contract_id=row.pk, number=1, starts_on=None,
            ends_on=made.world.now.date() + timedelta(days=9), now=made.world.now,
        )  # fmt: skip
        made.by_model(row)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is None
        made.by_provider(row)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is not None

    @pytest.mark.parametrize(("start", "end"), [(None, -1), (10, 5), (-5, -2)])
    def test_a_period_that_is_over_is_refused(self, made: Contracts, start: int | None, end: int) -> None:
        row = made.publish().contract
        today = made.world.now.date()
        with pytest.raises(Refused):
            contracts.propose_period(
                actor=made.world.actor(made.one), contract_id=row.pk, number=1,
                starts_on=None if start is None else today + timedelta(days=start),
                ends_on=today + timedelta(days=end), now=made.world.now,
            )  # fmt: skip


class TestOutput:
    def test_stakeholders_answer_for_themselves_and_the_team_for_the_model(self, made: Contracts) -> None:
        lea = made.world.person("Lea")
        part = made.world.stakeholder(made.model, lea, part="user")
        row = made.output().contract
        made.answer(row, made.one, Side.PROVIDER)
        with pytest.raises(NotAllowed, match="answers for themselves"):
            made.answer(
                row, made.two, Side.CONSUMER, part.pk, on_behalf_of="Lea", words="Yes", link="https://x.org"
            )
        made.answer(row, lea, Side.CONSUMER, part.pk)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is not None

    def test_a_consumer_outside_is_recorded_by_somebody_other_than_who_agreed_for_the_model(
        self, made: Contracts
    ) -> None:
        part = made.world.stakeholder(made.model, part="user")
        row = made.output().contract
        outside = {"on_behalf_of": "Desk lead", "words": "Yes.", "link": "https://example.org/mail"}
        made.answer(row, made.one, Side.PROVIDER)
        with pytest.raises(Refused, match="You are not"):
            made.answer(row, made.two, Side.CONSUMER, part.pk)
        with pytest.raises(NotAllowed):
            made.answer(row, made.one, Side.CONSUMER, part.pk, **outside)
        made.answer(row, made.two, Side.CONSUMER, part.pk, **outside)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is not None

    def test_a_stakeholder_does_not_agree_for_the_model(self, made: Contracts) -> None:
        lea = made.world.person("Lea")
        made.world.stakeholder(made.model, lea, part="user")
        row = made.output().contract
        with pytest.raises(NotAllowed):
            made.answer(row, lea, Side.PROVIDER)

    def test_without_a_consumer_nothing_comes_into_force(self, made: Contracts) -> None:
        row = made.output().contract
        made.answer(row, made.one, Side.PROVIDER)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is None

    def test_who_left_is_waited_for_no_longer(self, made: Contracts) -> None:
        lea = made.world.person("Lea")
        part = made.world.stakeholder(made.model, lea, part="user")
        made.world.stakeholder(made.model, name="Desk", part="informed")
        row = made.output().contract
        assert [one.name for one in queries.lines([row], made.world.now)[0].awaited][1:] == ["Lea"]
        part.ended_at = made.world.now
        part.save()
        assert len(queries.lines([row], made.world.now)[0].awaited) == 1


class TestEnding:
    def test_an_ended_contract_is_in_force_no_more_and_takes_nothing(self, made: Contracts) -> None:
        row = made.in_force()
        made.world.later(days=1)
        actor = made.world.actor(made.one)
        contracts.end_contract(actor=actor, contract_id=row.pk, reason="Replaced.", now=made.world.now)
        assert queries.history_of(row, made.world.now).in_force(made.world.now) is None
        with pytest.raises(Refused, match="was ended"):
            made.publish(breaking())
        with pytest.raises(Refused, match="was ended"):
            contracts.end_contract(actor=actor, contract_id=row.pk, reason="Again.", now=made.world.now)

    def test_a_withdrawn_version_is_asked_no_more(self, made: Contracts) -> None:
        row = made.in_force()
        made.publish(breaking())
        contracts.withdraw_version(
            actor=made.world.actor(made.one), contract_id=row.pk, number=2, reason="No.", now=made.world.now
        )
        line = queries.lines([row], made.world.now)[0]
        assert (line.state, line.pending) == ("in_force", None)

    def test_a_link_is_set_until_something_was_agreed(self, made: Contracts) -> None:
        actor = made.world.actor(made.one)
        row = made.publish(link=Link()).contract
        linked = contracts.link_contract(
            actor=actor, contract_id=row.pk, link=Link(source_id=made.source.pk), now=made.world.now
        )
        assert linked.source_id == made.source.pk
        made.by_provider(row)
        made.by_model(row)
        with pytest.raises(Refused, match="stays with"):
            contracts.link_contract(
                actor=actor, contract_id=row.pk, link=Link(model_id=made.model.pk), now=made.world.now
            )
        with pytest.raises(Refused, match="about a source, or"):
            contracts.link_contract(actor=actor, contract_id=row.pk, link=Link(), now=made.world.now)


class TestWaiting:
    def test_the_manager_is_asked_until_the_model_answered(self, made: Contracts) -> None:
        pm = made.world.actor(made.world.pm)
        row = made.publish().contract
        assert [one.row.pk for one in queries.awaiting(pm, made.world.now)] == [row.pk]
        made.by_model(row)
        assert queries.awaiting(pm, made.world.now) == []

    def test_consumers_are_asked_and_the_manager_sees_who_has_not_answered_a_breaking_version(
        self, made: Contracts
    ) -> None:
        lea = made.world.person("Lea")
        part = made.world.stakeholder(made.model, lea, part="user")
        row = made.output().contract
        made.answer(row, made.one, Side.PROVIDER)
        made.answer(row, lea, Side.CONSUMER, part.pk)
        pm = made.world.actor(made.world.pm)
        assert queries.awaiting(pm, made.world.now) == []
        made.output(breaking() | {"id": "scores"})
        found = queries.awaiting(made.world.actor(lea), made.world.now)
        assert [(one.row.pk, one.is_own, one.version.is_breaking) for one in found] == [(row.pk, True, True)]
        told = queries.awaiting(pm, made.world.now)
        assert [(one.is_own, [p.name for p in one.parties]) for one in told] == [(False, ["Lea"])]


class TestFacts:
    def test_a_dossier_knows_both_directions_and_bare_sources(self, made: Contracts) -> None:
        made.in_force()
        made.output()
        made.used(made.a_source("Bare"), made.model)
        found = facts_of([made.model.pk], made.world.now)[made.model.pk]
        assert found.bare == ("Bare",)
        provider, output = found.of(Direction.PROVIDER)[0], found.of(Direction.OUTPUT)[0]
        assert provider.in_force is not None
        assert provider.pending is None
        assert provider.source == "Shop"
        assert output.in_force is None
        assert output.pending is not None

    def test_the_past_is_told_as_it_was(self, made: Contracts) -> None:
        before = made.world.now
        made.world.later(days=1)
        row = made.publish().contract
        made.world.later(days=1)
        agreed_at = made.world.now
        made.by_provider(row)
        made.by_model(row)
        made.world.later(days=1)
        made.publish(breaking())
        assert facts_of([made.model.pk], before)[made.model.pk].bare == ("Shop",)
        early = facts_of([made.model.pk], agreed_at - timedelta(hours=1))[made.model.pk].known[0]
        assert early.in_force is None
        assert early.pending is not None
        assert early.pending.answers == ()
        later = facts_of([made.model.pk], agreed_at + timedelta(hours=1))[made.model.pk].known[0]
        assert later.in_force is not None
        assert later.pending is None


class TestMany:
    def zipped(self, files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        return out.getvalue()

    def run(self, made: Contracts, files: dict[str, bytes]) -> list[Any]:
        found = contracts.import_many(
            actor=made.world.actor(made.world.pm), program_id=made.world.program.pk,
            files=bulk.unpacked(self.zipped(files)), now=made.world.now,
        )  # fmt: skip
        return list(found)

    def test_each_file_is_accounted_for(self, made: Contracts) -> None:
        made.publish()
        found = self.run(
            made,
            {
                "a.yaml": text(document(id="a")).encode(),
                "b.yaml": text(breaking()).encode(),
                "c.yaml": text(breaking()).encode(),
                "d.yaml": b"a: [",
                "e.txt": b"x",
                "f.yaml": b"x" * 2_100_000,
                "g.yaml": text(document("0.1")).encode(),
            },
        )
        assert [one.state for one in found] == [
            "created", "version", "known", "refused", "left_out", "refused", "refused",
        ]  # fmt: skip
        assert found[1].is_breaking
        assert "Line 2" in found[3].reasons[0]
        assert "MB" in found[5].reasons[0]
        assert DataContract.objects.count() == 2

    def test_the_same_again_is_known(self, made: Contracts) -> None:
        files = {f"{n}.yaml": text(document(id=f"c{n}")).encode() for n in range(5)}
        assert {one.state for one in self.run(made, files)} == {"created"}
        before = Activity.objects.count()
        assert {one.state for one in self.run(made, files)} == {"known"}
        assert Activity.objects.count() == before

    def test_what_is_no_zip_is_refused(self) -> None:
        with pytest.raises(Refused, match="not a zip"):
            list(bulk.unpacked(b"not a zip"))

    def test_a_bomb_is_read_no_further_than_a_contract_may_be_long(self, made: Contracts) -> None:
        found = self.run(made, {"bomb.yaml": b"a" * 300_000_000})
        assert found[0].state == "refused"

    def test_who_may_not_import_is_refused_before_anything_is_read(self, made: Contracts) -> None:
        viewer = made.world.person("Vi")
        made.world.member(viewer, AccessRole.VIEWER)
        with pytest.raises(NotAllowed):
            contracts.import_many(
                actor=made.world.actor(viewer),
                program_id=made.world.program.pk,
                files=iter(()),
                now=made.world.now,
            )


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def both(self, *calls: Any) -> list[str]:
        found: list[str] = []
        start = threading.Barrier(len(calls))

        def run(call: Any) -> None:
            start.wait()
            try:
                call()
                found.append("done")
            except (Refused, NotAllowed) as refusal:
                found.append(type(refusal).__name__)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(found)

    def test_one_person_does_not_get_through_on_both_sides_at_the_same_moment(self, made: Contracts) -> None:
        row = made.publish().contract
        outcomes = self.both(
            lambda: made.by_provider(row, by=made.one), lambda: made.by_model(row, by=made.one)
        )
        assert outcomes == ["NotAllowed", "done"]
        assert not ContractVersion.objects.filter(in_force_from__isnull=False).exists()

    def test_two_versions_published_at_once_get_two_numbers_or_one_is_refused(self, made: Contracts) -> None:
        made.publish()
        self.both(lambda: made.publish(breaking("2.0.0")), lambda: made.publish(compatible("2.0.0")))
        labels = list(ContractVersion.objects.order_by("number").values_list("label", flat=True))
        assert labels == ["1.0.0", "2.0.0"]

    def test_the_last_agreement_and_a_withdrawal_exclude_each_other(self, made: Contracts) -> None:
        row = made.publish().contract
        made.by_provider(row)
        actor = made.world.actor(made.two)
        outcomes = self.both(
            lambda: made.by_model(row),
            lambda: contracts.withdraw_version(
                actor=actor, contract_id=row.pk, number=1, reason="No.", now=made.world.now
            ),
        )
        assert outcomes == ["Refused", "done"]
        version = row.versions.get()
        assert (version.in_force_from is None) != (version.withdrawn_at is None)
        assert connection.vendor in ("sqlite", "postgresql")
