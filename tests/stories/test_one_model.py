"""One model from conception to retirement, through the browser, on evidence from a real MLflow server and on a data
contract that is really executed.

On the way every refusal is met: missing evidence, stale evidence, one's own approval, an expired waiver, a lost race.
At the end an auditor's export is checked without the server.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import time_machine
from click.testing import CliRunner
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from tests.make import World
from tests.mlflow_server import MLflowServer, Registered
from tests.stories.walk import Walker, work_off_the_jobs
from throughline.actions.tokens import create_token
from throughline.cli.main import cli as throughline
from throughline.core.people import Role
from throughline.core.permissions import AccessRole
from throughline.queries.access import actor_for
from throughline.records.contracts import ContractTest
from throughline.records.evidence import Evidence
from throughline.records.moves import Decision, Move
from throughline.records.portfolio import MLModel

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.browser,
    pytest.mark.mlflow,
    pytest.mark.slow,
]

CHECKS: dict[str, list[object]] = {
    "conception_to_prototype": ["model.need_described", "planning.feasibility_is_go"],
    "prototype_to_production_ready": [
        {"id": "quality.auc", "measured": {"key": "metric.val_auc", "at_least": 0.9, "max_age_days": 30}},
        {
            "id": "reviews.peer_review_held",
            "asks": "Was the peer review held, and its findings settled?",
            "sign_off": {"by": ["data_scientist"], "covers": ["evidence.metric.val_auc"]},
        },
    ],
    "production_ready_to_deployment": [
        "readiness.release_named",
        "outputs.accepted",
        {"id": "data.contracts", "check": "quality.results_passed", "with": {"prefix": "contract."}},
        {
            "id": "readiness.privacy_review_closed",
            "asks": "Is the privacy review closed?",
            "sign_off": {"by": ["analyst"]},
            "waivable_by": ["leader"],
        },
    ],
    "deployment_to_production": [
        {"id": "operation.settled", "check": "operation.time_in_stage_served", "with": {"at_least_days": 3}}
    ],
    "deprecation_to_retired": [
        {
            "id": "farewell.users_released",
            "asks": "Has every user been released?",
            "sign_off": {"by": ["program_manager", "stakeholder"]},
        }
    ],
}


CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: Orders of the shop
version: 1.0.0
status: active
servers:
  - {server: lake, type: local, path: orders.parquet, format: parquet}
schema:
  - name: orders
    properties:
      - {name: order_id, logicalType: integer, required: true, unique: true}
      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0}}
"""


def write_orders(folder: Path, *, lowest: int) -> None:
    """Two hundred orders in a Parquet file; the lowest of them amounts to so much."""
    duckdb.sql(
        f"copy (select i as order_id, ({lowest} + i)::double as amount from range(200) as t(i)) "
        f"to '{folder / 'orders.parquet'}' (format parquet)"
    )


class Story:
    """The people, the model, and what each of them does at their browser."""

    def __init__(self, site: str, open_page: Callable[..., Any], clock: Any) -> None:
        self.site, self.clock = site, clock
        self.version = ""
        self.world = World(now=timezone.now())
        self.world.policy(CHECKS)
        self.sam = self.world.person("Sam")
        self.world.member(self.sam, AccessRole.MEMBER)
        self.ana = Walker(site, self.world.pm, open_page)
        self.li = Walker(site, self.world.leader, open_page)
        self.scientist = Walker(site, self.sam, open_page)

    def days_pass(self, days: float) -> None:
        self.clock.shift(timedelta(days=days))
        self.world.now = timezone.now()
        for walker in (self.ana, self.li, self.scientist):
            walker.sign_in()

    @property
    def model(self) -> MLModel:
        return MLModel.objects.get(program=self.world.program)

    @property
    def move(self) -> Move:
        return Move.objects.filter(model=self.model).latest("pk")

    def conceive(self) -> None:
        self.ana.goes_to("/models/new").chooses("program", self.world.program.slug)
        self.ana.fills(
            name="Churn", summary="Scores each customer's risk of leaving, for the retention desk."
        )
        self.ana.presses("Add it")
        self.ana.reads("Churn is in the record.")
        for person, duty in (
            (self.world.pm, Role.PROGRAM_MANAGER), (self.world.leader, Role.LEADER), (self.sam, Role.DATA_SCIENTIST)
        ):  # fmt: skip
            self.world.assign(person, duty, self.model)

    def ask(self, kind: str = "advance") -> None:
        self.ana.goes_to(f"/models/{self.model.pk}/move?kind={kind}").fills(reason="It is time.")
        self.ana.presses("Ask for the move")
        self.ana.reads("The move is asked for.")

    def approve(self) -> None:
        self.li.goes_to(f"/moves/{self.move.pk}").presses("Approve")
        self.li.reads("the model has moved")

    def refuses_to_approve(self, why: str) -> None:
        self.li.goes_to(f"/moves/{self.move.pk}").reads(why)
        assert self.li.page.get_by_role("button", name="Approve").get_attribute("aria-disabled") == "true"

    def calls(self, *arguments: str) -> None:
        """What Ana types on a terminal, with a token of hers."""
        now = timezone.now()
        actor = actor_for(self.world.pm, door="web", now=now)
        _, token = create_token(
            actor=actor, name="terminal", scopes=("read", "evidence"), expires_at=now + timedelta(days=1), now=now
        )  # fmt: skip
        given = {"THROUGHLINE_SERVER": self.site, "THROUGHLINE_TOKEN": token}
        ended = CliRunner(env=given).invoke(throughline, arguments)
        assert ended.exit_code == 0, ended.output

    def advance(self, kind: str = "advance") -> None:
        self.ask(kind)
        self.approve()


