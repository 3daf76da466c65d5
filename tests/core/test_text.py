"""The boundary through which text and JSON enter: what is taken, what is refused, and in which words."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.errors import Refused
from throughline.core.text import MAX_JSON_DEPTH, clean, clean_line, clean_link, parse_json


def refusal(text: str, *, multiline: bool = True, max_length: int = 50) -> str:
    with pytest.raises(Refused) as caught:
        clean(text, field="name", max_length=max_length, multiline=multiline)
    assert caught.value.kind == "invalid"
    (reason,) = caught.value.reasons
    assert reason.field == "name"
    assert reason.remedy
    return reason.text


def json_refusal(body: bytes | str) -> str:
    with pytest.raises(Refused) as caught:
        parse_json(body, field="payload")
    assert caught.value.kind == "invalid"
    assert {reason.field for reason in caught.value.reasons} == {"payload"}
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\x00b", "a NUL character"),
        (f"a{chr(0xD800)}b", "half of a surrogate pair"),
        (f"a{chr(0xDFFF)}b", "half of a surrogate pair"),
        ("a\x1bb", "a control character"),
        ("a\x7fb", "a control character"),
        *[(f"a{chr(code)}b", "reverses the direction") for code in (0x202A, 0x202E, 0x2066, 0x2069)],
    ],
)
@pytest.mark.parametrize("multiline", [True, False])
def test_hostile_characters_are_refused(text: str, said: str, multiline: bool) -> None:
    assert said in refusal(text, multiline=multiline)


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\u2028b", "a\u2029b", "a\x85b"])
def test_line_breaks_are_refused_in_a_single_line_only(text: str) -> None:
    assert "a line break" in refusal(text, multiline=False)
    assert clean(text, field="f", max_length=9) == text


@pytest.mark.parametrize("text", ["Größe", "モデル", "שלום", "مرحبا", "👩‍🔬", "a\u200fb"])
def test_writing_of_all_kinds_is_taken(text: str) -> None:
    assert clean_line(text, field="f") == unicodedata.normalize("NFC", text)


def test_composed_and_decomposed_letters_become_the_same() -> None:
    assert clean_line("Gro\u0308ße", field="f") == clean_line("Größe", field="f")


def test_line_ends_are_settled_and_blanks_around_removed() -> None:
    assert clean("  a\r\nb  \n", field="f", max_length=20) == "a\nb"


def test_the_length_is_limited_before_normalising() -> None:
    hostile = "e" + "\u0301\u0323" * 2_000_000
    started = time.process_time()
    assert "4,000,001 characters" in refusal(hostile)
    assert time.process_time() - started < 0.5


def test_the_length_is_limited_after_normalising_too() -> None:
    grows = "\ufb2c" * 20  # one character that becomes three
    assert clean(grows, field="f", max_length=60)
    assert "60 characters long; 59" in refusal(grows, max_length=59)


def test_the_exact_length_is_allowed() -> None:
    assert clean("x" * 50, field="f", max_length=50) == "x" * 50
    assert "51" in refusal("x" * 51)


def test_empty_is_refused_only_where_something_is_required() -> None:
    assert clean("  ", field="f", max_length=5) == ""
    with pytest.raises(Refused, match="empty"):
        clean_line("  ", field="f")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "ftp://x", "//x", " file:///etc"]
)
def test_links_that_are_no_web_addresses_are_refused(link: str) -> None:
    with pytest.raises(Refused, match="https"):
        clean_link(link)


def test_web_addresses_and_no_link_are_taken() -> None:
    assert clean_link(" https://wiki.example/page ") == "https://wiki.example/page"
    assert clean_link("") == ""


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_taken_is_stable_and_holds_nothing_forbidden(text: str) -> None:
    try:
        taken = clean(text, field="f", max_length=60)
    except Refused:
        return
    assert clean(taken, field="f", max_length=60) == taken
    assert "\x00" not in taken
    assert taken.encode().decode() == taken


def nested(depth: int, inside: str = "") -> str:
    return "[" * depth + inside + "]" * depth


def test_nesting_up_to_64_levels_is_taken_and_one_more_refused() -> None:
    assert MAX_JSON_DEPTH == 64
    for inside in ("", "1"):
        assert parse_json(nested(64, inside))
        assert "deeper than 64" in json_refusal(nested(65, inside))
    assert "deeper than 64" in json_refusal('{"a":' * 65 + "1" + "}" * 65)


def test_nesting_beyond_what_the_parser_bears_is_refused_too() -> None:
    assert "deeper than 64" in json_refusal("[" * 200_000)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"a": 1, "a": 2}', "“a” stands twice"),
        ('[{"b": {"c": 1, "c": 1}}]', "“c” stands twice"),
        ("NaN", "NaN is not a JSON number"),
        ('{"x": Infinity}', "Infinity is not"),
        ("[-Infinity]", "-Infinity is not"),
        ("1e400", "too large"),
        ('{"x": [-1e400]}', "too large"),
        ("9" * 5000, "64 bits"),
        ("-" + "9" * 5000, "64 bits"),
        ("9223372036854775808", "64 bits"),
        ("-9223372036854775809", "64 bits"),
        ('"a\\u0000"', "NUL"),
        ('{"a\\u0000": 1}', "NUL"),
        ('"\\ud800"', "surrogate"),
        ('"\\u202e"', "direction"),
        (b"\xff\xfe", "not UTF-8"),
        ("{", "line 1, column 2"),
        ("", "line 1, column 1"),
        ('{"a": 1} x', "line 1, column 10"),
        ("{'a': 1}", "line 1"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
    ],
)
def test_json_that_is_not_strict_is_refused_and_says_why(body: bytes | str, said: str) -> None:
    assert said in json_refusal(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("-1.5e-3", -0.0015),
        (b'{"\xc3\xa4": [true, null, "\\ud83d\\ude00"]}', {"ä": [True, None, "😀"]}),
        ('"line\\nline"', "line\nline"),
    ],
)
def test_strict_json_is_taken_as_it_is(body: bytes | str, value: object) -> None:
    assert parse_json(body) == value


def test_one_repeated_key_among_very_many_is_found_quickly() -> None:
    keys = ",".join(f'"k{number}":0' for number in range(60_000))
    started = time.process_time()
    assert "“k59999” stands twice" in json_refusal("{" + keys + ',"k59999":0}')
    assert time.process_time() - started < 1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf")), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=20, deadline=None)
@given(json_values)
def test_ordinary_json_goes_through_unchanged(value: object) -> None:
    import json

    assert parse_json(json.dumps(value)) == value
