"""Installations for the tests of this floor; what takes long is made once and copied."""

import shutil
from pathlib import Path

import pytest

from tests.databases import one_at_a_time
from tests.project.installations import Installation
from tests.settings import FOLDER


@pytest.fixture(scope="session")
def migrated_home() -> Path:
    """A data folder with all tables and no rows, one for all processes of a run: whoever comes first makes it."""
    folder = FOLDER / "migrated"
    with one_at_a_time("migrated"):
        if not folder.exists():
            making = Installation(FOLDER / "migrating")
            making.must("migrate")
            making.folder.rename(folder)
    return folder


@pytest.fixture
def installation(migrated_home: Path, tmp_path: Path) -> Installation:
    """With all tables and no rows, on SQLite, for this test alone."""
    return Installation(Path(shutil.copytree(migrated_home, tmp_path / "home")))


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    """Nothing is there yet, not even the folder."""
    return Installation(tmp_path / "fresh")
