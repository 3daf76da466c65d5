"""The command `throughline-server`, with which the people who run an installation look after it."""

import gc
import json
import os
import sys
from datetime import UTC, datetime

import click

from throughline import __version__
from throughline.project import administration, entrance, work
from throughline.project.terminal import plain_errors


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Administer an installation of Throughline on this machine."""


@main.command()
@click.option("--no-worker", is_flag=True, help="Serve the pages only; run `worker` elsewhere.")
@plain_errors
def up(no_worker: bool) -> None:
    """Prepare the installation and serve it until Ctrl-C or SIGTERM."""
    from throughline.project import serving, startup

    # Nothing that is loaded at the start is garbage; looking for cycles in it takes a seventh of the time.
    gc.disable()
    config = startup.load_config()
    startup.require_free_address(config)
    serving.share_metrics(config.data_dir / "metrics")
    startup.start_django()
    startup.refuse_undeclared()
    startup.migrate(config)
    startup.collect_static(config)
    click.echo(f"Throughline serves at {config.base_url}  (stop with Ctrl-C)")
    link = entrance.first_link(datetime.now(UTC))
    if link:
        click.echo(f"\n  Sign in here, once:  {link}\n")
    serving.serve(config, with_worker=not no_worker)
    click.echo("Stopped.")


@main.command()
@plain_errors
def migrate() -> None:
    """Bring the database schema up to date."""
    from throughline.project import startup

    config = startup.load_config()
    startup.start_django()
    done = startup.migrate(config)
    for name in done:
        click.echo(f"ran {name}")
    click.echo(f"The schema is up to date; {len(done)} migrations were run.")


@main.command(short_help="Print every setting and where it came from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@plain_errors
def config(as_json: bool) -> None:
    """Print every setting and where its value came from, secrets masked."""
    from throughline.project import config as configuration

    rows = configuration.find(os.environ)
    if as_json:
        click.echo(json.dumps({row.name: {"value": row.shown, "from": row.origin} for row in rows}, indent=2))
    else:
        width = max(len(row.name) for row in rows)
        for row in rows:
            click.echo(f"{row.name:<{width}}  {row.shown or '(empty)'}  [{row.origin}]")
    for sentence in configuration.unknown_names(os.environ):
        click.echo(f"Warning: {sentence}", err=True)
    configuration.load()


@main.command(short_help="Look for what is wrong, and what to do about it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@plain_errors
def doctor(as_json: bool) -> None:
    """Look for what is wrong, say why it matters and what to do now. Exit 1 when something is."""
    from throughline.project import diagnosis, startup

    config = startup.load_config()
    startup.start_django()
    findings = diagnosis.examine(config)
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(finding.as_text())
    if any(not finding.is_good for finding in findings):
        sys.exit(1)


administration.add_to(main)
entrance.add_to(main)
work.add_to(main)

if __name__ == "__main__":
    main()
