"""Writes docs/reference from the code, so that the reference cannot say anything else than the program does."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
NAMES = ("settings.md", "commands.md", "checks.md", "permissions.md", "background-work.md", "api.md")
NOTE = "<!-- Written by `make docs` from the code. Change the code, not this file. -->\n"


def main() -> int:
    start_django()
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}")
    return 0


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "throughline.project.settings")
    os.environ.setdefault("THROUGHLINE_SECRET_KEY", "needed to load the settings and not used")
    import django

    django.setup()


def pages() -> dict[str, str]:
    """File name to content. Django must be ready."""
    made = (settings(), commands(), checks(), permissions(), background_work(), api())
    return dict(zip(NAMES, made, strict=True))


def page(title: str, opening: str, *parts: str) -> str:
    return "\n".join([f"# {title}", "", NOTE, opening, "", *parts]).rstrip() + "\n"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines) + "\n"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def settings() -> str:
    from throughline.project.config import declarations

    rows = [
        (code(name), code(row.default), row.meaning + (" Secret." if row.secret else ""))
        for name, row in declarations().items()
    ]
    return page(
        "Settings",
        "All settings are read from the environment. A secret can also be read from a file: add `_FILE` to its "
        "name and give the path. A wrong value stops the start with a sentence that says what it should be; an "
        "unknown name is pointed out with the nearest known one. `throughline-server config` prints every setting "
        "and where its value came from, secrets masked.",
        table(("name", "default", "meaning"), rows),
    )


def commands() -> str:
    from throughline.cli.main import cli as remote
    from throughline.project.server import main as server

    return page(
        "Commands",
        "`throughline-server` administers an installation on its own machine. `throughline` is the remote control: "
        "it talks to a server over HTTP.",
        of_command("throughline-server", server),
        of_command("throughline", remote),
    )


def of_command(name: str, command: click.Command, depth: int = 2) -> str:
    return "\n".join(_command_lines(name, command, depth))


def _command_lines(
    name: str, command: click.Command, depth: int, parent: click.Context | None = None
) -> Iterator[str]:
    # With the parent's settings, as when the command is called: its names of the help option are inherited.
    context = command.make_context(name.rpartition(" ")[2], [], parent=parent, resilient_parsing=True)
    yield f"{'#' * min(depth, 4)} {code(name)}\n"
    yield "\n\n".join(paragraph(part) for part in (command.help or "").split("\n\n")) + "\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None and not found.hidden:
                yield from _command_lines(f"{name} {child}", found, depth + 1, context)
        return
    yield f"    {command.get_usage(context).removeprefix('Usage: ')}\n"
    rows = [
        record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))
    ]
    if rows:
        yield table(("option", "meaning"), [(code(option), meaning) for option, meaning in rows])


def paragraph(text: str) -> str:
    """Where the help forbids new line breaks it shows something to type."""
    if "\b" not in text:
        return " ".join(text.split())
    lines = text.replace("\b", "").strip().splitlines()
    opening, typed = (lines[0], lines[1:]) if lines[0].endswith(":") else ("", lines)
    block = "\n".join(f"    {line.strip()}" for line in typed)
    return f"{opening}\n\n{block}" if opening else block


def checks() -> str:
    import throughline.core.checks  # noqa: F401  importing the areas fills the catalogue
    from throughline.core.checks.registry import CATALOGUE

    parts = []
    for check_id, check in sorted(CATALOGUE.items()):
        lines = [
            f"## {code(check_id)}",
            "",
            check.asks,
            "",
            f"- Why: {check.why}",
            f"- What satisfies it: {check.remedy}",
        ]
        if check.turn:
            lines.append(f"- Whose turn: {', '.join(str(duty).replace('_', ' ') for duty in check.turn)}")
        for item in check.parameters:
            needed = "required" if item.is_required else "optional"
            lines.append(f"- Parameter {code(item.name)} ({item.kind}, {needed}): {item.meaning}")
        parts.append("\n".join(lines) + "\n")
    return page(
        "Checks",
        "Every check that a policy can name. Its id reads as the statement that should be true. A check answers "
        "*met*, *unmet*, *unknown* or *not needed*; unknown closes the gate.",
        *parts,
    )


def permissions() -> str:
    from throughline.core.permissions import ACCESS_MEANINGS, VERBS
    from throughline.project.routes import routes

    roles = [(code(role), meaning) for role, meaning in ACCESS_MEANINGS.items()]
    verbs = [
        (
            code(name),
            verb.meaning,
            who(verb.roles, is_for_admin_only=verb.is_for_admin_only),
            code(verb.scope),
        )
        for name, verb in VERBS.items()
    ]
    declared = [
        (
            route.method,
            code(f"/{route.path}"),
            code(route.declared.verb) or "open to all",
            route.declared.at,
            code(route.declared.activity or ""),
        )
        for route in routes()
        if route.declared is not None
    ]
    return page(
        "Permissions",
        "Who may do what, as the program itself reads it. Every route declares its verb; the server refuses to "
        "start while one does not.",
        "## Access roles\n",
        table(("role", "meaning"), roles),
        "## Verbs\n\nAn administrator may do everything. A token also needs the scope.\n",
        table(("verb", "meaning", "who may", "scope"), verbs),
        "## Routes\n",
        table(("method", "route", "verb", "asked for", "records"), declared),
    )


def who(roles: frozenset[str], *, is_for_admin_only: bool) -> str:
    if is_for_admin_only:
        return "administrators"
    return ", ".join(sorted(roles)) or "everybody who is signed in"


def background_work() -> str:
    from throughline.worker.chores import CHORES

    rows = [(code(plan.name), str(plan.every), plan.meaning) for plan in CHORES]
    return page(
        "Background work",
        "What the worker does by itself. Any number of workers may run; each tick is done once.",
        table(("chore", "every (h:mm:ss)", "meaning"), rows),
    )


def api() -> str:
    from throughline.api.routes import api as interface

    schema = interface.get_openapi_schema(path_prefix="/api/v1/")
    rows: list[tuple[str, ...]] = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            codes = ", ".join(str(status) for status in operation.get("responses", {}))
            rows.append((method.upper(), code(path), operation.get("summary", ""), codes))
    return page(
        "HTTP interface",
        "The whole description, with every field and example, is served at `/api/v1/openapi.json` and shown at "
        "`/api/v1/docs`. Errors are problem details (RFC 9457). A token goes into `Authorization: Bearer`.",
        table(("method", "path", "what", "answers"), rows),
    )


if __name__ == "__main__":
    sys.exit(main())
