"""JSON from elsewhere: what is taken and what is not."""

import pytest

from throughline.adapters.documents import NotJson, as_objects, as_text, read_json


def test_numbers_that_json_does_not_have_arrive_as_text() -> None:
    assert read_json(b'{"a": NaN, "b": -Infinity, "c": 1.5}') == {"a": "NaN", "b": "-Infinity", "c": 1.5}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1',
        b"<html></html>",
        b"\xff\xfe{\x00}\x00",
        b'{"a": 1, "a": 2}',
        b"[" * 65 + b"]" * 65,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"1" * 5_000,
        b'{"a": 1}{"b": 2}',
    ],
)
def test_what_is_not_one_plain_document_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        read_json(body)


def test_depth_64_is_still_read() -> None:
    assert read_json(b"[" * 64 + b"]" * 64)


def test_narrowing_passes_over_what_has_another_shape() -> None:
    assert as_objects([1, {"a": 1}, None]) == [{"a": 1}]
    assert as_objects({"a": 1}) == []
    assert [as_text("a"), as_text(2), as_text(True), as_text(None)] == ["a", "2", "", ""]
