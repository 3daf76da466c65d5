"""Writes every log line as one JSON object or one line of text, with the request it belongs to."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from throughline.project.parsing import LogFormat

# The address of a personal link or a webhook is a secret; the framework writes addresses into its own lines.
SECRET_ADDRESS = re.compile(r"/(with|hooks/[^/\s]+)/[^\s\"'<>]+")
CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != 10}


def configure(log_format: LogFormat, level: str) -> None:
    """Takes over the root logger, so that the lines of all libraries come out in the same shape."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last(log_format)],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    kept = [other for other in root.handlers if not getattr(other, "is_ours", False)]
    handler.is_ours = True  # type: ignore[attr-defined]
    root.handlers = [*kept, handler]
    root.setLevel(level)
    # These repeat, at warning, what the request's own line already says.
    logging.getLogger("django.request").setLevel("ERROR")
    structlog.configure(
        processors=[*shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secret_addresses,
    ]


def last(log_format: LogFormat) -> list[structlog.typing.Processor]:
    if log_format is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True)]
    # A plain traceback: the usual one prints the values of variables, and with them secrets.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return [without_control_characters, plain]


def without_secret_addresses(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        key: SECRET_ADDRESS.sub(r"/\1/…", value) if isinstance(value, str) and "/" in value else value
        for key, value in event.items()
    }


def without_control_characters(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A name with a line break or an escape sequence must not forge a line or colour a terminal."""
    return {key: escaped(value) if isinstance(value, str) else value for key, value in event.items()}


def escaped(text: str) -> str:
    return text.replace("\n", "\\n").translate(CONTROL)
