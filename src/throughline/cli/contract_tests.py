"""Contracts are tested against their data from the terminal."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from throughline.cli.terminal import NOT_PASSED, json_option, plain_failures, session, talk, tell, tell_one

if TYPE_CHECKING:
    from throughline.client.contract_shapes import ContractTest, DocumentTest

COLUMNS = ("rule", "outcome", "found", "wanted", "reason")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


@click.command("test")
@click.argument("contract")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV, Parquet or JSON file; then CONTRACT is a document on this machine.",
)
@click.option("--all", "shows_all", is_flag=True, help="Show the rules that held too.")
@click.option(
    "--wait/--no-wait", default=True, help="Wait for the result (the default), or only ask for the test."
)
@json_option
@plain_failures
def test_contract(contract: str, data: Path | None, shows_all: bool, wait: bool) -> None:
    """Test CONTRACT against its data: one that the server knows, by its id or key, or a FILE with --data.

    Exit 0 when every rule held, 1 when one failed or could not be judged.

    \b
    Examples:
      throughline contract test growth/orders
      throughline contract test orders.odcs.yaml --data orders.parquet
    """
    client = session().client()
    if data is not None:
        file = Path(contract)
        if not file.is_file():
            raise click.UsageError(f"With --data, CONTRACT is a file; there is none at {contract}.")
        _tell_result(client.test_document(file, data), shows_all=shows_all)
        return
    started = client.start_contract_test(client.contract(contract).id)
    if not wait:
        tell([started], ("id", "state", "contract_id"))
        return
    result, pause = started, FIRST_PAUSE
    while result.state in ("waiting", "running"):
        talk(f"{result.state}: {result.tables_done} of {result.tables} tables")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        result = client.contract_test(started.id)
    _tell_result(result, shows_all=shows_all)


def _tell_result(result: "ContractTest | DocumentTest", *, shows_all: bool) -> None:
    if session().is_json:
        tell_one(result)
    elif rules := [one for one in result.rules if shows_all or one.outcome != "passed"]:
        tell(rules, COLUMNS)
    talk(result.said or getattr(result, "error", ""))
    if result.outcome != "passed":
        raise click.exceptions.Exit(NOT_PASSED)
