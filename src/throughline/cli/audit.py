"""The activity log from the terminal: exported, and verified where there is no server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from throughline.cli.terminal import (
    NOT_PASSED,
    Session,
    fail,
    json_option,
    plain_failures,
    session,
    talk,
    tell_json,
)


@click.group()
def audit() -> None:
    """Export and verify the activity log."""


@audit.command("export")
@click.option("--program", default="", help="Short name; an administrator may leave it out.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@plain_failures
def export(program: str, out: Path) -> None:
    """Write the whole chain to a file, one entry per line."""
    pieces = session().client().export_activity(program=program)
    size = 0
    with out.open("wb") as file:
        for piece in pieces:
            size += file.write(piece)
    talk(f"Wrote {size:,} bytes to {out}.")


@audit.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@plain_failures
def verify(file: Path) -> None:
    """Verify FILE without a server: an export of the log, or of a model's dossier.

    Exits with 1 and names the first bad entry when anything was changed.
    """
    if _is_log(file):
        _verify_log(session(), file)
    else:
        _verify_dossier(session(), file)


def _is_log(file: Path) -> bool:
    """A log has an entry on its first line; a dossier begins an object that goes on, or names its format."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        first = lines.readline(4_000_000).strip()
    return not first or ('"seq"' in first and first.endswith("}") and '"format"' not in first)


def _verify_log(asked: Session, file: Path) -> None:
    from throughline.core.bundles import walk

    chain = walk(_lines(file))
    if asked.is_json:
        found = {
            "entries": chain.entries,
            "head": chain.head,
            "first_bad": chain.first_bad,
            "problem": chain.problem,
        }
        tell_json({"is_whole": chain.is_whole, **found})
    if not chain.is_whole:
        fail(NOT_PASSED, f"Entry {chain.first_bad} is the first bad one. {chain.problem}")
    talk(f"The chain holds: {chain.entries:,} entries, head {chain.head}.")


def _lines(file: Path) -> Iterator[object]:
    from throughline.core.text import parse_json

    with file.open("rb") as lines:
        for line in lines:
            yield parse_json(line, field="file")


def _verify_dossier(asked: Session, file: Path) -> None:
    from throughline.core.bundles import check
    from throughline.core.errors import Refused
    from throughline.core.text import parse_json

    content: Any = parse_json(file.read_bytes(), field="file")
    try:
        checked = check(content)
    except Refused as refusal:
        fail(NOT_PASSED, *(str(reason) for reason in refusal.reasons))
    if asked.is_json:
        counted = {
            "decisions": checked.decisions,
            "entries": checked.entries,
            "problems": list(checked.problems),
        }
        tell_json({"is_whole": not checked.problems, "model": checked.dossier.model.name, **counted})
    if checked.problems:
        fail(NOT_PASSED, *checked.problems)
    name = checked.dossier.model.name
    talk(
        f"The dossier of {name} holds: {checked.decisions} decisions judged again, {checked.entries} entries sealed."
    )
