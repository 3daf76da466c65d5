"""The portfolio: what is shown, in which order, under which address, and what leaves it as a spreadsheet."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests import make
from throughline.actions.portfolio import change_model
from throughline.core.stages import Stage
from throughline.records.portfolio import MLModel
from throughline.web.exports import safe


@pytest.fixture
def shelf(world: make.World) -> make.World:
    """Six models: two teams, three stages, one of them paused."""
    world.model("Alpha", team="Pricing", risk_tier="high")
    world.later(days=1).model("Beta", team="Pricing", risk_tier="low")
    world.later(days=1).model("Gamma", at=Stage.PROTOTYPE, team="Fraud", risk_tier="high")
    world.later(days=1).model("Delta", at=Stage.PRODUCTION, team="Fraud")
    world.later(days=1).model("Epsilon", at=Stage.DEPRECATION)
    stopped = world.later(days=1).model("Zeta")
    world.moved(stopped, make.MoveKind.STOP)
    return world


def names(client: Client, query: str) -> list[str]:
    return [row.name for row in client.get(f"/portfolio?layout=table&{query}").context["rows"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"]),
        ("standing=all", ["Alpha", "Beta", "Delta", "Epsilon", "Gamma", "Zeta"]),
        ("standing=stopped", ["Zeta"]),
        ("stage=conception", ["Alpha", "Beta"]),
        ("stage=conception&stage=prototype&tier=high", ["Alpha", "Gamma"]),
        ("tier=none", ["Delta", "Epsilon"]),
        ("team=Fraud", ["Delta", "Gamma"]),
        ("q=alp", ["Alpha"]),
        ("q=nothing+like+it", []),
        ("sort=-name", ["Gamma", "Epsilon", "Delta", "Beta", "Alpha"]),
        ("sort=age", ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]),
        ("sort=stage", ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]),
        ("stage=nowhere&sort=colour&page=x&columns=no", ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"]),
    ],
)
def test_the_address_says_what_is_shown(
    shelf: make.World, pm: Client, query: str, expected: list[str]
) -> None:
    assert names(pm, query) == expected


def test_pages_are_numbered_and_a_number_beyond_the_end_is_the_last(world: make.World, pm: Client) -> None:
    for number in range(53):
        world.model(f"Model {number:02}")
    assert len(names(pm, "")) == 50
    assert names(pm, "page=2") == ["Model 50", "Model 51", "Model 52"]
    assert names(pm, "page=99") == names(pm, "page=2")


def test_the_board_has_a_column_for_each_stage_with_its_count(shelf: make.World, pm: Client) -> None:
    columns = pm.get("/portfolio").context["columns"]
    assert [(column.stage, column.count) for column in columns] == [
        ("conception", 2),
        ("prototype", 1),
        ("production_ready", 0),
        ("deployment", 0),
        ("production", 1),
        ("deprecation", 1),
    ]
    assert [card.name for card in columns[0].rows] == ["Alpha", "Beta"]


def test_ages_are_drawn_with_a_table_beside_them(shelf: make.World, pm: Client) -> None:
    answer = pm.get("/portfolio?layout=ageing")
    assert len(answer.context["chart"].dots) == 5
    assert b"As a table" in answer.content


@pytest.mark.parametrize("layout", ["board", "table", "ageing"])
def test_the_number_of_statements_does_not_grow_with_the_models(
    world: make.World, pm: Client, layout: str
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            pm.get(f"/portfolio?layout={layout}")
        return len(seen)

    world.model("First")
    few = count()
    for number in range(12):
        world.model(f"Model {number}")
    assert count() == few
    assert few <= 14


def test_gates_come_after_the_page_in_a_fixed_number_of_statements(world: make.World, pm: Client) -> None:
    world.policy({"conception_to_prototype": ["model.need_described", "model.risk_tier_set"]})
    ids = [world.model(f"Model {number}").pk for number in range(6)]
    with CaptureQueriesContext(connection) as seen:
        answer = pm.get(f"/portfolio/gates?ids={','.join(map(str, ids))},999999,x")
    assert answer.content.decode().count("1 of 2") == 6
    assert len(seen) <= 14


def test_a_stranger_sees_none_of_it(shelf: make.World, sign_in: object) -> None:
    client = sign_in(shelf.person("Stranger"))  # type: ignore[operator]
    assert names(client, "standing=all") == []
    assert b"Alpha" not in b"".join(client.get("/portfolio/export.csv").streaming_content)


def test_what_is_shown_leaves_as_csv_in_the_same_order(shelf: make.World, pm: Client) -> None:
    answer = pm.get("/portfolio/export.csv?stage=conception&sort=-name")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows] == ["Beta", "Alpha"]
    assert rows[0]["Stage"] == "Conception"
    assert rows[0]["Program manager"] == "Ana"
    assert rows[0]["In stage since"].startswith("2026-03-03T")
    assert "attachment" in answer["Content-Disposition"]


def test_xlsx_holds_text_that_no_program_takes_for_a_formula(world: make.World, pm: Client) -> None:
    world.model("=1+1")
    sheet = load_workbook(io.BytesIO(pm.get("/portfolio/export.xlsx").content)).active
    assert sheet.cell(2, 2).value == "=1+1"
    assert sheet.cell(2, 2).data_type == "s"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_csv_cells_cannot_start_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe("plain = text") == "plain = text"


def test_no_other_kind_of_export_is_there(pm: Client) -> None:
    assert pm.get("/portfolio/export.pdf").status_code == 404


def test_many_at_once_are_looked_at_first_and_then_changed_one_by_one(shelf: make.World, pm: Client) -> None:
    rows = {row.name: row for row in pm.get("/portfolio?layout=table").context["rows"]}
    sent = {"pick": [rows["Alpha"].pk, rows["Delta"].pk, rows["Gamma"].pk], "field": "team", "value": "Fraud"}
    look = pm.post("/portfolio/bulk", sent)
    assert [line.name for line in look.context["lines"]] == ["Alpha"]
    assert "already" in look.context["problems"][0].problem
    assert names(pm, "team=Fraud") == ["Delta", "Gamma"]
    done = pm.post("/portfolio/bulk", {**sent, "sure": "1"})
    assert done.status_code == 200
    assert names(pm, "team=Fraud") == ["Alpha", "Delta", "Gamma"]


def was(done: object) -> list[str]:
    return [f"{one.id}:{one.version}:{one.old}" for one in done.context["lines"]]  # type: ignore[attr-defined]


def test_many_at_once_are_put_back_but_for_what_was_changed_since(shelf: make.World, pm: Client) -> None:
    rows = {row.name: row for row in pm.get("/portfolio?layout=table").context["rows"]}
    before = {name: row.team for name, row in rows.items()}
    sent = {"pick": [rows["Alpha"].pk, rows["Beta"].pk], "field": "team", "value": "A: B", "sure": "1"}
    done = pm.post("/portfolio/bulk", sent)
    assert names(pm, "team=A: B") == ["Alpha", "Beta"]
    change_model(
        actor=shelf.actor(shelf.pm), model_id=rows["Beta"].pk, expected_version=None, fields={"team": "Mine"},
        now=shelf.now,
    )  # fmt: skip
    back = pm.post("/portfolio/bulk/back", {"field": "team", "was": was(done)})
    teams = dict(MLModel.objects.values_list("name", "team"))
    assert (teams["Alpha"], teams["Beta"]) == (before["Alpha"], "Mine")
    assert [line.name for line in back.context["problems"]] == ["Beta"]
    pm.post("/portfolio/bulk/back", {"field": "team", "was": was(back)})
    assert names(pm, "team=A: B") == ["Alpha"]


def test_putting_back_asks_permission_and_reads_nothing_but_what_it_understands(
    shelf: make.World, pm: Client, sign_in: object
) -> None:
    model = MLModel.objects.get(name="Alpha")
    viewer = shelf.person("Viewer")
    shelf.member(viewer, make.AccessRole.VIEWER)
    told = {"field": "team", "was": f"{model.pk}:{model.version}:Stolen"}
    refused = sign_in(viewer).post("/portfolio/bulk/back", told)  # type: ignore[operator]
    assert len(refused.context["problems"]) == 1
    stranger = sign_in(shelf.person("Stranger")).post("/portfolio/bulk/back", told)  # type: ignore[operator]
    assert (stranger.context["lines"], stranger.context["problems"]) == ([], [])
    for sent in ({"field": "name", "was": "1:1:x"}, {"field": "team"}, {"field": "team", "was": "x:1:y"}):
        assert pm.post("/portfolio/bulk/back", sent).status_code in (409, 422)
    assert names(pm, "team=Stolen") == []


def test_many_at_once_asks_permission_for_each(shelf: make.World, pm: Client, sign_in: object) -> None:
    viewer = shelf.person("Viewer")
    shelf.member(viewer, make.AccessRole.VIEWER)
    client = sign_in(viewer)  # type: ignore[operator]
    done = client.post(
        "/portfolio/bulk", {"all": "1", "query": "", "field": "team", "value": "X", "sure": "1"}
    )
    assert len(done.context["problems"]) == 5
    assert done.context["lines"] == []
    assert names(pm, "team=X") == []


@pytest.mark.parametrize(
    "sent",
    [
        {"field": "name", "value": "x"},
        {"field": "team", "value": "x"},
        {"field": "risk_tier", "value": "huge", "pick": "1"},
    ],
)
def test_many_at_once_is_refused_in_words(shelf: make.World, pm: Client, sent: dict[str, str]) -> None:
    assert pm.post("/portfolio/bulk", sent).status_code in (409, 422)


def test_the_program_to_which_the_list_is_narrowed_is_told_by_its_name(shelf: make.World, pm: Client) -> None:
    pills = [pill.text for pill in pm.get(f"/portfolio?program={shelf.program.slug}").context["pills"]]
    assert pills == [f"Program: {shelf.program.name}"]


def test_a_program_that_is_not_there_is_told_as_it_was_asked_for(shelf: make.World, pm: Client) -> None:
    assert [pill.text for pill in pm.get("/portfolio?program=elsewhere").context["pills"]] == [
        "Program: elsewhere"
    ]
