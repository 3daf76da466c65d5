"""What operations answer is JSON that every reader takes the same way."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest

from throughline.api.operations import reply
from throughline.core.stages import Stage

INSTANT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (INSTANT, '"2026-03-02T09:30:00Z"'),
        (INSTANT.replace(microsecond=5), '"2026-03-02T09:30:00.000005Z"'),
        (INSTANT.astimezone(timezone(timedelta(hours=2))), '"2026-03-02T11:30:00+02:00"'),
        (date(2026, 3, 2), '"2026-03-02"'),
        (Stage.PRODUCTION, '"production"'),
        (UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        (0.1, "0.1"),
        (2**63 - 1, "9223372036854775807"),
        ("naïve “text”", '"naïve “text”"'),
    ],
)
def test_values_are_written_plainly(value: object, text: str) -> None:
    assert reply({"value": value}).content.decode() == f'{{"value":{text}}}'


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), {1: "a key that is no text"}])
def test_what_json_has_no_word_for_is_not_answered(value: object) -> None:
    with pytest.raises(TypeError):
        reply({"value": value})
