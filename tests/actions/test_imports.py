"""Imports: a file is looked at, imported as one batch, imported again without harm, and taken back."""

import gzip
import threading
import time

import pytest
from django.db import connections

from tests.make import World
from tests.shared_data import shared_file
from throughline.actions import imports, portfolio
from throughline.core.errors import Missing, NotAllowed, Refused
from throughline.core.evidence import EvidenceKind
from throughline.core.imports.mapping import mapping_from_json
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.queries.imports import RowFilters, batches, rows
from throughline.queries.installation import chain
from throughline.records.activity import Activity
from throughline.records.evidence import Evidence
from throughline.records.imports import ImportBatch, ImportRow
from throughline.records.portfolio import MLModel, Revision

pytestmark = pytest.mark.django_db

HEADER = "ID,Name,Stage,Risk,Team,Date implemented,Note\n"
TWO = HEADER + "1,Churn,Production,High,Sales,2024-05-01,first\n2,Fraud,Initiated,Low,Risk,TBD,second\n"


@pytest.fixture
def world() -> World:
    return World()


def preview(
    world: World, content: str | bytes = TWO, name: str = "portfolio.csv", **choices: object
) -> ImportBatch:
    return imports.preview_import(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        file_name=name,
        content=content if isinstance(content, bytes) else content.encode(),
        now=world.now,
        **choices,  # type: ignore[arg-type]
    )


def run(world: World, batch: ImportBatch) -> ImportBatch:
    return imports.run_import(
        actor=world.actor(world.pm), batch_id=batch.pk, expected_version=batch.version, now=world.now
    )


def imported(world: World, content: str | bytes = TWO) -> ImportBatch:
    return run(world, preview(world, content))


def undo(world: World, batch: ImportBatch, *, leaves_changed: bool = False) -> ImportBatch:
    return imports.undo_import(
        actor=world.actor(world.pm), batch_id=batch.pk, leaves_changed=leaves_changed, now=world.now
    )


def model(world: World, key: str) -> MLModel:
    return MLModel.objects.get(program=world.program, external_id=key)


def verbs() -> list[str]:
    return list(Activity.objects.order_by("seq").values_list("verb", flat=True))


def test_a_preview_changes_nothing_of_the_portfolio(world: World) -> None:
    batch = preview(world)
    assert MLModel.objects.count() == 0
    assert batch.state == "previewed"
    assert (batch.counts["rows"], batch.counts["create"]) == (2, 2)
    assert verbs()[-1] == "import.previewed"


def test_an_import_creates_models_with_everything_kept_as_written(world: World) -> None:
    batch = imported(world)
    churn = model(world, "1")
    assert (churn.name, churn.stage, churn.standing, churn.risk_tier) == (
        "Churn",
        "production",
        "active",
        "high",
    )
    assert churn.kept["Note"] == "first"
    assert churn.dates["production"]["first"] == "2024-05-01"
    assert churn.stage_since.date().isoformat() == "2024-05-01"
    world.program.refresh_from_db()
    assert churn.policy_id == world.program.policy_id
    fraud = model(world, "2")
    assert fraud.stage_since == world.now
    assert fraud.dates == {}
    assert fraud.kept["Date implemented"] == "TBD"
    assert Revision.objects.filter(model=churn, number=1).exists()
    assert batch.state == "imported"
    assert verbs()[-3:] == ["import.carried_out", "model.imported", "model.imported"]
    assert chain().is_whole


def test_the_same_file_again_changes_nothing(world: World) -> None:
    imported(world)
    before = list(MLModel.objects.order_by("pk").values())
    again = imported(world.later(days=1))
    assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 2)
    assert list(MLModel.objects.order_by("pk").values()) == before
    assert ImportRow.objects.filter(batch=again, model__isnull=False).count() == 2


