"""What every command of `throughline-server` shares: how an error is told, and how Django is started."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import click

if TYPE_CHECKING:
    from throughline.project.config import Config

P = ParamSpec("P")


def plain_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Says what is wrong with the installation; anything else is a bug and keeps its traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from throughline.core.errors import Missing, NotAllowed, Refused
        from throughline.project.config import ConfigError
        from throughline.project.startup import CannotStart

        try:
            command(*args, **kwargs)
        except ConfigError as error:
            for problem in error.problems:
                click.echo(f"Error: {problem}", err=True)
            sys.exit(2)
        except Refused as refusal:
            for reason in refusal.reasons:
                click.echo(f"Error: {reason}", err=True)
            sys.exit(1)
        except (CannotStart, NotAllowed, Missing) as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)

    return run


def started() -> "Config":
    """The configuration, with Django ready and the schema that this version needs."""
    from throughline.project import startup

    config = startup.load_config()
    startup.start_django()
    from throughline.project import health

    if health.pending_migrations():
        raise startup.CannotStart("The schema is not up to date. Run throughline-server migrate first.")
    return config
