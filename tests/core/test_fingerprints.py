"""The same content has the same fingerprint, other content another."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.core.dossier import RiskTier
from throughline.core.fingerprints import canonical, fingerprint

content = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def test_the_order_of_keys_does_not_matter_and_that_of_lists_does() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_it_is_sha_256_of_the_canonical_form() -> None:
    assert canonical({"b": "ä", "a": [1]}) == '{"a":[1],"b":"ä"}'
    assert fingerprint({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_instants_dates_enums_tuples_and_sets_have_one_form() -> None:
    when = datetime(2026, 1, 2, 3, tzinfo=UTC)
    assert canonical([when, date(2026, 1, 2)]) == '["2026-01-02T03:00:00+00:00","2026-01-02"]'
    assert canonical(RiskTier.HIGH) == '"high"'
    assert canonical((1, 2)) == canonical([1, 2])
    assert canonical({"x": frozenset({"b", "a"})}) == '{"x":["a","b"]}'


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object()])
def test_what_has_no_canonical_form_is_an_error(bad: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        fingerprint([bad])


@settings(max_examples=20, deadline=None)
@given(content, content)
def test_fingerprints_are_equal_exactly_when_the_contents_are(one: object, other: object) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (canonical(one) == canonical(other))
    assert fingerprint(one) == fingerprint(one)