def test_an_update_writes_what_the_file_changed_and_leaves_what_people_did(world: World) -> None:
    imported(world)
    portfolio.change_model(
        actor=world.actor(world.pm),
        model_id=model(world, "1").pk,
        expected_version=1,
        fields={"team": "Marketing"},
        now=world.now,
    )
    batch = imported(world.later(days=1), TWO.replace("Churn,Production,High", "Churn 2,Production,High"))
    churn = model(world, "1")
    assert (churn.name, churn.team, churn.version) == ("Churn 2", "Marketing", 3)
    assert batch.counts["update"] == 1
    revision = Revision.objects.get(model=churn, number=3)
    assert revision.changed == {"name": ["Churn", "Churn 2"]}
    entry = Activity.objects.get(verb="model.changed", body__import=batch.pk)
    assert entry.body["changed"] == {"name": ["Churn", "Churn 2"], "kept": ["Name"]}


def test_an_import_never_moves_a_model_that_is_on_record(world: World) -> None:
    imported(world)
    batch = imported(world.later(days=1), TWO.replace("Fraud,Initiated", "Fraud,Production"))
    assert model(world, "2").stage == "conception"
    row = ImportRow.objects.get(batch=batch, number=2)
    assert "stays_in_place" in row.codes


def test_a_model_that_came_by_another_door_is_matched_and_loses_nothing(world: World) -> None:
    portfolio.put_model(
        actor=world.actor(world.pm),
        program_id=world.program.pk,
        external_id="2",
        fields={"name": "Fraud", "summary": "Finds fraud", "risk_tier": "high"},
        now=world.now,
    )
    batch = imported(world)
    fraud = model(world, "2")
    assert (batch.counts["create"], batch.counts["update"]) == (1, 1)
    assert (fraud.summary, fraud.risk_tier, fraud.team) == ("Finds fraud", "low", "Risk")


def test_undo_removes_what_was_created_and_restores_what_was_updated(world: World) -> None:
    imported(world)
    before = MLModel.objects.filter(external_id="1").values("name", "kept", "team", "dates").get()
    batch = imported(
        world.later(days=1), TWO.replace("Churn,", "Churn 2,") + "3,Uplift,Initiated,Low,Sales,,third\n"
    )
    assert MLModel.objects.count() == 3
    undone = undo(world.later(days=1), batch)
    assert undone.state == "undone"
    assert MLModel.objects.count() == 2
    assert MLModel.objects.filter(external_id="1").values("name", "kept", "team", "dates").get() == before
    assert model(world, "1").version == 3
    again = preview(world)
    assert again.counts["unchanged"] == 2
    assert chain().is_whole


def test_undo_of_the_first_import_leaves_nothing_behind(world: World) -> None:
    batch = imported(world)
    undo(world, batch)
    assert MLModel.objects.count() == Revision.objects.count() == 0
    assert verbs()[-3:] == ["import.undone", "model.import_undone", "model.import_undone"]
    with pytest.raises(Refused, match="not in force"):
        undo(world, batch)


def test_undo_names_the_models_with_which_people_went_on(world: World) -> None:
    batch = imported(world)
    world.request(model(world, "2"))
    with pytest.raises(Refused) as refusal:
        undo(world, batch)
    assert "“Fraud” (row 2)" in str(refusal.value.reasons[0])
    assert "Churn" not in str(refusal.value.reasons[0])
    assert MLModel.objects.count() == 2
    assert verbs()[-1] == "import.refused"
    undone = undo(world, batch, leaves_changed=True)
    assert undone.state == "undone"
    assert list(MLModel.objects.values_list("name", flat=True)) == ["Fraud"]


def test_undo_sees_evidence_and_changed_fields(world: World) -> None:
    batch = imported(world)
    Evidence.objects.create(
        model=model(world, "1"), kind=EvidenceKind.MEASURED, key="metric.auc", source="test", observed_at=world.now,
        recorded_at=world.now, recorded_by="test", content_hash="x",
    )  # fmt: skip
    with pytest.raises(Refused, match="Churn"):
        undo(world, batch)


def test_undo_of_an_earlier_import_is_refused_while_a_later_one_holds(world: World) -> None:
    first = imported(world)
    imported(world.later(days=1), TWO.replace("Churn,", "Churn 2,"))
    with pytest.raises(Refused, match="Churn"):
        undo(world, first)


