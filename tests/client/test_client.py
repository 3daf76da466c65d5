"""The client against a real server, and against one that fails in every way."""

import http.server
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.make import World
from tests.make_labels import Audits, tickets
from throughline.actions.tokens import create_token
from throughline.client import Throughline, ThroughlineError, Unreachable
from throughline.core.access import available_scopes
from throughline.queries.access import actor_for
from throughline.records.label_audits import LabelAudit

pytestmark = pytest.mark.django_db(transaction=True)

OBSERVED = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def world(transactional_db):
    return World(now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def connect(live_server):
    def made(person):
        now = timezone.now()
        actor = actor_for(person, door="web", now=now)
        scopes = available_scopes(actor, None)
        _, secret = create_token(
            actor=actor, name="test", scopes=scopes, expires_at=now + timedelta(days=1), now=now
        )
        return Throughline(live_server.url, secret)

    return made


def test_a_model_from_creation_to_a_decided_move(world, connect, tmp_path):
    pm, leader = connect(world.pm), connect(world.leader)
    made = pm.create_model(program=world.program.slug, name="Churn", external_id="churn", risk_tier="low")
    assert (made.name, made.stage.value, made.tags) == ("Churn", "conception", ())
    again = pm.put_model(world.program.slug, "churn", name="Churn", team="Growth")
    assert (again.id, again.version) == (made.id, 2)
    assert pm.model("churn") == again
    attached = pm.attach_evidence(
        made.id,
        [
            {
                "kind": "measured",
                "key": "metric.auc",
                "value": 0.9,
                "observed_at": datetime(2026, 3, 1, tzinfo=UTC),
            }
        ],
    )
    assert attached.items[0].observed_at == OBSERVED
    report = tmp_path / "report.xml"
    report.write_text('<testsuite name="unit" tests="1"><testcase name="a"/></testsuite>')
    assert "tests.unit" in {item.key for item in pm.attach_report(made.id, report, label="unit").items}
    assert pm.gate(made.id).is_open
    move = pm.request_move(made.id, "advance", reason="It is time.")
    assert [one.id for one in pm.moves(state="open")] == [move.id]
    world.assign(world.leader, "leader")
    assert leader.decide_move(move.id, approve=True).state == "approved"
    assert [decision.outcome for decision in pm.decisions(made.id)] == ["approved"]
    assert pm.dossier(made.id)["format"] == "throughline.dossier"
    assert pm.me().name == "Ana"


def test_a_label_audit_from_file_to_answers(world, connect, settings, tmp_path):
    settings.ATTACHMENTS_DIR = tmp_path / "attachments"
    audits = Audits(world)
    person = audits.person("Ada")
    pm, ada = connect(world.pm), connect(person)
    file = tmp_path / "tickets.csv"
    file.write_bytes(tickets(30))
    begun = pm.begin_label_audit(audits.model.pk, file, name="Tickets")
    assert begun.columns == ("id", "text", "label", "region")
    drawn = pm.draw_label_items(begun.id, label="label", shown=["text"], size=3, seed=1, most_error=0.5)
    assert (drawn.state, drawn.items, drawn.labels) == ("open", 3, ("calm", "urgent"))
    audits.invite(LabelAudit.objects.get(), person)
    items = ada.label_items(begun.id)
    assert [(one.item, one.label) for one in items] == [(1, None), (2, None), (3, None)]
    assert ada.answer_label_items(begun.id, {1: "calm", 2: None})["new"] == 2
    assert [one.is_answered for one in ada.label_items(begun.id)] == [True, True, False]
    assert [one.name for one in pm.label_audits(audits.model.pk)] == ["Tickets"]
    with pytest.raises(ThroughlineError, match="before the close"):
        pm.label_results(begun.id)


def test_all_pages_of_a_list_are_read(world, connect):
    for number in range(3):
        world.model(f"Model {number}")
    client = connect(world.pm)
    assert [model.name for model in client.models(program=world.program.slug)] == [
        "Model 0",
        "Model 1",
        "Model 2",
    ]
    assert list(client.models(stage=["production"])) == []


def test_a_list_goes_on_where_its_page_ended(stub):
    stub.answers = [(200, {"items": [], "next": "abc"}), (200, {"items": [], "next": None})]
    assert list(client_of(stub).programs()) == []
    assert len(stub.seen) == 2


def test_a_refusal_says_what_why_and_what_now(world, connect):
    client = connect(world.pm)
    made = client.create_model(program=world.program.slug, name="Churn")
    client.change_model(made, team="One")
    with pytest.raises(ThroughlineError) as stale:
        client.change_model(made, team="Two")
    assert (stale.value.status, stale.value.kind) == (412, "stale")
    assert stale.value.current["team"] == "One"
    with pytest.raises(ThroughlineError) as wrong:
        client.create_model(program=world.program.slug, name="", colour="red")
    assert "colour" in {reason.field for reason in wrong.value.reasons}
    with pytest.raises(ThroughlineError) as missing:
        client.model("nothing")
    assert missing.value.status == 404


class Stub(http.server.BaseHTTPRequestHandler):
    """Answers what the test laid out, one after the other, and keeps the requests."""

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer()

    def answer(self):
        self.server.seen.append((self.command, self.headers.get("Idempotency-Key")))
        status, body = self.server.answers.pop(0)
        if status is None:
            self.connection.close()
            return
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def stub():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    server.answers, server.seen = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client_of(stub, **more):
    return Throughline(f"http://127.0.0.1:{stub.server_address[1]}", "t", timeout=5, **more)


VERSION = (200, {"version": "1"})


@pytest.mark.parametrize("trouble", [(503, {}), (502, b"<html>"), (429, {}), (None, None)])
def test_passing_trouble_is_tried_again(stub, trouble):
    stub.answers = [trouble, trouble, VERSION]
    assert client_of(stub).version() == "1"
    assert len(stub.seen) == 3


def test_a_post_is_repeated_with_the_same_key(stub):
    answer = {"items": [], "known": 1}
    stub.answers = [(503, {}), (None, None), (201, answer), (201, answer)]
    client = client_of(stub)
    client.attach_evidence(1, [{"kind": "tested", "key": "k"}])
    client.attach_evidence(1, [{"kind": "tested", "key": "k"}])
    keys = [key for _, key in stub.seen]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert all(keys)


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"type": "urn:throughline:problem:failed"}),
        (200, b"<html>Sign in</html>"),
        (302, b""),
        (200, {}),
    ],
)
def test_an_answer_that_is_none_of_throughline_is_unreachable(stub, answer):
    stub.answers = [answer] * 4
    with pytest.raises(Unreachable):
        client_of(stub).me()
    assert len(stub.seen) == 1


