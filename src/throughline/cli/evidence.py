"""Evidence from the terminal."""

import math
from pathlib import Path

import click

from throughline.cli.terminal import json_option, plain_failures, session, talk, tell

COLUMNS = ("id", "kind", "key", "value", "outcome", "subject", "source", "observed_at")
KINDS = ("measured", "tested", "reviewed", "signed")


@click.group()
def evidence() -> None:
    """Attach evidence to a model, and list it."""


@evidence.command("attach")
@click.argument("model")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", default="", help="What a report FILE is about: “unit” makes tests.unit.")
@click.option("--key", help="What was observed, as policies name it, such as metric.val_auc.")
@click.option("--value", type=float, help="A finite number.")
@click.option("--outcome", type=click.Choice(["passed", "failed", "unknown"]))
@click.option("--kind", type=click.Choice(KINDS), help="Measured when there is a value, else tested.")
@click.option("--subject", help="What it was observed on, such as a registered version.")
@click.option("--source", help="The tool that brings it.")
@click.option("--source-ref", help="Where the tool keeps it; stays the same when it is sent again.")
@click.option("--unit")
@click.option("--summary")
@click.option("--link", help="An http(s) address where people can look.")
@click.option("--observed-at", help="An instant with its offset, such as 2026-03-02T09:30:00Z.")
@json_option
@plain_failures
def attach(model: str, file: Path | None, label: str, **fields: object) -> None:
    """Attach a report FILE (JUnit XML, dbt run_results.json, datacontract-cli result), or one fact, to MODEL.

    \b
    Examples:
      throughline evidence attach 17 report.xml --label unit
      throughline evidence attach growth/churn --key metric.val_auc --value 0.87 --subject "churn version 2"
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if (file is None) == ("key" not in given):
        raise click.UsageError("Give either a FILE, or --key with --value or --outcome.")
    client = session().client()
    found = client.model(model)
    if file is not None:
        if given:
            raise click.UsageError(
                f"A FILE brings its own facts; leave out --{min(given).replace('_', '-')}."
            )
        attached = client.attach_report(found.id, file, label=label)
    else:
        kind = "measured" if "value" in given else "tested"
        attached = client.attach_evidence(found.id, [{"kind": kind, "source": "cli", **_checked(given)}])
    tell(attached.items, COLUMNS)
    already = f", {attached.known} known already" if attached.known else ""
    talk(f"{len(attached.items)} attached to {found.name}{already}.")


@evidence.command("list")
@click.argument("model")
@click.option("--key", default="", help="Only what was observed under this key.")
@json_option
@plain_failures
def list_evidence(model: str, key: str) -> None:
    """List the evidence of MODEL, the newest observation first."""
    client = session().client()
    tell(client.evidence(client.model(model).id, key=key), COLUMNS)


def _checked(given: dict[str, object]) -> dict[str, object]:
    value = given.get("value")
    if isinstance(value, float) and (not math.isfinite(value)):
        raise click.UsageError("--value must be a finite number; say in --summary what happened.")
    return given
