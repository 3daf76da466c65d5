"""The remote control, `throughline`: speaks to a server over HTTP, and loads each command when it is called."""

from importlib import import_module

import click

from throughline.cli.terminal import Session, json_option

COMMANDS = {
    "gate": ("throughline.cli.gate:gate", "Ask whether a model passes its gate."),
    "models": ("throughline.cli.portfolio:models", "List, show and create models."),
    "evidence": ("throughline.cli.evidence:evidence", "Attach evidence to a model."),
    "moves": ("throughline.cli.moves:moves", "Ask for moves, list and decide them."),
    "decisions": ("throughline.cli.decisions:decisions", "List decisions, export a model's dossier."),
    "promises": (
        "throughline.cli.promises:promises",
        "Show what was promised about a model, and how it holds.",
    ),
    "source": ("throughline.cli.sources:source", "List and show data sources."),
    "access": ("throughline.cli.sources:access", "List requests for access to data."),
    "compliance": ("throughline.cli.compliance:compliance", "List compliance reviews and their findings."),
    "contract": (
        "throughline.cli.contracts:contract",
        "Import, list, show, compare, test and export data contracts.",
    ),
    "audit": ("throughline.cli.audit:audit", "Export and verify the activity log."),
    "completion": ("throughline.cli.completion:completion", "Print the completion script of a shell."),
}


class Lazy(click.Group):
    """Knows its commands by name, and loads one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - given by click
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = getattr(import_module(module), name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


def show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"throughline {version('throughline')}")
        context.exit()


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--server",
    envvar="THROUGHLINE_SERVER",
    metavar="URL",
    help="Address of the server. [env: THROUGHLINE_SERVER]",
)
@click.option(
    "--token", envvar="THROUGHLINE_TOKEN", metavar="TOKEN", help="Your token. [env: THROUGHLINE_TOKEN]"
)
@json_option
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Print the version.",
)
@click.pass_context
def cli(context: click.Context, server: str | None, token: str | None) -> None:
    """Throughline: every promise about a model, backed by evidence.

    Data go to stdout, talk to stderr.

    \b
    Examples:
      throughline models list --stage prototype
      throughline evidence attach 17 report.xml --label unit
      throughline gate check growth/churn-scorer --junit gate.xml
    """
    found = context.ensure_object(Session)
    found.server, found.token = server, token


def main() -> None:
    cli(prog_name="throughline")
