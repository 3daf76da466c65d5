"""Data sources and requests for access from the terminal."""

from itertools import islice

import click

from throughline.cli.terminal import json_option, plain_failures, session, tell, tell_one

SOURCE_COLUMNS = (
    "id", "name", "program", "provider", "owner", "sensitivity", "automation", "is_supported", "used_by",
)  # fmt: skip
ACCESS_COLUMNS = ("id", "model", "source", "standing", "sent_to", "due_on", "granted_until")


@click.group()
def source() -> None:
    """List and show data sources."""


@source.command("list")
@click.option("--program", default="", metavar="SLUG", help="Only those of one program.")
@click.option("--search", default="", metavar="WORDS", help="Words in name, provider or systems.")
@click.option("--automation", type=click.Choice(["manual", "scripted", "scheduled", "unknown"]), default=None)
@click.option("--support", type=click.Choice(["yes", "no", "unknown"]), default=None)
@click.option("--limit", type=click.IntRange(1), default=1_000, show_default=True)
@json_option
@plain_failures
def list_sources(program: str, search: str, automation: str | None, support: str | None, limit: int) -> None:
    """List data sources.

    \b
    Example: throughline source list --program growth --support no
    """
    found = session().client().sources(
        program=program, search=search, automation=automation or "", support=support or ""
    )  # fmt: skip
    tell(list(islice(found, limit)), SOURCE_COLUMNS)


@source.command("show")
@click.argument("source_id", type=click.IntRange(1), metavar="ID")
@json_option
@plain_failures
def show_source(source_id: int) -> None:
    """Show one data source, with the next instants at which fresh data is expected.

    \b
    Example: throughline source show 12 --json
    """
    tell_one(session().client().source(source_id))


@click.group()
def access() -> None:
    """List requests for access to data."""


@access.command("list")
@click.option("--program", default="", metavar="SLUG", help="Only those of one program.")
@click.option("--model", default="", metavar="MODEL", help="Only those of one model.")
@click.option(
    "--state", type=click.Choice(["asked", "granted", "refused", "withdrawn", "revoked"]), default=None
)
@click.option("--overdue", is_flag=True, help="Only those whose answer is overdue.")
@click.option("--limit", type=click.IntRange(1), default=1_000, show_default=True)
@json_option
@plain_failures
def list_access(program: str, model: str, state: str | None, overdue: bool, limit: int) -> None:
    """List who was asked for access to what, and what came of it.

    \b
    Example: throughline access list --program growth --overdue
    """
    client = session().client()
    model_id = client.model(model).id if model else None
    found = client.access_requests(program=program, model_id=model_id, state=state or "", overdue=overdue)
    tell(list(islice(found, limit)), ACCESS_COLUMNS)
