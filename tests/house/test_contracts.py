"""The floors of the house, checked by import-linter, and the rules of the house that can be read off the source."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "throughline"
ACTIONS = SOURCE / "actions"
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
UNNAMED = ("utils", "helpers", "common", "services", "managers")
VAGUE = ("Manager", "Helper", "Util", "Data", "Info")


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in modules():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def lint(folder: Path, config: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    (folder / "contracts").write_text(config)
    return subprocess.run(
        [program, "--no-logo", "--no-cache", "--config", folder / "contracts"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )


def test_every_floor_keeps_its_contract(tmp_path: Path):
    done = lint(tmp_path, (ROOT / ".importlinter").read_text())

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_a_breach_would_be_seen(tmp_path: Path):
    upside_down = """
        [importlinter]
        root_package = throughline
        [importlinter:contract:floors]
        name = The cellar above the roof
        type = layers
        containers = throughline
        layers =
            core
            actions
    """
    done = lint(tmp_path, "\n".join(text.removeprefix("        ") for text in upside_down.splitlines()))

    assert done.returncode == 1
    assert "BROKEN" in done.stdout


def test_every_module_opens_by_saying_what_it_is_responsible_for():
    silent = [name for name, tree in trees() if not (ast.get_docstring(tree) or "").strip()]

    assert silent == []


def test_no_function_is_too_long_to_be_read_at_once():
    long = [
        f"{name}: {node.name}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_is_too_long():
    long = [str(path) for path in modules() if len(path.read_text().splitlines()) > LONGEST_FILE]

    assert long == []


def test_no_name_says_nothing():
    assert [str(path) for path in modules() if path.stem in UNNAMED] == []
    vague = [
        f"{name}: {node.name}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE)
    ]
    assert vague == []


# Modules that change nothing a person decides: what they write is how the installation does its work.
MACHINERY = {
    "jobs": "claims, leases and heartbeats of the worker",
    "idempotency": "replies kept so that a repeated request gets the same one",
}


def public_actions() -> list[tuple[str, ast.FunctionDef]]:
    """Functions that a door calls: of a module whatever is public, of a package what its face names."""
    found = []
    for path in sorted(ACTIONS.rglob("*.py")):
        if path.stem in ("__init__", "activity", *MACHINERY):
            continue
        named = named_by_the_face(path)
        for node in ast.parse(path.read_text()).body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if is_public and (named is None or node.name in named):
                node.home = path
                found.append((path.stem, node))
    return found


def named_by_the_face(path: Path) -> set[str] | None:
    """None for a module of its own."""
    if path.parent == ACTIONS:
        return None
    tree = ast.parse((path.parent / "__init__.py").read_text())
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}


def calls(tree: ast.AST) -> set[str]:
    """Names of everything called, the last part of dotted ones."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            found.add(name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", ""))
    return found


