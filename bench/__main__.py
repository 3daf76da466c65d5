"""`make bench`: each figure beside its limit or its peer of the same run. Nothing is asserted."""

import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """With a number: that many models instead of 10,000."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "throughline.project.settings",
            "THROUGHLINE_DATA_DIR": folder,
            "THROUGHLINE_SECRET_KEY": "a key for measuring only, long enough to be taken",
            "THROUGHLINE_LOG_LEVEL": "error",
        }
        os.environ.setdefault("THROUGHLINE_DATABASE_URL", f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
        from bench import figures

        for line in figures.everything(models):
            print(line, flush=True)


if __name__ == "__main__":
    main()
