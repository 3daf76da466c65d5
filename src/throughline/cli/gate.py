"""`gate check`: whether a model passes its gate, with an exit code that a pipeline can rely on."""

import re
import time
from pathlib import Path
from typing import Any

import click

from throughline.cli import terminal
from throughline.cli.terminal import json_option, plain_failures, session, talk
from throughline.core.stages import Stage

SPAN = re.compile(r"(\d{1,6})\s*([smh]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 15.0


class Span(click.ParamType[float]):
    """A span of time such as 90s, 30m or 2h, in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found = SPAN.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(f"“{value}” is not a span of time, such as 90s, 30m or 2h.", param, ctx)
        return float(found[1]) * SECONDS[found[2]]


@click.group()
def gate() -> None:
    """Ask whether a model passes its gate."""


@gate.command("check")
@click.argument("model")
@click.option(
    "--to", type=click.Choice([stage.value for stage in Stage]), help="The stage; the next one, if left out."
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML for your CI.")
@click.option("--explain", is_flag=True, help="Say of each check why it applies and what would satisfy it.")
@click.option(
    "--dossier",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check an exported dossier, without a server.",
)
@click.option(
    "--wait", type=Span(), metavar="SPAN", default="0s", help="Wait this long for approvals: 90s, 30m, 2h."
)
@click.option("--accept-waiver", is_flag=True, help="Exit with 0 instead of 6 when passed by waiver.")
@click.option(
    "--on-unreachable",
    type=click.Choice(["fail", "warn"]),
    default="fail",
    show_default=True,
    help="What to do when the server can't be reached: exit with 4, or warn and exit with 0.",
)
@json_option
@plain_failures
def check(
    model: str,
    to: str | None,
    junit: Path | None,
    explain: bool,
    dossier: Path | None,
    wait: float,
    accept_waiver: bool,
    on_unreachable: str,
) -> None:
    """Check whether MODEL (an id, an external id, or program/external-id) passes its gate.

    \b
    Exit codes:
      0 passed                     4 server unreachable
      1 not passed                 5 waiting for approval
      2 wrong use                  6 passed by waiver
      3 not found or not allowed
    """
    from throughline.cli import report
    from throughline.client.errors import Unreachable

    try:
        found = report.from_file(dossier, model, to) if dossier else _ask(model, to, wait)
    except Unreachable as error:
        if junit:
            junit.write_text(report.junit_unreachable(model, str(error)), encoding="utf-8")
        if on_unreachable == "fail":
            raise
        talk(f"Warning: {error}")
        talk("NOT CHECKED: the server can't be reached, and you chose to go on.")
        return
    code = report.exit_code(found.gate.passing, accepts_waiver=accept_waiver)
    if junit:
        junit.write_text(report.junit(found), encoding="utf-8")
    if session().is_json:
        terminal.tell_json(report.as_json(found, code))
    report.tell(found, is_explaining=explain)
    if code:
        raise SystemExit(code)


def _ask(model: str, to: str | None, wait: float) -> Any:
    """Asks again while nothing but people's answers is outstanding, until the span is over."""
    from throughline.cli.report import Report
    from throughline.client.shapes import WAITING

    client = session().client()
    found = client.model(model)
    until = time.monotonic() + wait
    pause = SHORTEST_PAUSE
    while True:
        gate = client.gate(found.id, to=to)
        if gate.passing != WAITING or time.monotonic() >= until:
            return Report(found.name, gate)
        time.sleep(max(0.0, min(pause, until - time.monotonic())))
        pause = min(LONGEST_PAUSE, pause * 1.5)
