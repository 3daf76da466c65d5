"""Sends requests over HTTP, and again where that is safe."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from throughline.client.errors import ThroughlineError, Unreachable

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

PASSING_TROUBLE = (429, 502, 503, 504)
LONGEST_PAUSE = 10.0
CHUNK = 65_536

Query = Mapping[str, object]


class Transport:
    """One server, one token. `attempts` counts the first try too; `timeout` is in seconds, for each try."""

    def __init__(self, server: str, token: str, *, timeout: float, attempts: int) -> None:
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"“{server}” is not the address of a server, such as https://throughline.example.org."
            )
        import urllib3  # here, because it takes longer to load than all the rest

        self._base = server.rstrip("/") + "/api/v1"
        self._headers = {"Accept": "application/json", "User-Agent": "throughline-client"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=timeout), retries=False)
        self._errors = (urllib3.exceptions.HTTPError, UnicodeError)
        self._attempts = max(1, attempts)

    def get(self, path: str, **query: object) -> Any:
        return self.send("GET", path, query=query)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The content of the reply. Raises `ThroughlineError` for a refusal, `Unreachable` when there is no answer."""
        given: dict[str, Any] = {"headers": {**self._headers, **(headers or {})}}
        if body is not None:
            given["body"] = json.dumps(body, allow_nan=False).encode()
            given["headers"]["Content-Type"] = "application/json"
        return self._content(self._tried(method, self._url(path, query), given))

    def send_file(self, path: str, name: str, content: bytes, fields: Mapping[str, str]) -> Any:
        parts: dict[str, Any] = {**fields, "file": (name, content)}
        given = {"headers": dict(self._headers), "fields": parts}
        return self._content(self._tried("POST", self._url(path, None), given))

    def send_files(self, path: str, files: Mapping[str, tuple[str, bytes]]) -> Any:
        given = {"headers": dict(self._headers), "fields": dict(files)}
        return self._content(self._tried("POST", self._url(path, None), given))

    def stream(self, path: str, query: Query | None = None) -> Iterator[bytes]:
        given = {"headers": self._headers, "preload_content": False}
        response = self._tried("GET", self._url(path, query), given)
        if response.status >= 300:
            self._content(response)
        try:
            yield from response.stream(CHUNK)
        except self._errors as error:
            raise Unreachable(f"The reply broke off: {error}") from error
        finally:
            response.release_conn()

    def _url(self, path: str, query: Query | None) -> str:
        wanted = {name: value for name, value in (query or {}).items() if value not in (None, "", (), [])}
        return f"{self._base}{path}" + (f"?{urlencode(wanted, doseq=True)}" if wanted else "")

    def _tried(self, method: str, url: str, given: dict[str, Any]) -> "BaseHTTPResponse":
        """A POST carries a key, so that it is carried out once however often it is sent. A PATCH is sent once: after a
        lost reply its If-Match would no longer fit."""
        if method == "POST":
            given["headers"]["Idempotency-Key"] = str(uuid.uuid4())
        attempts = 1 if method == "PATCH" else self._attempts
        for attempt in range(1, attempts + 1):
            try:
                response = self._pool.request(method, url, redirect=False, **given)
            except self._errors as error:
                if attempt == attempts:
                    raise Unreachable(f"{_origin(url)} does not answer: {_said(error)}") from error
                time.sleep(_pause(attempt, None))
                continue
            if response.status not in PASSING_TROUBLE or attempt == attempts:
                return response
            response.drain_conn()
            time.sleep(_pause(attempt, response.headers.get("Retry-After")))
        raise AssertionError("there is at least one attempt")

    def _content(self, response: "BaseHTTPResponse") -> Any:
        try:
            content = json.loads(response.data) if response.data else None
        except (ValueError, *self._errors) as error:
            raise Unreachable(f"The reply ({response.status}) is not Throughline's.") from error
        if response.status < 300:
            return content
        problem = content if isinstance(content, dict) else {}
        if response.status >= 500 or response.status == 429 or "type" not in problem:
            told = problem.get("detail") or f"it answered {response.status}"
            raise Unreachable(f"The server did not do its work: {told}")
        raise ThroughlineError(response.status, problem)


def _pause(attempt: int, wanted: str | None) -> float:
    """Seconds: what the server asked for, else twice as long each time."""
    asked = float(wanted) if wanted and wanted.isdecimal() else 0.25 * 2 ** (attempt - 1)
    return min(LONGEST_PAUSE, asked)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _said(error: Exception) -> str:
    return str(error).rpartition(": ")[2] or type(error).__name__
