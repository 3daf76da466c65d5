"""Time, names and states in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from throughline.web import words
from throughline.web.markdown import to_html

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=200), "6 months ago"),
        (timedelta(days=1200), "3 years ago"),
        (timedelta(days=-2), "in 2 days"),
    ],
)
def test_time_is_told_from_now(ago: timedelta, said: str) -> None:
    assert words.relative(NOW - ago, NOW) == said


def test_days_have_names_near_today() -> None:
    assert words.relative_day(date(2026, 3, 4), NOW.date()) == "today"
    assert words.relative_day(date(2026, 3, 5), NOW.date()) == "tomorrow"
    assert words.relative_day(date(2026, 2, 20), NOW.date()) == "12 days ago"


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Ruiz", "AR"), ("Li", "L"), ("Mary-Jane van Dam", "MD"), ("", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert words.initials(name) == letters


def test_an_unknown_state_is_shown_as_it_is() -> None:
    assert words.mark(words.STATUSES, "half_done").word == "Half done"
    assert words.mark(words.STATUSES, "met").word == "Met"


def test_markdown_keeps_structure_and_drops_what_could_harm() -> None:
    made = to_html(
        "# A\n\n*b* [c](https://example.org) [d](javascript:alert(1)) ![e](https://example.org/x.png)\n\n<script>f</script>"
    )
    assert "<h1>A</h1>" in made
    assert 'href="https://example.org"' in made
    assert 'javascript:alert(1)"' not in made
    assert "<img" not in made
    assert "<script" not in made