def test_nobody_who_listens_is_unreachable(stub):
    with pytest.raises(Unreachable, match="does not answer"):
        Throughline("http://127.0.0.1:9", "t", attempts=2, timeout=2).version()


def test_trouble_that_stays_is_told(stub):
    stub.answers = [(503, {"detail": "The store does not answer."})] * 2
    with pytest.raises(Unreachable, match="store does not answer"):
        client_of(stub, attempts=2).version()


def test_an_address_that_is_none_is_refused():
    for address in ("ftp://example.org", "example.org", "http://"):
        with pytest.raises(ValueError, match="not the address"):
            Throughline(address, "t")


def test_address_and_token_come_from_the_environment(stub, monkeypatch):
    monkeypatch.setenv("THROUGHLINE_SERVER", f"http://127.0.0.1:{stub.server_address[1]}/")
    monkeypatch.setenv("THROUGHLINE_TOKEN", "secret")
    stub.answers = [VERSION]
    assert Throughline().version() == "1"


def test_it_loads_little():
    heavy = ("urllib3", "django", "click", "numpy")
    code = f"import sys, throughline.client; print([m for m in {heavy} if m in sys.modules])"
    ended = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": "src"}, capture_output=True, text=True
    )
    assert ended.stdout.strip() == "[]", ended.stderr


def test_sources_are_put_used_and_their_access_read(world, connect):
    pm, model = connect(world.pm), world.model()
    made = pm.put_source(world.program.slug, "wh-orders", name="Orders", refresh="0 6 * * *", time_zone="UTC")
    assert (made.name, made.external_id, len(made.next_refreshes)) == ("Orders", "wh-orders", 3)
    again = pm.put_source(world.program.slug, "wh-orders", provider="Sales")
    assert (again.id, again.provider, again.version) == (made.id, "Sales", 2)
    (use,) = pm.use_sources(model.pk, [made.id], from_stage="prototype")
    assert pm.sources_of_model(model.pk) == [use]
    assert [one.used_by for one in pm.sources(search="order")] == [1]
    assert pm.source(made.id).used_by == 1
    assert list(pm.access_requests(model_id=model.pk)) == []
    with pytest.raises(ThroughlineError):
        pm.use_sources(model.pk, [made.id], from_stage="prototype")
