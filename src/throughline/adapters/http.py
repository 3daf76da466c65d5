"""The one way out: HTTP to permitted addresses only, with caps on time and bytes, and without redirects."""

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from throughline.adapters.addresses import Resolver, Target, addresses_of, target_of
from throughline.adapters.base import SourceFailed
from throughline.adapters.exchange import Attempt, broken

IDEMPOTENT = frozenset({"GET", "HEAD"})
PASSING_TROUBLE = frozenset({429, 502, 503, 504})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\t -~]*\Z")


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that one call may take, all attempts and the reading of the answer included."""

    seconds: float = 20.0
    bytes: int = 8 * 1024 * 1024
    attempts: int = 3
    first_pause: float = 0.25


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers that go to one `host:port` and nowhere else."""

    host_port: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: bytes = field(repr=False)
    seconds: float


_Tried = tuple[Reply | None, SourceFailed | None, float | None]
"""What came, or what failed, and how many seconds to wait before trying again (None: do not)."""


class Caller:
    """Calls out for one job; holds the allow-list of exact `host:port` and the caps.

    Reads no proxy from the environment and follows no redirect.
    """

    def __init__(
        self,
        *,
        allowed: Collection[str] = (),
        caps: Caps | None = None,
        agent: str = "throughline",
        resolve: Resolver | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.allowed = frozenset(one.strip().lower() for one in allowed)
        self.caps = caps or Caps()
        self._agent = agent
        self._resolve = resolve
        self._sleep = sleep

    def target(self, url: str) -> Target:
        """`url` taken apart, as `send` would; names are not resolved."""
        return target_of(url, self.allowed)

    def permit(self, url: str) -> Target:
        """`url` taken apart if it may be called, names resolved too; otherwise SourceFailed."""
        target = target_of(url, self.allowed)
        addresses_of(target, self.allowed, self.caps.seconds, self._resolve)
        return target

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        credentials: Credentials | None = None,
    ) -> Reply:
        """The answer, whatever its status except a redirect; SourceFailed where none came within the caps.

        GET and HEAD are tried again after a broken connection or a 429, 502, 503 or 504; nothing else is.
        """
        started = time.monotonic()
        target = target_of(url, self.allowed)
        sent = self._headers(target, headers or {}, credentials)
        addresses = addresses_of(target, self.allowed, self.caps.seconds, self._resolve)
        deadline = started + self.caps.seconds
        attempt = Attempt(method, target, addresses, sent, body, deadline, self.caps.bytes)
        pauses = self._pauses() if method in IDEMPOTENT else iter(())
        while True:
            reply, failure, wait = self._try_once(attempt, started)
            pause = next(pauses, None)
            if wait is None or pause is None or time.monotonic() + max(wait, pause) >= attempt.deadline:
                if reply is None:
                    raise failure or broken(target)
                return reply
            self._sleep(max(wait, pause))

    def _try_once(self, attempt: Attempt, started: float) -> _Tried:
        try:
            status, content_type, retry_after, body = attempt.exchange()
        except SourceFailed as failure:
            return None, failure, None if failure.permanent else 0.0
        reply = Reply(status, content_type, body, time.monotonic() - started)
        return reply, None, retry_after if status in PASSING_TROUBLE else None

    def _pauses(self) -> Iterator[float]:
        return (self.caps.first_pause * 2**number for number in range(self.caps.attempts - 1))

    def _headers(
        self, target: Target, headers: Mapping[str, str], credentials: Credentials | None
    ) -> dict[str, str]:
        if credentials is not None and credentials.host_port != target.host_port:
            raise SourceFailed(
                f"Nothing was sent to {target.host_port}",
                f"the credentials belong to {credentials.host_port}.",
                "Enter the credentials again for the new address.",
                permanent=True,
            )
        always = {"User-Agent": self._agent, "Accept-Encoding": "gzip"}
        bound = credentials.headers if credentials else {}
        sent = {**always, **headers, **bound, "Host": target.host_header}
        for name, value in sent.items():
            if not _TOKEN.match(name) or not _HEADER_VALUE.match(value):
                raise SourceFailed(
                    f"Nothing was sent to {target.host_port}",
                    f"the header {name!r} holds a character that a header cannot hold."
                    if _TOKEN.match(name)
                    else "a header has a name that no header can have.",
                    "Enter the token or password again, without line breaks.",
                    permanent=True,
                )
        return sent
