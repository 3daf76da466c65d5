"""Which spellings of an address are followed, and that none of the others causes a connection."""

import pytest

from tests.listener import Listener
from throughline.adapters.addresses import addresses_of, is_public, target_of
from throughline.adapters.base import SourceFailed
from throughline.adapters.http import Caller

TO_THE_LISTENER = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://sub.localhost:{port}/",
    "http://localhost.:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com:80\\@127.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127.0.0.1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://127.0.0.1:{port}\r\nX-Evil: 1/",
    "http://127.0.0.1:{port}/ HTTP/1.1\r\nX-Evil: 1",
    "http://127.0.0.1:{port}/\x00",
    " http://127.0.0.1:{port}/",
    "http:// 127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://:{port}/",
    "http://127.0.0.1:{port}/a/../b",
    "http://127.0.0.1:{port}/a/%2e%2e/b",
    "http://127.0.0.1:{port}/a/%2E%2E%2fb",
    "file://127.0.0.1:{port}/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x",
    "unix:///127.0.0.1:{port}",
    "http+unix://127.0.0.1:{port}/",
    "javascript://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "http://127.0.0.1:0{port}000/",
    "http://127.0.0.1:/",
    "http://127.0.0.1:-{port}/",
    "http://127.0.0.1:{port}x/",
    "",
]


@pytest.mark.parametrize("spelling", TO_THE_LISTENER)
def test_no_spelling_of_a_private_address_causes_a_connection(listener: Listener, spelling: str) -> None:
    caller = Caller()
    with pytest.raises(SourceFailed) as refused:
        caller.send("GET", spelling.format(port=listener.port))
    assert refused.value.permanent
    with pytest.raises(SourceFailed):
        caller.permit(spelling.format(port=listener.port))
    assert listener.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.8.8.8", "0.0.0.0",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
        "fc00::1",
        "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1",
        "2002:a00:1::", "2001:0:a00:1::", "::10.0.0.1", "not an address",
    ],
)  # fmt: skip
def test_private_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_leads_to_a_private_address_is_not_called(listener: Listener) -> None:
    caller = Caller(resolve=lambda host, port, seconds: ("127.0.0.1",))
    with pytest.raises(SourceFailed, match="private network"):
        caller.send("GET", f"http://rebind.example.com:{listener.port}/")
    assert listener.connections == 0


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    target = target_of("https://example.com/")
    with pytest.raises(SourceFailed, match="private network"):
        addresses_of(target, (), 1, lambda host, port, seconds: ("1.1.1.1", "10.0.0.1"))


def test_an_allowed_host_is_called_with_exactly_its_port(listener: Listener) -> None:
    allowed = [listener.host_port]
    assert Caller(allowed=allowed).send("GET", listener.url).status == 200
    with pytest.raises(SourceFailed, match="THROUGHLINE_ALLOW_HOSTS"):
        Caller(allowed=["127.0.0.1:1", "127.0.0.1"]).send("GET", listener.url)
    with pytest.raises(SourceFailed):
        Caller(allowed=allowed).send("GET", f"http://localhost:{listener.port}/")
    assert listener.connections == 1


def test_the_allow_list_opens_addresses_not_odd_spellings(listener: Listener) -> None:
    caller = Caller(allowed=[listener.host_port])
    for url in (f"http://user@{listener.host_port}/", f"http://{listener.host_port}/#x"):
        with pytest.raises(SourceFailed):
            caller.send("GET", url)
    assert listener.connections == 0


def test_a_url_is_taken_apart_once() -> None:
    target = target_of("HTTPS://Example.COM/Path?a=b%20c")
    assert (target.scheme, target.host_port, target.path) == ("https", "example.com:443", "/Path?a=b%20c")
    assert target.host_header == "example.com"
    assert target_of("http://example.com:8080").host_header == "example.com:8080"
    assert target_of("https://[2606:4700::1111]/").host_header == "[2606:4700::1111]"


def test_a_very_long_address_is_refused() -> None:
    with pytest.raises(SourceFailed, match="too long"):
        target_of("https://example.com/" + "a" * 5000)


def test_a_name_service_that_does_not_answer_costs_no_more_than_the_cap() -> None:
    with pytest.raises(SourceFailed, match=r"nowhere\.invalid"):
        Caller().send("GET", "https://nowhere.invalid/")