def reached(function: ast.FunctionDef) -> set[str]:
    """What a function calls, itself or through other functions of its module, or of its package."""
    home = function.home
    own = {
        node.name: node
        for path in ([home] if home.parent == ACTIONS else sorted(home.parent.glob("*.py")))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    seen: set[str] = set()
    waiting = calls(function)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting |= calls(own[name]) if name in own else set()
    return seen


# Where nobody is signed in yet there is no permission to ask: a secret is what is presented.
ASKS_NO_PERMISSION = {
    "collection.receive_hook": "the signature of the webhook is what is presented",
    "sign_in.use_sign_in_link": "the link is what is presented",
    "sign_in.ask_for_link": "whoever reads the mailbox is who comes in",
    "sign_in.mail_link": "the worker does what was asked",
    "sign_in.sign_in_with_password": "the password is what is presented",
    "sign_in.sign_in_with_oidc": "the provider's word is what is presented",
    "sign_in.sign_out": "everybody may leave",
    "personal_links.open_personal_link": "the link is what is presented",
}
# What these change is no record of a model, or it is the log itself.
RECORDS_NO_ACTIVITY = {
    "collection.attach_report": "attaches by `evidence.attach_evidence`, which records it",
    "collection.enqueue_due": "only puts work into the queue; what the work brings is recorded",
    "collection.receive_hook": "only puts work into the queue; what the work brings is recorded",
    "sign_in.ask_for_link": "only puts work into the queue; the link that is mailed is recorded",
    "contract_tests.try_document": "keeps nothing of the document, nor of the file",
    "installation.load": "loads the log; it must come out as it went in",
    "installation.anchor": "writes the head of the log down; an entry would have to be anchored again",
}


@pytest.mark.parametrize(
    ("module", "function"), public_actions(), ids=lambda part: getattr(part, "name", part)
)
class TestEveryAction:
    def test_takes_its_arguments_by_name_and_the_actor_first(self, module: str, function: ast.FunctionDef):
        named = [argument.arg for argument in function.args.kwonlyargs]

        assert function.args.args == []
        assert named[:1] == ["actor"]
        assert "now" not in named or named[-1] == "now"

    def test_asks_permission(self, module: str, function: ast.FunctionDef):
        asks = reached(function) & {
            "require",
            "require_any",
            "require_change",
            "require_start",
            "require_judge",
        }

        assert asks or f"{module}.{function.name}" in ASKS_NO_PERMISSION

    def test_records_an_activity(self, module: str, function: ast.FunctionDef):
        records = reached(function) & {"record", "record_on_model", "record_on_models", "Entry"}

        assert records or f"{module}.{function.name}" in RECORDS_NO_ACTIVITY


def test_the_exceptions_still_exist():
    names = {f"{module}.{function.name}" for module, function in public_actions()}

    assert (ASKS_NO_PERMISSION.keys() | RECORDS_NO_ACTIVITY.keys()) <= names


# Of these modules every action changes what a dossier reads, so it counts the model's facts up (decision 0002).
CHANGES_DOSSIERS = {
    "access_requests",
    "data_sources",
    "attaching",
    "compliance",
    "compliance_findings",
    "feedback",
    "outputs",
    "people",
    "planning",
    "portfolio",
    "promises",
    "sign_offs",
    "stakeholders",
    "tellings",
    "drafting",
    "reviewing",
    "scope",
}
CHANGES_NO_DOSSIER = {
    "drafting.write_section": "a draft counts for nothing until it is submitted (decision 0095)",
    "reviewing.comment_on_section": "a comment holds an approval up, not a gate",
    "reviewing.resolve_comment": "a comment holds an approval up, not a gate",
    "scope.ask_scope_change": "a change counts only once it is approved",
    "scope.withdraw_scope_change": "a change counts only once it is approved",
    "data_sources.add_flow": "what a source is made from is not read by a gate",
    "data_sources.end_flow": "what a source is made from is not read by a gate",
    "portfolio.create_program": "a new program has no models",
    "portfolio.put_model": "creates or changes by the actions that do",
    "sign_offs.request_waiver": "a waiver counts only once it is granted",
    "sign_offs.sign_off_with_file": "signs by `give_sign_off`",
    "outputs.share_file": "shares by `share_output`",
    "stakeholders.record_contact": "a gate does not read contacts",
    "tellings.read_telling": "that somebody read it is not read by a gate",
    "tellings.send_telling": "somebody counts as told when it is recorded, not when the mail left",
    "people.take_up_gap": "an item about a gap is not read by a gate",
    "people.close_gap_item": "an item about a gap is not read by a gate",
    "planning.record_learning": "what was learned is read by people, not by a gate",
}


@pytest.mark.parametrize(
    ("module", "function"),
    [one for one in public_actions() if one[0] in CHANGES_DOSSIERS],
    ids=lambda part: getattr(part, "name", part),
)
def test_what_a_dossier_reads_counts_the_facts_up(module: str, function: ast.FunctionDef):
    counts = reached(function) & {"record_on_model", "record_on_program", "record_on_models"}

    assert counts or f"{module}.{function.name}" in CHANGES_NO_DOSSIER
