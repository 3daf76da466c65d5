"""What every command shares: the connection, what is printed where, and how a failure becomes an exit code."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import click

if TYPE_CHECKING:
    from throughline.client import Throughline

P = ParamSpec("P")
PASSED, NOT_PASSED, WRONG_USE, NOT_ALLOWED, UNREACHABLE, WAITING, PASSED_BY_WAIVER = range(7)
EXITS = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_ALLOWED, 409: NOT_PASSED, 412: NOT_PASSED}
REVERSING = (*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))


@dataclass
class Session:
    """What was given before the command's name."""

    server: str | None = None
    token: str | None = None
    is_json: bool = False

    def client(self, *, attempts: int = 4) -> "Throughline":
        from throughline.client import Throughline

        try:
            return Throughline(self.server, self.token, attempts=attempts)
        except ValueError as error:
            raise click.UsageError(str(error)) from None


def session() -> Session:
    found = click.get_current_context().find_object(Session)
    assert found is not None
    return found


def want_json(context: click.Context, _: click.Parameter, value: bool) -> bool:
    """`--json` may stand before the command's name or after it."""
    if value:
        context.ensure_object(Session).is_json = True
    return value


json_option = click.option(
    "--json", "is_json", is_flag=True, expose_value=False, callback=want_json, help="Print JSON on stdout."
)


def plain_failures(command: Callable[P, None]) -> Callable[P, None]:
    """Says what went wrong on stderr and leaves with the exit code that belongs to it; a bug keeps its traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from throughline.client.errors import ThroughlineError, Unreachable
        from throughline.core.errors import Refused

        try:
            command(*args, **kwargs)
        except ThroughlineError as error:
            fail(EXITS.get(error.status, WRONG_USE), *_told(error))
        except Unreachable as error:
            fail(UNREACHABLE, str(error))
        except Refused as refusal:
            fail(WRONG_USE, *(str(reason) for reason in refusal.reasons))
        except OSError as error:
            fail(WRONG_USE, f"{error.filename or 'The file'}: {error.strerror or error}")

    return run


def fail(code: int, *sentences: str) -> NoReturn:
    for sentence in sentences:
        talk(f"Error: {sentence}")
    sys.exit(code)


def talk(text: str = "", *, style: Mapping[str, Any] | None = None) -> None:
    """For people, on stderr. `style` is dropped where nobody sees colour, or nobody wants it."""
    safe = escape(text, keep_lines=True)
    styled = click.style(safe, **style) if style and _has_colour() else safe
    click.echo(styled, err=True, color=True if styled != safe else None)


def tell_json(content: object) -> None:
    """On stdout; other characters than ASCII are written as escapes, so that no terminal can be led astray."""
    click.echo(json.dumps(content, default=_plain, indent=2, allow_nan=False))


def tell_rows(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """A table on stdout, its columns two blanks apart."""
    lines = [[title.replace("_", " ").upper() for title in columns]]
    lines += [[escape(_cell(row.get(name))) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def tell(rows: Iterable[object], columns: Sequence[str]) -> None:
    """A list, as people or programs want it."""
    from throughline.core.plain import to_plain

    plain: list[Any] = [to_plain(row) for row in rows]
    if session().is_json:
        tell_json(plain)
    elif plain:
        tell_rows(plain, columns)
    else:
        talk("Nothing fits.")


def tell_one(row: object) -> None:
    from throughline.core.plain import to_plain

    plain: Any = to_plain(row)
    if session().is_json:
        tell_json(plain)
        return
    width = max(len(name) for name in plain)
    for name, value in plain.items():
        click.echo(f"{name.replace('_', ' ').ljust(width)}  {escape(_cell(value))}".rstrip())


def escape(text: str, *, keep_lines: bool = False) -> str:
    """Names come from other people: what moves the cursor, colours or turns the writing round is shown as code."""
    kept = "\n" if keep_lines else ""
    return "".join(_visible(char) if _is_dangerous(char) and char not in kept else char for char in text)


def _is_dangerous(char: str) -> bool:
    code = ord(char)
    return code < 32 or 127 <= code < 160 or code in REVERSING or 0xD800 <= code <= 0xDFFF


def _visible(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def _has_colour() -> bool:
    wants_none = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return sys.stderr.isatty() and not wants_none


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(error: Any) -> list[str]:
    told = [str(reason) for reason in error.reasons] or [error.detail or error.title]
    if error.status == 401 and not session().token:
        return ["There is no token. Set THROUGHLINE_TOKEN, or give --token."]
    if error.status in (401, 403, 404):
        told.append("Check --token and --server, or what the token may do.")
    return told


def _plain(value: object) -> object:
    from throughline.core.plain import to_plain

    return to_plain(value)
