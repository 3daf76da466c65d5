"""The commands that set work going: the worker process, and the sample program."""

from datetime import UTC, datetime

import click

from throughline.project.terminal import plain_errors, started


def add_to(group: click.Group) -> None:
    for command in (worker, demo):
        group.add_command(command)


@click.command(short_help="Do the work in the background until told to stop.")
@plain_errors
def worker() -> None:
    """Do the work in the background until Ctrl-C or SIGTERM. Any number may run."""
    started()
    from throughline.worker import loop

    loop.run_until_told()


@click.command(short_help="Make the sample program to look around in.")
@click.option("--remove", is_flag=True, help="Remove the sample program and its invented people.")
@plain_errors
def demo(remove: bool) -> None:
    """Make the sample program: eighteen months of an ML program to look around in."""
    started()
    from throughline.actions.sample import remove_sample
    from throughline.queries import sample
    from throughline.queries.access import system_actor

    actor, now = system_actor("terminal"), datetime.now(UTC)
    if remove:
        gone = remove_sample(actor=actor, now=now)
        click.echo(f"Removed {gone['models']} models and {gone['people']} invented people.")
        return
    from throughline.project.demo import build

    you = sample.first_administrator()
    build(actor=actor, person_id=you.pk if you else None, now=now)
    size = sample.sample_size()
    click.echo(f"Made the sample program: {size['models']} models, {size['people']} invented people.")
    click.echo("Remove it with: throughline-server demo --remove")
