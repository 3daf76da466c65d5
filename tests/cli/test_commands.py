"""The other commands: models, evidence, moves, decisions, the log, and completion."""

import json

import pytest

from tests.cli.conftest import Terminal, secret_for
from throughline.core.people import Role

pytestmark = pytest.mark.django_db(transaction=True)

JUNIT = '<testsuite name="unit" tests="2"><testcase name="a"/><testcase name="b"/></testsuite>'


def test_models_are_created_listed_and_shown(world, terminal):
    made = terminal.run(
        "models",
        "create",
        "--program",
        world.program.slug,
        "--name",
        "Churn",
        "--external-id",
        "churn",
        "--json",
    )
    assert json.loads(made.stdout)["name"] == "Churn"
    again = terminal.run(
        "models",
        "create",
        "--program",
        world.program.slug,
        "--name",
        "Churn 2",
        "--external-id",
        "churn",
        "--json",
    )
    assert json.loads(again.stdout)["id"] == json.loads(made.stdout)["id"]
    listed = terminal.run("models", "list")
    assert listed.stdout.split()[:3] == ["ID", "PROGRAM", "NAME"]
    assert "Churn 2" in listed.stdout
    assert json.loads(terminal.run("--json", "models", "list", "--search", "nothing").stdout) == []
    shown = terminal.run("models", "show", "churn")
    assert "stage" in shown.stdout


def test_what_is_wrong_with_a_model_is_said(world, terminal):
    ended = terminal.run("models", "create", "--program", "nowhere", "--name", "Churn")
    assert ended.returncode == 3
    assert terminal.run("models", "show", "nothing").returncode == 3
    assert terminal.run("models", "create", "--program", world.program.slug, "--name", " ").returncode == 2


def test_a_report_and_a_figure_become_evidence(world, terminal, tmp_path):
    model = world.model(external_id="churn")
    report = tmp_path / "report.xml"
    report.write_text(JUNIT)
    attached = terminal.run("evidence", "attach", "churn", str(report), "--label", "unit", "--json")
    assert attached.returncode == 0, attached.stderr
    assert "tests.unit" in {item["key"] for item in json.loads(attached.stdout)}
    figure = terminal.run("evidence", "attach", "churn", "--key", "metric.val_auc", "--value", "0.87")
    assert figure.returncode == 0, figure.stderr
    assert "1 attached to Churn" in figure.stderr
    assert "metric.val_auc" in terminal.run("evidence", "list", "churn").stdout
    assert model.evidence.count() >= 2


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--value", "0.8"),
        ("--key", "metric.auc", "--value", "nan"),
        ("--key", "metric.auc", "--value", "much"),
        ("no-such-file.xml",),
    ],
)
def test_evidence_that_is_none_is_wrong_use(world, terminal, arguments):
    model = world.model()
    assert terminal.run("evidence", "attach", str(model.pk), *arguments).returncode == 2
    assert not model.evidence.exists()


def test_a_file_that_is_no_report_is_refused(world, terminal, tmp_path):
    model = world.model()
    wrong = tmp_path / "notes.txt"
    wrong.write_text("It went well.")
    ended = terminal.run("evidence", "attach", str(model.pk), str(wrong))
    assert ended.returncode == 2
    assert "not a report" in ended.stderr


def test_a_move_is_asked_for_decided_and_exported(world, terminal, tmp_path):
    model = world.model(external_id="churn")
    asked = terminal.run("moves", "request", "churn", "advance", "--reason", "It holds.", "--json")
    number = str(json.loads(asked.stdout)["id"])
    assert number in terminal.run("moves", "list", "--state", "open").stdout
    own = terminal.run("moves", "decide", number, "--approve")
    assert own.returncode in (1, 3)
    leader = Terminal(terminal.server, secret_for(world.leader))
    decided = leader.run("moves", "decide", number, "--approve", "--json")
    assert json.loads(decided.stdout)["state"] == "approved"
    assert "approved" in terminal.run("decisions", "list", "churn").stdout
    file = tmp_path / "dossier.json"
    terminal.run("decisions", "export", "churn", "--out", str(file))
    verified = terminal.run("audit", "verify", str(file))
    assert verified.returncode == 0, verified.stderr
    assert "1 decisions judged again" in verified.stderr
    model.refresh_from_db()
    assert model.stage == "prototype"


