"""Report files: told apart by content, counted honestly, and refused in words when they cannot be read."""

import json

import pytest

from tests.shared_data import shared_file
from throughline.adapters.base import Observation, ReportUnreadable
from throughline.adapters.reports import FORMATS, read_report
from throughline.core.evidence import Outcome


def contract_result(*results: str, **changes: object) -> bytes:
    checks = [
        {"key": f"rule_{number}", "name": "n", "result": result} for number, result in enumerate(results)
    ]
    document = {"dataContractId": "orders", "runId": "r1", "result": "passed", "checks": checks, **changes}
    return json.dumps(document).encode()


def dbt_result(*statuses: str, version: object = 6, **changes: object) -> bytes:
    schema = f"https://schemas.getdbt.com/dbt/run-results/v{version}.json"
    results = [
        {"unique_id": f"test.shop.check_{number}", "status": status, "failures": 3 if status == "fail" else 0}
        for number, status in enumerate(statuses)
    ]
    metadata = {"dbt_schema_version": schema, "invocation_id": "i1", "generated_at": "2026-11-20T10:00:00.1Z"}
    return json.dumps({"metadata": metadata, "results": results, **changes}).encode()


def junit(cases: str, attributes: str = 'name="unit" timestamp="2026-11-20T10:00:00+00:00"') -> bytes:
    suite = f"<testsuite {attributes}>{cases}</testsuite>"
    return f'<?xml version="1.0" encoding="utf-8"?><testsuites>{suite}</testsuites>'.encode()


def whole(body: bytes, label: str = "") -> Observation:
    return read_report(body, label)[0]


PASSED = '<testcase classname="a" name="b"/>'
FAILED = '<testcase name="c"><failure message="no"/></testcase>'
BROKEN = '<testcase name="d"><error/></testcase>'
SKIPPED = '<testcase name="e"><skipped/></testcase>'


class TestARealContractResult:
    def test_it_is_told_as_a_whole_and_rule_by_rule(self) -> None:
        body = shared_file("livesite", "odcs", "bench", "datacontract-cli-1.2.8-result.json").read_bytes()
        found = {one.key: one for one in read_report(body)}
        assert len(found) == 41
        told = found["contract.orders-bench"]
        assert told.outcome is Outcome.FAILED
        assert told.summary.startswith("26 of 40 rules passed, 5 failed, 9 without a result.")
        assert told.subject == "orders-bench 1.0.0"
        assert (told.detail["failed"], told.detail["unknown"]) == (5, 9)
        assert told.observed_at is not None
        assert told.observed_at.isoformat().startswith("2026-11-23T12:47:15")
        rule = found["rule.contract.orders-bench.orders__amount__field_required"]
        assert (rule.value, rule.outcome, rule.detail["rows"]) == (25179, Outcome.FAILED, 5_000_000)
        assert found["rule.contract.orders-bench.orders__order_id__field_type"].outcome is Outcome.UNKNOWN

    def test_reading_it_twice_tells_the_same(self) -> None:
        body = shared_file("livesite", "odcs", "bench", "datacontract-cli-1.2.8-result.json").read_bytes()
        assert read_report(body) == read_report(body)
        assert len({one.source_ref for one in read_report(body)}) == 41


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (("passed", "passed"), Outcome.PASSED),
        (("passed", "failed"), Outcome.FAILED),
        (("passed", "error"), Outcome.FAILED),
        (("passed", "warning"), Outcome.UNKNOWN),
        (("passed", "unsupported"), Outcome.UNKNOWN),
        (("passed", "something new"), Outcome.UNKNOWN),
        (("warning", "failed"), Outcome.FAILED),
        ((), Outcome.UNKNOWN),
    ],
)
def test_a_contract_passes_only_if_every_rule_did(results: tuple[str, ...], expected: Outcome) -> None:
    assert whole(contract_result(*results)).outcome is expected


@pytest.mark.parametrize(
    "change", [{"dryRun": True}, {"filters": {"day": "today"}}, {"result": "failed"}, {"result": None}]
)
def test_a_run_that_looked_at_less_proves_nothing(change: dict[str, object]) -> None:
    assert whole(contract_result("passed", **change)).outcome is Outcome.UNKNOWN


def test_a_label_takes_the_place_of_the_contracts_name() -> None:
    assert whole(contract_result("passed"), "main").key == "contract.main"


def test_rules_with_the_same_key_stay_apart() -> None:
    checks = [{"key": "same", "result": "passed"}, {"key": "same", "result": "failed"}]
    found = read_report(contract_result(checks=checks))
    assert [one.key for one in found] == [
        "contract.orders",
        "rule.contract.orders.same",
        "rule.contract.orders.same#2",
    ]


def test_rows_that_failed_are_not_taken_along() -> None:
    checks = [{"key": "a", "result": "failed", "failedSamples": [{"email": "someone@example.com"}]}]
    assert "someone@example.com" not in repr(read_report(contract_result(checks=checks)))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("success", "pass"), Outcome.PASSED),
        (("pass", "fail"), Outcome.FAILED),
        (("success", "error"), Outcome.FAILED),
        (("success", "partial success"), Outcome.FAILED),
        (("pass", "warn"), Outcome.UNKNOWN),
        (("pass", "skipped"), Outcome.UNKNOWN),
        (("pass", "no-op"), Outcome.UNKNOWN),
        ((), Outcome.UNKNOWN),
    ],
)
def test_dbt_passes_only_if_every_node_did(statuses: tuple[str, ...], expected: Outcome) -> None:
    told = whole(dbt_result(*statuses))
    assert (told.key, told.source) == ("contract.shop" if statuses else "contract.dbt", "dbt")
    assert told.outcome is expected


