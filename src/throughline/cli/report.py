"""How the answer of a gate is told: to people, as JSON, as JUnit XML, and as an exit code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape as xml_text
from xml.sax.saxutils import quoteattr

from throughline.cli import terminal
from throughline.cli.terminal import talk
from throughline.client.shapes import NOT_PASSED, PASSED, PASSED_BY_WAIVER, WAITING, Finding, GateReport
from throughline.core.errors import Refused
from throughline.core.plain import from_plain, to_plain

SCHEMA = "throughline.gate-check/1"
EXITS = {
    PASSED: terminal.PASSED,
    NOT_PASSED: terminal.NOT_PASSED,
    WAITING: terminal.WAITING,
    PASSED_BY_WAIVER: terminal.PASSED_BY_WAIVER,
}
SAID = {
    PASSED: ("PASSED", "green"),
    NOT_PASSED: ("NOT PASSED", "red"),
    WAITING: ("WAITING for the answers of named people", "yellow"),
    PASSED_BY_WAIVER: ("PASSED BY WAIVER", "yellow"),
}
SIGNS = {
    "met": ("ok  ", "green"),
    "unmet": ("FAIL", "red"),
    "unknown": ("????", "red"),
    "not_needed": ("--  ", ""),
}


@dataclass(frozen=True)
class Report:
    """`origin` says where an offline answer comes from."""

    model: str
    gate: GateReport
    origin: str = ""


def from_file(file: Path, model: str, to: str | None) -> Report:
    """Evaluates an exported dossier here. Raises `Refused` when it is another model's, or was changed."""
    from throughline.core.bundles import check
    from throughline.core.stages import Stage, step_towards
    from throughline.core.text import parse_json

    content: Any = parse_json(file.read_bytes(), field="file")
    checked = check(content)
    facts = checked.dossier.model
    if model not in (str(facts.id), facts.external_id, f"{facts.program}/{facts.external_id}"):
        raise Refused.of(
            f"This is the dossier of {facts.name} ({facts.program}/{facts.external_id or facts.id})."
        )
    if to:
        checked = check(content, gate=step_towards(facts.place, Stage(to)).gate)
    if checked.problems or checked.verdict is None:
        raise Refused.of(*(checked.problems or (f"Nothing leads on from {facts.place}.",)))
    plain: Any = to_plain(checked.verdict)
    gate = from_plain(GateReport, {**plain, "model_id": facts.id})
    return Report(
        facts.name, gate, f"from {file.name}, as of {gate.at:%Y-%m-%d %H:%M} UTC; no server was asked"
    )


def exit_code(passing: str, *, accepts_waiver: bool) -> int:
    """An answer that is not known here counts as not passed."""
    if passing == PASSED_BY_WAIVER and accepts_waiver:
        return terminal.PASSED
    return EXITS.get(passing, terminal.NOT_PASSED)


def as_json(report: Report, code: int) -> dict[str, object]:
    plain: Any = to_plain(report.gate)
    return {
        "schema": SCHEMA,
        "model": report.model,
        "exit_code": code,
        "offline": bool(report.origin),
        **plain,
    }


def tell(report: Report, *, is_explaining: bool) -> None:
    """One line for each check, and the verdict last."""
    gate = report.gate
    talk(f"{report.model}: {gate.gate.replace('_', ' ')}, by {gate.policy}")
    if report.origin:
        talk(f"({report.origin})")
    for finding in gate.findings:
        sign, colour = _sign(finding)
        talk(f"  {sign} {_line(finding)}", style={"fg": colour} if colour else None)
        if is_explaining:
            for line in _explained(finding):
                talk(f"         {line}")
    said, colour = SAID.get(gate.passing, SAID[NOT_PASSED])
    talk(f"{said}{_outstanding(gate)}", style={"fg": colour, "bold": True})


def _sign(finding: Finding) -> tuple[str, str]:
    if finding.waiver is not None:
        return "wvd ", "yellow"
    if finding.level != "block" and finding.answer in ("unmet", "unknown"):
        return "warn" if finding.level == "warn" else "note", "yellow"
    if finding.is_sign_off and finding.answer == "unmet":
        return "wait", "yellow"
    return SIGNS.get(finding.answer, SIGNS["unknown"])


def _line(finding: Finding) -> str:
    return f"{finding.check}: {finding.found}"


def _explained(finding: Finding) -> list[str]:
    waiver = finding.waiver
    told = [
        f"asks: {finding.asks}",
        f"applies: {finding.applies}",
        f"why: {finding.why}" if finding.why else "",
    ]
    if finding.remedy:
        told.append(f"to do: {finding.remedy}")
    if finding.turn:
        told.append(f"whose turn: {', '.join(finding.turn_names or finding.turn)}")
    if waiver is not None:
        told.append(f"waived by {waiver.granted_by} until {waiver.until:%Y-%m-%d}: {waiver.reason}")
    return [line for line in told if line]


def _outstanding(gate: GateReport) -> str:
    open_checks = sum(finding.is_blocking for finding in gate.findings)
    return f": {open_checks} of {len(gate.findings)} checks outstanding" if open_checks else ""


def junit(report: Report) -> str:
    """One test case for each check; a warning does not fail the build, an unknown answer does."""
    cases = "\n".join(_case(finding, report.gate.gate) for finding in report.gate.findings)
    blocking = [finding for finding in report.gate.findings if finding.is_blocking]
    errors = sum(finding.answer == "unknown" for finding in blocking)
    skipped = sum(finding.answer == "not_needed" for finding in report.gate.findings)
    counts = (
        f'tests="{len(report.gate.findings)}" failures="{len(blocking) - errors}" '
        f'errors="{errors}" skipped="{skipped}"'
    )
    name = quoteattr(_xml_safe(f"{report.model}: {report.gate.gate}"))
    stamp = quoteattr(report.gate.at.isoformat())
    return _document(f"<testsuite name={name} timestamp={stamp} {counts}>\n{cases}\n</testsuite>")


def junit_unreachable(model: str, problem: str) -> str:
    case = f'<testcase classname="gate" name="server"><error message={quoteattr(_xml_safe(problem))}/></testcase>'
    name = quoteattr(_xml_safe(model))
    return _document(
        f'<testsuite name={name} tests="1" failures="0" errors="1" skipped="0">\n{case}\n</testsuite>'
    )


def _case(finding: Finding, gate: str) -> str:
    head = f"<testcase classname={quoteattr(gate)} name={quoteattr(_xml_safe(finding.check))}>"
    said = quoteattr(_xml_safe(finding.found))
    body = xml_text(_xml_safe("\n".join([finding.asks, *_explained(finding)[1:]])))
    if finding.is_blocking:
        tag = "error" if finding.answer == "unknown" else "failure"
        return f"{head}<{tag} message={said}>{body}</{tag}></testcase>"
    if finding.answer == "not_needed":
        return f"{head}<skipped message={said}/></testcase>"
    note = "" if finding.answer == "met" else f"<system-out>{body}</system-out>"
    return f"{head}{note}</testcase>"


def _document(suite: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suite}\n</testsuites>\n'


def _xml_safe(text: str) -> str:
    """XML has no form for control characters and half surrogates."""
    return terminal.escape(text, keep_lines=True)
