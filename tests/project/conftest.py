"""Installations for the tests of this floor; what takes long is made once and copied."""

import shutil
from pathlib import Path

import pytest

from tests.project.installations import Installation


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all tables and no rows."""
    made = Installation(tmp_path_factory.mktemp("migrated") / "home")
    made.must("migrate")
    return made.folder


@pytest.fixture
def installation(migrated_home: Path, tmp_path: Path) -> Installation:
    """With all tables and no rows, on SQLite, for this test alone."""
    return Installation(Path(shutil.copytree(migrated_home, tmp_path / "home")))


@pytest.fixture
def fresh(tmp_path: Path) -> Installation:
    """Nothing is there yet, not even the folder."""
    return Installation(tmp_path / "fresh")