@pytest.fixture
def story(site: str, open_page: Callable[..., Any]) -> Any:
    with time_machine.travel(timezone.now(), tick=True) as clock:
        yield Story(site, open_page, clock)


def test_from_conception_to_retirement(
    story: Story,
    mlflow_server: MLflowServer,
    registered_model: Registered,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.ALLOW_HOSTS = frozenset({mlflow_server.host_port})
    settings.DATA_FOLDERS = (tmp_path.resolve(),)
    story.conceive()
    nobody_moves_without_a_feasibility_analysis(story)
    nobody_approves_their_own_move(story)
    story.approve()
    evidence_comes_from_mlflow(story, mlflow_server, registered_model)
    evidence_goes_stale_and_is_fetched_again(story)
    the_contract_is_broken_and_then_kept(story, tmp_path)
    the_output_is_accepted(story)
    a_waiver_expires_and_is_asked_for_again(story)
    two_people_decide_and_one_is_told(story)
    first_runs_take_their_days(story)
    users_are_released_and_the_model_retires(story)
    the_auditor_checks_the_export(story, tmp_path)


def nobody_moves_without_a_feasibility_analysis(story: Story) -> None:
    story.ask()
    story.refuses_to_approve("No feasibility analysis is recorded")
    ana = story.ana.goes_to(f"/models/{story.model.pk}/feasibility")
    for name in ("value", "feasibility", "data_readiness", "risk", "effort"):
        ana.page.locator(f"[name={name}][value='4']").check()
    ana.page.locator("[name=is_go][value=yes]").check()
    ana.fills(reason="The desk can act on a score.").presses("Record it")
    ana.reads("The analysis is recorded.")


def nobody_approves_their_own_move(story: Story) -> None:
    story.ana.goes_to(f"/moves/{story.move.pk}").reads("You asked for this move yourself")
    assert story.ana.page.get_by_role("button", name="Approve").get_attribute("aria-disabled") == "true"


def evidence_comes_from_mlflow(story: Story, server: MLflowServer, registered: Registered) -> None:
    story.ask()
    story.refuses_to_approve("No evidence with the key metric.val_auc")
    ana = story.ana.goes_to("/connections/new?kind=mlflow").chooses("program", story.world.program.slug)
    ana.fills(name="Registry", base_url=server.url).presses("Connect it")
    ana.reads("is connected")
    ana.follows("Link models")
    ana.page.get_by_role("link", name=f"Link {registered.name}").click()
    ana.chooses("model", str(story.model.pk)).presses("Link it")
    ana.reads("is linked")
    ana.presses("Collect now").reads("It is being asked.")
    work_off_the_jobs()
    ana.goes_to(f"/models/{story.model.pk}?tab=evidence").reads("metric.val_auc")
    story.version = f"{registered.name} version 2"
    ana.reads(story.version)
    scientist = story.scientist.goes_to(f"/models/{story.model.pk}/sign-off?check=reviews.peer_review_held")
    scientist.fills(reason="Held on Monday; two findings, both settled.", link="https://example.org/review")
    scientist.presses("Sign off").reads("Signed.")


def evidence_goes_stale_and_is_fetched_again(story: Story) -> None:
    story.days_pass(31)
    story.refuses_to_approve("no longer holds")
    story.world.measure(story.model, "metric.val_auc", 0.97, subject=story.version, detail={"version": "2"})
    story.scientist.goes_to(f"/models/{story.model.pk}").reads("evidence of metric.val_auc")
    signing = story.scientist.goes_to(f"/models/{story.model.pk}/sign-off?check=reviews.peer_review_held")
    signing.fills(reason="Looked again at the new figure.", link="https://example.org/review").presses(
        "Sign off"
    )
    signing.reads("Signed.")
    story.approve()


def the_contract_is_broken_and_then_kept(story: Story, lake: Path) -> None:
    """Throughline itself executes it: once from its page, once as a pipeline would, from the terminal."""
    source = story.world.source("Orders", story.model)
    ana = story.ana.goes_to(f"/models/{story.model.pk}/releases/new")
    ana.fills(name="1.0", subject=story.version).presses("Plan it").reads("The release is planned.")
    story.ask()
    ana.goes_to(f"/contracts/new?program={story.world.program.slug}").chooses("about", f"source-{source.pk}")
    ana.fills(text=CONTRACT).presses("Import").reads("Version 1.0.0 of Orders of the shop is published.")
    write_orders(lake, lowest=-1)
    ana.presses("Test now").reads("It waits for the worker")
    work_off_the_jobs()
    story.refuses_to_approve("orders.amount.minimum")
    write_orders(lake, lowest=0)
    story.calls("contract", "test", f"{story.world.program.slug}/orders", "--no-wait")
    work_off_the_jobs()
    kept = Evidence.objects.filter(model=story.model, key="contract.orders").order_by("pk")
    assert [(one.outcome, one.source, one.subject) for one in kept] == [
        (outcome, "throughline", "Orders of the shop 1.0.0") for outcome in ("failed", "passed")
    ]
    assert list(ContractTest.objects.order_by("pk").values_list("rows", "failed")) == [(200, 1), (200, 0)]


def the_output_is_accepted(story: Story) -> None:
    story.refuses_to_approve("No output for acceptance has been shown.")
    assert (
        story.li.page.get_by_text("orders.amount.minimum").count() == 0
    )  # what the contract lacked is mended
    ana = story.ana.goes_to(f"/models/{story.model.pk}/stakeholders/new").chooses("part", "approver")
    ana.fills(name="Li", email=str(story.world.leader.email)).presses("Add")
    ana.reads("Li is a stakeholder of Churn.")
    ana.goes_to(f"/models/{story.model.pk}/outputs/new").fills(title="Week 9", link="https://example.org/9")
    ana.page.locator("[name=purpose][value=acceptance]").check()
    ana.page.get_by_label("Li (approver)").check()
    ana.presses("Share and ask").reads("It is shared, and those you chose are asked.")
    story.refuses_to_approve("waits for the answer of Li")
    ana.goes_to(f"/outputs/{story.model.outputs.get().pk}")
    assert ana.page.get_by_role("button", name="Approve").count() == 0
    story.li.goes_to(f"/outputs/{story.model.outputs.get().pk}").presses("Approve")
    story.li.reads("You approved it.")


def a_waiver_expires_and_is_asked_for_again(story: Story) -> None:
    story.refuses_to_approve("Nobody has signed this off")
    for _ in range(2):
        until = (timezone.now() + timedelta(days=5)).date().isoformat()
        ana = story.ana.goes_to(
            f"/models/{story.model.pk}/waiver?check=readiness.privacy_review_closed&gate=production_ready_to_deployment"
        )
        ana.fills(reason="The reviewer is back on Friday.", until=until).presses("Ask for it")
        ana.reads("The waiver is asked for.")
        waiver = story.model.waivers.latest("pk")
        story.li.goes_to(f"/waivers/{waiver.pk}").fills(reason="Until then at the latest.").presses("Grant")
        story.li.reads("The waiver is granted.")
        story.li.goes_to(f"/moves/{story.move.pk}")
        assert story.li.page.get_by_role("button", name="Approve").get_attribute("aria-disabled") is None
        if story.model.waivers.count() == 1:
            story.days_pass(7)
            story.refuses_to_approve("The gate is closed")


def two_people_decide_and_one_is_told(story: Story) -> None:
    kim = story.world.person("Kim")
    story.world.assign(kim, Role.LEADER, story.model)
    second = Walker(story.site, kim, story.ana.open_page)
    second.goes_to(f"/moves/{story.move.pk}")
    story.approve()
    second.presses("Approve")
    second.reads("approved meanwhile")


def first_runs_take_their_days(story: Story) -> None:
    story.ask()
    story.refuses_to_approve("of 3 days have passed")
    story.days_pass(4)
    story.approve()
    assert story.model.stage == "production"
    assert story.model.releases.get().state == "released"


def users_are_released_and_the_model_retires(story: Story) -> None:
    story.advance("deprecate")
    story.ask("retire")
    story.refuses_to_approve("Nobody has signed this off")
    ana = story.ana.goes_to(f"/models/{story.model.pk}/sign-off?check=farewell.users_released")
    ana.fills(reason="The desk moved to the new score.", link="https://example.org/note").presses("Sign off")
    ana.reads("Signed.")
    story.approve()
    assert (story.model.stage, story.model.standing) == ("deprecation", "retired")
    assert Decision.objects.filter(model=story.model, outcome="approved").count() == 6


def the_auditor_checks_the_export(story: Story, folder: Path) -> None:
    auditor = story.world.person("Otto")
    story.world.member(auditor, AccessRole.AUDITOR)
    client = Client()
    client.force_login(auditor)
    reply = client.get(f"/models/{story.model.pk}/activity.ndjson")
    assert reply.status_code == 200
    export = folder / "history.jsonl"
    export.write_bytes(b"".join(reply) if reply.streaming else reply.content)
    checked = CliRunner().invoke(throughline, ["audit", "verify", str(export)])
    assert checked.exit_code == 0, checked.output
    lines = export.read_text().splitlines()
    target = next(n for n, line in enumerate(lines) if "move.decided" in line)
    export.write_text("\n".join([*lines[:target], lines[target].replace("Li", "Eve"), *lines[target + 1 :]]))
    forged = CliRunner().invoke(throughline, ["audit", "verify", str(export)])
    assert forged.exit_code == 1, forged.output
