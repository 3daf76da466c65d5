"""`gate check`: seven exit codes, each against a real server, and the check of an exported dossier without one."""

import json
from copy import deepcopy
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Terminal, secret_for
from throughline.actions import sign_offs
from throughline.core.dossier import WaiverKind

pytestmark = pytest.mark.django_db(transaction=True)

GATE = "conception_to_prototype"
MEASURED = {
    "id": "quality.good",
    "measured": {"key": "metric.val_auc", "at_least": 0.8},
    "asks": "Is the AUC good enough?",
    "waivable_by": ["leader"],
}
SIGNED = {"sign_off": {"by": ["leader"]}, "id": "value.agreed", "asks": "Is the value agreed?"}


def waive(world, model, check="quality.good"):
    asked = sign_offs.request_waiver(
        actor=world.actor(world.pm),
        model_id=model.pk,
        gate=GATE,
        check_id=check,
        kind=WaiverKind.WAIVED,
        reason="Measured next week.",
        until=world.now + timedelta(days=30),
        now=world.now,
    )
    sign_offs.decide_waiver(
        actor=world.actor(world.leader), waiver_id=asked.pk, is_granted=True, reason="Fine.", now=world.now
    )


def test_0_passed(world, terminal):
    world.policy({GATE: [MEASURED]})
    model = world.model(external_id="churn")
    world.measure(model, "metric.val_auc", 0.9)
    for reference in (str(model.pk), "churn", f"{world.program.slug}/churn"):
        ended = terminal.run_process("gate", "check", reference)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == ""
        assert ended.stderr.splitlines()[-1] == "PASSED"


def test_1_not_passed_when_the_value_is_too_low_and_when_it_is_missing(world, terminal):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    missing = terminal.run("gate", "check", str(model.pk))
    assert missing.returncode == 1
    assert "NOT PASSED: 1 of 1 checks outstanding" in missing.stderr
    world.measure(model, "metric.val_auc", 0.7)
    low = terminal.run("gate", "check", str(model.pk), "--explain")
    assert low.returncode == 1
    assert "quality.good" in low.stderr
    assert "applies:" in low.stderr
    assert (
        terminal.run("gate", "check", str(model.pk)).stderr
        == terminal.run("gate", "check", str(model.pk)).stderr
    )


def test_1_not_passed_where_no_move_leads(world, terminal):
    model = world.model()
    ended = terminal.run("gate", "check", str(model.pk), "--to", "production")
    assert ended.returncode == 1
    assert "No move leads from Conception to Production" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", "check"),
        ("gate", "check", "1", "--to", "moon"),
        ("gate", "check", "1", "--wait", "soon"),
        ("gate", "check", "1", "--dossier", "no-such-file.json"),
        ("gate", "chek", "1"),
        ("nonsense",),
    ],
)
def test_2_wrong_use(terminal, arguments):
    ended = terminal.run(*arguments)
    assert ended.returncode == 2
    assert ended.stdout == ""


def test_2_an_address_that_is_none(terminal):
    assert terminal.run("--server", "ftp://x", "gate", "check", "1").returncode == 2


def test_3_missing_or_not_allowed(world, terminal):
    model = world.model()
    assert terminal.run("gate", "check", "999999").returncode == 3
    assert terminal.run("--token", "thl_wrong", "gate", "check", str(model.pk)).returncode == 3
    assert terminal.run("--token", "", "gate", "check", str(model.pk)).returncode == 3
    no_reading = Terminal(terminal.server, secret_for(world.pm, "evidence"))
    assert no_reading.run("gate", "check", str(model.pk)).returncode == 3


def test_3_an_expired_token(world, terminal):
    from throughline.records.access import Token

    model = world.model()
    Token.objects.update(expires_at=world.now)
    ended = terminal.run("gate", "check", str(model.pk))
    assert ended.returncode == 3
    assert "expired" in ended.stderr


def test_3_no_token_says_how_to_give_one(world, terminal):
    ended = Terminal(terminal.server, "").run("gate", "check", str(world.model().pk))
    assert ended.returncode == 3
    assert "Set THROUGHLINE_TOKEN, or give --token." in ended.stderr


def test_4_unreachable(terminal, unplugged, tmp_path):
    junit = tmp_path / "gate.xml"
    ended = Terminal(unplugged, terminal.token).run_process("gate", "check", "1", "--junit", str(junit))
    assert ended.returncode == 4
    assert "does not answer" in ended.stderr
    assert ET.parse(junit).find(".//error") is not None


def test_unreachable_may_only_warn_and_never_says_passed(terminal, unplugged):
    ended = Terminal(unplugged, terminal.token).run("gate", "check", "1", "--on-unreachable", "warn")
    assert ended.returncode == 0
    assert "NOT CHECKED" in ended.stderr
    assert "PASSED" not in ended.stderr


