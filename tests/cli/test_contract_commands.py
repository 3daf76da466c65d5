"""Contracts from the terminal: imported from files and folders, listed, shown, compared, exported."""

import json

import pytest

from tests.make_contracts import Contracts, breaking, document, text


@pytest.fixture
def made(world):
    return Contracts(world)


def test_a_folder_is_imported_and_each_file_accounted_for(made, terminal, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.yaml").write_text(text(document(id="a")))
    (tmp_path / "deep" / "b.json").write_text(json.dumps(document(id="b")))
    (tmp_path / "c.yaml").write_text("id: [")
    (tmp_path / "readme.md").write_text("x")
    ended = terminal.run("contract", "import", str(tmp_path), "--program", made.world.program.slug, "--json")
    assert ended.returncode == 1
    found = {one["file"].rpartition("/")[2]: one for one in json.loads(ended.stdout)}
    assert {name: one["state"] for name, one in found.items()} == {
        "a.yaml": "created", "b.json": "created", "c.yaml": "refused",
    }  # fmt: skip
    assert "Line" in found["c.yaml"]["reasons"][0]
    (tmp_path / "c.yaml").unlink()
    again = terminal.run("contract", "import", str(tmp_path), "--program", made.world.program.slug)
    assert again.returncode == 0
    assert "2 known" in again.stderr


def test_one_file_is_linked_shown_compared_and_exported(made, terminal, tmp_path):
    slug, file = made.world.program.slug, tmp_path / "orders.odcs.yaml"
    file.write_text("# kept\n" + text(document()))
    ended = terminal.run("contract", "import", str(file), "--program", slug, "--source", str(made.source.pk))
    assert ended.returncode == 0, ended.stderr
    file.write_text(text(breaking()))
    terminal.run("contract", "import", str(file), "--program", slug)
    listed = json.loads(terminal.run("contract", "list", "--program", slug, "--breaking", "--json").stdout)
    assert [(one["key"], one["pending"], one["source_id"]) for one in listed] == [
        ("orders", "2.0.0", made.source.pk)
    ]
    shown = terminal.run("contract", "show", f"{slug}/orders")
    assert "Shop team, Churn" in shown.stdout
    compared = terminal.run("contract", "compare", "orders")
    assert compared.returncode == 1
    assert "The column was removed." in compared.stdout
    assert terminal.run("contract", "export", "orders", "--version", "1").stdout.startswith("# kept\n")
    terminal.run("contract", "export", "orders", "--to", str(tmp_path / "out.yaml"))
    assert (tmp_path / "out.yaml").read_text() == text(breaking())


def test_what_is_wrong_is_told(made, terminal, tmp_path):
    assert terminal.run("contract", "show", "nothing").returncode == 3
    (tmp_path / "a.yaml").write_text("a: 1")
    ended = terminal.run(
        "contract", "import", str(tmp_path / "a.yaml"), "--program", made.world.program.slug,
        "--model", str(made.model.pk),
    )  # fmt: skip
    assert ended.returncode == 2
    assert "apiVersion" in ended.stderr
    both = terminal.run("contract", "import", str(tmp_path), "--program", "x", "--model", "1")
    assert both.returncode == 2


def test_a_document_is_tested_against_a_file_before_anything_is_published(made, terminal, tmp_path):
    content = document()
    content["schema"][0]["quality"], content["slaProperties"] = [], []
    contract, data = tmp_path / "orders.odcs.yaml", tmp_path / "orders.csv"
    contract.write_text(text(content))
    data.write_text("id,amount,note\n1,10,a\n2,2000,b\n")
    failed = terminal.run("contract", "test", str(contract), "--data", str(data))
    assert failed.returncode == 1
    assert "orders.amount.maximum" in failed.stdout
    assert "orders.id.required" not in failed.stdout
    data.write_text("id,amount,note\n1,10,a\n2,20,b\n")
    passed = terminal.run("contract", "test", str(contract), "--data", str(data), "--all")
    assert passed.returncode == 0, passed.stderr
    assert "orders.id.required" in passed.stdout


def test_a_contract_is_tested_by_its_key(made, terminal):
    row = made.publish().contract
    asked = terminal.run("contract", "test", "orders", "--no-wait", "--json")
    assert asked.returncode == 0, asked.stderr
    [one] = json.loads(asked.stdout)
    assert (one["state"], one["contract_id"]) == ("waiting", row.pk)
    again = terminal.run("contract", "test", "orders", "--no-wait")
    assert again.returncode == 1
    assert "waiting or running already" in again.stderr
    assert terminal.run("contract", "test", "nowhere", "--no-wait").returncode == 3
