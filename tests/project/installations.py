"""Real installations in folders of their own, driven by the command as a person would."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "throughline.project.settings"
django.setup()
"""
COMMAND = [sys.executable, "-m", "throughline.project.server"]


@dataclass(frozen=True)
class Installation:
    """One data folder with its environment. `database_url` empty means SQLite in the folder."""

    folder: Path
    database_url: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("THROUGHLINE_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        own = {
            "THROUGHLINE_DATA_DIR": str(self.folder),
            "THROUGHLINE_DATABASE_URL": self.database_url,
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent.parent / "src"),
            **dict(self.extra),
        }
        return kept | own

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=self.environment, capture_output=True, text=True, timeout=120
        )

    def must(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Looks into the SQLite file directly, which is much faster than by a process."""
        with contextlib.closing(sqlite3.connect(self.folder / "throughline.sqlite3")) as connection:
            return connection.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with contextlib.closing(sqlite3.connect(self.folder / "throughline.sqlite3")) as connection:
            connection.execute(sql)
            connection.commit()

    def python(self, code: str) -> str:
        """Runs code inside the installation, with Django ready."""
        done = subprocess.run(
            [sys.executable, "-c", START + code],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
