"""One attempt to send a request to one permitted address, with caps that hold against a hostile answer."""

import http.client
import math
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import BaseHTTPResponse

from throughline.adapters.addresses import Target
from throughline.adapters.base import SourceFailed

_TROUBLE = (urllib3.exceptions.HTTPError, http.client.HTTPException, zlib.error, OSError, ValueError)
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Attempt:
    method: str
    target: Target
    addresses: tuple[str, ...]
    headers: Mapping[str, str]
    body: bytes | None
    deadline: float
    max_bytes: int

    def exchange(self) -> tuple[int, str, float, bytes]:
        """Status, content type, seconds to wait before a retry, and body."""
        try:
            connection = self._connected()
            with _closed_at(connection, self.deadline):
                connection.request(
                    self.method,
                    self.target.path,
                    body=self.body,
                    headers=self.headers,
                    preload_content=False,
                    decode_content=False,
                )
                return self._read(connection.getresponse())
        except _TROUBLE as error:
            raise self._in_words(error) from error

    def _connected(self) -> HTTPConnection:
        failures: list[Exception] = []
        for address in self.addresses:
            connection = self._connection_to(address)
            try:
                with _closed_at(connection, self.deadline, keep=True):
                    connection.connect()
                return connection
            except (urllib3.exceptions.HTTPError, OSError) as error:
                connection.close()
                failures.append(error)
                if self._seconds_left() <= 0:
                    break
        raise failures[0]

    def _connection_to(self, address: str) -> HTTPConnection:
        """Talks to `address` alone; the certificate must be that of the host that was named."""
        timeout = max(self._seconds_left(), 0.01)
        if self.target.scheme == "http":
            return HTTPConnection(address, self.target.port, timeout=timeout)
        return HTTPSConnection(
            address,
            self.target.port,
            timeout=timeout,
            ssl_context=ssl.create_default_context(),
            server_hostname=self.target.host,
        )

    def _read(self, response: BaseHTTPResponse) -> tuple[int, str, float, bytes]:
        status = response.status
        if 300 <= status < 400:
            raise SourceFailed(
                f"{self.target.host_port} answered with a redirect (status {status})",
                "redirects are not followed, because they could lead anywhere.",
                "Enter the address that it leads to; often this is https instead of http, or a sign-in page.",
                permanent=True,
            )
        body = b"".join(self._capped(response))
        content_type = response.headers.get("Content-Type", "")
        return status, content_type, _retry_after(response.headers.get("Retry-After", "")), body

    def _capped(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        unzip = self._unzipper(response.headers.get("Content-Encoding", "").strip().lower())
        received = produced = 0
        while chunk := response.read1(_CHUNK, decode_content=False):
            received += len(chunk)
            part = unzip.decompress(chunk, self.max_bytes - produced + 1) if unzip else chunk
            produced += len(part)
            if max(received, produced) > self.max_bytes:
                raise SourceFailed(
                    f"The answer of {self.target.host_port} was cut off",
                    f"it is larger than {self.max_bytes:,} bytes.",
                    "Check that the address is the right one.",
                    permanent=True,
                )
            yield part
            if self._seconds_left() <= 0:
                break
        if self._seconds_left() <= 0:  # the watchdog's hanging up looks like the end of the answer
            raise self._too_slow()
        if unzip is not None and received and not unzip.eof:
            raise broken(self.target)

    def _unzipper(self, encoding: str) -> "zlib._Decompress | None":
        if encoding in ("", "identity"):
            return None
        if encoding in ("gzip", "x-gzip"):
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        raise SourceFailed(
            f"The answer of {self.target.host_port} cannot be read",
            "it is packed in a way that was not asked for.",
            permanent=True,
        )

    def _seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def _in_words(self, error: Exception) -> SourceFailed:
        if self._seconds_left() <= 0:
            return self._too_slow()
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return SourceFailed(
                f"{self.target.host_port} could not prove who it is",
                "its certificate is for another name, or signed by nobody whom this server trusts.",
                "Check the address, or add the authority's certificate to this server.",
                permanent=True,
            )
        return broken(self.target)

    def _too_slow(self) -> SourceFailed:
        return SourceFailed(
            f"{self.target.host_port} was too slow",
            "its answer was not complete in the time allowed.",
            "Try again later.",
        )


@contextmanager
def _closed_at(connection: HTTPConnection, deadline: float, *, keep: bool = False) -> Iterator[None]:
    """Ends the talk at `deadline`, also while headers or a handshake drip in byte by byte.

    A socket's own time limit starts again with every byte that arrives, so it alone is no cap.
    """

    def hang_up() -> None:
        sock = cast(socket.socket | None, connection.sock)
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    timer = threading.Timer(max(deadline - time.monotonic(), 0.01), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if not keep:
            connection.close()


def _retry_after(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def broken(target: Target) -> SourceFailed:
    return SourceFailed(
        f"{target.host_port} could not be reached",
        "the connection was refused or broke off.",
        "Check that the other system is running and that this server may reach it.",
    )
