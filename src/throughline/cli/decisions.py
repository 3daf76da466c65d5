"""Decisions from the terminal, and the sealed dossier of a model."""

from datetime import datetime
from pathlib import Path

import click

from throughline.cli.terminal import json_option, plain_failures, session, talk, tell, tell_json

COLUMNS = ("id", "decided_at", "outcome", "kind", "from_place", "to_place", "decider_names", "policy_label")


@click.group()
def decisions() -> None:
    """List decisions, export a model's dossier."""


@decisions.command("list")
@click.argument("model")
@json_option
@plain_failures
def list_decisions(model: str) -> None:
    """List what was decided about MODEL, newest first."""
    client = session().client()
    tell(client.decisions(client.model(model).id), COLUMNS)


@decisions.command("export")
@click.argument("model")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="A file; stdout, if it is left out."
)
@click.option("--as-of", help="As it was known at this instant, such as 2026-03-02T09:30:00Z.")
@plain_failures
def export(model: str, out: Path | None, as_of: str | None) -> None:
    """Export the sealed dossier of MODEL: facts, policy, verdict, every decision, and its entries of the log.

    \b
    Check it anywhere, without a server:
      throughline audit verify FILE
      throughline gate check MODEL --dossier FILE
    """
    client = session().client()
    found = client.model(model)
    bundle = client.dossier(found.id, as_of=_instant(as_of))
    if out is None:
        tell_json(bundle)
        return
    import json

    out.write_text(json.dumps(bundle, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    talk(f"Exported {found.name} to {out}.")


def _instant(text: str | None) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise click.UsageError(f"“{text}” is not an instant, such as 2026-03-02T09:30:00Z.") from None
    if instant is not None and instant.tzinfo is None:
        raise click.UsageError("An instant needs its offset: end it with Z for UTC.")
    return instant