def test_a_changed_decision_is_found(world, terminal, tmp_path):
    from throughline.core.fingerprints import fingerprint

    model = world.model(at="prototype")
    bundle = json.loads(terminal.run("decisions", "export", str(model.pk)).stdout)
    bundle["decisions"][0]["dossier"]["model"]["name"] = "Another"
    rest = {name: value for name, value in bundle.items() if name != "fingerprint"}
    file = tmp_path / "dossier.json"
    file.write_text(json.dumps({**rest, "fingerprint": fingerprint(rest)}))
    ended = terminal.run("audit", "verify", str(file), "--json")
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["is_whole"] is False
    assert "not the one that was decided on" in ended.stderr


def test_the_log_is_exported_and_the_first_bad_entry_named(world, terminal, tmp_path):
    world.model()
    other = type(world)(now=world.now)
    other.model("Of another program")
    file = tmp_path / "activity.ndjson"
    wrote = terminal.run("audit", "export", "--program", world.program.slug, "--out", str(file))
    assert wrote.returncode == 0, wrote.stderr
    assert "Of another program" not in file.read_text()
    whole = terminal.run("audit", "verify", str(file), "--json")
    assert whole.returncode == 0, whole.stderr
    entries = json.loads(whole.stdout)["entries"]
    lines = file.read_text().splitlines()
    assert len(lines) == entries > 4
    place = next(index for index, line in enumerate(lines) if '"Churn"' in line)
    lines[place] = lines[place].replace('"Churn"', '"Chum"')
    file.write_text("\n".join(lines))
    ended = terminal.run("audit", "verify", str(file))
    assert ended.returncode == 1
    assert f"Entry {place + 1} is the first bad one" in ended.stderr
    file.write_text("\n".join(lines[1:]))
    assert "Entry 1 is the first bad one" in terminal.run("audit", "verify", str(file)).stderr


def test_the_log_of_another_program_is_not_exported(world, terminal, tmp_path):
    other = type(world)(now=world.now)
    file = tmp_path / "activity.ndjson"
    assert (
        terminal.run("audit", "export", "--program", other.program.slug, "--out", str(file)).returncode == 3
    )
    assert terminal.run("audit", "export", "--out", str(file)).returncode == 3


def test_a_stakeholder_may_not_ask_for_a_move(world, terminal):
    model = world.model()
    user = world.person("Uma")
    world.assign(user, Role.STAKEHOLDER, model)
    ended = Terminal(terminal.server, secret_for(user, "read")).run(
        "moves", "request", str(model.pk), "advance", "--reason", "Please."
    )
    assert ended.returncode == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(terminal, shell):
    ended = terminal.run("completion", shell)
    assert ended.returncode == 0, ended.stderr
    assert "throughline" in ended.stdout


def test_completion_completes(terminal):
    given = {"_THROUGHLINE_COMPLETE": "bash_complete", "COMP_WORDS": "throughline gate ch", "COMP_CWORD": "2"}
    assert "check" in terminal.run_process(**given).stdout


def test_help_of_every_command_has_an_example_or_says_what_it_does(terminal):
    for command in ("gate", "models", "evidence", "moves", "decisions", "audit"):
        ended = terminal.run(command, "--help")
        assert ended.returncode == 0
        assert "Commands:" in ended.stdout


def test_it_needs_no_django_and_starts_light(terminal):
    import subprocess
    import sys

    code = (
        "import sys; from throughline.cli.main import cli; import throughline.cli.gate;"
        "print([m for m in ('django','urllib3','pydantic','rich','yaml') if m in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": "src"}, capture_output=True, text=True
    )
    assert ended.stdout.strip() == "[]", ended.stderr
