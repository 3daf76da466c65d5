"""What tests of engines share: Java for those on Spark, loud where it must be there."""

import os

import pytest

from tools import java


@pytest.fixture(scope="session")
def java_program() -> str:
    """Skips where there is no Java; where everything is demanded (CI=1), its absence is a failure."""
    if found := java.find():
        return found
    if os.environ.get("CI") == "1":
        pytest.fail(f"The tests on Spark cannot run. {java.how_to_get()}")
    pytest.skip(java.how_to_get())
