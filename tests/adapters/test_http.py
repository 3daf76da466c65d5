"""The caps of the outgoing client against answers that mean harm, over real sockets."""

import gzip
import ipaddress
import resource
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.listener import Listener, reply_with
from throughline.adapters.base import SourceFailed
from throughline.adapters.http import Caller, Caps, Credentials


def caller_for(listener: Listener, **caps: float) -> Caller:
    chosen = Caps(
        seconds=caps.get("seconds", 5),
        bytes=int(caps.get("bytes", 100_000)),
        attempts=int(caps.get("attempts", 1)),
    )
    return Caller(allowed=[listener.host_port], caps=chosen, sleep=lambda seconds: None)


def test_an_answer_is_returned_whole(listener: Listener) -> None:
    reply = caller_for(listener).send("GET", listener.url, headers={"Accept": "application/json"})
    assert (reply.status, reply.body) == (200, b'{"ok": true}')
    assert 0 < reply.seconds < 5
    request = listener.requests[0]
    assert request.startswith("GET /thing?q=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {listener.host_port}\r\n" in request
    assert request.lower().count("\r\nhost:") == 1


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.answer = reply_with(b"", status="302 Found", extra=f"Location: {listener.url}\r\n")
    with pytest.raises(SourceFailed, match="redirect") as refused:
        caller_for(listener, attempts=3).send("GET", listener.url)
    assert refused.value.permanent
    assert listener.connections == 1


def test_an_endless_body_is_cut_off(listener: Listener) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    listener.answer = endless
    started = time.monotonic()
    with pytest.raises(SourceFailed, match="larger than 100,000 bytes"):
        caller_for(listener).send("GET", listener.url)
    assert time.monotonic() - started < 3


def test_a_gzip_bomb_is_cut_off_without_being_unpacked(listener: Listener) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=9, mtime=0)
    listener.answer = reply_with(bomb, extra="Content-Encoding: gzip\r\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceFailed, match="larger than"):
        caller_for(listener, bytes=1_000_000).send("GET", listener.url)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_a_packed_answer_is_unpacked(listener: Listener) -> None:
    listener.answer = reply_with(gzip.compress(b'{"packed": 1}', mtime=0), extra="Content-Encoding: gzip\r\n")
    assert caller_for(listener).send("GET", listener.url).body == b'{"packed": 1}'


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate", "zstd"])
def test_a_packing_that_was_not_asked_for_is_refused(listener: Listener, encoding: str) -> None:
    listener.answer = reply_with(b"xxxx", extra=f"Content-Encoding: {encoding}\r\n")
    with pytest.raises(SourceFailed, match="packed"):
        caller_for(listener).send("GET", listener.url)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 1000, mtime=0)[:20],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nthis is not gzip",
        b"nothing like HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
)
def test_a_broken_answer_is_a_failure_in_words(listener: Listener, raw: bytes) -> None:
    listener.answer = lambda connection: connection.sendall(raw)
    with pytest.raises(SourceFailed, match="could not be reached") as failure:
        caller_for(listener).send("GET", listener.url)
    assert not failure.value.permanent


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_that_drip_in_do_not_outlast_the_cap(listener: Listener, start: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    listener.answer = drip
    started = time.monotonic()
    with pytest.raises(SourceFailed, match="too slow"):
        caller_for(listener, seconds=0.6, attempts=5).send("GET", listener.url)
    assert time.monotonic() - started < 1.5


def test_a_silent_server_does_not_outlast_the_cap(listener: Listener) -> None:
    listener.answer = lambda connection: time.sleep(3)
    with pytest.raises(SourceFailed, match="too slow"):
        caller_for(listener, seconds=0.4).send("GET", listener.url)


def test_a_handshake_that_never_comes_does_not_outlast_the_cap() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        caller = Caller(allowed=[f"127.0.0.1:{port}"], caps=Caps(seconds=0.4, attempts=3))
        started = time.monotonic()
        with pytest.raises(SourceFailed, match="too slow"):
            caller.send("GET", f"https://127.0.0.1:{port}/")
        assert time.monotonic() - started < 1.5


def test_passing_trouble_is_tried_again_and_the_last_answer_counts(listener: Listener) -> None:
    answers = [reply_with(b"", status="503 Busy"), lambda connection: None, reply_with(b"[]")]
    listener.answer = lambda connection: answers[listener.connections - 1](connection)
    assert caller_for(listener, attempts=3).send("GET", listener.url).body == b"[]"
    assert listener.connections == 3


def test_what_changes_something_is_sent_once(listener: Listener) -> None:
    listener.answer = reply_with(b"", status="503 Busy")
    assert caller_for(listener, attempts=3).send("POST", listener.url, body=b"{}").status == 503
    assert listener.connections == 1


def test_other_statuses_are_not_tried_again(listener: Listener) -> None:
    listener.answer = reply_with(b"no", status="500 Internal Server Error")
    assert caller_for(listener, attempts=3).send("GET", listener.url).status == 500
    assert listener.connections == 1


def test_a_wish_to_wait_longer_than_the_cap_ends_the_trying(listener: Listener) -> None:
    listener.answer = reply_with(b"", status="429 Slow down", extra="Retry-After: 3600\r\n")
    assert caller_for(listener, attempts=3).send("GET", listener.url).status == 429
    assert listener.connections == 1


def test_the_pause_grows_and_follows_the_servers_wish(listener: Listener) -> None:
    listener.answer = reply_with(b"", status="503 Busy", extra="Retry-After: 1\r\n")
    pauses: list[float] = []
    caller = Caller(allowed=[listener.host_port], caps=Caps(seconds=60, first_pause=0.8), sleep=pauses.append)
    caller.send("GET", listener.url)
    assert pauses == [1.0, 1.6]


def test_a_closed_port_is_a_failure_in_words(listener: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    caller = Caller(allowed=[f"127.0.0.1:{port}"], caps=Caps(attempts=1))
    with pytest.raises(SourceFailed, match="could not be reached"):
        caller.send("GET", f"http://127.0.0.1:{port}/")


def test_credentials_go_to_their_own_host_only(listener: Listener) -> None:
    caller = caller_for(listener)
    secret = Credentials(listener.host_port, {"Authorization": "Bearer t0p"})
    caller.send("GET", listener.url, credentials=secret)
    assert "\r\nAuthorization: Bearer t0p\r\n" in listener.requests[0]
    with pytest.raises(SourceFailed, match="belong to") as refused:
        caller.send(
            "GET", listener.url, credentials=Credentials("other.example:443", {"Authorization": "Bearer t0p"})
        )
    assert "t0p" not in str(refused.value)
    assert "t0p" not in repr(secret)
    assert listener.connections == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "1\r\nX-Evil: 1"), ("X-A\r\nX-Evil", "1"), ("X-A", "a\nb"), ("X-A", "snö\u2028")],
)
def test_line_breaks_in_headers_never_leave(listener: Listener, name: str, value: str) -> None:
    with pytest.raises(SourceFailed, match="header"):
        caller_for(listener).send("GET", listener.url, headers={name: value})
    assert listener.connections == 0


