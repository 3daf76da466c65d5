"""Which addresses the server may call: one reading of a URL, and one judgement of where it leads."""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from throughline.adapters.base import SourceFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int, float], tuple[str, ...]]

MAX_URL = 2_048

_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")
_CHARACTERS = re.compile(r"[!-~]+\Z")
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart once; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_port(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def host_header(self) -> str:
        return _bracketed(self.host) if self.port == _PORTS[self.scheme] else self.host_port


def target_of(url: str, allowed: Collection[str] = ()) -> Target:
    """`url` taken apart, or SourceFailed where it is written in a way that we do not follow.

    Judges what can be judged without asking the name service; `addresses_of` judges the rest.
    """
    if len(url) > MAX_URL or not _CHARACTERS.match(url) or "\\" in url:
        raise _refused("it holds characters that an address cannot hold, or it is too long")
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in _PORTS:
        raise _refused("only addresses that start with http:// or https:// can be used")
    if "#" in url:
        raise _refused("it holds a '#'")
    target = _taken_apart(url)
    if target.host_port not in allowed:
        _judge_literal(target)
    return target


def addresses_of(
    target: Target, allowed: Collection[str], seconds: float, resolve: Resolver | None = None
) -> tuple[str, ...]:
    """The numeric addresses to connect to, asked for once; every one of them is permitted."""
    found = (resolve or resolved)(target.host, target.port, seconds)
    if not found:
        raise SourceFailed(
            f"The name {target.host} has no address", "nothing can be sent.", "Check its spelling."
        )
    if target.host_port in allowed or all(is_public(address) for address in found):
        return found
    raise _private(target)


def is_public(text: str) -> bool:
    """Whether a numeric address belongs to the public internet, also when it wraps an IPv4 address."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or (_last_four_bytes(address) if address in _NAT64 else None)
        if inner is None:
            wraps = address.sixtofour is not None or address.teredo is not None
            return address in _GLOBAL_V6 and address.is_global and not wraps
        address = inner
    return address.is_global and not (address.is_multicast or address.is_reserved)


def resolved(host: str, port: int, seconds: float) -> tuple[str, ...]:
    """What the name service says about `host`, within `seconds`: the system's own call knows no limit."""
    answer: list[tuple[str, ...]] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.append(tuple(dict.fromkeys(str(row[4][0]) for row in rows)))
        except (OSError, UnicodeError) as error:
            failure.append(error if isinstance(error, OSError) else OSError(str(error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if answer:
        return answer[0]
    why = "the name service does not know it." if failure else "the name service did not answer in time."
    raise SourceFailed(
        f"The name {host} was not found", why, "Check its spelling, and this server's network."
    )


def _taken_apart(url: str) -> Target:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused("its host or port cannot be read") from error
    if "@" in parts.netloc:
        raise _refused("it holds a user name or a password; put those into their own fields")
    scheme = parts.scheme.lower()
    if port == 0 or parts.netloc.endswith(":"):
        raise _refused("its port cannot be read")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    _refuse_dot_segments(parts.path)
    return Target(scheme, _host(parts.hostname or "", "[" in parts.netloc), port or _PORTS[scheme], path)


def _host(host: str, is_bracketed: bool) -> str:
    if is_bracketed:
        try:
            return str(ipaddress.IPv6Address(host)) if "%" not in host else _no_host()
        except ValueError:
            return _no_host()
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.match(label) for label in labels):
        return _no_host()
    if _NUMBER.match(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return _no_host()
    return host


def _no_host() -> str:
    raise _refused("its host is not written in the ordinary way (a name, or four plain numbers)")


def _refuse_dot_segments(path: str) -> None:
    segments = path.lower().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/").split("/")
    if ".." in segments or "." in segments:
        raise _refused("its path climbs with '..'")


def _judge_literal(target: Target) -> None:
    try:
        ipaddress.ip_address(target.host)
    except ValueError:
        if target.host == "localhost" or target.host.endswith(".localhost"):
            raise _private(target) from None
        return
    if not is_public(target.host):
        raise _private(target)


def _last_four_bytes(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _refused(why: str) -> SourceFailed:
    return SourceFailed(
        "This address is not used",
        f"{why}.",
        "Write it as https://host or https://host:port.",
        permanent=True,
    )


def _private(target: Target) -> SourceFailed:
    return SourceFailed(
        f"The address {target.host_port} is not called",
        "it belongs to a private network, which stays closed until the administrator opens it.",
        f"To open it, add {target.host_port} to THROUGHLINE_ALLOW_HOSTS and restart.",
        permanent=True,
    )