def test_dbt_tells_how_many_rows_failed() -> None:
    rule = read_report(dbt_result("pass", "fail"))[2]
    assert (rule.key, rule.value, rule.unit) == ("rule.contract.shop.test.shop.check_1", 3, "failures")
    assert rule.observed_at is not None


@pytest.mark.parametrize("version", [4, 5, 6])
def test_dbt_versions_4_to_6_are_read(version: int) -> None:
    assert whole(dbt_result("pass", version=version)).detail["schema_version"] == version


@pytest.mark.parametrize("version", [1, 3, 7, 99, "x"])
def test_other_dbt_versions_are_refused_by_number(version: object) -> None:
    with pytest.raises(ReportUnreadable, match="4, 5 and 6 are read"):
        read_report(dbt_result("pass", version=version))


@pytest.mark.parametrize(
    ("cases", "expected", "words"),
    [
        (PASSED, Outcome.PASSED, "1 passed, 0 failed, 0 skipped."),
        (PASSED + FAILED, Outcome.FAILED, "1 passed, 1 failed, 0 skipped."),
        (PASSED + BROKEN, Outcome.FAILED, "1 passed, 1 failed, 0 skipped."),
        (PASSED + SKIPPED, Outcome.PASSED, "1 passed, 0 failed, 1 skipped."),
        (SKIPPED, Outcome.UNKNOWN, "0 passed, 0 failed, 1 skipped. Too few ran to say that they pass."),
        ("", Outcome.UNKNOWN, "0 passed, 0 failed, 0 skipped."),
    ],
)
def test_tests_are_counted(cases: str, expected: Outcome, words: str) -> None:
    told = whole(junit(cases))
    assert (told.key, told.outcome, told.summary) == ("tests.unit", expected, words)


def test_tests_that_did_not_pass_are_named() -> None:
    told = whole(junit(PASSED + FAILED + SKIPPED), "integration")
    assert told.key == "tests.integration"
    assert told.detail["not_passed"] == [{"test": "c", "ended": "failed"}, {"test": "e", "ended": "skipped"}]
    assert told.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('name="u" tests="1"', Outcome.PASSED),
        ('name="u" tests="5"', Outcome.UNKNOWN),
        ('name="u" tests="1" failures="1"', Outcome.FAILED),
        ('name="u" tests="1" errors="2"', Outcome.FAILED),
        ('name="u" tests="NaN"', Outcome.PASSED),
    ],
)
def test_a_count_that_does_not_add_up_passes_nothing(attributes: str, expected: Outcome) -> None:
    assert whole(junit(PASSED, attributes)).outcome is expected


def test_several_suites_are_told_together_and_apart() -> None:
    suites = f'<testsuite name="a">{PASSED}</testsuite><testsuite name="b">{FAILED}</testsuite>'
    found = {one.key: one.outcome for one in read_report(f"<testsuites>{suites}</testsuites>".encode())}
    assert found == {
        "tests.all": Outcome.FAILED,
        "suite.all.a": Outcome.PASSED,
        "suite.all.b": Outcome.FAILED,
    }


def test_nested_suites_are_counted_once() -> None:
    inner = f'<testsuite name="inner" tests="2">{PASSED}{PASSED}</testsuite>'
    told = whole(f'<testsuite name="outer" tests="2">{inner}</testsuite>'.encode())
    assert (told.outcome, told.detail["passed"]) == (Outcome.PASSED, 2)


@pytest.mark.parametrize(
    "document_type",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/evil.dtd">',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        "<!DOCTYPE testsuites>",
    ],
)
def test_document_types_and_entities_are_refused(document_type: str) -> None:
    body = f"<?xml version='1.0'?>{document_type}<testsuites><testsuite>{PASSED}</testsuite></testsuites>"
    with pytest.raises(ReportUnreadable, match="document type"):
        read_report(body.encode())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00", "not a report that is known"),
        (b"PK\x03\x04", "not a report that is known"),
        (b"{}", "not a report that is known"),
        (b"[1, 2]", "not a report that is known"),
        (b'"text"', "not a report that is known"),
        (contract_result("passed")[:-20], "not complete JSON"),
        (b'{"checks": 1, "dataContractId": "x"}', "not a report that is known"),
        (junit(PASSED)[:-20], "not complete XML"),
        (b"<html><body>Sign in</body></html>", "not a test report"),
        (b"<testsuites></testsuites>", "no test suite"),
        (b"<testsuites><testcase/></testsuites>", "outside of any suite"),
        (b"<testsuites>" + b"<testsuite>" * 100, "64 levels"),
        (b"<?xml version='1.0' encoding='x-nothing'?><testsuites/>", "XML|encoding"),
        (b"[" * 100_000, "nested"),
        (b"x" * (16 * 1024 * 1024 + 1), "larger than 16 MiB"),
    ],
)
def test_what_is_no_report_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ReportUnreadable, match=words) as refused:
        read_report(body)
    assert str(refused.value).endswith(".")


def test_a_utf16_report_is_read() -> None:
    text = f"<?xml version='1.0' encoding='utf-16'?><testsuite name='unit'>{PASSED}</testsuite>"
    assert whole(text.encode("utf-16")).outcome is Outcome.PASSED


def test_strange_values_do_no_harm() -> None:
    checks = [{"key": "a\x00b", "result": ["passed"], "diagnostics": {"value": 1e308}}, 7, None]
    found = read_report(contract_result(checks=checks, dataContractId={"a": 1}, timestampEnd=5))
    assert found[0].outcome is Outcome.UNKNOWN
    assert "\x00" not in repr(found)


def test_the_formats_are_named() -> None:
    assert len(FORMATS) == 3
