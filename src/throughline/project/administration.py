"""The commands that look after what an installation holds: backup, restore, export, import, the activity log."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from throughline.project.terminal import plain_errors, started

if TYPE_CHECKING:
    from throughline.core.installation import Manifest
    from throughline.project.config import Config

FILE = click.Path(dir_okay=False, path_type=Path)


def add_to(group: click.Group) -> None:
    for command in (backup, restore, export, import_, audit):
        group.add_command(command)


@click.command(short_help="Write everything into one archive, key included.")
@click.argument("path", type=FILE)
@plain_errors
def backup(path: Path) -> None:
    """Write everything, attachments too, into one archive at PATH while the server runs.

    The archive holds the secret key when the installation keeps its own: guard it like the key.
    """
    config = started()
    describe(f"Backed up to {path}", write_archive(config, path, with_key=True))


@click.command(short_help="Write everything but the key into one archive.")
@click.argument("path", type=FILE)
@plain_errors
def export(path: Path) -> None:
    """Write everything but the secret key into one archive at PATH, to move to another database."""
    config = started()
    describe(f"Exported to {path}", write_archive(config, path, with_key=False))


@click.command(short_help="Fill an empty installation from a backup.")
@click.argument("path", type=FILE)
@click.option("--verify", is_flag=True, help="Read everything back, and check database and activity log too.")
@plain_errors
def restore(path: Path, verify: bool) -> None:
    """Fill an empty installation from the archive at PATH, key included."""
    fill(path, with_key=True, verify=verify)


@click.command(name="import", short_help="Fill an empty installation from an export.")
@click.argument("path", type=FILE)
@click.option("--verify", is_flag=True, help="Read everything back, and check database and activity log too.")
@plain_errors
def import_(path: Path, verify: bool) -> None:
    """Fill an empty installation from the archive at PATH, and keep this installation's key."""
    fill(path, with_key=False, verify=verify)


@click.group()
def audit() -> None:
    """Look after the activity log."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@plain_errors
def verify(as_json: bool) -> None:
    """Check the whole log, against the anchor file too; name the first bad entry. Exit 1 when there is one."""
    config = started()
    from throughline.queries import installation

    anchors = installation.anchors(config.audit_anchor_file) if config.audit_anchor_file else {}
    chain = installation.chain(anchors)
    if as_json:
        found = {
            "entries": chain.entries,
            "head": chain.head,
            "first_bad": chain.first_bad,
            "problem": chain.problem,
        }
        click.echo(json.dumps({"is_whole": chain.is_whole, **found, "anchors": len(anchors)}, indent=2))
    elif chain.is_whole:
        click.echo(
            f"The log is whole: {chain.entries} entries, head {chain.head}, {len(anchors)} anchors agree."
        )
    else:
        click.echo(f"Error: {chain.problem} The first bad entry is {chain.first_bad}.", err=True)
    if not chain.is_whole:
        sys.exit(1)


def write_archive(config: "Config", path: Path, *, with_key: bool) -> "Manifest":
    from throughline.project import archive

    key = config.secret_key_path if with_key and not config.secret_key else None
    return archive.write(path, attachments=config.data_dir / "attachments", key=key, now=datetime.now(UTC))


def fill(path: Path, *, with_key: bool, verify: bool) -> None:
    """A fresh installation has no tables yet, so they are made first."""
    from throughline.project import startup

    config = startup.load_config()
    startup.start_django()
    startup.migrate(config)
    from throughline.project import archive
    from throughline.queries import installation
    from throughline.queries.access import system_actor

    key = config.secret_key_path if with_key and not config.secret_key else None
    manifest = archive.read(
        path, actor=system_actor("terminal"), attachments=config.data_dir / "attachments", key=key
    )
    describe(f"{'Restored' if with_key else 'Imported'} from {path}", manifest)
    if verify:
        anchors = installation.anchors(config.audit_anchor_file) if config.audit_anchor_file else {}
        wrong = archive.problems(manifest, anchors)
        for problem in wrong:
            click.echo(f"Error: {problem}", err=True)
        if wrong:
            sys.exit(1)
        click.echo("Verified: content, database and activity log are as they were.")


def describe(what: str, manifest: "Manifest") -> None:
    click.echo(f"{what}: {sum(manifest.counts.values())} rows in {len(manifest.counts)} tables.")
    click.echo(f"Made {manifest.made_at}; content {manifest.content_hash}")
