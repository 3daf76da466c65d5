"""Frozen values survive the way to plain JSON and back, and nothing else comes in that way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.make_core import (
    TEAM,
    check_of,
    dossier,
    evidence,
    feasibility,
    policy,
    release,
    sign_off,
    signed,
    waiver,
)
from throughline.core.dossier import Dossier, ModelFacts, ReleaseFacts, SignOff, Waiver
from throughline.core.errors import Refused
from throughline.core.evidence import Evidence
from throughline.core.people import Assignment
from throughline.core.plain import from_plain, to_plain

instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
texts = st.text(max_size=6)
plain_mappings = st.dictionaries(texts, st.integers() | texts, max_size=2)
for shape, made in ((Evidence, plain_mappings),):
    st.register_type_strategy(
        shape, st.builds(shape, observed_at=instants, recorded_at=instants, detail=made)
    )
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


def some(shape: type[Any], **more: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.builds(shape, **more), max_size=2).map(tuple)


ends = st.none() | instants
dossiers = st.builds(
    Dossier,
    at=instants,
    model=st.builds(ModelFacts, stage_since=instants),
    release=st.none() | st.builds(ReleaseFacts, planned_at=instants),
    assignments=some(Assignment, starts_at=instants, ends_at=ends),
    evidence=some(
        Evidence, observed_at=instants, recorded_at=instants, valid_until=ends, detail=plain_mappings
    ),
    sign_offs=some(
        SignOff,
        given_at=instants,
        expires_at=instants,
        void_at=ends,
        covered=st.dictionaries(texts, texts, max_size=2),
    ),
    waivers=some(Waiver, granted_at=instants, until=instants, revoked_at=ends),
    feasibility=st.none() | st.just(feasibility()),
)


@settings(max_examples=20, deadline=None)
@given(dossiers)
def test_a_dossier_comes_back_equal_and_with_the_same_fingerprint(made: Dossier) -> None:
    read = from_plain(Dossier, json.loads(json.dumps(to_plain(made))))
    assert read == made
    assert read.fingerprint() == made.fingerprint()


def full() -> dict[str, Any]:
    base = dossier(release=release(), feasibility=feasibility(), evidence=(evidence("metric.a", 1.0),))
    given_off = sign_off(check_of(policy(signed())), base)
    content = to_plain(dossier(sign_offs=(given_off,), waivers=(waiver("a.b"),), assignments=TEAM))
    content.update({key: to_plain(getattr(base, key)) for key in ("release", "feasibility", "evidence")})
    return json.loads(json.dumps(content))


def at(content: Any, path: str) -> tuple[Any, Any]:
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        content = content[step]
    return content, last


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("at", "2026-03-02T09:00:00"),
        ("at", "yesterday"),
        ("at", 1772442000),
        ("model", None),
        ("model", []),
        ("model.stage", "somewhere"),
        ("model.risk_tier", "enormous"),
        ("model.id", "7"),
        ("model.id", True),
        ("model.name", 7),
        ("evidence", "abc"),
        ("evidence", {}),
        ("evidence.0.value", "1.0"),
        ("evidence.0.value", True),
        ("evidence.0.detail", [["a", 1]]),
        ("sign_offs.0.roles", "stakeholder"),
        ("sign_offs.0.covered", []),
        ("waivers.0.until", None),
        ("assignments.0.is_person_active", 1),
        ("feasibility.is_go", "yes"),
    ],
)
def test_content_of_another_shape_is_refused(path: str, value: object) -> None:
    content = full()
    assert from_plain(Dossier, content)
    place, last = at(content, path)
    place[last] = value
    with pytest.raises(Refused) as caught:
        from_plain(Dossier, content)
    assert caught.value.kind == "invalid"


@pytest.mark.parametrize("path", ["at", "model", "model.stage", "evidence.0.key", "waivers.0.until"])
def test_missing_content_is_refused(path: str) -> None:
    content = full()
    place, last = at(content, path)
    del place[last]
    with pytest.raises(Refused):
        from_plain(Dossier, content)


@pytest.mark.parametrize("content", [None, [], "dossier", 1])
def test_what_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(Refused):
        from_plain(Dossier, content)


def test_fields_of_a_later_version_are_passed_over() -> None:
    content = full() | {"runs": []}
    assert from_plain(Dossier, content) == from_plain(Dossier, full())