def test_a_mapping_is_chosen_and_used_again_for_the_next_file(world: World) -> None:
    content = TWO.replace("Initiated", "In mission")
    batch = preview(world, content)
    assert batch.counts["held_back"] == 1
    mapping = mapping_from_json({**batch.mapping, "defaults": {"stage": "prototype"}})
    batch = imports.choose_mapping(
        actor=world.actor(world.pm), batch_id=batch.pk, expected_version=1, mapping=mapping, now=world.now
    )
    assert (batch.counts["held_back"], batch.version) == (0, 2)
    run(world, batch)
    assert model(world, "2").stage == "prototype"
    assert preview(world, content).counts["unchanged"] == 2


def test_a_mapping_is_kept_under_a_name(world: World) -> None:
    batch = preview(world)
    saved = imports.save_mapping(
        actor=world.actor(world.pm), batch_id=batch.pk, name="Federal", now=world.now
    )
    assert preview(world, mapping_id=saved.pk).mapping == batch.mapping
    with pytest.raises(Refused, match="no column"):
        preview(world, "Title,Stage\nA,Live\n", mapping_id=saved.pk)
    with pytest.raises(Missing):
        preview(world, mapping_id=saved.pk + 1)


def test_a_mapping_that_does_not_fit_is_refused_and_nothing_changes(world: World) -> None:
    batch = preview(world)
    with pytest.raises(Refused, match="no column “Title”"):
        imports.choose_mapping(
            actor=world.actor(world.pm),
            batch_id=batch.pk,
            expected_version=1,
            mapping=mapping_from_json({"columns": {"name": "Title"}, "key": ["ID"]}),
            now=world.now,
        )
    batch.refresh_from_db()
    assert batch.version == 1


def test_two_people_at_one_import_one_is_told(world: World) -> None:
    batch = preview(world)
    run(world, batch)
    with pytest.raises(Refused, match="imported already"):
        run(world, batch)
    assert MLModel.objects.count() == 2
    other = preview(world)
    mapping = mapping_from_json(other.mapping)
    chosen = {"actor": world.actor(world.pm), "batch_id": other.pk, "mapping": mapping, "now": world.now}
    imports.choose_mapping(**chosen, expected_version=1)
    with pytest.raises(Refused) as refusal:
        imports.choose_mapping(**chosen, expected_version=1)
    assert refusal.value.kind == "stale"


def test_what_is_imported_is_what_was_shown(world: World) -> None:
    batch = preview(world)
    imported(world)
    with pytest.raises(Refused, match="changed since these rows were checked"):
        run(world, batch)


def test_a_file_of_which_every_row_is_held_back_is_not_imported(world: World) -> None:
    batch = preview(world, "Name,Stage\nA,odd\n")
    with pytest.raises(Refused, match="all are held back"):
        run(world, batch)


def test_a_file_that_was_looked_at_can_be_put_away(world: World) -> None:
    batch = preview(world)
    imports.discard_import(actor=world.actor(world.pm), batch_id=batch.pk, expected_version=1, now=world.now)
    assert list(batches(world.actor(world.pm))) == []
    assert ImportRow.objects.count() == 0
    with pytest.raises(Missing):
        run(world, batch)


