"""The two ways in which a call fails: the server refused it, or could not be reached."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One thing that is wrong; `field` names the input or the check it is about."""

    text: str
    field: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}".strip()


class ThroughlineError(Exception):
    """What the server answered, as problem details. `kind` is the last part of the problem's type, such as `stale`."""

    def __init__(self, status: int, problem: Mapping[str, object]) -> None:
        self.status = status
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        self.title = str(problem.get("title", f"HTTP {status}"))
        self.detail = str(problem.get("detail", ""))
        self.reasons = tuple(_reasons(problem.get("reasons")))
        self.request_id = str(problem.get("request_id", ""))
        self.current = problem.get("current")
        super().__init__(self.detail or self.title)


class Unreachable(Exception):
    """No answer came that can be relied on: wrong address, no network, a time-out, or a failing server."""


def _reasons(content: object) -> list[Reason]:
    found = content if isinstance(content, list) else []
    return [
        Reason(str(item.get("text", "")), item.get("field"), str(item.get("remedy") or ""))
        for item in found
        if isinstance(item, dict)
    ]
