"""Runs everything that a change must pass: lint, tests on SQLite, on PostgreSQL, and in a real browser."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import chromium, java, postgres  # noqa: E402  found only once the root is on the path

BIN = ROOT / ".venv" / "bin"
CLOSING = re.compile(r"=+ .*\d+ \w+.* in [\d.]+s.* =+")
PYTEST = [str(BIN / "python"), "-m", "pytest", "-p", "no:cacheprovider"]
TWO_PROCESSES = ["-n", "2", "--dist", "loadgroup"]
# A test in a browser waits for its page half of the time.
THREE_PROCESSES = ["-n", "3", "--dist", "loadgroup"]
# Half of all tests, of which none needs a database or a browser; tests/conftest.py sees to that.
WITHOUT_CORE = ["--ignore", "tests/core"]
STAGES = ("lint", "sqlite", "postgres", "browser")
NOTHING_COLLECTED = 5


class Report:
    """What each stage came to. A stage that could not run fails the whole where everything is demanded."""

    def __init__(self, *, demands_all: bool) -> None:
        self.demands_all = demands_all
        self.failed: list[str] = []
        self.missing: list[str] = []
        self.closing: list[tuple[str, str]] = []

    @property
    def exit_code(self) -> int:
        return 1 if self.failed or (self.missing and self.demands_all) else 0

    def show(self) -> None:
        for sentence in self.missing:
            print("\n" + "!" * 100 + f"\n!! NOT RUN: {sentence}\n" + "!" * 100)
        if self.failed:
            print(f"\nFailed: {', '.join(self.failed)}.")
        for stage, line in self.closing:
            print(f"\n{stage}:\n{line}")


def main(arguments: list[str]) -> int:
    wanted = arguments[0] if arguments else "all"
    if wanted not in (*STAGES, "all"):
        print(f"usage: verify.py all|{'|'.join(STAGES)} [pytest arguments]", file=sys.stderr)
        return 2
    stages = STAGES if wanted == "all" else (wanted,)
    report = Report(demands_all=os.environ.get("CI") == "1")
    run_stages(stages, arguments[1:], report)
    report.show()
    return report.exit_code


def run_stages(stages: tuple[str, ...], extra: list[str], report: Report) -> None:
    linting: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    if "lint" in stages:
        linting = lint(report)
    if stages == ("lint",):
        with linting:
            return
    with database_server(report) as url:
        environment = {postgres.URL_VARIABLE: url} if url else {}
        with linting:
            if "sqlite" in stages:
                without = "not browser" if has_java(report) else "not browser and not spark"
                test("SQLite", [*TWO_PROCESSES, "-m", without, *extra], environment, report)
        if "postgres" in stages and url:
            on_postgres = {**environment, "THROUGHLINE_TEST_DATABASE": "postgres"}
            options = [*TWO_PROCESSES, *WITHOUT_CORE, "-m", "not browser and not mlflow", "--only-database"]
            test("PostgreSQL", [*options, *extra], on_postgres, report)
        if "browser" in stages and has_browser(report):
            options = [*THREE_PROCESSES, *WITHOUT_CORE, "-m", "browser", *extra]
            test("Browser", options, environment, report)


@contextlib.contextmanager
def lint(report: Report) -> Iterator[None]:
    """All at once, beside whatever is done meanwhile; what they say comes at the end, one after another."""
    # A key, because the type checker loads the settings; a quiet folder, because it must leave no traces.
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "THROUGHLINE_SECRET_KEY": "x" * 40}
    commands = (["mypy"], ["ruff", "check", "."], ["lint-imports", "--no-logo"])
    with contextlib.ExitStack() as stack:
        running = []
        for command in commands:
            said = stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
            program = [str(BIN / command[0]), *command[1:]]
            process = subprocess.Popen(
                program, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT
            )
            running.append((command, process, said))
        yield
        for command, process, said in running:
            code = process.wait()
            said.seek(0)
            print(f"\n-- {' '.join(command)}\n{said.read()}", flush=True)
            if code != 0:
                report.failed.append(command[0])


@contextlib.contextmanager
def database_server(report: Report) -> Iterator[str | None]:
    """A server given by its address, else one of our own that is thrown away."""
    given = os.environ.get(postgres.URL_VARIABLE)
    if given:
        yield given
        return
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(postgres.throw_away())
        except postgres.NoPostgres as error:
            report.missing.append(f"the tests on PostgreSQL. {error}")
            url = None
        yield url


def has_browser(report: Report) -> bool:
    if chromium.find_or_install():
        return True
    report.missing.append(f"the tests in a browser. {chromium.how_to_get()}")
    return False


def has_java(report: Report) -> bool:
    if java.find_or_install():
        return True
    report.missing.append(f"the tests on Spark. {java.how_to_get()}")
    return False


def test(stage: str, options: list[str], environment: dict[str, str], report: Report) -> None:
    print(f"\n-- tests: {stage}", flush=True)
    # What is compiled is kept, for the processes that tests start and for the next stage.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [*PYTEST, *options],
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    closing = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        closing = line.strip() if CLOSING.fullmatch(line.strip()) else closing
    if process.wait() not in (0, NOTHING_COLLECTED):
        report.failed.append(f"tests on {stage}")
    report.closing.append((stage, closing or "no tests were run"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
