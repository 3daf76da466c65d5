"""JUnit XML, as test runners write it, read without following anything that the file refers to."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from throughline.adapters.base import (
    Observation,
    ReportUnreadable,
    finite,
    from_iso,
    plain,
)
from throughline.core.evidence import EvidenceKind, Outcome
from throughline.core.text import Json

FORMAT = "JUnit XML"
MAX_DEPTH = 64
MAX_CASES = 200_000
MAX_NAMED = 50

_NOT_PASSED = {"failure": "failed", "error": "failed", "skipped": "skipped"}


def recognises(body: bytes) -> bool:
    """Whether the file looks like XML at all; what it holds is said when it is read."""
    head = body[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"<")


def read(body: bytes, digest: str, label: str) -> tuple[Observation, ...]:
    suites = _Reading(body).suites
    if not suites:
        raise ReportUnreadable("The file holds no test suite.", "Bring the file that the test runner wrote.")
    names = {suite.name for suite in suites if suite.name}
    label = label or (min(names) if len(names) == 1 else "all")
    whole = _observation(_together(suites), f"tests.{label}", f"junit:{digest}", digest)
    return (whole, *_per_suite(suites, label, digest))


@dataclass(slots=True)
class _Suite:
    name: str
    announced: int | None = None
    announced_failed: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    timestamp: str = ""
    named: list[Json] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped

    @property
    def status(self) -> Outcome:
        """Skipped tests do not pass by themselves, and a count that does not add up passes nothing."""
        if self.failed or self.announced_failed:
            return Outcome.FAILED
        complete = self.announced is None or self.announced == self.total
        return Outcome.PASSED if self.passed and complete else Outcome.UNKNOWN


class _Reading:
    """One pass over the file; refuses a document type, entities, and depth beyond reason."""

    def __init__(self, body: bytes) -> None:
        self.suites: list[_Suite] = []
        self._open: list[_Suite] = []
        self._path: list[str] = []
        self._case = ""
        self._case_ended = ""
        self._cases = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            where = f"line {error.lineno}, column {error.offset + 1}"
            raise ReportUnreadable(
                f"The file is not complete XML ({where}).", "It may have been cut off; bring it again."
            ) from error
        except (ValueError, LookupError) as error:
            raise ReportUnreadable("The file's encoding cannot be read.", "Save it as UTF-8.") from error

    def _refuse(self, *_: object) -> None:
        raise ReportUnreadable(
            "The file declares a document type or entities, which a test report has no need of.",
            "Bring the file as the test runner wrote it.",
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag not in ("testsuites", "testsuite"):
            raise ReportUnreadable(
                f"The file is XML, but not a test report: it begins with <{plain(tag, 40)}>.",
                "Bring JUnit XML, for example what `pytest --junit-xml` writes.",
            )
        self._path.append(tag)
        if len(self._path) > MAX_DEPTH:
            raise ReportUnreadable(f"The file is nested more than {MAX_DEPTH} levels deep.")
        if tag == "testsuite":
            self._open.append(_begun(attributes))
            self.suites.append(self._open[-1])
        elif tag == "testcase":
            self._begin_case(attributes)
        elif self._case and tag in _NOT_PASSED and self._path[-2:-1] == ["testcase"]:
            self._case_ended = "failed" if self._case_ended == "failed" else _NOT_PASSED[tag]

    def _begin_case(self, attributes: dict[str, str]) -> None:
        self._cases += 1
        if self._cases > MAX_CASES or not self._open:
            why = "tests outside of any suite" if not self._open else f"more than {MAX_CASES:,} tests"
            raise ReportUnreadable(f"The file holds {why}.")
        parts = (attributes.get("classname", ""), attributes.get("name", ""))
        self._case = plain("::".join(part for part in parts if part)) or "unnamed"
        self._case_ended = {"skipped": "skipped", "notrun": "skipped", "disabled": "skipped"}.get(
            attributes.get("status", "").lower(), "passed"
        )

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "testsuite":
            self._open.pop()
        elif tag == "testcase":
            suite = self._open[-1]
            setattr(suite, self._case_ended, getattr(suite, self._case_ended) + 1)
            if self._case_ended != "passed" and len(suite.named) < MAX_NAMED:
                suite.named.append({"test": self._case, "ended": self._case_ended})
            self._case = ""


def _begun(attributes: dict[str, str]) -> _Suite:
    announced = finite(attributes.get("tests"))
    failed = (finite(attributes.get("failures")) or 0) + (finite(attributes.get("errors")) or 0)
    return _Suite(
        name=plain(attributes.get("name")),
        announced=None if announced is None else math.floor(announced),
        announced_failed=math.ceil(failed),
        timestamp=attributes.get("timestamp", ""),
    )


def _together(suites: list[_Suite]) -> _Suite:
    """All suites as one; an outer suite announces its inner tests too, so announced counts are not added."""
    whole = _Suite(name="")
    for suite in suites:
        whole.passed += suite.passed
        whole.failed += suite.failed
        whole.skipped += suite.skipped
        whole.named.extend(suite.named)
        whole.timestamp = max(whole.timestamp, suite.timestamp)
    whole.announced_failed = max(suite.announced_failed for suite in suites)
    announced = [suite.announced or 0 for suite in suites if suite.announced is not None]
    if announced and max(announced) > whole.total:
        whole.announced = max(announced)
    return whole


def _per_suite(suites: list[_Suite], label: str, digest: str) -> Iterator[Observation]:
    for number, suite in enumerate(suites):
        if suite.total and suite.name:
            yield _observation(suite, f"suite.{label}.{suite.name}", f"junit:{digest}:{number}", digest)


def _observation(suite: _Suite, key: str, source_ref: str, digest: str) -> Observation:
    summary = f"{suite.passed} passed, {suite.failed} failed, {suite.skipped} skipped."
    if suite.status is Outcome.UNKNOWN and suite.total:
        summary += " Too few ran to say that they pass."
    return Observation(
        kind=EvidenceKind.TESTED,
        key=key,
        subject=suite.name or "tests",
        source="junit",
        source_ref=source_ref,
        value=suite.passed / suite.total if suite.total else None,
        unit="share passed",
        outcome=suite.status,
        fingerprint=digest,
        summary=summary,
        observed_at=from_iso(suite.timestamp),
        detail={
            "passed": suite.passed,
            "failed": suite.failed,
            "skipped": suite.skipped,
            "not_passed": suite.named[:MAX_NAMED],
        },
    )
