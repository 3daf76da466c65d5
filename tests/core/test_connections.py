"""When tools are asked again, and which names belong together."""

from datetime import UTC, datetime, timedelta

import pytest

from throughline.core import connections
from throughline.core.connections import Health, checked_interval, health, next_poll, paired
from throughline.core.errors import Refused

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("is_active", "polled", "error", "expected"),
    [
        (True, None, "", Health.NEW),
        (True, NOW, "", Health.WORKING),
        (True, NOW, "no answer", Health.FAILING),
        (False, NOW, "no answer", Health.DISABLED),
    ],
)
def test_health_is_one_word(is_active: bool, polled: datetime | None, error: str, expected: Health) -> None:
    assert health(is_active=is_active, last_polled_at=polled, last_error=error) is expected


def test_the_pause_doubles_after_each_failure_and_has_an_end() -> None:
    pauses = [next_poll(NOW, interval_minutes=15, failures=number) - NOW for number in (0, 1, 2, 50)]
    assert pauses == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=6)]
    assert next_poll(NOW, interval_minutes=1440, failures=9) - NOW == timedelta(days=1)


@pytest.mark.parametrize("minutes", [0, -1, 10_081])
def test_an_interval_outside_of_reason_is_refused(minutes: int) -> None:
    with pytest.raises(Refused, match="outside of"):
        checked_interval(minutes)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Churn", "churn_scorer"),
        ("churn scorer", "churn_scorer"),
        ("Churn model", "churn_scorer"),
        ("Customer churn", "churn_scorer"),
        ("Fraud detection", "fraud-detection-v2"),
        ("Frauddetection", "fraud-detection-v2"),
        ("Überfällige Rechnung", "überfällige_rechnung"),
        ("Demand forecast", ""),
        ("", ""),
        ("!!!", ""),
    ],
)
def test_names_that_mean_the_same_are_paired(name: str, expected: str) -> None:
    names = ["churn_scorer", "fraud-detection-v2", "price_elasticity", "überfällige_rechnung", ""]
    assert paired([name], names).get(name, "") == expected


def test_no_model_is_given_twice_and_the_closest_name_gets_it() -> None:
    assert paired(["churn_old_backup", "churn_scorer"], ["Churn"]) == {"churn_scorer": "Churn"}


def test_nothing_is_paired_with_nothing() -> None:
    assert paired(["Churn"], []) == {}
    assert paired([], ["Churn"]) == {}


def test_only_near_names_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name with every other would be a hundred million comparisons in a large registry."""
    compared: list[str] = []
    rate = connections._likeness

    def counted(one: str, other: str) -> float:
        compared.append(other)
        return rate(one, other)

    monkeypatch.setattr(connections, "_likeness", counted)
    names = [f"segment {number} of customers" for number in range(500)]
    paired(names, [f"customers_segment_{number}x" for number in range(500)])
    assert 0 < len(compared) <= 500 * connections.MOST_COMPARED
