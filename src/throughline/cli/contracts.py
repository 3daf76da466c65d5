"""Data contracts from the terminal."""

from collections import Counter
from pathlib import Path

import click

from throughline.cli.contract_tests import test_contract
from throughline.cli.terminal import json_option, plain_failures, session, talk, tell, tell_one

COLUMNS = ("id", "key", "name", "direction", "state", "in_force", "pending", "is_breaking")
OUTCOMES = ("file", "state", "key", "number", "is_breaking", "reasons")
CHANGES = ("weight", "place", "text", "why")
VERSIONS = ("number", "label", "state", "is_breaking", "published_by", "awaited")
NOT_ALL = 1


@click.group()
def contract() -> None:
    """Import, list, show, compare, test and export data contracts."""


@contract.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--program", required=True, help="Short name of the program.")
@click.option("--source", type=int, help="Number of the data source that one FILE is about.")
@click.option("--model", help="The model whose output one FILE is about.")
@json_option
@plain_failures
def import_contracts(files: tuple[Path, ...], program: str, source: int | None, model: str | None) -> None:
    """Import FILES of the Open Data Contract Standard: YAML, JSON, a folder with them, or a zip.

    Each file is accounted for. What is known already stays as it is, so that everything can be sent again. Exit 1 when
    a file was refused.

    \b
    Examples:
      throughline contract import contracts/ --program growth
      throughline contract import scores.odcs.yaml --program growth --model growth/churn
    """
    client = session().client()
    if source is None and model is None:
        found = list(client.import_contracts(program, files))
        tell(found, OUTCOMES)
        counts = Counter(one.state for one in found)
        talk(", ".join(f"{number} {state}" for state, number in counts.items()) + ".")
        if counts["refused"]:
            raise SystemExit(NOT_ALL)
        return
    if len(files) != 1 or not files[0].is_file():
        raise click.UsageError("Give one FILE with --source or --model.")
    model_id = client.model(model).id if model else None
    text = files[0].read_text(encoding="utf-8")
    made = client.import_contract(program, text, source_id=source, model_id=model_id)
    tell_one(made.contract)
    talk(f"Version {made.number} is published." if made.is_new_version else "This content is known already.")


@contract.command("list")
@click.option("--program", required=True, help="Short name of the program.")
@click.option("--state", help="Only in_force, waiting, declined, none or ended.")
@click.option("--breaking", is_flag=True, help="Only those with a breaking version on its way.")
@json_option
@plain_failures
def list_contracts(program: str, state: str | None, breaking: bool) -> None:
    """List the contracts of a program."""
    found = session().client().contracts(program)
    tell((o for o in found if state in (None, o.state) and (o.is_breaking or not breaking)), COLUMNS)


@contract.command("show")
@click.argument("reference")
@json_option
@plain_failures
def show_contract(reference: str) -> None:
    """Show one contract with its versions: by number, by the document's id, or program/id."""
    found = session().client().contract(reference)
    if session().is_json:
        tell_one(found)
        return
    talk(f"{found.name} ({found.key}): {found.state}")
    rows = [
        {
            "number": one.number, "label": one.label, "state": one.state, "is_breaking": one.is_breaking,
            "published_by": one.published_by, "awaited": ", ".join(party.name for party in one.awaited),
        }
        for one in found.versions
    ]  # fmt: skip
    tell(rows, VERSIONS)


@contract.command("compare")
@click.argument("reference")
@click.option("--before", type=click.IntRange(1), help="Number of a version; the one before the newest.")
@click.option("--after", type=click.IntRange(1), help="Number of a version; the newest.")
@json_option
@plain_failures
def compare_contract(reference: str, before: int | None, after: int | None) -> None:
    """Compare two versions of a contract. Exit 1 when going from one to the other breaks something."""
    client = session().client()
    found = client.contract(reference)
    newest = after or found.versions[0].number
    compared = client.compare_contract(found.id, before=before or max(newest - 1, 1), after=newest)
    if session().is_json:
        tell_one(compared)
    else:
        tell(compared.changes, CHANGES)
    if compared.is_breaking:
        raise SystemExit(NOT_ALL)


@contract.command("export")
@click.argument("reference")
@click.option("--version", "number", type=click.IntRange(1), help="Number of a version; the newest.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
@plain_failures
def export_contract(reference: str, number: int | None, to: Path | None) -> None:
    """Write a contract's document as it was imported, sign for sign."""
    client = session().client()
    text = client.export_contract(client.contract(reference).id, number=number)
    if to is None:
        click.echo(text, nl=False)
        return
    to.write_text(text, encoding="utf-8", newline="")
    talk(f"Written to {to}.")


contract.add_command(test_contract)
