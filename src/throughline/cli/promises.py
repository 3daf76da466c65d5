"""Promises from the terminal."""

from typing import TYPE_CHECKING

import click

from throughline.cli.terminal import json_option, plain_failures, session, tell

if TYPE_CHECKING:
    from throughline.client.shapes import Promise

COLUMNS = ("id", "kind", "state", "due_on", "slip_days", "untold", "disputed", "reason")


@click.command()
@click.argument("model")
@click.option("--live", is_flag=True, help="Only those that still stand.")
@json_option
@plain_failures
def promises(model: str, live: bool) -> None:
    """Show what was promised about MODEL, and what each promise is worth on the facts as they stand.

    \b
    Example: throughline promises growth/churn --live --json
    """
    client = session().client()
    found = client.promises(client.model(model).id)
    shown = [one for one in found if one.is_live or not live]
    tell(shown if session().is_json else [_row(one) for one in shown], COLUMNS)


def _row(one: "Promise") -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state,
        "due_on": one.versions[-1].due_on,
        "slip_days": one.slip_days,
        "untold": ", ".join(who.name for who in one.recipients if who.is_untold),
        "disputed": ", ".join(who.name for who in one.recipients if who.answer == "disputed"),
        "reason": one.reason,
    }
