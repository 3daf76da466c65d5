"""Models from the terminal."""

import click

from throughline.cli.terminal import json_option, plain_failures, session, tell, tell_one
from throughline.core.stages import Stage, Standing

COLUMNS = ("id", "program", "name", "stage", "standing", "risk_tier", "team", "external_id")
STAGES = click.Choice([stage.value for stage in Stage])


@click.group()
def models() -> None:
    """List, show and create models."""


@models.command("list")
@click.option("--program", default="", help="Short name of a program.")
@click.option("--search", default="", help="Words in name, summary, external id or team.")
@click.option("--stage", multiple=True, type=STAGES, help="May be given several times.")
@click.option("--standing", multiple=True, type=click.Choice([standing.value for standing in Standing]))
@click.option("--tier", multiple=True, type=click.Choice(["low", "medium", "high", "none"]))
@click.option("--team", multiple=True)
@click.option("--sort", type=click.Choice(["name", "-name", "age", "-age", "changed", "id"]), default="name")
@click.option("--limit", type=click.IntRange(1), help="Stop after so many; all, if it is left out.")
@json_option
@plain_failures
def list_models(
    program: str,
    search: str,
    stage: tuple[str, ...],
    standing: tuple[str, ...],
    tier: tuple[str, ...],
    team: tuple[str, ...],
    sort: str,
    limit: int | None,
) -> None:
    """List the models that you may see.

    \b
    Example: throughline models list --stage prototype --tier high --json
    """
    from itertools import islice

    found = (
        session()
        .client()
        .models(
            program=program, search=search, stage=stage, standing=standing, tier=tier, team=team, sort=sort
        )
    )
    tell(islice(found, limit), COLUMNS)


@models.command("show")
@click.argument("model")
@json_option
@plain_failures
def show_model(model: str) -> None:
    """Show one MODEL: an id, an external id, or program/external-id."""
    tell_one(session().client().model(model))


@models.command("create")
@click.option("--program", required=True, help="Short name of the program.")
@click.option("--name", required=True)
@click.option("--external-id", help="Your own key; if a model has it already, that one is changed.")
@click.option("--summary", help="What it is for.")
@click.option("--tier", type=click.Choice(["low", "medium", "high"]))
@click.option("--scoring", type=click.Choice(["batch", "real_time"]))
@click.option("--team")
@click.option("--unit")
@json_option
@plain_failures
def create_model(
    program: str, name: str, external_id: str | None, tier: str | None, **fields: str | None
) -> None:
    """Create a model at conception.

    \b
    Example: throughline models create --program growth --name "Churn scorer" --external-id churn
    """
    given = {field: value for field, value in {**fields, "risk_tier": tier}.items() if value is not None}
    client = session().client()
    if external_id:
        tell_one(client.put_model(program, external_id, name=name, **given))
    else:
        tell_one(client.create_model(program=program, name=name, **given))