def test_5_waiting_for_approval(world, terminal):
    world.policy({GATE: [SIGNED]})
    model = world.model()
    ended = terminal.run("gate", "check", str(model.pk))
    assert ended.returncode == 5
    assert ended.stderr.splitlines()[-1].startswith("WAITING")
    assert "  wait value.agreed: " in ended.stderr
    again = terminal.run("gate", "check", str(model.pk), "--wait", "2s")
    assert again.returncode == 5


def test_waiting_ends_when_somebody_signs(world, terminal):
    import threading

    from django.db import connection

    world.policy({GATE: [SIGNED]})
    model = world.model()

    def sign_soon():
        world.sign(model, "value.agreed")
        connection.close()

    later = threading.Timer(2.0, sign_soon)
    later.start()
    ended = terminal.run("gate", "check", str(model.pk), "--wait", "60s")
    later.join()
    assert ended.returncode == 0, ended.stderr


def test_6_passed_by_waiver_and_0_when_that_is_accepted(world, terminal):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    waive(world, model)
    assert terminal.run("gate", "check", str(model.pk)).returncode == 6
    accepted = terminal.run("gate", "check", str(model.pk), "--accept-waiver", "--explain")
    assert accepted.returncode == 0
    assert "waived by Li" in accepted.stderr


def test_json_is_the_only_thing_on_stdout(world, terminal):
    world.policy({GATE: [MEASURED, SIGNED]})
    model = world.model()
    ended = terminal.run("gate", "check", str(model.pk), "--json")
    told = json.loads(ended.stdout)
    assert told["schema"] == "throughline.gate-check/1"
    assert (told["exit_code"], told["passing"], told["offline"]) == (1, "not_passed", False)
    assert [finding["check"] for finding in told["findings"]] == ["quality.good", "value.agreed"]
    assert "\x1b" not in ended.stdout + ended.stderr


def test_junit_tells_every_check(world, terminal, tmp_path):
    world.policy({GATE: [MEASURED, {**deepcopy(MEASURED), "id": "quality.seen", "level": "warn"}, SIGNED]})
    model = world.model()
    world.measure(model, "metric.val_auc", 0.5)
    file = tmp_path / "gate.xml"
    assert terminal.run("gate", "check", str(model.pk), "--junit", str(file)).returncode == 1
    suite = ET.parse(file).getroot().find("testsuite")
    assert suite.get("tests") == "3"
    assert suite.get("failures") == "2"
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["quality.good", "value.agreed"]


def test_names_cannot_lead_the_terminal_astray(world, terminal):
    from throughline.records.portfolio import MLModel

    world.policy({GATE: [MEASURED]})
    model = world.model()
    MLModel.objects.filter(pk=model.pk).update(name="Churn\x1b[2J\u202eevil")
    ended = terminal.run("gate", "check", str(model.pk))
    assert "\x1b" not in ended.stderr
    assert "\u202e" not in ended.stderr
    assert "Churn\\x1b[2J\\u202eevil" in ended.stderr
    listed = terminal.run("models", "list")
    assert "\x1b" not in listed.stdout


def test_an_exported_dossier_is_judged_without_a_server(world, terminal, unplugged, tmp_path):
    world.policy({GATE: [MEASURED]})
    model = world.model(external_id="churn")
    world.measure(model, "metric.val_auc", 0.9)
    file = tmp_path / "dossier.json"
    assert terminal.run("decisions", "export", str(model.pk), "--out", str(file)).returncode == 0
    offline = Terminal(unplugged, "")
    passed = offline.run("gate", "check", "churn", "--dossier", str(file), "--json")
    assert passed.returncode == 0, passed.stderr
    assert json.loads(passed.stdout)["offline"] is True
    assert "no server was asked" in passed.stderr
    assert offline.run("gate", "check", "other", "--dossier", str(file)).returncode == 2


def test_a_changed_dossier_is_not_taken(world, terminal, tmp_path):
    world.policy({GATE: [MEASURED]})
    model = world.model()
    world.measure(model, "metric.val_auc", 0.5)
    file = tmp_path / "dossier.json"
    terminal.run("decisions", "export", str(model.pk), "--out", str(file))
    assert terminal.run("gate", "check", str(model.pk), "--dossier", str(file)).returncode == 1
    file.write_text(file.read_text().replace('"value": 0.5', '"value": 0.9'))
    ended = terminal.run("gate", "check", str(model.pk), "--dossier", str(file))
    assert ended.returncode == 2
    assert "fingerprint" in ended.stderr
