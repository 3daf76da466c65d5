"""Documents of the standard: every real one reads, comes back the same, and what is wrong is told with its place."""

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator

from tests.make_contracts import document, text
from tests.shared_data import SHARED, shared_file
from throughline.adapters.odcs import ContractInvalid, read_contract, write_contract
from throughline.adapters.odcs_quick import compiled
from throughline.adapters.odcs_schema import READ, _quick, _validator, problems
from throughline.core.contracts.reading import read_contract as facts_of

FOLDER = SHARED / "livesite" / "odcs"
REAL = sorted(FOLDER.glob("*/*.odcs.yaml"))


@cache
def schema_of(version: str) -> Any:
    name = "3.0.2" if version.startswith("v3.0") else "3.1.0"
    return json.loads(shared_file("livesite", "odcs", "schema", f"odcs-json-schema-v{name}.json").read_text())


def faults(body: str | bytes) -> list[str]:
    with pytest.raises(ContractInvalid) as invalid:
        read_contract(body)
    return [str(fault) for fault in invalid.value.faults]


def test_the_real_documents_are_there() -> None:
    shared_file("livesite", "odcs", "bitol")
    assert len(REAL) == 19


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_a_real_document_reads_and_comes_back_the_same(file: Any) -> None:
    read = read_contract(file.read_bytes())
    assert read.text.encode() == file.read_bytes()
    again = read_contract(write_contract(read.content))
    assert again.content == read.content
    assert _order(again.content) == _order(read.content)
    as_json = read_contract(json.dumps(read.content))
    assert as_json.content == read.content
    assert facts_of(read.content).key == read.content["id"]


def _order(content: Any) -> Any:
    if isinstance(content, dict):
        return [(name, _order(item)) for name, item in content.items()]
    return [_order(one) for one in content] if isinstance(content, list) else None


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_what_the_real_schema_of_its_version_takes_is_taken(file: Any) -> None:
    """The other way round does not hold: some of the real documents use what came after their version."""
    content = read_contract(file.read_bytes()).content
    if not list(Draft201909Validator(schema_of(content["apiVersion"])).iter_errors(content)):
        assert problems(content) == []


