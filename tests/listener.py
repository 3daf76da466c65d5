"""A server on a real socket that answers as badly as a test wants, and counts who came."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Answer = Callable[[socket.socket], None]


class Listener:
    """Counts connections; reads one request from each, and lets `answer` write what it likes."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[str] = []
        self.answer: Answer = reply_with(b'{"ok": true}')
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def host_port(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host_port}/thing?q=1"

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            with suppress(OSError):
                connection, _ = self._socket.accept()
                if self._closing.is_set():
                    connection.close()
                    return
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()
            if self._closing.is_set():
                return

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request and (chunk := connection.recv(65536)):
                request += chunk
            self.requests.append(request.decode("latin-1"))
            self.answer(connection)


def reply_with(
    body: bytes, *, status: str = "200 OK", content_type: str = "application/json", extra: str = ""
) -> Answer:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"

    def answer(connection: socket.socket) -> None:
        connection.sendall(head.encode("latin-1") + body)

    return answer