def test_a_bad_file_leaves_no_trace(world: World) -> None:
    with pytest.raises(Refused, match="PDF"):
        preview(world, b"%PDF-1.7", "portfolio.csv")
    assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\my.csv", "my.csv"),
        ("a\0b\nc.csv", "a�b�c.csv"),
        ("/", "portfolio"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_file_name_is_only_a_label(world: World, name: str, label: str) -> None:
    assert preview(world, name=name).file_name == label


def test_only_managers_import_and_outsiders_see_nothing(world: World) -> None:
    batch = preview(world)
    member, outsider = world.person("Max"), world.person("Olu")
    world.member(member, AccessRole.MEMBER)
    for person, error in ((member, NotAllowed), (outsider, Missing)):
        with pytest.raises(error):
            imports.run_import(
                actor=world.actor(person), batch_id=batch.pk, expected_version=1, now=world.now
            )
        with pytest.raises(error):
            imports.preview_import(
                actor=world.actor(person),
                program_id=world.program.pk,
                file_name="x",
                content=b"Name\nA\n",
                now=world.now,
            )
        assert list(batches(world.actor(person))) == []
    assert MLModel.objects.count() == 0


def test_rows_can_be_narrowed(world: World) -> None:
    batch = preview(world, TWO.replace("Production", "odd"))
    assert [row.name for row in rows(batch, RowFilters(outcome="held_back"))] == ["Churn"]
    assert [row.name for row in rows(batch, RowFilters(code="no_date_yet"))] == ["Fraud"]
    assert [row.name for row in rows(batch, RowFilters(search="frau"))] == ["Fraud"]
    assert [row.name for row in rows(batch, RowFilters(severity="warn"))] == ["Churn"]


@pytest.mark.slow
def test_the_federal_inventory_of_2024_is_imported_twice_and_taken_back(
    world: World, django_assert_max_num_queries
) -> None:
    file = shared_file("portfolio", "us_federal_ai_inventory_2024.csv.gz")
    started = time.perf_counter()
    batch = preview(world, file.read_bytes(), file.name)
    assert (batch.counts["rows"], batch.counts["create"], batch.counts["held_back"]) == (2133, 2120, 13)
    with django_assert_max_num_queries(200):
        batch = run(world, batch)
    print(f"read, checked and imported 2,133 rows in {time.perf_counter() - started:.1f} s")
    assert MLModel.objects.count() == Revision.objects.count() == 2120
    assert ImportRow.objects.filter(batch=batch).count() == 2133
    assert Activity.objects.filter(verb="model.imported").count() == 2120
    cells = {row.number: row.cells for row in ImportRow.objects.filter(batch=batch)}
    table = gzip.decompress(file.read_bytes()).decode("cp1252")
    assert all(
        cell.replace("\r\n", "\n") in table.replace("\r\n", "\n").replace('""', '"') for cell in cells[2133]
    )
    again = imported(world, file.read_bytes())
    assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 2120)
    undo(world, again)
    assert MLModel.objects.count() == 2120
    undo(world, batch)
    assert MLModel.objects.count() == Revision.objects.count() == 0
    assert chain().is_whole


def test_a_sign_off_becomes_void_when_an_import_or_its_undoing_changes_what_it_rests_on(world: World) -> None:
    signed = {
        "id": "risk.accepted",
        "asks": "Is the risk tier right?",
        "sign_off": {"by": ["leader"], "covers": ["model"]},
    }
    world.policy({"conception_to_prototype": [signed]})
    imported(world)
    fraud = model(world, "2")
    world.assign(world.leader, Role.LEADER, fraud)
    untouched = world.sign(fraud, "risk.accepted")
    imported(world.later(days=1), TWO.replace("second", "other words"))
    untouched.refresh_from_db()
    assert untouched.void_at is None
    batch = imported(world.later(days=1), TWO.replace("Initiated,Low", "Initiated,High"))
    untouched.refresh_from_db()
    assert untouched.void_at == world.now
    again = world.sign(fraud, "risk.accepted")
    undo(world.later(days=1), batch)
    again.refresh_from_db()
    assert again.void_at == world.now
    entry = Activity.objects.filter(verb="model.import_undone").latest("seq")
    assert entry.body["changed"]["risk_tier"] == ["high", "low"]
    assert entry.body["sign_offs_void"]
    assert chain().is_whole


@pytest.mark.django_db(transaction=True)
def test_two_people_import_one_file_at_once_and_one_is_told(world: World) -> None:
    for number in range(10):
        batch = preview(world, TWO.replace("\n1,", f"\n1-{number},").replace("\n2,", f"\n2-{number},"))
        begin, outcomes = threading.Barrier(2), list[str]()

        def once(
            batch: ImportBatch = batch, begin: threading.Barrier = begin, outcomes: list[str] = outcomes
        ) -> None:
            begin.wait(10)
            try:
                run(world, batch)
                outcomes.append("done")
            except Refused as refusal:
                outcomes.append(refusal.kind)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=once) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert outcomes.count("done") == 1
        assert MLModel.objects.count() == 2 * (number + 1)
    assert chain().is_whole
