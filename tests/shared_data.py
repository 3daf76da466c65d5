"""Finds the real inputs that lie beside the project; a test that needs one is skipped where it is absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_file(*parts: str) -> Path:
    """A file of the shared inputs. Skips the test, saying so, where it is not there."""
    found = SHARED.joinpath(*parts)
    if not found.exists():
        pytest.skip(
            f"The shared input {'/'.join(parts)} is not beside the project, so this test was skipped."
        )
    return found
