"""Compliance reviews from the terminal."""

from typing import TYPE_CHECKING

import click

from throughline.cli.terminal import json_option, plain_failures, session, tell

if TYPE_CHECKING:
    from throughline.client.data_shapes import ComplianceReview

COLUMNS = ("id", "model", "kind", "standing", "reviewer", "due_on", "valid_until", "open", "grave")


@click.group()
def compliance() -> None:
    """Show compliance reviews and what they found."""


@compliance.command("list")
@click.option("--program", default="", help="Only of this program.")
@click.option("--model", default="", help="Only of this model.")
@click.option("--kind", default="", help="Only of this kind: privacy, security, legal, …")
@click.option(
    "--standing", default="", help="Only what stands so: blocked, expired, ending, asked, open, valid, …"
)
@json_option
@plain_failures
def list_reviews(program: str, model: str, kind: str, standing: str) -> None:
    """List compliance reviews, the newest first.

    \b
    Example: throughline compliance list --kind privacy --standing blocked
    """
    client = session().client()
    model_id = client.model(model).id if model else None
    found = client.compliance_reviews(program=program, kind=kind, model_id=model_id)
    shown = [one for one in found if one.standing == standing or not standing]
    shown = [one for one in shown if one.kind == kind or not kind]
    tell(shown if session().is_json else [_row(one) for one in shown], COLUMNS)


def _row(one: "ComplianceReview") -> dict[str, object]:
    left = [finding for finding in one.findings if finding.state == "open"]
    grave = [finding for finding in left if finding.severity in ("high", "critical")]
    kept = {name: getattr(one, name) for name in COLUMNS if name not in ("open", "grave")}
    return {**kept, "open": len(left), "grave": len(grave)}
