"""Moves from the terminal."""

import click

from throughline.cli.terminal import json_option, plain_failures, session, tell, tell_one
from throughline.core.stages import MoveKind, Stage

COLUMNS = ("id", "program", "model", "kind", "from_stage", "to_stage", "state", "passing", "requester_name")


@click.group()
def moves() -> None:
    """Ask for moves, list and decide them."""


@moves.command("request")
@click.argument("model")
@click.argument("kind", type=click.Choice([kind.value for kind in MoveKind]))
@click.option(
    "--to",
    type=click.Choice([stage.value for stage in Stage]),
    help="Where the kind leads to several stages.",
)
@click.option("--reason", required=True)
@json_option
@plain_failures
def request_move(model: str, kind: str, to: str | None, reason: str) -> None:
    """Ask for a move of MODEL.

    \b
    Example: throughline moves request growth/churn advance --reason "The prototype holds."
    """
    client = session().client()
    tell_one(client.request_move(client.model(model).id, kind, reason=reason, to_stage=to))


@moves.command("list")
@click.option("--state", type=click.Choice(["open", "approved", "declined", "withdrawn"]), default=None)
@click.option("--model", default="", help="Only moves of this model.")
@json_option
@plain_failures
def list_moves(state: str | None, model: str) -> None:
    """List moves, newest first."""
    client = session().client()
    model_id = client.model(model).id if model else None
    tell(client.moves(state=state or "", model_id=model_id), COLUMNS)


@moves.command("decide")
@click.argument("move", type=click.IntRange(1))
@click.option("--approve/--decline", "approve", required=True, default=None)
@click.option("--reason", default="", help="Needed to decline.")
@json_option
@plain_failures
def decide_move(move: int, approve: bool, reason: str) -> None:
    """Approve or decline the MOVE with this number."""
    tell_one(session().client().decide_move(move, approve=approve, reason=reason))