def test_an_older_document_may_say_what_only_its_version_allowed() -> None:
    old: dict[str, Any] = {
        **document(), "apiVersion": "v3.0.2",
        "customProperties": [{"property": "owner", "value": "x", "more": 1}],
        "slaProperties": [{"property": "latency", "value": 4, "unit": "d", "note": "kept"}],
        "team": [{"username": "a", "role": "owner", "pronouns": "they"}],
    }  # fmt: skip
    old["schema"][0]["properties"][1]["logicalTypeOptions"] = {"maximum": 5, "exclusiveMaximum": True}
    old["schema"][0]["quality"] = [{"type": "library", "rule": "nullCheck", "threshold": 3}]
    assert not list(Draft201909Validator(schema_of("v3.0.2")).iter_errors(old))
    read = read_contract(text(old))
    assert read.content["slaProperties"][0]["note"] == "kept"
    assert read_contract(write_contract(read.content)).content == read.content
    assert len(faults(text({**old, "apiVersion": "v3.1.0"}))) > 4


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2022-10-03", "2022-10-03"), ("09:00-08:00", "09:00-08:00"), ("10:30", "10:30"), ("NO", "NO"), ("yes", "yes"),
        ("010", "010"), ("1_000", "1_000"), ("2022-11-15T02:59:43+00:00", "2022-11-15T02:59:43+00:00"),
        ("1e3", 1000.0), ("true", True), ("~", None), ("''", ""), ("'5'", "5"), ("-7", -7), ("0.5", 0.5), ("=", "="),
        ("<<", "<<"),
    ],
)  # fmt: skip
def test_values_stay_as_they_were_written(written: str, read: object) -> None:
    body = text(document()) + f"customProperties:\n- property: x\n  value: {written}\n"
    content = read_contract(body).content
    assert content["customProperties"][0]["value"] == read
    assert type(content["customProperties"][0]["value"]) is type(read)
    assert read_contract(write_contract(content)).content == content


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("a: &x 1\nb: *x", "Line 1, column 4: Anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]", "Line 1, column 4: Tags are not allowed"),
        ("a: !!str 5", "Tags are not allowed"),
        ("[" * 100_000, "nested deeper than 40 levels"),
        ("- " * 100_000, "nested deeper than 40 levels"),
        ('{"a":' * 100_000, "nested deeper than 40 levels"),
        ("a: [" + "1," * 300_000 + "]", "more than 200,000 values"),
        ("x" * 2_000_001, "longer than 2,000,000"),
        (b"x" * 100_000_000, "may have up to 2 MB"),
        ("café: 1".encode("latin-1"), "Line 1, column 4: This is not UTF-8"),
        (b"\xff\xfea", "not UTF-16"),
        ("a: 1\x00", "not valid YAML"),
        ('a: "\\0"', "can't be kept (U+0000)"),
        ('a: "\\u202e"', "can't be kept (U+202E)"),
        ('{"a": "\\ud800"}', "can't be kept (U+D800)"),
        ("a: 1\na: 2", "Line 2, column 1: “a” stands twice"),
        ('{"a": 1, "a": 2}', "“a” stands twice"),
        ("a: .inf", "not a number that can be kept"),
        ("a: 99999999999999999999999", "64 bits"),
        ('{"a": 99999999999999999999999}', "64 bits"),
        ("a: 1e999", "too large"),
        ("a: 1\n---\nb: 2", "several documents"),
        ("? [a]\n: 1", "A name must be plain text"),
        ("a: [", "not valid YAML"),
        ("", "group of names with values"),
        ("- a", "group of names with values"),
        ("just text", "group of names with values"),
        ("apiVersion: v2.2.2", "not a version that can be read"),
        ("apiVersion: v9.0.0", "not a version that can be read"),
        ("kind: DataContract", "“apiVersion” is missing"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_what_is_wrong(body: str | bytes, said: str) -> None:
    assert said in faults(body)[0]


def test_a_billion_laughs_are_not_unfolded() -> None:
    lines = ["a0: &a0 [x, x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    assert "Anchors" in faults("\n".join(lines))[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_unicode_are_found(encoding: str) -> None:
    body = text(document(name="Café")).encode(encoding)
    assert read_contract(body).content["name"] == "Café"


def test_each_fault_has_line_column_and_path() -> None:
    bad = document()
    bad["schema"][0]["properties"][2]["logicalType"] = "strng"
    bad["schema"][0]["properties"][0]["requird"] = True
    bad["version"] = 1.5
    found = faults(text(bad))
    assert len(found) == 3
    assert any(one.startswith("Line ") and "schema[0].properties[2].logicalType" in one for one in found)
    assert any(
        "schema[0].properties[0].requird: The standard knows no “requird” here. Did you mean “required”"
        in one
        for one in found
    )
    lines = text(bad).split("\n")
    for one in found:
        number = int(one.split()[1].rstrip(","))
        assert one.split(": ")[0].rpartition(".")[2].rpartition(" ")[2].split("]")[-1] in lines[number - 1]


def test_json_with_tabs_has_places_too() -> None:
    body = json.dumps(document(status=5), indent="\t")
    number = body.split("\n").index('\t"status": 5,') + 1
    assert faults(body)[0].startswith(f"Line {number}, column 2, status")


REVERSING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
ODD = (
    "1", "null", "2020-01-01", "10:30", "yes", "", " x", "x ", "- a", "a: b", "#", "0o14", "1e5", "|", "a\nb", "a\n\n",
    "\nb ",
)  # fmt: skip
SIGNS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=REVERSING)
PLAIN = st.text(SIGNS, max_size=12) | st.sampled_from(ODD)
VALUES = st.recursive(
    PLAIN
    | st.booleans()
    | st.none()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_whatever_is_written_reads_as_the_same(value: Any) -> None:
    content = document(customProperties=[{"property": "x", "value": value}])
    assert read_contract(write_contract(content)).content == content


KEYS = (
    "name", "logicalType", "required", "quality", "metric", "mustBe", "mustBeLessThan", "type", "x", "rule", "query",
    "items", "tags", "id", "enum", "value",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_quick_judge_and_the_library_agree(data: st.DataObject) -> None:
    """On real documents with some part of them put out of order."""
    content = copy.deepcopy(
        data.draw(st.sampled_from([_content(file) for file in REAL if file.stat().st_size < 20_000]))
    )
    for _ in range(data.draw(st.integers(0, 3))):
        _disturb(data, content)
    version = data.draw(st.sampled_from(READ))
    assert _quick(version)(content) == (not list(_validator(version).iter_errors(content)))


@cache
def _content(file: Any) -> dict[str, Any]:
    return read_contract(file.read_bytes()).content


def _disturb(data: st.DataObject, content: Any) -> None:
    part = content
    while True:
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
            part = part[key]
            continue
        match data.draw(st.integers(0, 2)):
            case 0:
                part[key] = data.draw(
                    st.sampled_from([None, True, 0, -1, 2.5, "", "string", [], {}, ["a", "a"], {"x": 1}])
                )
            case 1:
                del part[key]
            case _ if isinstance(part, dict):
                part[data.draw(st.sampled_from(KEYS))] = data.draw(
                    st.sampled_from([1, "string", [1, 2], True])
                )
        return


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"enum": [1]}, 1, True),
        ({"const": False}, False, 0),
        ({"uniqueItems": True}, [1, True, "1"], [1, 1.0]),
        ({"type": "integer"}, 2.0, 2.5),
        ({"not": {"type": "string"}}, 1, "a"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, 1, 4),
    ],
)
def test_json_has_its_own_sameness(schema: Any, good: Any, bad: Any) -> None:
    test = compiled(schema)
    assert test(good)
    assert not test(bad)
