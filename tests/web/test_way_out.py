"""No test lets a browser out of this machine, and none that tries goes unnoticed."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("address", ["http://elsewhere.example/", "http://192.0.2.1/"])
def test_a_page_elsewhere_is_noticed_and_not_reached(
    open_page: Callable[..., Any], browser_problems: list[str], address: str
) -> None:
    from playwright.sync_api import Error

    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        open_page().goto(address)
    assert browser_problems == [f"request left the machine: {address}"]
    browser_problems.clear()
