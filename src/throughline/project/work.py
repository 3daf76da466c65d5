"""The commands that set work going: the worker process, and the sample program."""

import click

from throughline.project.terminal import plain_errors, started


def add_to(group: click.Group) -> None:
    for command in (worker,):
        group.add_command(command)


@click.command()
@plain_errors
def worker() -> None:
    """Do the work in the background until Ctrl-C or SIGTERM. Any number may run."""
    started()
    from throughline.worker import loop

    loop.run_until_told()
