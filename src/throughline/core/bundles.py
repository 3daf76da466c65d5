"""A model's dossier as it is exported: sealed by a fingerprint, and checked again where there is no server."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from throughline.core.activity import GENESIS, Chain, Entry, seal
from throughline.core.dossier import Dossier
from throughline.core.errors import Refused
from throughline.core.fingerprints import fingerprint
from throughline.core.gates import Verdict, evaluate
from throughline.core.plain import from_plain
from throughline.core.policy import Policy
from throughline.core.policy_reader import PolicyInvalid, parse

FORMAT = "throughline.dossier"
VERSION = 1
ENTRY_FIELDS = ("seq", "at", "actor", "door", "verb", "program_id", "model_id", "body", "previous", "hash")


@dataclass(frozen=True)
class Checked:
    """What an export came to. `verdict` is computed anew from its dossier; `problems` is empty when all holds."""

    verdict: Verdict | None
    dossier: Dossier
    decisions: int
    entries: int
    problems: tuple[str, ...]


def sealed(content: Mapping[str, object]) -> dict[str, object]:
    """The content with its format and the fingerprint of all of it."""
    whole = {"format": FORMAT, "format_version": VERSION, **content}
    return {**whole, "fingerprint": fingerprint(whole)}


def check(bundle: object, *, gate: str = "") -> Checked:
    """Evaluates the gate again over the dossier in the export. Raises `Refused` (invalid) when it was changed."""
    content = _unsealed(bundle)
    dossier = from_plain(Dossier, content.get("dossier"))
    policy = _policy(content, str(content.get("policy", "")))
    asked = gate or content.get("gate")
    if asked and asked not in policy.gates:
        raise Refused.of(f"{policy.label} has no gate “{asked}”.", kind="invalid")
    verdict = evaluate(policy, str(asked), dossier) if asked else None
    problems = [*_other_verdict(content, verdict), *_decision_problems(content), *_entry_problems(content)]
    entries = _list(_mapping(content.get("activity")).get("entries"))
    decisions = _list(content.get("decisions"))
    return Checked(verdict, dossier, len(decisions), len(entries), tuple(problems))


def read_entry(content: object) -> Entry:
    """One entry of the activity log as it was exported."""
    return from_plain(Entry, content)


def entry_problem(entry: Entry) -> str:
    """Empty when the entry's content is what its hash seals."""
    given = {name: getattr(entry, name) for name in ENTRY_FIELDS if name != "hash"}
    return "" if seal(**given) == entry.hash else f"The content of entry {entry.seq} is not what was sealed."


def _unsealed(bundle: object) -> Mapping[str, Any]:
    content = _mapping(bundle)
    if content.get("format") != FORMAT:
        raise Refused.of(
            "This is not an exported dossier.", kind="invalid", remedy="Export it from the model's page."
        )
    if content.get("format_version") != VERSION:
        raise Refused.of(
            "This dossier was exported by another version of Throughline.",
            kind="invalid",
            remedy="Export it again.",
        )
    rest = {name: value for name, value in content.items() if name != "fingerprint"}
    if fingerprint(rest) != content.get("fingerprint"):
        raise Refused.of(
            "The content is not what was exported: its fingerprint does not fit.",
            kind="invalid",
            remedy="Export it again, and find out who changed this one.",
        )
    return content


def _policy(content: Mapping[str, Any], key: str) -> Policy:
    source = _mapping(content.get("policies")).get(key)
    try:
        policy = parse(source)
    except PolicyInvalid as error:
        raise Refused.of(f"The policy in the export can't be read: {error}", kind="invalid") from error
    if policy.fingerprint != key:
        raise Refused.of(
            "The policy in the export is not the one that its fingerprint names.", kind="invalid"
        )
    return policy


def _other_verdict(content: Mapping[str, Any], verdict: Verdict | None) -> Iterator[str]:
    said = content.get("verdict")
    if verdict is None or said is None or said.get("gate") != verdict.gate:
        return
    if said.get("passing") != verdict.passing.value:
        yield f"The export says “{said.get('passing')}”, but evaluated again it is “{verdict.passing.value}”."


def _decision_problems(content: Mapping[str, Any]) -> Iterator[str]:
    """Each decision is judged again by the policy and the dossier that it froze."""
    for decision in _list(content.get("decisions")):
        said = _mapping(decision.get("verdict"))
        dossier = from_plain(Dossier, decision.get("dossier"))
        policy = _policy(content, str(decision.get("policy_fingerprint", "")))
        again = evaluate(policy, str(said.get("gate")), dossier)
        if dossier.fingerprint() != decision.get("dossier_fingerprint"):
            yield f"The dossier of decision {decision.get('id')} is not the one that was decided on."
        elif again.passing.value != said.get("passing"):
            yield (
                f"Decision {decision.get('id')} says “{said.get('passing')}”, "
                f"but evaluated again it is “{again.passing.value}”."
            )


def _entry_problems(content: Mapping[str, Any]) -> Iterator[str]:
    """Other models' entries stand between these, so each is checked by itself, and neighbours where they follow."""
    before: Entry | None = None
    for entry in map(read_entry, _list(_mapping(content.get("activity")).get("entries"))):
        if problem := entry_problem(entry):
            yield problem
        if before is not None and entry.seq <= before.seq:
            yield f"Entry {entry.seq} stands after entry {before.seq}."
        elif before is not None and entry.seq == before.seq + 1 and entry.previous != before.hash:
            yield f"Entry {entry.seq} does not follow from the entry before it."
        before = entry


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def in_export(entry: Entry) -> dict[str, object]:
    """An entry as exports write it; the instant keeps its microseconds, because the hash does."""
    content: dict[str, object] = {name: getattr(entry, name) for name in ENTRY_FIELDS}
    at = entry.at
    return {**content, "at": at.isoformat() if isinstance(at, datetime) else at}


def walk(lines: Iterable[object]) -> Chain:
    """Walks an export of the whole log: every link must hold, and every entry whose content is there must be what
    was sealed. Raises `Refused` (invalid) for a line that is none of ours."""
    count, head = 0, GENESIS
    for content in lines:
        link = _mapping(content)
        seq, previous, digest = link.get("seq"), link.get("previous"), link.get("hash")
        if not isinstance(seq, int) or not isinstance(digest, str):
            raise Refused.of(f"Line {count + 1} is not an entry of the activity log.", kind="invalid")
        problem = ""
        if seq != count + 1:
            problem = f"Entry {count + 1} is missing; entry {seq} follows."
        elif previous != head:
            problem = f"Entry {seq} does not follow from the entry before it."
        elif "body" in link:
            problem = entry_problem(read_entry(link))
        if problem:
            return Chain(count, head, count + 1, problem)
        count, head = seq, digest
    return Chain(count, head)
