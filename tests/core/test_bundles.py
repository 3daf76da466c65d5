"""Sealed exports: what holds, what was changed, and a log that is walked with some entries hidden."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from throughline.core.activity import GENESIS, Entry, seal
from throughline.core.bundles import check, in_export, sealed, walk
from throughline.core.dossier import Dossier, ModelFacts
from throughline.core.errors import Refused
from throughline.core.gates import evaluate
from throughline.core.plain import to_plain
from throughline.core.policy_reader import parse
from throughline.core.stages import GATES, Stage, Standing

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = "conception_to_prototype"
SOURCE = {
    "policy": "small",
    "version": "1",
    "gates": {
        gate: {"asks": "May it pass?", "deciders": ["leader"], "checks": [{"id": "model.risk_tier_set"}]}
        for gate in GATES
    },
}
MODEL = ModelFacts(
    1, 1, "growth", "Churn", "", "churn", None, None, Stage.CONCEPTION, Standing.ACTIVE, NOW, 1
)


def chain(*names):
    entries, previous = [], GENESIS
    for seq, name in enumerate(names, start=1):
        content = {"actor": "Ana", "door": "web", "verb": "model.changed", "program_id": 1, "model_id": 1}
        body = {"name": name}
        digest = seal(seq=seq, at=NOW, body=body, previous=previous, **content)
        entries.append(Entry(seq=seq, at=NOW, body=body, previous=previous, hash=digest, **content))
        previous = digest
    return entries


def content(**changes):
    policy = parse(SOURCE)
    dossier = Dossier(at=NOW, model=MODEL)
    whole = {
        "dossier": to_plain(dossier),
        "gate": GATE,
        "policy": policy.fingerprint,
        "policies": {policy.fingerprint: SOURCE},
        "verdict": to_plain(evaluate(policy, GATE, dossier)),
        "decisions": [],
        "activity": {"entries": [in_export(entry) for entry in chain("a", "b")]},
    }
    return {**whole, **changes}


def test_what_was_exported_holds():
    checked = check(sealed(content()))
    assert checked.problems == ()
    assert (checked.entries, checked.verdict.gate) == (2, GATE)


def test_what_was_changed_is_refused():
    bundle = sealed(content())
    bundle["gate"] = "stop"
    with pytest.raises(Refused, match="fingerprint"):
        check(bundle)


@pytest.mark.parametrize(
    "wrong", [None, [], "x", {}, {"format": "throughline.dossier", "format_version": 99}]
)
def test_what_is_no_export_is_refused(wrong):
    with pytest.raises(Refused):
        check(wrong)


def test_a_verdict_that_does_not_come_out_again_is_told():
    told = content()["verdict"]
    checked = check(sealed(content(verdict={**told, "passing": "passed"})))
    assert "evaluated again it is" in checked.problems[0]


def test_a_policy_under_a_wrong_name_is_refused():
    with pytest.raises(Refused, match="fingerprint names"):
        check(sealed(content(policy="0" * 64, policies={"0" * 64: SOURCE})))


def test_an_entry_that_was_changed_is_told():
    first, second = chain("a", "b")
    forged = [in_export(replace(first, body={"name": "x"})), in_export(second)]
    checked = check(sealed(content(activity={"entries": forged})))
    assert checked.problems == ("The content of entry 1 is not what was sealed.",)


def test_a_gate_that_the_policy_does_not_have_is_refused():
    with pytest.raises(Refused, match="no gate"):
        check(sealed(content()), gate="moon")


def hidden(entry):
    return {"seq": entry.seq, "previous": entry.previous, "hash": entry.hash}


def test_a_log_walks_with_entries_hidden():
    first, second, third = chain("a", "b", "c")
    found = walk([hidden(first), in_export(second), hidden(third)])
    assert (found.is_whole, found.entries, found.head) == (True, 3, third.hash)


def test_a_log_names_the_first_bad_entry():
    first, second, third = chain("a", "b", "c")
    forged = in_export(replace(second, body={"name": "x"}))
    assert walk([in_export(first), forged, in_export(third)]).first_bad == 2
    assert walk([in_export(first), in_export(third)]).first_bad == 2
    assert walk([hidden(first), {**hidden(second), "previous": "0" * 64}]).first_bad == 2
    assert walk([]).is_whole
    with pytest.raises(Refused):
        walk([{"name": "x"}])