def test_no_proxy_is_taken_from_the_environment(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Listener()
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy.host_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    try:
        assert caller_for(listener).send("GET", listener.url).status == 200
        with pytest.raises(SourceFailed):
            Caller().send("GET", f"http://10.0.0.1:{proxy.port}/")
        assert proxy.connections == 0
    finally:
        proxy.close()


def test_the_name_is_asked_for_once_and_that_very_address_is_called(listener: Listener) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    listener.answer = reply_with(b"", status="503 Busy")
    caller = Caller(
        allowed=[f"mlflow.internal:{listener.port}"], caps=Caps(), resolve=resolve, sleep=lambda seconds: None
    )
    caller.send("GET", f"http://mlflow.internal:{listener.port}/")
    assert asked == ["mlflow.internal"]
    assert listener.connections == 3
    assert f"\r\nHost: mlflow.internal:{listener.port}\r\n" in listener.requests[0]


def test_the_next_address_is_used_when_the_first_refuses(listener: Listener) -> None:
    caller = Caller(
        allowed=[f"mlflow.internal:{listener.port}"],
        caps=Caps(attempts=1),
        resolve=lambda host, port, seconds: ("::1", "127.0.0.1"),
    )
    assert caller.send("GET", f"http://mlflow.internal:{listener.port}/").status == 200


class TestCertificates:
    """The connection goes to a number, the certificate must be that of the name."""

    def test_the_right_name_is_accepted(self, tls_port: int) -> None:
        assert (
            self.caller("registry.internal", tls_port)
            .send("GET", f"https://registry.internal:{tls_port}/")
            .status
            == 200
        )

    def test_another_name_is_refused(self, tls_port: int) -> None:
        with pytest.raises(SourceFailed, match="prove who it is") as refused:
            self.caller("other.internal", tls_port).send("GET", f"https://other.internal:{tls_port}/")
        assert refused.value.permanent

    def test_an_unknown_authority_is_refused(self, tls_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(SourceFailed, match="prove who it is"):
            self.caller("registry.internal", tls_port).send("GET", f"https://registry.internal:{tls_port}/")

    def caller(self, host: str, port: int) -> Caller:
        return Caller(
            allowed=[f"{host}:{port}"],
            caps=Caps(attempts=1, seconds=5),
            resolve=lambda host, port, seconds: ("127.0.0.1",),
        )

    @pytest.fixture
    def tls_port(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
        certificate, key = made_certificate(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            connection, _ = server.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    wrapped.recv(65536)
                    reply_with(b"{}")(wrapped)
            except OSError:
                connection.close()
            finally:
                server.close()

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])


def made_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "registry.internal")])
    now = datetime.now(UTC)
    names = [x509.DNSName("registry.internal"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file
