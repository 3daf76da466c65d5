"""The scripts with which shells complete commands and options."""

import click

from throughline.cli.terminal import WRONG_USE, fail


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: throughline completion bash > ~/.local/share/bash-completion/completions/throughline
    zsh:  throughline completion zsh > "${fpath[1]}/_throughline"
    fish: throughline completion fish > ~/.config/fish/completions/throughline.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        fail(WRONG_USE, f"There is no completion for {shell}.")
    root = context.find_root().command
    click.echo(found(root, {}, "throughline", "_THROUGHLINE_COMPLETE").source())
